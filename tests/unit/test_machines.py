# SPDX-License-Identifier: GPL-2.0-only
"""The table of systems: what a visit's outputs become in it. The visits themselves take hours: `make machines`."""

import os
import sys
from pathlib import Path

import pytest

from kernel_lab.base.errors import LabError
from tests import machines


def step(name: str, said: str, passed: bool = True, seconds: float = 90) -> machines.Step:
    return machines.Step(name, "command", "", seconds, said, passed)


@pytest.fixture
def machine(tmp_path) -> machines.Machine:
    return machines.Machine(machines.SYSTEMS[0], tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("done", "verdict"),
    [
        (step("demo", "43\n", seconds=207.4), "43, after 207 s"),
        (step("demo", "42\n", passed=False), "no 43"),
        (step("book", "The book: /x\n"), "2 min"),
        (
            step("book", "The book: /x\n M notebooks/07-where-one-write-goes.ipynb\n"),
            "changed notebooks/07-where-one-write-goes.ipynb",
        ),
        (step("book", "boom", passed=False), "failed"),
        (
            step("notebooks", "x\n2 failed, 240 passed in 300.1s (0:05:00)\n", passed=False),
            "2 failed, 240 passed, 2 min",
        ),
        (
            step("test", "950 passed in 60.2s\n\n= 400 passed, 3 skipped, 1 warning in 2000.18s (0:33:20) =\n"),
            "1350 passed, 3 skipped, 2 min",
        ),
    ],
)
def test_a_step_says_in_a_few_words_how_it_went(machine, done, verdict):
    assert machine._verdict(done) == verdict


def test_a_new_row_takes_the_place_of_the_older_one(tmp_path, monkeypatch):
    monkeypatch.setattr(machines, "TABLE", tmp_path / "machines.csv")
    machines.write([{"system": "Debian 13", "gcc": "14.2", "demo": "no 43"}])
    machines.write([{"system": "Debian 12", "gcc": "12.2"}, {"system": "Debian 13", "gcc": "14.2", "demo": "43"}])
    assert machines.TABLE.read_text().splitlines() == ["system,gcc,demo", "Debian 12,12.2,", "Debian 13,14.2,43"]


def test_the_steps_follow_the_readme():
    readme = (machines.REPOSITORY / "README.md").read_text(encoding="utf-8")
    install, _clone, *rest = machines.steps(["demo", "book", "test"])
    assert install.command.replace(" -y", "") in readme
    assert [step.name for step in rest] == ["demo", "book", "test"]
    assert all(f"`make {step.name}`" in readme and f"make {step.name}" in step.command for step in rest)


def test_a_folder_in_which_something_is_mounted_is_not_removed(tmp_path, monkeypatch):
    root, mounts = tmp_path / "trixie", tmp_path / "mounts"
    (root / "dev").mkdir(parents=True)
    monkeypatch.setattr(machines, "MOUNTS", mounts)
    mounts.write_text(f"devtmpfs {root}/dev devtmpfs rw 0 0\nproc /proc proc rw 0 0\n")
    with pytest.raises(LabError, match="trixie/dev is mounted"):
        machines.remove(root)
    assert (root / "dev").is_dir()
    mounts.write_text("proc /proc proc rw 0 0\n")
    machines.remove(root)
    assert not root.exists()


def test_only_root_makes_systems(monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "argv", ["machines.py"])
    assert machines.main() == 1
    assert "needs root: sudo make machines" in capsys.readouterr().err


def test_the_keys_are_there():
    assert all(system.keyring.is_file() for system in machines.SYSTEMS if system.keyring.is_absolute())
    assert [system.suite for system in machines.SYSTEMS if not system.keyring.is_absolute()] == ["noble", "resolute"]
    assert Path(machines.DEBIAN_SH).is_file()
