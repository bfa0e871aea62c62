# SPDX-License-Identifier: GPL-2.0-only
"""A virtual machine that runs the kernel just built, and a channel to run commands in it.

The channel is a virtio-serial port, its host end one half of a socket pair: no file to race for, and
the end of the machine, whatever ends it, is an end of file here.
"""

import re
import select
import time
from dataclasses import dataclass
from pathlib import Path

from kernel_lab.base.errors import LabError
from kernel_lab.base.process import end_group
from kernel_lab.kernel.qemu import Machine, refusal, said_file

BOOT_SECONDS = 60  # far more than any boot takes, under emulation on a busy machine too
ANSWER_SECONDS = 10  # what the guest may take, beyond the command's own limit, before it counts as hung

# What the kernel writes to the console when something is wrong.
SPLAT = re.compile(
    r"(BUG:|WARNING:|Oops|Kernel panic|general protection|INFO: rcu|INFO: task|suspicious RCU usage|recursive locking)"
)
CONSOLE_LINES = 25


class GuestError(LabError):
    """Something happened to the guest; the cause ends with what the console says of it."""

    def __init__(self, cause: str, console: str = "", remedy: str = "Boot again with lab.boot()."):
        self.console = console
        says = "\n".join(_telling(console.splitlines()))
        super().__init__(f"{cause} The console says:\n{says}" if says else cause, remedy)


def _telling(lines: list[str]) -> list[str]:
    """The lines from the kernel's first complaint on, or the last ones where it did not complain."""
    first = next((i for i, line in enumerate(lines) if SPLAT.search(line)), max(0, len(lines) - CONSOLE_LINES))
    return lines[first : first + CONSOLE_LINES]


class BootFailed(GuestError):
    """The kernel did not come as far as answering."""


class NotStarted(BootFailed):
    """QEMU refused to start the machine; the cause ends with what QEMU says."""

    def __init__(self, said: str, status: int):
        cause, remedy = refusal(said, status)
        super().__init__(cause, remedy=remedy)


class WrongKernel(GuestError):
    """The guest runs another kernel than the one just built."""


class GuestPanic(GuestError):
    """The kernel gave up: "Kernel panic - not syncing"."""


class GuestOops(GuestError):
    """The kernel did something it must not, such as following a NULL pointer; the laboratory stops it there."""


class GuestLost(GuestError):
    """QEMU ended without a word from the kernel."""


class GuestHang(GuestError):
    """The guest does not answer any more."""


class KernelSplat(GuestError):
    """The kernel complained (BUG:, WARNING: …) while a command ran, and went on."""


class CommandTimeout(GuestError):
    """A command ran for longer than it was given; it was ended, and the guest goes on."""


@dataclass(frozen=True)
class Result:
    """What a command left: its exit status, and its outputs as bytes (`text` is stdout decoded)."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace")

    @property
    def error(self) -> str:
        return self.stderr.decode(errors="replace")


class Guest:
    """A running guest. Use it as a context manager, or call close().

    Raises BootFailed when the kernel does not answer within `patience` seconds, and WrongKernel when its
    build id is not `build_id`.
    """

    def __init__(self, machine: Machine, build_id: str, console: Path, patience: float = BOOT_SECONDS):
        self.accel, self._console_file, self._console_seen = machine.accel, console, 0
        self._buffer, self._owed = b"", 0.0
        self._process, self._channel = machine.start(console)
        try:
            self._greet(build_id, patience)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """QEMU's process."""
        return self._process.pid

    @property
    def console(self) -> str:
        """All that the kernel has written to its console so far."""
        return self._console_file.read_text(errors="replace", encoding="utf-8") if self._console_file.exists() else ""

    def run(self, script: str, stdin: bytes = b"", seconds: int = 30) -> Result:
        """Run a shell script in the guest and wait for it.

        Raises CommandTimeout after `seconds`; KernelSplat when the kernel complained meanwhile;
        GuestPanic, GuestOops, GuestHang or GuestLost when the machine is gone.
        """
        self._settle_debt()
        body = script.encode()
        self._owed = seconds + ANSWER_SECONDS
        asked = time.monotonic()
        self._send(b"%d %d %d\n" % (seconds, len(body), len(stdin)) + body + stdin)
        result = self._reply()
        if result.status in (124, 137, 143) and time.monotonic() - asked >= seconds:
            raise CommandTimeout(
                f"The command was ended after {seconds} s:\n    {script.strip()}",
                remedy="The guest is well. Give the command more time, or find out what it waits for.",
            )
        self._refuse_splat()
        return result

    def job(self, seconds: int) -> Result:
        """Wait for the job that was packed into the initramfs, for `seconds` of the host. Raises what run() raises."""
        self._owed = seconds
        result = self._reply()
        self._refuse_splat()
        return result

    def put(self, path: str, data: bytes, mode: int = 0o755) -> None:
        """Write a file in the guest. Raises GuestError where the guest could not."""
        quoted = f"'{path}'"
        result = self.run(f"cat > {quoted} && chmod {mode:o} {quoted}", stdin=data)
        if result.status:
            raise GuestError(f"The guest could not write {path}: {result.error.strip()}", remedy="Look at the path.")

    def get(self, path: str) -> bytes:
        """Read a file of the guest. Raises GuestError where the guest could not."""
        result = self.run(f"cat '{path}'")
        if result.status:
            raise GuestError(f"The guest could not read {path}: {result.error.strip()}", remedy="Look at the path.")
        return result.stdout

    def close(self) -> None:
        """End the machine. Nothing is left behind."""
        end_group(self._process)
        self._channel.close()

    # The channel ------------------------------------------------------------------------------

    def _greet(self, build_id: str, patience: float) -> None:
        try:
            words = self._line(time.monotonic() + patience).split()
        except GuestHang as hang:
            raise BootFailed(f"The kernel did not answer within {patience:.0f} s.", hang.console) from None
        except (GuestLost, GuestPanic, GuestOops) as end:
            if self._process.returncode and not self.console:
                raise NotStarted(self._qemu_said(), self._process.returncode) from None
            raise BootFailed("The kernel did not boot.", end.console) from None
        if build_id not in words[-1]:
            raise WrongKernel(
                "The guest does not run the kernel that was built last.",
                remedy="Build it: lab.build(); then lab.boot().",
            )
        self._console_seen = len(self.console)

    def _settle_debt(self) -> None:
        """Drop the reply to a command that was interrupted on the host (Ctrl-C) but went on in the guest."""
        if self._owed:
            self._reply()

    def _reply(self) -> Result:
        deadline = time.monotonic() + self._owed
        header = self._line(deadline)
        status, out, err = map(int, header.split())
        size = len(header) + 1 + out + err
        while len(self._buffer) < size:
            self._receive(deadline)
        data, self._buffer = self._buffer[len(header) + 1 : size], self._buffer[size:]
        self._owed = 0.0
        return Result(status, data[:out], data[out:])

    def _line(self, deadline: float) -> str:
        """The first line of what has come in. It stays in the buffer, so that an interrupt loses nothing."""
        while b"\n" not in self._buffer:
            self._receive(deadline)
        line = self._buffer.split(b"\n", 1)[0].decode()
        if line.startswith("ready"):
            self._buffer = self._buffer.split(b"\n", 1)[1]
        return line

    def _receive(self, deadline: float) -> None:
        ready, _, _ = select.select([self._channel], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            self._owed = 0.0
            raise GuestHang("The guest does not answer.", self.console)
        try:
            data = self._channel.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            raise self._end()
        self._buffer += data

    def _send(self, data: bytes) -> None:
        try:
            self._channel.sendall(data)
        except OSError:
            raise self._end() from None

    # What went wrong --------------------------------------------------------------------------

    def _end(self) -> GuestError:
        """The machine is gone; the console says why."""
        self._owed = 0.0
        self._process.wait()
        console = self.console[self._console_seen :]
        if "Oops" in console or "general protection" in console:
            return GuestOops("The kernel went wrong (an oops), and was stopped.", console)
        if "Kernel panic" in console:
            return GuestPanic("The kernel gave up (a panic).", console)
        return GuestLost("The virtual machine is gone.", console or self._qemu_said())

    def _refuse_splat(self) -> None:
        console = self.console
        news, self._console_seen = console[self._console_seen :], len(console)
        if SPLAT.search(news):
            raise KernelSplat(
                "The kernel complained while the command ran.", news, "The guest goes on; find the cause."
            )

    def _qemu_said(self) -> str:
        log = said_file(self._console_file)
        return log.read_text(errors="replace", encoding="utf-8") if log.exists() else ""
