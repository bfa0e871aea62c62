# SPDX-License-Identifier: GPL-2.0-only
"""The tangled series, module and loader: equal to the cells, clean, and usable without this package."""

import csv
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from solutions import cells_of, read, solutions

from kernel_lab.base.paths import CHECKOUT
from kernel_lab.kernel.flavour import BOOK, Flavour
from kernel_lab.notebooks import all_notebooks
from kernel_lab.recipe import series
from kernel_lab.recipe.cells import KERNEL, Cell, Recipe
from kernel_lab.recipe.diff import Files
from kernel_lab.sources import kernels, source
from kernel_lab.sources.kernels import Linux

SERIES = CHECKOUT / "kernel-src-patches"


def names(linux: Linux = kernels.FIRST) -> list[str]:
    return (SERIES / linux.name / "series").read_text().split()


@pytest.fixture(params=kernels.KERNELS, ids=lambda linux: linux.name)
def linux(request) -> Linux:
    """Each of the book's kernels."""
    return request.param


@pytest.fixture(scope="module")
def originals(lab) -> Callable[[Linux], Files]:
    """What each kernel shipped of the files that some cell changes. The others' are read from their tarballs, once."""
    book, known = Recipe.read(), {}

    def originals(linux: Linux) -> Files:
        paths = {path for cell in cells(linux) for path in cell.paths} | book.on(linux).paths
        if linux == lab.linux:
            return lab.tree.originals(paths)
        if linux not in known:
            found = source.find("auto", lab.cache, linux=linux)
            read = source.originals(found, [path.removeprefix(KERNEL) for path in sorted(paths) if KERNEL in path])
            known[linux] = dict.fromkeys(paths) | {KERNEL + path: data and data.decode() for path, data in read.items()}
        return known[linux]

    return originals


@pytest.fixture
def shipped(originals, linux, tmp_path):
    """A folder with the files that the series touches, as they were shipped."""
    for path, text in originals(linux).items():
        if not path.startswith(KERNEL):
            continue
        target = tmp_path / "linux" / path.removeprefix(KERNEL)
        target.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            target.write_text(text)
    return tmp_path / "linux"


def test_a_function_that_a_chapter_links_is_where_the_list_says(linux, lab):
    rows = csv.DictReader((CHECKOUT / "book/functions.csv").open(encoding="utf-8"))
    where = {row["name"]: row["file"] for row in rows if row["linux"] == linux.name}
    assert where
    found = source.find("auto", lab.cache, linux=linux)
    texts = source.originals(found, sorted({*where.values()}))
    for name, path in where.items():
        text = texts[path].decode()
        assert re.search(rf"^(?:(?:\S.*\b)?{name}\(|BPF_CALL_\d\({name}[,)])", text, re.MULTILINE), (name, path)


def run(folder, *command: str, **options) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_last_step(linux, originals, folder):
    recipe = Recipe.read().on(linux)
    last = recipe.files(originals(linux), recipe.last)
    for path in recipe.paths:
        if path.startswith(KERNEL):
            assert (folder / path.removeprefix(KERNEL)).read_text() == last[path]


def test_they_are_what_the_cells_make(linux, originals):
    made = series.products(Recipe.read(), originals(linux), linux)
    assert series.stale(made, linux=linux) == [], f"run: KERNEL={linux.name} python -m kernel_lab tangle"


@pytest.fixture
def git(linux, shipped):
    """Runs git in that folder, which is then a repository."""

    def git(*arguments: str) -> str:
        return run(shipped, "git", "-c", "user.name=Reader", "-c", "user.email=reader@example.org", *arguments)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", f"Linux {linux.name}")
    return git


def mails(linux: Linux) -> list[str]:
    return [str(SERIES / linux.name / name) for name in names(linux)]


def test_git_am_takes_them(linux, originals, shipped, git):
    git("am", "-q", *mails(linux))
    assert_last_step(linux, originals, shipped)
    assert int(git("rev-list", "--count", "HEAD")) == 1 + len(names(linux))


def test_git_am_merges_them_into_a_kernel_that_has_drifted(linux, originals, shipped, git):
    types = shipped / "include/uapi/linux/bpf.h"
    types.write_text(
        types.read_text().replace("\tBPF_PROG_TYPE_SK_LOOKUP,\n", "\tBPF_PROG_TYPE_SK_LOOKUP, /* new */\n")
    )
    git("commit", "-qam", "A line that is near one of ours")
    with pytest.raises(AssertionError, match="patch does not apply"):
        git("am", *mails(linux))
    git("am", "--abort")
    git("am", "-q3", *mails(linux))
    assert "SK_LOOKUP, /* new */\n" in types.read_text()
    types.write_text(types.read_text().replace("SK_LOOKUP, /* new */\n", "SK_LOOKUP,\n"))
    assert_last_step(linux, originals, shipped)


def test_patch_takes_them_without_fuzz(linux, originals, shipped):
    for mail in mails(linux):
        run(shipped, "patch", "-p1", "-F0", "-i", mail)
    assert_last_step(linux, originals, shipped)


@pytest.mark.parametrize("name", [f"{linux.name}/{name}" for linux in kernels.KERNELS for name in names(linux)])
def test_checkpatch_finds_nothing(lab, name):
    verdict = series.checkpatch(lab.tree.root / "linux", (SERIES / name).read_text())
    assert verdict.startswith("total: 0 errors, 0 warnings")


def edit(source: str, name: str) -> Cell | None:
    """The edit that a cell makes, if it is one that edits."""
    head, _, body = source.partition("\n")
    magic, _, argument = head.partition(" ")
    return Cell.parse(magic[2:], argument, body, name) if magic in ("%%patch", "%%source") else None


def patches(linux: Linux) -> Iterator[tuple[Cell, str, list[Cell]]]:
    """Every patch that a reader can copy from a cell, as it stands there, and the edits that come before it."""
    done: list[Cell] = []
    for path in all_notebooks(linux):
        for number, text in enumerate(read(path, "code"), 1):
            if (cell := edit(text, f"{path.stem}, code cell {number}")) and cell.is_for(linux):
                yield cell, text, [*done]
                done += [] if cell.trial else [cell]
        for number, solution in enumerate(solutions(path), 1):
            tried: list[Cell] = []
            for text, _ in cells_of(solution):
                if (cell := edit(text, f"{path.stem}, exercise {number}")) and cell.is_for(linux):
                    yield cell, text, done + tried
                    tried.append(cell)


def cells(linux: Linux) -> Iterator[Cell]:
    return (cell for cell, _, _ in patches(linux))


PATCHES = [
    pytest.param(linux, cell, text.split("\n", 1)[1] + "\n", before, id=f"{linux.name}: {cell.notebook}")
    for linux in kernels.KERNELS
    for cell, text, before in patches(linux)
    if cell.kind == "patch"
]


@pytest.mark.parametrize(("where", "cell", "diff", "before"), PATCHES)
def test_a_cells_diff_is_one_that_git_and_patch_take(lab, originals, where, cell, diff, before, tmp_path):
    """On the files as they are before that cell, and at the lines that it names if the kernel is the book's."""
    files = dict(originals(where))
    for one in before:
        files |= one.apply(files)
    for path in cell.paths:
        target = tmp_path / path.removeprefix(KERNEL)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(files[path])
    run(tmp_path, "git", "apply", "--check", "-", input=diff)
    said = run(tmp_path, "patch", "-p1", "-F0", "--dry-run", input=diff)
    if where == lab.linux and lab.source.version == the_books_kernel():
        assert "offset" not in said


def the_books_kernel() -> str:
    """The version whose outputs are stored."""
    return re.search(r"Linux (6\.1\.\d+) \(", all_notebooks()[0].read_text())[1]


def c_files() -> list[Path]:
    folders = ("lkm", "loader", "tests/kernel/crash")
    return sorted(file for folder in folders for file in (CHECKOUT / folder).rglob("*.[ch]"))


# A constant of 64 bits is two instructions, so the kernel's macros for one are lists, which no parentheses can hold.
# And if it were not volatile, clang would take a constant's first value for all times, or an access for another one.
# A kfunc is declared with extern, and programs have no macros for attributes.
ALLOWED = {
    "insn.h": ["--ignore=COMPLEX_MACRO"],
    "count.bpf.c": ["--ignore=VOLATILE"],
    "kfuncs.h": ["--ignore=AVOID_EXTERNS,PREFER_DEFINED_ATTRIBUTE_MACRO"],
    "scheduler.h": ["--ignore=AVOID_EXTERNS"],
    "wrong.bpf.c": ["--ignore=VOLATILE"],
}


@pytest.mark.parametrize("file", c_files(), ids=lambda file: file.name)
def test_the_c_is_in_the_kernels_style(lab, file):
    """As its strictest reviewers want it, in 100 columns."""
    checkpatch = lab.tree.root / "linux/scripts/checkpatch.pl"
    strict = ["--strict", "--max-line-length=100", *ALLOWED.get(file.name, [])]
    said = run("/", "perl", str(checkpatch), "--no-tree", "--color=never", "--terse", *strict, "-f", str(file))
    assert said == ""


INSTRUCTIONS = """
#include <stdio.h>

int main(void)
{
	const struct bpf_insn insns[] = {
		BPF_RAW_INSN(BPF_JMP | BPF_CALL, 1, 2, -3, 4),
		BPF_LDX_MEM(BPF_H, 1, 2, -3), BPF_STX_MEM(BPF_B, 1, 2, -3), BPF_ST_MEM(BPF_DW, 1, -2, 3),
		BPF_ATOMIC_OP(BPF_W, BPF_XCHG, 1, 2, -3),
		BPF_MOV64_REG(1, 2), BPF_MOV32_REG(1, 2), BPF_MOV64_IMM(1, -2),
		BPF_ALU64_REG(BPF_SUB, 1, 2), BPF_ALU64_IMM(BPF_RSH, 1, 2), BPF_ALU32_IMM(BPF_MUL, 1, -2),
		BPF_ENDIAN(BPF_TO_BE, 1, 64), BPF_ENDIAN(BPF_TO_LE, 1, 32),
		BPF_LD_MAP_FD(1, 2), BPF_JMP_IMM(BPF_JLT, 1, 2, -3),
		BPF_EMIT_CALL(BPF_FUNC_loop), BPF_CALL_REL(1), BPF_EXIT_INSN(),
	};

	return fwrite(insns, sizeof(insns), 1, stdout) != 1;
}
"""


def instructions(folder: Path, header: Path, uapi: Path) -> bytes:
    """What that program prints, compiled with the macros of a header."""
    (folder / "instructions.c").write_text(INSTRUCTIONS)
    run(folder, "gcc", f"-I{uapi}", f"-I{uapi.parent}", "-include", str(header), "-o", "instructions", "instructions.c")
    return subprocess.check_output([folder / "instructions"])


def test_the_macros_for_instructions_mean_what_the_kernels_mean(lab, tmp_path):
    """Those of the kernel are in a header that only its own programs can include."""
    insn, tools = CHECKOUT / "loader/insn.h", lab.tree.root / "linux/tools/include"
    ours, kernels = (instructions(tmp_path, header, tools / "uapi") for header in (insn, tools / "linux/filter.h"))
    assert ours == kernels
    defined = re.findall(r"^#define (BPF_\w+)\(", insn.read_text(), re.MULTILINE)
    assert len(ours) >= 8 * len(defined) and not [name for name in defined if f"{name}(" not in INSTRUCTIONS]


def test_module_and_loader_build_with_make_alone(finished, tmp_path):
    finished.build()
    for part in ("lkm", "loader"):
        shutil.copytree(CHECKOUT / part, tmp_path / part)
    run(tmp_path, "make", "-C", str(finished.tree.root / "build"), f"M={tmp_path}/lkm")
    libraries = f"SYSROOT={finished.current.sysroot()}"  # as README does it: no system has to have libbpf
    run(tmp_path, "make", "-C", "loader", f"KDIR={finished.tree.root / 'build'}", libraries)
    assert (tmp_path / "lkm/oreore_mod.ko").is_file()
    assert (tmp_path / "loader/oreore_loader").is_file()


def test_a_kernel_without_the_type_builds(finished, tmp_path):
    """What the system call and a module use of it is there all the same, and says no."""
    fragments = tuple(path for path in BOOK.files(finished.tree.root) if path.name != "oreore.config")
    kernel = finished.kernel(Flavour("without", "a kernel without the type", fragments))
    kernel.configure()
    kernel.made.compile("kernel/bpf/syscall.o")
    shutil.copytree(CHECKOUT / "lkm", tmp_path / "lkm")
    run(
        tmp_path,
        "make",
        "-C",
        str(kernel.made.out),
        f"M={tmp_path}/lkm",
        "oreore_mod.o",
        "oreore_dev.o",
        "oreore_counters.o",
    )
