# SPDX-License-Identifier: GPL-2.0-only
"""How much of this machine the laboratory may use."""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from kernel_lab.base import given
from kernel_lab.base.errors import LabError

MOST = 9999  # make takes no more than a C int

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def jobs() -> int:
    """How many files to compile at once: $KERNEL_LAB_JOBS, or one for each processor that this process may use.

    In a container those are often fewer than the machine has. Raises LabError where the variable is not a number.
    """
    if not (asked := os.environ.get("KERNEL_LAB_JOBS", "")):
        return math.ceil(min([len(os.sched_getaffinity(0)), *_quotas()]))
    count = given.number(asked)
    if count is None or not 1 <= count <= MOST:
        raise LabError(
            f'KERNEL_LAB_JOBS is "{asked}", which is not a number of compilers.',
            f"Set it to a number from 1 to {MOST}, or unset it.",
        )
    return count


def _quotas() -> Iterator[float]:
    """How many processors' time the control groups of this process grant it; nothing where they set no limit."""
    with suppress(OSError):  # not all systems have them
        for line in MEMBERSHIP.read_text(encoding="utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            if not controllers or "cpu" in controllers.split(","):
                yield from _group_quotas(CGROUPS / controllers, group.strip("/"))


def _group_quotas(root: Path, group: str) -> Iterator[float]:
    """The limits of a group and of those it is in. A container may see its own group as the root."""
    for folder in (folder for folder in (root / group, *(root / group).parents) if folder.is_relative_to(root)):
        with suppress(OSError, ValueError):
            limit, per = (folder / "cpu.max").read_text(encoding="utf-8").split()  # version 2: "max" is no number
            yield int(limit) / int(per)
        with suppress(OSError, ValueError):
            period = int((folder / "cpu.cfs_period_us").read_text(encoding="utf-8"))  # version 1
            if (quota := int((folder / "cpu.cfs_quota_us").read_text(encoding="utf-8"))) > 0:  # -1 is no limit
                yield quota / period
