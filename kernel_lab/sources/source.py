# SPDX-License-Identifier: GPL-2.0-only
"""Where kernel sources come from: a verified kernel, kept in the cache, unpacked as a whole or not at all.

`find` settles which source it is and leaves a checked tarball (or the folder the reader named), `unpack` makes a
tree of it, `originals` looks up single files as they were shipped.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kernel_lab.base import disk, given, lock
from kernel_lab.base.errors import LabError
from kernel_lab.base.progress import Progress, silent
from kernel_lab.sources import archive, debian, kernel_org, kernels
from kernel_lab.sources.kernels import Linux

SPECS = '"auto", "debian", "kernel.org", "kernel.org:6.1.38", or the path of a kernel folder or tarball'


@dataclass(frozen=True)
class Source:
    """One kernel source: `path` is a tarball or a folder; `key` is safe as the name of a folder."""

    key: str
    version: str
    title: str
    path: Path


def chosen() -> str:
    """What the environment names; "auto" where it names nothing."""
    return os.environ.get("KERNEL_LAB_SOURCE", "auto")


def find(spec: str, cache: Path, progress: Progress = silent, linux: Linux = kernels.FIRST) -> Source:
    """Return the source of `linux` that `spec` names, downloaded into `cache` and verified if it has to be.

    "auto" is Debian's package where there is apt, and kernel.org otherwise; "debian" and "kernel.org" are just these;
    "kernel.org:6.1.38" is this version. Without a version it is the newest one, and from then on what was downloaded.
    Anything else is the path of a folder or tarball. Raises LabError when it can't be had, isn't genuine, or
    isn't a clean tree of that kernel.
    """
    if not spec.strip():
        raise LabError("No kernel source was named.", f"Name one: {SPECS}.")
    _, colon, version = spec.partition(":")
    if not downloaded(spec):
        return _named(spec, linux)
    if colon and not re.fullmatch(rf"{re.escape(linux.name)}\.\d+", version):
        raise LabError(
            f'The laboratory\'s kernel is to be Linux {linux.name}; "{version}" is not one of its releases.',
            f'Name one with all three numbers, like "kernel.org:{linux.name}.38".{_other_kernel(version)}',
        )
    sources = cache / "sources"
    disk.make_folder(sources)
    try:
        with lock.alone(sources, progress):
            if spec == "debian" or (spec == "auto" and shutil.which("apt-get")):
                return _debian(linux, *debian.find(linux, sources, progress))
            return _kernel_org(*kernel_org.find(linux.name, version, sources, progress))
    except LabError as problem:
        raise LabError(problem.cause, f"{problem.remedy}\n{_another_way(spec, linux)}") from problem


def downloaded(spec: str) -> bool:
    """Whether `spec` names a place to download from, and not the path of a source that is there."""
    return spec in ("auto", "debian") or spec.partition(":")[0] == "kernel.org"


def _another_way(spec: str, linux: Linux) -> str:
    other = "kernel.org" if spec in ("auto", "debian") else "debian"
    return (
        f"Or take a kernel from elsewhere: KERNEL_LAB_SOURCE={other}, "
        f"or KERNEL_LAB_SOURCE=PATH with a tarball or folder of Linux {linux.name}."
    )


def unpack(source: Source, target: Path, progress: Progress = silent) -> None:
    """Make `target` a whole copy of the source; if it exists already, it is one, and nothing is done.

    The files grow up in a folder beside it that is renamed at the end, so what an interrupt or a full disk leaves
    behind is never taken for a tree. Raises LabError when there is too little space or the source is damaged.
    """
    if target.exists():
        return
    if source.path.is_dir() and target.resolve().is_relative_to(source.path.resolve()):
        raise LabError(
            f"The kernel would be copied into itself: {target} lies inside {source.path}.",
            "Set KERNEL_LAB_CACHE to a folder outside of that tree.",
        )
    disk.make_folder(target.parent)
    with lock.alone(target.parent, progress):
        if not target.exists():  # else another notebook was faster
            _unpack(source, target, progress)


def originals(source: Source, paths: Iterable[str]) -> dict[str, bytes | None]:
    """Return what these files of the kernel held when it was shipped; None where it has no such regular file.

    Reads the tarball or folder itself, not an unpacked copy, which the reader may have changed.
    """
    with damage_explained(source.path, _ours(source)):
        return archive.read(source.path, list(dict.fromkeys(paths)))


def matching(source: Source, patterns: Iterable[str]) -> dict[str, bytes]:
    """The same of all files whose path is like one of these patterns, by path."""
    with damage_explained(source.path, _ours(source)):
        return archive.matching(source.path, patterns)


def _debian(linux: Linux, version: str, tarball: Path) -> Source:
    return Source(f"debian-{version}", version.split("-")[0], f"Debian's {linux.package}, {version}", tarball)


def _kernel_org(version: str, tarball: Path) -> Source:
    return Source(f"kernel.org-{version}", version, f"Linux {version} from kernel.org", tarball)


def _unpack(source: Source, target: Path, progress: Progress) -> None:
    needed = archive.needed(source.path)
    try:
        with disk.whole(target) as partial:
            disk.require_space(target.parent, needed)
            partial.mkdir()
            with damage_explained(source.path, _ours(source)):
                linux = kernels.line_of(source.version) or kernels.FIRST
                archive.unpack(source.path, partial, progress, linux.unpacked)
            _refuse_built(partial, source.path)
    except OSError as error:
        raise disk.failed(f"unpack {source.path}", target.parent, needed, error) from error


def _ours(source: Source) -> bool:
    """Whether it is a download of ours, which may be deleted if it turns out damaged."""
    return not source.key.startswith("path-")


@contextmanager
def damage_explained(tarball: Path, ours: bool = False) -> Iterator[None]:
    """Say how to get a good tarball in place of a damaged one; one of ours is removed."""
    try:
        yield
    except archive.Damaged as damage:
        if ours:
            tarball.unlink(missing_ok=True)
            raise LabError(
                f"The tarball {tarball} was damaged or incomplete ({damage}), and was removed.",
                "Run this again to download it anew.",
            ) from damage
        raise LabError(
            f"The tarball {tarball} is damaged or incomplete ({damage}).",
            "Remove it and get it again, or name another source.",
        ) from damage


# What the reader names


def place(spec: str) -> Path:
    """The path that is named. Raises LabError where it can't be one."""
    return given.path(spec, f"Name one of these: {SPECS}.")


def _named(spec: str, linux: Linux) -> Source:
    """A folder or tarball of the reader's own. Raises LabError unless it is a clean tree of that kernel."""
    path = place(spec)
    if not (path.is_dir() or path.is_file()):
        raise LabError(f"There is no kernel source {path}.", f"Name one of these: {SPECS}.")
    found = version(path)
    if not linux.has(found):
        raise LabError(
            f"The laboratory's kernel is to be Linux {linux.name}, but {path} is Linux {found}.",
            f"Name a tree or tarball of {linux.name}, or unset KERNEL_LAB_SOURCE.{_other_kernel(found)}",
        )
    if path.is_dir():
        _refuse_built(path, path)
    return Source(_key(path), found, f"Linux {found} from {path}", path)


def _other_kernel(version: str) -> str:
    """What to say, in a remedy, of a version that is of another kernel than the one chosen."""
    if linux := kernels.line_of(version):
        return f" Or choose that kernel: {kernels.VARIABLE}={linux.name} before the command."
    return f" The book is for {kernels.names()}."


def version(path: Path) -> str:
    """The version of the kernel in a folder or tarball. Raises LabError where there is none."""
    with damage_explained(path):
        files = archive.read(path, ["Makefile", "Kconfig"])
    line = rb"^(VERSION|PATCHLEVEL|SUBLEVEL)[ \t]*=[ \t]*(\d+)[ \t]*$"
    numbers = dict(re.findall(line, files["Makefile"] or b"", re.MULTILINE))
    if len(numbers) < 3 or files["Kconfig"] is None:
        raise LabError(
            f"{path} is not a kernel source: it needs Kconfig and a Makefile with VERSION, PATCHLEVEL and SUBLEVEL"
            f"{'' if path.is_dir() else ', both directly inside its one top folder'}.",
            f"Name one of these: {SPECS}.",
        )
    return b".".join(numbers[name] for name in (b"VERSION", b"PATCHLEVEL", b"SUBLEVEL")).decode()


def _refuse_built(tree: Path, said: Path) -> None:
    """Raise LabError if something was built inside the tree: the kernel's Makefile then refuses O= with these tests."""
    built = [tree / ".config", tree / "include" / "config", *tree.glob("arch/*/include/generated")]
    if found := [str(path.relative_to(tree)) for path in built if path.exists()]:
        raise LabError(
            f"A kernel was configured or built inside {said}: it contains {found[0]}.",
            "Run `make mrproper` there (it deletes that .config too), or name a clean tree.",
        )


def _key(path: Path) -> str:
    """A name of its own for each path, and for each change of the tarball or of the folder's Makefile."""
    status = (path / "Makefile" if path.is_dir() else path).stat()
    identity = hashlib.sha256(os.fsencode(path) + f" {status.st_mtime_ns} {status.st_size}".encode()).hexdigest()
    # make can't build in a folder whose name has a space or a colon.
    name = re.sub(r"[^A-Za-z0-9._+-]+", "-", path.name) or "tree"
    return f"path-{name}-{identity[:8]}"
