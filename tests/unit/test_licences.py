# SPDX-License-Identifier: GPL-2.0-only
"""Every source file says in its first lines under which licence it is: the book's one."""

import re
import subprocess
import tomllib

import pytest

from kernel_lab.base.paths import CHECKOUT

ROOT = CHECKOUT
LICENCE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license"]
NAMES = ("*.py", "*.sh", "*.c", "*.h", ".ci/run", "*Makefile", "Dockerfile", ".github/workflows/*")
# What runs in the guest is measured to the instruction: a line more in one of its scripts would move the samples. And
# the Makefile of the loader is a cell's, without a head.
OTHERS = (":!*guest*.sh", ":!loader/*.sh", ":!loader/Makefile")


def sources() -> list[str]:
    listed = subprocess.run(["git", "ls-files", *NAMES, *OTHERS], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def licence(text: str) -> str | None:
    """What the first line says, or the second below the name of an interpreter."""
    head = re.match(r"(?:#!.*\n)?(?:#|//|/\*) SPDX-License-Identifier: (\S+)(?: \*/)?\n", text)
    return head and head[1]


def test_the_sources_are_found():
    found = sources()
    assert len(found) > 100
    assert {"install.sh", ".ci/run", "Makefile", "hatch_build.py", "lkm/oreore_mod.c"} < set(found)


@pytest.mark.parametrize("name", sources())
def test_a_source_says_its_licence(name):
    assert licence((ROOT / name).read_text(encoding="utf-8")) == LICENCE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# SPDX-License-Identifier: MIT\nx", "MIT"),
        ("#!/bin/sh\n# SPDX-License-Identifier: MIT\n", "MIT"),
        ("/* SPDX-License-Identifier: MIT */\n", "MIT"),
        ('"""A module."""\n# SPDX-License-Identifier: MIT\n', None),
        ("", None),
    ],
)
def test_only_the_head_of_a_file_counts(text, says):
    assert licence(text) == says
