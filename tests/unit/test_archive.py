# SPDX-License-Identifier: GPL-2.0-only
"""Tarballs and folders, whole, damaged and interrupted: real tar on tiny kernels."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest
from tiny_kernel import VERSION, contents, given, make_tree

from kernel_lab.base.errors import LabError
from kernel_lab.sources.source import Source, find, matching, originals, unpack


@pytest.mark.parametrize("packed", [False, True])
def test_originals(tree, tarball, packed):
    source = given(tarball if packed else tree)
    odd, top = "kernel/bpf/odd[1]*.c", "Makefile"
    assert originals(
        source, iter(["kernel/bpf/syscall.c", odd, top, "kernel/bpf/new.c", "kernel", "../x", "link"])
    ) == {
        "kernel/bpf/syscall.c": b"int syscall\xff;\n",
        odd: b"odd\n",
        top: (tree / "Makefile").read_bytes(),
        "kernel/bpf/new.c": None,
        "kernel": None,
        "../x": None,
        "link": None,
    }
    assert originals(source, []) == {}


def test_originals_of_a_truncated_tarball(truncated):
    with pytest.raises(LabError, match="damaged or incomplete"):
        originals(given(truncated), ["run.sh", "nowhere.c"])


def test_truncated_tarball_of_the_reader_is_refused_and_kept(truncated, tmp_path):
    with pytest.raises(LabError, match=r"cut\.tar\.xz is damaged or incomplete"):
        unpack(given(truncated), tmp_path / "tree")
    assert truncated.exists()
    assert list(tmp_path.iterdir()) == [truncated]


@pytest.mark.parametrize("packed", [False, True])
def test_files_that_are_like_a_pattern(tree, tarball, packed):
    source = given(tarball if packed else tree)
    assert {*matching(source, ["kernel/*file", "*/bpf/*.c"])} == {
        "kernel/Makefile",
        "kernel/bpf/odd[1]*.c",
        "kernel/bpf/syscall.c",
    }
    assert matching(source, ["kernel/bpf/s*.c"]) == {"kernel/bpf/syscall.c": b"int syscall\xff;\n"}
    assert matching(source, ["none/*.c", "link"]) == {}


def test_truncated_download_is_removed(truncated, tmp_path):
    with pytest.raises(LabError, match="was removed"):
        unpack(Source(f"kernel.org-{VERSION}", VERSION, "", truncated), tmp_path / "tree")
    assert list(tmp_path.iterdir()) == []


def test_missing_tarball_names_what_tar_said(tmp_path):
    with pytest.raises(LabError, match="Cannot open: No such file"):
        unpack(given(tmp_path / "gone.tar"), tmp_path / "tree")


def test_colon_in_a_name_is_no_other_machine(tree, tarball, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(tarball, "host:1.tar.xz")
    unpack(given(Path("host:1.tar.xz")), Path("tree"))
    assert contents(tmp_path / "tree") == contents(tree)


def test_git_history_is_not_copied(tmp_path):
    tree = make_tree(tmp_path / "linux")
    (tree / ".git").mkdir()
    (tree / ".git/HEAD").write_text("ref: refs/heads/master\n")
    unpack(find(str(tree), tmp_path), tmp_path / "copy")
    assert not (tmp_path / "copy/.git").exists()
    assert (tmp_path / "copy/Kconfig").exists()


FILL_DISK = """
import sys; from pathlib import Path
from kernel_lab.base import errors
from kernel_lab.sources import archive, source
archive.NEEDED_BYTES = 0
disk = Path(sys.argv[2])
try:
    source.unpack(source.Source("path-x", "6.1.38", "", Path(sys.argv[1])), disk / "tree")
except errors.LabError as error:
    print(error)
print("left:", [file.name for file in disk.iterdir()])
"""


@pytest.mark.parametrize("packed", [False, True])
def test_disk_that_fills_up_while_unpacking(tree, tarball, tmp_path, packed):
    own_mounts = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=1m none "$0"'
    if not shutil.which("unshare") or subprocess.run([*own_mounts, "sh", "-c", mount, disk]).returncode:
        pytest.skip("this machine lets nobody mount a small file system")
    python = [sys.executable, "-c", FILL_DISK, str(tarball if packed else tree), str(disk)]
    done = subprocess.run(
        [*own_mounts, "sh", "-c", f'{mount} && exec "$@"', disk, *python], text=True, capture_output=True
    )
    assert "There is too little space in" in done.stdout, done.stderr
    assert "KERNEL_LAB_CACHE" in done.stdout
    assert "left: []" in done.stdout


def test_interrupt_in_the_middle_leaves_nothing(tarball, tmp_path):
    def interrupt(*_report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(given(tarball), tmp_path / "tree", interrupt)
    assert list(tmp_path.iterdir()) == []


UNTIL_INTERRUPTED = """
import signal, sys; from pathlib import Path
from kernel_lab.sources import archive
from kernel_lab.sources.source import Source, unpack
archive.NEEDED_BYTES = 0
signal.signal(signal.SIGINT, signal.default_int_handler)
unpack(Source("path-x", "6.1.38", "", Path(sys.argv[1])), Path(sys.argv[2]), lambda *_: print("going", flush=True))
"""


def test_ctrl_c_ends_tar_too(tmp_path):
    """The tarball is a pipe that has no end: as long as a tar lives, writing to it works."""
    fifo, target = tmp_path / "endless.tar", tmp_path / "out" / "tree"
    os.mkfifo(fifo)
    large = tarfile.TarInfo("linux/large")
    large.size = 1 << 30
    interrupted, tar_ended = threading.Event(), threading.Event()

    def feed():
        with fifo.open("wb", buffering=0) as pipe:
            try:
                pipe.write(large.tobuf())
                pipe.write(bytes(2 << 20))  # past tar's first report, but not up to the next, which could end it too
                interrupted.wait()
                pipe.write(bytes(1 << 20))
            except BrokenPipeError:
                tar_ended.set()

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    arguments = [sys.executable, "-c", UNTIL_INTERRUPTED, fifo, target]
    with subprocess.Popen(arguments, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as python:
        assert python.stdout.readline() == "going\n", python.stderr.read()
        python.send_signal(signal.SIGINT)
        _out, err = python.communicate()
    assert err.endswith("KeyboardInterrupt\n")
    interrupted.set()
    feeder.join()
    assert tar_ended.is_set()
    assert list(target.parent.iterdir()) == []
