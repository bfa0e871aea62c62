# SPDX-License-Identifier: GPL-2.0-only
"""The rooms of the laboratory: each imports only from those below it, and only the top ones print."""

import ast
from itertools import pairwise

from kernel_lab.base.paths import CHECKOUT

PACKAGE = CHECKOUT / "kernel_lab"
ROOMS = (
    "base",
    "sources",
    "recipe",
    "scaffold",
    "kernel",
    "measure",
    "page",
    "exercises",
    "",
)  # from the ground up; "" is the package's own
BESIDE = {("page", "measure"), ("kernel", "scaffold")}  # neither knows the other


def room(module: str) -> str:
    """The room of a module's dotted name."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else ""


def imports() -> set[tuple[str, str]]:
    """Which room imports from which other."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        importer = room(".".join(path.relative_to(CHECKOUT).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kernel_lab":
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                found |= {(importer, room(name)) for name in names if room(name) != importer}
    return found


def test_every_room_imports_only_from_those_below():
    upward = {(by, of) for by, of in imports() if ROOMS.index(of) > ROOMS.index(by)}
    assert upward == set()
    assert not imports() & BESIDE
    assert {by for by, _ in imports()} == set(ROOMS) - {"base"}


def test_every_folder_is_a_room_and_says_what_it_is_for():
    folders = {path.parent.name for path in PACKAGE.glob("*/*.py")}
    assert folders == set(ROOMS) - {""}
    for folder in folders:
        assert len(ast.get_docstring(ast.parse((PACKAGE / folder / "__init__.py").read_text(encoding="utf-8")))) > 40
        assert f"`{folder}/`" in (PACKAGE / "README.md").read_text(encoding="utf-8")


def test_only_what_a_reader_touches_prints():
    printing = {
        room(".".join(path.relative_to(CHECKOUT).with_suffix("").parts))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print" and path.name != "progress.py"
    }
    assert printing <= {"", "measure"}  # a notebook's MeasuringKernel says that it is built, as its Lab does


def test_the_readme_names_each_step_of_a_cells_way_in_order():
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    places = [
        text.index(f"`{name}`") for name in ("magics.py", "cells.py", "diff.py", "tree.py", "build.py", "guest.py")
    ]
    assert all(before < after for before, after in pairwise(places))
