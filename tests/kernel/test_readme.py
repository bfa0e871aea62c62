# SPDX-License-Identifier: GPL-2.0-only
"""The commands that README prints for those who want no Python: run as printed, in a copy of the repository."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from checkout import copy_to

from kernel_lab.base.paths import CHECKOUT
from kernel_lab.kernel.arch import X86_64
from kernel_lab.kernel.build import Build
from kernel_lab.lab import Lab

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def copy(lab: Lab):
    """The repository's files as they are now, on the disk of the laboratory's cache: a kernel needs room."""
    folder = lab.cache / "without-python"
    shutil.rmtree(folder, ignore_errors=True)
    copy_to(folder)
    yield folder
    shutil.rmtree(folder)


def compiler_cache(lab: Lab, plain: Path) -> dict[str, str]:
    """What lets gcc be ccache, and find what the laboratory has compiled; the commands stay as they are.

    ARCH, without which it is "x86", stands in the first line of the configuration, which all objects depend on.
    """
    build = Build(plain / "linux", plain / "build", lab.cache / "ccache")
    path = f"/usr/lib/ccache:{os.environ['PATH']}"
    return build.environment | {"PATH": path, "CCACHE_BASEDIR": str(plain), "ARCH": X86_64.kernel}


def test_without_python_the_printed_commands_lead_to_43(lab, copy):
    (commands,) = re.findall(r"^```sh\n(.*?)^```", README, re.S | re.M)
    done = subprocess.run(
        ["sh", "-eu"], input=commands, cwd=copy, env=os.environ | compiler_cache(lab, copy / "plain"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    )  # fmt: skip
    said = done.stdout.replace("\r", "")
    assert done.returncode == 0, said[-3000:]
    assert "CONFIG_BPF_OREORE=y\n" in said
    assert re.search(r"^attached it with attach type 44\n43$", said, re.M), said[-3000:]
