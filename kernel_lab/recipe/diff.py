# SPDX-License-Identifier: GPL-2.0-only
"""Unified diffs, applied strictly: every context line must be there, or the hunk is refused and explained.

`patch -F0` and `git apply` are as strict, but neither says *which line* of a hunk
differs from the file, and that is what somebody who typed the hunk needs to know.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from kernel_lab.base.errors import LabError

HUNK_HEADER = re.compile(r"@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")

MORE_THAN_LINES = re.compile("(rename|copy) (from|to) |(old|new|deleted file) mode ")  # as git says it

NO_FILE = "/dev/null"  # what a diff that makes a file names in place of the old one

Files = Mapping[str, str | None]
"""Contents by path; None where there is no such file."""


class PatchError(LabError):
    """A patch that can't be read, or a hunk that does not fit its file."""


@dataclass
class Hunk:
    """One place of a change: `lines` are (mark, text) with mark ' ', '-' or '+'."""

    start: int
    title: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def old(self) -> list[str]:
        return [text for mark, text in self.lines if mark != "+"]

    @property
    def new(self) -> list[str]:
        return [text for mark, text in self.lines if mark != "-"]

    def __str__(self) -> str:
        return "\n".join([self.title, *(mark + text for mark, text in self.lines)])


@dataclass
class FilePatch:
    path: str
    creates: bool
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def added(self) -> int:
        return sum(mark == "+" for hunk in self.hunks for mark, _ in hunk.lines)

    @property
    def removed(self) -> int:
        return sum(mark == "-" for hunk in self.hunks for mark, _ in hunk.lines)


def unseen(text: str) -> str:
    """The names of characters in a text that nobody can see, or tell from a blank; empty where there are none."""
    found = sorted({char for char in text if not char.isprintable() and char not in "\t\r\n"})
    return ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in found)


def parse(diff: str) -> list[FilePatch]:
    """Read a unified diff made with `a/` and `b/` prefixes.

    The line counts in `@@` are not looked at, so that a line may be added to a hunk by hand.

    Raises PatchError where a line is no part of a diff, a hunk changes nothing, or a path leads out of the tree.
    """
    patches: list[FilePatch] = []
    source = ""
    hunk: Hunk | None = None
    lines = diff.strip("\n").split("\n")
    for number, line in enumerate(lines, 1):
        following = lines[number] if number < len(lines) else ""
        if line.startswith("--- ") and following.startswith("+++ "):
            _drop_separators(hunk)
            source, hunk = _path(line, "a/"), None
        elif line.startswith("+++ ") and source:
            patches.append(FilePatch(_path(line, "b/"), source == NO_FILE))
            source = ""
        elif line.startswith("diff "):
            _drop_separators(hunk)
            hunk = None
        elif hunk is None and MORE_THAN_LINES.match(line):
            raise _more_than_lines(line)
        elif header := HUNK_HEADER.match(line):
            if not patches:
                raise PatchError(f"Line {number} begins a hunk, but no '--- a/…' and '+++ b/…' lines name its file.")
            hunk = Hunk(int(header[1]), line)
            patches[-1].hunks.append(hunk)
        elif hunk is not None and (not line or line[0] in " -+"):
            # An editor that strips trailing blanks turns an empty context line (one blank) into nothing.
            hunk.lines.append((line[:1] or " ", line[1:]))
        elif hunk is not None and not line.startswith("\\"):
            where = f"It begins with {char}, not with a blank. " if (char := unseen(line[:1])) else ""
            raise PatchError(
                f"Line {number} of the patch is neither context nor change:\n    {line}",
                f"{where}Inside a hunk every line begins with a blank (context), '-' (goes) or '+' (comes).",
            )
    _refuse_nothing(patches)
    return patches


def apply(files: Files, patches: list[FilePatch]) -> dict[str, str]:
    """The files that a diff changes, changed. Empty where all of it is there already.

    Every file ends with a newline, as every file of the kernel does.

    Raises PatchError, with the hunk and the file's lines at that place, where a hunk does not fit;
    then nothing is to be written, as no file is changed here.
    """
    there = [_is_applied(files.get(patch.path), patch) for patch in patches]
    if all(there):
        return {}
    changed: dict[str, str] = {}
    for patch in patches:
        text = changed.get(patch.path, files.get(patch.path))
        changed[patch.path] = _apply_file(text, patch, partly=any(there))
    return changed


def _path(header: str, prefix: str) -> str:
    """The path that a '--- ' or '+++ ' line names."""
    path = header[4:].split("\t")[0].strip().removeprefix(prefix)
    if (path, prefix) == (NO_FILE, "b/"):
        raise _more_than_lines(header)
    inside = path.isprintable() and path and not path.startswith("/") and ".." not in path.split("/")
    if not inside and (path, prefix) != (NO_FILE, "a/"):
        raise PatchError(
            f"This line names no file of the kernel tree:\n    {header}",
            f"It has {char}: type it anew."
            if (char := unseen(header))
            else f"Write '{header[:4]}{prefix}' and a path inside the tree.",
        )
    return path


def _more_than_lines(line: str) -> PatchError:
    return PatchError(
        f"A patch here changes the lines of files. This asks for more:\n    {line}",
        "Take that part out. A file can be deleted, renamed, or given another mode by hand.",
    )


def _refuse_nothing(patches: list[FilePatch]) -> None:
    """Raise PatchError where a file has no hunk, or a hunk no change: somebody has forgotten it."""
    if not patches or not all(patch.hunks for patch in patches):
        where = next((f" for {patch.path}" for patch in patches if not patch.hunks), "")
        raise PatchError(
            f"There is no hunk{where} in this patch.",
            "A unified diff is '--- a/FILE', '+++ b/FILE', '@@ -LINE,COUNT +LINE,COUNT @@', then the lines.",
        )
    for patch in patches:
        for hunk in patch.hunks:
            if all(mark == " " for mark, _ in hunk.lines):
                raise PatchError(
                    f"{patch.path}: this hunk changes nothing:\n{hunk}",
                    "A line that is to go begins with '-', and one that is to come with '+'.",
                )


def _drop_separators(hunk: Hunk | None) -> None:
    """Empty lines before the next file's header part the two for the eye; they are no context."""
    while hunk and hunk.lines and hunk.lines[-1] == (" ", ""):
        hunk.lines.pop()


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _positions(lines: list[str], wanted: list[str], begin: int = 0) -> list[int]:
    size = len(wanted)
    return [at for at in range(begin, len(lines) - size + 1) if lines[at : at + size] == wanted]


def _is_applied(text: str | None, patch: FilePatch) -> bool:
    if text is None:
        return False
    lines = _lines(text)
    return all(_positions(lines, hunk.new) and (patch.added or not _positions(lines, hunk.old)) for hunk in patch.hunks)


def _apply_file(text: str | None, patch: FilePatch, partly: bool) -> str:
    """`partly`: another file of the same diff has its changes already, which the remedy then says."""
    if patch.creates:
        if text is not None:
            raise PatchError(
                f"{patch.path} is there already, with other contents than this patch would give it.",
                "Go back to the start of this step with lab.reset(), then run the cell again.",
            )
        return "".join(f"{line}\n" for hunk in patch.hunks for line in hunk.new)
    if text is None:
        raise PatchError(
            f"There is no file {patch.path}.",
            "Look at the path after '+++ b/'; or an earlier cell, which makes the file, did not run yet.",
        )
    old, new, cursor, drift = _lines(text), [], 0, 0
    for number, hunk in enumerate(patch.hunks, 1):
        # A hunk that only inserts, without context, names the line after which it goes.
        expected = hunk.start - bool(hunk.old) + drift
        places = _places(old, hunk, cursor)
        if not places:
            raise _misfit(old, patch, number, expected, partly)
        at = min(places, key=lambda place: (abs(place - expected), -place))
        new += old[cursor:at] + hunk.new
        cursor, drift = at + len(hunk.old), at - expected + drift
    return "".join(f"{line}\n" for line in new + old[cursor:])


def _places(lines: list[str], hunk: Hunk, begin: int) -> list[int]:
    """Where the hunk fits. One that ends in a change, after context, belongs to the end of the file."""
    marks = [mark for mark, _ in hunk.lines]
    at_end = marks[0] == " " and marks[-1] != " "
    last = len(lines) - len(hunk.old)
    return [at for at in _positions(lines, hunk.old, begin) if not at_end or at == last]


def _misfit(lines: list[str], patch: FilePatch, number: int, expected: int, partly: bool) -> PatchError:
    """Explain where the hunk comes closest to fitting, and on which lines it does not."""
    hunk = patch.hunks[number - 1]
    if almost := _almost(lines, hunk.old):
        return _blanks_differ(lines, patch, number, min(almost, key=lambda place: abs(place - expected)))
    places = range(max(0, len(lines) - len(hunk.old) + 1)) or [0]
    at = max(places, key=lambda place: (_matches(lines, hunk.old, place), -abs(place - expected)))
    wrong = [i for i, text in enumerate(hunk.old) if lines[at + i : at + i + 1] != [text]]
    head = f"{patch.path}: hunk {number} of {len(patch.hunks)} does not fit, so nothing was changed."
    if _matches(lines, hunk.old, at) == 0:
        where = "None of its context lines is in the file. Its lines at that place are:"
        at = max(0, min(expected, len(lines) - 1))
    elif not wrong:
        where = f"Its lines are at line {at + 1}, but it ends in a change, and so belongs to the end of the file."
    else:
        where = f"It comes closest at line {at + 1}, where {len(wrong)} of its {len(hunk.old)} lines differ (marked >):"
    shown = "\n".join(
        f"{'>' if i in wrong else ' '} {at + i + 1:5} {lines[at + i] if at + i < len(lines) else '(end of file)'}"
        for i in range(len(hunk.old))
    )
    others = [other for other in patch.hunks if other is not hunk]
    if partly or any(_positions(lines, other.new) for other in others) or (others and _positions(lines, hunk.new)):
        remedy = (
            "Some of this is there already, but the others are not: lab.reset() goes back to the start of this step."
        )
    else:
        remedy = (
            "Make the hunk's context lines equal to the file's, blanks and tabs too; "
            "or, if earlier edits are in the way, go back to the start of this step with lab.reset()."
        )
    return PatchError(f"{head}\n\nThe hunk:\n{hunk}\n\n{where}\n{shown}", remedy)


def _almost(lines: list[str], wanted: list[str]) -> list[int]:
    """Where lines would be if nothing counted that nobody sees; nowhere if they are there as they are."""
    there, loose = ([_loose(line) for line in some] for some in (lines, wanted))
    return [] if _positions(lines, wanted) or not any(loose) else _positions(there, loose)


def _loose(line: str) -> str:
    """Without differences in blanks, tabs, ends of lines, and other characters that nobody can see."""
    return " ".join("".join(char for char in line if unicodedata.category(char) != "Cf").split())


def _blanks_differ(lines: list[str], patch: FilePatch, number: int, at: int) -> PatchError:
    """Explain a hunk that would fit if nothing counted that nobody sees."""
    hunk = patch.hunks[number - 1]
    pairs = [(at + i, wanted) for i, wanted in enumerate(hunk.old) if lines[at + i] != wanted]
    returns = all(wanted.rstrip("\r") == lines[i].rstrip("\r") for i, wanted in pairs)
    what = "the ends of lines: one has carriage returns (CR LF), as on Windows" if returns else "blanks and tabs"
    if chars := unseen("".join(wanted + lines[i] for i, wanted in pairs)):
        what = f"characters that nobody can see ({chars})"
    shown = "\n".join(f"    line {i + 1}: {lines[i]!r}\n    the hunk: {wanted!r}" for i, wanted in pairs[:3])
    return PatchError(
        f"{patch.path}: hunk {number} of {len(patch.hunks)} does not fit, so nothing was changed. It differs from the "
        f"file only in {what}, on {len(pairs)} of {len(hunk.old)} lines, the first of them line {pairs[0][0] + 1}:\n"
        f"{shown}",
        "The kernel indents with tabs, and its lines end in a plain newline. What is copied from a terminal or a page "
        "may have blanks in the place of tabs: copy from a file, or type the tabs.",
    )


def _matches(lines: list[str], wanted: list[str], at: int) -> int:
    # Blank lines and lone braces match everywhere, and say nothing about the place.
    return sum(a == b and len(b.strip()) > 1 for a, b in zip(lines[at:], wanted, strict=False))
