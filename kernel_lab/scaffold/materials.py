# SPDX-License-Identifier: GPL-2.0-only
"""What a type of the reader's own is made of: the kernel as it was shipped, and the book's changes to it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from kernel_lab.base.errors import LabError
from kernel_lab.recipe.cells import KERNEL, Recipe
from kernel_lab.recipe.diff import Files
from kernel_lab.recipe.tree import decoded
from kernel_lab.scaffold.text import BOOK
from kernel_lab.sources import source
from kernel_lab.sources.source import Source

CHAPTER = 10
"""The book's chapter after which its type has all that another one gets."""

OWN = (f"{KERNEL}kernel/bpf/{BOOK}.c", f"{KERNEL}include/linux/bpf_{BOOK}.h")
"""The files of the kernel's that are the book's own."""

NAMES = ("include/linux/*.h", "include/net/*.h", "kernel/*/*.c")
"""Files with most structs and functions of a kernel's BTF, in which a module's must have names of their own."""

Insertions = dict[int, str]
"""What is added to a file, by the number of the line before which it is."""


@dataclass(frozen=True)
class Materials:
    """The kernel's files as they were shipped, and the sources as the book leaves them: after CHAPTER, and at the end.

    `shipped` has the headers, too, that the book's C includes; a file that is not there is None.
    """

    version: str
    shipped: Files
    after: Files
    last: Files

    @classmethod
    def of(cls, book: Recipe, origin: Source, also: Iterable[str] = ()) -> "Materials":
        """Read them; `also` are more paths of the kernel's. Raises LabError where the book does not fit the source."""
        book.require_carried(CHAPTER)
        cells = (cell for step in book.steps for cell in step.cells)
        headers = {name for cell in cells for name in re.findall(r"#include <(linux/[\w/.-]+)>", cell.text)}
        paths = {path.removeprefix(KERNEL) for path in book.paths if path.startswith(KERNEL)}
        read = source.originals(origin, sorted({*paths, *also, *(f"include/{name}" for name in headers)}))
        shipped = {KERNEL + path: decoded(data) for path, data in read.items()}
        return cls(origin.version, shipped, book.files(shipped, CHAPTER), book.files(shipped, book.last))

    @classmethod
    def of_module(cls, book: Recipe, origin: Source) -> "Materials":
        """For what needs no patch: where a kernel has NAMES, and what the book has beside the kernel at its end."""
        beside = book.beside
        shipped = {KERNEL + path: decoded(data) for path, data in source.matching(origin, NAMES).items()}
        return cls(origin.version, shipped, {}, beside.files({}, beside.last))

    def book(self, path: str) -> str:
        """A file of the book's own, at that chapter. Raises LabError where a chapter does not make it any more."""
        return _there(path, self.after)

    def book_at_the_end(self, path: str) -> str:
        return _there(path, self.last)

    @property
    def registered(self) -> dict[str, Insertions]:
        """What the book adds to files that the kernel has, by path."""
        return {
            path: insertions(path, before, text)
            for path, text in sorted(self.after.items())
            if path.startswith(KERNEL) and text and (before := self.shipped.get(path)) and text != before
        }


def _there(path: str, files: Files) -> str:
    if (text := files.get(path)) is None:
        raise LabError(f"The book has no file {path} any more, of which another type's is made.", "")
    return text


def insertions(path: str, before: str, after: str) -> Insertions:
    """What was added to a text. Raises LabError where something else was changed in it, too."""
    found: Insertions = {}
    lines = iter(after.splitlines(keepends=True))
    for number, line in enumerate(before.splitlines(keepends=True)):
        for new in lines:
            if new == line:
                break
            found[number] = found.get(number, "") + new
        else:
            raise LabError(
                f"In {path.removeprefix(KERNEL)}, lines of the kernel's were changed, not only added.",
                "A type can't be added beside such a change: take it out, or add the type by hand.",
            )
    if rest := "".join(lines):
        found[len(before.splitlines())] = rest
    return found


def inserted(before: str, *added: Insertions) -> str:
    """The text with what is added, of those that add something at the same place in this order."""
    lines = before.splitlines(keepends=True)
    places = ([some.get(number, "") for some in added] for number in range(len(lines) + 1))
    return "".join(chain.from_iterable([*new, line] for new, line in zip(places, [*lines, ""], strict=True)))
