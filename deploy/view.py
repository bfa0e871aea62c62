#!/usr/bin/python3 -I
# SPDX-License-Identifier: GPL-2.0-only
"""Run a program as a reader, in a view of the class's folder that is the reader's own: view.py READER PROGRAM...

JupyterHub starts each server so (jupyterhub_config.py), and a teacher what is to run with what a reader has changed.

Whoever works in a view may change every file of the folder, and what changes is kept in the reader's own place. All
views have the folder at its one path, because make and the compiler's cache remember paths: at another one, everything
would be compiled again. A view has processes, shared memory and temporary files of its own; when the program ends, they
all end. It needs root, and Linux 5.19 or newer.

From the moment the view is mounted, the reader may have changed whatever is in the folder. So root names each program
by its full path, and Python takes no module from there (-I).
"""

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

FOLDER = Path("/srv/kernel-lab")  # book/ and cache/, which deploy/prepare.sh has filled
CLASS = Path("/srv/kernel-lab-class")  # what the readers changed, and the hub's own files: root's alone
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
HOMES = Path("/home")

# Of <linux/sched.h>, <linux/prctl.h>, <linux/mount.h> and <asm/unistd.h>. mount(8) can map owners from util-linux 2.39
# on, and Debian 12 has 2.38.
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
PR_SET_PDEATHSIG = 1
SYS_OPEN_TREE, SYS_MOVE_MOUNT, SYS_MOUNT_SETATTR = 428, 429, 442
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH, MOUNT_ATTR_IDMAP = 1, 4, 0x00100000
AT_FDCWD, AT_EMPTY_PATH = -100, 0x1000

LIBC = ctypes.CDLL(None, use_errno=True)


class MountAttributes(ctypes.Structure):
    """struct mount_attr."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def call(name: str, *arguments: object) -> int:
    """A function of the C library that says -1 where it fails. Raises OSError."""
    done: int = getattr(LIBC, name)(*arguments)
    if done < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}{arguments}: {os.strerror(error)}")
    return done


def place(reader: str) -> Path:
    """Where what a reader changed is kept: upper/ has it, the others are where the view mounts something."""
    return CLASS / "readers" / reader


def overlay(own: Path) -> str:
    """The options that the view is mounted with. With redirect_dir, a folder of the class's can be renamed."""
    return f"nosuid,nodev,redirect_dir=on,lowerdir={own}/lower,upperdir={own}/upper,workdir={own}/work"


def become(reader: pwd.struct_passwd, program: list[str]) -> list[str]:
    """The command that runs a program with the rights of a reader, and none besides."""
    who = [f"--reuid={reader.pw_uid}", f"--regid={reader.pw_gid}", "--init-groups"]
    return ["/usr/bin/setpriv", *who, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", *program]


def alone(own: Path) -> int | None:
    """A lock that lasts as long as this process and the view's first; None where another view of the reader has it.

    Two views that write into one place would spoil it.
    """
    lock = os.open(own / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return lock


def environment(reader: pwd.struct_passwd) -> dict[str, str]:
    """What the program finds in its environment: ours, but the reader's home, and the class's cache."""
    own = {"HOME": reader.pw_dir, "USER": reader.pw_name, "LOGNAME": reader.pw_name}
    return os.environ | own | {"KERNEL_LAB_CACHE": f"{FOLDER}/cache"}


def make_place(reader: pwd.struct_passwd) -> Path:
    """The reader's place, made where it is not there; nobody but root may look into it."""
    own = place(reader.pw_name)
    CLASS.mkdir(mode=0o700, exist_ok=True)
    for part in ("upper", "work", "lower", "home"):
        (own / part).mkdir(parents=True, exist_ok=True)
    os.chown(own / "upper", reader.pw_uid, reader.pw_gid)  # as which the view's own folder appears
    return own


def mapping(owner: os.stat_result, reader: pwd.struct_passwd) -> int:
    """A user namespace, as a file descriptor, in which the class's owner is the reader."""
    child = os.fork()
    if not child:
        call("unshare", CLONE_NEWUSER)
        os.kill(os.getpid(), signal.SIGSTOP)  # until the parent has it
    try:
        os.waitpid(child, os.WUNTRACED)
        for kind, theirs, readers in (("uid", owner.st_uid, reader.pw_uid), ("gid", owner.st_gid, reader.pw_gid)):
            Path(f"/proc/{child}/{kind}_map").write_text(f"{theirs} {readers} 1", encoding="ascii")
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def mount_as_readers(folder: Path, target: Path, reader: pwd.struct_passwd) -> None:
    """Let the folder appear once more, at `target`, with the reader as the owner of what its owner has.

    So the reader may do all that an owner may, as to set the time of a file, and what is copied up is the reader's.
    """
    tree = call("syscall", SYS_OPEN_TREE, AT_FDCWD, os.fsencode(folder), OPEN_TREE_CLONE | os.O_CLOEXEC)
    owners = mapping(folder.stat(), reader)
    attributes = MountAttributes(attr_set=MOUNT_ATTR_IDMAP, userns_fd=owners)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    call("syscall", SYS_MOUNT_SETATTR, tree, b"", AT_EMPTY_PATH, ctypes.byref(attributes), size)
    call("syscall", SYS_MOVE_MOUNT, tree, b"", AT_FDCWD, os.fsencode(target), MOVE_MOUNT_F_EMPTY_PATH)
    os.close(tree)
    os.close(owners)


def mount(*arguments: str | Path) -> None:
    subprocess.run(["/usr/bin/mount", *arguments], check=True)


def mount_view(reader: pwd.struct_passwd, own: Path) -> None:
    """Make this process's namespace of mounts the reader's view."""
    mount("--make-rprivate", "/")
    mount("-t", "proc", "proc", "/proc")
    mount_as_readers(FOLDER, own / "lower", reader)
    mount("-t", "overlay", "-o", overlay(own), "view", FOLDER)
    for temporary in TEMPORARY:
        mount("-t", "tmpfs", "-o", "mode=1777,size=1g,nosuid,nodev", "tmpfs", temporary)
    mount_home(Path(reader.pw_dir), own / "home")


def mount_home(home: Path, meanwhile: Path) -> None:
    """Let there be no other home: useradd makes them so that everybody may read them."""
    if not (home.is_dir() and home.is_relative_to(HOMES)):
        return
    mount("--bind", home, meanwhile)
    mount("-t", "tmpfs", "-o", "mode=0755,nosuid,nodev", "tmpfs", HOMES)
    home.mkdir(parents=True)
    mount("--bind", meanwhile, home)
    subprocess.run(["/usr/bin/umount", meanwhile], check=True)


def forward(process: int) -> Callable[[int, FrameType | None], None]:
    """A handler that sends a signal on to a process."""

    def send(number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(process, number)

    return send


def status_of(process: int) -> int:
    """Wait for the end of a child, and send it the signals that would end us; how it ended, as a shell says it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, forward(process))
    while True:  # of the first process of a view, also the children that others left behind
        child, status = os.wait()
        if child == process:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def inside(reader: pwd.struct_passwd, own: Path, program: list[str]) -> int:
    """The first process of a view. Not the program itself: Jupyter's kernels end where their parent is process 1."""
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)
    mount_view(reader, own)
    os.chdir(FOLDER / "book")
    return status_of(subprocess.Popen(become(reader, program), env=environment(reader)).pid)


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    reader, program = pwd.getpwnam(sys.argv[1]), sys.argv[2:]
    if not reader.pw_uid:
        print("view.py: root needs no view, and gets none.", file=sys.stderr)
        return 2
    own = make_place(reader)
    if alone(own) is None:
        print(f"view.py: {reader.pw_name} has a view already. End the server that is in it.", file=sys.stderr)
        return 1
    call("unshare", CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID)
    child = os.fork()  # it, and not we, is in the new namespace of processes
    if not child:
        os._exit(inside(reader, own, program))
    return status_of(child)


if __name__ == "__main__":
    sys.exit(main())
