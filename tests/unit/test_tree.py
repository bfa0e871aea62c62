# SPDX-License-Identifier: GPL-2.0-only
"""The tree: steps in any order, undo, reset, and nothing of the reader's lost without saying so."""

import itertools
import os
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fake_kernel import (
    CALL_DONE,
    CALL_PATCH,
    CONFIG,
    MODULE,
    OWN,
    SHIPPED,
    STEPS,
    TYPE_DONE,
    TYPE_PATCH,
    a_moment_later,
    book_cells,
    make_recipe,
    make_source,
    make_tree,
    read_files,
    run_notebook,
    sources,
    write_files,
)

from kernel_lab.base.errors import LabError
from kernel_lab.lab import Lab
from kernel_lab.recipe.cells import Cell, Recipe
from kernel_lab.recipe.diff import PatchError
from kernel_lab.recipe.tree import Tree

OWN_MODULE = MODULE.replace("return 0", "return 1")
OWN_CALL = CALL_DONE.replace("return own();", "return 99;")
MINE = "linux/kernel/mine.c"

OTHER_PATCH = """\
--- a/kernel/other.c
+++ b/kernel/other.c
@@ -1,4 +1,4 @@
 int other(void)
 {
-\treturn 7;
+\treturn 8;
 }
"""


@pytest.fixture
def tree(tmp_path, said) -> Tree:
    tree = make_tree(tmp_path)
    tree.say = said.append
    return tree


@pytest.fixture
def said() -> list[str]:
    return []


def reopened(tree: Tree) -> Tree:
    """The same tree in the laboratory of another process."""
    return Tree(tree.root, tree.origin, tree.recipe, say=tree.say)


def edit_by_hand(tree: Tree, path: str, text: str) -> None:
    """As in an editor, after the tree was unpacked."""
    a_moment_later(tree.root / "linux")
    write_files(tree.root, {path: text})


def kept(tree: Tree, said: list[str]) -> dict[str, str]:
    """What was kept aside, having checked that the reader was told where, and of which files."""
    found, texts = {}, []
    for head in (line for line in said if line.startswith("Kept aside in ")):
        place = Path(head.removeprefix("Kept aside in ").removesuffix(", as you had changed them:"))
        assert place.is_relative_to(tree.root / "kept")
        files = read_files(place)
        after = said[said.index(head) + 1 :]
        assert sorted(files) == [line.strip() for line in itertools.takewhile(lambda s: s.startswith("    "), after)]
        found |= files
        texts += files.values()
    everything = read_files(tree.root / "kept") if (tree.root / "kept").exists() else {}
    assert sorted(everything.values()) == sorted(texts)  # nothing is kept aside in silence
    return found


# Steps


def test_a_tree_of_unknown_history_is_not_taken_for_the_shipped_one(tree, said):
    """As after an interrupt in the very moment between unpacking and noting what was unpacked."""
    tree.jump(2)
    shutil.rmtree(tree.root / "state")
    again = reopened(tree)
    assert read_files(again.root / "linux") == SHIPPED and again.foreign_edits() == []
    assert again.originals(["linux/kernel/call.c"]) == {"linux/kernel/call.c": SHIPPED["kernel/call.c"]}
    assert not (tree.root / "build").exists()
    (aside,) = (tree.root / "kept").glob("*/linux")
    assert said[-1] == f"Kept aside in {aside}: a kernel tree of which it is not known what was changed in it."
    assert (aside / "Makefile").is_file()


def test_a_tree_that_was_deleted_is_unpacked_again(tree):
    tree.jump(2)
    shutil.rmtree(tree.root / "linux")
    assert read_files(reopened(tree).root / "linux") == SHIPPED


def test_a_new_tree_is_the_kernel_as_shipped(tree):
    assert sources(tree) == STEPS[0]
    assert tree.step == 0
    assert tree.changes(0) == ""
    assert tree.foreign_edits() == []


def test_every_step_is_reached_from_every_other(tree, said):
    walk = [0, 0, 1, 1, 0, 2, 2, 1, 3, 3, 0, 3, 1, 2, 3, 2, 0]
    assert set(itertools.pairwise(walk)) == set(itertools.product(range(4), repeat=2))
    for step in walk:
        tree.jump(step)
        assert sources(tree) == STEPS[step]
        assert tree.step == step
        assert tree.changes(step) == ""
    assert said == []
    assert not (tree.root / "kept").exists()


def test_a_jump_writes_only_the_files_that_differ(tree, said):
    for start, end in itertools.product(range(4), repeat=2):
        tree.jump(start)
        for path in sources(tree):
            os.utime(tree.root / path, ns=(10**18, 10**18))
        differ = {path for path in STEPS[3] if STEPS[start].get(path) != STEPS[end].get(path)}
        assert set(tree.jump(end)) == differ
        touched = {path for path in sources(tree) if (tree.root / path).stat().st_mtime_ns != 10**18}
        assert touched == differ & set(STEPS[end])


def test_an_unknown_step_changes_nothing(tree, said):
    tree.jump(2)
    for wrong in (4, -1, 99):
        with pytest.raises(LabError, match="The book has no step") as caught:
            tree.jump(wrong)
        assert "03  The module" in caught.value.remedy
    assert sources(tree) == STEPS[2]
    assert tree.step == 2


def test_running_a_notebooks_cells_gives_its_step(tree, said):
    for step in (1, 2, 3):
        run_notebook(tree, step)
        assert sources(tree) == STEPS[step]
        assert tree.changes(step) == ""
    assert said == []


def test_cells_run_twice_and_out_of_order_change_nothing_more(tree, said):
    tree.jump(1)
    cells = book_cells(tree, 2)
    for cell in reversed(cells):
        assert tree.edit(cell)
    for cell in cells:
        assert tree.edit(cell) == {}
    assert sources(tree) == STEPS[2]
    assert said == []


def test_a_cell_that_does_not_fit_changes_nothing(tree, said):
    before = sources(tree)
    with pytest.raises(PatchError, match="does not fit, so nothing was changed"):
        tree.edit(Cell.parse("patch", "", CALL_PATCH.replace("return 1", "return 2")))
    assert sources(tree) == before
    with pytest.raises(LabError, match="no edit to undo"):
        tree.undo()


def test_a_patch_of_two_files_is_done_whole_or_not_at_all(tree, said):
    both = TYPE_PATCH + CALL_PATCH.replace("return 1", "return 2")
    with pytest.raises(PatchError, match=r"kernel/call\.c: hunk 1"):
        tree.edit(Cell.parse("patch", "", both))
    assert sources(tree) == STEPS[0]


def test_an_edited_cell_that_is_run_again_is_told_of_undo(tree, said):
    tree.jump(2)
    tree.edit(Cell.parse("patch", "", CALL_PATCH))
    edited = Cell.parse("patch", "", CALL_PATCH.replace("own()", "99"))
    with pytest.raises(PatchError, match=r"before the last edit: lab\.undo\(\), then this cell"):
        tree.edit(edited)
    tree.edit(Cell.parse("source", "lkm/own_mod.c", OWN_MODULE))
    with pytest.raises(PatchError, match=r"before the last 2 edits: lab\.undo\(\), 2 times, then this cell"):
        tree.edit(edited)
    assert sources(tree)["linux/kernel/call.c"] == CALL_DONE
    tree.undo(), tree.undo()
    tree.edit(edited)
    assert sources(tree)["linux/kernel/call.c"] == OWN_CALL


def test_a_patch_writes_nothing_outside_the_kernel_tree(tree, said):
    patch = "--- /dev/null\n+++ b/../../outside.txt\n@@ -0,0 +1 @@\n+mine\n"
    with suppress(LabError):
        tree.edit(Cell.parse("patch", "", patch))
    assert not (tree.root.parent / "outside.txt").exists()


def test_what_is_remembered_survives_a_new_process(tree, said):
    tree.jump(2)
    tree.edit(Cell.parse("patch", "", CALL_PATCH))
    again = reopened(tree)
    assert again.step == 2
    assert again.undo() == ["linux/kernel/call.c"]
    assert sources(again) == STEPS[2]
    assert said == []


def test_the_shipped_files_are_known_though_the_tree_has_changed(tree, said, tmp_path):
    """A book that grew changes one more file, when the tree has long been unpacked."""
    tree.jump(3)
    edit_by_hand(tree, "linux/kernel/other.c", "int other;\n")
    grown = make_recipe(tmp_path / "notebooks", {"04-more": ["# More", f"%%patch\n{OTHER_PATCH}"]})
    later = Tree(tree.root, tree.origin, grown, say=said.append)
    later.jump(4)
    assert sources(later) == STEPS[3] | {"linux/kernel/other.c": SHIPPED["kernel/other.c"].replace("7", "8")}
    assert kept(later, said) == {"linux/kernel/other.c": "int other;\n"}


# What the reader wrote


@pytest.mark.parametrize("go", ["jump", "reset"])
@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_file_changed_by_hand_is_kept_aside(tree, said, go, step):
    tree.jump(step)
    edit_by_hand(tree, "linux/kernel/call.c", "int mine;\n")
    edit_by_hand(tree, "lkm/own_mod.c", OWN_MODULE)
    tree.jump(step) if go == "jump" else tree.reset()
    assert sources(tree) == STEPS[step]
    assert kept(tree, said) == {"linux/kernel/call.c": "int mine;\n", "lkm/own_mod.c": OWN_MODULE}


def test_an_edited_cell_is_kept_aside_by_a_jump(tree, said):
    tree.jump(2)
    tree.edit(Cell.parse("patch", "", CALL_PATCH.replace("own()", "99")))
    tree.edit(Cell.parse("source", "lkm/own_mod.c", OWN_MODULE))
    assert said == []  # so far nothing was overwritten
    tree.jump(3)
    assert sources(tree) == STEPS[3]
    assert kept(tree, said) == {"linux/kernel/call.c": OWN_CALL, "lkm/own_mod.c": OWN_MODULE}


def test_an_edited_cell_is_kept_aside_by_a_reset(tree, said):
    tree.jump(2)
    tree.edit(Cell.parse("patch", "", CALL_PATCH.replace("own()", "99")))
    tree.reset()
    assert sources(tree) == STEPS[2]
    assert kept(tree, said) == {"linux/kernel/call.c": OWN_CALL}


def test_an_edited_cell_is_kept_aside_by_an_undo(tree, said):
    tree.jump(2)
    tree.edit(Cell.parse("source", "lkm/own_mod.c", OWN_MODULE))
    tree.undo()
    assert sources(tree) == STEPS[2]
    assert kept(tree, said) == {"lkm/own_mod.c": OWN_MODULE}


def test_a_hand_edit_after_a_cell_is_kept_aside_by_an_undo(tree, said):
    tree.jump(2)
    tree.edit(Cell.parse("patch", "", CALL_PATCH))
    edit_by_hand(tree, "linux/kernel/call.c", CALL_DONE + "/* mine */\n")
    tree.undo()
    assert sources(tree) == STEPS[2]
    assert kept(tree, said) == {"linux/kernel/call.c": CALL_DONE + "/* mine */\n"}


def test_a_file_cell_over_the_readers_own_file_keeps_that_aside(tree, said):
    edit_by_hand(tree, "lkm/own_mod.c", OWN_MODULE)
    tree.edit(Cell.parse("source", "lkm/own_mod.c", MODULE))
    assert tree.read("lkm/own_mod.c") == MODULE
    assert kept(tree, said) == {"lkm/own_mod.c": OWN_MODULE}


def test_a_books_patch_on_top_of_a_hand_edit_does_not_make_that_the_books(tree, said):
    tree.jump(2)
    own = SHIPPED["kernel/call.c"] + "/* mine */\n"
    edit_by_hand(tree, "linux/kernel/call.c", own)
    tree.edit(Cell.parse("patch", "", CALL_PATCH))
    assert said == []  # both are in the file
    tree.jump(3)
    assert kept(tree, said) == {"linux/kernel/call.c": CALL_DONE + "/* mine */\n"}


def test_two_versions_of_one_file_are_both_kept(tree, said):
    for text in ("first\n", "second\n"):
        edit_by_hand(tree, "lkm/own_mod.c", text)
        tree.jump(3)
    kept(tree, said)
    assert sorted(read_files(tree.root / "kept").values()) == ["first\n", "second\n"]


def test_bytes_that_are_no_utf8_are_kept_as_they_are(tree, said):
    raw = b"/* caf\xe9 */\n"
    (tree.root / "lkm").mkdir()
    (tree.root / "lkm/own_mod.c").write_bytes(raw)
    assert "own_mod.c" in tree.changes(3)
    tree.jump(3)
    (aside,) = (tree.root / "kept").rglob("own_mod.c")
    assert aside.read_bytes() == raw


def test_ends_of_lines_of_windows_are_a_change_like_any_other(tree, said):
    tree.jump(2)
    edit_by_hand(tree, "linux/kernel/call.c", SHIPPED["kernel/call.c"].replace("\n", "\r\n"))
    edit_by_hand(tree, "linux/kernel/other.c", SHIPPED["kernel/other.c"].replace("\n", "\r\n"))
    windows = "its lines end in CR LF, as on Windows, not in a plain newline"
    assert tree.changes(2) == f"linux/kernel/call.c: {windows}.\n"
    names = ("kernel/call.c", "kernel/other.c")
    assert tree.patch() == "".join(f"{name}: {windows}, which a cell can't do.\n" for name in names)
    assert set(tree.reset()) == {"linux/kernel/call.c", "linux/kernel/other.c"}
    assert sources(tree) == STEPS[2] and tree.patch() == ""
    (aside,) = (tree.root / "kept").rglob("call.c")
    assert b"}\r\n" in aside.read_bytes()


def test_what_else_was_changed_is_shown_beside_the_ends_of_lines(tree):
    edit_by_hand(tree, "linux/kernel/call.c", CALL_DONE.replace("\n", "\r\n"))
    changed = [line for line in tree.changes(0).splitlines() if line.startswith(("+", "-"))]
    assert changed[2:] == ["+\tcase TYPE_OWN:", "+\t\treturn own();"]
    assert tree.changes(0).startswith("linux/kernel/call.c: its lines end in CR LF")


def test_a_files_deletion_loses_nothing_and_is_mended(tree, said):
    tree.jump(3)
    (tree.root / "lkm/own_mod.c").unlink()
    (tree.root / "linux/kernel/types.h").unlink()
    assert tree.jump(3) == ["linux/kernel/types.h", "lkm/own_mod.c"]
    assert sources(tree) == STEPS[3]
    assert said == []


def test_the_books_own_edits_make_no_noise(tree, said):
    for step in (1, 2, 3):
        run_notebook(tree, step)
    for cell in book_cells(tree, 3):
        tree.edit(cell)  # the trial too
    tree.undo()
    tree.undo()
    tree.reset()
    tree.jump(3)
    tree.jump(0)
    assert said == []
    assert not (tree.root / "kept").exists()


def test_a_saved_notebook_that_changed_makes_no_noise(tree, said, tmp_path):
    """The files are as the book of yesterday made them, not as the reader did."""
    tree.jump(3)
    today = make_recipe(
        tmp_path / "today", {"01-the-kernel": ["# The kernel", "%%source config/kernel.config\nCONFIG_SMP=y"]}
    )
    later = Tree(tree.root, tree.origin, today)
    later.jump(1)
    assert sources(later) == STEPS[0] | {"config/kernel.config": "CONFIG_SMP=y\n"}
    assert said == []


@pytest.mark.parametrize(
    "cell",
    [Cell.parse("patch", "", OTHER_PATCH), Cell.parse("source", MINE, OWN), Cell.parse("source", "lkm/mine.c", OWN)],
    ids=["patch", "new file", "module"],
)
def test_an_own_cell_for_a_file_of_no_other_cell_is_kept_aside_by_a_jump(tree, said, cell):
    (path,) = tree.edit(cell)
    text = tree.read(path)
    tree.jump(1)
    assert sources(tree) == STEPS[1]
    assert kept(tree, said) == {path: text}


@pytest.mark.parametrize(
    "cell",
    [
        Cell.parse("patch", "", OTHER_PATCH),
        Cell.parse("source", MINE, OWN),
        Cell.parse("source", "loader/mine.c", OWN),
    ],
    ids=["patch", "new file", "loader"],
)
def test_an_own_cell_for_a_file_of_no_other_cell_is_kept_aside_by_a_reset(tree, said, cell):
    tree.jump(1)
    (path,) = tree.edit(cell)
    text = tree.read(path)
    edit_by_hand(tree, path, text)  # the same text, but not in the very moment of unpacking
    tree.reset()
    assert sources(tree) == STEPS[1]
    assert kept(tree, said) == {path: text}


@pytest.mark.parametrize("number", [np.int64(3), 3.0, False, np.int64(0)])
def test_a_step_may_be_any_number_that_is_equal_to_it(tree, number):
    tree.jump(number)
    tree.edit(Cell.parse("patch", "", OTHER_PATCH))
    assert type(tree.step) is int and reopened(tree).step == number


@pytest.mark.parametrize("path", [f"lkm/{'a' * 300}/a.c", f"lkm/{'a' * 300}", "lkm/" + "a/" * 2100 + "a.c"])
def test_a_name_that_is_too_long_is_refused(tree, path):
    assert tree.read(path) is None
    with pytest.raises(LabError, match="its name is too long"):
        tree.edit(Cell.parse("source", path, OWN))


@pytest.mark.parametrize("name", ["lkm/own_mod.c", "lkm"])
def test_what_is_in_a_files_place_is_to_be_moved_away(tree, name):
    tree.jump(3)
    tree.jump(0)
    with suppress(FileNotFoundError):
        (tree.root / "lkm").rmdir()
    if name == "lkm":
        (tree.root / name).symlink_to(name)  # to itself
    else:
        (tree.root / name).mkdir(parents=True)
    with pytest.raises(LabError, match="can't be written") as caught:
        tree.jump(3)
    assert caught.value.remedy == f"Move {tree.root / name} away."
    assert sources(tree) == STEPS[0]


# Undo


def test_undo_takes_edits_back_one_after_another(tree, said):
    tree.jump(2)
    states = [sources(tree)]
    for cell in book_cells(tree, 3):
        tree.edit(cell)
        states.append(sources(tree))
    assert len({str(state) for state in states}) == len(states)
    for state in reversed(states[:-1]):
        assert tree.undo()
        assert sources(tree) == state
    with pytest.raises(LabError, match="There is no edit to undo") as caught:
        tree.undo()
    assert "lab.jump(" in caught.value.remedy
    assert sources(tree) == STEPS[2]


def test_undo_names_the_files_though_they_were_taken_back_by_hand(tree):
    tree.edit(Cell.parse("source", "lkm/own_mod.c", MODULE))
    (tree.root / "lkm/own_mod.c").unlink()
    assert tree.undo() == ["lkm/own_mod.c"]


def test_undo_removes_a_file_that_the_cell_made(tree, said):
    tree.edit(Cell.parse("source", "lkm/own_mod.c", MODULE))
    assert tree.undo() == ["lkm/own_mod.c"]
    assert not (tree.root / "lkm/own_mod.c").exists()


def test_undo_goes_back_to_the_readers_own_earlier_version(tree, said):
    for text in ("one\n", "two\n"):
        tree.edit(Cell.parse("source", "lkm/own_mod.c", text))
    said.clear()
    tree.undo()
    assert tree.read("lkm/own_mod.c") == "one\n"
    assert any("Kept aside" in line for line in said)


def test_a_cell_that_changed_nothing_is_no_edit(tree, said):
    tree.jump(1)
    tree.edit(Cell.parse("patch", "", TYPE_PATCH))
    assert tree.edit(Cell.parse("patch", "", TYPE_PATCH)) == {}
    tree.undo()
    assert sources(tree) == STEPS[1]


def test_a_context_only_hunk_is_not_an_edit(tree):
    with pytest.raises(PatchError, match="this hunk changes nothing"):
        tree.edit(
            Cell.parse("patch", "", OTHER_PATCH.replace("-\treturn 7", " \treturn 7").replace("+\treturn 8;\n", ""))
        )
    with pytest.raises(LabError, match="no edit to undo"):
        tree.undo()


def test_there_is_nothing_to_undo_after_a_jump_or_a_reset(tree, said):
    for go in (lambda: tree.jump(2), lambda: tree.reset()):
        tree.edit(Cell.parse("source", "lkm/own_mod.c", MODULE))
        go()
        with pytest.raises(LabError, match="no edit to undo since the start of this step"):
            tree.undo()


# Reset, and files that no cell changes


@pytest.mark.parametrize("go", [Tree.reset, lambda tree: tree.jump(1)], ids=["reset", "jump"])
def test_a_file_that_no_cell_changes_is_restored(tree, said, go):
    tree.jump(1)
    edit_by_hand(tree, "linux/kernel/other.c", "int broken\n")
    edit_by_hand(tree, MINE, "int mine;\n")
    assert tree.foreign_edits() == ["kernel/mine.c", "kernel/other.c"]
    assert "linux/kernel/other.c: changed, but by no cell.\n--- a/linux/kernel/other.c\n" in tree.changes_by_no_cell()
    assert set(go(tree)) == {"linux/kernel/other.c", MINE}
    assert sources(tree) == STEPS[1]
    assert tree.changes_by_no_cell() == ""
    assert tree.foreign_edits() == []
    assert kept(tree, said) == {"linux/kernel/other.c": "int broken\n", MINE: "int mine;\n"}


def test_a_reset_of_an_unchanged_tree_writes_nothing(tree, said):
    tree.jump(3)
    assert tree.reset() == []
    assert said == []


def test_new_files_without_text_are_foreign_edits_too(tree, said):
    a_moment_later(tree.root / "linux")
    for name, target in {"folder": "kernel", "nothing": "nowhere", "itself": "itself"}.items():
        (tree.root / "linux" / name).symlink_to(target)
    write_files(tree.root, {"linux/empty": ""})
    names = ["linux/empty", "linux/folder", "linux/itself", "linux/nothing"]
    assert [line.split(":")[0] for line in tree.changes_by_no_cell().splitlines() if "by no cell" in line] == names
    assert tree.jump(0) == names
    assert sources(tree) == STEPS[0] and tree.foreign_edits() == []
    (aside,) = (tree.root / "kept").iterdir()
    assert (aside / "linux/folder").readlink() == Path("kernel")


def test_what_an_editor_or_git_hides_is_no_foreign_edit(tree):
    a_moment_later(tree.root / "linux")
    write_files(tree.root / "linux", {".git/config": "mine\n", "kernel/.call.c.swp": "mine\n"})
    assert tree.foreign_edits() == []


def test_a_tree_that_was_copied_without_its_times_has_no_foreign_edits(tree, monkeypatch):
    monkeypatch.setattr("kernel_lab.recipe.tree.BY_HAND", len(SHIPPED) // 2)
    a_moment_later(tree.root / "linux")
    write_files(tree.root / "linux", SHIPPED)
    assert tree.foreign_edits() == []


def test_the_books_files_are_no_foreign_edits(tree, said):
    tree.jump(3)
    for path in STEPS[3]:
        if STEPS[3][path] != STEPS[0].get(path):
            edit_by_hand(tree, path, "changed\n")
    assert tree.foreign_edits() == []


def test_an_edit_of_the_top_makefile_hides_no_other(tree):
    edit_by_hand(tree, "linux/kernel/other.c", "int broken\n")
    edit_by_hand(tree, "linux/Makefile", SHIPPED["Makefile"] + "# mine\n")
    assert tree.foreign_edits() == ["Makefile", "kernel/other.c"]


def test_links_to_folders_are_not_lost_unless_they_are(tmp_path):
    shipped = write_files(tmp_path / "shipped", SHIPPED)
    (shipped / "prefix").symlink_to("kernel")
    tree = make_tree(tmp_path)
    assert tree.lost() == []
    (tree.root / "linux/prefix").unlink()
    (tree.root / "linux/kernel/other.c").unlink()
    assert tree.lost() == tree.restore() == ["kernel/other.c", "prefix"]
    assert (tree.root / "linux/prefix").readlink() == Path("kernel")
    assert tree.lost() == tree.foreign_edits() == []
    a_moment_later(tree.root / "linux")
    (tree.root / "linux/prefix").unlink()
    (tree.root / "linux/prefix").symlink_to("elsewhere")
    tree.jump(0)
    assert (tree.root / "linux/prefix").is_symlink()


def test_edits_by_hand_become_a_patch_cell(tree, said):
    tree.jump(2)
    assert tree.patch() == ""
    a_moment_later(tree.root / "linux")
    edit_by_hand(tree, "linux/kernel/call.c", CALL_DONE)
    edit_by_hand(tree, "linux/kernel/other.c", SHIPPED["kernel/other.c"].replace("7", "8"))
    edit_by_hand(tree, "linux/kernel/new.c", OWN_MODULE)
    edited, cell = sources(tree), Cell.parse("patch", "", tree.patch())
    tree.reset()
    (tree.root / "linux/kernel/new.c").unlink(missing_ok=True)
    tree.edit(cell)
    assert sources(tree) == edited


def test_what_a_patch_cell_can_not_do_is_said_before_what_it_can(tree, said):
    tree.jump(2)
    a_moment_later(tree.root / "linux")
    edit_by_hand(tree, "linux/kernel/call.c", CALL_DONE)
    (tree.root / "linux/kernel/other.c").unlink()
    (tree.root / "linux/kernel/own.c").unlink()
    (tree.root / "linux/link").symlink_to("kernel")
    write_files(tree.root, {"linux/empty.c": "", "linux/half.c": "int half;"})
    others, _, cell = tree.patch().partition("--- ")
    assert others.splitlines() == [
        "empty.c: it is empty, which a cell can't do.",
        "half.c: it does not end in a newline, which a cell can't do.",
        "kernel/other.c: it was removed, which a cell can't do.",
        "kernel/own.c: it was removed, which a cell can't do.",
        "link: it was made a symbolic link, which a cell can't do.",
    ]
    whole = Cell.parse("patch", "", others + "--- " + cell)
    tree.reset()
    assert tree.edit(whole) == {"linux/kernel/call.c": CALL_DONE}


def test_a_file_that_was_shipped_empty_and_has_lines_now_becomes_a_patch_cell(tmp_path):
    write_files(tmp_path / "shipped", {"kernel/empty.h": ""})
    tree = make_tree(tmp_path)
    edit_by_hand(tree, "linux/kernel/empty.h", "int mine;\n")
    cell = Cell.parse("patch", "", tree.patch())
    tree.reset()
    assert tree.edit(cell) == {"linux/kernel/empty.h": "int mine;\n"}


def test_reset_restores_a_deleted_file(tree, said):
    (tree.root / "linux/kernel/other.c").unlink()
    tree.reset()
    assert sources(tree) == STEPS[0]


def test_reset_restores_a_file_that_was_shipped_empty(tmp_path, said):
    write_files(tmp_path / "shipped", {"kernel/empty.h": ""})
    tree = make_tree(tmp_path)
    edit_by_hand(tree, "linux/kernel/empty.h", "int mine;\n")
    tree.reset()
    assert (tree.root / "linux/kernel/empty.h").read_bytes() == b""
    assert reopened(tree).foreign_edits() == []


# What differs


def test_changes_are_a_diff_from_the_step(tree, said):
    assert tree.changes(1) == "--- a/config/kernel.config\n+++ /dev/null\n@@ -1 +0,0 @@\n-" + CONFIG
    tree.jump(1)
    assert tree.changes(1) == ""
    edit_by_hand(tree, "linux/kernel/types.h", TYPE_DONE)
    difference = tree.changes(1)
    assert difference.startswith("--- a/linux/kernel/types.h\n+++ b/linux/kernel/types.h\n@@ ")
    assert "\n+\tTYPE_OWN,\n" in difference
    missing = tree.changes(2)  # types.h is right, what the other cells make is not there
    assert [line for line in missing.splitlines() if line.startswith("--- ")] == [
        "--- a/linux/kernel/Makefile",
        "--- a/linux/kernel/own.c",
    ]


def test_trial_cells_are_no_part_of_the_step(tree, said):
    tree.jump(3)
    trial = book_cells(tree, 3)[-1]
    assert trial.trial
    assert tree.edit(trial)
    assert "return 13;" in tree.read("linux/kernel/call.c")
    assert "+\t\treturn 13;" in tree.changes(3)
    tree.undo()
    assert sources(tree) == STEPS[3]
    tree.edit(trial)
    tree.jump(3)
    assert sources(tree) == STEPS[3]
    assert said == []  # the book has the experiment: nothing to keep


@pytest.fixture
def lab(tmp_path, monkeypatch) -> Lab:
    """The laboratory on the fake kernel and the fake book, which is all that is not real here."""
    recipe, source = make_recipe(tmp_path / "notebooks"), make_source(tmp_path / "shipped")
    monkeypatch.setenv("KERNEL_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(source.path))
    monkeypatch.setattr(Recipe, "book", classmethod(lambda cls: recipe))
    with Lab("a test") as lab:
        yield lab


def test_check_says_whether_the_step_is_done(lab, capsys):
    lab.jump(2)
    lab.check(2)
    assert capsys.readouterr().out == "The tree is at step 02.\nThe tree is at step 02, as it should be.\n"
    lab.tree.edit(Cell.parse("patch", "", CALL_PATCH))
    with pytest.raises(LabError, match="The tree is not what step 02 makes it") as caught:
        lab.check(2)
    assert "+\tcase TYPE_OWN:" in caught.value.cause
    assert "lab.jump(2), which keeps your own edits aside" in caught.value.remedy
    lab.undo()
    lab.check(2)
    assert "Took back the last edit of kernel/call.c." in capsys.readouterr().out


def test_check_does_not_fill_the_notebook(lab):
    edit_by_hand(lab.tree, "linux/kernel/call.c", "int mine;\n" * 100_000)
    with pytest.raises(LabError, match=r"\n… and 9\d,?\d+ more lines\.\n") as caught:
        lab.check(0)
    assert len(str(caught.value)) < 11_000


def test_check_names_the_files_that_no_cell_changed(lab):
    lab.jump(2)
    edit_by_hand(lab.tree, "linux/kernel/other.c", SHIPPED["kernel/other.c"].rstrip("\n"))
    with pytest.raises(LabError, match=r"other\.c: changed, but by no cell\.\n.*it does not end in a newline\.\n"):
        lab.check(2)
    lab.jump(2)
    lab.check(2)


def test_the_lab_says_where_own_edits_went(lab, capsys):
    lab.jump(2)
    edit_by_hand(lab.tree, "linux/kernel/call.c", "int mine;\n")
    lab.reset()
    out = capsys.readouterr().out
    assert f"Kept aside in {lab.tree.root / 'kept'}" in out
    assert "    linux/kernel/call.c\n" in out
    assert out.endswith("The tree is back at step 02.\n")


def test_show_prints_the_lines_asked_for_and_says_when_there_are_none(lab, capsys):
    lab.show("kernel/types.h", "enum place", lines=2)
    assert capsys.readouterr().out == "enum place {\n\tHERE,\n"
    edit_by_hand(lab.tree, "lkm/own_mod.c", "int mine;\n")
    lab.show("lkm/own_mod.c", "mine")
    assert capsys.readouterr().out == "int mine;\n"
    with pytest.raises(LabError, match=r"No line of kernel/types\.h has the text 'TYPE_OWN'"):
        lab.show("kernel/types.h", "TYPE_OWN")
    with pytest.raises(LabError, match=r"There is no file kernel/nowhere\.c here"):
        lab.show("kernel/nowhere.c", "int")
