# SPDX-License-Identifier: GPL-2.0-only
"""Pages that are there at once, also on a slow line, and that run no script but the book's.

The theme loads thirteen style sheets, most of whose rules no page needs, two sets of the same icons, one of them 1.5 MB
of script, and the search index on every page. Here the style sheets become one, with the rules and the icons that the
pages use; scripts no longer hold up the drawing; and a policy in each page forbids what the book does not do.
"""

import base64
import hashlib
import io
import logging
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import tinycss2
from fontTools import subset, ttLib
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.typing import ExtensionMetadata

SHEET = "_static/book.css"
ICONS = "_static/vendor/fontawesome/webfonts/fa-solid-900.ttf"
SEARCH = ("searchtools.js", "language_data.js", "searchindex.js", "search-from-disk.js")  # for the search page alone
POLICY = {
    "default-src": "'self' file:",  # from disk, "self" is no file but the page
    "script-src": "'self' file: 'wasm-unsafe-eval'",  # the emulator of the kernel in the page; and the hashes below
    "worker-src": "'self' blob:",  # its clock
    "style-src": "'self' file: 'unsafe-inline'",
    "img-src": "'self' file: data:",
    "font-src": "data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self' file:",
}

LINK = re.compile(r'<link\b[^>]*?href="([^"]*\.css[^"]*)"[^>]*>\s*')
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>\s*", re.DOTALL)
PRELOAD = re.compile(r'<link rel="preload" as="script"[^>]*>\s*')
CSP = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
CHARSET = '<meta charset="utf-8" />'
LARGE = ("fontawesome", "step-", "v86", "emulator")  # scripts that name no class
SOURCE = re.compile(r'\bsrc="([^"?]*)')
# What a script works on; where the page has none of it, the script is not loaded.
WORK = {
    "clipboard.min.js": re.compile(r'class="[^"]*\bhighlight\b'),
    "copybutton.js": re.compile(r'class="[^"]*\bhighlight\b'),
    "design-tabs.js": re.compile(r'class="[^"]*\bsd-tab-'),
    "togglebutton.js": re.compile(r'class="(?:[^"]* )?(?:toggle|dropdown)[ "]'),
    "script-missing.js": re.compile(r'class="(?:kernel-console|playground)"'),
}
# They belong to what the book does not have: a switch between versions, and a search while one types.
IDLE = re.compile(r"^\s*DOCUMENTATION_OPTIONS\.\w+ = [^;]*;\s*$")
NOTICE = re.compile(r"/\*!.*?\*/", re.DOTALL)
CLASS = re.compile(r"\.((?:\\.|[\w-])+)")
READ = re.compile(r"var\(\s*(--[\w-]+)")
NEGATION = re.compile(r":not\([^()]*(?:\([^()]*\)[^()]*)*\)")
ICON = re.compile("[\ue000-\uf8ff]")  # the places of Unicode where fonts have icons


def slim(app: Sphinx, failure: Exception | None) -> None:
    if failure or app.builder.name != "html":
        return
    out = Path(app.outdir)
    pages = [page for page in out.rglob("*.html") if not {"_static", "_sources"} & set(page.relative_to(out).parts)]
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    sheet = make_sheet(out, texts, Path(app.doctreedir) / "whole.css")
    for page, text in texts.items():
        made = with_policy(with_scripts(page, with_sheet(text, sheet, "../" * (len(page.relative_to(out).parts) - 1))))
        if made != text:
            page.write_text(made, encoding="utf-8")
    search_numbers(out / "_static/searchtools.js")
    for unused in out.glob("_static/scripts/fontawesome.js*"):
        unused.unlink()


# Style


def make_sheet(out: Path, texts: dict[Path, str], whole: Path) -> str:
    """Write the style sheet; returns its address from the top. `whole` is all that it is made of, for the next time:
    pages that are not made again link to the style sheet alone."""
    lists = {tuple(sheets(out, page, text)) for page, text in texts.items()} - {()}
    if len(lists) > 1:
        raise ExtensionError(f"The pages have different style sheets: {lists}")
    if lists:
        (names,) = lists
        whole.write_text("\n".join(flat(out / name, out / "_static") for name in names), encoding="utf-8")
    used = words([*texts.values(), *(script.read_text(encoding="utf-8") for script in scripts(out))])
    css = whole.read_text(encoding="utf-8")
    notices = "\n".join(dict.fromkeys(NOTICE.findall(css)))  # whose work it is, and its licence
    path = out / SHEET
    path.write_text(f"{notices}\n{with_icons(kept(css, used), out / ICONS)}", encoding="utf-8")
    return f"{SHEET}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"


def sheets(out: Path, page: Path, text: str) -> Iterator[str]:
    """The style sheets of a page as the theme made it, from the top."""
    for found in LINK.finditer(text):
        name = urlsplit(urljoin(page.relative_to(out).as_posix(), found[1])).path
        if name != SHEET:
            yield name


def flat(sheet: Path, static: Path) -> str:
    """A style sheet's text with the sheets that it imports, and with addresses as they are seen from _static."""

    def imported(found: re.Match[str]) -> str:
        return flat((sheet.parent / found[1]).resolve(), static)

    def address(found: re.Match[str]) -> str:
        if found[1].startswith(("data:", "#")):
            return found[0]
        path = (sheet.parent / found[1]).resolve().relative_to(static.resolve())
        return f'url("{path.as_posix()}")'

    text = sheet.read_text(encoding="utf-8").removeprefix('@charset "UTF-8";')
    text = re.sub(r"""url\(["']?([^"')]+)["']?\)""", address, text)
    return re.sub(r"""@import ["']([^"']+)["'];""", imported, text)


def scripts(out: Path) -> Iterator[Path]:
    for folder in (out / "_static", out / "_static/scripts", out / "_kernel"):
        yield from (path for path in folder.glob("*.js") if not path.name.startswith(LARGE))


def words(texts: Iterable[str]) -> set[str]:
    """All that could be the name of a class: more than the classes there are, so that none is missed."""
    return {word for text in texts for word in re.findall(r"[\w-]+", text)}


def kept(css: str, used: set[str]) -> str:
    """Without rules that match nothing, and without values (`--name: ...`) that nobody reads, or only such values."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    read = used | set(READ.findall(css))
    less = "".join(rule_kept(rule, read) for rule in rules)
    return less if less == css else kept(less, used)


def rule_kept(rule: tinycss2.ast.Node, used: set[str]) -> str:
    """The rule, or what is left of it, or nothing."""
    if rule.type == "at-rule":
        if rule.content is None or rule.lower_at_keyword not in ("media", "supports", "layer", "container"):
            return "" if is_foreign_font(rule) else short(rule.serialize())
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        body = "".join(rule_kept(one, used) for one in inner)
        return f"@{rule.at_keyword} {short(tinycss2.serialize(rule.prelude))}{{{body}}}" if body else ""
    if rule.type != "qualified-rule":
        raise ExtensionError(f"A style sheet can't be read: {rule.serialize()[:200]}")
    selectors = [one for one in separated(rule.prelude) if can_match(one, used)]
    body = declarations(rule, used)
    return f"{','.join(map(short, selectors))}{{{body}}}" if selectors and body else ""


def declarations(rule: tinycss2.ast.QualifiedRule, used: set[str]) -> str:
    found = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    return ";".join(short(one.serialize()) for one in found if not is_unread(one, used))


def is_unread(part: tinycss2.ast.Node, used: set[str]) -> bool:
    return part.type == "declaration" and part.name.startswith("--") and part.name not in used


def separated(prelude: list[tinycss2.ast.Node]) -> Iterator[str]:
    """The selectors of a list; commas inside of brackets do not part them."""
    part: list[tinycss2.ast.Node] = []
    for token in prelude:
        if token == ",":
            yield tinycss2.serialize(part)
            part = []
        else:
            part.append(token)
    yield tinycss2.serialize(part)


def can_match(selector: str, used: set[str]) -> bool:
    """Whether all classes that it asks for are somewhere; of alternatives (`:is(.a, .b)`) any."""
    selector = NEGATION.sub("", selector)
    if ":is(" in selector or ":where(" in selector or ":has(" in selector:
        return True
    return all(re.sub(r"\\(.)", r"\1", name) in used or "\\" in name for name in CLASS.findall(selector))


def is_foreign_font(rule: tinycss2.ast.Node) -> bool:
    """The theme's icon fonts: what of them is used comes by itself."""
    return rule.lower_at_keyword == "font-face" and "vendor/fontawesome" in rule.serialize()


def short(css: str) -> str:
    return re.sub(r"\s+", " ", css).strip()


def with_icons(css: str, font: Path) -> str:
    """The icons that are used, in the style sheet itself."""
    codes = {ord(icon) for icon in ICON.findall(css)}
    source = ttLib.TTFont(font, recalcTimestamp=False)
    options = subset.Options(flavor="woff", notdef_outline=True, layout_features=[])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(source)
    made = io.BytesIO()
    source.flavor = "woff"
    source.save(made)
    data = base64.b64encode(made.getvalue()).decode()
    face = f"font-family:'Font Awesome 6 Free';font-weight:900;src:url(data:font/woff;base64,{data})format('woff')"
    return f"@font-face{{{face}}}{css}"


def with_sheet(text: str, sheet: str, top: str) -> str:
    """The page with the one style sheet in the place of its first one."""
    link = f'<link rel="stylesheet" href="{top}{sheet}" />\n'
    places = iter([link])
    return LINK.sub(lambda _: next(places, ""), text)


# Scripts


def with_scripts(page: Path, text: str) -> str:
    """None of them holds up the drawing, and none is there for nothing."""

    def made(found: re.Match[str]) -> str:
        attributes, body = found[1], found[2]
        source = SOURCE.search(attributes)
        if source is None:
            return "" if IDLE.match(body) else found[0]
        name = source[1].rsplit("/", 1)[-1]
        idle = name in WORK and not WORK[name].search(text)
        if idle or name == "fontawesome.js" or (name in SEARCH and page.name != "search.html"):
            return ""
        return found[0] if re.search(r"\bdefer\b", attributes) else found[0].replace("<script", "<script defer", 1)

    text = PRELOAD.sub("", SCRIPT.sub(made, text))
    return text.replace(' onclick="toggleFullScreen()"', "")  # keep-focus.js does it: the policy allows no such script


def with_policy(text: str) -> str:
    """The page with a policy that names its own inline scripts; a page without scripts has one, too."""
    inline = [found[2] for found in SCRIPT.finditer(text) if not SOURCE.search(found[1])]
    hashes = {base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in inline}
    allowed = " ".join(f"'sha256-{one}'" for one in sorted(hashes))
    rules = POLICY | {"script-src": f"{POLICY['script-src']} {allowed}".strip()}
    policy = "; ".join(f"{name} {value}" for name, value in rules.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}" />'
    text = CSP.sub("", text)
    return text.replace(CHARSET, CHARSET + meta, 1)


# Search


def search_numbers(tools: Path) -> None:
    """The index has numbers, as 43; Sphinx's search leaves them out of what is asked for."""
    text = tools.read_text(encoding="utf-8")
    skipped = re.compile(r"\|\|\s*queryTerm\.match\(/\^\\d\+\$/\)")
    if skipped.search(text):
        tools.write_text(skipped.sub("", text), encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    app.connect("build-finished", slim, priority=900)  # after all that writes into the book's folder
    return {"parallel_read_safe": True, "parallel_write_safe": True}
