# SPDX-License-Identifier: GPL-2.0-only
"""What the scaffold writes: built, booted, attached, asked, misused.

Three types of different shapes in one kernel, and two hooks without a patch in another.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel_lab import own
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT, cache_folder
from kernel_lab.kernel.flavour import BOOK, Flavour
from kernel_lab.lab import Lab, opened
from kernel_lab.newer import NEWER, UNPATCHED
from kernel_lab.recipe.cells import Recipe
from kernel_lab.scaffold import made, ops, project
from kernel_lab.scaffold.kind import Field, Kind
from kernel_lab.scaffold.materials import Materials
from kernel_lab.sources import kernels, source

PAGE = (CHECKOUT / "book/your-own.md").read_text(encoding="utf-8")
WHO = Kind("who", tuple(map(Field.parse, ("value:u32", "big:u64", "pid:asker"))), errno=True)
"""The third: with a hole to fill, and a field that the hook fills in."""


def blocks(heading: str, language: str) -> list[str]:
    """What the page has in that language below a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```", part, re.S | re.M)


TYPE, HOOK = "A program type", "A hook that needs no patch"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home folder in which the page's first commands have written two types."""
    home = tmp_path_factory.mktemp("home")
    done = shell(blocks(TYPE, "shell")[0], home)
    assert done.returncode == 0, done.stderr
    return home


def shell(commands: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run what the page prints, in the book's folder."""
    environment = os.environ | {"HOME": str(home), "KERNEL_LAB_CACHE": str(cache_folder())}
    return subprocess.run(["sh", "-eu"], input=commands, cwd=CHECKOUT, env=environment, capture_output=True, text=True)


def transcript(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout[done.stdout.index("# insmod") :]


# The page, as printed


def test_the_pages_types_answer_as_it_says(home):
    assert transcript(shell(blocks(TYPE, "shell")[1], home)) == blocks(TYPE, "transcript")[0]


def test_the_pages_program_answers_as_it_says(home):
    put_in_place(TYPE, home / "types", "gate")
    said = transcript(shell(blocks(TYPE, "shell")[1], home))
    assert said.endswith(blocks(TYPE, "transcript")[1])


def put_in_place(heading: str, folder: Path, name: str) -> None:
    """Do what the page says below a heading: take its function for the one that there is, and its commands."""
    (program,), (commands,) = blocks(heading, "c"), blocks(heading, "sh")
    path = folder / f"loader/bpf/{name}.bpf.c"
    path.write_text(re.sub(r"^SEC\(\"\w.*?^}\n", lambda _: program, path.read_text(), count=1, flags=re.S | re.M))
    assert program in path.read_text()
    (folder / f"try/{name}.sh").write_text(commands)


def test_c_that_does_not_compile_is_the_readers_to_correct(home):
    path = home / "types/loader/bpf/gate.bpf.c"
    path.write_text(path.read_text().replace("ctx->door", "ctx->window"))
    done = shell(blocks(TYPE, "shell")[1], home)
    assert done.returncode == 1 and "no member named 'window' in 'struct bpf_gate'" in done.stderr
    assert f"→ Where that names a file of {home}/types, correct it there, and run this again." in done.stderr


def test_what_the_page_says_is_refused_is(home):
    done = shell(blocks("What it refuses", "shell")[0], home)
    assert (done.returncode, done.stdout) == (1, "")
    assert version_less(done.stderr).endswith(version_less(blocks("What it refuses", "text")[0]))
    assert not (CHECKOUT / "xdp").exists()


def version_less(text: str) -> str:
    return re.sub(r"Linux 6\.1\.\d+", "Linux 6.1.N", text)


def test_the_pages_hook_without_a_patch_answers_as_it_says(tmp_path):
    """The commands, and then the program and the questions that it says to put in the place of the first ones."""
    (commands,) = blocks(HOOK, "shell")
    first, second = blocks(HOOK, "transcript")
    assert transcript(shell(commands, tmp_path)) == first
    put_in_place(HOOK, tmp_path / "hooks", "door")
    assert transcript(shell(commands.splitlines()[-1], tmp_path)) == second


# Three types in one kernel


@pytest.fixture(scope="module")
def materials() -> Materials:
    """The real kernel's, and the places where a type of one of some names would be."""
    names = ("counter", "gate", "who", "syscall", "core")
    kinds = [Kind(name, (Field("value", "u32"),)) for name in names]
    origin = source.find(source.chosen(), cache_folder())
    return Materials.of(Recipe.book().on(kernels.FIRST), origin, [path for kind in kinds for path in made.places(kind)])


@pytest.fixture(scope="module")
def folder(materials, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("types") / "three"
    project.add(Kind("counter", (Field("count", "u32"),)), folder, materials)
    project.add(Kind("gate", (Field("ticket", "u64"), Field("door", "u32")), True, True), folder, materials)
    project.add(WHO, folder, materials)
    return folder


# Other programs for the type `who`.
PROGRAMS = {
    "asker": "return ctx->pid;",
    "halves": "return (ctx->big >> 32) - *(volatile __u8 *)&ctx->value;",
    "restart": "ctx->error = 512;\n\treturn 0;",
    "pad": "return *(volatile __u32 *)((char *)ctx + 4);",
    "beyond": "return *(volatile __u32 *)((char *)ctx + 24);",
    "write": "ctx->value = 1;\n\treturn 0;",
    "narrow": "*(volatile __u8 *)&ctx->error = 1;\n\treturn 0;",
    "across": "return *(volatile __u64 *)&ctx->pid;",
}
REFUSED = {
    "pad": "off=4 size=4",
    "beyond": "off=24 size=4",
    "write": "off=0 size=4",
    "narrow": "off=20 size=1",
    "across": "off=16 size=8",
}

SOURCE = """\
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("who")
int answer(struct bpf_who *ctx)
{{
	{}
}}

char LICENSE[] SEC("license") = "GPL";
"""

# run_who SIZE VALUE BIG PID ERROR PAD: run the attached program on that; what the call answers, and what comes back.
RUN_WHO = """\
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <bpf/bpf.h>

int main(int argc, char **argv)
{
	struct { struct bpf_who who; char more[8]; } in = {
		{ atoi(argv[2]), atoi(argv[6]), strtoull(argv[3], NULL, 0), atoi(argv[4]), atoi(argv[5]) }, {},
	};
	struct bpf_who out = {};
	__u32 id = 0, count = 1;
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &in, .ctx_out = &out, .ctx_size_out = sizeof(out));

	options.ctx_size_in = atoi(argv[1]);
	in.more[0] = argc > 7;
	if (bpf_prog_query(0, BPF_WHO_ATTACH, 0, NULL, &id, &count))
		return 2;
	if (bpf_prog_test_run_opts(bpf_prog_get_fd_by_id(id), &options))
		printf("%d\\n", errno);
	else
		printf("ok %u %u %llu %d %u\\n", options.retval, out.value, out.big, out.pid > 0, out.error);
	return 0;
}
"""


@pytest.fixture(scope="module")
def lab(folder) -> Iterator[Lab]:
    """The laboratory with these types, booted, with their modules loaded."""
    for name, body in PROGRAMS.items():
        (folder / f"loader/bpf/{name}.bpf.c").write_text(SOURCE.format(body))
    (folder / "loader/run_who.c").write_text(RUN_WHO)
    with opened("the tests", project.recipe(folder), own.TREES) as lab:
        lab.tree.jump(project.STEP)
        lab.boot()
        own.build(lab)
        assert said(lab, "cp who.o plain.o; insmod counter_mod.ko; insmod gate_dev.ko; insmod who_mod.ko") == []
        yield lab


def said(lab: Lab, commands: str) -> list[str]:
    """What commands print, in one shell."""
    text = lab.guest.run(f"exec 2>&1\n{commands}").text
    return [line.removeprefix("sh: ") for line in text.splitlines()]


def who(lab: Lab, program: str) -> list[str]:
    """What the loader says when it attaches this program to the hook of `who`."""
    return said(lab, f"cp {program}.o who.o; ./who_loader")


def test_each_has_the_next_number(lab):
    names = ("COUNTER", "GATE", "WHO")
    assert [lab.number(f"BPF_PROG_TYPE_{name}") for name in names] == [32, 33, 34]
    assert [lab.number(f"BPF_{name}_ATTACH") for name in names] == [44, 45, 46]


def test_without_a_program_and_without_an_answer_each_says_so(lab):
    asked = "./counter_loader --detach; ./gate_loader --detach; ./who_loader --detach"
    said(lab, asked)
    assert said(lab, asked) == ["query: No such file or directory"] * 3
    asked = "echo 1 > /sys/counter/bpf; echo 1 2 > /dev/gate; echo 1 2 > /sys/who/bpf"
    assert said(lab, asked) == ["write error: No such file or directory"] * 3
    assert said(lab, "cat /dev/gate") == ["cat: read error: No data available"]


def test_each_answers(lab):
    loaders = "./counter_loader; ./gate_loader; cp plain.o who.o; ./who_loader"
    assert said(lab, loaders)[1::2] == [f"attached it with attach type {number}" for number in (44, 45, 46)]
    assert said(lab, "echo 1 > /sys/counter/bpf; cat /sys/counter/bpf") == ["43"]
    assert said(lab, "exec 3<>/dev/gate; echo 0x100000001 2 >&3; cat <&3; echo 3 4 >&3; cat <&3") == ["45", "49"]
    assert said(lab, "echo 1 2 > /sys/who/bpf; cat /sys/who/bpf") == ["45"]


def test_a_program_refuses_where_it_may(lab):
    who(lab, "plain")
    asked = "./gate_loader >/dev/null; echo 0 1 > /dev/gate; echo 0 1 > /sys/who/bpf"
    assert said(lab, asked) == ["write error: Invalid argument"] * 2


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("echo x > /sys/counter/bpf", "Invalid argument"),
        ("echo 1 2 > /sys/counter/bpf", "Invalid argument"),
        ("echo 4294967296 > /sys/counter/bpf", "Numerical result out of range"),
        ("echo 1 > /dev/gate", "Invalid argument"),
        ("echo 1 2 3 > /dev/gate", "Invalid argument"),
        ("echo 1 x > /dev/gate", "Invalid argument"),
        ("echo 1 4294967296 > /dev/gate", "Numerical result out of range"),
        ("echo 18446744073709551616 1 > /dev/gate", "Numerical result out of range"),
        ("printf '%5000s' '1 2' > long; dd if=long of=/dev/gate bs=5000 2>&1 | grep error", "Invalid argument"),
        ("echo > /sys/who/bpf", "Invalid argument"),
        ("echo 1 -2 > /sys/who/bpf", "Invalid argument"),
    ],
)
def test_what_is_no_question_is_refused(lab, written, error):
    assert [line.rpartition(": ")[2] for line in said(lab, written)] == [error]


def test_an_open_file_has_its_own_answer(lab):
    asked = "./gate_loader >/dev/null; exec 3<>/dev/gate 4<>/dev/gate; echo 1 2 >&3; cat <&4; cat <&3"
    assert said(lab, asked) == ["cat: read error: No data available", "45"]


def test_a_program_reads_who_asks_and_parts_of_fields(lab):
    who(lab, "asker")
    assert said(lab, 'echo 1 2 > /sys/who/bpf; [ "$(cat /sys/who/bpf)" = $$ ] && echo mine') == ["mine"]
    who(lab, "halves")
    assert said(lab, "echo 0x102 0x500000001 > /sys/who/bpf; cat /sys/who/bpf") == ["3"]


def test_an_error_that_user_space_must_not_see_is_another_one(lab):
    who(lab, "restart")
    assert said(lab, "echo 1 2 > /sys/who/bpf") == ["write error: Invalid argument"]


@pytest.mark.parametrize(("program", "access"), REFUSED.items())
def test_the_verifier_refuses_any_other_access(lab, program, access):
    lines = who(lab, program)
    assert lines[-1] == "load: Permission denied"
    assert any(f"invalid bpf_context access {access}" in line for line in lines)


@pytest.mark.parametrize(
    ("run", "answer"),
    [  # SIZE VALUE BIG PID ERROR PAD
        ("24 1 2 0 0 0", "ok 45 1 2 1 0"),
        ("24 0 2 0 0 0", "ok 0 0 2 1 22"),
        ("4 7 9 0 0 0", "ok 49 7 0 1 0"),
        ("32 1 2 0 0 0", "ok 45 1 2 1 0"),
        ("32 1 2 0 0 0 more", "7"),
        ("3 1 2 0 0 0", "22"),
        ("24 1 2 1 0 0", "22"),
        ("24 1 2 0 1 0", "22"),
        ("24 1 2 0 0 1", "22"),
    ],
)
def test_a_test_run_takes_what_is_asked_and_nothing_else(lab, run, answer):
    who(lab, "plain")
    assert said(lab, f"./run_who {run}") == [answer]


def test_a_kernel_without_the_types_builds(lab):
    fragments = tuple(path for path in BOOK.files(lab.tree.root) if path.name == "kernel.config")
    kernel = lab.kernel(Flavour("without", "a kernel without the types", fragments))
    kernel.configure()
    kernel.made.compile("kernel/bpf/syscall.o")


# Style, and names


def test_checkpatch_finds_nothing(lab, folder):
    script = lab.tree.root / "linux/scripts/checkpatch.pl"
    patches = [(path.read_text(), ()) for path in sorted((folder / "patches").glob("*.patch"))]
    files = [path for path in folder.rglob("*.c") if path.name.split(".")[0] not in (*PROGRAMS, "run_who")]
    assert len(patches) == 3 and len(files) == 9
    command = ["perl", script, "--no-tree", "--color=never", "--terse", "--strict", "--max-line-length=100"]
    for text, more in [*patches, *(("", ("-f", str(path))) for path in files)]:
        # FILE_PATH_CHANGES asks for an entry in MAINTAINERS.
        argv = [*command, *(more or ("--ignore=FILE_PATH_CHANGES", "-"))]
        done = subprocess.run(argv, input=text, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize(
    ("name", "device", "said"),
    [
        ("xdp", False, "There is a BPF_PROG_TYPE_XDP already in include/uapi/linux/bpf.h"),
        ("map", False, "There is a bpf_map already in include/uapi/linux/bpf.h"),
        ("jit", False, "There is a CONFIG_BPF_JIT already in"),
        ("syscall", False, "There is a syscall.c already in kernel/bpf"),
        ("kernel", True, "There is a kernel_read already in include/linux/fs.h"),
    ],
)
def test_a_name_that_the_kernel_has_is_refused(materials, name, device, said):
    with pytest.raises(LabError, match=re.escape(said)):
        made.sources(Kind(name, (Field("value", "u32"),), device), materials, materials.shipped)


# Hooks without a patch, two in one kernel


GATE = Kind("gate", tuple(map(Field.parse, ("door:u32", "ticket:u64"))), struct_ops=True)
"""With a hole in its struct, behind the door."""


@pytest.fixture(scope="module")
def of_module() -> Materials:
    return Materials.of_module(Recipe.book(), source.find(source.chosen(), cache_folder(), linux=NEWER))


@pytest.fixture(scope="module")
def hooks(of_module, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hooks") / "two"
    project.add(Kind("tally", (Field("count", "u32"),), struct_ops=True), folder, of_module)
    project.add(GATE, folder, of_module)
    return folder


# Other programs for `gate`, as functions of its struct.
ANSWERS = {
    "asker": "return asked->task->tgid;",
    "parts": "return (asked->ticket >> 32) - *(volatile __u8 *)&asked->door;",
    "restarts": "gate_refuse(asked, 512);\n\treturn 0;",
    "in_a_hole": "return *(volatile __u32 *)((char *)asked + 12);",
    "behind": "return *(volatile __u32 *)((char *)asked + 32);",
    "writes": "asked->door = 1;\n\treturn 0;",
    "helper": "return bpf_get_current_pid_tgid();",
}
NOT_TAKEN = {
    "in_a_hole": "struct bpf_gate_kern doesn't have field at offset 12",
    "behind": "access beyond struct bpf_gate_kern at off 32 size 4",
    "writes": "only read is supported",
    "helper": "program of this type cannot use helper bpf_get_current_pid_tgid#14",
}

FUNCTION = """\
#include "gate/module.h"

SEC("struct_ops/answer")
__u32 BPF_PROG(answer, struct bpf_gate_kern *asked)
{{
	{}
}}

OPS answer_ops = {{ .answer = (void *)answer }};

char LICENSE[] SEC("license") = "GPL";
"""

NOT_13 = """\
#include "gate/module.h"

SEC("fmod_ret/gate_may_ask")
int BPF_PROG(not_13, struct bpf_gate_kern *asked)
{
	return asked->door == 13 ? -33 : 0;
}

char LICENSE[] SEC("license") = "GPL";
"""


@pytest.fixture(scope="module")
def hooked(hooks) -> Iterator[Lab]:
    """The kernel as it was shipped, booted, with the modules of both hooks."""
    for name, body in ANSWERS.items():
        (hooks / f"loader/bpf/{name}.bpf.c").write_text(FUNCTION.format(body))
    (hooks / "loader/bpf/not_13.bpf.c").write_text(NOT_13)
    with opened("the tests", project.recipe(hooks), own.TREES, NEWER) as lab:
        lab.tree.jump(project.STEP)
        lab.boot(UNPATCHED)
        own.build(lab)
        assert said(lab, "insmod tally_ops.ko; insmod gate_ops.ko") == []
        yield lab


def attached(lab: Lab, program: str, commands: str) -> list[str]:
    """What commands print while this program's struct is registered, or what the loader says."""
    return said(lab, f"./attach_all {program}.o '{commands}'")


ASK = "echo 1 2 > /sys/gate/bpf && cat /sys/gate/bpf"


def test_the_modules_answer_by_themselves_and_the_programs_in_their_place(hooked):
    assert said(hooked, f"echo 1 > /sys/tally/bpf; cat /sys/tally/bpf; {ASK}") == ["1", "1"]
    both = (
        './attach_all gate.o "echo 1 > /sys/tally/bpf; cat /sys/tally/bpf; echo 3 4 > /sys/gate/bpf; cat /sys/gate/bpf"'
    )
    assert attached(hooked, "tally", both) == ["43", "49"]
    assert said(hooked, f"echo 1 > /sys/tally/bpf; cat /sys/tally/bpf; {ASK}") == ["1", "1"]


def test_a_program_refuses_by_the_modules_function(hooked):
    assert attached(hooked, "gate", "echo 0 1 > /sys/gate/bpf") == ["write error: Invalid argument"]
    assert attached(hooked, "restarts", ASK) == ["write error: Invalid argument"]


def test_a_program_of_another_kind_says_who_may_ask(hooked):
    ask = f"echo 13 2 > /sys/gate/bpf; {ASK}"
    assert attached(hooked, "not_13", ask) == ["write error: Numerical argument out of domain", "1"]
    assert attached(hooked, "not_13", f'./attach_all gate.o "{ask}"')[1:] == ["45"]


def test_a_program_of_a_hook_reads_who_asks_and_parts_of_fields(hooked):
    mine = 'echo 1 2 > /sys/gate/bpf; [ "$(cat /sys/gate/bpf)" = $$ ] && echo mine'
    assert attached(hooked, "asker", mine) == ["mine"]
    assert attached(hooked, "parts", "echo 0x102 0x500000001 > /sys/gate/bpf; cat /sys/gate/bpf") == ["3"]


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("echo x > /sys/tally/bpf", "Invalid argument"),
        ("echo 1 2 > /sys/tally/bpf", "Invalid argument"),
        ("echo 4294967296 > /sys/tally/bpf", "Numerical result out of range"),
        ("echo 1 > /sys/gate/bpf", "Invalid argument"),
        ("echo 1 2 3 > /sys/gate/bpf", "Invalid argument"),
        ("echo 4294967296 1 > /sys/gate/bpf", "Numerical result out of range"),
        ("echo 1 18446744073709551616 > /sys/gate/bpf", "Numerical result out of range"),
        ("echo > /sys/gate/bpf", "Invalid argument"),
    ],
)
def test_what_is_no_question_for_a_hook_is_refused(hooked, written, error):
    assert [line.rpartition(": ")[2] for line in said(hooked, written)] == [error]


@pytest.mark.parametrize(("program", "words"), NOT_TAKEN.items())
def test_the_verifier_takes_no_other_use_of_the_struct(hooked, program, words):
    lines = attached(hooked, program, ASK)
    assert any(words in line for line in lines) and "45" not in lines


def test_there_is_one_struct_in_force_and_it_holds_the_module(hooked):
    lines = attached(hooked, "gate", "./attach_all asker.o true; rmmod gate_ops")
    assert "register: File exists" in lines
    assert lines[-1].endswith("Resource temporarily unavailable")


def test_checkpatch_finds_nothing_in_hooks(hooked, hooks):
    script = hooked.tree.root / "linux/scripts/checkpatch.pl"
    files = [path for path in hooks.rglob("*.[ch]") if path.name.split(".")[0] not in (*ANSWERS, "not_13")]
    assert len(files) == 2 * len(ops.FILES) + 4
    command = ["perl", script, "--no-tree", "--color=never", "--terse", "--strict", "--max-line-length=100", "-f"]
    for path in files:
        done = subprocess.run([*command, path], capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("", ""), path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pci", "There is a pci_ops already in include/linux/"),
        ("sched_ext", "There is a sched_ext_ops already in kernel/sched/ext.c"),
        ("mm", "There is a mm_kobj already in include/linux/kobject.h"),
    ],
)
def test_a_name_that_btf_has_is_refused(of_module, name, said):
    with pytest.raises(LabError, match=re.escape(said)):
        ops.sources(Kind(name, (Field("value", "u32"),), struct_ops=True), of_module)
