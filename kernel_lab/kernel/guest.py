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

BOOT_SECONDS = 180  # far more than any boot takes, with KASAN under emulation on a busy machine too
COMMAND_SECONDS = 30  # what a command may take where nothing else is said
ANSWER_SECONDS = 10  # what the guest may take, beyond the command's own limit, before it counts as hung
LOOK_SECONDS = 0.25  # how often to see whether the guest was switched off: QEMU may run on, with a halted processor
BYTES_A_SECOND = 2**20  # through the channel, on a busy machine

ALL = 2**26  # of a command's output: more has no room in the guest

# What the kernel writes to the console when something is wrong.
SPLAT = re.compile(
    r"(BUG:|WARNING:|Oops|Kernel panic|general protection|INFO: rcu|INFO: task|suspicious RCU usage|recursive locking)"
)
SWITCHED_OFF = re.compile(r"\breboot: (System halted|Power down|Restarting system)\s*$")
CONSOLE_LINES = 25
TIMEOUT_LINES = 40


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


class GuestOff(GuestError):
    """A command switched the guest off: poweroff, halt or reboot."""


class GuestHang(GuestError):
    """The guest did not answer in time, and was ended: its answer would be taken for that to another command."""


class KernelSplat(GuestError):
    """The kernel complained (BUG:, WARNING: …) while a command ran, and went on."""


class CommandTimeout(GuestError):
    """A command ran for longer than it was given; it was ended, and the guest goes on. `result` is what it left."""

    def __init__(self, result: "Result", seconds: int, script: str, how: str = "Guest.run(..., seconds=60)"):
        self.result = result
        printed = f"Up to then it printed:\n{_indented(result.printed)}" if result.printed else "It printed nothing."
        super().__init__(
            f"The command was ended after {seconds} s:\n{_indented(script)}\n{printed}",
            remedy=f"The guest goes on. Give the command more time, as with {how}; or find out what it waits for.",
        )


def _indented(text: str) -> str:
    lines = text.strip("\n").split("\n")
    more = [f"[{len(lines) - TIMEOUT_LINES} lines more]"] if len(lines) > TIMEOUT_LINES else []
    return "\n".join(f"    {line}" for line in lines[:TIMEOUT_LINES] + more)


@dataclass(frozen=True)
class Result:
    """What a command left: its exit status, and its outputs as bytes (`text` is stdout decoded).

    `left_out` is how many bytes of them are not there, because they were too many.
    """

    status: int
    stdout: bytes
    stderr: bytes
    left_out: int = 0

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace")

    @property
    def error(self) -> str:
        return self.stderr.decode(errors="replace")

    @property
    def printed(self) -> str:
        """Both outputs, for somebody to read."""
        note = f"\n[{self.left_out:,} bytes more are left out]" if self.left_out else ""
        return (self.text + self.error).rstrip("\n") + note


def request(script: str, seconds: int, stdin: bytes = b"", most: int = ALL) -> bytes:
    """What guest_init.sh takes: a script to run for so many seconds at most."""
    body = script.encode(errors="surrogateescape")
    return b"%d %d %d %d\n" % (seconds, len(body), len(stdin), most) + body + stdin


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

    @property
    def busy(self) -> bool:
        """Whether a command that was interrupted on the host still runs in the guest."""
        return bool(self._owed)

    def run(self, script: str, stdin: bytes = b"", seconds: int = COMMAND_SECONDS, most: int = ALL) -> Result:
        """Run a shell script in the guest and wait for it. Of each output, no more than `most` bytes are kept.

        Raises CommandTimeout after `seconds`; KernelSplat when the kernel complained meanwhile;
        GuestPanic, GuestOops, GuestOff, GuestHang or GuestLost when the machine is gone.
        """
        self.settle()
        asked = time.monotonic()
        self._ask(request(script, seconds, stdin, most), seconds)
        result = self._reply()
        self._refuse_splat()
        if result.status in (124, 137, 143) and time.monotonic() - asked >= seconds:
            raise CommandTimeout(result, seconds, script)
        return result

    def job(self, seconds: int) -> Result:
        """Wait for the job that was packed into the initramfs, for `seconds` of the host. Raises what run() raises."""
        self._owed = seconds
        result = self._reply()
        self._refuse_splat()
        return result

    def settle(self) -> None:
        """Wait for a command that was interrupted on the host (Ctrl-C) but went on in the guest; drop its reply."""
        if self._owed:
            self._reply()

    def put(self, path: str, data: bytes, mode: int = 0o755) -> None:
        """Write a file in the guest. Raises GuestError where the guest could not."""
        if len(data) > ALL:
            raise GuestError(f"{path} is too large for the guest: {len(data)} bytes.", remedy="Make it smaller.")
        quoted = f"'{path}'"
        result = self.run(f"cat > {quoted} && chmod {mode:o} {quoted}", stdin=data)
        if result.status:
            full = "No space left" in result.error
            raise GuestError(
                f"The guest could not write {path}: {result.error.strip()}",
                remedy="Remove files there, or boot a new guest with lab.boot()." if full else "Look at the path.",
            )

    def get(self, path: str) -> bytes:
        """Read a file of the guest. Raises GuestError where the guest could not."""
        result = self.run(f"cat '{path}'")
        if result.status:
            raise GuestError(f"The guest could not read {path}: {result.error.strip()}", remedy="Look at the path.")
        return result.stdout

    def close(self) -> None:
        """End the machine. Nothing is left behind."""
        self._owed = 0.0
        end_group(self._process)
        self._channel.close()

    # The channel ------------------------------------------------------------------------------

    def _greet(self, build_id: str, patience: float) -> None:
        try:
            words = self._line(time.monotonic() + patience).split()
        except GuestHang as hang:
            raise BootFailed(f"The kernel did not answer within {patience:.0f} s.", hang.console) from None
        except (GuestLost, GuestPanic, GuestOops, GuestOff) as end:
            if self._process.returncode and not self.console:
                raise NotStarted(self._qemu_said(), self._process.returncode) from None
            raise BootFailed("The kernel did not boot.", end.console) from None
        if build_id not in words[-1]:
            raise WrongKernel(
                "The guest does not run the kernel that was built last.",
                remedy="Build it: lab.build(); then lab.boot().",
            )
        self._console_seen = len(self.console)

    def _ask(self, data: bytes, seconds: int) -> None:
        """Send a request, and note that its reply is owed. One that was sent in part would swallow the next."""
        if not self.alive:
            raise self._end()
        self._owed = seconds + ANSWER_SECONDS
        try:
            self._channel.sendall(data)
        except OSError:
            raise self._end() from None
        except BaseException:  # an interrupt
            self.close()
            raise

    def _reply(self) -> Result:
        header = self._line(time.monotonic() + self._owed)
        try:
            status, out, err, left_out = map(int, header.split())
        except ValueError:
            self.close()
            raise GuestLost("The guest answered what can't be understood, and was ended.", self.console) from None
        size = len(header) + 1 + out + err
        deadline = time.monotonic() + ANSWER_SECONDS + size / BYTES_A_SECOND
        while len(self._buffer) < size:
            self._receive(deadline)
        data, self._buffer = self._buffer[len(header) + 1 : size], self._buffer[size:]
        self._owed = 0.0
        return Result(status, data[:out], data[out:], left_out)

    def _line(self, deadline: float) -> str:
        """The first line of what has come in. It stays in the buffer, so that an interrupt loses nothing."""
        while b"\n" not in self._buffer:
            self._receive(deadline)
        line = self._buffer.split(b"\n", 1)[0].decode(errors="replace")
        if line.startswith("ready"):
            self._buffer = self._buffer.split(b"\n", 1)[1]
        return line

    def _receive(self, deadline: float) -> None:
        """Take what has come in. Raises GuestHang where nothing has at the deadline, or not enough before it."""
        while not select.select([self._channel], [], [], max(0, min(LOOK_SECONDS, deadline - time.monotonic())))[0]:
            if SWITCHED_OFF.search(self._news):
                raise self._end()
            if time.monotonic() >= deadline:
                raise self._hang()
        try:
            data = self._channel.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            raise self._end()
        self._buffer += data

    # What went wrong --------------------------------------------------------------------------

    @property
    def _news(self) -> str:
        """What the kernel has written to its console since the last command."""
        return self.console[self._console_seen :]

    def _hang(self) -> GuestHang:
        console = self.console
        self.close()
        return GuestHang("The guest does not answer, and was ended.", console)

    def _end(self) -> GuestError:
        """The machine is gone, or is of no use any more; the console says why."""
        console = self._news
        if not SWITCHED_OFF.search(console):
            self._process.wait()  # and for the console's last words
            console = self._news
        self.close()
        if "Oops" in console or "general protection" in console:
            return GuestOops("The kernel went wrong (an oops), and was stopped.", console)
        if "Kernel panic" in console:
            return GuestPanic("The kernel gave up (a panic).", console)
        if SWITCHED_OFF.search(console):
            return GuestOff("The guest was switched off.", remedy="lab.boot() boots a new one.")
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
