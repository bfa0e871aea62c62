# SPDX-License-Identifier: GPL-2.0-only
"""An exercise, as what a guest must say where the answer is right; they are the .toml files beside this one."""

import doctest
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kernel_lab.base import given
from kernel_lab.base.errors import LabError

FOLDER = Path(__file__).parent
COMPARED = doctest.OutputChecker()
TYPED = re.compile(r"^# (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """A claim, and a transcript that proves it, as a `%%guest` cell prints it; "..." in it stands for anything.

    Each of the `hints` says more than the one before.
    """

    claim: str
    transcript: str
    hints: tuple[str, ...]

    @property
    def commands(self) -> str:
        """What is typed in the transcript, after the prompts."""
        return "\n".join(TYPED.findall(self.transcript))

    def holds(self, printed: str) -> bool:
        """Whether what a guest printed is the transcript."""
        return COMPARED.check_output(self.transcript, printed, doctest.ELLIPSIS)

    def difference(self, printed: str) -> str:
        """The transcript, and what a guest printed in its place."""
        return COMPARED.output_difference(doctest.Example("", self.transcript), printed, 0).rstrip("\n")


@dataclass(frozen=True)
class Exercise:
    """The `files` are what a guest must have: modules (NAME.ko), programs for the hook (NAME.o), and other programs.

    The commands `before` all checks make the guest ready, whatever was done in it; what they print does not count.
    `kernel` names the flavour that it needs, if not any will do. `anew` says that the answer is in the kernel itself.
    """

    checks: tuple[Check, ...]
    files: tuple[str, ...]
    before: str = ""
    kernel: str = ""
    anew: bool = False

    @classmethod
    def read(cls, path: Path) -> "Exercise":
        """What a file of this folder says."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        checks = tuple(Check(**check | {"hints": tuple(check["hints"])}) for check in table.pop("check"))
        return cls(checks, tuple(table.pop("files")), **table)

    def report(self, ask: Callable[[str], str], told: Counter[Check]) -> Iterator[str]:
        """Which claims are right and which are wrong, line by line; then more on the first that is wrong.

        `ask` runs commands in the guest, and returns their transcript. `told` is how many hints a reader has had: each
        report on the same check gives one more.
        """
        first = None
        for check in self.checks:
            printed = ask(check.commands) + "\n"
            right = check.holds(printed)
            yield f"{'right' if right else 'WRONG'}: {check.claim}"
            if not (right or first):
                first = (check, printed)
        if first:
            yield from _advice(*first, told)


def _advice(check: Check, printed: str, told: Counter[Check]) -> Iterator[str]:
    yield f'\nOn "{check.claim}":\n{check.difference(printed)}'
    told[check] += 1
    yield from (f"Hint {number}: {hint}" for number, hint in enumerate(check.hints[: told[check]], 1))
    if told[check] > len(check.hints):
        yield "There are no more hints. The solution is below the exercise."


def known() -> dict[tuple[int, int], Path]:
    """The files, by chapter and number of the exercise."""
    names = {path: path.stem.split("-") for path in sorted(FOLDER.glob("*-*.toml"))}
    return {(int(chapter), int(number)): path for path, (chapter, number) in names.items()}


def find(number: int | str, chapter: int | str | None) -> Exercise:
    """An exercise of a chapter. Raises LabError where no chapter is meant, or nothing checks the exercise."""
    if chapter is None:
        raise LabError(
            "This laboratory was not started for a chapter, so it is not clear whose exercise is meant.",
            f"Name the chapter, too: lab.exercise({number}, chapter=5).",
        )
    meant = (given.number(chapter), given.number(number))
    if path := next((path for which, path in known().items() if which == meant), None):
        return Exercise.read(path)
    checked = ", ".join(f"{of:02}.{which}" for of, which in known())
    raise LabError(
        f"Chapter {chapter} has no exercise {number} that can be checked.",
        f"Compare yours with the solution below it. Those that can be checked: {checked}.",
    )
