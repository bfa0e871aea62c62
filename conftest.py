# SPDX-License-Identifier: GPL-2.0-only
"""All tests, those of the notebooks among them, work in a cache of their own: a reader's tree stays as it is.

What was downloaded and what was compiled, they share with the reader's.
"""

import os
from pathlib import Path

import pytest

from kernel_lab.base import disk
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import cache_folder

SHARED = ("sources", "sysroot", "ccache")
INSIDE_A_TEST = {"PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"}  # where it has been set already


def cache_of_their_own() -> Path:
    """The tests' cache, inside the reader's. Raises LabError where it can't be made."""
    readers = cache_folder()
    own = readers / "tests"
    for folder in (own, *(readers / name for name in SHARED)):
        disk.make_folder(folder)
    for name in SHARED:
        if not (own / name).is_symlink():
            (own / name).symlink_to(Path("..", name))
    return own


def pytest_configure() -> None:
    if not INSIDE_A_TEST & os.environ.keys():
        try:
            os.environ["KERNEL_LAB_CACHE"] = str(cache_of_their_own())
        except LabError as error:
            raise pytest.UsageError(str(error)) from error
