# SPDX-License-Identifier: GPL-2.0-only
"""Debian's packages, on every system that has apt: downloaded, verified, unpacked, none of them installed.

The work is done by debian.sh, which needs no Python. Here are its progress, and what its failures mean.
"""

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from kernel_lab.base import disk
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import child
from kernel_lab.base.progress import Progress
from kernel_lab.base.tools import ARCHITECTURE
from kernel_lab.sources.kernels import Linux

SCRIPT = Path(__file__).with_name("debian.sh")

# Debian 12: its kernel is among the security updates, and the guest's programs are from the suite that changes no more.
KERNEL_SUITE, GUEST_SUITE = "bookworm-security", "bookworm"

WORD = re.compile(r"^bytes to download: (\d+)$", re.MULTILINE)


def kernel_bytes(linux: Linux) -> int:
    """How much room it takes to get a kernel: the package and the tarball inside, and the list that names them."""
    return 2 * linux.packed + 20_000_000


def find(linux: Linux, sources: Path, progress: Progress) -> tuple[str, Path]:
    """The kernel package's version and tarball: the newest in `sources`, or downloaded into it. Raises LabError."""
    if kept := _kept(linux.package, sources):
        return kept
    folder = sources / "debian"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        disk.require_space(sources, kernel_bytes(linux))
        unpack(KERNEL_SUITE, ARCHITECTURE, folder, [linux.package], progress)
        version = packages(folder)[linux.package].split()[1]
        tarball = (folder / linux.tarball).rename(sources / f"{linux.package}_{version}.tar.xz")
    except OSError as error:
        raise disk.failed(f"download {linux.package}", sources, kernel_bytes(linux), error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return version, tarball


def _kept(package: str, sources: Path) -> tuple[str, Path] | None:
    """The newest of earlier downloads. Their versions differ only in numbers, and 6.1.90 is older than 6.1.192."""
    tarballs = sources.glob(f"{package}_*.tar.xz")
    newest = max(tarballs, key=lambda file: [*map(int, re.findall(r"\d+", file.name))], default=None)
    return (newest.name.removeprefix(f"{package}_").removesuffix(".tar.xz"), newest) if newest else None


def packages(folder: Path) -> dict[str, str]:
    """The packages that were unpacked into `folder`: for each, its source package and that one's version."""
    lines = (folder / "packages").read_text(encoding="utf-8", errors="replace").splitlines()
    return dict(line.split(" ", 1) for line in lines if line.count(" ") == 2)  # one may have been cut short


def unpack(suite: str, arch: str, folder: Path, names: list[str], progress: Progress) -> None:
    """Fill the new `folder` with the packages' files, all of them or none.

    Raises OSError when the disk is full, otherwise LabError.
    """
    what = f"downloading {names[0]}" if len(names) == 1 else f"downloading {len(names)} packages of Debian for {arch}"
    partial = folder.with_name(folder.name + ".partial")
    folder.parent.mkdir(parents=True, exist_ok=True)
    argv = [str(SCRIPT), suite, arch, str(folder), *names]
    try:
        with TemporaryFile() as said:
            with child(argv, stdout=said, stderr=said) as process:
                _watch(process, said.fileno(), what, partial, progress)
            text = _text(said.fileno())
        if process.returncode:
            disk.raise_if_full(text)
            raise _failed(names, text)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _watch(process: subprocess.Popen[bytes], said: int, what: str, folder: Path, progress: Progress) -> None:
    """Wait for the script, reporting how much it has downloaded. What it says goes to a file, which never fills up."""
    progress(what, 0, None)
    while process.poll() is None:
        if word := WORD.search(_text(said)):
            total = int(word[1])
            progress(what, min(_size(folder / "debs"), total), total)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)


def _text(file: int) -> str:
    """All that the open file holds, wherever it is being written at."""
    return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")


def _size(folder: Path) -> int:
    size = 0
    with suppress(FileNotFoundError):  # apt renames its files, and the script its folders
        size = sum(file.stat().st_size for file in folder.rglob("*"))
    return size


def _failed(names: list[str], said: str) -> LabError:
    errors = [line.removeprefix("E: ") for line in said.splitlines() if line.startswith("E: ")]
    reason = errors[0] if errors else (said.splitlines() or ["it said nothing"])[-1]
    what = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} other packages"
    remedy = "Check the network connection and run this again."
    if "There is no" in reason:
        remedy = "Run `make doctor`: it names the packages that are missing here."
    elif "has no package" in reason or re.search(r"\b404\b", said):
        remedy = "Set KERNEL_LAB_DEBIAN to the address of an archive that has Debian 12, and run this again."
    return LabError(f"{what} could not be had from Debian's archive: {reason}", remedy)
