# SPDX-License-Identifier: GPL-2.0-only
"""Run the tools of the trade (make, tar, gpg, QEMU) as child processes that never outlive the laboratory."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from kernel_lab.base.errors import LabError

# PR_SET_PDEATHSIG by a program rather than by preexec_fn, which is not safe once there are threads (as in Jupyter).
DIE_WITH_PARENT = ["setpriv", "--pdeathsig=KILL"]

# What programs may know of the reader's environment. All else is kept from them, because each of them has variables
# that turn it into another program (CROSS_COMPILE, CFLAGS, MAKEFLAGS, GIT_DIR, TAR_OPTIONS, PERL5OPT ...), and make
# takes every variable for one of its own.
PASSED_ON = re.compile(
    "PATH|HOME|USER|LOGNAME|TERM|TMPDIR|TMP|TEMP|XDG_.*|KERNEL_LAB_.*|DEBIAN_FRONTEND|APT_CONFIG"
    "|(?i:[a-z]+_proxy)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS"
)

# In English, because we read what they say, and without the reader's settings of git.
PLAIN = {"LC_ALL": "C", "TZ": "UTC", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}

CHUNK = 2**16

PACKAGE_OF = {"dpkg-deb": "dpkg", "setpriv": "util-linux"}  # where it is not called like the program


def environment(added: Mapping[str, str] = PLAIN) -> dict[str, str]:
    """What a program finds in its environment: the same on every machine, but for what says where things are."""
    return {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)} | PLAIN | dict(added)


def start(argv: list[str], env: Mapping[str, str] = PLAIN, **options: Any) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, `env` added to its clean environment; `options` are Popen's.

    A terminal or "interrupt kernel" in Jupyter sends Ctrl-C to its own group only: it is we who end this one.
    Raises LabError where the program is not installed, or can't be run.
    """
    options = {"stdin": subprocess.DEVNULL} | options
    try:
        process = subprocess.Popen(argv, env=environment(env), start_new_session=True, **options)
        return cast("subprocess.Popen[bytes]", process)
    except OSError as error:
        raise _not_started(argv[0], error) from error


def _not_started(program: str, error: OSError) -> LabError:
    if error.filename != program:  # the folder that it was to run in
        return LabError(f"{program} could not be started: {error}", "See to the file named there, and run this again.")
    if isinstance(error, FileNotFoundError) and "/" not in program:
        package = PACKAGE_OF.get(program, program)
        return LabError(
            f"The program {program} is not installed.", f"Run `sudo apt-get install {package}`, then this again."
        )
    return LabError(f"The program {program} can't be run: {error.strerror}.", "Build again: lab.build().")


@contextmanager
def child(argv: list[str], env: Mapping[str, str] = PLAIN, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, started as by `start`, until the block ends.

    However the block is left, by Ctrl-C too, the whole group is ended first: a `make` left over would go on writing.
    """
    with start(argv, env, **options) as process:
        try:
            yield process
            process.wait()
        finally:
            end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a child and all its children, and wait until it is gone; by force where it does not go by itself."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
            process.wait(timeout=5)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def run(*argv: str | Path, stdin: bytes = b"", env: Mapping[str, str] = PLAIN,
        cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:  # fmt: skip
    """Run a program to its end, and return what it printed."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with child(list(map(str, argv)), env, cwd=cwd, **pipes) as process:
        out, err = process.communicate(stdin)
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


def capped(*argv: str | Path, most: int, endless: int, env: Mapping[str, str] = PLAIN,
           cwd: Path | None = None) -> tuple[int, bytes, int]:  # fmt: skip
    """Run a program; return its status as a shell tells it, the first bytes of what it printed, how many are left out.

    It is ended where those are more than `endless`.
    """
    more = 0
    with child([*map(str, argv)], env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        pipe = cast("IO[bytes]", process.stdout)
        out = pipe.read(most)
        while more <= endless and (data := pipe.read(CHUNK)):
            more += len(data)
        if more > endless:
            end_group(process)
    status = process.returncode
    return status if status >= 0 else 128 - status, out, more


def output(*argv: str | Path, **options: Any) -> bytes:
    """What a program prints; the options are those of `run`. Raises LabError where it fails."""
    done = run(*argv, **options)
    if done.returncode:
        complaint = first_line(done.stderr.decode(errors="replace"), "error|can't|cannot|fail")
        raise LabError(
            f"{Path(argv[0]).name} failed (status {done.returncode}): {complaint}", "See to that, and run this again."
        )
    return done.stdout


def answer(*argv: str) -> str:
    """What a program prints; nothing if it fails or this machine has no such program."""
    if not shutil.which(argv[0]):
        return ""
    done = run(*argv)
    return "" if done.returncode else done.stdout.decode(errors="replace")


def lines(pipe: IO[bytes] | None) -> Iterator[str]:
    """What a child writes to this pipe of its, line by line, until it ends; whatever bytes are in it."""
    for line in pipe or ():
        yield line.decode(errors="replace")


def first_line(said: str, pattern: str = "") -> str:
    """The first line that matches, else the first at all."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    matching = [line for line in lines if re.search(pattern, line, re.IGNORECASE)]
    return (matching or lines or [""])[0]
