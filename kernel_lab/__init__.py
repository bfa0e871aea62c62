"""A laboratory for an executable book: get a kernel, change it, build it, boot it, ask it."""

from kernel_lab.errors import LabError

__all__ = ["LabError"]
