"""How long a reader waits, measured in one run on this machine, as ratios to things measured in the same run."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kernel_lab.lab import Lab

SYSCALL = "linux/kernel/bpf/syscall.c"
UAPI = "linux/include/uapi/linux/bpf.h"
MODULE = "lkm/oreore_mod.c"
ROUND_TRIPS = 50


def run(lab: Lab) -> None:
    """Measure each wait, and print it in seconds and as a multiple of one compile of syscall.c."""
    last = lab.recipe.steps[-1].number
    lab.jump(last)
    lab.boot()
    waits = {
        "compile kernel/bpf/syscall.c": _after_an_edit(lab, SYSCALL, lambda: lab.compile("kernel/bpf/syscall.o")),
        "a line in syscall.c, to the guest's answer": _after_an_edit(lab, SYSCALL, lambda: _ask_new_kernel(lab)),
        "a line in uapi/linux/bpf.h, to the guest's answer": _after_an_edit(lab, UAPI, lambda: _ask_new_kernel(lab)),
        "back to the kernel as it was (compiler cache)": _seconds(lab.boot),
        "a line in the module, to its answer in the guest": _after_an_edit(lab, MODULE, lambda: _ask_new_module(lab)),
        "boot to the first command answered": _seconds(lambda: lab.start_guest().close()),
        "a guest command's round trip": _round_trip(lab),
        "jump to the first step": _seconds(lambda: lab.jump(1)),
        "jump to the last step": _seconds(lambda: lab.jump(last)),
    }
    unit = next(iter(waits.values()))
    print(f"\n{'wait':52} {'seconds':>8} {'ratio':>8}")
    for what, seconds in waits.items():
        print(f"{what:52} {seconds:8.3f} {seconds / unit:8.3f}")


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
    text = file.read_text()
    file.write_text(f"{text}extern int bench_{time.time_ns()};\n")
    try:
        yield
    finally:
        file.write_text(text)


def _ask_new_kernel(lab: Lab) -> None:
    lab.boot()
    lab.transcript("uname -r")


def _ask_new_module(lab: Lab) -> None:
    lab.module()
    lab.transcript("insmod oreore_mod.ko\nls /sys/oreore")


def _round_trip(lab: Lab) -> float:
    return statistics.median(_seconds(lambda: lab.guest.run("true")) for _ in range(ROUND_TRIPS))
