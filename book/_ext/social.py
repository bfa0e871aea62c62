# SPDX-License-Identifier: GPL-2.0-only
"""What a page says of itself to search engines, and to sites that show a card for a link to it.

The card is _static/card.svg, drawn once, as those sites take no SVG: in _static,

    chromium --headless --hide-scrollbars --window-size=1200,630 --screenshot=card.png card.svg

with the fonts Inter and JetBrains Mono installed.
"""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

CARD = "_static/card.png"
LONGEST = 200


def shortened(text: str, longest: int = LONGEST) -> str:
    """The whole sentences that fit, or else the words that do."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    sentences = text[: longest + 1].rfind(". ")
    return text[: sentences + 1] if sentences > 0 else text[:longest].rsplit(" ", 1)[0] + " …"


def description(doctree: nodes.document) -> str:
    """The first paragraph of a page's own text."""
    own = (n for n in doctree.findall(nodes.paragraph) if not isinstance(n.parent, nodes.Body | nodes.Part))
    return shortened(next(own, nodes.paragraph()).astext())


def tags(facts: dict[str, str]) -> str:
    """Names with a colon are Open Graph's, whose attribute has another name."""
    kind = {True: "property", False: "name"}
    return "".join(
        f'<meta {kind[name.startswith("og:")]}="{name}" content="{escape(value)}" />\n'
        for name, value in facts.items()
        if value
    )


def describe(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if not doctree:
        return  # the index and the search
    # Open Graph wants whole addresses. A book that does not know where it will lie has none. A relative one is right
    # wherever it is put; sites that insist on a whole one show no picture until html.baseurl is set in _config.yml.
    base = app.config.html_baseurl.rstrip("/")
    said = description(doctree)
    facts = {
        "description": said,
        "og:title": doctree.next_node(nodes.title).astext(),
        "og:description": said,
        "og:type": "article",
        "og:site_name": app.config.html_title,
        "og:url": f"{base}/{pagename}.html" if base else "",
        "og:image": f"{base}/{CARD}" if base else context["pathto"](CARD, 1),
        "og:image:alt": "The book's title, a comb with one cell in colour, and a transcript that ends with 43.",
        "twitter:card": "summary_large_image",
    }
    context["metatags"] = context.get("metatags", "") + tags(facts)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
