# SPDX-License-Identifier: GPL-2.0-only
"""The book in one file, to print or for an e-reader, made by the commands that README names, in a copy of it all."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from checkout import copy_to
from rendered import notebooks, toc_pages
from solutions import read

from kernel_lab.base.paths import CHECKOUT

XHTML = "{http://www.w3.org/1999/xhtml}"
E_READERS = find_spec("pypandoc") is not None


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder with what `make epub` made, or `make pdf` where the packages for the first one are not installed."""
    copy = tmp_path_factory.mktemp("copy")
    copy_to(copy)
    (copy / ".venv").symlink_to(CHECKOUT / ".venv")
    command = [
        "make",
        "--old-file",
        ".venv/installed",
        "epub" if E_READERS else "pdf",
    ]  # what is installed serves it, too
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return copy / "book/_build"


def titles() -> list[str]:
    return [read(path, "markdown")[0].split("\n")[0].removeprefix("# ") for path in notebooks()]


def test_the_pdf_has_each_chapter_in_its_outline(made):
    pdf = (made / "book.pdf").read_bytes()
    outline = re.findall(rb"/Title \((\d+)\. ([^)]*)\)", pdf)
    assert [title.decode() for _, title in outline if title.decode() in titles()] == titles()
    assert len(re.findall(rb"/Type /Page\b", pdf)) > 10 * len(toc_pages())


@pytest.mark.skipif(not E_READERS, reason="./install.sh epub")
def test_the_epub_has_each_chapter_and_all_that_they_lead_to(made):
    with ZipFile(made / "book.epub") as epub:
        assert epub.read("mimetype") == b"application/epub+zip"
        pages = {
            Path(name).name: ElementTree.fromstring(epub.read(name)) for name in epub.namelist() if "/text/" in name
        }
        contents = "".join(ElementTree.fromstring(epub.read("EPUB/nav.xhtml")).itertext())
        files = {Path(name).name for name in epub.namelist()}
    assert all(title in contents for title in titles())
    places = {(name, tag.get("id")) for name, page in pages.items() for tag in page.iter() if tag.get("id")}
    links = [(name, link.get("href")) for name, page in pages.items() for link in page.iter(f"{XHTML}a")]
    inside = [(name, href) for name, href in links if href and not href.startswith("http")]
    assert len(inside) > 100
    for name, href in inside:
        page, _, place = href.partition("#")
        assert (page or name, place) in places, (name, href)
    pictures = [image for page in pages.values() for image in page.iter(f"{XHTML}img")]
    assert len(pictures) > 20
    assert all(Path(image.get("src")).name in files for image in pictures)
