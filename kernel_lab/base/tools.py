# SPDX-License-Identifier: GPL-2.0-only
"""Which of the tools the laboratory needs are missing, which package has them, and what they are for.

The list is apt.txt, the same that install.sh installs from. It is in groups, so that whoever only boots a kernel is not
asked for a browser. This module needs no other package than Python's own: `make doctor` runs on a bare machine.
"""

import importlib.util
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT

APT = CHECKOUT / "apt.txt"
OPTIONAL = ("engines",)  # Ubuntu has no such packages, and all else works without

ARCHITECTURE = {"aarch64": "arm64"}.get(platform.machine(), "amd64")
"""This machine's, as dpkg calls it. Whatever else it is, the kernels and their programs are for a PC."""


@dataclass(frozen=True)
class Tool:
    """A package, what proves that it is installed, the reason it is needed, and the group it belongs to.

    The proof is a program, a file (`*` is any text), or a module ("import tqdm").
    """

    package: str
    proof: str
    reason: str
    group: str

    @property
    def present(self) -> bool:
        if self.proof.startswith("/"):
            return any(Path("/").glob(self.proof[1:]))
        if self.proof.startswith("import "):
            return importlib.util.find_spec(self.proof.split()[1]) is not None
        return shutil.which(self.proof) is not None


def tools(*groups: str) -> list[Tool]:
    """The tools of these groups; of all but the optional ones, if none is named."""
    found, comment, group = [], "", ""
    for line in APT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            group = line[3:].partition(":")[0]
        elif line.startswith("# ") and ": " in line:
            comment = line[2:]
        elif line and not line.startswith("#"):
            proof, reason = comment.split(": ", 1)
            package, _, only = line.partition(" ")
            if only in ("", f"[{ARCHITECTURE}]"):
                found.append(Tool(package, proof, reason, group))
    return [tool for tool in found if (tool.group in groups if groups else tool.group not in OPTIONAL)]


def missing(*groups: str) -> list[Tool]:
    return [tool for tool in tools(*groups) if not tool.present]


def check(*groups: str) -> None:
    """Raises LabError naming every tool that is missing, and the one command that installs them all."""
    lacking = missing(*groups)
    if lacking:
        names = "\n".join(f"    {tool.proof.removeprefix('import ')}: {tool.reason}" for tool in lacking)
        raise LabError(f"This machine lacks tools that are needed now:\n{names}", remedy(lacking))


def remedy(lacking: list[Tool]) -> str:
    """How to install these: apt's command, or the packages' names where there is no apt."""
    packages = " ".join(tool.package for tool in lacking)
    if not shutil.which("apt-get"):
        return f"Install what your system has in place of these packages of Debian: {packages}"
    command = f"apt-get install --no-install-recommends {packages}"
    return f"sudo {command}" if shutil.which("sudo") else f"As root, or by an administrator: {command}"


def groups() -> dict[str, str]:
    """What the tools of each group are for, by the group's name."""
    lines = APT.read_text(encoding="utf-8").splitlines()
    return dict(line[3:].split(": ", 1) for line in lines if line.startswith("## "))
