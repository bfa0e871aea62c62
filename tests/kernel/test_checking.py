# SPDX-License-Identifier: GPL-2.0-only
"""The hook on a kernel that proves its own locking and watches its memory: programs come and go, memory runs out."""

import re

import pytest

from kernel_lab import stress
from kernel_lab.base.process import answer
from kernel_lab.base.progress import silent
from kernel_lab.kernel.guest import KernelSplat
from kernel_lab.kernel.kernel import Kernel
from kernel_lab.lab import Lab


@pytest.fixture(scope="module")
def kernel(finished: Lab) -> Kernel:
    """The checking kernel, with all that is tried on it."""
    kernel = finished.kernel("checking")
    kernel.build_all()
    return kernel


@pytest.fixture
def guest(kernel: Kernel):
    with kernel.boot(kernel.built()) as guest:
        assert guest.run("insmod oreore_mod.ko && insmod oreore_bench.ko").status == 0
        yield guest


def counted(runs: int) -> str:
    return f"array: {runs}\nhash: {runs}\nper-CPU array: {runs}\n"


def test_a_program_with_maps(guest):
    assert guest.run("./count_runs 100 /sys/oreore/bpf").text == counted(100)


def test_no_preemption_within_rcu_is_enough(guest):
    assert guest.run("./count_runs 100 /sys/oreore_bench/rcu_preempt").text == counted(100)


@pytest.mark.parametrize("way", ["bare", "rcu", "preempt"])
def test_less_is_found_out(guest, way):
    with pytest.raises(KernelSplat):
        guest.run(f"./count_runs 100 /sys/oreore_bench/{way}")


def test_programs_come_and_go_while_others_write(guest):
    done = guest.run(
        "./attach_prog add-42\n"
        "./writers x 2 2000 /sys/oreore/bpf &\n"
        "for i in $(seq 50); do ./attach_prog add-42; done\n"
        "wait $!",
        seconds=120,
    )
    assert (done.status, done.error) == (0, "") and done.text.count("x,writer-") == 2
    done = guest.run("insmod oreore_dev.ko && ./link_race 300", seconds=240)
    assert done.text == "300 rounds of 3, beside a writer: 0 failed, 0 programs left\n", done.error


def test_wrong_uses(guest):
    assert guest.run("mount -t bpf bpf /sys/fs/bpf && insmod oreore_dev.ko").status == 0
    done = guest.run("./attach_uses && ./link_uses && ./file_uses")
    assert done.status == 0, done.text


def test_a_call_that_gets_no_memory_leaves_nothing_behind(guest):
    """Objects first, then pages, too."""
    assert guest.run("insmod oreore_dev.ko").status == 0
    for settings in ("sh fail_on_demand.sh", "sh fail_on_demand.sh pages"):
        done = guest.run(f"{settings} && ./out_of_memory --some", seconds=240)
        assert done.status == 0, done.printed
        assert done.text.count("some") >= 10, done.text  # otherwise nothing has failed
    assert "oreore" not in guest.run(stress.LOST, seconds=120).text


def test_a_module_that_gets_no_memory_leaves_nothing_behind(guest):
    """Without kmemleak, which allocates a note about each allocation."""
    set_up = "rmmod oreore_mod && sh fail_on_demand.sh && echo off > /sys/kernel/debug/kmemleak"
    done = guest.run(f"{set_up} && ./init_fails oreore_mod /sys/oreore", seconds=240)
    assert done.status == 0 and re.search("^oreore_mod +some +some ", done.text, re.MULTILINE), done.printed


def test_all_calls_race_and_nothing_is_left(kernel):
    said = stress.race(kernel, 20, 4, silent)
    assert said == "20 rounds on 4 processors: no complaint, no program left, no memory lost"


def test_who_may_let_allocations_fail(guest):
    done = guest.run("sh fail_on_demand.sh && ./fail_uses")
    assert done.status == 0, done.printed


def test_the_module_goes_while_the_program_stays(guest):
    done = guest.run("./oreore_loader\nrmmod oreore_mod\ninsmod oreore_mod.ko\necho 1 > /sys/oreore/bpf\n"
                     "cat /sys/oreore/bpf\n./oreore_loader --detach")  # fmt: skip
    assert done.status == 0 and "43\n" in done.text


def test_the_files_go_with_their_modules(guest):
    """At once, not when the kernel cleans up after the modules: their code is gone by then."""
    gone = guest.run("rmmod oreore_mod oreore_bench\nls /sys/oreore /sys/oreore_bench")
    assert re.findall("ls: (.*): No such file or directory", gone.error) == ["/sys/oreore", "/sys/oreore_bench"]
    assert guest.run("insmod oreore_mod.ko && insmod oreore_bench.ko").status == 0


def test_an_answer_is_stored_in_one_piece_on_a_32_bit_kernel_too(kernel):
    shared = [module for module in kernel.made.modules if module.stem not in ("oreore_dev", "oreore_counters")]
    for module in shared:
        assert re.search(r"^[0-9a-f]+ 0*4 b last_answer$", answer("nm", "-S", str(module)), re.MULTILINE), module


def test_a_reader_boots_it_by_its_name(finished):
    finished.boot("checking")
    finished.module()
    proof = "dmesg | grep -c 'Lock dependency validator'; nproc; insmod oreore_mod.ko; ls /sys/oreore"
    assert finished.guest.run(proof).text == "1\n2\nbpf\n"
    finished.boot()
    assert finished.guest.run(proof).text.startswith("0\n1\n")
    finished.program("out_of_memory")
    done = finished.guest.run("./out_of_memory")  # no allocation fails here
    assert done.status == 2 and 'lab.boot("checking")' in done.error
