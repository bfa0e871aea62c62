# SPDX-License-Identifier: GPL-2.0-only
"""QEMU: the machine that it emulates, how it is started, and what its refusals mean."""

import re
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kernel_lab.base import tools
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import DIE_WITH_PARENT, environment, start
from kernel_lab.kernel.arch import X86_64, Arch

# RCU calls a processor stalled that has not answered for so many seconds, 300 at most (kernel/rcu/tree_stall.h). On a
# busy host a guest may be without one for longer than the usual 21.
KERNEL_PARAMETERS = "console={} loglevel=5 panic=-1 oops=panic rcupdate.rcu_cpu_stall_timeout=300"

# With these the guest's clock counts its instructions, one of them a nanosecond, and the guest does the same from boot
# to boot. QEMU: no pause while the guest sleeps, and a calendar that goes by the same clock. Kernel: nothing random in
# its addresses, and no calibration of a clock whose rate is known.
INSTRUCTION_CLOCK = ["-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01T00:00:00,clock=vm"]
INSTRUCTION_PARAMETERS = "nokaslr norandmaps nolapic_timer tsc_early_khz=1000000"

MORE_MEMORY = f"The machine wants {X86_64.memory_mib} MiB of memory. Close other programs, and run this again."

# What QEMU says when it refuses to start, and what to do then.
REFUSALS = {
    r"could not load .*(BIOS|firmware|rom)|could not find.*rom": (
        "A file of QEMU's is missing: sudo apt-get install --reinstall qemu-system-data (or what your system calls it)."
    ),
    r"[Cc]annot allocate memory|cannot set up guest memory": MORE_MEMORY,
    r"shared librar|symbol lookup error": "Install QEMU anew: sudo apt-get install --reinstall qemu-system-x86.",
    r"(?i:\bsmp\b|\bcpus\b|cpu topology)": "Name fewer processors, as lab.boot(cpus=2), and run this again.",
    r"(?i:kvm)": "KVM can't be used just now; another virtual machine may have it. End that, and run this again.",
    r"kernel header|kernel too old": "The kernel's file is damaged. Build it again: lab.build().",
}
REFUSED = "No cell of yours is the reason. See to what QEMU says there, and run this again."


@dataclass(frozen=True)
class Machine:
    """The kernel `image` on a machine that QEMU emulates, "tcg", or that runs on this one's processor, "kvm".

    With `count_instructions`, its clock is the number of instructions that it ran: emulated, on one CPU.
    """

    arch: Arch
    image: Path
    initramfs: Path
    accel: str = "tcg"
    cpus: int = 1
    parameters: str = ""
    count_instructions: bool = False

    def argv(self, *more: str) -> list[str]:
        """QEMU's command line but for the channels."""
        arch, console = self.arch, KERNEL_PARAMETERS.format(self.arch.console)
        counting = INSTRUCTION_PARAMETERS if self.count_instructions else ""
        return [
            arch.qemu, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-machine", f"{arch.machine},accel={self.accel}", "-cpu", "host" if self.accel == "kvm" else arch.processor,
            *arch.firmware, "-m", str(arch.memory_mib), "-smp", str(self.cpus),
            "-kernel", str(self.image), "-initrd", str(self.initramfs),
            "-append", " ".join(filter(None, [console, arch.parameters, counting, self.parameters])),
            *(INSTRUCTION_CLOCK if self.count_instructions else []), *more,
        ]  # fmt: skip

    def on_terminal(self) -> list[str]:
        """The command that boots it with its console on this terminal: Ctrl-A X ends QEMU."""
        return self.argv("-serial", "mon:stdio")

    def interactive(self) -> None:
        """Boot with a shell on this terminal, until it is left: `exit`, or Ctrl-A X, which ends QEMU."""
        self._require_qemu()
        argv = [*DIE_WITH_PARENT, *self.on_terminal()]
        subprocess.run(argv, check=False, env=environment())  # on this terminal, which a session of its own would lose

    def start(self, console: Path) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """Start QEMU, its console in the file `console`; returns its process and our end of the guest's channel."""
        self._require_qemu()
        ours, theirs = socket.socketpair()
        console.unlink(missing_ok=True)
        argv = self.argv(
            "-serial", f"file:{console}",
            # Without ioeventfd, the guest's writes to the channel are handled at once, not when the main loop runs.
            "-device", "virtio-serial-pci,ioeventfd=off",
            "-chardev", f"socket,id=channel,fd={theirs.fileno()}", "-device", "virtserialport,chardev=channel",
        )  # fmt: skip
        with theirs, said_file(console).open("w", encoding="utf-8") as said:
            process = start([*DIE_WITH_PARENT, *argv], stdout=said, stderr=said, pass_fds=[theirs.fileno()])
        return process, ours

    def _require_qemu(self) -> None:
        if not shutil.which(self.arch.qemu):
            lacking = [tool for tool in tools.missing() if tool.proof == self.arch.qemu]
            raise LabError(f"There is no QEMU ({self.arch.qemu}) to boot the kernel in.", tools.remedy(lacking))


def said_file(console: Path) -> Path:
    """Where QEMU's own words are, of the machine with this console."""
    return console.with_suffix(".qemu")


def refusal(said: str, status: int) -> tuple[str, str]:
    """The cause and the remedy, where QEMU ended with `status` before the machine ran."""
    if status == -signal.SIGKILL:
        return "QEMU was killed, most likely because memory ran out.", MORE_MEMORY
    remedy = next((remedy for pattern, remedy in REFUSALS.items() if re.search(pattern, said)), REFUSED)
    return f"QEMU did not start the machine: {said.strip() or f'status {status}'}", remedy
