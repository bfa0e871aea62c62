# SPDX-License-Identifier: GPL-2.0-only
"""What progress leaves on a terminal and in a log: how long each stage took."""

import pytest

from kernel_lab.base import progress


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(progress.time, "monotonic", lambda: Clock.now)
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
