# SPDX-License-Identifier: GPL-2.0-only
"""What things cost, as ratios of one run: the waits of a reader, and the ways to run a program."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kernel_lab.lab import Lab
from kernel_lab.measure import alternatives
from kernel_lab.measure.measuring import COMPILERS, EVERY_WAY, MeasuringKernel
from kernel_lab.measure.samples import Samples

SYSCALL = "linux/kernel/bpf/syscall.c"
UAPI = "linux/include/uapi/linux/bpf.h"
MODULE = "lkm/oreore_mod.c"
ROUND_TRIPS = 50


def run(lab: Lab) -> None:
    """Print both."""
    _print_waits(lab)
    _print_ways(lab)


def _print_waits(lab: Lab) -> None:
    """Each wait in seconds, and as a multiple of one compile of syscall.c."""
    last = lab.recipe.last
    lab.jump(last)
    lab.boot()
    waits = {
        "compile kernel/bpf/syscall.c": _after_an_edit(lab, SYSCALL, lambda: lab.compile("kernel/bpf/syscall.o")),
        "a line in syscall.c, to the guest's answer": _after_an_edit(lab, SYSCALL, lambda: _ask_new_kernel(lab)),
        "a line in uapi/linux/bpf.h, to the guest's answer": _after_an_edit(lab, UAPI, lambda: _ask_new_kernel(lab)),
        "back to the kernel as it was (compiler cache)": _seconds(lab.boot),
        "a line in the module, to its answer in the guest": _after_an_edit(lab, MODULE, lambda: _ask_new_module(lab)),
        "boot to the first command answered": _seconds(lambda: lab.current.boot().close()),
        "a guest command's round trip": _round_trip(lab),
        "jump to the first step": _seconds(lambda: lab.jump(1)),
        "jump to the last step": _seconds(lambda: lab.jump(last)),
    }
    unit = next(iter(waits.values()))
    print(f"\n{'wait':52} {'seconds':>8} {'ratio':>8}")
    for what, seconds in waits.items():
        print(f"{what:52} {seconds:8.3f} {seconds / unit:8.3f}")


def _print_ways(lab: Lab) -> None:
    """The table of the alternatives, and what it costs to have a program in place of C, in guest instructions."""
    lab.jump(lab.recipe.last)
    kernel = MeasuringKernel(lab)
    kernel.build()
    ways, compilers = kernel.run(EVERY_WAY), kernel.run(COMPILERS)
    rows = [("way", "above plain C", "lines of C", "patch", "returns a value"), *alternatives.rows(lab, ways)]
    for name, above, lines, patch, answers in rows:
        print(f"{name:26} {above:>14} {lines:>11} {patch:>6}  {answers}")

    def cost(way: str, label: str = "JIT") -> int:
        write = "write:/sys/oreore_bench/"
        return compilers.typical(write + way, label) - compilers.typical(write + "parse", label)

    ratios = {
        "a run: JIT / a C function, called": cost("bare") / cost("called"),
        "a run: interpreter / JIT": cost("bare", "interpreter") / cost("bare"),
        "a write: hook / plain C": _write(ways, "hook") / _write(ways, "plain"),
    }
    print()
    for what, ratio in ratios.items():
        print(f"{what:52} {ratio:8.3f}")


def _write(samples: Samples, way: str) -> int:
    return samples.typical(f"write:/sys/oreore_bench/{way}")


def _seconds(do: Callable[[], object]) -> float:
    start = time.monotonic()
    do()
    return time.monotonic() - start


def _after_an_edit(lab: Lab, path: str, do: Callable[[], object]) -> float:
    with _line_added(lab, path):
        return _seconds(do)


@contextmanager
def _line_added(lab: Lab, path: str) -> Iterator[None]:
    """One line more than the book's, which no compiler cache has seen (a comment would not do: it is not compiled)."""
    file = lab.tree.root / path
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}extern int bench_{time.time_ns()};\n", encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(text, encoding="utf-8")


def _ask_new_kernel(lab: Lab) -> None:
    lab.boot()
    lab.transcript("uname -r")


def _ask_new_module(lab: Lab) -> None:
    lab.module()
    lab.transcript("insmod oreore_mod.ko\nls /sys/oreore")


def _round_trip(lab: Lab) -> float:
    return statistics.median(_seconds(lambda: lab.guest.run("true")) for _ in range(ROUND_TRIPS))
