# SPDX-License-Identifier: GPL-2.0-only
"""A folder of the reader's with types of their own: patches for a kernel, and a module, a loader, a program for each.

Or with hooks of their own that need no patch. A folder is for one kernel, so it has either the ones or the others.

It has the laboratory's own shape, so what is in it is a recipe of one step, as a notebook of the book is one.
"""

import re
from dataclasses import replace
from pathlib import Path

from kernel_lab.base import disk
from kernel_lab.base.errors import LabError
from kernel_lab.recipe import diff, series
from kernel_lab.recipe.cells import KERNEL, Cell, Recipe, Step
from kernel_lab.recipe.diff import Files
from kernel_lab.recipe.tree import put, text_of
from kernel_lab.scaffold import made, ops
from kernel_lab.scaffold.kind import Kind
from kernel_lab.scaffold.materials import Materials
from kernel_lab.scaffold.text import render

STEP = 1
SERIES = "patches/series"
BESIDE = ("config", "lkm", "loader")
SHARED = (*ops.AS_THEY_ARE, "loader/Makefile")  # by the types, or hooks, of a folder
NAMES = re.compile(r".*(?<!\.mod)\.[ch]|.*\.config|Makefile|Kbuild")  # of what is not made by make


def for_modules(folder: Path) -> bool:
    """Whether what is in the folder needs no patch."""
    return not _series(folder) and (folder / ops.CONFIG).is_file()


def commands(folder: Path) -> str:
    """What is typed into the guest to try the types, in the order in which they were added."""
    return "".join(text_of(path) or "" for path in sorted(folder.glob("try/*.sh")))


def recipe(folder: Path) -> Recipe:
    """What the folder makes of the sources. Raises LabError where it has no series of patches that can be read."""
    cells = [_patch(folder, name) for name in _series(folder)]
    if not cells and not for_modules(folder):
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
    """Raises LabError where the folder has something that is not of this kind, or one of this name."""
    if _empty(folder):
        return
    if not _series(folder) and not for_modules(folder):
        raise LabError(f"There is something else in {folder}.", "Name another folder: --folder PATH.")
    if kind.struct_ops != for_modules(folder):
        here, new = ("types", "a struct_ops") if kind.struct_ops else ("struct_ops", "a type")
        raise LabError(
            f"There are {here} in {folder}, and {new} is for another kernel.", "Name another folder: --folder PATH."
        )
    if (folder / (f"lkm/{kind.name}" if kind.struct_ops else f"config/{kind.name}.config")).exists():
        raise LabError(
            f"There is a {kind.word} {kind.name} in {folder} already.", "Choose another name, or another folder."
        )


def _empty(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def add(kind: Kind, folder: Path, materials: Materials) -> list[str]:
    """Write a type, or a hook, into a folder, which may have others. Returns the paths.

    Raises LabError, and writes nothing, where the folder has no room, or its kernel none for the type.
    """
    require_room(kind, folder)
    kernel = require_fits(recipe(folder), materials.shipped) if _series(folder) else materials.shipped
    files = _files(kind, materials, kernel, folder)
    try:
        for path, text in files.items():
            put(folder / path, text)
    except OSError as error:
        if error.errno in disk.FULL:
            raise
        raise LabError(f"{folder} can't be written: {error.strerror}.", "Name another folder: --folder PATH.") from None
    return [*files]


def _files(kind: Kind, materials: Materials, kernel: Files, folder: Path) -> dict[str, str]:
    """The files of the folder that the type adds, or adds to. Raises LabError."""
    names = {"kind": kind, "version": materials.version, "first": _empty(folder)}
    if kind.struct_ops:
        templates, files, added = "ops/", ops.sources(kind, materials), {"lkm/Kbuild": ops.kbuild(kind, materials)}
    else:
        templates = ""
        files, added = _with_patch(kind, materials, kernel, len(_series(folder)) + 1)
    files |= {
        f"try/{kind.name}.sh": render(f"{templates}try.sh.j2", kind.name, **names),
        "loader/Makefile": render("Makefile.j2", kind.name, struct_ops=kind.struct_ops),
    }
    for path in files:
        if (known := text_of(folder / path)) is not None and path not in SHARED:
            raise LabError(f"There is a {path} in {folder} already.", "Choose another name, or another folder.")
        files[path] = known or files[path]  # it may be the reader's own by now
    added["README.md"] = render(f"{templates}README.md.j2", kind.name, **names)
    return files | {path: (text_of(folder / path) or "") + text for path, text in added.items()}


def _with_patch(kind: Kind, materials: Materials, kernel: Files, number: int) -> tuple[dict[str, str], dict[str, str]]:
    """A type's own files, and what it adds to others. Raises LabError."""
    sources = made.sources(kind, materials, kernel)
    patch = _commit(kind, sources, kernel, number)
    files = {path: text for path, text in sources.items() if not path.startswith(KERNEL)} | {
        f"patches/{patch.name}": patch.mail,
        "config/kernel.config": materials.book_at_the_end("config/kernel.config"),
    }
    return files, {"lkm/Kbuild": f"obj-m += {kind.module}.o\n", SERIES: f"{patch.name}\n"}


def _commit(kind: Kind, sources: dict[str, str], kernel: Files, number: int) -> series.Commit:
    """The patch that gives the kernel the type."""
    after = {path: text for path, text in sources.items() if path.startswith(KERNEL)}
    before = {path: kernel.get(path) for path in after}
    message = render("message.j2", kind.name, kind=kind)
    return replace(series.formatted([(series.BASE, before), (message, after)])[-1], number=number)
