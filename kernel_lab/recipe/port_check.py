# SPDX-License-Identifier: GPL-2.0-only
"""Does the series fit another kernel? Which hunks do, as they are, with no line of their context missing.

A hunk that fits is not a hunk that is right: it may call a function that has other arguments there.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.recipe import diff
from kernel_lab.recipe.series import Commit
from kernel_lab.recipe.tree import decoded
from kernel_lab.sources import archive, kernels, source

SERIES = CHECKOUT / "kernel-src-patches" / kernels.FIRST.name
SUBJECT = 44  # so much of it is shown


@dataclass(frozen=True)
class Fit:
    """How a patch fits: the paths of its hunks that do, one for each, and of those that do not."""

    number: int
    subject: str
    fitting: tuple[str, ...]
    rest: tuple[str, ...]


@dataclass
class _Kernel:
    """The files as far as hunks fitted: what a patch adds, a later one changes."""

    files: dict[str, str | None] = field(default_factory=dict)

    def takes(self, patch: diff.FilePatch, hunk: diff.Hunk) -> bool:
        try:
            self.files |= diff.apply(self.files, [diff.FilePatch(patch.path, patch.creates, [hunk])])
        except diff.PatchError:
            return False
        return True


def saved(folder: Path | None = None) -> list[Commit]:
    """The series as it is in the repository. Raises LabError where there is none."""
    folder = folder or SERIES
    try:
        names = (folder / "series").read_text(encoding="utf-8").split()
        mails = [(folder / name).read_text(encoding="utf-8") for name in names]
    except OSError as error:
        raise LabError(
            f"The series could not be read: {error}.", "Make it anew: python -m kernel_lab tangle."
        ) from error
    return [Commit(number, _subject(mail), mail) for number, mail in enumerate(mails, 1)]


def paths(commits: Iterable[Commit]) -> list[str]:
    """The files that the series touches."""
    return sorted({patch.path for commit in commits for patch in diff.parse(commit.diff)})


def files(kernel: Path, wanted: list[str]) -> dict[str, str | None]:
    """These files of a kernel, a folder or a tarball of any version; None where it has none. Raises LabError."""
    if not kernel.exists():
        raise LabError(f"There is no kernel source {kernel}.", "KERNEL_LAB_SOURCE=PATH, a folder or a tarball.")
    with source.damage_explained(kernel):
        found = archive.read(kernel, ["Makefile", *wanted])
    if found["Makefile"] is None:
        raise LabError(f"{kernel} is not a kernel source: it has no Makefile.", "Name the folder of one, or a tarball.")
    return {path: decoded(found[path]) for path in wanted}


def check(commits: Iterable[Commit], originals: diff.Files) -> list[Fit]:
    """How each patch fits a kernel that has these files, after all hunks of earlier ones that do."""
    kernel = _Kernel(dict(originals))
    return [_fit(commit, kernel) for commit in commits]


def table(fits: list[Fit]) -> str:
    """It, to be read: a line for each patch, and the sum."""
    lines = [f"{'patch':{SUBJECT + 4}}  hunks  fit  the others are in"]
    for fit in fits:
        others = ", ".join(f"{path} {count}" for path, count in Counter(fit.rest).items())
        numbers = f"{len(fit.fitting) + len(fit.rest):5}  {len(fit.fitting):3}"
        lines.append(f"{fit.number:4} {fit.subject[: SUBJECT - 1]:{SUBJECT - 1}}  {numbers}  {others}".rstrip())
    fitting, rest = (
        sum(len(paths) for paths in some) for some in zip(*((f.fitting, f.rest) for f in fits), strict=True)
    )
    whole = sum(not fit.rest for fit in fits)
    return "\n".join([*lines, f"{whole} of {len(fits)} patches fit, and {fitting} of {fitting + rest} hunks."])


def _fit(commit: Commit, kernel: _Kernel) -> Fit:
    hunks = [(patch.path, kernel.takes(patch, hunk)) for patch in diff.parse(commit.diff) for hunk in patch.hunks]
    fitting, rest = (tuple(path for path, fits in hunks if fits is wanted) for wanted in (True, False))
    return Fit(commit.number, commit.message.split("\n")[0], fitting, rest)


def _subject(mail: str) -> str:
    """As the mail's header has it, on one line."""
    head = mail.split("\n\n", 1)[0].replace("\n ", " ")
    line = next(line for line in head.split("\n") if line.startswith("Subject: "))
    return line.removeprefix("Subject: ").split("] ", 1)[-1]
