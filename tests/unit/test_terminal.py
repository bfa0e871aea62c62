# SPDX-License-Identifier: GPL-2.0-only
"""What a cell of shell commands shows is what a terminal shows; a shell of this machine stands in for the guest's."""

import subprocess
from pathlib import Path

import pytest

from kernel_lab.kernel import terminal


@pytest.fixture
def busybox(tmp_path) -> Path:
    """This machine's programs by the way of busybox's."""
    path = tmp_path / "busybox"
    path.write_text('#!/bin/sh\nexec "$@"\n')
    path.chmod(0o755)
    return path


def shown(busybox: Path, commands: str) -> tuple[str, int]:
    done = subprocess.run(["sh", "-c", terminal.script(busybox, commands)], stdout=subprocess.PIPE, text=True)
    return done.stdout, done.returncode


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        ("false\necho $?", "# false\n[exit status 1]\n# echo $?\n1\n"),
        ("status=5\necho $status", "# status=5\n# echo $status\n5\n"),
        ("echo $?", "# echo $?\n0\n"),
        ("true\nfalse", "# true\n# false\n[exit status 1]\n"),
        ("(exit 7)\n[ $? = 7 ] && echo seven", "# (exit 7)\n[exit status 7]\n# [ $? = 7 ] && echo seven\nseven\n"),
        (
            "set -- a b\nIFS=01\nfalse\necho $? $2",
            "# set -- a b\n# IFS=01\n# false\n[exit status 1]\n# echo $? $2\n b\n",
        ),
        ("", ""),
    ],
)
def test_a_command_finds_the_shell_as_the_one_before_left_it(busybox, commands, said):
    assert shown(busybox, commands) == (said, 0)


def test_what_can_not_be_read_has_a_status_too(busybox):
    said, status = shown(busybox, ")\necho $?")
    assert (said.splitlines()[-3:], status) == (["[exit status 2]", "# echo $?", "2"], 0)


def test_an_exit_is_the_scripts_own(busybox):
    assert shown(busybox, "echo one\nexit 3\necho two") == ("# echo one\none\n# exit 3\n", 3)


def test_no_variable_is_there_that_the_reader_did_not_set(busybox):
    before = subprocess.run(["sh", "-c", "set"], stdout=subprocess.PIPE, text=True).stdout
    after, _ = shown(busybox, "false\nset")
    assert {line.split("=")[0] for line in after.splitlines()[3:]} == {
        line.split("=")[0] for line in before.splitlines()
    }
