# SPDX-License-Identifier: GPL-2.0-only
"""The series as a kernel developer has it: commits in a git repository of its own, on top of the kernel as shipped.

A whole kernel would take a minute to add. So this one has the files that the series touches, and those that the
kernel's own tools read where they judge a series; nothing is compiled in it.
"""

import shutil
from pathlib import Path

from kernel_lab.base.process import output
from kernel_lab.recipe import series
from kernel_lab.recipe.cells import KERNEL
from kernel_lab.recipe.tree import Tree

READ_BY_TOOLS = (
    "scripts/checkpatch.pl",
    "scripts/const_structs.checkpatch",
    "scripts/kernel-doc",
    "scripts/spelling.txt",
    "tools/bpf/bpftool",
    "tools/testing/selftests/bpf/test_bpftool_synctypes.py",
)

BRANCH = "series"


def make(tree: Tree, folder: Path) -> int:
    """Make the repository `folder` anew, with the book's commits up to the tree's step. Returns how many they are.

    The kernel as shipped is tagged so, and the branch "series" is checked out. Raises LabError.
    """
    shipped, others = tree.originals(tree.recipe.paths), _read_by_tools(tree)
    commits = list(series.of_book(tree.recipe, shipped, tree.step))
    states = [(series.BASE, shipped), *((each.cell.text, dict(each.files)) for each in commits)]
    history: series.History = [(message, others | files) for message, files in states]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    git = ("git", "-C", folder)
    output(*git, "init", "--quiet", "--template=", "--object-format=sha1", f"--initial-branch={BRANCH}")
    for name, value in {"user.name": "A Reader", "user.email": "reader@example.org"}.items():
        output(*git, "config", name, value)
    output(*git, "fast-import", "--quiet", stdin=series.stream(history).encode(errors="surrogateescape"))
    output(*git, "tag", "shipped", f"{BRANCH}~{len(commits)}")
    output(*git, "reset", "--quiet", "--hard", BRANCH)
    return len(commits)


def _read_by_tools(tree: Tree) -> dict[str, str | None]:
    """They are as they are in the tree, but for those that the series touches, which come from its commits."""
    linux = tree.root / KERNEL
    found = [file for path in READ_BY_TOOLS for file in _files(linux / path)]
    named = {f"{KERNEL}{file.relative_to(linux)}": file for file in found}
    return {path: tree.read(path) for path in sorted(named) if path not in tree.recipe.paths}


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.is_file()]
