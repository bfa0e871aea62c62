# SPDX-License-Identifier: GPL-2.0-only
"""The recipe on the other kernel: built, booted, 43. That its patches fit is among the tests of test_patches.py."""

import os
import subprocess
import sys

from kernel_lab.lab import opened
from kernel_lab.sources import kernels

NEWER = kernels.KERNELS[-1].name


def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kernel_lab", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {kernels.VARIABLE: NEWER})


def test_the_demo_prints_43_with_the_other_kernels_numbers():
    done = lab("demo")
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[-2:] == ["# cat /sys/oreore/bpf", "43"]
    assert "loaded a program of type 33" in said and "attached it with attach type 57" in said


def test_what_comes_later_says_how_far_the_book_is_carried():
    done = lab("latency")
    assert done.returncode == 1
    assert f"The book is carried to Linux {NEWER} up to chapter 6, and the measuring kernel comes later" in done.stderr


def test_a_rust_compiler_makes_no_other_kernel(tmp_path, monkeypatch):
    """Its version is a symbol of this kernel's configuration, and all objects would be compiled anew."""
    rustc = tmp_path / "rustc"
    rustc.write_text("#!/bin/sh\necho 'rustc 1.95.0 (59807616e 2026-04-14)'\n")
    rustc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv(kernels.VARIABLE, NEWER)
    with opened("the tests") as lab:
        (lab.current.made.out / ".configured").unlink(missing_ok=True)
        lab.configure()
        assert lab.config()["CONFIG_RUSTC_VERSION"] == "0"
