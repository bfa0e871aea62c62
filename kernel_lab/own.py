# SPDX-License-Identifier: GPL-2.0-only
"""A program type of the reader's own, in a folder of their own: written, and tried."""

import re
from pathlib import Path

from kernel_lab.base import paths, progress
from kernel_lab.kernel import cache
from kernel_lab.kernel.failure import CompileError
from kernel_lab.lab import Lab, opened
from kernel_lab.recipe.cells import Recipe
from kernel_lab.scaffold import project
from kernel_lab.scaffold.kind import Kind
from kernel_lab.scaffold.made import places
from kernel_lab.scaffold.materials import Materials
from kernel_lab.sources import kernels, source

PROGRAM = re.compile(r"loader/([^/]+)\.c")
OBJECT = re.compile(r"loader/bpf/([^/]+)\.bpf\.c")

TREES = "own"
"""The folder of the cache with the trees of these types: the book's stay as they are."""


def new(kind: Kind, folder: Path) -> None:
    """Write a type into the folder, and say what to do next. Raises what Materials.of() and project.add() do."""
    project.require_room(kind, folder)
    place, spec, linux = paths.cache_folder(), source.chosen(), kernels.chosen()
    cache.prove(place, spec, linux)
    with progress.shown() as report:
        origin = source.find(spec, place, report, linux)
        report("reading the kernel's headers", 0, None)
        materials = Materials.of(Recipe.book().on(linux), origin, [*places(kind), *project.patched(folder)])
    for path in project.add(kind, folder, materials):
        print(folder / path)
    print(f"Build it, boot it, ask it: python -m kernel_lab try {folder}")


def attempt(folder: Path, shell: bool) -> None:
    """Build and boot a kernel with the types in the folder; print what they answer, or give the reader a shell.

    Raises LabError where a patch does not fit or something does not compile, and what Lab.boot() does.
    """
    with opened("the try command", project.recipe(folder), TREES) as lab:
        lab.bring_back()
        project.require_fits(lab.recipe, lab.tree.originals(lab.recipe.paths))
        lab.tree.jump(project.STEP)
        try:
            if shell:
                lab.build()
                build(lab)
                lab.shell()
            else:
                lab.boot()
                build(lab)
                print(lab.transcript(project.commands(folder)))
        except CompileError as problem:
            remedy = f"Where that names a file of {folder}, correct it there, and run this again."
            raise CompileError(problem.cause, f"{remedy} {lab.log} is the whole log.") from None


def build(lab: Lab) -> None:
    """Build modules, loaders and programs; where a guest runs, they are put into it. Raises CompileError."""
    for module in sorted(lab.current.module().glob("*.ko")):
        lab.module(module.stem)
    for path in sorted(lab.recipe.paths):
        if match := PROGRAM.fullmatch(path):
            lab.program(match[1])
        elif match := OBJECT.fullmatch(path):
            lab.bpf(match[1])
