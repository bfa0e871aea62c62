"""Which of the tools the laboratory needs are missing, which package has them, and what they are for.

The list is apt.txt, the same that the Makefile installs from: above each package, a comment with
the file that shows it is there, and what it is needed for.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from kernel_lab.errors import LabError

APT = Path(__file__).resolve().parents[1] / "apt.txt"


@dataclass(frozen=True)
class Tool:
    """A package, the program or file (`*` is any text) that proves it is installed, and the reason it is needed."""

    package: str
    proof: str
    reason: str

    @property
    def present(self) -> bool:
        if self.proof.startswith("/"):
            return any(Path("/").glob(self.proof[1:]))
        return shutil.which(self.proof) is not None


def tools() -> list[Tool]:
    found, comment = [], ""
    for line in APT.read_text(encoding="utf-8").splitlines():
        if line.startswith("# ") and ": " in line:
            comment = line[2:]
        elif line and not line.startswith("#"):
            proof, reason = comment.split(": ", 1)
            found.append(Tool(line, proof, reason))
    return found


def missing() -> list[Tool]:
    return [tool for tool in tools() if not tool.present]


def check() -> None:
    """Raises LabError naming every tool that is missing, and the one command that installs them all."""
    lacking = missing()
    if lacking:
        names = "\n".join(f"    {tool.proof}: {tool.reason}" for tool in lacking)
        packages = " ".join(tool.package for tool in lacking)
        raise LabError(f"This machine lacks tools that the book needs:\n{names}", f"sudo apt-get install {packages}")
