# SPDX-License-Identifier: GPL-2.0-only
"""The guest on the real kernel: what a command leaves, and every way in which a machine can end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kernel_lab.kernel import kvm
from kernel_lab.kernel.arch import X86_64
from kernel_lab.kernel.guest import (
    BootFailed,
    CommandTimeout,
    Guest,
    GuestError,
    GuestHang,
    GuestLost,
    GuestOff,
    GuestOops,
    GuestPanic,
    KernelSplat,
    WrongKernel,
)
from kernel_lab.kernel.qemu import Machine

CRASH = Path(__file__).with_name("crash")


@pytest.fixture
def crash(finished, guest):
    """A module in the guest that goes wrong in the way its parameter says."""
    guest.put("/root/crash.ko", (finished.current.made.module(CRASH) / "crash.ko").read_bytes())
    return guest


def test_outputs_and_status_are_kept_apart(guest):
    result = guest.run("echo out; echo err >&2; exit 3")
    assert (result.status, result.stdout, result.stderr) == (3, b"out\n", b"err\n")


def test_every_byte_arrives(guest):
    data = bytes(range(256)) * 4096 + b"\r\n\x00"
    guest.put("/tmp/data", data, 0o600)
    assert guest.get("/tmp/data") == data
    assert guest.run("cat", stdin=data).stdout == data


def test_a_script_that_is_no_shell(guest):
    result = guest.run("if then")
    assert result.status == 2
    assert "syntax error" in result.error


def test_a_file_that_cannot_be_written_or_read(guest):
    with pytest.raises(GuestError, match="could not write /nowhere/file"):
        guest.put("/nowhere/file", b"")
    with pytest.raises(GuestError, match="could not read /nowhere/file"):
        guest.get("/nowhere/file")


def test_a_command_that_hangs_is_ended_and_the_guest_goes_on(guest):
    with pytest.raises(CommandTimeout, match=r"ended after 1 s:\n    echo hello\n    sleep 1000\nUp .*:\n    hello\n→"):
        guest.run("echo hello\nsleep 1000", seconds=1)
    assert guest.run("echo well; pidof sleep").text == "well\n"


def test_a_child_in_the_background_does_not_hold_the_answer_back(guest):
    assert guest.run("sleep 1000 & echo done").text == "done\n"


def test_a_child_in_the_background_does_not_write_into_another_answer(guest):
    guest.run("rm -f /tmp/go; (until [ -e /tmp/go ]; do :; done; echo late; touch /tmp/went) &")
    assert guest.run("touch /tmp/go; until [ -e /tmp/went ]; do :; done; echo mine").text == "mine\n"


def test_output_without_an_end_is_ended_and_cut(guest):
    result = guest.run("yes", most=1000)
    assert result.stdout == b"y\n" * 500
    assert result.left_out > 2**20
    assert result.printed.endswith(" bytes more are left out]")
    assert guest.run("echo well").text == "well\n"


def test_a_program_that_writes_on_after_its_time_does_not_write_into_an_answer(guest):
    with pytest.raises(CommandTimeout):
        guest.run("while :; do echo more; done", seconds=1, most=100)
    assert guest.run("echo well").text == "well\n"


def test_a_full_guest_goes_on(guest):
    full = guest.run("dd if=/dev/zero of=/run/a bs=1M count=100; dd if=/dev/zero of=/run/lab/b bs=1M || rm /run/a")
    assert "No space left on device" in full.error
    guest.run("mount -t tmpfs -o size=1m small /tmp")
    with pytest.raises(GuestError, match=r"No space left on device[^→]*→ Remove files there"):
        guest.put("/tmp/big", bytes(2 << 20))
    assert guest.run("umount /tmp; echo well").text == "well\n"


def test_an_interrupt_on_the_host_loses_no_answer(guest, monkeypatch):
    def interrupt(_deadline):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(guest, "_receive", interrupt)
        with pytest.raises(KeyboardInterrupt):
            guest.run("echo first")
    assert guest.run("echo second").text == "second\n"


def test_a_warning_of_the_kernel_is_not_swallowed(crash):
    with pytest.raises(KernelSplat, match=r"WARNING: .*crash"):
        crash.run("insmod crash.ko how=warn")
    assert crash.run("true").status == 0


def test_a_panic(crash):
    with pytest.raises(GuestPanic, match="Kernel panic - not syncing: the test asked for it"):
        crash.run("insmod crash.ko how=panic")
    assert not crash.alive


def test_an_oops(crash):
    with pytest.raises(GuestOops, match="NULL pointer dereference"):
        crash.run("insmod crash.ko how=oops")


def test_a_machine_that_hangs(crash, monkeypatch):
    monkeypatch.setattr("kernel_lab.kernel.guest.ANSWER_SECONDS", 1)
    with pytest.raises(GuestHang, match="does not answer"):
        crash.run("insmod crash.ko how=hang", seconds=1)
    assert not crash.alive


def test_after_a_hang_no_command_gets_the_answer_to_another(guest, monkeypatch):
    """The machine may only have been stopped: by the host's load, or by hand."""
    monkeypatch.setattr("kernel_lab.kernel.guest.ANSWER_SECONDS", 1)
    os.kill(guest.pid, signal.SIGSTOP)
    with pytest.raises(GuestHang, match="was ended"):
        guest.run("echo ONE", seconds=1)
    with pytest.raises(GuestError):
        guest.run("echo TWO")


def test_an_interrupt_while_a_request_is_sent_ends_the_guest(guest, monkeypatch):
    """What was sent of it would take the next request for its own rest."""

    class Interrupted:
        def sendall(self, _data):
            raise KeyboardInterrupt

        def close(self):
            pass

    monkeypatch.setattr(guest, "_channel", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        guest.run("echo ONE")
    assert not guest.alive


@pytest.mark.parametrize("command", ["poweroff -f", "reboot -f"])
def test_a_guest_that_is_switched_off_is_told_at_once(guest, command):
    with pytest.raises(GuestOff, match="switched off"):
        guest.run(command, seconds=600)
    assert not guest.alive


def test_qemu_is_killed(guest):
    os.kill(guest.pid, signal.SIGKILL)
    with pytest.raises(GuestLost):
        guest.run("true")


def test_a_kernel_that_is_none(finished, tmp_path):
    image = tmp_path / "bzImage"
    image.write_bytes(b"no kernel" * 1000)
    with pytest.raises(BootFailed):
        Guest(Machine(X86_64, image, finished.current.pack()), "0", tmp_path / "console.log", patience=5)


def test_a_stale_kernel_is_noticed(finished, guest, tmp_path):
    with pytest.raises(WrongKernel, match="not run the kernel that was built last"):
        Guest(finished.current.machine(finished.current.pack()), "0" * 40, tmp_path / "console.log")


def test_no_machine_outlives_the_process_that_started_it(finished, guest, tmp_path):
    kernel = finished.current
    image, initramfs, console = map(str, (kernel.made.image, kernel.pack(), tmp_path / "console.log"))
    script = (
        "import sys; from pathlib import Path\n"
        "from kernel_lab.kernel.arch import X86_64; from kernel_lab.kernel.guest import Guest\n"
        "from kernel_lab.kernel.qemu import Machine\n"
        f"machine = Machine(X86_64, Path({image!r}), Path({initramfs!r}))\n"
        f"guest = Guest(machine, {kernel.made.id!r}, Path({console!r}))\n"
        "print(guest.pid, flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    machine = int(owner.stdout.readline())
    watch = os.pidfd_open(machine)
    owner.kill()
    owner.wait()
    assert _ended(watch)


def test_a_kvm_that_does_not_work_is_found_out(finished, guest):
    if not os.access(kvm.DEVICE, os.R_OK | os.W_OK):
        pytest.skip("this machine has no /dev/kvm")
    works = finished.current.boots("kvm", kvm.PROOF_SECONDS)
    assert (guest.accel == "kvm") == works


def _ended(pidfd: int) -> bool:
    import select

    return bool(select.select([pidfd], [], [], 10)[0])
