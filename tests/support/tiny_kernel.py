# SPDX-License-Identifier: GPL-2.0-only
"""Tiny kernels, as folders and as tarballs, for the tests of where sources come from."""

import os
import subprocess
from pathlib import Path

import pytest

from kernel_lab.sources.source import Source

VERSION = "6.1.38"
NAME = f"linux-{VERSION}.tar.xz"


def make_tree(folder: Path, version: str = VERSION) -> Path:
    """The least that passes for a kernel, and a few things that copies must keep."""
    numbers = zip(("VERSION", "PATCHLEVEL", "SUBLEVEL"), version.split("."), strict=True)
    (folder / "kernel/bpf").mkdir(parents=True)
    (folder / "Makefile").write_text("# top\n" + "".join(f"{name} = {n}\n" for name, n in numbers) + "EXTRAVERSION =\n")
    (folder / "Kconfig").write_text('mainmenu "tiny"\n')
    (folder / "kernel/Makefile").write_text("VERSION = 9\n")
    (folder / "kernel/bpf/syscall.c").write_bytes(b"int syscall\xff;\n")
    (folder / "kernel/bpf/odd[1]*.c").write_bytes(b"odd\n")
    (folder / "kernel/bpf/noise").write_bytes(os.urandom(3 << 20))
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("kernel/bpf/syscall.c")
    return folder


def pack(tree: Path, tarball: Path) -> Path:
    tarball.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-C", tree.parent, "-caf", tarball, tree.name], check=True)
    return tarball


def contents(tree: Path) -> dict[str, object]:
    """Names, bytes, links and who may run what, so that two trees can be compared."""
    return {
        str(file.relative_to(tree)): file.readlink()
        if file.is_symlink()
        else (file.read_bytes(), os.access(file, os.X_OK))
        for file in sorted(tree.rglob("*"))
        if file.is_symlink() or file.is_file()
    }


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    return make_tree(tmp_path_factory.mktemp("kernel") / f"linux-{VERSION}")


@pytest.fixture(scope="module")
def tarball(tree) -> Path:
    return pack(tree, tree.parent / "packed" / NAME)


@pytest.fixture
def truncated(tarball, tmp_path) -> Path:
    cut = tmp_path / "cut.tar.xz"
    cut.write_bytes(tarball.read_bytes()[:2_000_000])
    return cut


def given(path: Path) -> Source:
    return Source("path-given", VERSION, "a tarball", path)


def left_in(cache: Path) -> list[str]:
    return sorted(file.name for file in (cache / "sources").iterdir())
