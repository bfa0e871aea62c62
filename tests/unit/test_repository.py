# SPDX-License-Identifier: GPL-2.0-only
"""The series as a git repository, and the tree with some of its patches: on a tiny kernel."""

import subprocess
from pathlib import Path

import pytest
from fake_kernel import STEPS, make_tree, sources

from kernel_lab import lab as of_lab
from kernel_lab.kernel import terminal
from kernel_lab.lab import Lab
from kernel_lab.recipe import repository
from kernel_lab.recipe.tree import Tree

SUBJECTS = ["kernel: Call it", "kernel: Add a type of one's own", "As shipped"]


@pytest.fixture
def tree(tmp_path) -> Tree:
    return make_tree(tmp_path)


@pytest.fixture
def lab(tree) -> Lab:
    """A laboratory without anything but that tree."""
    lab = Lab.__new__(Lab)
    lab._tree, lab.recipe, lab._guest = tree, tree.recipe, None
    return lab


def git(folder: Path, *arguments: str) -> list[str]:
    return subprocess.check_output(["git", "-C", folder, *arguments], text=True).splitlines()


def kernel_files(step: int) -> dict[str, str]:
    return {path: text for path, text in STEPS[step].items() if path.startswith("linux/")}


@pytest.mark.parametrize("step", [1, 2, 3])
def test_it_has_a_commit_for_each_patch_of_the_steps_that_are_done(tree, tmp_path, step):
    tree.jump(step)
    assert repository.make(tree, tmp_path / "series") == step - 1
    assert git(tmp_path / "series", "log", "--format=%s") == SUBJECTS[3 - step :]
    assert git(tmp_path / "series", "log", "--format=%s", "shipped") == ["As shipped"]
    assert git(tmp_path / "series", "status", "--porcelain") == []
    for path, text in kernel_files(step).items():
        file = tmp_path / "series" / path.removeprefix("linux/")
        assert not file.exists() or file.read_text() == text  # only what the series touches is there
    assert git(tmp_path / "series", "ls-files", "kernel/types.h") == ["kernel/types.h"]


def test_it_is_made_anew_each_time_and_has_what_the_tools_read(tree, tmp_path):
    tree.jump(3)
    (tree.root / "linux/scripts").mkdir()
    (tree.root / "linux/scripts/checkpatch.pl").write_text("# judges\n")
    first, again = (repository.make(tree, tmp_path / "series"), git(tmp_path / "series", "rev-parse", "HEAD"))
    (tmp_path / "series/kernel/types.h").write_text("broken\n")
    assert (repository.make(tree, tmp_path / "series"), git(tmp_path / "series", "rev-parse", "HEAD")) == (first, again)
    assert (tmp_path / "series/scripts/checkpatch.pl").read_text() == "# judges\n"
    assert git(tmp_path / "series", "diff", "--stat", "shipped", "HEAD", "--", "scripts") == []


def test_the_tree_can_have_the_first_patches_only(lab, tree, capsys):
    tree.jump(3)
    for patches, step in ((0, 0), (2, 3), (1, 2)):
        lab.rewind(patches)
        assert capsys.readouterr().out == f"The kernel tree has {patches} of 2 patches.\n"
        have = {path: text for path, text in sources(tree).items() if path.startswith("linux/")}
        assert have == kernel_files(step)
        assert tree.read("config/kernel.config") == STEPS[3]["config/kernel.config"]
    tree.jump(3)
    assert sources(tree) == STEPS[3]


def test_the_patches_come_one_after_the_other(lab, tree):
    tree.jump(3)
    seen = [(patch.number, patch.name, tree.read("linux/kernel/call.c")) for patch in lab.patches()]
    assert [(number, name) for number, name, _ in seen] == [
        (1, "0001-kernel-Add-a-type-of-one-s-own.patch"),
        (2, "0002-kernel-Call-it.patch"),
    ]
    assert [text == STEPS[3]["linux/kernel/call.c"] for *_, text in seen] == [False, True]


def test_a_chapter_has_no_patches_of_later_ones(lab, tree, capsys):
    tree.jump(3)
    lab.chapter = 2
    assert [patch.number for patch in lab.patches()] == [1]
    lab.rewind(1)
    assert capsys.readouterr().out == "The kernel tree has 1 of 1 patches.\n"


def test_what_a_reader_wrote_is_kept_aside(lab, tree, capsys):
    tree.jump(3)
    (tree.root / "linux/kernel/call.c").write_text("int mine;\n")
    lab.rewind(0)
    (kept,) = (tree.root / "kept").rglob("call.c")
    assert kept.read_text() == "int mine;\n"


@pytest.fixture
def commands(lab, tmp_path, monkeypatch):
    """Runs them in the repository; a shell of this machine reads them in place of the guest's."""
    (tmp_path / "busybox").write_text('#!/bin/sh\nexec "$@"\n')
    (tmp_path / "busybox").chmod(0o755)
    monkeypatch.setattr(of_lab, "sysroot", lambda *_: tmp_path)
    monkeypatch.setattr(of_lab, "busybox", lambda root: root / "busybox")
    lab.cache = tmp_path
    lab.repository_folder.mkdir(parents=True)
    return lab.commands


def test_commands_are_shown_with_what_they_print(commands):
    assert (
        commands("echo $LINUX/kernel; pwd\nfalse")
        == "$ echo $LINUX/kernel; pwd\nkernel\n"
        + str(commands.__self__.repository_folder)
        + "\n$ false\n[exit status 1]"
    )


def test_an_early_end_is_shown(commands):
    assert commands("echo one\nexit 3\necho two") == "$ echo one\none\n$ exit 3\n[exit status 3]"


def test_of_what_is_printed_without_an_end_a_notebook_keeps_little(commands, monkeypatch):
    monkeypatch.setattr(of_lab, "SHOWN_BYTES", 1000)
    said = commands("yes | head -c 3000")
    assert len(said) < 1100 and said.endswith(" bytes more are left out]")
    monkeypatch.setattr(of_lab, "ALL", 2**20)
    said = commands("yes")
    assert len(said) < 1100 and said.endswith(" bytes more are left out]\n[exit status 143]")


@pytest.mark.parametrize("patches", ["1", "01"])
def test_how_many_patches_may_be_a_text(lab, tree, capsys, patches):
    lab.rewind(patches)
    assert capsys.readouterr().out == "The kernel tree has 1 of 2 patches.\n"


def test_a_command_is_shown_with_the_prompt_of_whom_it_is_typed_by(monkeypatch):
    monkeypatch.setattr(terminal, "_complaint", lambda *_: "")
    monkeypatch.setattr(terminal, "_split", lambda *_: [("true", True)])
    assert "'$ true'" in terminal.script(Path("busybox"), "true", prompt="$")
    assert "'# true'" in terminal.script(Path("busybox"), "true")
