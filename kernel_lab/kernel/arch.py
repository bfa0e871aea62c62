# SPDX-License-Identifier: GPL-2.0-only
"""The architectures that there are kernels for, and what is different about each."""

from dataclasses import dataclass
from pathlib import Path

from kernel_lab.base.tools import ARCHITECTURE


@dataclass(frozen=True)
class Arch:
    """`kernel` and `debian` are its names there; `image` is what boots; `compiler` makes its programs.

    `cross` is the prefix of the compilers that make its kernel, if this machine's own do not; `tools` is the group of
    apt.txt that has them. `fragments` are added to the configuration of each kernel. `machine`, `processor`, `firmware`
    are for QEMU, without KVM; `console` and `parameters` are for the kernel.
    """

    kernel: str
    debian: str
    image: str
    compiler: str
    qemu: str
    machine: str
    processor: str
    console: str
    memory_mib: int = 512
    firmware: tuple[str, ...] = ()
    parameters: str = ""
    cross: str = ""
    tools: str = "boot"
    fragments: tuple[Path, ...] = ()

    @property
    def native(self) -> bool:
        """Whether this machine's processor could run it."""
        return self.qemu == HOST.qemu


_ON_ARM64 = ARCHITECTURE == "arm64"
_ARM64_PREFIX = "" if _ON_ARM64 else "aarch64-linux-gnu-"
_I386_PREFIX = "i686-linux-gnu-" if _ON_ARM64 else ""


def _x86(kernel: str, debian: str, compiler: str, cross: str = "") -> Arch:
    """A PC: q35 with qboot is the quickest of QEMU's without KVM.

    The kernel is not to try for itself whether the timer's interrupts arrive: on a host that is busy, fewer of them
    come than it expects, and it panics ("IO-APIC + timer doesn't work", arch/x86/kernel/apic/io_apic.c).
    """
    return Arch(
        kernel, debian, "arch/x86/boot/bzImage", compiler, "qemu-system-x86_64", "q35", "qemu64", "ttyS0",
        cross=cross, firmware=("-bios", "qboot.rom"), parameters="no_timer_check",
    )  # fmt: skip


X86_64 = _x86("x86_64", "amd64", "gcc")

# Without debugging information: a page downloads these programs.
I386 = _x86("i386", "i386", f"{_I386_PREFIX}gcc -m32 -s", _I386_PREFIX)

ARM64 = Arch(
    "arm64", "arm64", "arch/arm64/boot/Image", f"{_ARM64_PREFIX}gcc", "qemu-system-aarch64",
    "virt,gic-version=max", "cortex-a57", "ttyAMA0", cross=_ARM64_PREFIX,
    tools="boot" if _ON_ARM64 else "arm64", fragments=(Path(__file__).with_name("arm64.config"),),
)  # fmt: skip

HOST = ARM64 if _ON_ARM64 else X86_64
"""What this machine's own programs are for."""
