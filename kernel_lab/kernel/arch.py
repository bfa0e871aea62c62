# SPDX-License-Identifier: GPL-2.0-only
"""The architectures that there are kernels for, and what is different about each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arch:
    """`kernel` and `debian` are its names there; `image` is what boots; `compiler` makes its programs."""

    kernel: str
    debian: str
    image: str
    compiler: str
    qemu: str
    memory_mib: int


X86_64 = Arch("x86_64", "amd64", "arch/x86/boot/bzImage", "gcc", "qemu-system-x86_64", 512)

# Without debugging information: a page downloads these programs.
I386 = Arch("i386", "i386", "arch/x86/boot/bzImage", "gcc -m32 -s", "qemu-system-x86_64", 512)
