# SPDX-License-Identifier: GPL-2.0-only
"""What the guest's programs are made of: Debian 12's busybox and static libraries, unpacked into the cache.

They never come from the machine: then they are the same bytes everywhere, and link on systems whose own static
libraries do not.
"""

import shutil
from pathlib import Path

from kernel_lab.base import disk, lock
from kernel_lab.base.errors import LabError
from kernel_lab.base.progress import Progress
from kernel_lab.base.tools import ARCHITECTURE
from kernel_lab.sources import debian

PACKAGES = ["busybox-static", "libbpf-dev", "libelf-dev", "zlib1g-dev", "libc6-dev", "libgcc-12-dev"]
BYTES = 150_000_000  # both the lists and the files


def sysroot(cache: Path, progress: Progress, arch: str = ARCHITECTURE) -> Path:
    """A folder with the packages' files, for an architecture in Debian's words. Raises LabError."""
    return unpacked(cache, arch, PACKAGES, BYTES, progress, arch)


def unpacked(cache: Path, name: str, packages: list[str], size: int, progress: Progress,
             arch: str = ARCHITECTURE) -> Path:  # fmt: skip
    """The folder of this name with the files of these packages, of `size` bytes with their lists. Raises LabError."""
    root = cache / "sysroot" / name
    disk.make_folder(root.parent)
    with lock.alone(root.parent, progress):
        if not root.exists():
            _fill(root, arch, packages, size, progress)
    return root


def _fill(root: Path, arch: str, packages: list[str], size: int, progress: Progress) -> None:
    try:
        disk.require_space(root.parent, size)
        debian.unpack(debian.GUEST_SUITE, arch, root, packages, progress)
    except OSError as error:
        raise disk.failed(f"unpack packages of Debian into {root}", root.parent, size, error) from error


def busybox(root: Path) -> Path:
    """The packages' busybox, which lies in /bin or in /usr/bin. Raises LabError where it is not."""
    for place in ("bin", "usr/bin"):
        if (root / place / "busybox").is_file():
            return root / place / "busybox"
    shutil.rmtree(root)
    raise LabError(f"There was no busybox in {root}, which was removed.", "Run this again to download it anew.")


def sources(cache: Path, arch: str = "i386") -> dict[str, str]:
    """For each package its Debian source package and version; nothing, if none has been unpacked."""
    root = cache / "sysroot" / arch
    return debian.packages(root) if root.is_dir() else {}
