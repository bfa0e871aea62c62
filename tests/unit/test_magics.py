# SPDX-License-Identifier: GPL-2.0-only
"""The cells as a reader runs them, in a real notebook kernel: twice, with a typo, out of order."""

import nbformat
import pytest
from fake_kernel import SHIPPED, write_files
from nbclient import NotebookClient

from kernel_lab import notebooks
from kernel_lab.magics import LabMagics

START = 'from kernel_lab import Lab\nlab = Lab.start("01")'
START_SAYS = "Linux 6.1.99 (Linux 6.1.99 from SOURCE); the tree is at the kernel as it was shipped.\n"
MINE = "%%source linux/kernel/mine.c\nint mine;"
CALL = SHIPPED["kernel/call.c"].splitlines()
PATCH = (
    "%%patch\n--- a/kernel/call.c\n+++ b/kernel/call.c\n@@ -1,3 +1,4 @@\n "
    + "\n ".join(CALL[:2])
    + "\n+/* new */\n "
    + CALL[2]
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs cells on a tiny kernel tree; returns each cell's text, or `(name, message)` of its error."""
    write_files(tmp_path / "kernel", SHIPPED)
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(tmp_path / "kernel"))
    monkeypatch.setenv("KERNEL_LAB_CACHE", str(tmp_path / "cache"))

    def run(*sources: str) -> list:
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        NotebookClient(notebook, timeout=60, allow_errors=True, kernel_name="python3").execute()
        return [_shown(cell, tmp_path / "kernel") for cell in cells]

    return run


def _shown(cell, source):
    errors = [(out.ename, "\n".join(out.traceback)) for out in cell.outputs if out.output_type == "error"]
    said = "".join(out.text for out in cell.outputs if out.output_type == "stream")
    return errors[0] if errors else said.replace(str(source), "SOURCE")


def test_an_edit_twice_and_taken_back(run):
    _, first, second, undone, nothing = run(START, MINE, MINE, "lab.undo()", "lab.undo()")
    own = "(This edit is your own: a jump to another step will keep the file aside for you.)\n"
    assert first == "wrote kernel/mine.c (1 lines)\n" + own
    assert second == "already there, nothing to change: kernel/mine.c (1 lines)\n" + own
    assert undone.endswith("Took back the last edit of kernel/mine.c.\n")
    assert nothing[0] == "LabError" and "no edit to undo" in nothing[1]


def test_a_patch_twice(run):
    _, first, second = run(START, PATCH, PATCH)
    assert first.startswith("changed kernel/call.c (+1 -0)\n")
    assert second.startswith("already there, nothing to change: kernel/call.c (+1 -0)\n")


def test_a_patch_for_another_kernel_changes_nothing_and_says_so(run):
    one, other = (PATCH.replace("%%patch", f"%%patch {linux}") for linux in ("6.1", "6.12"))
    _, said, own, back = run(START, other, one, "lab.undo()\nlab.check(0)")
    assert said == "This cell is for Linux 6.12. The laboratory has 6.1: nothing changed.\n"
    assert own.startswith("changed kernel/call.c (+1 -0)\n")
    assert back.endswith("The tree is at step 00, as it should be.\n")


def test_a_number_is_read_from_the_tree_as_it_is(run):
    header = "%%source linux/include/uapi/linux/bpf.h\nenum type {\n\tNONE,\n\tOWN,\n};"
    _, _, number, (name, said) = run(START, header, 'print(lab.number("OWN"))', 'lab.number("OTHER")')
    assert number == "1\n"
    assert name == "LabError" and "include/uapi/linux/bpf.h has no OTHER." in said


def test_a_chapter_that_was_not_carried_to_a_kernel_does_not_start(run, monkeypatch):
    monkeypatch.setenv("KERNEL", "6.12")
    ((name, said),) = run(START.replace("01", "07"))
    assert name == "LabError"
    assert "The book is carried to Linux 6.12 up to chapter 6, and this is for chapter 7." in said


def test_a_typo_is_explained_without_a_traceback(run):
    _, (name, shown), after = run(START, PATCH.replace(CALL[0], CALL[0] + "x"), "lab.check(0)")
    assert name == "PatchError"
    assert "Traceback" not in shown
    assert "kernel/call.c: hunk 1 of 1 does not fit, so nothing was changed." in shown
    assert f">     1 {CALL[0]}" in shown
    assert "lab.reset()" in shown
    assert after == "The tree is at step 00, as it should be.\n"


def test_the_start_cell_again_keeps_an_own_edit_aside(run):
    started, _, again = run(START, MINE, START)
    assert again.startswith("Kept aside in ") and "linux/kernel/mine.c\n" in again
    assert again.endswith(started)


def test_a_start_that_failed_can_be_tried_again(run):
    full = "from kernel_lab.sources import archive\nroom, archive.NEEDED_BYTES = archive.NEEDED_BYTES, 2**60"
    _, (name, shown), _, again = run(full, START, "archive.NEEDED_BYTES = room", START)
    assert name == "LabError" and "too little space" in shown
    assert again.endswith("the tree is at the kernel as it was shipped.\n")


STOPPED = "raise KeyboardInterrupt"
REFUSED = "raise PermissionError(13, 'Permission denied', '/cache/x')"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (STOPPED, "Interrupted. Run the cell again to go on."),
        (REFUSED, "/cache/x can't be used: Permission denied.\n→ It may be another user's"),
        ("raise OSError(28, 'No space left on device')", "There is too little space in "),
    ],
)
def test_a_first_start_that_fails_gives_no_traceback(run, wrong, said):
    patched = f"from kernel_lab.base import lock\ndef wrong(*_): {wrong}\nlock.held = wrong"
    _, (_, shown) = run(patched, START)
    assert shown.startswith(said) and "Traceback" not in shown


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("lab.show(None, 'x')", "show() was given None for path, which has to be str."),
        ("lab.show('Makefile', 3)", "show() was given 3 for around, which has to be str."),
        ("lab.put(None)", "put() was given None for name, which has to be str."),
        ("lab.boot(cpus='2')", "boot() was given '2' for cpus, which has to be int | None."),
    ],
)
def test_an_argument_of_another_type_is_named(run, call, said):
    _, (name, shown) = run(START, call)
    assert name == "LabError" and shown.startswith(said)


def test_a_step_may_be_a_text(run):
    assert run(START, "lab.jump('00')", "lab.check('0')")[1:] == [
        "The tree is at step 00.\n", "The tree is at step 00, as it should be.\n"
    ]  # fmt: skip


def test_what_is_shown_of_the_sources(run):
    _, plain, whole, *refused = run(
        START, "lab.show('kernel/other.c', 'other', 1)", "lab.show('linux/kernel/other.c', 'other', 1)",
        "lab.show('nosuch', 'x')", "lab.show('kernel', 'x')", "lab.show('config/nosuch', 'x')",
        "lab.show('kernel/other.c', 'other', lines=-1)", "lab.show('kernel/other.c', 'nosuch')",
    )  # fmt: skip
    assert plain == whole == "int other(void)\n"
    wanted = [
        *(f"There is no file {name} here." for name in ("nosuch", "kernel", "config/nosuch")),
        "-1 is not",
        "No line",
    ]
    assert [shown.startswith(text) for (_, shown), text in zip(refused, wanted, strict=True)] == [True] * 5


def test_a_long_argument_is_not_shown_to_its_end(run):
    _, *shown = run(
        START, "%%source lkm/" + "a" * 5_000 + "\nx", "lab.program('a' * 100_000)", "lab.jump('a' * 100_000)"
    )
    assert [(len(said) < 2500, "characters are left out)" in said) for _, said in shown] == [(True, True)] * 3


def test_a_disk_that_fills_up_is_explained_without_a_traceback(run):
    full = (
        "from kernel_lab.base import state\n"
        "def full(*_): raise OSError(28, 'No space left on device')\nstate.save = full"
    )
    _, _, (_, shown), (name, own) = run(START, full, MINE, "open('/nowhere')")
    assert "There is too little space in " in shown and "KERNEL_LAB_CACHE" in shown and "Traceback" not in shown
    assert name == "FileNotFoundError" and "Traceback" in own  # a mistake in the reader's own Python


HOSTILE = [
    "", "linux", "linux/", "linux/kernel", "linux/Makefile/x", f"lkm/{'a' * 250}", "linux/kernel/../../x",
    "lkm/a lkm/b", "lkm/\u200b", "--time", "--time -1", "--time 9999999", "--time=x", "--try --tri", "'", '"', "-rf",
    "é", "{lab}", "$x",
]  # fmt: skip
CALLS = [
    *(f"Lab.start({name!r})" for name in ("abc", "99", "-1", "0", "1.5", None, 3.0, "\u0663")),
    "lab.jump(99)", "lab.jump(-1)", "lab.jump('x')", "lab.check(99)", "lab.check('x')", "lab.show('nosuch', 'x')",
    "lab.show(None, None)", "lab.module()", "lab.module('nosuch')", "lab.program('all')", "lab.program('-j')",
    "lab.bpf('nosuch')", "lab.bpf(None)", "lab.put('nosuch')", "lab.put(None)", "lab.tool('gcc')", "lab.tool('')",
    "lab.tool(\"'\")",
    "lab.boot('nosuch')", "lab.boot(3)", "lab.boot()", "lab.compile('nosuch.o')", "lab.guest.run('x')", "lab.undo()",
    "lab.rewind(-1)", "lab.rewind(99)", "lab.rewind('x')", "lab.rewind(None)", "lab.commands('true')",
    "lab.boot(cpus=-1)", "lab.boot(cpus=0)", "lab.number(None)", "lab.number(b'x')", "lab.show(b'x', 'x')",
    "lab.jump(2.5)",
    "lab.test_verifier()", "lab.test_progs()", "lab.exercise(1)", "lab.exercise(None)", "lab.exercise(2, 'x')",
]  # fmt: skip


def test_no_argument_gives_a_traceback_or_leaves_anything(run, tmp_path):
    magics = sorted(LabMagics.magics["cell"])
    cells = [f"%%{magic} {words}\nno diff" for magic in magics for words in HOSTILE if (magic, words) != ("guest", "")]
    cells.append("%%patch\n--- a/kernel\n+++ b/kernel\n@@ -0,0 +1 @@\n+x")
    _, *shown, after = run(START, *cells, *CALLS, "lab.check(0)")
    assert magics == ["commit", "guest", "patch", "repository", "source"]
    for source, said in zip([*cells, *CALLS], shown, strict=True):
        assert said[0] in ("LabError", "PatchError"), (source, said)
        assert "Traceback" not in said[1] and len(said[1]) < 1500, (source, said)
    assert after == "The tree is at step 00, as it should be.\n"
    trees = tmp_path / "cache/trees"
    assert not [*trees.rglob("*.partial"), *trees.glob("*/lkm"), *trees.glob("*/kept")]


def test_a_closed_laboratory_refuses(run):
    calls = [
        "old.jump(0)",
        "old.check(0)",
        "old.reset()",
        "old.boot()",
        "old.module()",
        "kernel.build()",
        "old.config()",
    ]
    first, _, second, *shown = run(START, "old, kernel = lab, lab.current", START, *calls, "lab.check(0)")
    assert first == second == START_SAYS
    assert [(name, "This laboratory is closed" in said) for name, said in shown[:-1]] == [("LabError", True)] * 7
    assert shown[-1] == "The tree is at step 00, as it should be.\n"


def test_a_laboratory_beside_that_of_the_cells_is_named(run):
    quick = "from kernel_lab.base import lock; lock.PATIENCE_SECONDS = 0; lab = Lab('x')"
    _, _, (_, said), *_ = run("from kernel_lab import Lab", quick, START)
    assert "being used by x" in said and "this very process" in said


def test_lost_files_are_noticed_and_brought_back(run):
    lose = "for name in ('Makefile', 'other.c'): (lab.tree.root / 'linux/kernel' / name).unlink()"
    _, _, (name, said), _, whole, _, again = run(
        START, lose, "lab.check(0)", "lab.jump(0)", "lab.check(0)", lose, START
    )
    assert name == "LabError" and "2 files of the kernel tree are gone: kernel/Makefile, kernel/other.c" in said
    assert whole == "The tree is at step 00, as it should be.\n"
    assert again == "2 files of the kernel tree had got lost. From its source they are back.\n" + START_SAYS


def test_a_tree_that_is_gone_is_said_in_two_lines(run):
    lose = "import shutil; shutil.rmtree(lab.tree.root)"
    _, _, *shown, again = run(START, lose, "lab.check(0)", MINE, "lab.jump(0)", "lab.boot()", "lab.reset()", START)
    for name, said in shown:
        assert name == "LabError" and "The kernel tree is gone" in said and said.count("\n") == 1
    assert again == START_SAYS


def test_an_interrupt_shows_one_line(run):
    stop = "from kernel_lab.recipe.tree import Tree\ndef stop(*_): raise KeyboardInterrupt\nTree.reset = stop"
    _, _, (name, said), (own, _) = run(START, stop, "lab.reset()", "raise KeyboardInterrupt")
    assert said == "Interrupted. Run the cell again to go on: what was compiled stays."
    assert (name, own) == ("Interrupted", "KeyboardInterrupt")


def test_a_place_outside(run):
    _, (name, shown) = run(START, "%%source /etc/passwd\nme")
    assert name == "LabError" and "begins with linux/, lkm/, loader/ or config/" in shown


def test_ipythons_own_file_magic_stays_its_own(run, tmp_path):
    """It writes wherever the reader says, and no step knows of it."""
    notes = tmp_path / "notes.txt"
    _, said, after = run(START, f"%%file {notes}\nmine", "lab.check(0)")
    assert said == f"Writing {notes}\n"
    assert notes.read_text() == "mine\n"
    assert after == "The tree is at step 00, as it should be.\n"


def test_a_progress_line_leaves_no_trace(run):
    quiet = "from kernel_lab.base import progress\nwith progress.shown() as report:\n    report('work', 1, 2)"
    assert run(quiet) == [""]


def test_who_runs_a_notebook_sees_its_progress(tmp_path):
    work = "from kernel_lab.base import progress\nwith progress.shown() as report:\n    report('work', 1, 2)"
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(work)]), path)
    stages = []
    notebooks.run([path], lambda *stage: stages.append(stage))
    assert ("notebook: work", 1, 2) in stages
    assert "work" not in str(nbformat.read(path, as_version=4).cells[0].outputs)
