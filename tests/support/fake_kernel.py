# SPDX-License-Identifier: GPL-2.0-only
"""A kernel of six files, a book of three notebooks that change it, and what the sources are after each of them."""

import json
import shutil
from pathlib import Path

from kernel_lab.base import tools
from kernel_lab.recipe.cells import Cell, Recipe
from kernel_lab.recipe.tree import Tree
from kernel_lab.sources import source

SHIPPED = {
    "Makefile": "# The top of the tree.\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 99\nEXTRAVERSION =\n",
    "Kconfig": 'mainmenu "tiny"\n',
    "kernel/Makefile": "obj-y += call.o\nobj-y += other.o\n",
    "kernel/types.h": "enum type {\n\tTYPE_NONE,\n\tTYPE_FILTER,\n\tTYPE_TRACE,\n};\n\nenum place {\n\tHERE,\n};\n",
    "kernel/call.c": (
        '#include "types.h"\n\nint call(enum type type)\n{\n\tswitch (type) {\n'
        "\tcase TYPE_FILTER:\n\t\treturn 1;\n\tdefault:\n\t\treturn -1;\n\t}\n}\n"
    ),
    "kernel/other.c": "int other(void)\n{\n\treturn 7;\n}\n",
}

CONFIG = "CONFIG_64BIT=y\n"

TYPE_PATCH = """\
--- a/kernel/types.h
+++ b/kernel/types.h
@@ -2,6 +2,7 @@ enum type {
 \tTYPE_NONE,
 \tTYPE_FILTER,
 \tTYPE_TRACE,
+\tTYPE_OWN,
 };
\x20
 enum place {
"""

OWN = "int own(void)\n{\n\treturn 42;\n}\n"

MAKEFILE_PATCH = """\
--- a/kernel/Makefile
+++ b/kernel/Makefile
@@ -1,2 +1,3 @@
 obj-y += call.o
 obj-y += other.o
+obj-y += own.o
"""

FIRST_MESSAGE = """\
kernel: Add a type of one's own

Nobody has one yet.

Signed-off-by: A Reader <reader@example.org>
"""

OWN_PATCH = """\
--- a/kernel/own.c
+++ b/kernel/own.c
@@ -1,4 +1,6 @@
+#include "types.h"
+
 int own(void)
 {
 \treturn 42;
 }
"""

CALL_PATCH = """\
--- a/kernel/call.c
+++ b/kernel/call.c
@@ -5,6 +5,8 @@ int call(enum type type)
 \tswitch (type) {
 \tcase TYPE_FILTER:
 \t\treturn 1;
+\tcase TYPE_OWN:
+\t\treturn own();
 \tdefault:
 \t\treturn -1;
 \t}
"""

SECOND_MESSAGE = """\
kernel: Call it

A type that nobody calls is of no use.

Signed-off-by: A Reader <reader@example.org>
"""

MODULE = "int init_module(void)\n{\n\treturn 0;\n}\n"
LOADER = "int main(void)\n{\n\treturn 0;\n}\n"

TRIAL_PATCH = """\
--- a/kernel/call.c
+++ b/kernel/call.c
@@ -7,5 +7,5 @@ int call(enum type type)
 \t\treturn 1;
 \tcase TYPE_OWN:
-\t\treturn own();
+\t\treturn 13;
 \tdefault:
 \t\treturn -1;
"""

BOOK = {
    "01-the-kernel": ["# The kernel", f"%%source config/kernel.config\n{CONFIG}", "print('no edit')"],
    "02-the-type": [
        "# The type",
        f"%%patch\n{TYPE_PATCH}",
        f"%%source linux/kernel/own.c\n{OWN}",
        f"%%patch\n{MAKEFILE_PATCH}",
        f"%%commit\n{FIRST_MESSAGE}",
    ],
    "03-the-module": [
        "# The module",
        f"%%patch\n{OWN_PATCH}",
        f"%%patch\n{CALL_PATCH}",
        f"%%commit\n{SECOND_MESSAGE}",
        f"%%source lkm/own_mod.c\n{MODULE}",
        f"%%source loader/try.c\n{LOADER}",
        f"%%patch --try\n{TRIAL_PATCH}",
    ],
}

TYPE_DONE = SHIPPED["kernel/types.h"].replace("\tTYPE_TRACE,\n", "\tTYPE_TRACE,\n\tTYPE_OWN,\n")
CALL_DONE = SHIPPED["kernel/call.c"].replace("\t\treturn 1;\n", "\t\treturn 1;\n\tcase TYPE_OWN:\n\t\treturn own();\n")

STEP_0 = {f"linux/{path}": text for path, text in SHIPPED.items()}
STEP_1 = STEP_0 | {"config/kernel.config": CONFIG}
STEP_2 = STEP_1 | {
    "linux/kernel/types.h": TYPE_DONE,
    "linux/kernel/own.c": OWN,
    "linux/kernel/Makefile": SHIPPED["kernel/Makefile"] + "obj-y += own.o\n",
}
STEP_3 = STEP_2 | {
    "linux/kernel/own.c": '#include "types.h"\n\n' + OWN,
    "linux/kernel/call.c": CALL_DONE,
    "lkm/own_mod.c": MODULE,
    "loader/try.c": LOADER,
}
STEPS = [STEP_0, STEP_1, STEP_2, STEP_3]
"""All files of the sources, by path, when each step is done; written out by hand, not computed by the laboratory."""


def write_files(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def read_files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def write_notebook(folder: Path, name: str, cells: list[str]) -> Path:
    """A notebook file. What begins with '# ' is a text cell, everything else a code cell."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = ["markdown" if text.startswith("# ") else "code" for text in cells]
    content: list[dict[str, object]] = [
        {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
        | ({"execution_count": None, "outputs": []} if kind == "code" else {})
        for kind, text in zip(kinds, cells, strict=True)
    ]
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": content, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def make_recipe(folder: Path, book: dict[str, list[str]] = BOOK) -> Recipe:
    for name, cells in book.items():
        write_notebook(folder, name, cells)
    write_contents(folder)
    return Recipe.read(folder)


def write_contents(folder: Path) -> None:
    """Let the notebooks of a folder be the book's."""
    names = sorted(path.stem for path in folder.glob("[0-9][0-9]-*.ipynb"))
    write_files(folder.parent, {"book/_toc.yml": "".join(f"- file: notebooks/{name}\n" for name in names)})


def make_source(folder: Path) -> source.Source:
    return source.find(str(write_files(folder, SHIPPED)), folder.parent / "cache")


def make_tree(folder: Path, book: dict[str, list[str]] = BOOK) -> Tree:
    """A tree as a reader has it the first time: just unpacked."""
    return Tree(folder / "tree", make_source(folder / "shipped"), make_recipe(folder / "notebooks", book))


def sources(tree: Tree) -> dict[str, str]:
    """Every file of the sources: nothing that the laboratory writes for itself."""
    folders = ("linux/", "lkm/", "loader/", "config/")
    return {path: text for path, text in read_files(tree.root).items() if path.startswith(folders)}


def a_moment_later(linux: Path) -> None:
    """Go on when files written now are newer than the tree, by the file system's clock, which ticks every few ms."""
    probe = linux.with_name("probe")
    unpacked = max(path.stat().st_ctime for path in linux.rglob("*"))
    probe.touch()
    while probe.stat().st_mtime <= unpacked:
        probe.touch()
    probe.unlink()


def book_cells(tree: Tree, step: int) -> list[Cell]:
    """The cells that a reader runs in this notebook to change the sources."""
    return [cell for cell in tree.recipe.step(step).cells if cell.kind != "commit"]


def run_notebook(tree: Tree, step: int) -> None:
    for cell in book_cells(tree, step):
        if not cell.trial:
            tree.edit(cell)


def path_without(folder: Path, absent: str) -> str:
    """A PATH on which apt-get and all tools of apt.txt are found, but `absent`."""
    folder.mkdir()
    programs = {"apt-get"} | {tool.proof for tool in tools.tools() if not tool.proof.startswith(("/", "import "))}
    for program in programs - {absent}:
        where = shutil.which(program)
        assert where, f"{program} is not installed: run install.sh"
        (folder / program).symlink_to(where)
    return str(folder)
