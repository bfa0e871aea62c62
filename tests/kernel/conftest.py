# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory on the real kernel tree, and the finished kernel in a guest.

Both are given back after each test module, because the notebooks, tested by the same process, want the same tree.
"""

from collections.abc import Iterator

import pytest

from kernel_lab.kernel.guest import Guest
from kernel_lab.lab import Lab, opened


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with opened("the tests") as lab:
        yield lab


@pytest.fixture(scope="module")
def finished(lab: Lab) -> Lab:
    """The laboratory with the tree at the book's last step."""
    lab.jump(lab.recipe.last)
    return lab


@pytest.fixture
def guest(finished: Lab) -> Guest:
    """A guest that runs the finished kernel; a test may break it, the next one gets a new one."""
    if not finished.has_guest:
        finished.boot()
    return finished.guest
