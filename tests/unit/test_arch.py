# SPDX-License-Identifier: GPL-2.0-only
"""Other processors than a PC's: the packages, the machine and the compiler that each takes."""

import subprocess
import sys
from pathlib import Path

import pytest
from fake_kernel import path_without

from kernel_lab.base import tools
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.kernel import flavour
from kernel_lab.kernel.arch import ARM64, HOST, X86_64
from kernel_lab.kernel.qemu import Machine

# What a module sees of a machine with such a processor: what uname says of it.
ASK = """
import platform
platform.machine = lambda: "aarch64"
from kernel_lab.base import tools
from kernel_lab.kernel import arch, flavour
from kernel_lab.sources import compiler
print(*(tool.package for tool in tools.tools("boot") if tool.package.startswith("qemu")))
print(*(tool.package for tool in tools.tools("arm64")))
print(flavour.BOOK.arch.kernel, flavour.BOOK.arch.compiler, flavour.PAGE.arch.kernel, flavour.PAGE.arch.compiler)
print(compiler.LOADER)
"""


def test_a_machine_with_an_arm64_processor_builds_for_it():
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True, cwd=CHECKOUT).stdout
    assert said.splitlines() == [
        "qemu-system-arm",
        "",
        "arm64 gcc i386 i686-linux-gnu-gcc -m32 -s",
        "ld-linux-aarch64.so.1",
    ]


@pytest.mark.skipif(HOST != X86_64, reason="of a machine with an x86-64 processor")
def test_a_pc_builds_for_itself_and_has_a_compiler_for_arm64_in_a_group_of_its_own():
    assert [tool.package for tool in tools.tools("boot") if tool.package.startswith("qemu")] == ["qemu-system-x86"]
    assert [tool.package for tool in tools.tools("arm64")] == ["gcc-aarch64-linux-gnu", "qemu-system-arm"]
    assert flavour.named("arm64").arch.compiler == "aarch64-linux-gnu-gcc"
    assert not ARM64.native and X86_64.native


@pytest.mark.parametrize(
    ("arch", "machine", "console"), [(X86_64, "q35", "ttyS0"), (ARM64, "virt,gic-version=max", "ttyAMA0")]
)
def test_the_machine_that_qemu_emulates(arch, machine, console):
    argv = Machine(arch, Path("image"), Path("initramfs")).argv()
    assert argv[0] == arch.qemu
    assert argv[argv.index("-machine") + 1] == f"{machine},accel=tcg"
    parameters = argv[argv.index("-append") + 1].split()
    assert f"console={console}" in parameters
    assert ("no_timer_check" in parameters) == ("-bios" in argv) == (arch == X86_64)


@pytest.mark.parametrize("arch", [X86_64, ARM64], ids=lambda arch: arch.kernel)
def test_a_qemu_that_is_not_there_is_named_with_its_package(arch, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", arch.qemu))
    package = next(tool.package for tool in tools.tools() if tool.proof == arch.qemu)
    with pytest.raises(LabError, match=f"no QEMU .{arch.qemu}") as caught:
        Machine(arch, Path("image"), Path("initramfs")).start(tmp_path / "console.log")
    assert caught.value.remedy.endswith(f"apt-get install --no-install-recommends {package}")
