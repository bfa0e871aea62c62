# SPDX-License-Identifier: GPL-2.0-only
"""A newer kernel beside the laboratory's: what of the series it takes, and how it is built as it was shipped."""

from dataclasses import replace
from pathlib import Path

from kernel_lab.base import progress
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import output
from kernel_lab.kernel.build import Build
from kernel_lab.kernel.flavour import BOOK, Flavour
from kernel_lab.kernel.kernel import Kernel
from kernel_lab.lab import Lab, excerpt
from kernel_lab.recipe import diff, port_check, series
from kernel_lab.recipe.cells import KERNEL
from kernel_lab.recipe.tree import Tree, put, text_of
from kernel_lab.sources import kernels, source

NEWER = kernels.named("6.12")

# The book's first configuration, and what schedulers in BPF and programs for a module need. BTF is pahole's.
UNPATCHED = Flavour(
    "unpatched", "the kernel without a patch", ("config/kernel.config", "config/unpatched/*.config"),
    tools=("boot", "book"),
)  # fmt: skip


class Newer:
    """It, in a tree of its own in the laboratory's cache. Raises LabError where it can't be had."""

    def __init__(self, lab: Lab):
        self._lab = lab
        with progress.shown() as report:
            self.source = source.find("auto", lab.cache, report, NEWER)
            self._tree = Tree(lab.cache / "newer" / self.source.key, self.source, lab.recipe, report)
        self._linux = self._tree.root / "linux"
        self._build = Build(self._linux, self._tree.root / "build", lab.cache / "ccache")
        self._commits = series.commits(lab.recipe, lab.tree.originals(lab.recipe.paths))
        self._paths = port_check.paths(self._commits)
        print(f"Linux {self.source.version} ({self.source.title}), to carry the series to.")

    def table(self) -> str:
        """Which hunks of the series fit as they are."""
        return port_check.table(port_check.check(self._commits, self._originals()))

    def show(self, path: str, around: str, lines: int = 12) -> None:
        """Print the lines from the first one with the text `around` on."""
        print(excerpt(self.read(path), path, around, lines))

    def read(self, path: str) -> str:
        """A file of it, as it is in its tree. Raises LabError where there is none."""
        if (text := self._tree.read(KERNEL + path)) is None:
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
        folder = self._lab.repository_folder
        _write(self._linux, {path: text_of(folder / path) for path in self._paths})
        self._build.configure([*BOOK.files(self._lab.tree.root)])
        self._build.compile(*targets)
        print("\n".join(f"{target}: compiled" for target in targets))

    def kernel(self, modules: str = "lkm/ops") -> Kernel:
        """It as it was shipped. The configuration, the folder of modules and programs are of the laboratory's tree."""
        _write(self._linux, self._originals())
        return Kernel(replace(UNPATCHED, modules=(modules,)), self._tree, self._lab.cache, self._lab.tree)

    def _originals(self) -> diff.Files:
        """The files that the series touches, as they were shipped."""
        shipped = self._tree.originals([KERNEL + path for path in self._paths])
        return {path.removeprefix(KERNEL): text for path, text in shipped.items()}


def _write(folder: Path, files: diff.Files) -> None:
    """Only what differs, so that make compiles little."""
    for path, text in files.items():
        if text_of(folder / path) != text:
            put(folder / path, text)
