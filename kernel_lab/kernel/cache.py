# SPDX-License-Identifier: GPL-2.0-only
"""The cache folder, proved before a byte is downloaded: make can work in it, and there is room for all that comes.

Each proof takes a few milliseconds, so every command makes them anew: a disk may be another one tomorrow.
"""

import os
import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from kernel_lab.base import disk, process
from kernel_lab.base.errors import LabError
from kernel_lab.kernel.build import BUILD_BYTES
from kernel_lab.sources import archive, debian, kernels, source, sysroot
from kernel_lab.sources.kernels import Linux

CHOOSE = "Set KERNEL_LAB_CACHE to another folder, such as /var/tmp/kernel-lab, and run this again."

# The kernel's Makefile refuses the first two. The others stop the build of objtool (the comma, too), or make and its
# shell take them for something else.
BREAKS_MAKE = re.compile(r"""[\s:,#$%&'"`\\;<>|()\[\]*?!=\x00-\x1f]""")


def prove(cache: Path, spec: str, linux: Linux = kernels.FIRST) -> None:
    """Raises LabError where this kernel, of the source `spec`, can't be unpacked and built in the folder `cache`."""
    _refuse_relative(os.environ.get("KERNEL_LAB_CACHE", ""), cache)
    _refuse_name(cache)
    disk.make_folder(cache)
    try:
        with TemporaryDirectory(prefix=".proof-", dir=cache) as place:
            _prove_links(cache, Path(place))
            _prove_case(cache, Path(place))
            _prove_programs(cache, Path(place))
    except OSError as error:
        if error.errno in disk.FULL:
            raise disk.full([cache], "") from error
        raise LabError(f"Nothing can be written in the cache folder {cache}: {error.strerror}.", CHOOSE) from error
    disk.require_space(cache, missing_bytes(cache, spec, linux))


def missing_bytes(cache: Path, spec: str, linux: Linux = kernels.FIRST) -> int:
    """How much room a first kernel takes; nothing where there is a tree of it already, whatever that was made of."""
    if any(_may_be(linux, shipped.parents[1] / "linux") for shipped in cache.glob("trees/*/state/shipped")):
        return 0
    if source.downloaded(spec):
        tarballs = cache.glob(f"sources/linux-*{linux.name}[._]*.tar.xz")
        downloads = 0 if any(tarballs) else debian.kernel_bytes(linux)
        libraries = 0 if any(cache.glob("sysroot/*")) else sysroot.BYTES
        return downloads + libraries + archive.NEEDED_BYTES + BUILD_BYTES
    own = source.place(spec)
    tree = archive.needed(own) if own.exists() else 0
    return tree + min(tree, BUILD_BYTES)


def _may_be(linux: Linux, tree: Path) -> bool:
    """Whether a tree is of this kernel; so it is until it is known to be of another."""
    with suppress(LabError):
        return linux.has(source.version(tree))
    return True


def _refuse_relative(named: str, cache: Path) -> None:
    if named and not Path(named).expanduser().is_absolute():
        raise LabError(
            f'KERNEL_LAB_CACHE is "{named}", which is one folder in a terminal and another in a notebook.',
            f"Name it in full: KERNEL_LAB_CACHE={cache}",
        )


def _refuse_name(cache: Path) -> None:
    if found := BREAKS_MAKE.search(str(cache)):
        what = {" ": "a space", ":": "a colon"}.get(found[0], repr(found[0]))
        raise LabError(f"The cache folder {cache} has {what} in its path, and make can't build a kernel there.", CHOOSE)


def _prove_links(cache: Path, place: Path) -> None:
    try:
        (place / "link").symlink_to("target")
    except OSError as error:
        raise LabError(
            f"The disk of the cache folder {cache} has no symbolic links ({error.strerror}), which the kernel needs.",
            CHOOSE,
        ) from error


def _prove_case(cache: Path, place: Path) -> None:
    """A kernel has files whose names differ in nothing else: xt_mark.h and xt_MARK.h."""
    (place / "case").touch()
    if (place / "CASE").exists():
        raise LabError(
            f"The disk of the cache folder {cache} takes names that differ in upper and lower case for one, and the "
            "kernel has such files. Disks of Windows and macOS are like that.",
            CHOOSE,
        )


def _prove_programs(cache: Path, place: Path) -> None:
    program = place / "program"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    try:
        process.output(program)
    except LabError as error:
        raise LabError(
            f"Programs that are made in the cache folder {cache} can't be run ({error.cause}), and a build makes some. "
            "The disk may be mounted with the option noexec.",
            CHOOSE,
        ) from error
