# SPDX-License-Identifier: GPL-2.0-only
"""The rendered book: every page is there, reads without a network, and its links lead somewhere."""

import json
import re
import struct
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from rendered import BOOK, ROOT, notebooks, toc_pages

from kernel_lab.base.paths import cache_folder

REMOTE_CSS = re.compile(r"""(?:url\(|@import)\s*["']?\s*(?:https?:)?//""")


def test_the_book_builds_without_a_warning(built):
    assert built.status == 0, built.complaints


def test_every_page_of_the_toc_is_rendered(html):
    missing = [name for name in toc_pages() if not (html / f"{name}.html").is_file()]
    assert not missing


def test_the_top_leads_to_the_first_page(html):
    assert f"{toc_pages()[0]}.html" in (html / "index.html").read_text()


@pytest.mark.parametrize("name", ["index", "404"])
def test_the_pages_beside_the_book_s_are_whole(html, name):
    text = (html / f"{name}.html").read_text()
    assert text.startswith("<!DOCTYPE html>\n<html lang=")
    assert all(f"<{tag}" in text and f"</{tag}>" in text for tag in ("head", "title", "body", "main", "h1"))
    assert f'href="{toc_pages()[0]}.html"' in text


def test_every_page_says_what_may_run_in_it(html, pages):
    for path in [html / "index.html", *pages]:
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', path.read_text())
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert "unsafe-inline" not in rules["script-src"]
        assert "'unsafe-eval'" not in rules["script-src"]
        assert not re.search(r"https?:", policy)


def test_every_notebook_is_in_the_toc():
    assert [f"notebooks/{path.stem}" for path in notebooks()] == [p for p in toc_pages() if p.startswith("notebooks/")]


def test_nothing_is_loaded_from_the_network(html, pages):
    remote = [(page.path.name, url) for page in pages.values() for url in page.loads if urlsplit(url).netloc]
    assert not remote
    sheets = [*(BOOK / "_static").glob("*.css"), *(html / "_static").rglob("*.css")]
    assert not [sheet for sheet in sheets if REMOTE_CSS.search(sheet.read_text())]


def test_what_pages_load_is_there(pages):
    missing = [
        (page.path.name, url)
        for page in pages.values()
        for url in page.loads
        if not urlsplit(url).scheme and not (page.path.parent / unquote(urlsplit(url).path)).is_file()
    ]
    assert not missing


def test_links_lead_to_pages_and_anchors(pages):
    dead = []
    for page in pages.values():
        for link in page.links:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (page.path.parent / unquote(url.path)).resolve() if url.path else page.path
            anchors = pages[target].anchors if target in pages else set()
            if not target.is_file() or (url.fragment and unquote(url.fragment) not in anchors):
                dead.append((page.path.name, link))
    assert not dead


def first_uses(page: Path) -> list[tuple[str, str]]:
    """The address and the word of each link from a first use."""
    text = page.read_text()
    words = re.findall(r'<a [^>]*href="([^"]+)"[^>]*><span class="first-use">([^<]+)</span></a>', text)
    return words + re.findall(r'<a class="first-use[^>]*href="([^"]+)"><code[^>]*><span class="pre">([^<]+)<', text)


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_a_chapter_links_what_it_names_for_the_first_time(html, notebook):
    """Not in its headings and tables, and no word twice. That the targets are there is tested above."""
    page = html / f"notebooks/{notebook.stem}.html"
    addresses = [address for address, _ in first_uses(page)]
    assert len([address for address in addresses if "glossary.html#term-" in address]) >= 5
    assert len({*addresses}) == len(addresses)
    outside = re.findall(r"<(?:h\d|td|th)[ >].*?</(?:h\d|td|th)>", page.read_text(), re.DOTALL)
    assert not [text for text in outside if "first-use" in text]


def test_a_word_and_a_function_lead_to_what_they_are(html):
    found = {word: address for address, word in first_uses(html / "notebooks/05-the-module.html")}
    assert found["LKM"] == "../book/glossary.html#term-LKM"
    assert found["kobject_put()"] == "https://elixir.bootlin.com/linux/v6.1/A/ident/kobject_put"
    newer = {word: address for address, word in first_uses(html / "notebooks/20-a-hook-and-no-patch.html")}
    name = "register_bpf_struct_ops"
    assert newer[f"{name}()"] == f"https://elixir.bootlin.com/linux/v6.12/A/ident/{name}"


def test_images_say_what_they_show(pages):
    """MyST-NB gives a plot its file's path unless told better. The logo may be silent: its text stands beside it."""
    silent = [
        (page.path.name, image.get("src"))
        for page in pages.values()
        for image in page.images
        if "logo__image" not in (image.get("class") or "").split()
        and (not (image.get("alt") or "").strip() or re.search(r"\.(svg|png|jpe?g|gif)$", image["alt"].strip()))
    ]
    assert not silent


def test_every_page_says_what_it_is_about(html, pages):
    said = {name: pages[html / f"{name}.html"].meta for name in toc_pages()}
    assert not [name for name, meta in said.items() if not 40 < len(meta.get("description", "")) < 210]
    assert len({meta["description"] for meta in said.values()}) == len(said)
    cards = {(html / f"{name}.html").parent / meta["og:image"] for name, meta in said.items()}
    assert {card.resolve() for card in cards} == {html / "_static/card.png"}


def test_the_card_is_as_large_as_such_cards_are(html):
    """A PNG's width and height are eight bytes of its first chunk."""
    head = (html / "_static/card.png").read_bytes()[:24]
    assert (head[:8], struct.unpack(">II", head[16:])) == (b"\x89PNG\r\n\x1a\n", (1200, 630))


def test_no_empty_output_is_left(html):
    """A cleared progress bar leaves a display without text; it must take no room on the page."""
    empty = re.compile(r'class="output [^"]*"><div class="highlight"><pre><span></span>\s*</pre>')
    assert not [path.name for path in html.rglob("*.html") if empty.search(path.read_text())]


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_every_cell_has_been_run(notebook):
    """nbval passes a cell that was never run, since it has nothing to compare."""
    cells = [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
    assert not ["".join(cell["source"])[:60] for cell in cells if cell["execution_count"] is None]


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_outputs_are_those_of_any_machine(notebook):
    """No place of the machine that ran it, no edit that was kept aside there."""
    for cell in json.loads(notebook.read_text())["cells"]:
        said = json.dumps(cell.get("outputs", []))
        assert str(cache_folder()) not in said
        assert str(ROOT) not in said
        assert "Kept aside" not in said
