# SPDX-License-Identifier: GPL-2.0-only
"""Pages beside the book's own: the one at the top, which leads to the first page, and the one for a wrong address."""

from html import escape
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
{head}<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ max-width: 36rem; margin: 3rem auto; padding: 0 1rem; font: 1.1rem/1.6 system-ui, sans-serif; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
# A server shows the page at the address that was wrong, at any depth: the book's top is looked for from there upwards.
FIND_THE_TOP = """\
<script>
(async () => {
  if (location.protocol === "file:") return;
  const link = document.querySelector("a");
  for (let folder = new URL(".", location.href); ; folder = new URL("..", folder)) {
    const first = new URL(link.getAttribute("href"), folder);
    const answer = await fetch(first, { method: "HEAD" }).catch(() => null);
    if (answer?.ok) return (link.href = first.href);
    if (folder.pathname === "/") return;
  }
})();
</script>"""


def write(app: Sphinx, failure: Exception | None) -> None:
    if failure or app.builder.name != "html":
        return
    first = f"{app.config.root_doc}.html"
    title = escape(app.config.html_title or app.config.project)
    link = f'<a href="{escape(first)}">{title}</a>'
    refresh = f'<meta http-equiv="refresh" content="0; url={escape(first)}" />\n'
    wrong = f"<p>There is no page at this address. It may have moved: the book begins at {link}.</p>\n{FIND_THE_TOP}"
    out = Path(app.outdir)
    top = PAGE.format(head=refresh, title=title, body=f"<p>The book begins at {link}.</p>")
    (out / "index.html").write_text(top, encoding="utf-8")
    (out / "404.html").write_text(PAGE.format(head="", title="No such page", body=wrong), encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect(
        "build-finished", write, priority=800
    )  # after those who write the former, before slim, which reads both
    return {"parallel_read_safe": True, "parallel_write_safe": True}
