# SPDX-License-Identifier: GPL-2.0-only
"""Shell commands as a terminal takes them, one after the other, and shows them.

Where a command ends, a shell knows best: the guest's own busybox, run here, reads it without running it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from kernel_lab.base.errors import LabError
from kernel_lab.base.process import run

# What busybox says of a command that goes on in the next line.
UNFINISHED = re.compile(r"syntax error: (unexpected end of file|unterminated|missing '[)}]|EOF in)")

# What comes between the commands leaves the shell as they left it: $? is theirs, and each variable.
BETWEEN = r"""exec 2>&1
_told() { [ "$1" -eq 0 ] || echo "[exit status $1]"; }
_type() { _told "$1"; printf '%s\n' "$2"; return "$1"; }"""


def script(busybox: Path, commands: str, prompt: str = "#") -> str:
    """A script that runs each command and shows it first, as a terminal does; a failure's status is shown too.

    Raises LabError where a quote, a loop or a here-document is not closed; nothing is to be run then.
    """
    run_each = (_shown_and_run(prompt, *found) for found in _split(busybox, commands))
    return "\n".join([BETWEEN, *run_each, '_told "$?"'])


def _split(busybox: Path, commands: str) -> Iterator[tuple[str, bool]]:
    """The commands, and whether the shell can read each of them."""
    if "\0" in commands:
        raise LabError("This has a NUL character, which no shell takes.", "Take it out.")
    lines = commands.strip("\n").rstrip().split("\n") if commands.strip() else []
    taken: list[str] = []
    for number, line in enumerate(lines, 1):
        taken.append(line)
        command = "\n".join(taken)
        complaint = _complaint(busybox, command)
        # A here-document that is open takes this bracket in; otherwise it is one too many.
        open_document = not complaint and not _complaint(busybox, command + "\n)\n")
        last = number == len(lines)
        if last and (open_document or UNFINISHED.search(complaint)):
            raise _unfinished(number - len(taken) + 1, taken[0], complaint)
        if last or not (open_document or UNFINISHED.search(complaint) or _goes_on(line)):
            yield command, not complaint
            taken = []


def _complaint(busybox: Path, command: str) -> str:
    done = run(busybox, "sh", "-n", stdin=command.encode(errors="surrogateescape"))
    return done.stderr.decode(errors="replace").strip() if done.returncode else ""


def _goes_on(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _unfinished(number: int, line: str, complaint: str) -> LabError:
    what = complaint.rpartition("syntax error: ")[2] or "a here-document without its last line"
    return LabError(
        f"The command of line {number} is not finished ({what}), so nothing was run:\n    {line}",
        "Close what is open there: a quote, a bracket, a loop, a here-document.",
    )


def _shown_and_run(prompt: str, command: str, readable: bool) -> str:
    typed = _quoted(f"{prompt} " + command.replace("\n", "\n> "))
    # What can't be read would end the whole script, where a terminal goes on.
    call = "eval" if readable else "sh -c"
    return f'_type "$?" {typed}\n{call} {_quoted(command)}'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
