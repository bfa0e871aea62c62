# SPDX-License-Identifier: GPL-2.0-only
"""A newer kernel beside the laboratory's: what of the series it takes, and what of that compiles there."""

import json
from pathlib import Path

from kernel_lab.base import progress, state
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import output
from kernel_lab.kernel.build import Build
from kernel_lab.kernel.flavour import BOOK
from kernel_lab.lab import Lab
from kernel_lab.recipe import diff, port_check, series
from kernel_lab.sources import kernels, source

NEWER = kernels.named("6.12")


class Newer:
    """It, unpacked, in the laboratory's cache. Raises LabError where it can't be had."""

    def __init__(self, lab: Lab):
        self._lab = lab
        with progress.shown() as report:
            self.source = source.find("auto", lab.cache, report, NEWER)
            self.root = lab.cache / "newer" / self.source.key
            source.unpack(self.source, self.root / "linux", report)
        self._build = Build(self.root / "linux", self.root / "build", lab.cache / "ccache")
        self._commits = series.commits(lab.recipe, lab.tree.originals(lab.recipe.paths))
        self._paths = port_check.paths(self._commits)
        print(f"Linux {self.source.version} ({self.source.title}), to carry the series to.")

    def table(self) -> str:
        """Which hunks of the series fit as they are."""
        return port_check.table(port_check.check(self._commits, self._originals()))

    def show(self, path: str, around: str, lines: int = 12) -> None:
        """Print the lines from the first one with the text `around` on."""
        text = self.read(path).splitlines()
        if not (found := [number for number, line in enumerate(text) if around in line]):
            raise LabError(f"No line of {path} has the text {around!r}.", "Look at the path and the text.")
        print("\n".join(text[found[0] : found[0] + lines]))

    def read(self, path: str) -> str:
        """A file of it, as it is in its tree. Raises LabError where there is none."""
        if (text := _text(self.root / "linux" / path)) is None:
            raise LabError(f"Linux {self.source.version} has no file {path}.", "Look at the path.")
        return text

    def branch(self) -> None:
        """Give the repository of the series a branch "newer", and check it out: as "shipped", with this one's files."""
        folder = self._lab.repository_folder
        git = ("git", "-C", folder)
        output(*git, "checkout", "--quiet", "-B", "newer", "shipped")
        _write(folder, self._originals())
        output(*git, "add", "--all", "--force")
        output(*git, "commit", "--quiet", "--message", f"Linux {self.source.version}")
        print(f"The branch newer has the series' files as Linux {self.source.version} has them.")

    def compile(self, *targets: str) -> None:
        """Compile objects of this kernel with what is checked out in the repository. Raises CompileError."""
        there = {path: self._lab.repository_folder / path for path in self._paths}
        _write(self.root / "linux", {path: _text(file) for path, file in there.items()})
        self._build.configure([*BOOK.files(self._lab.tree.root)])
        self._build.compile(*targets)
        print("\n".join(f"{target}: compiled" for target in targets))

    def _originals(self) -> diff.Files:
        """The files that the series touches, as they were shipped: once from the tarball, then from a note."""
        note = self.root / "originals.json"
        known: dict[str, str | None] = state.load(note) or {}
        if not set(self._paths) <= set(known):
            known = port_check.files(self.source.path, self._paths)
            state.save(note, json.dumps(known))
        return {path: known[path] for path in self._paths}


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8", errors="surrogateescape") if file.is_file() else None


def _write(folder: Path, files: diff.Files) -> None:
    """Only what differs, so that make compiles little."""
    for path, text in files.items():
        if text is None:
            (folder / path).unlink(missing_ok=True)
        elif _text(folder / path) != text:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", errors="surrogateescape")
