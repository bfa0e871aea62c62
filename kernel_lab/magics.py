# SPDX-License-Identifier: GPL-2.0-only
"""The cell magics: `%%patch`, `%%source`, `%%commit` change the sources, `%%guest` types into the guest."""

from IPython import get_ipython

from kernel_lab import diff, disk
from kernel_lab.cells import KERNEL, Cell
from kernel_lab.errors import LabError
from kernel_lab.lab import Lab

current: Lab | None = None


def register(lab: Lab) -> None:
    """Make `lab` the one that the magics work on. Raises LabError outside IPython."""
    global current
    shell = get_ipython()
    if shell is None:
        raise LabError("There are no cells here: this is not IPython.", "Use kernel_lab.Lab, or python -m kernel_lab.")
    current = lab
    for magic in (patch, source, commit, guest):
        shell.register_magic_function(magic, "cell", magic.__name__)
    shell.set_custom_exc((OSError,), _show_full_disk)


def patch(line: str, cell: str) -> None:
    """`%%patch [--try]`: apply the unified diff in the cell to the kernel tree, or to lkm/, loader/, config/ beside it.

    With --try it is an experiment: no part of the step, to be taken back with lab.undo().
    """
    edit = Cell.parse("patch", line, cell)
    changed = current.tree.edit(edit)
    for part in diff.parse(edit.text):
        state = "changed" if changed else "already there, nothing to change:"
        print(f"{state} {part.path} (+{part.added} -{part.removed})")
    _mention_own(edit)


def source(line: str, cell: str) -> None:
    """`%%source PATH`: write the cell's body to a file under linux/, lkm/, loader/ or config/."""
    edit = Cell.parse("source", line, cell)
    state = "wrote" if current.tree.edit(edit) else "already there, nothing to change:"
    print(f"{state} {edit.path.removeprefix(KERNEL)} ({edit.text.count(chr(10))} lines)")
    _mention_own(edit)


def commit(line: str, cell: str) -> None:
    """`%%commit`: make a patch of the edits since the last commit; the cell's body is the message that says why."""
    made, verdict = current.commit(Cell.parse("commit", line, cell))
    added = sum(line.startswith("+") and not line.startswith("+++") for line in made.diff.splitlines())
    removed = sum(line.startswith("-") and not line.startswith("---") for line in made.diff.splitlines())
    print(f"{made.name} (+{added} -{removed})\ncheckpatch: {verdict}")


def guest(line: str, cell: str) -> None:
    """`%%guest`: run the cell's shell commands in the guest, and show them as a terminal would."""
    print(current.transcript(cell))


def _show_full_disk(shell, kind, error, traceback, tb_offset=None) -> None:
    """In the place of a traceback, where a cell's work stopped because the disk is full."""
    if error.errno in disk.FULL:
        error = disk.full([current.cache, disk.temporary()], str(error))
        kind, traceback = type(error), None
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def _mention_own(edit: Cell) -> None:
    if not current.recipe.knows(edit):
        print("(This edit is your own: a jump to another step will keep the file aside for you.)")
