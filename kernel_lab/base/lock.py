# SPDX-License-Identifier: GPL-2.0-only
"""One at a time: who works in a folder keeps others out of it, until the work is done or its process is gone."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel_lab.base import disk
from kernel_lab.base.errors import LabError
from kernel_lab.base.progress import Progress

PATIENCE_SECONDS = 5  # a notebook just closed takes a moment to end

SHUT_DOWN = (
    "Shut that notebook's kernel down (JupyterLab: Kernel > Shut Down Kernel), or end that command; or give this one a "
    "tree of its own: set KERNEL_LAB_CACHE to another folder."
)
CLOSE_IT = "That is this very process. Call close() of the laboratory that it has, or restart this notebook's kernel."

_held_here: set[Path] = set()  # by this process


@contextmanager
def alone(folder: Path, progress: Progress) -> Iterator[None]:
    """Let only one notebook at a time work in this folder; the others wait, for what is done there takes minutes."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            if not _take(handle):
                progress(f"waiting for another notebook to finish with {folder.name}", 0, None)
                fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            pass  # some network file systems don't lock folders; one reader is the rule anyway
        yield
    finally:
        os.close(handle)


@contextmanager
def held(file: Path, who: str) -> Iterator[None]:
    """Keep others off what this file stands for. The kernel drops the lock when this process ends, however it ends.

    Raises LabError, with who has it, when somebody else has it for longer than a moment.
    """
    disk.make_folder(file.parent)
    with file.open("a+", encoding="utf-8", errors="replace") as lock:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _take(lock.fileno()):
            if time.monotonic() > deadline:
                lock.seek(0)
                raise LabError(
                    f"This kernel tree is being used by {lock.read().strip() or 'somebody else'}.",
                    CLOSE_IT if file in _held_here else SHUT_DOWN,
                )
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(f"{who} (process {os.getpid()})")
        lock.flush()
        _held_here.add(file)
        try:
            yield
        finally:
            _held_here.remove(file)


def holder(file: Path) -> str:
    """Who has it, without taking it; nothing where nobody does."""
    try:
        with file.open(encoding="utf-8", errors="replace") as lock:
            fcntl.flock(lock.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
            return ""
    except BlockingIOError:
        return file.read_text(encoding="utf-8", errors="replace").strip() or "somebody else"
    except OSError:
        return ""


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
