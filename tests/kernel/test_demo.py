# SPDX-License-Identifier: GPL-2.0-only
"""The talk's demonstration, as a reader starts it, and the uses that the notebooks have no room for."""

import os
import subprocess
import sys

import pytest

from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.base.process import end_group, lines, start
from kernel_lab.kernel.guest import CommandTimeout
from kernel_lab.recipe.cells import Cell


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


def test_only_the_modules_that_this_make_names_count(finished):
    finished.module()
    finished.tree.edit(Cell.parse("source", "lkm/mine.c", '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n'))
    finished.tree.edit(Cell.parse("source", "lkm/Kbuild", "obj-m := mine.o\n"))
    try:
        with pytest.raises(LabError, match=r"makes no oreore_mod\.ko\. It makes mine\."):
            finished.module()
        finished.module("mine")
        assert not [path for path in finished.current.built() if path.name == "oreore_mod.ko"]
    finally:
        finished.undo()
        finished.undo()
    finished.module()


def test_the_transcript_of_commands_of_several_lines(finished):
    commands = "for x in 1 2\ndo\n  echo $x\ndone\ncat <<'E'\nit's $x )\nE\nif then\necho 'a\nb'; exit 3"
    assert finished.transcript(commands).splitlines() == [
        *("# for x in 1 2", "> do", ">   echo $x", "> done", "1", "2"),
        *("# cat <<'E'", "> it's $x )", "> E", "it's $x )"),
        *("# if then", 'sh: syntax error: unexpected "then"', "[exit status 2]"),
        *("# echo 'a", "> b'; exit 3", "a", "b", "[exit status 3]"),
    ]


@pytest.mark.parametrize("open_end", ["echo 'it", "for x in 1; do", "cat <<E\nno end", "echo $(ls", "echo a |"])
def test_a_command_that_is_not_finished_is_refused_before_anything_runs(finished, open_end):
    with pytest.raises(LabError, match=r"line 2 is not finished .*nothing was run"):
        finished.transcript(f"echo first > /tmp/first\n{open_end}")
    assert finished.guest.run("ls /tmp/first").status


def test_a_module_and_a_program_that_are_not_in_the_guest_are_told_of(finished):
    finished.boot()
    said = finished.transcript("insmod oreore_mod.ko\n./oreore_loader\nls nosuch")
    assert said.endswith(
        "[oreore_mod.ko is not in the guest: lab.module() builds it, and puts it there]\n"
        '[oreore_loader is not in the guest: lab.program("oreore_loader") builds it, and puts it there]'
    )


def test_the_time_out_of_a_cell_shows_what_was_typed(finished):
    with pytest.raises(
        CommandTimeout, match=r"(?s)    echo hello; sleep 40\nUp .*:\n    # echo.*\n    hello\n→.*--time 2;"
    ):
        finished.transcript("echo hello; sleep 40", seconds=1)


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
