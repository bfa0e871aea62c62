"""Write what the notebooks' cells make: the patch series, the module, the loader (literate programming's tangle).

A commit is all edits of the kernel tree since the commit before it; its message is a `%%commit` cell.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from kernel_lab import diff
from kernel_lab.cells import KERNEL, Cell, Recipe, apply_saved
from kernel_lab.errors import LabError
from kernel_lab.shell import output, run
from kernel_lab.tree import unified_diff

REPOSITORY = Path(__file__).resolve().parents[1]

# Where each part of the sources goes in the repository.
PLACES = {"lkm/": "lkm/", "loader/": "loader/", "config/": "kernel-src-patches/"}

SOURCES = (".c", ".h", ".sh", ".config", ".patch")

DATE = "Sat, 22 Jul 2023 12:00:00 +0000"


@dataclass(frozen=True)
class Commit:
    """One patch of the series, its message as in `git log` (subject, empty line, why)."""

    number: int
    message: str
    diff: str

    @property
    def name(self) -> str:
        subject = self.message.split("\n")[0]
        return f"{self.number:04}-{re.sub(r'[^A-Za-z0-9.]+', '-', subject).strip('-')[:52]}.patch"

    def mail(self, total: int) -> str:
        """The patch as `git am` takes it. Raises LabError where no Signed-off-by says who it is from."""
        author = re.search(r"^Signed-off-by: (.+)$", self.message, re.M)
        if not author:
            raise LabError(
                "The commit message has no 'Signed-off-by: Name <address>' line.", "Add it as the last line."
            )
        subject, _, body = self.message.strip().partition("\n\n")
        return (
            f"From {'0' * 40} Mon Sep 17 00:00:00 2001\nFrom: {author[1]}\nDate: {DATE}\n"
            f"Subject: [PATCH {self.number}/{total}] {subject}\n\n{body}\n---\n{_diffstat(self.diff)}\n{self.diff}-- \n"
        )


def commits(recipe: Recipe, originals: diff.Files) -> list[Commit]:
    """The series, computed from the cells alone. Raises LabError where a cell does not fit."""
    found: list[Commit] = []
    files: dict[str, str | None] = {path: originals.get(path) for path in recipe.paths}
    base = dict(files)
    for cell in (cell for step in recipe.steps for cell in step.cells if not cell.trial):
        if cell.kind == "commit":
            found.append(Commit(len(found) + 1, cell.text, kernel_diff(base, files)))
            base = dict(files)
        else:
            files |= apply_saved(cell, files)
    return found


def commit_in_tree(cell: Cell, recipe: Recipe, originals: diff.Files, read: Callable[[str], str | None]) -> Commit:
    """What a `%%commit` cell that is run now would commit: from the commit before it to the tree as it is."""
    before, number, files = dict(originals), 1, dict(originals)
    for known in (known for step in recipe.steps for known in step.cells if not known.trial):
        if cell.same_edit(known):
            break
        if known.kind == "commit":
            before, number = dict(files), number + 1
        else:
            files |= apply_saved(known, files)
    changes = kernel_diff(before, {path: read(path) for path in before})
    if not changes:
        raise LabError("There is nothing to commit: the tree has not changed since the commit before.", "Edit first.")
    return Commit(number, cell.text, changes)


def kernel_diff(before: diff.Files, after: diff.Files) -> str:
    paths = sorted(path for path in after if path.startswith(KERNEL) and before.get(path) != after[path])
    return "".join(
        f"diff --git a/{(name := path.removeprefix(KERNEL))} b/{name}\n"
        + ("new file mode 100644\n" if before.get(path) is None else "")
        + unified_diff(name, before.get(path), after[path])
        for path in paths
    )


def products(recipe: Recipe, originals: diff.Files) -> dict[str, str]:
    """Every tangled file, by its path in the repository."""
    series = commits(recipe, originals)
    last = recipe.files(originals, upto=99)
    tangled = {f"kernel-src-patches/{commit.name}": commit.mail(len(series)) for commit in series}
    tangled["kernel-src-patches/series"] = "".join(f"{commit.name}\n" for commit in series)
    for path, text in last.items():
        place = next((place for place in PLACES if path.startswith(place)), None)
        if place and text is not None:  # None: only an experiment writes it
            tangled[PLACES[place] + path.removeprefix(place)] = text
    return tangled


def stale(tangled: dict[str, str], repository: Path = REPOSITORY) -> list[str]:
    """The tangled files that differ from those in the repository, or are there though no cell makes them.

    Line numbers in hunks are not compared: they depend on which 6.1 the patches were made against.
    """
    there = {str(path.relative_to(repository)) for path in _tangled_files(repository)}
    return sorted(
        path
        for path in there | set(tangled)
        if path not in tangled
        or path not in there
        or _numberless(tangled[path]) != _numberless((repository / path).read_text(encoding="utf-8"))
    )


def write(tangled: dict[str, str], repository: Path = REPOSITORY) -> list[str]:
    """Make the repository's files equal to the tangled ones. Returns the paths written or removed."""
    changed = stale(tangled, repository)
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
    clean = summary and summary[0].startswith("total: 0 errors, 0 warnings")
    return summary[0] if clean else said.strip()


def _diffstat(text: str) -> str:
    """git's summary of a patch; from the root folder, because a repository's own settings could change it."""
    said = output("git", "-C", "/", "apply", "--stat", "--summary", stdin=text.encode(errors="surrogateescape"))
    return said.decode(errors="replace")


def _numberless(patch: str) -> str:
    return re.sub(r"^@@ [-+0-9, ]+ @@.*$", "@@", patch, flags=re.M)


def _tangled_files(repository: Path) -> Iterable[Path]:
    """What is there, but for what a `make` in these folders leaves."""
    for folder in PLACES.values():
        for path in (repository / folder).rglob("*"):
            written = path.suffix in SOURCES or path.name in ("Makefile", "Kbuild", "series")
            if path.is_file() and written and not path.name.endswith(".mod.c"):
                yield path
