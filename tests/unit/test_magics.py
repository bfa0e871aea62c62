# SPDX-License-Identifier: GPL-2.0-only
"""The cells as a reader runs them, in a real notebook kernel: twice, with a typo, out of order."""

import nbformat
import pytest
from fake_kernel import SHIPPED, write_files
from nbclient import NotebookClient

from kernel_lab import notebooks

START = 'from kernel_lab import Lab\nlab = Lab.start("01")'
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
        return [_shown(cell) for cell in cells]

    return run


def _shown(cell):
    errors = [(out.ename, "\n".join(out.traceback)) for out in cell.outputs if out.output_type == "error"]
    return errors[0] if errors else "".join(out.text for out in cell.outputs if out.output_type == "stream")


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


def test_a_disk_that_fills_up_is_explained_without_a_traceback(run):
    full = (
        "from kernel_lab.base import state\n"
        "def full(*_): raise OSError(28, 'No space left on device')\nstate.save = full"
    )
    _, _, (_, shown), (name, own) = run(START, full, MINE, "open('/nowhere')")
    assert "There is too little space in " in shown and "KERNEL_LAB_CACHE" in shown and "Traceback" not in shown
    assert name == "FileNotFoundError" and "Traceback" in own  # a mistake in the reader's own Python


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
