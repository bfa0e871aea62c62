# SPDX-License-Identifier: GPL-2.0-only
"""A hook of the reader's own: its C is the book's, C and the kernel take its names, its folder is whole."""

import ctypes
import difflib
import itertools
import re
import subprocess
import sys
from pathlib import Path

import book_kernel
import pytest
from fake_kernel import SHIPPED, read_files, write_files

from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.cli import main
from kernel_lab.recipe.cells import KERNEL, Recipe
from kernel_lab.scaffold import made, ops, project, text
from kernel_lab.scaffold.kind import COMMENT_COLUMNS, LONGEST, Field, Kind
from kernel_lab.scaffold.materials import OWN, Materials, inserted, insertions
from kernel_lab.sources import kernels, source

UAPI = f"{KERNEL}include/uapi/linux/bpf.h"
VALUE = Field("value", "u32", "the number that was asked about")
TGID = Field("tgid", "asker")
BOOKS = Kind("oreore", (VALUE, TGID), errno=True)
"""The book's own type, as the scaffold is told of it."""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory) -> Path:
    """A source with as much of the kernel as the book's patches want to see."""
    return book_kernel.write(tmp_path_factory.mktemp("kernel") / "linux")


@pytest.fixture(scope="module")
def materials(kernel) -> Materials:
    return Materials.of(Recipe.book().on(kernels.FIRST), source.find(str(kernel), kernel.parent))


@pytest.fixture(scope="module")
def newer(tmp_path_factory) -> Path:
    """A source of the kernel for hooks without a patch, with files in which names may be taken."""
    files = {
        "Makefile": SHIPPED["Makefile"].replace("PATCHLEVEL = 1", "PATCHLEVEL = 12"),
        "Kconfig": SHIPPED["Kconfig"],
        "include/linux/pci.h": "struct pci_ops {\n\tint (*add)(const struct pci_ops *gate_ops);\n};\n",
        "include/linux/kobject.h": "extern struct kobject *mm_kobj;\n",
        "include/net/sock.h": "#define sock_may_ask 1\n",
        "kernel/sched/ext.c": "static int ext_refuse(int nr)\n{\n}\n",
    }
    return write_files(tmp_path_factory.mktemp("newer") / "linux", files)


@pytest.fixture(scope="module")
def of_module(newer) -> Materials:
    """What a hook without a patch is made of."""
    return Materials.of_module(Recipe.book(), source.find(str(newer), newer.parent, linux=kernels.named("6.12")))


def struct_of(name: str, *fields: str) -> Kind:
    """A struct for programs, whose fields are as on the command line."""
    return Kind(name, tuple(map(Field.parse, fields)), struct_ops=True)


def lines_that_differ(book: str, own: str) -> list[str]:
    lines = difflib.unified_diff(book.splitlines(), own.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


# The C is the book's


# What speaks of the book, or of its fields in words.
IN_OTHER_WORDS = {
    OWN[0]: [
        "-/* The oreore program type: a program reads one number and answers with another. */",
        "+/* The oreore program type: programs read struct bpf_oreore and answer with a number. */",
        "- * or longer, if what we don't know is zero. Only the number is theirs to say.",
        "+ * or longer, if what we don't know is zero. Only what is asked is theirs to say.",
        "- * @value: the number that the program reads",
        "+ * @value: the number that was asked about",
    ],
    UAPI: [
        "-\tBPF_PROG_TYPE_OREORE, /* the book's own: one number in, one number out */",
        "+\tBPF_PROG_TYPE_OREORE, /* reads struct bpf_oreore, gives a number or an errno */",
    ],
}
KCONFIG = f"{KERNEL}kernel/bpf/Kconfig"


def test_of_the_books_fields_it_makes_the_books_kernel(materials):
    """So whoever changes the C in a notebook changes it here, or hears of it from this test."""
    kernel = {path: t for path, t in made.sources(BOOKS, materials, materials.shipped).items() if KERNEL in path}
    changed = {path for path, t in materials.after.items() if KERNEL in path and t != materials.shipped.get(path)}
    assert {*kernel} == changed
    for path in changed - {KCONFIG}:
        assert lines_that_differ(materials.after[path], kernel[path]) == IN_OTHER_WORDS.get(path, []), path
    assert re.findall(r"^config .*|^\tdepends .*", kernel[KCONFIG], re.M) == re.findall(
        r"^config .*|^\tdepends .*", materials.after[KCONFIG], re.M
    )


def test_of_the_books_fields_it_makes_the_books_module(materials):
    assert made.programs(BOOKS, materials)["lkm/oreore_mod.c"] == materials.last["lkm/oreore_mod.c"]


def test_the_device_is_the_books_but_for_the_hook_of_each_open_file(materials):
    own = made.programs(Kind("oreore", (VALUE,), device=True), materials)["lkm/oreore_dev.c"]
    book = materials.last["lkm/oreore_dev.c"]
    assert book == (CHECKOUT / "lkm/oreore_dev.c").read_text()
    code = [line for line in lines_that_differ(book, own) if not line[1:].startswith((" *", "MODULE_DESC"))]
    assert code == [
        "-\tstruct bpf_oreore_hook hook;",
        "-\tbpf_oreore_hook_open(&opened->hook, file);",
        "-\tstruct oreore_file *opened = file->private_data;",
        "-",
        "-\tbpf_oreore_hook_close(&opened->hook);",
        "-\tkfree(opened);",
        "+\tkfree(file->private_data);",
        "-\tanswer = bpf_oreore_hook_run(&opened->hook, value);",
        "+\tanswer = bpf_oreore_run(value);",
    ]


def test_of_the_books_field_it_makes_the_books_hook_without_a_patch(of_module):
    own = ops.sources(struct_of("oreore", "value:u32"), of_module)
    for path, (place, _) in ops.FILES.items():
        assert own[place] == (CHECKOUT / path).read_text(), path
    assert {*own} - {place for place, _ in ops.FILES.values()} == {*ops.AS_THEY_ARE, "loader/bpf/oreore.bpf.c"}
    objects = [
        line.replace("oreore/", "") for line in ops.kbuild(struct_of("oreore", "value:u32"), of_module).split("\n")
    ]
    assert "\n".join(objects).replace("+=", ":=") == (CHECKOUT / "lkm/ops/Kbuild").read_text()


@pytest.mark.parametrize("struct_ops", [False, True])
def test_the_rules_of_the_makefile_are_the_books(struct_ops):
    made = text.render("Makefile.j2", "counter", struct_ops=struct_ops).split("\n")
    rules = [line for line in made if line and not line.startswith("#")]
    book = (CHECKOUT / "loader/Makefile").read_text().replace("$(NEWER)", "$(PROGRAMS)").split("\n")
    assert any("libbpf.a" in line for line in rules) == struct_ops
    assert [line for line in rules if line not in book] == [
        "PROGRAMS := $(basename $(wildcard *.c))",
        "OBJECTS  := $(patsubst %.bpf.c,%.o,$(wildcard bpf/*.bpf.c))",
        "all: $(PROGRAMS) $(OBJECTS)",
        "$(PROGRAMS): %: %.c $(wildcard *.h) $(HEADERS)",
        "\t$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LDLIBS)",
        "bpf/%.o: bpf/%.bpf.c $(wildcard bpf/*/*.h) $(HEADERS)",
        "\trm -f $(PROGRAMS) $(OBJECTS)",
        ".PHONY: all clean",
    ]


def test_a_book_without_what_a_template_replaces_is_not_taken_for_one(materials):
    path = OWN[0]
    for was, now in (("bpf_oreore_is_valid_access(int", "bpf_oreore_other(int"), ("ctx->error = 0", "ctx->error = 1")):
        changed = materials.after[path].replace(was, now)
        with pytest.raises(ValueError, match="any more, which"):
            text.overlay(changed, "kernel.c.j2", "counter", **made.values(Kind("counter", (VALUE,))))


# Every shape


def shapes() -> list[Kind]:
    """All that there are, with names as long as they may be."""
    names = [letter * LONGEST for letter in "bcde"]
    return [
        Kind("a" * LONGEST, tuple(map(Field, names, types, ["w" * COMMENT_COLUMNS] * count)), device, errno)
        for count in range(1, 5)
        for types in itertools.product(("u32", "u64", "asker"), repeat=count)
        if types[0] != "asker" and types.count("asker") < 2
        for device, errno in itertools.product((False, True), repeat=2)
    ]


def structs() -> list[Kind]:
    """All structs that there are for programs to fill, with names as long as they may be."""
    names = [f"{letter * LONGEST}" for letter in "bcde"]
    return [
        Kind("a" * LONGEST, tuple(map(Field, names, types, ["w" * COMMENT_COLUMNS] * count)), struct_ops=True)
        for count in range(1, 5)
        for types in itertools.product(("u32", "u64"), repeat=count)
    ]


def require_tidy(files: dict[str, str]) -> None:
    for line in "".join(files.values()).split("\n"):
        assert len(line.expandtabs()) <= text.COLUMNS and "oreore" not in line.lower(), line
        assert line == line.rstrip()


def test_the_lines_of_a_hook_without_a_patch_fit_and_nothing_of_the_book_is_left(of_module):
    for kind in structs():
        own = ops.sources(kind, of_module)
        require_tidy({path: t for path, t in own.items() if path not in ops.AS_THEY_ARE})
        header, programs = own[f"lkm/{kind.name}/ops.h"], own[f"loader/bpf/{kind.name}/ops.h"]
        for field in kind.fields:
            assert f"\tu{field.bytes * 8} {field.name};\t\t/* {field.what} */\n" in header
            assert f"\t__u{field.bytes * 8} {field.name};\n" in programs


def test_what_is_written_is_read_into_the_fields(of_module):
    one = ops.sources(struct_of("gate", "key:u64"), of_module)["lkm/gate/file.c"]
    assert "\terr = kstrtou64(buf, 0, &asked.key);\n" in one and "argv_split" not in one
    two = ops.sources(struct_of("gate", "key:u64", "way:u32"), of_module)["lkm/gate/file.c"]
    assert "\terr = gate_parse(buf, &asked);\n" in two
    assert "static int gate_parse(const char *text, struct bpf_gate_kern *asked)" in two


def test_the_lines_fit_and_nothing_of_the_book_is_left(materials):
    for kind in shapes():
        sources = made.sources(kind, materials, materials.shipped)
        require_tidy({path: t for path, t in sources.items() if not materials.shipped.get(path)})
        added = insertions("", materials.shipped[UAPI], sources[UAPI])
        assert all(len(line.expandtabs()) <= text.COLUMNS for line in "".join(added.values()).split("\n"))


def test_no_compiler_leaves_a_hole_in_a_struct():
    for kind in shapes():
        types = {4: ctypes.c_uint32, 8: ctypes.c_uint64}
        members = [(member.name, types[member.bytes]) for member in kind.members]
        struct = type("Struct", (ctypes.Structure,), {"_fields_": members})
        assert ctypes.sizeof(struct) == sum(member.bytes for member in kind.members)
        assert len({name for name, _ in members}) == len(members)


def test_what_a_program_must_not_say_in_a_test_run_is_asked_to_be_zero(materials):
    kind = Kind("gate", (VALUE, Field("key", "u64"), TGID), errno=True)
    c = made.sources(kind, materials, materials.shipped)[f"{KERNEL}kernel/bpf/gate.c"]
    assert "\treturn ctx->pad || ctx->tgid || ctx->error ? -EINVAL : 0;\n" in c
    assert "bpf_ctx_range(struct bpf_gate, pad)" not in c


def test_programs_that_may_not_refuse_write_nothing(materials):
    c = made.sources(Kind("gate", (VALUE,)), materials, materials.shipped)[f"{KERNEL}kernel/bpf/gate.c"]
    assert "if (type != BPF_READ || off < 0 || off % size)\n\t\treturn false;" in c
    assert "error" not in c and "BPF_STX_MEM" not in c and "ctx_out ||" in c


def test_an_item_is_a_declaration_with_its_comment(materials):
    book = materials.after[OWN[0]]
    items = text.items(book)
    assert "\n\n".join(items) == book
    names = [*map(text.defined, items)]
    assert names[0] == "head" and {"bpf_oreore_run", "test_run_ctx_in", "oreore_replace"} < {*names}
    assert len({*names}) == len(names)


@pytest.mark.parametrize("path", [*OWN, "lkm/oreore_mod.c", "lkm/oreore_dev.c", "loader/oreore_loader.c", *ops.FILES])
def test_the_books_own_lines_stay_where_they_are(materials, path):
    assert text.laid_out(materials.last[path]) == materials.last[path]


def test_lines_go_below_the_bracket_and_too_long_ones_are_broken():
    call = "\tcall(" + ", ".join(f"argument_{n}" for n in range(9)) + ");"
    first, second = text.laid_out(call).split("\n")
    assert first.endswith("argument_6,") and second == "\t     argument_7, argument_8);"
    assert text.laid_out("f(a, /* ( */ \"(\", '(',\n   b);") == "f(a, /* ( */ \"(\", '(',\n  b);"


# What is added to a file


def test_types_are_added_behind_each_other():
    before = "one\n};\ntwo\n"
    first = insertions("", before, "one\nA\n};\ntwo\nlast\n")
    assert first == {1: "A\n", 3: "last\n"}
    assert inserted(before, first, {1: "B\n"}) == "one\nA\nB\n};\ntwo\nlast\n"


def test_a_file_of_which_lines_were_changed_is_left_alone():
    with pytest.raises(LabError, match=r"In kernel/x\.c, lines of the kernel's were changed"):
        insertions("linux/kernel/x.c", "one\ntwo\n", "one\nzwei\n")


# Names


@pytest.mark.parametrize("name", ["Gate", "9gate", "my-gate", "gate_", "a__b", "", "gâte", "a b", "../gate", "_gate"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(LabError, match="can't be the name of a type"):
        Kind(name, (VALUE,))
    with pytest.raises(LabError, match="can't be the name of a field"):
        Field(name, "u32")


@pytest.mark.parametrize("name", ["int", "switch", "current", "linux", "u32", "bool"])
def test_a_word_of_c_is_refused(name):
    for refused in (lambda: Kind(name, (VALUE,)), lambda: Field(name, "u32")):
        with pytest.raises(LabError, match=rf"In C, or in the kernel's C, {name} means something else"):
            refused()


@pytest.mark.parametrize(
    ("name", "device", "said"),
    [("kernel", False, "a /sys/kernel already"), ("module", False, "a /sys/module"), ("null", True, "a /dev/null")],
)
def test_a_file_that_there_is_is_refused(name, device, said):
    with pytest.raises(LabError, match=said):
        Kind(name, (VALUE,), device)
    Kind(name, (VALUE,), not device)


@pytest.mark.parametrize("name", ["gatesofheaven", "x" * 40])
def test_a_name_that_is_too_long_is_refused(name):
    with pytest.raises(LabError, match=rf"has {len(name)} letters, and .* longer names than 12"):
        Kind(name, (VALUE,))


@pytest.mark.parametrize("name", ["ctx", "error", "prog", "answer", "task", "pad", "pad2"])
def test_a_name_that_the_c_has_for_something_else_is_refused(name):
    with pytest.raises(LabError, match="for something else"):
        Field(name, "u32")


def test_a_name_that_the_kernel_has_is_refused(materials):
    said = r"There is a BPF_PROG_TYPE_SK_LOOKUP already in include/uapi/linux/bpf\.h of Linux 6\.1\.99"
    with pytest.raises(LabError, match=said):
        made.sources(Kind("sk_lookup", (VALUE,)), materials, materials.shipped)


def test_a_file_of_the_kernels_is_not_overwritten(materials):
    files = {**materials.shipped, f"{KERNEL}kernel/bpf/gate.c": "int gate;\n"}
    with pytest.raises(LabError, match=r"There is a gate\.c already in kernel/bpf"):
        made.sources(Kind("gate", (VALUE,)), materials, files)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pci", "There is a pci_ops already in include/linux/pci.h of Linux 6.12.99."),
        ("mm", "There is a mm_kobj already in include/linux/kobject.h"),
        ("sock", "There is a sock_may_ask already in include/net/sock.h"),
        ("ext", "There is a ext_refuse already in kernel/sched/ext.c"),
    ],
)
def test_a_name_that_btf_or_a_header_has_is_refused(of_module, name, said):
    with pytest.raises(LabError, match=re.escape(said)) as refusal:
        ops.sources(struct_of(name, "value:u32"), of_module)
    assert refusal.value.remedy == "Choose another name for the hook."


def test_a_parameter_of_the_kernels_may_have_the_same_name(of_module):
    assert any(re.search(r"\bgate_ops\b", text or "") for text in of_module.shipped.values())
    ops.sources(struct_of("gate", "value:u32"), of_module)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("power", "There is a /sys/power already."),
        ("switch", "In C, or in the kernel's C, switch means something else."),
        ("Gate", "'Gate' can't be the name of a hook"),
        ("", "'' can't be the name of a hook"),
        ("gatesofheaven", "gatesofheaven has 13 letters"),
    ],
)
def test_a_struct_can_have_no_other_names_than_a_type(name, said):
    with pytest.raises(LabError, match=re.escape(said)):
        struct_of(name, "value:u32")


# Fields


def test_a_field_is_read_from_the_command_line():
    assert Field.parse("key:u64:which: the door ") == Field("key", "u64", "which: the door")
    assert Field.parse("key:u64").comment == "what was written to the file; 1, 2, 4, or 8 bytes of it"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("key", "Of which type is the field key"),
        ("key:", "Of which type is the field key"),
        ("key:u16", "can't be of the type 'u16'"),
        ("key:struct", "can't be of the type 'struct'"),
        (":u32", "can't be the name of a field"),
        ("key:u32:ends it */", "becomes a comment of C"),
        ("key:u32:begins /* one", "becomes a comment of C"),
        ("key:u32:two\nlines", "becomes a comment of C"),
        ("key:u32:" + "long" * 20, "at most 34 characters"),
    ],
)
def test_what_is_no_field_is_refused(given, said):
    with pytest.raises(LabError) as refusal:
        Field.parse(given)
    assert said in str(refusal.value) and refusal.value.remedy


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([], "has 1 to 4 fields when it is written, and gate has 0"),
        (["a:u32", "b:u32", "c:u32", "d:u32", "e:u32"], "and gate has 5"),
        (["a:u32", "a:u64"], "two fields with the name a"),
        (["who:asker"], "at most one field for who asks, and it comes after"),
        (["who:asker", "a:u32"], "at most one field for who asks"),
        (["a:u32", "who:asker", "whom:asker"], "at most one field for who asks"),
    ],
)
def test_fields_that_do_not_go_together_are_refused(fields, said):
    with pytest.raises(LabError) as refusal:
        Kind("gate", tuple(map(Field.parse, fields)))
    assert said in str(refusal.value) and refusal.value.remedy


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ((), "A hook has 1 to 4 fields when it is written, and gate has 0."),
        (("a:u32", "a:u64"), "two fields with the name a"),
        (("task:u64",), "has the name task for something else"),
        (("error:u32",), "has the name error for something else"),
        (("value:u32", "who:asker"), "Programs that fill a struct are always given the task that asks"),
    ],
)
def test_fields_that_a_struct_can_not_have_are_refused(fields, said):
    with pytest.raises(LabError) as refusal:
        struct_of("gate", *fields)
    assert said in str(refusal.value) and refusal.value.remedy


# The folder


@pytest.fixture
def folder(tmp_path, materials) -> Path:
    """A folder with two types."""
    project.add(Kind("counter", (Field("count", "u32"),)), tmp_path / "own", materials)
    project.add(
        Kind("gate", (Field("key", "u64"), Field("way", "u32")), device=True, errno=True), tmp_path / "own", materials
    )
    return tmp_path / "own"


def test_a_folder_that_can_not_be_made_is_refused(materials):
    with pytest.raises(LabError, match="/proc/x can't be written: No such file or directory") as caught:
        project.add(Kind("counter", (Field("count", "u32"),)), Path("/proc/x"), materials)
    assert "--folder PATH" in caught.value.remedy


def test_its_files(folder):
    assert sorted(read_files(folder)) == [
        "README.md",
        "config/counter.config",
        "config/gate.config",
        "config/kernel.config",
        "lkm/Kbuild",
        "lkm/counter_mod.c",
        "lkm/gate_dev.c",
        "loader/Makefile",
        "loader/bpf/counter.bpf.c",
        "loader/bpf/gate.bpf.c",
        "loader/counter_loader.c",
        "loader/gate_loader.c",
        "patches/0001-bpf-Add-the-program-type-counter.patch",
        "patches/0002-bpf-Add-the-program-type-gate.patch",
        "patches/series",
        "try/counter.sh",
        "try/gate.sh",
    ]
    assert (folder / "lkm/Kbuild").read_text() == "obj-m += counter_mod.o\nobj-m += gate_dev.o\n"
    assert (folder / "README.md").read_text().count("# Program types of my own\n") == 1
    assert (folder / "config/kernel.config").read_bytes() == (
        CHECKOUT / "kernel-src-patches/kernel.config"
    ).read_bytes()


def test_the_second_type_has_the_next_numbers(folder, materials):
    uapi = project.require_fits(project.recipe(folder), materials.shipped)[UAPI]
    assert re.search(r"BPF_PROG_TYPE_SYSCALL.*\n\tBPF_PROG_TYPE_COUNTER, .*\n\tBPF_PROG_TYPE_GATE, .*\n};", uapi)
    assert "\tBPF_COUNTER_ATTACH,\n\tBPF_GATE_ATTACH,\n\t__MAX_BPF_ATTACH_TYPE\n" in uapi


def test_git_and_patch_take_the_series(folder, kernel, tmp_path):
    git = ["git", "-c", "user.name=Reader", "-c", "user.email=reader@example.org"]
    patches = [str(folder / "patches" / name) for name in (folder / "patches/series").read_text().split()]
    for copy, commands in (
        ("git", [[*git, "init", "-q"], [*git, "add", "."], [*git, "commit", "-qm", "x"], [*git, "am", "-q", *patches]]),
        ("patch", [["patch", "-sp1", "-F0", "-i", path] for path in patches]),
    ):
        subprocess.run(["cp", "-a", kernel, tmp_path / copy], check=True)
        for command in commands:
            done = subprocess.run(command, cwd=tmp_path / copy, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "git/kernel/bpf/gate.c").read_bytes() == (tmp_path / "patch/kernel/bpf/gate.c").read_bytes()


def test_what_the_reader_wrote_stays(folder, materials):
    for path in ("loader/Makefile", "config/kernel.config", "README.md"):
        (folder / path).write_text("mine\n")
    written = project.add(Kind("third", (VALUE,)), folder, materials)
    assert (folder / "loader/Makefile").read_text() == (folder / "config/kernel.config").read_text() == "mine\n"
    assert (folder / "README.md").read_text().startswith("mine\n\n## third\n")
    assert "patches/0003-bpf-Add-the-program-type-third.patch" in written


def test_a_type_that_is_there_is_refused_and_nothing_is_written(folder, materials):
    before = read_files(folder)
    with pytest.raises(LabError, match=r"There is a type gate in .* already"):
        project.add(Kind("gate", (VALUE,)), folder, materials)
    with pytest.raises(LabError, match=r"There is a counter\.c already in kernel/bpf"):
        (folder / "config/counter.config").unlink()
        project.add(Kind("counter", (VALUE,)), folder, materials)
    (folder / "config/counter.config").write_text(before["config/counter.config"])
    assert read_files(folder) == before


def test_a_folder_with_something_else_is_refused(tmp_path, materials):
    (tmp_path / "letter.txt").write_text("Dear")
    for place in (tmp_path, tmp_path / "letter.txt"):
        with pytest.raises(LabError, match="There is something else in "):
            project.add(Kind("gate", (VALUE,)), place, materials)
    assert read_files(tmp_path) == {"letter.txt": "Dear"}


def test_a_folder_is_a_recipe_of_what_the_reader_wrote(folder, materials):
    (folder / "lkm/counter_mod.mod.c").write_text("made by make")
    (folder / "lkm/counter_mod.ko").write_bytes(b"\xff")
    step = project.recipe(folder).step(project.STEP)
    assert [cell.kind for cell in step.cells[:3]] == ["patch", "patch", "source"]
    paths = {cell.path for cell in step.cells if cell.kind == "source"}
    assert paths == {path for path in read_files_of_text(folder) if path.startswith(project.BESIDE)}


def read_files_of_text(folder: Path) -> list[str]:
    made_by_make = (".mod.c", ".ko")
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(made_by_make)
    ]


def test_a_line_more_in_a_patch_needs_no_other_count(folder, materials):
    patch = folder / "patches/0001-bpf-Add-the-program-type-counter.patch"
    patch.write_text(patch.read_text().replace("+/* The hook: the", "+/* Mine. */\n+/* The hook: the"))
    made = project.require_fits(project.recipe(folder), materials.shipped)
    assert "\n/* Mine. */\n/* The hook: the attached" in made[f"{KERNEL}kernel/bpf/counter.c"]


def test_a_patch_for_another_kernel_is_named(folder, materials):
    files = {**materials.shipped, KCONFIG: "# an older one\n"}
    with pytest.raises(LabError, match=r"0001-bpf-Add-the-program-type-counter\.patch does not fit this kernel:"):
        project.require_fits(project.recipe(folder), files)


def test_a_patch_that_is_none_is_named(folder):
    (folder / "patches/0002-bpf-Add-the-program-type-gate.patch").write_text("Dear\n")
    with pytest.raises(LabError, match=r"0002-bpf-Add-the-program-type-gate\.patch is not a patch"):
        project.recipe(folder)


@pytest.fixture
def hooks(tmp_path, of_module) -> Path:
    """A folder with two hooks that need no patch."""
    project.add(struct_of("counter", "count:u32"), tmp_path / "hooks", of_module)
    project.add(struct_of("gate", "key:u64:the door", "way:u32"), tmp_path / "hooks", of_module)
    return tmp_path / "hooks"


def test_the_files_of_hooks_without_a_patch(hooks):
    assert sorted(read_files(hooks)) == [
        "README.md",
        "config/kernel.config",
        "config/unpatched/unpatched.config",
        "lkm/Kbuild",
        *(f"lkm/counter/{name}" for name in ("answer.c", "file.c", "functions.c", "ops.h")),
        *(f"lkm/gate/{name}" for name in ("answer.c", "file.c", "functions.c", "ops.h")),
        "loader/Makefile",
        "loader/attach_all.c",
        *(f"loader/bpf/counter{rest}" for rest in (".bpf.c", "/module.h", "/ops.h")),
        *(f"loader/bpf/gate{rest}" for rest in (".bpf.c", "/module.h", "/ops.h")),
        "loader/command.h",
        "try/counter.sh",
        "try/gate.sh",
    ]
    assert (hooks / "lkm/Kbuild").read_text() == "".join(
        f"obj-m += {name}_ops.o\n{name}_ops-y := {name}/file.o {name}/answer.o {name}/functions.o\n"
        for name in ("counter", "gate")
    )
    assert (hooks / "README.md").read_text().count("# Hooks of my own\n") == 1
    assert (
        "| `u64 key` | the door |\n| `u32 way` | what was written to the file |\n" in (hooks / "README.md").read_text()
    )
    for path in ("kernel.config", "unpatched/unpatched.config"):
        assert (hooks / "config" / path).read_text() == (CHECKOUT / "kernel-src-patches" / path).read_text()


def test_a_folder_of_hooks_is_a_recipe_that_leaves_the_kernel_alone(hooks):
    assert project.for_modules(hooks)
    step = project.recipe(hooks).step(project.STEP)
    paths = {cell.path for cell in step.cells}
    assert paths == {path for path in read_files(hooks) if path.startswith(project.BESIDE)}
    assert {cell.kind for cell in step.cells} == {"source"}


def test_types_and_hooks_are_for_two_kernels_and_two_folders(folder, hooks, materials, of_module):
    before = read_files(folder), read_files(hooks)
    with pytest.raises(LabError, match=r"There are types in .*, and a struct_ops is for another kernel"):
        project.add(struct_of("third", "value:u32"), folder, of_module)
    with pytest.raises(LabError, match=r"There are struct_ops in .*, and a type is for another kernel"):
        project.add(Kind("third", (VALUE,)), hooks, materials)
    with pytest.raises(LabError, match=r"There is a hook gate in .* already"):
        project.add(struct_of("gate", "value:u32"), hooks, of_module)
    assert (read_files(folder), read_files(hooks)) == before


def test_what_the_reader_wrote_into_the_shared_files_of_hooks_stays(hooks, of_module):
    shared = ("loader/Makefile", "loader/attach_all.c", "config/unpatched/unpatched.config")
    for path in shared:
        (hooks / path).write_text("mine\n")
    project.add(struct_of("third", "value:u32"), hooks, of_module)
    assert {(hooks / path).read_text() for path in shared} == {"mine\n"}


# The commands


@pytest.fixture
def run(kernel, tmp_path, monkeypatch, capsys):
    """Run a command in an empty folder, with that kernel."""
    monkeypatch.setenv("KERNEL_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(kernel))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments])
        return status, *capsys.readouterr()

    return run


def test_new_writes_a_folder_and_says_what_to_do(run):
    status, out, err = run("new", "counter", "--field", "count:u32")
    assert status == 0, err
    assert "counter/lkm/counter_mod.c\n" in out and out.endswith("python -m kernel_lab try counter\n")
    status, out, err = run("new", "gate", "--device", "--errno", "--field", "key:u64:the door", "--folder", "counter")
    assert status == 0, err
    assert "counter/patches/0002-bpf-Add-the-program-type-gate.patch\n" in out
    assert (
        "__u64 key;\t\t/* the door; 1, 2, 4, or 8 bytes of it */"
        in Path("counter/patches/0002-bpf-Add-the-program-type-gate.patch").read_text()
    )


def test_what_new_refuses_it_says_without_a_traceback(run):
    for arguments, said in (
        (("new", "xdp", "--field", "a:u32"), "There is a BPF_PROG_TYPE_XDP already"),
        (("new", "gate"), "Write --field NAME:TYPE"),
        (
            ("try", "nowhere"),
            "/nowhere has no patches/series: no type was written there.\n→ python -m kernel_lab new NAME",
        ),
    ):
        status, out, err = run(*arguments)
        assert (status, out) == (1, "") and said in err
    assert not [*Path().iterdir()]


def test_new_writes_a_hook_that_needs_no_patch(run, newer, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(newer))
    status, out, err = run("new", "gate", "--as", "struct_ops", "--field", "key:u64:the door")
    assert status == 0, err
    assert "gate/lkm/gate/answer.c\n" in out and out.endswith("python -m kernel_lab try gate\n")
    assert "\tu64 key;\t\t\t/* the door */\n" in Path("gate/lkm/gate/ops.h").read_text()
    assert "./attach_all gate.o 'echo 1 > /sys/gate/bpf; cat /sys/gate/bpf'\n" in Path("gate/try/gate.sh").read_text()


@pytest.mark.parametrize(
    ("more", "said", "remedy"),
    [
        (["--device"], "The file of a struct_ops is /sys/gate/bpf", "Leave --device out."),
        (["--errno"], "the module gives them gate_refuse() for that", "Leave --errno out."),
        (["--field", "who:asker"], "are always given the task that asks", "Leave --field who:asker out."),
    ],
)
def test_what_only_a_type_has_to_be_told_is_refused(run, more, said, remedy):
    status, out, err = run("new", "gate", "--as", "struct_ops", "--field", "key:u32", *more)
    assert (status, out) == (1, "") and said in err and f"→ {remedy}" in err
    assert not [*Path().iterdir()]


def test_a_hook_without_a_patch_is_for_one_kernel(run):
    status, out, err = run("new", "gate", "--as", "struct_ops", "--field", "key:u32")  # the source is Linux 6.1
    assert (status, out) == (1, "") and "6.12" in err and not [*Path().iterdir()]


def test_help_says_what_most_should_take(run, capsys):
    with pytest.raises(SystemExit):
        run("new", "--help")
    assert "struct_ops, which most should take" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        run("new", "gate", "--as", "kfunc")
    assert "invalid choice: 'kfunc'" in capsys.readouterr().err


def test_a_kernel_to_which_the_book_was_not_carried_that_far_is_refused(run, kernel, monkeypatch, tmp_path):
    newer = tmp_path / "newer"
    subprocess.run(["cp", "-a", kernel, newer], check=True)
    (newer / "Makefile").write_text((newer / "Makefile").read_text().replace("PATCHLEVEL = 1", "PATCHLEVEL = 12"))
    monkeypatch.setenv("KERNEL", "6.12")
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(newer))
    status, _, err = run("new", "gate", "--field", "a:u32")
    assert status == 1 and "The book is carried to Linux 6.12 up to chapter 6" in err


def test_without_the_python_packages_it_says_what_to_install():
    code = "import sys; sys.modules['jinja2'] = None; from kernel_lab.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "new", "gate", "--field", "a:u32"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("What writes a type of your own needs Python packages.\n→ ./install.sh python")
    others = subprocess.run([*command[:3], "new", "--help"], cwd=CHECKOUT, capture_output=True, text=True)
    assert others.returncode == 0
