# SPDX-License-Identifier: GPL-2.0-only
"""The ways to run three instructions from a sysfs file, compared: ours, and three that need no patch to the kernel."""

import re
from dataclasses import dataclass

from kernel_lab.base.errors import LabError
from kernel_lab.measure.measuring import Laboratory
from kernel_lab.measure.samples import Samples
from kernel_lab.recipe import series
from kernel_lab.recipe.tree import Tree


@dataclass(frozen=True)
class Alternative:
    """A way: its file in /sys/oreore_bench, its own C files, its functions in `attaching`, and what it gives."""

    name: str
    way: str
    files: tuple[str, ...]
    functions: tuple[str, ...]
    patch: bool
    answers: str
    attaching: str = "loader/alternatives.c"


OURS = Alternative("our program type", "hook", (), ("load_short",), True, "yes", "loader/give_prog.c")
ALTERNATIVES = (
    OURS,
    Alternative("writable raw tracepoint", "raw_tp", ("lkm/bench/raw_tp.h", "lkm/bench/raw_tp.c"), ("attach_raw_tp",),
                False, "it writes over the argument"),
    Alternative("fentry and a kfunc", "fentry", ("lkm/bench/fentry.c",), ("attach_fentry", "module_btf"), False,
                "it calls a function with the answer"),
    Alternative("SYSCALL program", "syscall", ("lkm/bench/syscall.c",), ("give_syscall",), False, "yes"),
)  # fmt: skip

HEADER = ("way", "instructions above plain C", "lines of C", "needs a patch", "returns a value")


def above_plain(samples: Samples, way: str) -> int:
    """Instructions of a write to the file of this way, above those of a write to the file in plain C."""
    return samples.typical(f"write:/sys/oreore_bench/{way}") - samples.typical("write:/sys/oreore_bench/plain")


def rows(lab: Laboratory, samples: Samples) -> list[tuple[str, int, int, str, str]]:
    """A row for each way, as HEADER says."""
    return [
        (each.name, above_plain(samples, each.way), _lines(lab.tree, each), "yes" if each.patch else "no", each.answers)
        for each in ALTERNATIVES
    ]


def _lines(tree: Tree, each: Alternative) -> int:
    """What somebody has to write for it, in the kernel or the module and to attach it. The `store` is common to all."""
    own = [_found(tree, path, r"\A.*\Z") for path in each.files]
    own += [_found(tree, each.attaching, rf"^static [^\n]*\b{name}\(.*?^\}}") for name in each.functions]
    if each.patch:
        tangled = series.products(tree.recipe, tree.originals(tree.recipe.paths))
        patches = [text for path, text in tangled.items() if path.endswith(".patch")]
        own += ["\n".join(re.findall(r"^\+(?!\+\+)(.*)$", patch, re.M)) for patch in patches]
    return sum(map(lines_of_code, own))


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
