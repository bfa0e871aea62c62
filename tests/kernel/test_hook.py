# SPDX-License-Identifier: GPL-2.0-only
"""What the book says a program may do, and who may load, attach, replace and run it, asked of the finished kernel."""

import pytest

from kernel_lab.kernel.guest import Guest
from kernel_lab.lab import Lab

PROGRAMS = ("attach_uses", "interrupts", "leaks", "longest", "oreore_loader", "try_prog", "who_may")
SECONDS = 300  # far more than any of them takes, on a busy machine too


@pytest.fixture(scope="module")
def machine(finished: Lab) -> Guest:
    """A guest in which these programs are; each leaves the hook as it found it."""
    finished.boot()
    for program in PROGRAMS:
        finished.program(program)
    return finished.guest


def said(machine: Guest, command: str) -> list[str]:
    return machine.run(f"export ATTACH_TYPE=44\n{command}", seconds=SECONDS).text.splitlines()


# Addresses


def leaks(machine: Guest) -> dict[str, list[str]]:
    """By program: what loading answers with CAP_BPF (and CAP_NET_ADMIN), with CAP_PERFMON too; and what it answers."""
    rows = (line.rsplit(maxsplit=3) for line in said(machine, "./leaks")[1:])
    return {program: columns for program, *columns in rows}


def test_a_pointer_is_not_an_answer(machine):
    assert leaks(machine)["r0 = r1; exit"] == ["EACCES", "EINVAL", "-"]


def test_what_is_made_of_a_pointer_is_a_number_for_those_who_may_see_addresses(machine):
    """The way to make it does not matter: the answers are equal."""
    found = leaks(machine)
    assert len(found) == 8
    answers = [columns for program, columns in found.items() if program != "r0 = r1; exit"]
    assert answers[:5] == [["EACCES", "ok", "A"]] * 5
    assert answers[5] == ["EACCES", "ok", "B"]
    assert answers[6][:2] == ["EACCES", "ok"] and answers[6][2].startswith("0xffff")


# Helpers


@pytest.mark.parametrize(
    "name", ["helper", "loop", "for-each", "tail-call", "timer", "spin-lock", "ring-buffer", "read-kernel"]
)
def test_the_list_does_not_have_it(machine, name):
    lines = said(machine, f"./try_prog {name}")
    assert lines[0].endswith(": EINVAL")
    assert any(line.startswith("unknown func bpf_") for line in lines)


def test_the_list_has_the_clock(machine):
    assert said(machine, "./try_prog clock")[0] == "call bpf_ktime_get_ns; exit: accepted"


# Time


def test_the_million_is_of_the_verifier_not_of_the_run(machine):
    loop, copies, functions = (line.rsplit(maxsplit=4) for line in said(machine, "./longest")[1:])
    assert [int(loop[1]), int(loop[2])] == [200_002, 100_000]
    assert int(copies[1]) < 1_000 and int(copies[2]) == 100
    assert int(functions[1]) < 10_000 and int(functions[2]) == 500**3


def test_signals_end_repeated_runs_but_no_finished_one(machine):
    assert [line.split("  ", 1)[1].strip() for line in said(machine, "./interrupts")] == [
        "killed, before all were done",
        "ok, 15625000",
        "EINTR, 0",
    ]


# The hook


def test_each_use_answers_as_expected(machine):
    done = machine.run("./attach_uses", seconds=SECONDS)
    assert (done.status, done.text.count("expected")) == (0, 0)


def test_nobody_takes_a_program_away_that_they_cannot_show(machine):
    lines = said(machine, "./attach_uses")
    answers = dict(line.rsplit(maxsplit=1) for line in lines)
    assert answers["attach C as nobody"] == "EEXIST"
    assert answers["replace C by C as nobody"] == "ENOENT"
    assert answers["detach C as nobody"] == "ENOENT"
    assert answers["B, closed but attached, is there"] == "ok"


def test_who_may(machine):
    names, *rows = said(machine, "./who_may")
    assert names.split() == ["load", "leak", "attach", "replace", "detach", "query", "run"]
    assert [row.rsplit(maxsplit=7) for row in rows] == [
        ["nobody", *["EPERM"] * 7],
        ["nobody, who holds the descriptors", "EPERM", "EPERM", "ok", "ok", "ok", "EPERM", "ok"],
        ["CAP_BPF", *["EPERM"] * 7],
        ["CAP_BPF, _NET_ADMIN", "ok", "EACCES", "ok", "EPERM", "EPERM", "ok", "EPERM"],
        ["CAP_BPF, _NET_ADMIN, _PERFMON", "ok", "ok", "ok", "EPERM", "EPERM", "ok", "EPERM"],
        ["root", *["ok"] * 7],
    ]


def test_a_second_loader_replaces_what_the_first_attached(machine):
    attached = "attached it with attach type 44"
    lines = said(machine, "./oreore_loader\n./oreore_loader\n./oreore_loader --detach\n./oreore_loader --detach")
    assert lines[1::2] == [attached, f"{attached}, in place of another program"]
    assert lines[4:] == ["detached the program"]


def test_loaders_at_the_same_time_leave_one_program(machine):
    """Each replaces another's, and none is lost: after one detach the hook is empty."""
    script = "for i in $(seq 20); do ./oreore_loader & done; wait; ./oreore_loader --detach; ./oreore_loader --detach"
    done = machine.run(script, seconds=SECONDS)
    assert done.text.count("attached it with") + done.error.count("attach: File exists") == 20
    assert done.text.endswith("detached the program\n")
    assert done.error.endswith("query: No such file or directory\n")
