# SPDX-License-Identifier: GPL-2.0-only
"""Why a build failed: a full disk, too little memory, something that this machine lacks, or what a cell wrote.

A reader is told to correct a cell only where what failed names a file that a cell wrote.
"""

import re
from collections.abc import Iterable
from pathlib import Path, PurePath

from kernel_lab.base import disk
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import temporary

# How a linker calls itself: as it was called, or, since binutils 2.44 or so, by where it lies.
LINKER = re.compile(r"^\S*\bld(\.bfd)?: ")

LINES = 30  # as many are shown of what failed

# Kbuild's names of steps ("  CC      kernel/bpf/syscall.o"), and what make says though nothing failed.
CHATTER = re.compile(r"  [A-Z]+ |make(\[\d+\])?: (Entering|Leaving|Nothing|['`])")
MAKES_WORD = re.compile(r"make(\[\d+\])?: \*\*\* ")
RECIPE_FAILED = re.compile(r"make(\[\d+\])?: \*\*\* \[")
REFUSED = re.compile(r"\*\*\* (?!\[|Waiting|Deleting)")  # make could not even begin: a syntax error, no rule
DIAGNOSTIC = re.compile(r"\b(error|Error|ERROR|undefined reference|multiple definition|No rule to make target)\b")
INCLUDED = re.compile(r"([Ii]n function|In file included|^\s+from )")
SOURCE_LINE = re.compile(r"\s+\d* \| ")  # of the compiler's, below a diagnostic

MEMORY = re.compile(
    r"Killed signal|signal 9\b|\] (Killed|Error 137)$|^Killed$|memory exhausted|out of memory|bad_alloc"
    r"|[Cc]annot allocate memory",
    re.MULTILINE,
)
LACKING = re.compile(
    r"(?:^|: )(?P<command>[\w./+-]+): (?:command )?not found$"
    r"|^make(?:\[\d+\])?: (?P<made>[\w./+-]+): (?:No such file or directory|Permission denied)$"
    r"|cannot find (?P<library>-l[\w.+-]+)"
    r"|[Cc]ould not find compiler \"(?P<compiler>[^\"]+)\""
    r"|cannot execute .(?P<part>[\w./+-]+).:"
    r"|/env: .(?P<script>[\w./+-]+).: No such file"
    r"|error while loading shared libraries: (?P<shared>[\w.+-]+)"
    r"|fatal error: (?P<header>[\w./+-]+): No such file or directory",
    re.MULTILINE,
)


class CompileError(LabError):
    """The compiler or the linker refused. `cause` is what it said, with the source line."""


def explain(said: list[str], written: Iterable[str], out: Path, log: Path) -> CompileError | LabError:
    """The error for what a `make` said that failed.

    `written` are the files that cells and the reader wrote, as make names them; `out` is the folder it writes to.
    """
    folders = [out, temporary()]
    failed = _first_failure(said)
    text = "\n".join(line for line in failed if not SOURCE_LINE.match(line))
    if disk.SAYS_FULL.search(text) or disk.is_full(folders):
        return disk.full(folders, _line_with(disk.SAYS_FULL, failed))
    if MEMORY.search(text):
        return LabError(
            f"A compiler was stopped, most likely because memory ran out: {_line_with(MEMORY, failed)}",
            "Close other programs, or compile fewer files at once: set KERNEL_LAB_JOBS to 1. Then run this again; what "
            "was compiled stays.",
        )
    shown = _telling(failed)
    ours = any(_names(text, path) for path in written)
    if (lacks := LACKING.search(text)) and not (ours and lacks["header"]):
        name = next(filter(None, lacks.groups()))
        return LabError(
            f"This machine lacks {name}, which the build needs:\n{shown}",
            f"`make doctor` names what is missing, and its package. {log} is the whole log.",
        )
    if ours:
        return CompileError(shown, "Correct the cell and run it again. lab.log is the whole log.")
    return CompileError(
        shown,
        "No file that a cell wrote is named there, so there may be nothing to correct in a cell. `python -m kernel_lab "
        f"status` says what was changed since the step; {log} is the whole log.",
    )


def _first_failure(said: list[str]) -> list[str]:
    """What the first recipe that failed printed, and make's word on it.

    With --output-sync, the lines of one recipe are together, though others ran at the same time.
    """
    lines = [line.rstrip("\n") for line in said]
    end = next((i for i, line in enumerate(lines) if RECIPE_FAILED.match(line) or REFUSED.search(line)), None)
    if end is None:
        return lines[-LINES:]
    begin = end
    while begin and not CHATTER.match(lines[begin - 1]):
        begin -= 1
    return lines[begin : end + 1]


def _telling(failed: list[str]) -> str:
    """From the first error on, without make's own word; all of it where nothing looks like an error."""
    own = [LINKER.sub("ld: ", line) for line in failed if not MAKES_WORD.match(line)]
    first = next((i for i, line in enumerate(own) if DIAGNOSTIC.search(line) and not SOURCE_LINE.match(line)), 0)
    while first and INCLUDED.search(own[first - 1]):
        first -= 1
    return "\n".join(own[first : first + LINES]).strip("\n") or "\n".join(failed)


def _line_with(pattern: re.Pattern[str], lines: list[str]) -> str:
    return next((line.strip() for line in lines if pattern.search(line)), "")


def _names(text: str, path: str) -> bool:
    """Whether a text names this file, or what is compiled from it; a bare name (of a linker's) will do for C."""
    file = PurePath(path)
    endings = r"\.(c|o|ko|i|mod)\b" if file.suffix == ".c" else re.escape(file.suffix) + r"(?!\w)"
    whole = re.escape(str(file.with_suffix(""))) + endings
    bare = rf"(?<![\w/.-]){re.escape(file.stem)}{endings}"
    return bool(re.search(rf"(?<![\w-]){whole}", text) or (file.suffix in (".c", ".h") and re.search(bare, text)))
