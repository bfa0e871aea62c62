# SPDX-License-Identifier: GPL-2.0-only
"""One at a time: who is kept off a tree is told who has it, and a dead process has nothing."""

import os
import signal
import subprocess
import sys

import pytest

from kernel_lab.base import lock
from kernel_lab.base.errors import LabError

HOLD = """
import sys
from pathlib import Path
from kernel_lab.base import lock
with lock.held(Path(sys.argv[1]) / "lock", "notebook 04"):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that has the tree, until it is told to end."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "tree")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_has_the_tree(tmp_path, holder, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0)
    with pytest.raises(LabError) as caught, lock.held(tmp_path / "tree" / "lock", "notebook 05"):
        pass
    assert f"This kernel tree is being used by notebook 04 (process {holder.pid})." in caught.value.cause
    assert "Shut that notebook's kernel down" in caught.value.remedy
    assert "KERNEL_LAB_CACHE" in caught.value.remedy


def test_who_has_it_already_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0)
    with lock.held(tmp_path / "lock", "x"), pytest.raises(LabError) as caught, lock.held(tmp_path / "lock", "y"):
        pass
    assert "being used by x" in caught.value.cause and "this very process" in caught.value.remedy


def test_a_place_that_can_not_have_one_is_named(tmp_path):
    (tmp_path / "trees").touch()
    with (
        pytest.raises(LabError, match=r"trees/a can't be made: Not a directory"),
        lock.held(tmp_path / "trees/a/lock", "x"),
    ):
        pass


def test_another_tree_is_free(tmp_path, holder, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0)
    with lock.held(tmp_path / "another" / "lock", "notebook 05"):
        assert "notebook 05" in (tmp_path / "another/lock").read_text()


def test_the_tree_is_free_once_its_user_is_killed(tmp_path, holder, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0)
    holder.send_signal(signal.SIGKILL)
    assert holder.wait() == -signal.SIGKILL
    with lock.held(tmp_path / "tree" / "lock", "notebook 05"):
        assert (tmp_path / "tree/lock").read_text() == f"notebook 05 (process {os.getpid()})"


def test_a_second_process_gets_the_tree_when_the_first_ends_meanwhile(tmp_path, holder):
    holder.stdin.close()
    with lock.held(tmp_path / "tree" / "lock", "notebook 05"):
        assert "notebook 05" in (tmp_path / "tree/lock").read_text()


def test_the_tree_is_free_after_the_block_however_it_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0)
    with pytest.raises(KeyboardInterrupt), lock.held(tmp_path / "tree" / "lock", "one"):
        raise KeyboardInterrupt
    with lock.held(tmp_path / "tree" / "lock", "two"):
        pass
