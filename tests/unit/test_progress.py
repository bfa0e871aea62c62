# SPDX-License-Identifier: GPL-2.0-only
"""What progress leaves on a terminal and in a log: how long each stage took."""

import os
import time

import pytest
from fake_kernel import write_files

from kernel_lab.base import progress
from kernel_lab.kernel.build import ALWAYS, OBJECTS, Build


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(time, "monotonic", lambda: Clock.now)
    return Clock


def test_a_stage_that_took_long_leaves_its_time(clock, capsys):
    with progress.shown() as report:
        report("unpacking", 0, 10)
        clock.now += 11
        report("compiling", 0, None)
        clock.now += 160
        report("compiling", 5, None)
        report("booting", 0, None)
        clock.now += 1
    said = capsys.readouterr().err.splitlines()
    assert said == ["unpacking", "unpacking: 11 s", "compiling", "compiling: 160 s", "booting"]


def test_an_interrupted_stage_leaves_its_time_too(clock, capsys):
    with pytest.raises(KeyboardInterrupt), progress.shown() as report:
        report("compiling", 0, None)
        clock.now += 7
        raise KeyboardInterrupt
    assert capsys.readouterr().err.splitlines()[-1] == "compiling: 7 s"


def test_a_build_after_an_edit_has_a_total(tmp_path):
    """What is compiled again is what a changed file is in."""
    linux, out = tmp_path / "linux", tmp_path / "build"
    write_files(linux, {"include/bpf.h": "", "kernel/call.c": "", "kernel/old.c": ""})
    made = Build(linux, out, tmp_path, cells=lambda: ["include/bpf.h", "kernel/old.c", "kernel/gone.c"])
    assert made._expected() == OBJECTS
    lists = {"kernel/.call.o.cmd": "../linux/kernel/call.c ../linux/include/bpf.h", "kernel/.old.o.cmd": "kernel/old.c"}
    write_files(out, lists | {"vmlinux": "", "external/lkm/.mine.o.cmd": "../linux/include/bpf.h"})
    for name, changed in {out / "vmlinux": 2, linux / "include/bpf.h": 3, linux / "kernel/old.c": 1}.items():
        os.utime(name, (changed, changed))
    assert made._expected() == ALWAYS + 1
