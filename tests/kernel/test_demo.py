# SPDX-License-Identifier: GPL-2.0-only
"""The talk's demonstration, as a reader starts it, and the uses that the notebooks have no room for."""

import os
import subprocess
import sys

from kernel_lab.base.paths import CHECKOUT
from kernel_lab.base.process import end_group, lines, start


def test_the_demo_prints_43_twice():
    command = [sys.executable, "-m", "kernel_lab", "demo"]
    first, second = (subprocess.run(command, capture_output=True, text=True) for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-2:] == ["# cat /sys/oreore/bpf", "43"]
    assert second.stdout == first.stdout
    transcript = first.stdout[first.stdout.index("# insmod") :]
    assert transcript in (CHECKOUT / "book/index.md").read_text(), "the first page shows another transcript"


def test_a_second_user_of_the_tree_is_told_who_has_it(lab):
    command = [sys.executable, "-m", "kernel_lab", "jump", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "being used by the tests (process" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_commands_that_a_notebook_shows_do_the_same_by_hand(finished):
    """The kernel is built already, so `make` has nothing to compile; QEMU gives a shell, as on a terminal."""
    finished.build()
    finished.current.pack()
    built = finished.current.made.id
    environment = os.environ | {"KERNEL_LAB_CACHE": str(finished.cache)}
    made = subprocess.run(["sh", "-c", finished.current.made.command], env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert " CC " not in made.stdout and finished.current.made.id == built
    qemu = ["sh", "-c", finished.current.boot_command("tcg")]
    with start(qemu, environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as machine:
        try:
            for line in lines(machine.stdout):
                if "A shell in the guest" in line:
                    machine.stdin.write(b"echo $((40 + 3)); exit\n")
                    machine.stdin.flush()
                    break
            assert any(line.strip() == "43" for line in lines(machine.stdout))
        finally:
            end_group(machine)


def test_many_attach_and_run_at_once(finished):
    """Writers, readers, attaching and removing the module at the same time: no complaint of the kernel, no leak."""
    finished.boot(cpus=2)
    finished.module()
    for program in ("attach_prog", "oreore_loader"):
        finished.program(program)
    said = finished.guest.run(
        """
        insmod oreore_mod.ko
        ./attach_prog add-42
        for i in $(seq 200); do echo $i; done > /tmp/numbers
        (while read -r n; do echo $n > /sys/oreore/bpf; done < /tmp/numbers) 2>/dev/null & writer=$!
        (for i in $(seq 40); do ./attach_prog add-42; done) & attacher=$!
        (for i in $(seq 20); do rmmod oreore_mod; insmod oreore_mod.ko; done) 2>/dev/null & remover=$!
        wait $writer $attacher $remover
        ./oreore_loader --detach
        ./oreore_loader --detach
        """,
        seconds=120,
    )
    assert said.text == "detached the program\n"
    assert said.error == "query: No such file or directory\n"


def test_the_transcript_shows_what_failed(finished):
    shown = finished.transcript("echo it\\\n works\nfalse\nls /nowhere")
    assert shown.splitlines() == [
        "# echo it\\",
        ">  works",
        "it works",
        "# false",
        "[exit status 1]",
        "# ls /nowhere",
        "ls: /nowhere: No such file or directory",
        "[exit status 1]",
    ]
