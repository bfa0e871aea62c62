"""Run the tools of the trade (make, tar, gpg, QEMU) as child processes that never outlive the laboratory."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kernel_lab.errors import LabError

# PR_SET_PDEATHSIG by a program rather than by preexec_fn, which is not safe once there are threads (as in Jupyter).
DIE_WITH_PARENT = ["setpriv", "--pdeathsig=KILL"]

# In English, because we read what they say; and TAR_OPTIONS could turn tar into anything.
PLAIN = {"LC_ALL": "C", "TAR_OPTIONS": ""}

PACKAGE_OF = {"dpkg-deb": "dpkg", "setpriv": "util-linux"}  # where it is not called like the program


def start(argv: list[str], env: Mapping[str, str] = PLAIN, **options) -> subprocess.Popen:
    """Start a program in a session of its own, `env` added to the environment; `options` are Popen's.

    A terminal or "interrupt kernel" in Jupyter sends Ctrl-C to its own group only: it is we who end this one.
    Raises LabError where the program is not installed.
    """
    options = {"stdin": subprocess.DEVNULL} | options
    try:
        return subprocess.Popen(argv, env={**os.environ, **env}, start_new_session=True, **options)
    except FileNotFoundError as error:
        raise LabError(
            f"The program {argv[0]} is not installed.",
            f"Run `sudo apt-get install {PACKAGE_OF.get(argv[0], argv[0])}`, then this again.",
        ) from error


@contextmanager
def child(argv: list[str], env: Mapping[str, str] = PLAIN, **options) -> Iterator[subprocess.Popen]:
    """Run a program, started as by `start`, until the block ends.

    However the block is left, by Ctrl-C too, the whole group is ended first: a `make` left over would go on writing.
    """
    with start(argv, env, **options) as process:
        try:
            yield process
            process.wait()
        finally:
            end_group(process)


def end_group(process: subprocess.Popen) -> None:
    """End a child and all its children, and wait until it is gone; by force where it does not go by itself."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
            process.wait(timeout=5)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def run(*argv: str) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, and return what it printed."""
    with child(list(argv), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


def answer(*argv: str) -> str:
    """What a program prints; nothing if it fails or this machine has no such program."""
    if not shutil.which(argv[0]):
        return ""
    done = run(*argv)
    return "" if done.returncode else done.stdout.decode(errors="replace")


def first_line(said: str, pattern: str = "") -> str:
    """The first line that matches, else the first at all."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    matching = [line for line in lines if re.search(pattern, line, re.IGNORECASE)]
    return (matching or lines or [""])[0]
