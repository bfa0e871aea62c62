# SPDX-License-Identifier: GPL-2.0-only
"""Four habits of speech stay out of the book: a native reader stumbles over them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from solutions import read

from kernel_lab.base.paths import CHECKOUT, NOTEBOOKS

PAGES = [
    *sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb")),
    *sorted((CHECKOUT / "book").glob("*.md")),
    *(CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "kernel_lab/README.md")),
]
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
END = re.compile(r"(?<=[.!?:])\s+|\n\n")
HABITS = {
    "Who asks is root: write 'whoever', or 'anyone who'": re.compile(
        r"Who\b(?!.*\?)|.*\b(?:for|to|from) who (?:is|has|asks)\b"
    ),
    "It is no promise: write 'is not a'": re.compile(
        r"(?:.*[a-z*] |[A-Z]\w+ )(?<!here )(?:is|are|was|were) no (?!longer\b|more\b)[a-z]"
    ),
    "Or else: write 'otherwise'": re.compile(r".*(?:, else\b|\b[Oo]r else\b)|Else\b"),
    "As it is late, at the end of a sentence: write 'because'": re.compile(r".*, as (?:there is|there are|nobody)\b"),
}


def prose(page: Path) -> Iterator[str]:
    """The sentences of a page, without its code."""
    for text in read(page, "markdown") if page.suffix == ".ipynb" else [page.read_text(encoding="utf-8")]:
        yield from (" ".join(sentence.split()) for sentence in END.split(CODE.sub("`code`", text)))


def habits(sentence: str) -> list[str]:
    return [name for name, pattern in HABITS.items() if pattern.match(sentence)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_has_them(page):
    assert [(sentence, found) for sentence in prose(page) if (found := habits(sentence))] == []


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("Who asks is in the context.", 1),
        ("Who asks?", 0),
        ("The field is for who asks.", 1),
        ("It says who may load.", 0),
        ("A kfunc is no promise.", 1),
        ("There is no promise.", 0),
        ("It is no longer there.", 0),
        ("Write it down, else it is lost.", 1),
        ("Nothing else is lost.", 0),
        ("It waits, as there is nothing to do.", 1),
    ],
)
def test_what_is_recognized(sentence, count):
    assert len(habits(sentence)) == count
