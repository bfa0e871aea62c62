# SPDX-License-Identifier: GPL-2.0-only
"""A kernel of which there is only what the book's patches have as context: they fit it, and nothing builds it."""

from collections.abc import Iterator
from pathlib import Path

from fake_kernel import SHIPPED, write_files

from kernel_lab.recipe.cells import KERNEL, Recipe
from kernel_lab.recipe.diff import FilePatch, Hunk
from kernel_lab.scaffold.text import BOOK
from kernel_lab.sources import kernels


def write(folder: Path) -> Path:
    """That kernel as a folder, which passes for a source."""
    return write_files(folder, {path: SHIPPED[path] for path in ("Makefile", "Kconfig")} | files())


def files() -> dict[str, str]:
    """Its files: the lines that a hunk finds, of each that finds nothing of the book's, in the order of the file."""
    hunks: dict[str, list[Hunk]] = {}
    for patch in _patches():
        hunks.setdefault(patch.path, []).extend(hunk for hunk in patch.hunks if BOOK not in str(hunk.old).lower())
    return {
        path: "\n".join("\n".join([*hunk.old, ""]) for hunk in sorted(found, key=lambda hunk: hunk.start))
        for path, found in hunks.items()
    }


def _patches() -> Iterator[FilePatch]:
    """Those of files that the kernel has."""
    cells = [cell for step in Recipe.book().on(kernels.FIRST).steps for cell in step.cells if not cell.trial]
    made = {path for cell in cells for path in cell.paths if cell.kind == "source"}
    for patch in (patch for cell in cells if cell.kind == "patch" for patch in cell.patches):
        if not patch.creates and not made & {patch.path, KERNEL + patch.path}:
            yield patch
