# SPDX-License-Identifier: GPL-2.0-only
"""Why a build failed: the reader is sent to a cell only where what failed names a file that a cell wrote."""

import os
from pathlib import Path

import pytest
from fake_kernel import write_files

from kernel_lab.base import disk
from kernel_lab.base.errors import LabError
from kernel_lab.kernel import failure
from kernel_lab.kernel.build import Build
from kernel_lab.kernel.failure import CompileError

WRITTEN = ["kernel/bpf/syscall.c", "kernel/bpf/Makefile", "include/uapi/linux/bpf.h", "lkm/own_mod.c", "lkm/Kbuild"]
CELL = "Correct the cell and run it again."

STOPPED = "make[3]: *** [scripts/Makefile.build:250: kernel/bpf/core.o] Error 1\n"
AFTER = [
    "make[2]: *** [scripts/Makefile.build:500: kernel/bpf] Error 2\n",
    "make[2]: *** Waiting for unfinished jobs....\n",
    *(f"  CC      mm/file{number}.o\n" for number in range(20)),
    "make: *** [Makefile:250: __sub-make] Error 2\n",
]


def explain(*said: str) -> LabError:
    lines = [f"{line}\n" for text in said for line in text.splitlines()]
    before = ["make[1]: Entering directory '/out'\n", "  CC      kernel/fork.o\n", "  CC      kernel/bpf/core.o\n"]
    return failure.explain([*before, *lines, STOPPED, *AFTER], WRITTEN, Path("/"), Path("/cache/build.log"))


@pytest.mark.parametrize(
    "said",
    [
        "kernel/bpf/syscall.c:12:3: error: expected ';' before 'return'\n   12 |  foo(\n      |   ^",
        "In file included from include/uapi/linux/bpf.h:11,\n"
        "                 from kernel/bpf/core.c:3:\ninclude/linux/list.h:5: error: unknown type name 'x'",
        "ld: kernel/bpf/syscall.o:(.rodata+0xc00): undefined reference to `bpf_own_ops'",
        "ld: vmlinux.o: in function `attach':\nsyscall.c:(.text+0x12): undefined reference to `own'",
        "kernel/bpf/Makefile:12: *** missing separator.  Stop.",
        'ERROR: modpost: "own" [lkm/own_mod.ko] undefined!',
        "lkm/own_mod.c:1:10: fatal error: no/such.h: No such file or directory\n    1 | #include <no/such.h>",
    ],
)
def test_what_names_a_cells_file_is_for_the_reader_to_correct(said):
    error = explain(said)
    assert isinstance(error, CompileError)
    assert error.cause == said
    assert error.remedy == f"{CELL} lab.log is the whole log."


@pytest.mark.parametrize(
    "said",
    [
        "kernel/fork.c:12:3: error: this is not ISO C",
        "net/syscall.c:12:3: error: another file of that name",
        "Makefile:219: *** source directory cannot contain spaces or colons.  Stop.",
        "ld: arch/x86/kernel/head.o: undefined reference to `x'",
        "BTF: .tmp_vmlinux.btf: pahole (pahole) is not available",
    ],
)
def test_what_does_not_is_not(said):
    error = explain(said)
    assert isinstance(error, CompileError)
    assert error.cause == said
    assert "Correct" not in error.remedy
    assert "No file that a cell wrote is named there" in error.remedy
    assert "/cache/build.log is the whole log" in error.remedy


def test_the_first_failure_is_shown_though_others_went_on():
    said = "\nThe present kernel configuration has modules disabled.\nType 'make config'.\n"
    assert explain(said).cause == said.strip("\n")


def test_a_warning_before_the_error_is_not_shown_and_where_it_is_included_is():
    warning = "kernel/bpf/core.c:1:1: warning: unused variable 'error_count'"
    error = "In file included from kernel/bpf/core.c:5:\nkernel/bpf/syscall.c:2:2: error: y"
    assert explain(warning, error).cause == error


@pytest.mark.parametrize("name", ["ld", "/usr/bin/ld", "/usr/bin/x86_64-linux-gnu-ld.bfd"])
def test_a_linker_has_the_same_name_on_every_system(name):
    said = ": kernel/bpf/syscall.o:(.rodata+0xc00): undefined reference to `bpf_own_ops'"
    assert explain(name + said).cause == "ld" + said


def test_a_recipe_that_says_nothing_is_named():
    assert "kernel/bpf/core.o] Error 1" in explain().cause


@pytest.mark.parametrize(
    "said",
    [
        "/tmp/cc.s: Fatal error: can't write 12 bytes to section .text of kernel/bpf/core.o: 'No space left on device'",
        "kernel/bpf/syscall.c:1:1: fatal error: error writing to /tmp/cc.s: No space left on device",
        "fixdep: error: write: Disk quota exceeded",
    ],
)
def test_a_full_disk_is_no_cells_fault(said, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    error = explain(said)
    assert not isinstance(error, CompileError)
    assert error.cause.startswith("There is too little space in / (")
    assert error.cause.endswith(said)
    assert "KERNEL_LAB_CACHE" in error.remedy and "TMPDIR" in error.remedy and "Correct" not in error.remedy


def test_a_disk_that_is_full_is_the_reason_though_nobody_says_so(monkeypatch):
    monkeypatch.setattr(disk, "ALMOST_NONE", 2**70)
    assert explain("kernel/bpf/syscall.c:1:1: error: y").cause.startswith("There is too little space in /")


def test_a_source_line_that_speaks_of_disks_is_not_a_full_disk():
    said = 'kernel/bpf/syscall.c:1:1: error: x\n    1 |  pr_err("No space left on device, Killed signal");\n      |  ^'
    assert explain(said).cause == said


@pytest.mark.parametrize(
    "said",
    [
        "gcc: fatal error: Killed signal terminated program cc1\ncompilation terminated.",
        "collect2: fatal error: ld terminated with signal 9 [Killed]",
        "Killed",
        "cc1: out of memory allocating 65536 bytes after a total of 30 bytes",
        "kernel/bpf/syscall.c:1:1: fatal error: Cannot allocate memory",
    ],
)
def test_a_compiler_that_was_killed_is_no_cells_fault(said):
    error = explain(said)
    assert not isinstance(error, CompileError)
    assert "memory ran out" in error.cause and "KERNEL_LAB_JOBS" in error.remedy


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ("/bin/sh: 1: bison: not found", "bison"),
        ("bash: line 1: flex: command not found", "flex"),
        ("make[2]: bc: No such file or directory", "bc"),
        ("/usr/bin/env: 'perl': No such file or directory", "perl"),
        ("tools/objtool/elf.h:10:10: fatal error: gelf.h: No such file or directory", "gelf.h"),
        ("ld: cannot find -lelf: No such file or directory", "-lelf"),
        ('ccache: error: Could not find compiler "gcc" in PATH', "gcc"),
        ("gcc: fatal error: cannot execute 'cc1': execvp: No such file or directory", "cc1"),
        ("pahole: error while loading shared libraries: libdwarves.so.1: cannot open", "libdwarves.so.1"),
    ],
)
def test_what_the_machine_lacks_is_named(said, lacks):
    error = explain(said)
    assert not isinstance(error, CompileError)
    assert error.cause == f"This machine lacks {lacks}, which the build needs:\n{said}"
    assert error.remedy.startswith("`make doctor` names what is missing")


# With make and a compiler


@pytest.fixture
def build(tmp_path) -> Build:
    return Build(tmp_path / "linux", tmp_path / "build", tmp_path / "ccache")


MAKEFILE = "all: $(patsubst %.c,%.o,$(sort $(wildcard *.c)))\n%.o: %.c\n\t@echo '  CC      $@'\n\t@gcc -c $< -o $@\n"


def test_a_program_of_the_readers(build, tmp_path):
    folder = write_files(tmp_path / "loader", {"Makefile": MAKEFILE, "a.c": "int a;\n", "b.c": "int b = c;\n"})
    with pytest.raises(CompileError, match=r"^b\.c:1:9: error: 'c' undeclared") as caught:
        build.program(folder)
    assert caught.value.remedy.startswith(CELL)


@pytest.mark.parametrize(
    ("what", "said"),
    [("full", "There is too little space in"), ("killed", "A compiler was stopped, most likely because")],
)
def test_a_compiler_that_a_machine_stopped(build, tmp_path, monkeypatch, what, said):
    folder = write_files(tmp_path / "loader", {"Makefile": MAKEFILE, "a.c": "int a;\n"})
    complaint = {
        "full": "/tmp/cc.s: Fatal error: can't write 12 bytes to section .text of a.o: 'No space left on device'",
        "killed": "gcc: fatal error: Killed signal terminated program cc1",
    }[what]
    (tmp_path / "bin").mkdir()
    compiler = tmp_path / "bin/gcc"
    compiler.write_text(f'#!/bin/sh\necho "{complaint}" >&2\nexit 1\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    with pytest.raises(LabError) as caught:
        build.program(folder)
    assert caught.value.cause.startswith(said)
    assert not isinstance(caught.value, CompileError)


MEANWHILE = """\
all: failing going
failing:
	@echo "  CC      failing"; echo "This is why."; touch said; until test -e went; do :; done; exit 1
going:
	@until test -e said; do :; done; for i in 1 2 3 4 5 6 7; do echo "  CC      $$i"; echo "$$i goes"; done; >went
"""


def test_what_other_jobs_say_meanwhile_does_not_hide_the_reason(build, tmp_path, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_JOBS", "2")
    write_files(tmp_path / "linux", {"Makefile": MEANWHILE})
    with pytest.raises(CompileError) as caught:
        build.compile("all")
    assert caught.value.cause == "This is why."
