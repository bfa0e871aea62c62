"""A laboratory for an executable book: get a kernel, change it, build it, boot it, ask it."""

from kernel_lab.errors import LabError
from kernel_lab.lab import Lab

__all__ = ["Lab", "LabError"]
