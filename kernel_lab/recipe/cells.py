# SPDX-License-Identifier: GPL-2.0-only
"""What the book's notebooks do to the sources: their `%%patch`, `%%source` and `%%commit` cells, in order.

The cells are the only place where the book's C is written (literate programming): `kernel-src-patches/`, `lkm/`,
`loader/` are tangled from them, and so is `book.json`. The steps of the tree are computed from that, not from the
notebooks: whatever a reader writes into a notebook, and saves, is the reader's own until it is tangled.
"""

import json
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from kernel_lab.base import given
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT, NOTEBOOKS
from kernel_lab.recipe import diff
from kernel_lab.sources import kernels
from kernel_lab.sources.kernels import Linux

KERNEL = "linux/"
"""Where the kernel tree is among the sources."""

BASELINE = str(Path(__file__).with_name("book.json").relative_to(CHECKOUT))
"""The book's cells as they were tangled last, in the repository."""

VERSION = re.compile(r"\d[\d.]*")

CONTENTS = "book/_toc.yml"
"""What names the book's chapters, in the repository."""

BESIDE = ("lkm/", "loader/", "config/")
"""What is beside it. The kernel has no folders of these names, so a patch can name their files as they are."""


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook: `kind` is "patch", "source" or "commit".

    `linux` names the kernel that a patch is for, where it is not for each: kernels differ in the lines around a change.
    """

    kind: str
    text: str
    path: str = ""
    linux: str = ""
    trial: bool = False
    notebook: str = ""
    number: int = 0

    def same_edit(self, other: "Cell") -> bool:
        return (self.kind, self.path, self.text) == (other.kind, other.path, other.text)

    def __str__(self) -> str:
        return f"{self.notebook}.ipynb, cell {self.number}"

    @classmethod
    def parse(cls, magic: str, argument: str, body: str, notebook: str = "", number: int = 0) -> "Cell":
        """The cell that begins with `%%magic argument`. Raises LabError where the argument is wrong."""
        words = argument.split()
        trial = "--try" in words
        paths = [word for word in words if word != "--try"]
        linux = kernels.named(paths.pop(0)).name if magic == "patch" and paths and VERSION.fullmatch(paths[0]) else ""
        if magic == "source":
            if len(paths) != 1 or not _is_place(paths[0]):
                unseen = diff.unseen(argument)
                raise LabError(
                    f"%%source {argument}: this is not a place for a file.",
                    f"It has {unseen}: type it anew."
                    if unseen
                    else "Name one path that begins with linux/, lkm/, loader/ or config/.",
                )
        elif paths:
            some = f"Write only --try, or a kernel ({kernels.names()})" if magic == "patch" else "Write only --try"
            raise LabError(f"%%{magic} takes no path, but was given {paths[0]!r}.", f"{some}, or nothing.")
        # IPython empties lines of blanks only before a magic sees them, so that must make no difference. Neither must
        # the ends of lines: they are those of the system that the notebook was saved on.
        lines = [line if line.strip() else "" for line in body.replace("\r\n", "\n").rstrip().split("\n")]
        return cls(magic, "\n".join(lines) + "\n", paths[0] if paths else "", linux, trial, notebook, number)

    def is_for(self, linux: Linux) -> bool:
        """Whether the cell is one of this kernel's."""
        return self.linux in ("", linux.name)

    def apply(self, files: diff.Files) -> dict[str, str]:
        """The files that this cell changes, changed. Empty where nothing is to change.

        Raises PatchError where a hunk does not fit.
        """
        if self.kind == "source":
            return {} if files.get(self.path) == self.text else {self.path: self.text}
        named = {path.removeprefix(KERNEL): text for path, text in files.items()}
        return {_place(path): text for path, text in diff.apply(named, self.patches).items()}

    @cached_property
    def patches(self) -> list[diff.FilePatch]:
        """What a `%%patch` cell changes, file by file. Raises PatchError where it is not a diff."""
        return diff.parse(self.text)

    @cached_property
    def paths(self) -> list[str]:
        if self.kind == "source":
            return [self.path]
        return [_place(patch.path) for patch in self.patches] if self.kind == "patch" else []


def _is_place(path: str) -> bool:
    parts = path.split("/")
    return (
        path.isprintable()
        and len(parts) > 1
        and f"{parts[0]}/" in (KERNEL, *BESIDE)
        and not {"", ".", ".."} & set(parts)
    )


def _place(named: str) -> str:
    """Where the file that a patch names is among the sources: a patch is seen from the root of the kernel tree."""
    return named if named.startswith(BESIDE) else KERNEL + named


def _is_beside(path: str) -> bool:
    return path.startswith(BESIDE)


@dataclass(frozen=True)
class Step:
    """One notebook. The step is done when all its cells have been run."""

    number: int
    name: str
    title: str
    cells: tuple[Cell, ...]

    @property
    def beside(self) -> "Step":
        """The same without the cells that change the kernel."""
        return replace(self, cells=tuple(cell for cell in self.cells if all(map(_is_beside, cell.paths))))


def notebooks(folder: Path = NOTEBOOKS) -> list[Path]:
    """The notebooks that the book's contents name: others are the reader's own. Raises LabError where one is gone."""
    try:
        contents = (folder.parent / CONTENTS).read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        raise LabError(
            f"The book's contents can't be read: {problem}", f"Get them back: git checkout {CONTENTS}"
        ) from None
    found = [folder / f"{name}.ipynb" for name in sorted(re.findall(r"notebooks/(\d\d-[\w-]+)", contents))]
    for path in found:
        if not path.is_file():
            raise LabError(
                f"{path} is not there, though {CONTENTS} names it.",
                f"Get it back: git checkout {path}. If the book is to have no such chapter, take its line out there.",
            )
    return found


def _to_baseline(cell: Cell) -> dict[str, object]:
    head = {"number": cell.number, "kind": cell.kind, "path": cell.path, "linux": cell.linux, "trial": cell.trial}
    return {name: value for name, value in head.items() if value} | {"text": cell.text.split("\n")}


def _from_baseline(name: str, step: dict[str, Any]) -> Step:
    cells = (Cell(**each | {"text": "\n".join(each["text"])}, notebook=name) for each in step["cells"])
    return Step(int(name[:2]), name, step["title"], tuple(cells))


def read_notebook(path: Path) -> Step:
    """Raises LabError where the file is not a notebook, or a cell of it can't be read."""
    try:
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(path.read_bytes())["cells"]]
    except KeyError as missing:
        raise LabError(
            f"{path} is not a notebook: what the format 4 calls {missing} is not there.",
            f"If it is an older one, open it in JupyterLab and save it. Otherwise: {_way_back(path)}",
        ) from None
    except (OSError, ValueError, TypeError) as problem:
        raise LabError(f"{path} is not a notebook: {problem}", _way_back(path)) from None
    title = next((source[2:].split("\n")[0] for _, source in cells if source.startswith("# ")), path.stem)
    edits = []
    for number, (kind, source) in enumerate(cells, 1):
        head, _, body = source.partition("\n")
        words = head.split(maxsplit=1)
        if kind == "code" and words and words[0] in ("%%patch", "%%source", "%%commit"):
            edits.append(_saved_cell(words[0][2:], "".join(words[1:]), body, path.stem, number))
    return Step(int(path.stem[:2]), path.stem, title, tuple(edits))


def _saved_cell(magic: str, argument: str, body: str, notebook: str, number: int) -> Cell:
    try:
        cell = Cell.parse(magic, argument, body, notebook, number)
        cell.paths  # noqa: B018 # reads the diff, if it is one
        return cell
    except LabError as problem:
        raise _in_saved(f"{notebook}.ipynb, cell {number}", problem) from None


def _in_saved(cell: object, problem: LabError) -> LabError:
    notebook = str(cell).split(",")[0]
    remedy = _way_back(Path("notebooks") / notebook)
    return LabError(f"The saved notebook {cell}:\n{problem.cause}", f"Correct that cell. Otherwise: {remedy}")


def _in_tangled(cell: Cell, problem: LabError, linux: Linux) -> LabError:
    """The cells of book.json fit the kernels that the book is for, whatever the notebooks have by now."""
    return LabError(
        f"The book's patch of {cell} does not fit this kernel:\n{problem.cause}",
        f"It is for Linux {linux.name} as Debian and kernel.org have it: unset KERNEL_LAB_SOURCE, or name such a one.",
    )


def _way_back(notebook: Path) -> str:
    """How to get the book's notebook back; what the reader wrote would be lost without the copy."""
    copy = f"cp {notebook} {notebook}.mine"
    return f"Keep a copy of what you wrote ({copy}), then get the book's version back: git checkout {notebook}"


@dataclass(frozen=True)
class Recipe:
    """All steps of the book, in order; or, as on() makes it, those that there are on one kernel."""

    steps: tuple[Step, ...]
    linux: Linux | None = None
    tangled: bool = field(default=False, compare=False)  # read from book.json, not from the notebooks

    def on(self, linux: Linux) -> "Recipe":
        """The steps that were carried to this kernel, each with the cells that are for it."""
        here = [step for step in self.steps if linux.carries(step.number)]
        cells = [tuple(cell for cell in step.cells if cell.is_for(linux)) for step in here]
        steps = tuple(replace(step, cells=some) for step, some in zip(here, cells, strict=True))
        return replace(self, steps=steps, linux=linux)

    def require_carried(self, number: int) -> None:
        """Raises LabError where a chapter was not carried to this kernel yet."""
        if self.linux and not self.linux.carries(number):
            raise not_carried(self.linux, f"this is for chapter {number}")

    @classmethod
    def read(cls, folder: Path = NOTEBOOKS) -> "Recipe":
        """The steps as the notebooks have them, which may be half-written. Raises LabError as read_notebook() does."""
        return cls(tuple(read_notebook(path) for path in notebooks(folder)))

    @classmethod
    def book(cls, baseline: Path = CHECKOUT / BASELINE) -> "Recipe":
        """The steps as they were tangled last. Raises LabError where that can't be read."""
        try:
            steps = json.loads(baseline.read_text(encoding="utf-8"))
            return cls(tuple(_from_baseline(name, step) for name, step in steps.items()), tangled=True)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            raise LabError(
                f"The book's steps can't be read from {baseline}: {problem}",
                "Write them anew from the notebooks: python -m kernel_lab tangle",
            ) from None

    @property
    def baseline(self) -> str:
        """What book() reads."""
        steps = {
            step.name: {"title": step.title, "cells": [_to_baseline(cell) for cell in step.cells]}
            for step in self.steps
        }
        return json.dumps(steps, indent=1, ensure_ascii=False) + "\n"

    def number(self, said: int | str) -> int:
        """The step that a reader means by 3, "3" or "03"; 0 is the kernel as shipped. Raises LabError, as step()."""
        number = given.number(said)
        if number is None:
            raise self._no_step(repr(said))
        return self.step(number).number if number else 0

    def step(self, number: int) -> Step:
        """Raises LabError, with the steps there are, where there is no such step."""
        self.require_carried(number)
        for step in self.steps:
            if step.number == number:
                return step
        raise self._no_step(f"{number:02}")

    def _no_step(self, named: str) -> LabError:
        known = "\n".join(f"    {step.number:02}  {step.title}" for step in self.steps)
        return LabError(f"The book has no step {named}.", f"Its steps are:\n{known}")

    @property
    def last(self) -> int:
        """The number of the last step: there the kernel is finished."""
        return self.steps[-1].number

    @cached_property
    def paths(self) -> set[str]:
        """Every file that some cell changes."""
        return {path for step in self.steps for cell in step.cells for path in cell.paths}

    @property
    def beside(self) -> "Recipe":
        """The same without all that changes the kernel: what is left needs none."""
        return replace(self, steps=tuple(step.beside for step in self.steps))

    def knows(self, cell: Cell) -> bool:
        """Whether this edit is one of the book's, and so not the reader's own."""
        return any(cell.same_edit(known) for step in self.steps for known in step.cells)

    def files(self, originals: diff.Files, upto: int) -> dict[str, str | None]:
        """The sources after step `upto` (0: untouched), for every path in `paths`.

        Raises LabError, naming the cell, where one does not fit the sources as the cells before it make them.
        """
        files: dict[str, str | None] = {path: originals.get(path) for path in self.paths}
        for step in self.steps:
            if step.number > upto:
                break
            for cell in step.cells:
                files |= self.applied(cell, files)
        return files

    def applied(self, cell: Cell, files: diff.Files) -> dict[str, str]:
        """What a cell of this recipe changes in `files`. Raises LabError, naming the cell, where it does not fit."""
        if cell.trial or cell.kind == "commit":
            return {}
        try:
            return cell.apply(files)
        except diff.PatchError as problem:
            if self.tangled:
                raise _in_tangled(cell, problem, self.linux or kernels.FIRST) from None
            raise _in_saved(cell, problem) from None


def not_carried(linux: Linux, and_what: str) -> LabError:
    """What to say where a later chapter is needed than the last that was carried to a kernel."""
    return LabError(
        f"The book is carried to Linux {linux.name} up to chapter {linux.chapters}, and {and_what}.",
        f"Unset {kernels.VARIABLE}: on Linux {kernels.FIRST.name} there are all chapters.",
    )
