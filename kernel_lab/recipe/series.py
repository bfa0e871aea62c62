# SPDX-License-Identifier: GPL-2.0-only
"""Write what the notebooks' cells make: the patch series, the module, the loader (literate programming's tangle).

A commit is all edits of the kernel tree since the commit before it; its message is a `%%commit` cell.
"""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.base.process import output, run
from kernel_lab.recipe import diff
from kernel_lab.recipe.cells import BASELINE, KERNEL, Cell, Recipe
from kernel_lab.sources import kernels
from kernel_lab.sources.kernels import Linux

# Where each part of the sources goes in the repository.
PATCHES = "kernel-src-patches/"
PLACES = {"lkm/": "lkm/", "loader/": "loader/", "config/": PATCHES}

MADE = (".mod.c", ".skel.h", "vmlinux.h")  # by make, though they are C

SOURCES = (".c", ".h", ".sh", ".config", ".patch")

TIME = "1690027200 +0000"  # 22 July 2023, 12:00

ALIKE = 0.5  # so much alike are two messages when one is the other, edited

BASE = "As shipped\n\nSigned-off-by: The kernel <kernel@example.org>\n"

# As the kernel's .gitattributes says, so that hunks name functions. The first line takes the reader's own back.
ATTRIBUTES = "* !diff\n*.[ch] diff=cpp\n"

# Patches that `patch` takes, too, and that are the same whatever version of git makes them.
FORMAT = (
    "--zero-commit",
    "--no-signature",
    "--full-index",
    "--no-renames",
    "--always",
    "--numbered",
    "--numbered-files",
)

History = list[tuple[str, diff.Files]]
"""The message of each commit, and the sources as they are then."""


class BookCommit(NamedTuple):
    """A `%%commit` cell of the book, the step that it is in, and the sources as they are then."""

    step: int
    cell: Cell
    files: diff.Files


@dataclass(frozen=True)
class Commit:
    """One patch of the series: its message as in `git log` (subject, empty line, why), and the mail for `git am`."""

    number: int
    message: str
    mail: str

    @property
    def name(self) -> str:
        subject = self.message.split("\n")[0]
        return f"{self.number:04}-{re.sub(r'[^A-Za-z0-9.]+', '-', subject).strip('-')[:52]}.patch"

    @property
    def diff(self) -> str:
        return "".join(re.findall("^diff --git .*", self.mail, re.M | re.S))


def commits(recipe: Recipe, originals: diff.Files, last: int | None = None) -> list[Commit]:
    """The series, up to the step `last`, computed from the cells alone. Raises LabError where a cell does not fit."""
    shipped = {path: originals.get(path) for path in recipe.paths}
    return formatted(_history(shipped, of_book(recipe, shipped, last)))


def commit_in_tree(cell: Cell, recipe: Recipe, originals: diff.Files, read: Callable[[str], str | None], step: int,
                   made: dict[str, str]) -> Commit:  # fmt: skip
    """What a `%%commit` cell that is run now would commit: from the commit before it to the tree as it is.

    The message may be the reader's own: in which commit's place it stands, the tree says. `step` is the one after which
    the edits began; `made` has the messages that were given since to the book's commits, by the book's own message.
    """
    now = {path: read(path) for path in originals}
    before, place = _before(cell, recipe, originals, now, step, made)
    commit = formatted([*_history(originals, before), (cell.text, now)])[-1]
    if not commit.diff:
        raise LabError("There is nothing to commit: the tree has not changed since the commit before.", "Edit first.")
    if place:
        made[place.text] = cell.text
    return commit


def _before(cell: Cell, recipe: Recipe, originals: diff.Files, now: diff.Files, after: int,
            made: dict[str, str]) -> tuple[list[BookCommit], Cell | None]:  # fmt: skip
    """The book's commits before this one, and the one in whose place it stands, if there is one.

    That is the one with the same message. Otherwise it is that of this notebook where the tree is most like the one
    now, or the next one, where another message was given to that commit already.
    """
    messages = (known for step in recipe.steps for known in step.cells if known.kind == "commit")
    if same := next((known for known in messages if known.same_edit(cell)), None):
        return list(takewhile(lambda known: known.cell is not same, of_book(recipe, originals))), same
    known = list(of_book(recipe, originals, after + 1))
    here = [each for each in known if each.step > after]
    if not here:
        return known, None
    nearest = min(here, key=lambda each: (_distance(each.files, now), -_likeness(each.cell.text, cell.text)))
    place, text = known.index(nearest), nearest.cell.text
    other = text in made and max(_likeness(made[text], cell.text), _likeness(text, cell.text)) <= ALIKE
    if other and _distance(nearest.files, now):  # otherwise there is nothing for the next one
        place += 1
    return known[:place], known[place].cell if place < len(known) else None


def _likeness(message: str, other: str) -> float:
    """How much alike the subjects are, but for "bpf:" or the like, which all have."""
    one, two = (text.split("\n")[0].rpartition(": ")[2] for text in (message, other))
    return difflib.SequenceMatcher(None, one, two).ratio()


def _distance(some: diff.Files, others: diff.Files) -> int:
    """How many lines are in one and not in the other."""
    lines = [
        Counter((path, line) for path, text in files.items() for line in (text or "").split("\n"))
        for files in (some, {path: others.get(path) for path in some})
    ]
    return ((lines[0] - lines[1]) + (lines[1] - lines[0])).total()


def of_book(recipe: Recipe, originals: diff.Files, last: int | None = None) -> Iterator[BookCommit]:
    """The book's commits, up to the step `last`. Raises LabError where a cell does not fit."""
    files = dict(originals)
    for step in (step for step in recipe.steps if last is None or step.number <= last):
        for cell in (cell for cell in step.cells if not cell.trial):
            if cell.kind == "commit":
                yield BookCommit(step.number, cell, dict(files))
            else:
                files |= recipe.applied(cell, files)


def _history(originals: diff.Files, commits: Iterable[BookCommit]) -> History:
    """The sources as shipped, then at each of the commits."""
    return [(BASE, originals), *((commit.cell.text, commit.files) for commit in commits)]


def formatted(history: History) -> list[Commit]:
    """The patches that git makes of a history, in a repository that has nothing else. Raises LabError."""
    with TemporaryDirectory() as folder:
        git = ("git", "-C", folder)
        output(*git, "init", "--quiet", "--bare", "--template=", "--object-format=sha1")
        (Path(folder) / "info").mkdir()
        (Path(folder) / "info/attributes").write_text(ATTRIBUTES, encoding="utf-8")
        output(*git, "fast-import", "--quiet", stdin=stream(history).encode(errors="surrogateescape"))
        output(*git, "format-patch", *FORMAT, f"-{len(history) - 1}", "series")
        return [
            Commit(number, message, (Path(folder) / str(number)).read_bytes().decode(errors="surrogateescape"))
            for number, (message, _) in enumerate(history[1:], 1)
        ]


def stream(history: History) -> str:
    """A history for `git fast-import`. Raises LabError where a commit doesn't say who it is from."""
    return "".join(_as_commit(message, files) for message, files in history)


def _as_commit(message: str, files: diff.Files) -> str:
    """For `git fast-import`. Raises LabError where no Signed-off-by says who it is from."""
    author = re.search(r"^Signed-off-by: ([^<>\n]+ <[^<>\n]+>)$", message, re.M)
    if not author:
        unseen = diff.unseen("".join(re.findall("^Signed-off-by.*$", message, re.M)))
        remedy = f"Its line has {unseen}: type it anew." if unseen else "Add it as the last line."
        raise LabError("The commit message has no 'Signed-off-by: Name <address>' line.", remedy)
    head = f"commit refs/heads/series\ncommitter {author[1]} {TIME}\n{_data(message)}deleteall\n"
    return head + "".join(
        f"M 100644 inline {path.removeprefix(KERNEL)}\n{_data(text)}"
        for path, text in files.items()
        if path.startswith(KERNEL) and text is not None
    )


def _data(text: str) -> str:
    return f"data {len(text.encode(errors='surrogateescape'))}\n{text}\n"


def products(book: Recipe, originals: diff.Files, linux: Linux = kernels.FIRST) -> dict[str, str]:
    """Every file that is tangled for a kernel, by its path in the repository.

    That is its series; and what all kernels share, which the first one makes, because it has all chapters.
    """
    recipe = book.on(linux)
    series = commits(recipe, originals)
    folder = f"{PATCHES}{linux.name}"
    tangled = {f"{folder}/{commit.name}": commit.mail for commit in series}
    tangled[f"{folder}/series"] = "".join(f"{commit.name}\n" for commit in series)
    shared = recipe.files(originals, upto=99) if linux == kernels.FIRST else {}
    for path, text in shared.items():
        place = next((place for place in PLACES if path.startswith(place)), None)
        if place and text is not None:  # None: only an experiment writes it
            tangled[PLACES[place] + path.removeprefix(place)] = text
    return tangled | {BASELINE: book.baseline}


def stale(tangled: dict[str, str], repository: Path = CHECKOUT, linux: Linux = kernels.FIRST) -> list[str]:
    """The files tangled for a kernel that differ from the repository's, or are there though no cell makes them.

    Line numbers in hunks and digests of files are not compared: they depend on which release the patches were made for.
    """
    there = {str(path.relative_to(repository)) for path in _tangled_files(repository, linux)}
    return sorted(
        path
        for path in there | set(tangled)
        if path not in tangled
        or path not in there
        or _numberless(tangled[path]) != _numberless((repository / path).read_bytes().decode(errors="surrogateescape"))
    )


def write(tangled: dict[str, str], repository: Path = CHECKOUT, linux: Linux = kernels.FIRST) -> list[str]:
    """Make the repository's files equal to the tangled ones. Returns the paths written or removed."""
    changed = stale(tangled, repository, linux)
    for path in changed:
        target = repository / path
        if path in tangled:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(tangled[path], encoding="utf-8")
        else:
            target.unlink()
    return changed


def checkpatch(linux: Path, patch: str) -> str:
    """What the kernel's own style checker says of a patch: its complaints, or its summary line alone."""
    # FILE_PATH_CHANGES asks for a MAINTAINERS entry; kernel/bpf/ and include/linux/bpf* have theirs.
    argv = ["perl", "scripts/checkpatch.pl", "--no-tree", "--color=never", "--ignore", "FILE_PATH_CHANGES", "-"]
    # It reads a .checkpatch.conf in the home folder, which a kernel developer may have.
    done = run(*argv, stdin=patch.encode(errors="surrogateescape"), env={"HOME": str(linux)}, cwd=linux)
    said = done.stdout.decode(errors="replace")
    summary = re.search(r"^total: .*$", said, re.M)
    if summary and summary[0].startswith("total: 0 errors, 0 warnings"):
        return summary[0]
    return said.strip()


def _numberless(patch: str) -> str:
    return re.sub(r"^(@@ [-+0-9, ]+ @@.*|index [0-9a-f]+\.\.[0-9a-f]+)", "", patch, flags=re.M)


def _tangled_files(repository: Path, linux: Linux) -> Iterable[Path]:
    """What is there of a kernel's files, but for what a `make` in these folders leaves."""
    others = [repository / PATCHES / other.name for other in kernels.KERNELS if other != linux]
    if (repository / BASELINE).is_file():
        yield repository / BASELINE
    for folder in PLACES.values() if linux == kernels.FIRST else [f"{PATCHES}{linux.name}"]:
        for path in (repository / folder).rglob("*"):
            written = path.suffix in SOURCES or path.name in ("Makefile", "Kbuild", "series")
            ours = not any(map(path.is_relative_to, others))
            if path.is_file() and written and ours and not path.name.endswith(MADE):
                yield path
