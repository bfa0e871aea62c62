# SPDX-License-Identifier: GPL-2.0-only
"""What a tarball or folder of the kernel contains: all of it as a tree, or single files."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from kernel_lab.base import disk
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import child, first_line, lines
from kernel_lab.base.progress import Progress, silent
from kernel_lab.sources import kernels

UNPACKED_BYTES = kernels.FIRST.unpacked
NEEDED_BYTES = 2 * 2**30  # any kernel's files rounded up to disk blocks, and some room to work in
TAR_RECORD = 10240  # tar counts its checkpoints in these

SAYS_DAMAGED = (
    r"Unexpected EOF|end of (input|file)|premature end|ends unexpectedly|corrupt|crc error|integrity"
    r"|Decoding error|does not look like|not in \w+ format|format not recognized"
)


class Damaged(Exception):
    """A tarball is damaged or incomplete; the text is what tar said of it."""


def needed(origin: Path) -> int:
    """How much room a tree of this tarball or folder takes; a tarball is taken for a whole kernel's."""
    return NEEDED_BYTES * disk.used(origin) // UNPACKED_BYTES if origin.is_dir() else NEEDED_BYTES


def unpack(origin: Path, into: Path, progress: Progress, size: int = UNPACKED_BYTES) -> None:
    """Fill the folder `into` with the tree, which has about `size` bytes: so far the progress bar has to go.

    Raises OSError when the disk is full, Damaged, or LabError.
    """
    if origin.is_dir():
        _copy(origin, into, progress, size)
    elif complaints := _tar(origin, into, ["--strip-components=1", "--checkpoint=200"], progress, size):
        raise _refusal(origin, complaints)


def read(origin: Path, paths: list[str]) -> dict[str, bytes | None]:
    """The bytes of these files, None where there is no such regular file. Raises Damaged, or LabError."""
    if origin.is_dir():
        return {path: _bytes(origin, path) for path in paths}
    return _members(origin, paths) if paths else {}


def matching(origin: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    """The bytes of the regular files whose path is like one of these: `include/linux/*.h`. Raises what read() does."""
    if origin.is_dir():
        return _found(origin, patterns)
    with _extracted(origin, [f"*/{pattern}" for pattern in patterns]) as folder:
        return _found(folder, patterns)


def _found(folder: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    paths = (str(path.relative_to(folder)) for pattern in patterns for path in folder.glob(pattern))
    return {path: data for path in paths if (data := _bytes(folder, path)) is not None}


def _members(tarball: Path, paths: list[str]) -> dict[str, bytes | None]:
    """Read files out of a tarball with one tar, which stops early if it meets them all."""
    patterns = ["*/" + re.sub(r"([*?\[\]\\])", r"\\\1", path) for path in paths]
    with _extracted(tarball, patterns, "--occurrence=1") as folder:
        return {path: _bytes(folder, path) for path in paths}


@contextmanager
def _extracted(tarball: Path, patterns: list[str], *options: str) -> Iterator[Path]:
    """A folder for a while, with the files of a tarball that are like one of the patterns."""
    options = ("--strip-components=1", *options, "--wildcards", "--no-wildcards-match-slash", "--")
    with tempfile.TemporaryDirectory(prefix="kernel-lab-") as temp:
        try:
            complaints = _tar(tarball, Path(temp), [*options, *patterns], silent)
        except OSError as error:
            raise LabError(
                f"The folder for temporary files is full: {tempfile.gettempdir()}.",
                "Free some space there, or set TMPDIR to another folder, and run this again.",
            ) from error
        serious = [line for line in complaints if not re.search("Not found in archive$|Exiting with failure", line)]
        if serious:
            raise _refusal(tarball, serious)
        yield Path(temp)


def _bytes(folder: Path, path: str) -> bytes | None:
    """The bytes of a regular file below the folder, None if there is none."""
    inside = not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts
    file = folder / path
    return file.read_bytes() if inside and file.is_file() and not file.is_symlink() else None


def _tar(tarball: Path, into: Path, arguments: list[str], progress: Progress, size: int = 0) -> list[str]:
    """Unpack with tar; return its complaints if it failed. Raises OSError at once when the disk is full."""
    # Remote names (host:file), owners and modes of the machine the tarball was made on: nobody wants these here.
    tar = ["tar", "--force-local", "--no-same-owner", "--no-same-permissions", "-xf", str(tarball), "-C", str(into)]
    # One stream for both, complaints and progress: a second pipe could fill up unread.
    action = "--checkpoint-action=echo=checkpoint %u"
    complaints = []
    with child([*tar, action, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        for line in map(str.strip, lines(process.stderr)):
            if checkpoint := re.fullmatch(r"tar: checkpoint (\d+)", line):
                done = int(checkpoint[1]) * TAR_RECORD
                progress(f"unpacking {tarball.name}", done, max(done, size))
            elif line:
                disk.raise_if_full(line)  # tar would go on and say so of each of 80,000 files
                complaints.append(line)
    return complaints or [f"tar ended with status {process.returncode}"] if process.returncode else []


def _refusal(tarball: Path, complaints: list[str]) -> Exception:
    damage = first_line("\n".join(complaints), SAYS_DAMAGED)
    if re.search(SAYS_DAMAGED, damage, re.IGNORECASE):
        return Damaged(damage)
    return LabError(
        f"tar could not unpack {tarball}: {complaints[0]}",
        "See to what tar names there (a program to install, a folder to make writable), and run this again.",
    )


def _copy(tree: Path, into: Path, progress: Progress, size: int) -> None:
    done = 0

    def copy(origin: str, copied: str) -> None:
        nonlocal done
        try:
            shutil.copy2(origin, copied)
        except OSError as error:
            if error.errno in disk.FULL:  # an OSError would make copytree try all the other files too
                raise disk.no_space(into.parent, needed(tree)) from error
            raise
        done += Path(copied).stat().st_size
        progress(f"copying {tree.name}", done, max(done, size))

    ignore = shutil.ignore_patterns(".git")
    shutil.copytree(tree, into, symlinks=True, ignore=ignore, copy_function=copy, dirs_exist_ok=True)
