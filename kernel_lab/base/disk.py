# SPDX-License-Identifier: GPL-2.0-only
"""Room to work in: folders, the space they have, and one notebook at a time."""

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel_lab.base.errors import LabError

ALMOST_NONE = 2**20  # what is left of a full disk, as a rule
FULL = {errno.ENOSPC, errno.EDQUOT}
SAYS_FULL = re.compile("No space left on device|Disk quota exceeded")


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(
            f"The folder {folder} can't be made: {error.strerror}.",
            "Set KERNEL_LAB_CACHE to a folder you may write to, and run this again.",
        ) from error


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """A place to make the new `folder` in: it is there in the end, or nothing is, whatever comes between.

    What an earlier try left is removed first, because it may be the very space that is missing.
    """
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        yield partial
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def used(folder: Path) -> int:
    """How much room the files of a folder take, without a repository's history."""
    total = 0
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        total += sum(os.lstat(os.path.join(where, name)).st_blocks for name in files + folders)  # noqa: PTH118 # 80,000
    return 512 * total


def require_space(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder).free < needed:
        raise no_space(folder, needed)


def no_space(folder: Path, needed: int) -> LabError:
    free = shutil.disk_usage(folder).free
    return LabError(
        f"There is too little space in {folder}: {_size(free)} is free, {_size(needed)} is needed.",
        "Free some there, or set KERNEL_LAB_CACHE to a folder on a larger disk, and run this again.",
    )


def raise_if_full(said: str) -> None:
    """Raise OSError if a program says that the disk is full."""
    if SAYS_FULL.search(said):
        raise OSError(errno.ENOSPC, said)


def is_full(folders: Iterable[Path]) -> bool:
    return any(_full(os.statvfs(folder)) for folder in folders if folder.exists())


def _full(room: os.statvfs_result) -> bool:
    return room.f_bavail * room.f_frsize < ALMOST_NONE or (room.f_files > 0 and room.f_favail == 0)


def full(folders: Iterable[Path], said: str) -> LabError:
    """A LabError for a disk that filled up under a program, which writes to these folders."""
    disks = {folder.stat().st_dev: folder for folder in reversed([*folders]) if folder.exists()}
    room = [f"{folder} ({_size(shutil.disk_usage(folder).free)} is free)" for folder in reversed(disks.values())]
    return LabError(
        f"There is too little space in {' or '.join(room)}{': ' if said else '.'}{said}",
        "Free some there, or name folders on a larger disk: KERNEL_LAB_CACHE is for sources and builds, TMPDIR for "
        "temporary files. Then run this again; what was compiled stays.",
    )


def refused(error: OSError) -> LabError:
    """A LabError for a file or a folder that can't be made, read or written, and that nothing else has explained."""
    remedy = "See to that file or folder, and run this again."
    if isinstance(error, PermissionError):
        remedy = (
            "It may be another user's, root's for one. Give it to yourself (sudo chown -R), or set KERNEL_LAB_CACHE to "
            "a folder of your own. Then run this again."
        )
    return LabError(f"{error.filename} can't be used: {error.strerror}.", remedy)


def explained(error: OSError, folders: Iterable[Path]) -> LabError | None:
    """A LabError for what the file system says to a program that writes to these folders; None of other errors."""
    if error.errno in FULL:
        return full(folders, str(error))
    return refused(error) if error.filename else None


def failed(doing: str, folder: Path, needed: int, error: OSError) -> LabError:
    """A LabError for an error of the file system, which is mostly that it is full."""
    text = str(error)
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        text = str(error.args[0][0][-1])  # copytree collects (origin, copy, why)
    if error.errno in FULL or SAYS_FULL.search(text):
        return no_space(folder, needed)
    return LabError(f"It was not possible to {doing}: {text}", "See to the file named there, and run this again.")


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"
