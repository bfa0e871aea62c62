# SPDX-License-Identifier: GPL-2.0-only
"""All tests, those of the notebooks among them, work in a cache of their own, and from any folder.

A reader's tree stays as it is, also while a notebook has it. What was downloaded and compiled is shared with the tests.
"""

import os
from pathlib import Path

import pytest

from kernel_lab.base import disk, lock
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import cache_folder

MAY_DIFFER = Path(__file__).with_name("tests") / "nbval.cfg"
SHARED = ("sources", "sysroot", "ccache")
INSIDE_A_TEST = {"PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"}  # where the cache has been set already


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


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config.option, "nbval_sanitize_with"):
        config.option.nbval_sanitize_with = config.option.nbval_sanitize_with or str(MAY_DIFFER)
    if not INSIDE_A_TEST & os.environ.keys():
        try:
            os.environ["KERNEL_LAB_CACHE"] = str(cache_of_their_own())
        except LabError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say at once, and not once a cell, that other tests have the kernel tree."""
    if any(item.nodeid.partition("::")[0].endswith(".ipynb") for item in items) and (who := _users()):
        raise pytest.UsageError(f"A kernel tree is being used by {who}. Shut that down, then run this again.")


def _users() -> str:
    return ", ".join(filter(None, map(lock.holder, sorted(cache_folder().glob("trees/*/lock")))))
