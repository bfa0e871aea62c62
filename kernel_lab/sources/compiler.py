# SPDX-License-Identifier: GPL-2.0-only
"""What compiles programs in C for the hook, and shows what is in them: Debian 12's clang, LLVM's tools and bpftool.

They are unpacked into the cache with every library that they need, down to the C library, and run by that one's own
loader. So they are the same on each system, whichever clang it has, or none, and print the same.
"""

from pathlib import Path

from kernel_lab.base.errors import LabError
from kernel_lab.base.progress import Progress
from kernel_lab.base.tools import ARCHITECTURE
from kernel_lab.sources.sysroot import unpacked

# The first six are used; the others are what they are linked with.
PACKAGES = [
    "clang-14", "libclang-common-14-dev", "libclang-cpp14", "libllvm14", "llvm-14", "bpftool",
    "libbsd0", "libc6", "libcap2", "libedit2", "libelf1", "libffi8", "libgcc-s1", "libicu72", "liblzma5", "libmd0",
    "libstdc++6", "libtinfo6", "libxml2", "libz3-4", "zlib1g",
]  # fmt: skip
BYTES = 480_000_000  # what is downloaded (70 MB), and what it is unpacked to (310 MB), and the lists

TRIPLET, LOADER = {
    "amd64": ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "arm64": ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}[ARCHITECTURE]
LIBRARIES = (f"lib/{TRIPLET}", f"usr/lib/{TRIPLET}")
LLVM = ("clang", "llvm-objdump", "llvm-readelf", "llvm-strip")
TOOLS = {"bpftool": "usr/sbin/bpftool"} | {name: f"usr/lib/llvm-14/bin/{name}" for name in LLVM}


def compiler(cache: Path, progress: Progress) -> Path:
    """The folder that has it all. Raises LabError where it can't be had."""
    return unpacked(cache, "compiler", PACKAGES, BYTES, progress)


def require_tool(name: str) -> None:
    """Raises LabError, with those there are, where there will be no such tool in the folder."""
    if name not in TOOLS:
        raise LabError(f"There is no tool {name!r}.", f"There are {', '.join(TOOLS)}.")


def command(root: Path, name: str) -> list[str]:
    """How to call one of the tools in the folder, on any system."""
    libraries = ":".join(str(root / folder) for folder in LIBRARIES)
    return [str(root / LIBRARIES[0] / LOADER), "--library-path", libraries, str(root / TOOLS[name])]
