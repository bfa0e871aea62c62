# SPDX-License-Identifier: GPL-2.0-only
"""The ways to run three instructions from a sysfs file, compared: ours, struct_ops, and three that need no patch."""

import re
from dataclasses import dataclass

from kernel_lab.base.errors import LabError
from kernel_lab.measure.measuring import Laboratory
from kernel_lab.measure.samples import Samples
from kernel_lab.recipe import series
from kernel_lab.recipe.tree import Tree


@dataclass(frozen=True)
class Alternative:
    """A way: its file in /sys/oreore_bench, its own C files, its functions in `attaching`, and what it gives.

    `steps` are those whose patches to the kernel it needs.
    """

    name: str
    way: str
    files: tuple[str, ...]
    functions: tuple[str, ...]
    steps: range
    answers: str
    attaching: str = "loader/alternatives.c"


TYPE, FILLED, NONE = range(1, 16), range(16, 17), range(0)
OURS = Alternative("our program type", "hook", (), ("load_short",), TYPE, "yes", "loader/give_prog.c")
STRUCT_OPS = Alternative("struct_ops", "hook", (), ("main",), FILLED, "yes", "loader/ops.c")
ALTERNATIVES = (
    OURS,
    Alternative("writable raw tracepoint", "raw_tp", ("lkm/bench/raw_tp.h", "lkm/bench/raw_tp.c"), ("attach_raw_tp",),
                NONE, "it writes over the argument"),
    Alternative("fentry and a kfunc", "fentry", ("lkm/bench/fentry.c",), ("attach_fentry", "module_btf"), NONE,
                "it calls a function with the answer"),
    Alternative("SYSCALL program", "syscall", ("lkm/bench/syscall.c",), ("give_syscall",), NONE, "yes"),
)  # fmt: skip

HEADER = ("way", "instructions above plain C", "lines of C", "needs a patch", "returns a value")


def above_plain(samples: Samples, way: str, label: str | None = None) -> int:
    """Instructions of a write to the file of this way, above those of a write to the file in plain C."""
    return samples.typical(f"write:/sys/oreore_bench/{way}", label) - samples.typical("write:/sys/oreore_bench/plain")


def rows(lab: Laboratory, samples: Samples) -> list[tuple[str, int, int, str, str]]:
    """A row for each way, as HEADER says."""
    return [
        (each.name, above_plain(samples, each.way), lines(lab.tree, each), "yes" if each.steps else "no", each.answers)
        for each in ALTERNATIVES
    ]


def lines(tree: Tree, each: Alternative) -> int:
    """What somebody has to write for it, in the kernel or the module and to attach it. The `store` is common to all."""
    own = [_found(tree, path, r"\A.*\Z") for path in each.files]
    own += [_found(tree, each.attaching, rf"^(?:static|int) [^\n]*\b{name}\(.*?^\}}") for name in each.functions]
    patches = of_patches(tree, each.steps) if each.steps else []  # git makes the whole series for it
    return sum(map(lines_of_code, own)) + sum(count for _, count in patches)


def of_patches(tree: Tree, steps: range) -> list[tuple[str, int]]:
    """The subject of each patch that these steps make, and how many lines of C it adds to the kernel itself.

    No step counts that is after the one being done: what it adds to the type was not needed for what was measured.
    """
    shipped, last = tree.originals(tree.recipe.paths), tree.step + 1
    made = zip(series.of_book(tree.recipe, shipped, last), series.commits(tree.recipe, shipped, last), strict=True)
    return [(commit.message.split("\n")[0], _added(commit.diff)) for book, commit in made if book.step in steps]


def of_functions(tree: Tree, path: str, *names: str) -> int:
    """How many lines of C these functions of a file have."""
    return sum(lines_of_code(_found(tree, path, rf"^(?:[a-z][^\n;]*)?\b{name}\(.*?^\}}")) for name in names)


def _added(patch: str) -> int:
    files = re.findall(r"^\+\+\+ b/(?:include|kernel)/[^\n]*\.[ch]\n(.*?)(?=^diff |\Z)", patch, re.S | re.M)
    return lines_of_code("\n".join(re.findall(r"^\+(.*)$", "".join(files), re.M)))


def _found(tree: Tree, path: str, pattern: str) -> str:
    """The part of a file that is counted. Raises LabError where it is not there: a count without it would be wrong."""
    if not (found := re.search(pattern, tree.read(path) or "", re.S | re.M)) or not found[0]:
        raise LabError(
            f"Not all of a way's code is in {path}.",
            f"Go to the last step: lab.jump({tree.recipe.last}), and run this again.",
        )
    return found[0]


def lines_of_code(text: str) -> int:
    """Lines of C, without empty ones and comments."""
    without_comments = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    return sum(bool(line.strip()) for line in without_comments.splitlines())
