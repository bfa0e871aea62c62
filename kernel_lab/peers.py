# SPDX-License-Identifier: GPL-2.0-only
"""The ways to run three instructions from a sysfs file, compared: ours, and three that need no patch to the kernel."""

import re
from dataclasses import dataclass

from kernel_lab.lab import Lab
from kernel_lab.latency import Samples

ATTACHING = "loader/peers.c"


@dataclass(frozen=True)
class Peer:
    """A way: its file in /sys/oreore_bench, its own C files, its functions in loader/peers.c, and what it gives."""

    name: str
    way: str
    files: tuple[str, ...]
    functions: tuple[str, ...]
    patch: bool
    answers: str


OURS = Peer("our program type", "hook", (), ("give_oreore",), True, "yes")
PEERS = (
    OURS,
    Peer("writable raw tracepoint", "raw_tp", ("lkm/bench/raw_tp.h", "lkm/bench/raw_tp.c"), ("attach_raw_tp",), False,
         "it writes over the argument"),
    Peer("fentry and a kfunc", "fentry", ("lkm/bench/fentry.c",), ("attach_fentry", "module_btf"), False,
         "it calls a function with the answer"),
    Peer("SYSCALL program", "syscall", ("lkm/bench/syscall.c",), ("give_syscall",), False, "yes"),
)  # fmt: skip

HEADER = ("way", "instructions above plain C", "lines of C", "needs a patch", "returns a value")


def above_plain(samples: Samples, way: str) -> int:
    """Instructions of a write to the file of this way, above those of a write to the file in plain C."""
    return samples.typical(f"write:/sys/oreore_bench/{way}") - samples.typical("write:/sys/oreore_bench/plain")


def rows(lab: Lab, samples: Samples) -> list[tuple[str, int, int, str, str]]:
    """A row for each peer, as HEADER says."""
    return [
        (peer.name, above_plain(samples, peer.way), _lines(lab, peer), "yes" if peer.patch else "no", peer.answers)
        for peer in PEERS
    ]


def _lines(lab: Lab, peer: Peer) -> int:
    """What somebody has to write for it, in the kernel or the module and to attach it. The `store` is common to all."""
    attaching = lab.tree.read(ATTACHING)
    own = [lab.tree.read(path) for path in peer.files]
    own += [re.search(rf"^static [^\n]*\b{name}\(.*?^\}}", attaching, re.S | re.M)[0] for name in peer.functions]
    if peer.patch:
        patches = [text for name, text in lab.products().items() if name.endswith(".patch")]
        own += ["\n".join(re.findall(r"^\+(?!\+\+)(.*)$", patch, re.M)) for patch in patches]
    return sum(map(lines_of_code, own))


def lines_of_code(text: str) -> int:
    """Lines of C, without empty ones and comments."""
    without_comments = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
    return sum(bool(line.strip()) for line in without_comments.splitlines())
