# SPDX-License-Identifier: GPL-2.0-only
"""The kernels that the book is for. The variable KERNEL chooses one; without it, it is the first, which has it all."""

import os
from dataclasses import dataclass

from kernel_lab.base.errors import LabError

VARIABLE = "KERNEL"


@dataclass(frozen=True)
class Linux:
    """A line of stable kernels, such as 6.1, and what is known of all its releases.

    `packed` and `unpacked` are about as many bytes as its tarball and its files have. `chapters` is the last chapter
    whose cells were carried to it; without it, all were.
    """

    name: str
    packed: int
    unpacked: int
    chapters: int | None = None

    @property
    def package(self) -> str:
        """Debian's package of its source."""
        return f"linux-source-{self.name}"

    @property
    def tarball(self) -> str:
        """Where the tarball is among the package's files."""
        return f"usr/src/{self.package}.tar.xz"

    def carries(self, chapter: int) -> bool:
        """Whether the chapter was carried to it."""
        return self.chapters is None or chapter <= self.chapters

    def has(self, version: str) -> bool:
        """Whether a release, such as "6.1.38", is one of this line."""
        return version.startswith(f"{self.name}.")


# 6.1.192 has 1,361,950,720 bytes, 6.12.117 has 1,535,115,264.
KERNELS = (
    Linux("6.1", packed=140_000_000, unpacked=1_362_000_000),
    Linux("6.12", packed=155_000_000, unpacked=1_536_000_000, chapters=6),
)
FIRST = KERNELS[0]


def names() -> str:
    """Those there are, for a message."""
    return " and ".join(linux.name for linux in KERNELS)


def named(name: str) -> Linux:
    """Raises LabError, with those there are, where the book is for no kernel of this name."""
    for linux in KERNELS:
        if linux.name == name:
            return linux
    raise LabError(f"The book is not for Linux {name}.", f"It is for {names()}.")


def chosen() -> Linux:
    """The one that the environment chooses. Raises LabError where that is none of them."""
    name = os.environ.get(VARIABLE, "").strip()
    try:
        return named(name) if name else FIRST
    except LabError as problem:
        how = f"{problem.remedy} Set {VARIABLE} to one of these, or unset it."
        raise LabError(f"{VARIABLE} is {name!r}. {problem.cause}", how) from None


def line_of(version: str) -> Linux | None:
    """The line that a release belongs to, if it is one of the book's."""
    return next((linux for linux in KERNELS if linux.has(version)), None)
