# SPDX-License-Identifier: GPL-2.0-only
"""What all tests have: a clean environment, and the fixtures of support/."""

import os
import tempfile
from collections.abc import Iterator

import pytest
from browser import browser, new_page, page, site  # noqa: F401
from debian_archive import debian_archive  # noqa: F401
from fake_kernel_org import server, signers  # noqa: F401
from rendered import built, html, pages, saved_kernels  # noqa: F401
from tiny_kernel import tarball, tree, truncated  # noqa: F401

from kernel_lab.base import process
from kernel_lab.sources import archive

# What tests know of the reader's environment, and the programs that they run: what the laboratory's programs know, and
# what is meant for Python and its tools. With a git hook's variables, a test's git would write into the repository.
FOR_TESTS = (
    "COVERAGE",
    "DISPLAY",
    "IPYTHON",
    "JUPYTER",
    "LANG",
    "LC_",
    "PLAYWRIGHT",
    "PYTEST",
    "PYTHON",
    "VIRTUAL_ENV",
)

for name in set(os.environ) - set(process.environment()):
    if not name.startswith(FOR_TESTS):
        del os.environ[name]
os.environ |= {name: value for name, value in process.PLAIN.items() if name.startswith("GIT_")}
os.environ["GIT_CEILING_DIRECTORIES"] = tempfile.gettempdir()  # which may lie in a repository


@pytest.fixture(scope="session", autouse=True)
def tiny_kernels() -> Iterator[None]:
    """Nearly all tarballs of the tests are tiny: they must not want a real kernel's room in the temporary folder."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(archive, "NEEDED_BYTES", 64 * 2**20)
        yield
