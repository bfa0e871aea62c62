# SPDX-License-Identifier: GPL-2.0-only
"""The rendered book, built once for all tests that look at it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from kernel_lab.base.paths import CHECKOUT
from kernel_lab.base.progress import silent
from kernel_lab.lab import opened
from kernel_lab.page import states

ROOT = CHECKOUT
BOOK = ROOT / "book"
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
