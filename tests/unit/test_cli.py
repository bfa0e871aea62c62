# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory as a command: help, exit statuses, and messages instead of tracebacks."""

import errno
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest
from fake_kernel import SHIPPED, a_moment_later, path_without, read_files, write_files

from kernel_lab.base import lock, state, tools
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.cli import main

ROOT = CHECKOUT
COMMANDS = [
    "doctor",
    "status",
    "jump",
    "undo",
    "reset",
    "build",
    "demo",
    "shell",
    "tangle",
    "run",
    "port-check",
    "latency",
    "page",
    "stress",
    "new",
    "try",
    "bench",
]


@dataclass
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch) -> None:
    """A cache of its own and a fake kernel, so that nothing is downloaded or built."""
    monkeypatch.setenv("KERNEL_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(write_files(tmp_path / "kernel", SHIPPED)))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0)


@pytest.fixture
def run(capsys):
    """Run one command in this process: starting Python anew for each takes seconds. An exception fails the test."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        try:
            status = main(list(arguments))
        except SystemExit as end:  # argparse ends this way
            status = end.code
        return Done(status, *capsys.readouterr())

    return run


def run_outside(*arguments: str) -> Done:
    """Run one command as a reader does."""
    done = subprocess.run([sys.executable, "-m", "kernel_lab", *arguments], cwd=ROOT, text=True, capture_output=True)
    return Done(done.returncode, done.stdout, done.stderr)


def assert_refused(done: Done, *said: str) -> None:
    assert done.status == 1
    assert "Traceback" not in done.err
    for text in said:
        assert text in done.err


def test_help_names_every_command_and_what_it_does():
    done = run_outside("--help")
    assert (done.status, done.err) == (0, "")
    described = dict(re.findall(r"^    ([\w-]+)\s+(\S.*)$", done.out, re.M))
    assert sorted(described) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_commands_help_says_what_it_does(run, command):
    done = run(command, "--help")
    assert (done.status, done.err) == (0, "")
    usage, description = done.out.split("\n\n")[:2]
    assert usage.startswith(f"usage: python -m kernel_lab {command} ")
    assert len(description.split()) >= 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explode"], "invalid choice: 'explode'"),
        ([], "the following arguments are required: COMMAND"),
        (["jump"], "the following arguments are required: step"),
        (["jump", "two"], "invalid int value: 'two'"),
        (["demo", "--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_a_wrong_command_line_exits_with_2_and_the_usage(run, arguments, said):
    done = run(*arguments)
    assert done.status == 2
    assert done.err.startswith("usage: python -m kernel_lab")
    assert said in done.err


def test_an_unknown_command_exits_with_2():
    done = run_outside("explode")
    assert done.status == 2
    assert "Traceback" not in done.err


def test_without_qemu_the_doctor_speaks(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "qemu-system-x86_64"))
    done = run_outside("demo")
    assert_refused(
        done,
        "This machine lacks tools that are needed now:\n    qemu-system-x86_64: the virtual machine",
        "apt-get install --no-install-recommends qemu-system-x86\n",
    )
    assert done.out == ""
    assert not (tmp_path / "cache").exists()  # nothing was begun


def test_doctor_on_this_machine(run):
    done = run("doctor")
    assert done.status == 0
    needed = {purpose for group, purpose in tools.groups().items() if group not in tools.OPTIONAL}
    assert needed <= {line.removeprefix("ready  to ") for line in done.out.splitlines()}


def test_status_jump_and_reset_on_a_new_tree(run, tmp_path):
    done = run("status")
    assert (done.status, done.out[:28]) == (0, "There is no kernel tree in /"), done.err
    assert not (tmp_path / "cache").exists()  # it only reads
    run("jump", "0")
    done = run("status")
    assert done.status == 0, done.err
    assert re.match(rf"Linux 6\.1\.99 \(path-kernel-\w+\) in {tmp_path / 'cache'}/", done.out)
    assert done.out.endswith("\nStep 00, unchanged.\n")

    (linux,) = (tmp_path / "cache/trees").glob("*/linux")
    assert read_files(linux) == SHIPPED
    a_moment_later(linux)
    (linux / "kernel/other.c").write_text("int broken\n")
    assert "changed by hand: linux/kernel/other.c\n" in run("status").out

    done = run("reset")
    assert done.status == 0, done.err
    assert "Kept aside in " in done.out
    assert done.out.endswith("The tree is back at step 00.\n")
    assert read_files(linux) == SHIPPED
    assert "changed by hand" not in run("status").out

    assert run("jump", "0").out == "The tree is at step 00.\n"


def test_status_answers_while_a_notebook_is_open_and_writes_nothing(run, tmp_path):
    run("jump", "0")
    (root,) = (tmp_path / "cache/trees").iterdir()
    (root / "linux/kernel/other.c").unlink()
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    with lock.held(root / "lock", "notebook 03"):
        done = run("status")
    assert done.status == 0, done.err
    assert "It is being used by notebook 03 (process " in done.out
    assert "lost: linux/kernel/other.c\n" in done.out
    after = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert {path for path in after if after[path] != before.get(path)} == {root / "lock"}  # this test's


def test_a_tree_that_lost_what_says_its_version_keeps_no_other_from_being_told(run, tmp_path, monkeypatch):
    run("jump", "0")
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(write_files(tmp_path / "second", SHIPPED)))
    run("jump", "0")
    (first,) = (tmp_path / "cache/trees").glob("path-kernel-*/linux")
    (first / "Makefile").unlink()
    done = run("status")
    assert f"The kernel tree {first} has lost its Makefile or its Kconfig.\n→ " in done.out
    assert done.status == 0 and "Linux 6.1.99 (path-second-" in done.out
    shutil.rmtree(first)
    done = run("status")
    assert f"The kernel tree {first} is gone.\n→ " in done.out and "Linux 6.1.99 (path-second-" in done.out


def test_a_lock_that_can_not_be_opened_is_named(run, tmp_path):
    run("jump", "0")
    (root,) = (tmp_path / "cache/trees").iterdir()
    (root / "lock").unlink()
    (root / "lock").mkdir()
    assert_refused(run("jump", "0"), f"{root / 'lock'} can't be used: Is a directory.\n→ See to that file")


def test_what_can_not_be_done_is_said_without_a_traceback(run):
    assert_refused(run("undo"), "There is no edit to undo", "→ ", "python -m kernel_lab jump N in a terminal")
    assert_refused(run("jump", "99"), "The book has no step 99", "→ Its steps are:\n    01  ")
    assert_refused(run("jump", "-1"), "The book has no step -1")


def test_a_tree_without_a_configuration_is_not_built(run):
    done = run("build")
    assert_refused(done, "The tree is at step 00, and has no configuration", "python -m kernel_lab jump ")


def test_a_disk_that_fills_up_is_named(run, monkeypatch, tmp_path):
    assert run("jump", "0").status == 0

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(state, "save", full)
    done = run("jump", "0")
    assert_refused(
        done, f"There is too little space in {tmp_path}/cache (", "No space left on device", "KERNEL_LAB_CACHE"
    )


def test_a_kernel_that_is_none_is_named(run, tmp_path, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(tmp_path / "nowhere"))
    assert_refused(run("jump", "0"), f"There is no kernel source {tmp_path / 'nowhere'}.")


def test_a_kernel_the_book_does_not_fit_is_refused_with_the_cell(run):
    done = run("jump", "2")
    assert_refused(done, "The book's patch of 02-", "There is no file ", "unset KERNEL_LAB_SOURCE")


def test_a_tree_in_use_is_refused_with_the_user(run, tmp_path):
    assert run("jump", "0").status == 0
    (root,) = (path.parent for path in (tmp_path / "cache/trees").glob("*/linux"))
    with lock.held(root / "lock", "notebook 04"):  # a lock of this process keeps others of it out, too
        assert_refused(run("jump", "0"), f"being used by notebook 04 (process {os.getpid()})", "this very process")
    assert run("status").status == 0


@pytest.fixture(params=["~no such user/x", "loop/x", "n" * 300, "/" + "x/" * 2500])
def nowhere(request, tmp_path, monkeypatch) -> str:
    """A path where nothing can be."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    return request.param


@pytest.mark.parametrize("command", [["run"], ["try"], ["new", "mine", "--field", "key:u64", "--folder"]])
def test_a_path_where_nothing_can_be_is_refused(run, nowhere, command, tmp_path):
    done = run(*command, nowhere)
    assert_refused(done, " is not a path that can be used: ", "→ ")
    assert len(done.err) < 1300
    assert {path.name for path in tmp_path.iterdir()} <= {"kernel", "loop"}


@pytest.mark.parametrize("variable", ["KERNEL_LAB_SOURCE", "KERNEL_LAB_CACHE"])
def test_a_variable_that_names_such_a_path_is_refused(run, nowhere, variable, monkeypatch):
    monkeypatch.setenv(variable, nowhere)
    for command in (["jump", "0"], ["port-check" if variable == "KERNEL_LAB_SOURCE" else "status"]):
        assert_refused(run(*command), " is not a path that can be used: ", "→ ")


def test_a_home_folder_is_known_by_its_sign(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write_files(tmp_path / "other", {"notes": "mine"})
    assert_refused(
        run("new", "mine", "--field", "key:u64", "--folder", "~/other"), f"There is something else in {tmp_path}/other."
    )
    assert_refused(run("try", "~/other"), f"{tmp_path}/other has no patches/series")
    assert_refused(run("run", "~/07-x.ipynb"), f"{tmp_path}/07-x.ipynb is not a notebook")


def test_running_a_notebook_that_is_not_there_is_refused(run, tmp_path):
    assert_refused(run("run", str(tmp_path / "07-nowhere.ipynb")), "07-nowhere.ipynb")


def test_running_what_is_no_notebook_is_refused(run, tmp_path):
    (tmp_path / "07-broken.ipynb").write_text("no JSON")
    assert_refused(run("run", str(tmp_path / "07-broken.ipynb")), "07-broken.ipynb")


# Another kernel


@pytest.fixture
def newer(tmp_path, monkeypatch) -> None:
    """A fake kernel of the other line, and what chooses it."""
    makefile = SHIPPED["Makefile"].replace("PATCHLEVEL = 1\n", "PATCHLEVEL = 12\n")
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(write_files(tmp_path / "newer", SHIPPED | {"Makefile": makefile})))
    monkeypatch.setenv("KERNEL", "6.12")


def test_each_tree_has_the_steps_of_its_own_kernel(run, newer, monkeypatch):
    assert run("jump", "0").status == 0
    monkeypatch.delenv("KERNEL")
    done = run("status")
    assert "Linux 6.12.99 (path-newer-" in done.out and done.out.endswith("Step 00, unchanged.\n")
    assert_refused(run("jump", "0"), "is to be Linux 6.1, but", "is Linux 6.12.99", "KERNEL=6.12 before the command")


def test_a_chapter_beyond_what_was_carried_is_refused(run, newer):
    assert_refused(run("jump", "7"), "The book is carried to Linux 6.12 up to chapter 6", "Unset KERNEL")


def test_the_pages_are_of_the_first_kernel(run, newer):
    assert_refused(run("page"), "The kernel in the book's pages is Linux 6.1.", "Unset KERNEL")


def test_a_kernel_that_the_book_is_not_for_is_refused(run, monkeypatch):
    monkeypatch.setenv("KERNEL", "6.6")
    assert_refused(run("demo"), "KERNEL is '6.6'", "It is for 6.1 and 6.12.")
