# SPDX-License-Identifier: GPL-2.0-only
"""A laboratory for an executable book: get a kernel, change it, build it, boot it, ask it."""

from typing import TYPE_CHECKING, Any

from kernel_lab.base.errors import LabError

if TYPE_CHECKING:
    from kernel_lab.kernel.flavour import Flavour
    from kernel_lab.magics import NotebookLab as Lab

__all__ = ["Flavour", "Lab", "LabError"]


def __getattr__(name: str) -> Any:
    """Bring what a notebook begins with when it is asked for: the commands work without IPython."""
    if name == "Lab":
        from kernel_lab.magics import NotebookLab

        return NotebookLab
    if name == "Flavour":
        from kernel_lab.kernel.flavour import Flavour

        return Flavour
    raise AttributeError(name)
