# SPDX-License-Identifier: GPL-2.0-only
"""The rendered book, built once for all tests that look at it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from kernel_lab.base.paths import CHECKOUT
from kernel_lab.base.progress import silent
from kernel_lab.lab import opened
from kernel_lab.page import states

ROOT = CHECKOUT
BOOK = ROOT / "book"
LOADING_LINKS = {"stylesheet", "icon", "shortcut", "preload", "modulepreload", "manifest"}
TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def toc_pages() -> list[str]:
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text())
    return [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


@dataclass
class Built:
    """What building the book gave: `complaints` are the lines on stderr, warnings among them."""

    status: int
    complaints: str
    html: Path


@dataclass
class Page(HTMLParser):
    """What one rendered page loads, links to, and can be linked at."""

    path: Path
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    images: list[dict] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        super().__init__()
        self.feed(self.path.read_text())

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.anchors |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag in ("script", "img", "iframe", "embed", "source", "video", "audio") and attributes.get("src"):
            self.loads.append(attributes["src"])
        if tag == "object" and attributes.get("data"):
            self.loads.append(attributes["data"])
        if tag == "link" and LOADING_LINKS & set(attributes.get("rel", "").split()):
            self.loads.append(attributes["href"])
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag == "img":
            self.images.append(attributes)
        if tag == "meta" and "content" in attributes:
            self.meta[attributes.get("property") or attributes.get("name")] = attributes["content"]


@pytest.fixture(scope="session")
def saved_kernels() -> Path:
    """The folder with what pages load: the kernel of each stage, booted and saved."""
    with opened("the tests") as lab:
        list(states.make(lab.tree, lab.cache, silent))
    return states.folder()


def build_book(out: Path, **environment: str) -> Built:
    """Render the book below the folder `out`."""
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    assert jupyter_book.exists(), f"{sys.executable} has no Jupyter Book beside it: run the tests by `make test`"
    where = ["--config", BOOK / "_config.yml", "--toc", BOOK / "_toc.yml", "--path-output", out]
    command = [jupyter_book, "build", ROOT, *where, "-W", "-n", "--keep-going"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
    return Built(done.returncode, TERMINAL_COLOURS.sub("", done.stderr).strip(), out / "_build" / "html")


@pytest.fixture(scope="session")
def built(saved_kernels, tmp_path_factory) -> Built:
    return build_book(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="session")
def html(built) -> Path:
    assert (built.html / "index.html").is_file(), built.complaints
    return built.html


@pytest.fixture(scope="session")
def pages(html) -> dict[Path, Page]:
    """All pages but the redirect at the top; what the theme keeps in _static are templates, not pages."""
    beside = {html / "index.html", *(html / "_static").rglob("*.html")}
    return {path: Page(path) for path in sorted(html.rglob("*.html")) if path not in beside}
