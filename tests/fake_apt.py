"""Stand-ins for apt."""

import os
from pathlib import Path

import pytest

from kernel_lab import debian


class Apt:
    """Stand-ins for apt's programs, in a folder that comes first in PATH; the package itself is a real one."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "log"

    def program(self, name: str, script: str) -> None:
        file = self.folder / name
        file.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.log}\n{script}\n')
        file.chmod(0o755)

    def offers(self, version: str, deb: Path) -> None:
        size = deb.stat().st_size
        self.program(
            "apt-cache",
            f"printf '%s\\n' 'Package: x' 'Version: {version}' 'Filename: pool/x.deb' 'Size: {size}' '' 'Version: 9'",
        )
        self.program("apt-get", f"cp {deb} .")

    def fails(self, *lines: str) -> None:
        self.program("apt-get", "".join(f"echo '{line}'\n" for line in lines) + "exit 100")

    def knows_nothing(self) -> None:
        self.program("apt-cache", "exit 100")

    def downloads(self) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith("apt-get ")]


@pytest.fixture
def apt(tmp_path, monkeypatch) -> Apt:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(debian, "INSTALLED", tmp_path / "not-installed.tar.xz")
    apt = Apt(folder)
    apt.knows_nothing()
    return apt
