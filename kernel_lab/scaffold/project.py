# SPDX-License-Identifier: GPL-2.0-only
"""A folder of the reader's with types of their own: patches for a kernel, and a module, a loader, a program for each.

It has the laboratory's own shape, so what is in it is a recipe of one step, as a notebook of the book is one.
"""

import re
from dataclasses import replace
from pathlib import Path

from kernel_lab.base.errors import LabError
from kernel_lab.recipe import diff, series
from kernel_lab.recipe.cells import KERNEL, Cell, Recipe, Step
from kernel_lab.recipe.diff import Files
from kernel_lab.recipe.tree import put, text_of
from kernel_lab.scaffold import made
from kernel_lab.scaffold.kind import Kind
from kernel_lab.scaffold.materials import Materials
from kernel_lab.scaffold.text import render

STEP = 1
SERIES = "patches/series"
BESIDE = ("config", "lkm", "loader")
SHARED = ("config/kernel.config", "loader/Makefile")  # by the types of a folder
NAMES = re.compile(r".*(?<!\.mod)\.[ch]|.*\.config|Makefile|Kbuild")  # of what is not made by make


def commands(folder: Path) -> str:
    """What is typed into the guest to try the types, in the order in which they were added."""
    return "".join(text_of(path) or "" for path in sorted(folder.glob("try/*.sh")))


def recipe(folder: Path) -> Recipe:
    """What the folder makes of the sources. Raises LabError where it has no series of patches that can be read."""
    cells = [_patch(folder, name) for name in _series(folder)]
    if not cells:
        raise LabError(
            f"{folder} has no {SERIES}: no type was written there.", "python -m kernel_lab new NAME writes one."
        )
    beside = sorted(path for place in BESIDE for path in (folder / place).rglob("*") if NAMES.fullmatch(path.name))
    files = [(str(path.relative_to(folder)), text_of(path) or "") for path in beside if path.is_file()]
    cells += [Cell("source", text, path) for path, text in files]
    return Recipe((Step(STEP, folder.name, folder.name, tuple(cells)),))


def patched(folder: Path) -> list[str]:
    """The kernel's files that the patches in the folder change. Raises LabError where one can't be read."""
    patches = [patch for name in _series(folder) for patch in _patch(folder, name).patches]
    return sorted({patch.path for patch in patches})


def _series(folder: Path) -> list[str]:
    return (text_of(folder / SERIES) or "").split()


def _patch(folder: Path, name: str) -> Cell:
    """A patch of the series as a cell. Raises LabError where it is none."""
    path = folder / "patches" / name
    cell = Cell("patch", series.Commit(0, "", text_of(path) or "").diff, notebook=str(path))
    try:
        cell.paths  # noqa: B018 # reads the diff
        return cell
    except LabError as problem:
        raise LabError(
            f"{path} is not a patch:\n{problem.cause}", f"Correct it, or take its line out of {SERIES}."
        ) from None


def require_fits(recipe: Recipe, files: Files) -> dict[str, str | None]:
    """The kernel's files with the patches. Raises LabError where one does not fit them."""
    patched = dict(files)
    for cell in recipe.step(STEP).cells:
        if cell.kind == "patch":
            try:
                patched |= cell.apply(patched)
            except diff.PatchError as problem:
                cause = f"{cell.notebook} does not fit this kernel:\n{problem.cause}"
                raise LabError(
                    cause, "Write the type anew for it: python -m kernel_lab new, in another folder."
                ) from None
    return patched


def require_room(kind: Kind, folder: Path) -> None:
    """Raises LabError where the folder has something that no type of it is, or a type of this name."""
    if not _series(folder) and folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise LabError(f"There is something else in {folder}.", "Name another folder: --folder PATH.")
    if (folder / f"config/{kind.name}.config").exists():
        raise LabError(f"There is a type {kind.name} in {folder} already.", "Choose another name, or another folder.")


def add(kind: Kind, folder: Path, materials: Materials) -> list[str]:
    """Write a type into a folder, which may have others. Returns the paths.

    Raises LabError, and writes nothing, where the folder has no room, or its kernel none for the type.
    """
    require_room(kind, folder)
    kernel = require_fits(recipe(folder), materials.shipped) if _series(folder) else materials.shipped
    files = _files(kind, materials, kernel, folder)
    for path, text in files.items():
        put(folder / path, text)
    return [*files]


def _files(kind: Kind, materials: Materials, kernel: Files, folder: Path) -> dict[str, str]:
    """The files of the folder that the type adds, or adds to. Raises LabError."""
    sources = made.sources(kind, materials, kernel)
    patch = _commit(kind, sources, kernel, len(_series(folder)) + 1)
    names = {"kind": kind, "version": materials.version}
    files = {path: text for path, text in sources.items() if not path.startswith(KERNEL)} | {
        f"patches/{patch.name}": patch.mail,
        f"try/{kind.name}.sh": render("try.sh.j2", kind.name, **names),
        "config/kernel.config": materials.book_at_the_end("config/kernel.config"),
        "loader/Makefile": render("Makefile.j2", kind.name),
    }
    for path in files:
        if (known := text_of(folder / path)) is not None and path not in SHARED:
            raise LabError(f"There is a {path} in {folder} already.", "Choose another name, or another folder.")
        files[path] = known or files[path]  # it may be the reader's own by now
    added = {
        "lkm/Kbuild": f"obj-m += {kind.module}.o\n",
        "README.md": render("README.md.j2", kind.name, **names, first=not _series(folder)),
        SERIES: f"{patch.name}\n",
    }
    return files | {path: (text_of(folder / path) or "") + text for path, text in added.items()}


def _commit(kind: Kind, sources: dict[str, str], kernel: Files, number: int) -> series.Commit:
    """The patch that gives the kernel the type."""
    after = {path: text for path, text in sources.items() if path.startswith(KERNEL)}
    before = {path: kernel.get(path) for path in after}
    message = render("message.j2", kind.name, kind=kind)
    return replace(series.formatted([(series.BASE, before), (message, after)])[-1], number=number)
