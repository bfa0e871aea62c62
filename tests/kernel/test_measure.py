# SPDX-License-Identifier: GPL-2.0-only
"""Measuring on the real kernel: the same each time, and a message for each way to get nothing."""

import re

import pytest

from kernel_lab.base.errors import LabError
from kernel_lab.measure import measuring
from kernel_lab.measure.measuring import JobFailed, MeasuringKernel
from kernel_lab.measure.samples import INSTRUCTIONS, WALL, Samples

LOADED = "insmod oreore_mod.ko\n./attach_prog add-42\n"
WRITE = "write:/sys/oreore/bpf"
MANY_WRITES = f"{LOADED}./measure hook 5000 {WRITE}"


@pytest.fixture(scope="module")
def kernel(finished) -> MeasuringKernel:
    kernel = MeasuringKernel(finished)
    kernel.build()
    return kernel


@pytest.mark.parametrize("job", [measuring.EVERY_WAY, MANY_WRITES])
def test_three_boots_give_equal_samples(kernel, job):
    first, *others = measuring.boots(kernel, job)
    assert re.fullmatch("[0-9a-f]{64}", first.digest)
    assert [samples.digest for samples in others] == [first.digest] * 2


def test_the_kernel_does_not_know_in_which_folder_it_was_built(kernel, finished):
    """Its build id would, so the packed image, so how long it takes to unpack, so where the timer's interrupts fall."""
    for file in (kernel.kernel.made.out / "vmlinux", *kernel.kernel.made.modules):
        assert str(finished.tree.root).encode() not in file.read_bytes(), file.name


def test_boots_that_differ_are_an_error(kernel, monkeypatch):
    run, draws = kernel.run, iter(range(3))
    monkeypatch.setattr(kernel, "run", lambda _: run(f"echo a,b,{next(draws)}"))
    with pytest.raises(LabError, match="The boots differ"):
        list(measuring.boots(kernel))


def test_the_hook_costs_what_its_protection_costs(kernel):
    samples = kernel.run(f"{LOADED}insmod oreore_bench.ko\n./give_prog short\n./measure x 50 {WRITE} "
                         "write:/sys/oreore_bench/plain write:/sys/oreore_bench/rcu_preempt "
                         "write:/sys/oreore_bench/rcu_migrate write:/sys/oreore_bench/hook")  # fmt: skip
    plain, preempt, migrate, hook = (
        samples.typical(f"write:/sys/oreore_bench/{way}") for way in ("plain", "rcu_preempt", "rcu_migrate", "hook")
    )
    assert plain < preempt < migrate
    # The same, but for where its variables are, a look at the program's error, and the way to the machine's hook.
    assert abs(hook - preempt) <= 10
    assert samples.unit == "guest instructions"


@pytest.mark.parametrize(
    ("job", "cause"),
    [
        (f"./measure x 9 {WRITE}", "Is the module loaded?"),
        (f"insmod oreore_mod.ko\n./measure x 9 {WRITE}", "No program is attached. Run ./attach_prog add-42 first."),
        ("insmod oreore_mod.ko\n./measure x 9 read:/sys/oreore/bpf", "There is no answer to read yet."),
        ("./measure x 0 getppid", "at least one sample"),
        ("./measure x 9 jump", "jump: no such operation"),
        ("mount -t tmpfs none /proc/sys/net/core\nsh compilers.sh 9", "This kernel has no JIT compiler"),
        ("insmod oreore_mod.ko\n./prog_stats x", "no program is attached"),
        ("./run_lengths x 1", "each from 2 to 4096"),
        ("./writers x 0 1 /dev/null", "usage: writers"),
        ("./alternatives fentry ./measure x 9 getppid", "is the module loaded?"),
    ],
)
def test_what_is_missing_is_named(kernel, job, cause):
    with pytest.raises(JobFailed) as caught:
        kernel.run(job)
    assert cause in caught.value.cause


def test_no_samples(kernel):
    with pytest.raises(LabError, match="there are 0 samples"):
        kernel.run("true")


def test_by_the_wall_clock_a_guest_is_not_taken_for_one_that_counts(kernel):
    wall = kernel.run("./measure x 200 getppid", clock=WALL)
    text = "".join(f"{label},{operation},{value}\n" for label, operation, value in wall.rows())
    with pytest.raises(LabError, match="does not count instructions"):
        Samples.parse(text, INSTRUCTIONS, "tcg")


@pytest.mark.parametrize("cpus", [1, 4])
def test_by_the_wall_clock_a_guest_is_told_how_fast_it_goes(kernel, cpus):
    """It would find out by itself, but not on a busy machine."""
    clock = kernel.run(
        "grep -q tsc /sys/devices/system/clocksource/clocksource0/current_clocksource || exit\n"
        "echo khz,told,$(sed 's/.*tsc_early_khz=//' /proc/cmdline)\n"
        "echo khz,taken,$(dmesg | sed -n 's/.*tsc: Detected \\(.*\\)\\.\\(.*\\) MHz.*/\\1\\2/p' | tail -n 1)\n",
        clock=WALL, cpus=cpus,
    )  # fmt: skip
    assert clock.typical("told") == clock.typical("taken")


def test_a_clock_that_is_not_there(kernel):
    with pytest.raises(LabError, match="no clock 'sun'"):
        kernel.run("true", clock="sun")
    with pytest.raises(LabError, match="for one CPU"):
        kernel.run("true", cpus=2)


def test_the_books_own_kernel_keeps_its_module(kernel, finished):
    """Both are built from the same sources; each module loads into its own kernel only."""
    finished.boot()
    finished.module()
    assert finished.guest.run("insmod oreore_mod.ko").status == 0
    assert len(kernel.run("insmod oreore_mod.ko\n./measure x 9 getppid")) == 27


def test_a_kernel_that_was_not_built(finished, tmp_path):
    kernel = MeasuringKernel(finished)
    kernel.kernel.made.out = tmp_path / "build"
    with pytest.raises(LabError, match="has not been built"):
        kernel.run("true")
