# SPDX-License-Identifier: GPL-2.0-only
"""Debian 12's sparse, which looks for what a C compiler lets pass: a pointer of user space or of RCU that is just used.

It is linked with nothing but the C library, so it runs on every system as it is.
"""

from pathlib import Path

from kernel_lab.base.progress import Progress
from kernel_lab.sources.sysroot import unpacked

BYTES = 40_000_000  # nearly all of it the lists of packages


def sparse(cache: Path, progress: Progress) -> Path:
    """The program. Raises LabError where it can't be had."""
    return unpacked(cache, "sparse", ["sparse"], BYTES, progress) / "usr/bin/sparse"
