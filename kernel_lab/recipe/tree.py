# SPDX-License-Identifier: GPL-2.0-only
"""The sources a reader works on, and the steps: start, undo, reset, jump, in any order.

Only files that differ are written, so that `make` rebuilds little. What the reader wrote is never
lost: before a file of theirs is overwritten, it is kept aside, and the reader is told where.
"""

import difflib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from kernel_lab.base import state
from kernel_lab.base.errors import LabError
from kernel_lab.base.progress import Progress, silent
from kernel_lab.recipe import diff
from kernel_lab.recipe.cells import KERNEL, Cell, Recipe
from kernel_lab.recipe.diff import Files, PatchError
from kernel_lab.sources import source

OWN = "the reader's own"  # in place of a digest, so that it is never taken for the book's

LONGEST_NAME = 255 - len(".partial")  # in bytes, as most file systems have it
LONGEST_PATH = 4095 - len(".partial")  # in bytes, as Linux has it

BY_HAND = 1000  # so many files nobody edits

SHOWN = 10_000  # characters of a difference

Say = Callable[[str], None]
"""Takes each line of what a reader should know: where what they wrote was kept aside."""


def _to_nobody(_line: str) -> None:
    pass


class Tree:
    """The folder `root`: linux/ (a kernel tree), lkm/, loader/, config/, and state/, which is the laboratory's own.

    Without an origin it is only to be looked at: nothing is written. Raises LabError where it can't be unpacked.
    """

    def __init__(self, root: Path, origin: source.Source | None, recipe: Recipe, progress: Progress = silent,
                 say: Say = _to_nobody):  # fmt: skip
        self.root, self.origin, self.recipe, self.say = root, origin, recipe, say
        self._state = root / "state"
        self.closed = False
        self.committed: dict[str, str] = {}  # since the last jump: the messages of commits, by the book's
        if origin and not self._is_there:
            self._unpack(origin, progress)
        self._record = _Record(self._state / "record.json")
        if origin and self._record.damaged:
            self._begin_anew()

    def _unpack(self, origin: source.Source, progress: Progress) -> None:
        """Make a tree as it was shipped, and note what that is.

        A tree that is there without such a note may hold any edit: it is kept aside, with nothing derived from it.
        """
        linux = self.root / "linux"
        if linux.exists():
            aside = linux.rename(self._new_aside() / "linux")
            self.say(f"Kept aside in {aside}: a kernel tree of which it is not known what was changed in it.")
        for stale in (self._state, self.root / "build"):
            shutil.rmtree(stale, ignore_errors=True)
        source.unpack(origin, linux, progress)
        self._state.mkdir()
        # Quicker to read here than in the tarball.
        self._keep_originals({path: self.read(path) for path in self.recipe.paths if path.startswith(KERNEL)})
        state.save(self._shipped, "\n".join(_paths(linux)))

    def _begin_anew(self) -> None:
        """Find out the step from the files, where the record of it can't be read."""
        fits = (step.number for step in reversed(self.recipe.steps) if not self.changes(step.number))
        step = next(fits, 0)
        self._record.written = {path: _digest(text) for path, text in self.step_files(step).items()}
        self._record.jumped(step)
        self.say(f"The record of this tree ({self._record.path}) can't be read. By its files it is at step {step:02}.")

    @property
    def _shipped(self) -> Path:
        """A list of the files that were unpacked, the last thing that is written then; its own time says when."""
        return self._state / "shipped"

    # Whether it is there -----------------------------------------------------------------------

    @property
    def _is_there(self) -> bool:
        return self._shipped.exists() and (self.root / "linux").is_dir()

    def require(self) -> None:
        """Raises LabError where the tree was closed, or is not there any more."""
        if self.closed:
            raise LabError(
                "This laboratory is closed: by lab.close(), or because the first cell was run again.",
                "Run the notebook's first cell again, and see what it says.",
            )
        if not self._is_there:
            raise LabError(
                f"The kernel tree is gone: {self.root / 'linux'}, or what is known of it.",
                "Run the notebook's first cell again, or the command: that makes a new one.",
            )

    def lost(self) -> list[str]:
        """Files of the kernel tree that were unpacked and are gone, though no cell looks after them."""
        missing = self._listed().difference(_paths(self.root / "linux"))
        return sorted(path for path in missing if KERNEL + path not in self.managed)

    def restore(self, progress: Progress = silent) -> list[str]:
        """Bring lost files back, from the source, as they were shipped. Returns them. Raises LabError."""
        again, back = self._state / "again", []
        if not (lost := self.lost()) or not self.origin:
            return []
        try:
            source.unpack(self.origin, again, progress)
            time = self._shipped.stat().st_mtime  # when it was unpacked: nothing is to be built anew for them
            for path in lost:
                if (again / path).exists() or (again / path).is_symlink():  # the list may end in half a name
                    os.utime(again / path, (time, time), follow_symlinks=False)
                    (self.root / KERNEL / path).parent.mkdir(parents=True, exist_ok=True)
                    (again / path).replace(self.root / KERNEL / path)
                    back.append(path)
        finally:
            shutil.rmtree(again, ignore_errors=True)
        return back

    def _listed(self) -> set[str]:
        listed = self._shipped.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
        return set(listed) - {""}

    # What is there ---------------------------------------------------------------------------

    def read(self, path: str) -> str | None:
        return text_of(self.root / path)

    def originals(self, paths: Iterable[str]) -> dict[str, str | None]:
        """The files as they were shipped; the reader may have changed the tree's, so these come from the source."""
        paths = list(paths)
        missing = [path for path in paths if path.startswith(KERNEL) and path not in self._originals]
        if missing and self.origin:
            shipped = source.originals(self.origin, [path.removeprefix(KERNEL) for path in missing])
            self._keep_originals({KERNEL + path: decoded(data) for path, data in shipped.items()})
        return {path: self._originals.get(path) for path in paths}

    @cached_property
    def _originals(self) -> dict[str, str | None]:
        return state.load(self._state / "originals.json") or {}

    def _keep_originals(self, files: dict[str, str | None]) -> None:
        self._originals.update(files)
        state.save(self._state / "originals.json", json.dumps(self._originals))

    @property
    def managed(self) -> set[str]:
        """Every file that a cell changes or has changed, the reader's own cells too."""
        return self.recipe.paths | set(self._record.written)

    def step_files(self, step: int) -> dict[str, str | None]:
        """Every file the laboratory looks after, as it is when `step` is done. Raises LabError where none is."""
        if step:
            self.recipe.step(step)
        return self.originals(self.managed) | self.recipe.files(self.originals(self.recipe.paths), step)

    @property
    def step(self) -> int:
        """The step that was last gone to; edits may have been made since."""
        return self._record.step

    def changes(self, step: int) -> str:
        """What differs from `step` to the tree as it is, as a unified diff to read; empty where they are equal."""
        return "".join(
            _difference(path, wanted, found)
            for path, wanted in sorted(self.step_files(step).items())
            if (found := self.read(path)) != wanted
        )

    def changes_by_no_cell(self) -> str:
        """What differs from the kernel as shipped in the files that no cell changes, as changes() says it."""
        return "".join(
            f"{path}: changed, but by no cell.\n{_difference(path, text, self.read(path))}"
            for path, text in self._before_foreign_edits().items()
            if self._differs(path, text)
        )

    def patch(self) -> str:
        """What was changed since the step, by cells and by hand, as a diff that a `%%patch` cell takes.

        What such a cell can't do is said in lines before the diff, which the cell passes over.
        """
        wanted = self.step_files(self.step) | self._before_foreign_edits()
        changed = [(path, text, self.read(path)) for path, text in sorted(wanted.items()) if self._differs(path, text)]
        parts = [(path, _as_cell(path, old, new)) for path, old, new in changed]
        others = "".join(
            f"{_seen(path)}: {self._beyond(path)}, which a cell can't do.\n" for path, part in parts if not part
        )
        return others + "".join(part for _, part in parts)

    def _beyond(self, path: str) -> str:
        """What was done to a file that is more than other lines."""
        text = self.read(path)
        if (self.root / path).is_symlink():
            return "it was made a symbolic link"
        return "it was removed" if text is None else _unseen(text) or "it has characters that a cell does not keep"

    def _differs(self, path: str, text: str | None) -> bool:
        """Whether a file has another text. A link to a folder, or to nothing, has none, and is there all the same."""
        return self.read(path) != text or (text is None and (self.root / path).is_symlink())

    def foreign_edits(self) -> list[str]:
        """Files of the kernel tree that were changed, made or removed since it was unpacked, but by no cell.

        Hidden ones that are new, as an editor and git have them, are not sources.
        """
        there, listed, unpacked = _walk(self.root / "linux"), self._listed(), self._shipped.stat().st_mtime
        seen = (path for path in there if path in listed or "/." not in f"/{path}")
        newer = {path for path in seen if there[path] > unpacked}
        if len(newer) > BY_HAND:
            newer = set()  # the tree was copied without its times, so they say nothing
        gone = [KERNEL + path for path in listed - set(there)]
        # The list may have been cut short, in the middle of a name, too.
        removed = {path.removeprefix(KERNEL) for path, text in self.originals(gone).items() if text is not None}
        return sorted(path for path in newer | removed if KERNEL + path not in self.managed)

    def _before_foreign_edits(self) -> dict[str, str | None]:
        """Their texts as shipped. Links that were shipped have none, and stay."""
        shipped, listed = self.originals([KERNEL + path for path in self.foreign_edits()]), self._listed()
        return {path: text for path, text in shipped.items() if text is not None or _seen(path) not in listed}

    def edited(self) -> list[str]:
        """The files that cells and the reader wrote, as seen from the kernel tree or from what is beside it."""
        return self.by_cells() + self.foreign_edits()

    def by_cells(self) -> list[str]:
        """The files that cells wrote, named in the same way."""
        return [path.removeprefix(KERNEL) for path in self.managed]

    # Changing it -----------------------------------------------------------------------------

    def jump(self, step: int) -> list[str]:
        """Make the tree what it is when `step` is done (0: the kernel as shipped). Returns the paths it wrote.

        Files that no cell changes are restored, too.
        """
        step = self.recipe.step(step).number if step != 0 else 0  # for JSON: the argument may only be equal to it
        written = self._write(self._before_foreign_edits() | self.step_files(step), by_book=True)
        self._record.jumped(step)
        self.committed.clear()
        return written

    def rewind(self, files: Mapping[str, str | None]) -> list[str]:
        """Let the kernel tree have these files of the book's, which belong to no step. Returns the paths it wrote."""
        written = self._write(files, by_book=True)
        self._record.jumped(self.step)
        return written

    def reset(self) -> list[str]:
        """Back to where the last jump led."""
        return self.jump(self.step)

    def edit(self, cell: Cell) -> dict[str, str]:
        """Do what the cell says. Returns the files it changed; empty where all was there already.

        Raises PatchError where a hunk does not fit; nothing is changed then.
        """
        before = {path: self.read(path) for path in cell.paths}
        try:
            after = cell.apply(before)
        except PatchError as problem:
            whose = f"This cell is for Linux {cell.linux}. " if cell.linux else ""
            raise PatchError(whose + problem.cause, self._undo_first(cell, before) or problem.remedy) from None
        by_book = self.recipe.knows(cell) and all(self._is_books(path) for path in after)
        self._write(after, by_book, overwrite=cell.kind == "patch")
        if after:
            self._record.edited({path: before[path] for path in after}, by_book)
        return after

    def _undo_first(self, cell: Cell, files: diff.Files) -> str:
        """What to do where a cell fits as the files were some edits ago: it may be an edited cell that is run again."""
        earlier = dict(files)
        for count, (before, _) in enumerate(reversed(self._record.edits), 1):
            earlier |= {path: text for path, text in before.items() if path in earlier}
            with suppress(PatchError):
                if cell.apply(earlier):
                    times, edits = ("", "edit") if count == 1 else (f", {count} times", f"{count} edits")
                    return f"It fits the files as they were before the last {edits}: lab.undo(){times}, then this cell."
        return ""

    def undo(self) -> list[str]:
        """Take the last edit back. Returns the paths; raises LabError where there is none since the last jump."""
        before, by_book = self._record.last_edit()
        self._write(before, by_book)
        self._record.undone()
        return sorted(before)  # all of them: the reader may have taken some back by hand

    def _write(self, files: Mapping[str, str | None], by_book: bool, overwrite: bool = False) -> list[str]:
        changed = [path for path, text in sorted(files.items()) if self._differs(path, text)]
        for path in changed:
            _refuse_place(self.root, path)
        if not overwrite:
            self._keep_aside([path for path in changed if not self._is_books(path)])
        for path in changed:
            put(self.root / path, files[path])
        self._record.written |= {path: _digest(text) if by_book else OWN for path, text in files.items()}
        self._record.save()
        return changed

    def _is_books(self, path: str) -> bool:
        """Whether the file is as the book made it, or as it was shipped: then overwriting it loses nothing."""
        if (self.root / path).is_symlink():  # neither makes one
            return False
        text = self.read(path)
        if text is None or _digest(text) == self._record.written.get(path):
            return True
        return path.startswith(KERNEL) and text == self.originals([path])[path]

    def _keep_aside(self, paths: list[str]) -> None:
        if not paths:
            return
        aside = self._new_aside()
        for path in paths:
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.root / path, aside / path, follow_symlinks=False)
        self.say(f"Kept aside in {aside}, as you had changed them:")
        for path in paths:
            self.say(f"    {path}")

    def _new_aside(self) -> Path:
        aside = self.root / "kept" / datetime.now().strftime("%Y-%m-%d-%H%M%S.%f")
        aside.mkdir(parents=True)
        return aside


class _Record:
    """What the laboratory remembers of the tree: the step, the edits since, and what it wrote itself."""

    def __init__(self, path: Path):
        self.path = path
        data = state.load(path) or {}
        self.damaged = path.exists() and not _is_record(data)
        if self.damaged:
            data = {}
        self.step: int = data.get("step", 0)
        self.written: dict[str, str] = data.get("written", {})
        self.edits: list[tuple[Files, bool]] = data.get("edits", [])

    def save(self) -> None:
        state.save(self.path, json.dumps({"step": self.step, "written": self.written, "edits": self.edits}))

    def jumped(self, step: int) -> None:
        self.step, self.edits = step, []
        self.save()

    def edited(self, before: Files, by_book: bool) -> None:
        self.edits.append((before, by_book))
        self.save()

    def last_edit(self) -> tuple[Files, bool]:
        if not self.edits:
            raise LabError(
                "There is no edit to undo since the start of this step.",
                "A jump goes to another step: lab.jump(N), or python -m kernel_lab jump N in a terminal.",
            )
        before, by_book = self.edits[-1]
        return before, by_book

    def undone(self) -> None:
        self.edits.pop()
        self.save()


def _is_record(data: dict[str, Any]) -> bool:
    """Whether each part is of its type: an editor, or another version of the laboratory, may have written the file."""
    step, written, edits = (data.get(name) for name in ("step", "written", "edits"))
    return (
        type(step) is int
        and isinstance(written, dict)
        and all(isinstance(digest, str) for digest in written.values())
        and isinstance(edits, list)
        and all(_is_edit(edit) for edit in edits)
    )


def _is_edit(edit: object) -> bool:
    match edit:
        case [dict() as before, bool()]:
            return all(isinstance(text, str | None) for text in before.values())
    return False


def decoded(data: bytes | None) -> str | None:
    return None if data is None else data.decode(errors="surrogateescape")


def text_of(file: Path) -> str | None:
    """What is in a file, with the ends of lines that it has; None where there is none."""
    return decoded(file.read_bytes()) if os.path.isfile(file) else None  # noqa: PTH113 # is_file() fails at long names


def _digest(text: str | None) -> str:
    return "absent" if text is None else hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _refuse_place(root: Path, path: str) -> None:
    """Raise LabError where no file can be: a folder is there, or something else where a folder would have to be."""
    sizes = [len(os.fsencode(part)) for part in path.split("/")]
    if max(sizes) > LONGEST_NAME or len(os.fsencode(root / path)) > LONGEST_PATH:  # it can't even be looked for
        raise LabError(f"{path} can't be written: its name is too long.", "Name a shorter path.")
    taken = next((above for above in (root / path).parents if os.path.lexists(above) and not above.is_dir()), None)
    if taken or ((root / path).is_dir() and not (root / path).is_symlink()):
        why = f"{taken.relative_to(root)} is not a folder" if taken else "there is a folder of this name"
        raise LabError(f"{path} can't be written: {why}.", f"Move {taken or root / path} away.")


def put(path: Path, text: str | None) -> None:
    """Let this be in a file; None: let there be none."""
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        state.save(path, text)


def unified_diff(path: str, old: str | None, new: str | None) -> str:
    # Not splitlines(), which splits at form feeds too, and some of the kernel's files have them.
    before, after = (
        [f"{line}\n" for line in text.removesuffix("\n").split("\n")] if text else [] for text in (old, new)
    )
    return "".join(
        difflib.unified_diff(
            before,
            after,
            diff.NO_FILE if old is None else f"a/{path}",
            diff.NO_FILE if new is None else f"b/{path}",
        )
    )


def _difference(path: str, old: str | None, new: str | None) -> str:
    """A diff to read. What nobody would see in it is said in words."""
    if new is None or not (unseen := _unseen(new)):
        return unified_diff(path, old, new)
    plain = (text and text.replace("\r\n", "\n") for text in (old, new))
    return f"{path}: {unseen}.\n{unified_diff(path, *plain)}"


def _unseen(text: str) -> str:
    """What a diff does not show of a text; empty for one as the kernel's are."""
    if "\r\n" in text:
        return "its lines end in CR LF, as on Windows, not in a plain newline"
    if not text:
        return "it is empty"
    return "" if text.endswith("\n") else "it does not end in a newline"


def _as_cell(path: str, old: str | None, new: str | None) -> str:
    """The diff, tried in a cell; empty where the cell would not give the file this text."""
    text = unified_diff(_seen(path), old, new)
    with suppress(PatchError):
        if new is not None and Cell.parse("patch", "", text).apply({path: old}) == {path: new}:
            return text
    return ""


def _seen(path: str) -> str:
    """As a patch names a file: seen from the kernel tree, or from what is beside it."""
    return path.removeprefix(KERNEL)


def shortened(difference: str) -> str:
    """The first lines of what changes() says, and how many more there are: a notebook keeps all that it shows."""
    if len(difference) <= SHOWN:
        return difference
    head = difference[:SHOWN].rpartition("\n")[0] or difference[:SHOWN]
    return f"{head}\n… and {difference.count(chr(10), len(head) + 1)} more lines.\n"


def _paths(folder: Path) -> Iterator[str]:
    """Every file below a folder, by its path from there; a link to a folder is one, too."""
    above = len(str(folder)) + 1
    for where, folders, names in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        yield from (f"{where}/{name}"[above:] for name in names + links)


def _walk(folder: Path) -> dict[str, float]:
    """The time of the last change of every file below a folder, by its path from there."""
    return {path: os.lstat(f"{folder}/{path}").st_mtime for path in _paths(folder)}
