# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory of a notebook: the cell magics, and how a notebook begins.

`%%patch`, `%%source` and `%%commit` change the sources, `%%guest` types into the guest.
"""

import re
from html import escape
from types import TracebackType
from typing import Any

from IPython import get_ipython
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.display import display

from kernel_lab.base import disk, progress
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import temporary
from kernel_lab.kernel.guest import COMMAND_SECONDS
from kernel_lab.lab import Lab
from kernel_lab.recipe import diff
from kernel_lab.recipe.cells import KERNEL, Cell


class NotebookLab(Lab):
    """The laboratory that a notebook starts with; its cell magics work on it."""

    @classmethod
    def start(cls, notebook: str) -> "NotebookLab":
        """Begin notebook `notebook` ("04"): take the tree to where that notebook begins, and switch the magics on.

        Raises LabError outside IPython, and what Lab() does.
        """
        shell = get_ipython()
        if shell is None:
            raise LabError(
                "There are no cells here: this is not IPython.", "Use kernel_lab.lab.Lab, or python -m kernel_lab."
            )
        number = int(notebook)
        if before := shell.magics_manager.registry.get(LabMagics.__name__):  # the start cell, run again
            before.lab.close()
        with progress.shown() as report:
            lab = cls(f"notebook {notebook}", report)
        shell.register_magics(LabMagics(shell, lab))
        lab.tree.jump(number - 1)
        where = "the kernel as it was shipped" if number == 1 else f"step {number - 1:02}"
        print(f"Linux {lab.source.version} ({lab.source.title}); the tree is at {where}.")
        return lab

    def _mention(self, title: str, commands: str) -> None:
        text = f"<details><summary>{title}</summary><pre>{escape(commands)}</pre></details>"
        display({"text/html": text, "text/plain": title}, raw=True)  # type: ignore[no-untyped-call]


def _seconds(line: str) -> int:
    """How long the commands of a `%%guest` cell may take. Raises LabError where its line says something else."""
    option = re.fullmatch(r"(?:--time[ =]\s*([1-9][0-9]{0,4}))?", line.strip())
    if not option:
        raise LabError(f"%%guest does not know {line.strip()!r}.", "Write nothing there, or --time and seconds, as 60.")
    return int(option[1] or COMMAND_SECONDS)


@magics_class
class LabMagics(Magics):
    """The cell magics of one laboratory."""

    def __init__(self, shell: InteractiveShell, lab: Lab):
        super().__init__(shell)
        self.lab = lab
        shell.set_custom_exc((OSError,), self._show_full_disk)  # type: ignore[no-untyped-call]

    @cell_magic
    def patch(self, line: str, cell: str) -> None:
        """`%%patch [--try]`: apply the unified diff in the cell to the kernel tree, or to lkm/, loader/, config/.

        With --try it is an experiment: no part of the step, to be taken back with lab.undo().
        """
        edit = Cell.parse("patch", line, cell)
        changed = self.lab.tree.edit(edit)
        for part in edit.patches:
            state = "changed" if changed else "already there, nothing to change:"
            print(f"{state} {part.path} (+{part.added} -{part.removed})")
        self._mention_own(edit)

    @cell_magic
    def source(self, line: str, cell: str) -> None:
        """`%%source PATH`: write the cell's body to a file under linux/, lkm/, loader/ or config/."""
        edit = Cell.parse("source", line, cell)
        state = "wrote" if self.lab.tree.edit(edit) else "already there, nothing to change:"
        print(f"{state} {edit.path.removeprefix(KERNEL)} ({edit.text.count(chr(10))} lines)")
        self._mention_own(edit)

    @cell_magic
    def commit(self, line: str, cell: str) -> None:
        """`%%commit`: make a patch of the edits since the last commit; the cell's body is the message: why."""
        made, verdict = self.lab.commit(Cell.parse("commit", line, cell))
        parts = diff.parse(made.diff)
        added, removed = sum(part.added for part in parts), sum(part.removed for part in parts)
        print(f"{made.name} (+{added} -{removed})\ncheckpatch: {verdict}")

    @cell_magic
    def guest(self, line: str, cell: str) -> None:
        """`%%guest [--time SECONDS]`: run the cell's shell commands in the guest, and show them as a terminal would."""
        print(self.lab.transcript(cell, _seconds(line)))

    def _mention_own(self, edit: Cell) -> None:
        if not self.lab.recipe.knows(edit):
            print("(This edit is your own: a jump to another step will keep the file aside for you.)")

    def _show_full_disk(self, shell: InteractiveShell, kind: type[OSError], error: OSError,
                        traceback: TracebackType | None, tb_offset: int | None = None) -> Any:  # fmt: skip
        """In the place of a traceback, where a cell's work stopped because the disk is full."""
        if error.errno in disk.FULL:
            full = disk.full([self.lab.cache, temporary()], str(error))
            return shell.showtraceback((type(full), full, None), tb_offset=tb_offset)
        return shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
