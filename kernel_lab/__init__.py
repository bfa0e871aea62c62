# SPDX-License-Identifier: GPL-2.0-only
"""A laboratory for an executable book: get a kernel, change it, build it, boot it, ask it."""

from typing import TYPE_CHECKING, Any

from kernel_lab.errors import LabError

if TYPE_CHECKING:
    from kernel_lab.lab import Lab

__all__ = ["Lab", "LabError"]


def __getattr__(name: str) -> Any:
    """Bring Lab when it is asked for: the doctor works without what Lab needs."""
    if name == "Lab":
        from kernel_lab.lab import Lab

        return Lab
    raise AttributeError(name)
