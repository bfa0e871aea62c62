# SPDX-License-Identifier: GPL-2.0-only
"""A hook of the reader's own, a program type or a struct for programs, in a folder of their own: written, and tried."""

import re
from pathlib import Path

from kernel_lab.base import paths, progress
from kernel_lab.kernel import cache
from kernel_lab.kernel.failure import CompileError
from kernel_lab.kernel.flavour import BOOK
from kernel_lab.lab import Lab, opened
from kernel_lab.newer import NEWER, UNPATCHED
from kernel_lab.recipe.cells import Recipe
from kernel_lab.scaffold import project
from kernel_lab.scaffold.kind import Kind
from kernel_lab.scaffold.made import places
from kernel_lab.scaffold.materials import Materials
from kernel_lab.sources import kernels, source

PROGRAM = re.compile(r"loader/([^/]+)\.c")
OBJECT = re.compile(r"loader/bpf/([^/]+)\.bpf\.c")

TREES = "own"
"""The folder of the cache with the trees of these types and hooks: the book's stay as they are."""


def new(kind: Kind, folder: Path) -> None:
    """Write a type, or a struct, into the folder; say what to do next. Raises what Materials and project.add() do."""
    project.require_room(kind, folder)
    place, spec, linux = paths.cache_folder(), source.chosen(), NEWER if kind.struct_ops else kernels.chosen()
    cache.prove(place, spec, linux)
    with progress.shown() as report:
        origin = source.find(spec, place, report, linux)
        report("reading the kernel's headers", 0, None)
        if kind.struct_ops:
            materials = Materials.of_module(Recipe.book(), origin)
        else:
            materials = Materials.of(Recipe.book().on(linux), origin, [*places(kind), *project.patched(folder)])
    here = Path.cwd()
    seen = folder.relative_to(here) if folder.is_relative_to(here) else folder
    for path in project.add(kind, folder, materials):
        print(seen / path)
    print(f"Build it, boot it, ask it: python -m kernel_lab try {seen}")


def attempt(folder: Path, shell: bool) -> None:
    """Build and boot a kernel for what is in the folder; print what it answers, or give the reader a shell.

    Raises LabError where a patch does not fit or something does not compile, and what Lab.boot() does.
    """
    linux, kernel = (NEWER, UNPATCHED) if project.for_modules(folder) else (None, BOOK)
    with opened("the try command", project.recipe(folder), TREES, linux) as lab:
        lab.bring_back()
        project.require_fits(lab.recipe, lab.tree.originals(lab.recipe.paths))
        lab.tree.jump(project.STEP)
        try:
            if shell:
                lab.build(kernel)
                build(lab)
                lab.shell()
            else:
                lab.boot(kernel)
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
