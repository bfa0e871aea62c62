"""What several tests use: the laboratory on the real kernel tree, and the finished kernel in a guest.

Both are given back after each test module, as the notebooks, tested later, want the same tree.
"""

from collections.abc import Iterator

import pytest
from browser import browser, new_page, page, site  # noqa: F401
from debian_archive import debian_archive  # noqa: F401
from fake_kernel_org import server, signers  # noqa: F401
from rendered import built, html, saved_kernels  # noqa: F401
from tiny_kernel import tarball, tree, truncated  # noqa: F401

from kernel_lab.lab import Lab, opened
from kernel_lab.vm import Guest


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with opened("the tests") as lab:
        yield lab


@pytest.fixture(scope="module")
def finished(lab: Lab) -> Lab:
    """The laboratory with the tree at the book's last step."""
    lab.jump(lab.recipe.steps[-1].number)
    return lab


@pytest.fixture
def guest(finished: Lab) -> Guest:
    """A guest that runs the finished kernel; a test may break it, the next one gets a new one."""
    return finished.guest
