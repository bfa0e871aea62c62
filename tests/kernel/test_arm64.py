# SPDX-License-Identifier: GPL-2.0-only
"""The finished kernel for another processor: built by a compiler for it, booted in an emulation of its machine."""

import pytest

from kernel_lab import demo
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.kernel.arch import HOST
from kernel_lab.lab import Lab

USES = ("attach_uses", "link_uses", "file_uses")


@pytest.fixture(scope="module")
def arm64(finished: Lab) -> Lab:
    finished.boot("arm64")
    finished.module()
    finished.module("oreore_dev")
    for program in ("oreore_loader", *USES):
        finished.program(program)
    return finished


def test_the_demonstration_prints_the_same(arm64):
    assert arm64.transcript("uname -m").splitlines()[-1] == "aarch64"
    assert arm64.transcript(demo.COMMANDS) in (CHECKOUT / "book/index.md").read_text()


def test_right_and_wrong_uses_of_the_calls_have_the_same_answers(arm64):
    done = arm64.guest.run(
        "./oreore_loader --detach; mount -t bpf bpf /sys/fs/bpf; insmod oreore_dev.ko\n"
        "./attach_uses && ./link_uses && ./file_uses"
    )
    assert done.status == 0, done.printed


@pytest.mark.skipif(HOST.kernel == "arm64", reason="here it is the processor itself")
def test_it_is_emulated_where_the_processor_is_another_one(arm64):
    assert arm64.guest.accel == "tcg"


def test_the_books_own_kernel_has_its_own_programs_after_that(arm64):
    arm64.boot()
    arm64.module()
    arm64.program("oreore_loader")
    assert arm64.transcript(demo.COMMANDS) in (CHECKOUT / "book/index.md").read_text()
