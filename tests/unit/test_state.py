# SPDX-License-Identifier: GPL-2.0-only
"""What the laboratory remembers, cut short at any byte: it is asked anew, and nothing of the reader's is lost."""

import json
import shutil

import pytest
from fake_kernel import BOOK, CALL_DONE, STEPS, a_moment_later, make_recipe, make_tree, sources, write_files

from kernel_lab.base import state
from kernel_lab.kernel import kvm
from kernel_lab.recipe.tree import Tree
from kernel_lab.sources import debian

BROKEN = [b"", b"{", b'{"a": ', b"null", b"[]", b"7", b'{"a": "\xff', b"\0\0\0\0"]


@pytest.fixture
def tree(tmp_path) -> Tree:
    tree = make_tree(tmp_path)
    tree.say = print
    return tree


def reopened(tree: Tree) -> Tree:
    return Tree(tree.root, tree.origin, tree.recipe, say=print)


@pytest.mark.parametrize("content", BROKEN)
def test_a_file_that_can_not_be_read_is_nothing(tmp_path, content):
    (tmp_path / "state.json").write_bytes(content)
    assert state.load(tmp_path / "state.json") is None
    assert state.load(tmp_path / "not there") is None


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    state.save(tmp_path / "file", '{"é\udcff": 1}')
    before = (tmp_path / "file").read_bytes()
    assert state.load(tmp_path / "file") == {"é\udcff": 1}

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(tmp_path), "replace", full)
    with pytest.raises(OSError):
        state.save(tmp_path / "file", "other")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == before


@pytest.mark.parametrize("content", BROKEN)
def test_a_verdict_on_kvm_that_was_cut_short_is_asked_for_again(tmp_path, monkeypatch, content):
    monkeypatch.setattr(kvm, "DEVICE", tmp_path)
    (tmp_path / "kvm.json").write_bytes(content)
    for answers in (True, None):  # the second time, nobody is asked
        assert kvm.accelerator(tmp_path, lambda _accel, _patience, answers=answers: answers) == "kvm"
    assert json.loads((tmp_path / "kvm.json").read_text())


OF_WRONG_TYPES = [
    b'{"step": "2", "written": {}, "edits": []}',
    b'{"step": true, "written": {}, "edits": []}',
    b'{"step": 2, "written": [], "edits": []}',
    b'{"step": 2, "written": {"lkm/a.c": 1}, "edits": []}',
    b'{"step": 2, "written": {}, "edits": [[{}]]}',
    b'{"step": 2, "written": {}, "edits": [[{"lkm/a.c": 1}, true]]}',
    b'{"step": 2}',
]


@pytest.mark.parametrize("step", [0, 2, 3])
@pytest.mark.parametrize("content", BROKEN + OF_WRONG_TYPES)
def test_a_record_that_was_cut_short_is_made_anew_from_the_files(tree, capsys, step, content):
    tree.jump(step)
    (tree.root / "state/record.json").write_bytes(content)
    again = reopened(tree)
    said = capsys.readouterr().out
    assert f"record.json) can't be read. By its files it is at step {step:02}." in said
    assert (again.step, sources(again)) == (step, STEPS[step])
    again.jump(1)
    assert sources(again) == STEPS[1]
    assert "Kept aside" not in capsys.readouterr().out
    assert not (tree.root / "kept").exists()
    assert "can't be read" not in capsys.readouterr().out and reopened(tree).step == 1


def test_a_record_that_was_cut_short_loses_nothing_of_the_readers(tree, capsys):
    tree.jump(3)
    write_files(tree.root, {"linux/kernel/call.c": CALL_DONE + "/* mine */\n"})
    record = tree.root / "state/record.json"
    record.write_bytes(record.read_bytes()[:-20])
    again = reopened(tree)
    assert again.step == 0
    again.jump(3)
    assert sources(again) == STEPS[3]
    (kept,) = (tree.root / "kept").rglob("call.c")
    assert kept.read_text() == CALL_DONE + "/* mine */\n"


@pytest.mark.parametrize("content", BROKEN)
def test_originals_that_were_cut_short_are_read_again(tree, content):
    tree.jump(3)
    (tree.root / "state/originals.json").write_bytes(content)
    again = reopened(tree)
    again.jump(0)
    assert sources(again) == STEPS[0]


def test_a_list_of_files_that_was_cut_short_names_no_file_that_never_was(tree):
    a_moment_later(tree.root / "linux")
    shipped = tree.root / "state/shipped"
    whole = shipped.read_bytes()
    for length in range(len(whole)):
        shipped.write_bytes(whole[:length])
        assert reopened(tree).foreign_edits() == []
    shipped.write_bytes(whole)
    (tree.root / "linux/kernel/other.c").unlink()
    assert reopened(tree).foreign_edits() == ["kernel/other.c"]


@pytest.mark.parametrize("cut", [b"", b"libelf-dev", b"libelf-dev elfutils", b"libelf-dev \xff", b"\0\0"])
def test_a_list_of_packages_that_was_cut_short_has_those_before(tmp_path, cut):
    (tmp_path / "packages").write_bytes(b"busybox-static busybox 1:1.35\n" + cut)
    assert debian.packages(tmp_path) == {"busybox-static": "busybox 1:1.35"}


def test_a_state_that_was_deleted(tree, tmp_path):
    """A reader short of disk deletes what looks small or large: each part comes back by itself."""
    tree.jump(3)
    for part in ("state/record.json", "state/originals.json", "state/shipped", "linux", "build", "lkm", "config"):
        where = tree.root / part
        shutil.rmtree(where) if where.is_dir() else where.unlink(missing_ok=True)
        again = Tree(tree.root, tree.origin, make_recipe(tmp_path / "notebooks", BOOK))
        again.jump(3)
        assert sources(again) == STEPS[3]
