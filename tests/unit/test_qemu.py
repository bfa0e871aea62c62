# SPDX-License-Identifier: GPL-2.0-only
"""QEMU that refuses to start the machine: it is told why, and what to do, and no cell is blamed."""

import os

import pytest

from kernel_lab.kernel.arch import X86_64
from kernel_lab.kernel.guest import BootFailed, Guest, NotStarted
from kernel_lab.kernel.qemu import Machine


@pytest.fixture
def boot(tmp_path, monkeypatch):
    """Boot with a stand-in for QEMU, which says something and ends."""

    def boot(script: str) -> None:
        program = tmp_path / "bin/qemu-system-x86_64"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        Guest(Machine(X86_64, tmp_path / "bzImage", tmp_path / "initramfs"), "0", tmp_path / "console.log")

    return boot


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("qemu: could not load PC BIOS 'qboot.rom'", "qemu-system-data"),
        ("qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory", "512 MiB of memory"),
        ("qemu-system-x86_64: error while loading shared libraries: libpixman-1.so.0", "Install QEMU anew"),
        ("qemu-system-x86_64: Invalid SMP CPUs 999. The max CPUs supported by machine 'q35' is 288", "cpus=2"),
        ("Could not access KVM kernel module: Device or resource busy", "another virtual machine may have it"),
        ("qemu: invalid kernel header", "lab.build()"),
        ("qemu-system-x86_64: unsupported machine type", "See to what QEMU says there"),
    ],
)
def test_what_qemu_says_is_shown_with_what_to_do(boot, said, remedy):
    with pytest.raises(NotStarted) as caught:
        boot(f'echo "{said}" >&2; exit 1')
    assert caught.value.cause == f"QEMU did not start the machine: {said}"
    assert remedy in caught.value.remedy
    assert "boot()" not in caught.value.remedy  # again would end in the same way


def test_a_qemu_that_says_nothing(boot):
    with pytest.raises(NotStarted, match="QEMU did not start the machine: status 7"):
        boot("exit 7")


def test_a_qemu_that_was_killed(boot):
    with pytest.raises(NotStarted, match="QEMU was killed, most likely because memory ran out") as caught:
        boot("kill -KILL $$")
    assert f"{X86_64.memory_mib} MiB of memory" in caught.value.remedy


def test_a_machine_that_ends_by_itself_is_the_kernels_fault(boot):
    with pytest.raises(BootFailed, match="The kernel did not boot") as caught:
        boot("exit 0")
    assert not isinstance(caught.value, NotStarted)
