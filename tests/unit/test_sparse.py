# SPDX-License-Identifier: GPL-2.0-only
"""What is said of an object besides that it compiles: warnings, and where sparse comes from."""

from pathlib import Path

from kernel_lab import lab
from kernel_lab.base import progress
from kernel_lab.sources import sparse

LINUX = Path("/cache/linux/trees/debian-6.1/linux")
SAID = """\
make[1]: Entering directory '/cache/linux/trees/debian-6.1/build'
  CHECK   ../linux/kernel/bpf/oreore.c
../linux/kernel/bpf/oreore.c:30:9: warning: incorrect type in assignment (different address spaces)
../linux/kernel/bpf/oreore.c:30:9:    expected struct bpf_prog *prog
../linux/include/linux/timekeeping.h:154:27: warning: context imbalance in 'test_run_repeat'
/cache/linux/trees/debian-6.1/linux/kernel/bpf/oreore.c:40:1: warning: symbol 'x' was not declared
"""


def test_warnings_are_found_and_name_files_of_the_tree():
    assert lab._warnings(SAID, "kernel/bpf/oreore.o", LINUX) == [
        "kernel/bpf/oreore.c:30:9: warning: incorrect type in assignment (different address spaces)",
        "kernel/bpf/oreore.c:40:1: warning: symbol 'x' was not declared",
    ]
    assert lab._warnings("  CC      kernel/bpf/oreore.o\n", "kernel/bpf/oreore.o", LINUX) == []


def test_it_is_one_package_of_debians(monkeypatch):
    monkeypatch.setattr(sparse, "unpacked", lambda cache, name, packages, *_: cache / name / "+".join(packages))
    assert sparse.sparse(Path("cache"), progress.silent) == Path("cache/sparse/sparse/usr/bin/sparse")
