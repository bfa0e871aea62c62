# SPDX-License-Identifier: GPL-2.0-only
"""In each chapter, link a word of the glossary, and a function of the kernel, where it is used first.

A word leads to what the glossary says of it, a function to its source. The notebooks themselves have no such links:
JupyterLab has no glossary, and lab.show() has the source.
"""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata

CHAPTERS = "notebooks/"
FUNCTIONS = Path(__file__).resolve().parents[1] / "functions.csv"
SOURCE = "https://elixir.bootlin.com/linux/v{version}/A/ident/{name}"

# Words of every day, too: where one stands, it may mean something else.
AMBIGUOUS = {"hook", "instruction", "link", "map", "module", "patch", "pin", "register", "step"}
OF_A_DIFF = r"(?! lines?\b)"  # its context lines are no program's context


@cache
def functions() -> dict[str, str]:
    """The kernel's functions and macros that the chapters name, and the version that each is looked up in."""
    with FUNCTIONS.open(encoding="utf-8") as rows:
        return {row["name"]: row["linux"] for row in csv.DictReader(rows)}


class FirstUses(SphinxPostTransform):
    default_priority = 5  # before Sphinx resolves references

    def run(self, **_: object) -> None:
        if self.env.docname.startswith(CHAPTERS):
            self._words()
            self._functions()

    def _words(self) -> None:
        named = cast(StandardDomain, self.env.get_domain("std")).objects
        terms = {name for kind, name in named if kind == "term"} - AMBIGUOUS
        pattern, unused = words(terms), set(terms)
        for text in [*self.document.findall(nodes.Text)]:
            if _is_prose(text) and (parts := self._linked(str(text), pattern, unused)):
                text.parent.replace(text, parts)

    def _linked(self, text: str, pattern: re.Pattern[str], unused: set[str]) -> list[nodes.Node]:
        """The text with its first uses as links, whose words are taken from `unused`; empty if it has none."""
        parts: list[nodes.Node] = []
        end = 0
        for found in pattern.finditer(text):
            if name := used(found[1], unused):
                unused.remove(name)
                parts += [nodes.Text(text[end : found.start()]), self._to_glossary(name, found[0])]
                end = found.end()
        return [*parts, nodes.Text(text[end:])] if parts else []

    def _to_glossary(self, name: str, shown: str) -> nodes.Node:
        where = {"refdomain": "std", "reftype": "term", "reftarget": name, "refdoc": self.env.docname}
        return addnodes.pending_xref("", nodes.inline("", shown, classes=["first-use"]), **where, refwarn=True)

    def _functions(self) -> None:
        unused = dict(functions())
        for code in [*self.document.findall(nodes.literal)]:
            name = code.astext().removesuffix("()")
            if name in unused and _is_prose(code):
                address = SOURCE.format(version=unused.pop(name), name=name)
                code.replace_self(nodes.reference("", "", code.deepcopy(), refuri=address, classes=["first-use"]))


def _is_prose(node: nodes.Node) -> bool:
    """Whether a text or a piece of code stands in a paragraph itself: not in a heading, a link or a table."""
    return isinstance(node.parent, nodes.paragraph | nodes.strong) and not any(
        isinstance(above, nodes.title | nodes.table | nodes.reference | addnodes.pending_xref) for above in _above(node)
    )


def _above(node: nodes.Node) -> Iterator[nodes.Node]:
    while node := node.parent:
        yield node


def words(names: set[str]) -> re.Pattern[str]:
    """Finds any of the names as a word, in the singular or the plural; of two, the longer one."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?:s|es)?(?![\w-]){OF_A_DIFF}", re.I)


def used(word: str, names: set[str]) -> str | None:
    """Which of the names a word in a text is: it may begin a sentence, but what is in capitals has to be so."""
    return next((name for name in (word, word[0].lower() + word[1:]) if name in names), None)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_post_transform(FirstUses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
