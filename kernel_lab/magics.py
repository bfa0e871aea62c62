# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory of a notebook: the cell magics, and how a notebook begins.

`%%patch`, `%%source` and `%%commit` change the sources, `%%guest` types into the guest, `%%repository` at the series.
"""

import inspect
import re
from contextlib import suppress
from html import escape
from pathlib import Path
from traceback import walk_tb
from types import FrameType, TracebackType
from typing import Any, get_type_hints

from IPython import get_ipython
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.display import display

from kernel_lab.base import disk, given, progress
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import cache_folder, temporary
from kernel_lab.kernel.guest import COMMAND_SECONDS
from kernel_lab.lab import Lab
from kernel_lab.recipe import diff
from kernel_lab.recipe.cells import KERNEL, Cell, Recipe
from kernel_lab.sources import kernels

PACKAGE = Path(__file__).parent
LONGEST_SECONDS = 99999  # that a command may take: more than a day


class NotebookLab(Lab):
    """The laboratory that a notebook starts with; its cell magics work on it."""

    @classmethod
    def start(cls, notebook: str | int = "") -> "NotebookLab":
        """Begin notebook `notebook` ("04"): take the tree to where that notebook begins, and switch the magics on.

        Without a number it is a notebook of the reader's own, which begins where the book ends.

        Raises LabError outside IPython, and what Lab() does.
        """
        shell = get_ipython()
        if shell is None:
            raise LabError(
                "There are no cells here: this is not IPython.", "Use kernel_lab.lab.Lab, or python -m kernel_lab."
            )
        shell.set_custom_exc((Exception, KeyboardInterrupt), _show)
        book = Recipe.book()
        step, who = _begins_after(notebook, book.on(kernels.chosen()))
        if before := shell.magics_manager.registry.get(LabMagics.__name__):  # the start cell, run again
            before.lab.close()
        with progress.shown() as report:
            lab = cls(who, report, book)
        lab.chapter = step + 1 if notebook else None
        shell.register_magics(LabMagics(shell, lab))
        lab.bring_back()
        lab.tree.jump(step)
        where = f"step {step:02}" if step else "the kernel as it was shipped"
        print(f"Linux {lab.source.version} ({lab.source.title}); the tree is at {where}.")
        return lab

    def _mention(self, title: str, commands: str) -> None:
        text = f"<details><summary>{title}</summary><pre>{escape(commands)}</pre></details>"
        display({"text/html": text, "text/plain": title}, raw=True)  # type: ignore[no-untyped-call]


def _begins_after(notebook: str | int, recipe: Recipe) -> tuple[int, str]:
    """After which step a notebook begins, and its name. Raises LabError."""
    last, number = recipe.last, given.number(notebook)
    if notebook == "":
        return last, "a notebook without a number"
    if number is not None:
        recipe.require_carried(number)
    if number is None or not 1 <= number <= last + 1:
        raise LabError(
            f"There is no notebook {notebook!r}.",
            f'Those of the book are "01" to "{last:02}". A notebook of your own begins with Lab.start(), after step '
            f"{last:02}; or with the number of the one in whose place it is.",
        )
    return number - 1, f"notebook {number:02}"


def _seconds(line: str) -> int:
    """How long the commands of a `%%guest` cell may take. Raises LabError where its line says something else."""
    option = re.fullmatch(r"(?:--time[ =]\s*([1-9][0-9]{0,4}))?", line.strip())
    if not option:
        raise LabError(
            f"%%guest does not know {line.strip()!r}.",
            f"Write nothing there, or --time and seconds: from 1 to {LONGEST_SECONDS}, as --time 60.",
        )
    return int(option[1] or COMMAND_SECONDS)


class Interrupted(LabError):
    """The reader pressed the stop button."""


@magics_class
class LabMagics(Magics):
    """The cell magics of one laboratory."""

    def __init__(self, shell: InteractiveShell, lab: Lab):
        super().__init__(shell)
        self.lab = lab

    @cell_magic
    def patch(self, line: str, cell: str) -> None:
        """`%%patch [--try] [6.1]`: apply the diff in the cell to the kernel tree, or to lkm/, loader/, config/.

        With --try it is an experiment: no part of the step, to be taken back with lab.undo(). With a version it is for
        this kernel only.
        """
        edit = Cell.parse("patch", line, cell)
        if not edit.is_for(self.lab.linux):
            print(f"This cell is for Linux {edit.linux}. The laboratory has {self.lab.linux.name}: nothing changed.")
            return
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

    @cell_magic
    def repository(self, line: str, cell: str) -> None:
        """`%%repository`: run the cell's shell commands in the repository that lab.repository() makes."""
        if line.strip():
            raise LabError(f"%%repository does not know {line.strip()!r}.", "Write nothing there.")
        print(self.lab.commands(cell))

    def _mention_own(self, edit: Cell) -> None:
        if not self.lab.recipe.knows(edit):
            print("(This edit is your own: a jump to another step will keep the file aside for you.)")


def _show(shell: InteractiveShell, kind: type[BaseException], error: BaseException, traceback: TracebackType | None,
          tb_offset: int | None = None) -> Any:  # fmt: skip
    """In the place of a traceback through the laboratory: what happened, and what to do."""
    if said := _explained(shell, error, traceback):
        return shell.showtraceback((type(said), said, None), tb_offset=tb_offset)
    return shell.showtraceback((kind, error, traceback), tb_offset=tb_offset, running_compiled_code=True)


def _explained(shell: InteractiveShell, error: BaseException, traceback: TracebackType | None) -> LabError | None:
    """What to say of an error; None of a LabError, which says it itself, and of one in the reader's own Python."""
    ours = [frame for frame, _ in walk_tb(traceback) if Path(frame.f_code.co_filename).is_relative_to(PACKAGE)]
    if isinstance(error, OSError) and (ours or error.errno in disk.FULL):
        said = disk.explained(error, [cache_folder(), temporary()])
        if said:
            return said
    if isinstance(error, LabError | UsageError) or not ours:
        return None
    if isinstance(error, KeyboardInterrupt):
        started = shell.magics_manager.registry.get(LabMagics.__name__)
        return Interrupted(started.lab.interrupted if started else "Interrupted. Run the cell again to go on.")
    return _misused(ours[0]) or LabError(
        f"{type(error).__name__}: {error} (in the laboratory's {_place(ours[-1])})",
        "Look at what the cell hands over. If that is right, the laboratory is wrong: please report this line.",
    )


def _place(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).relative_to(PACKAGE)}, line {frame.f_lineno}"


def _misused(frame: FrameType) -> LabError | None:
    """What to say where the cell called a function of ours with an argument of another type than it takes."""
    name, values = frame.f_code.co_name, frame.f_locals
    owner = values.get("self")
    function = getattr(type(owner), name, None) if owner is not None else frame.f_globals.get(name)
    if not inspect.isfunction(function):
        return None
    for argument, wanted in get_type_hints(function).items():
        with suppress(TypeError):  # of some types, isinstance() can't tell
            if argument in values and not isinstance(values[argument], wanted):
                takes = inspect.signature(function).parameters[argument].annotation
                takes = takes if isinstance(takes, str) else inspect.formatannotation(takes)
                return LabError(
                    f"{name}() was given {values[argument]!r} for {argument}, which has to be {takes}.",
                    "Look at what the cell hands over.",
                )
    return None
