# SPDX-License-Identifier: GPL-2.0-only
"""The kernels that the book is for: which one is chosen, and what the cells for each of them make."""

import json
import re

import pytest
from fake_kernel import BOOK, SHIPPED, TYPE_DONE, TYPE_PATCH, make_recipe, write_files

from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.kernel.header import numbers
from kernel_lab.recipe import series
from kernel_lab.recipe.cells import BASELINE, Cell, Recipe
from kernel_lab.recipe.diff import PatchError
from kernel_lab.recipe.tree import Tree
from kernel_lab.sources import kernels, source

NEWER = kernels.KERNELS[1]
OTHER = SHIPPED | {
    "Makefile": SHIPPED["Makefile"].replace("PATCHLEVEL = 1\n", "PATCHLEVEL = 12\n"),
    "kernel/types.h": SHIPPED["kernel/types.h"].replace("\tTYPE_TRACE,\n", "\tTYPE_TRACE,\n\tTYPE_NEW,\n"),
}
OTHER_PATCH = TYPE_PATCH.replace("@@ -2,6 +2,7", "@@ -3,6 +3,7").replace(
    " \tTYPE_NONE,\n \tTYPE_FILTER,\n \tTYPE_TRACE,\n", " \tTYPE_FILTER,\n \tTYPE_TRACE,\n \tTYPE_NEW,\n"
)
SECOND = BOOK["02-the-type"]
FOR_BOTH = BOOK | {
    "02-the-type": [SECOND[0], f"%%patch 6.1\n{TYPE_PATCH}", f"%%patch 6.12\n{OTHER_PATCH}", *SECOND[2:]],
}


def shipped(files: dict[str, str]) -> dict[str, str]:
    return {f"linux/{path}": text for path, text in files.items()}


@pytest.fixture
def book(tmp_path) -> Recipe:
    """A book for two kernels, which is carried to the newer one up to its second chapter."""
    return make_recipe(tmp_path / "notebooks", FOR_BOTH)


@pytest.fixture
def newer(monkeypatch) -> kernels.Linux:
    linux = kernels.Linux("6.12", 1, 1, chapters=2)
    monkeypatch.setattr(kernels, "KERNELS", (kernels.FIRST, linux))
    return linux


# Which one


@pytest.mark.parametrize(
    ("value", "name"), [(None, "6.1"), ("", "6.1"), (" ", "6.1"), ("6.1", "6.1"), ("6.12", "6.12")]
)
def test_the_variable_chooses_and_without_it_is_the_first(monkeypatch, value, name):
    monkeypatch.delenv("KERNEL", raising=False)
    if value is not None:
        monkeypatch.setenv("KERNEL", value)
    assert kernels.chosen().name == name
    assert kernels.chosen().package == f"linux-source-{name}"


@pytest.mark.parametrize("value", ["6.6", "6.12.117", "6", "debian", "6.1 6.12"])
def test_another_value_is_refused_with_those_there_are(monkeypatch, value):
    monkeypatch.setenv("KERNEL", value)
    with pytest.raises(LabError, match=f"KERNEL is '{value}'. The book is not for Linux {value}") as caught:
        kernels.chosen()
    assert "It is for 6.1 and 6.12." in caught.value.remedy


@pytest.mark.parametrize(("version", "name"), [("6.1.9", "6.1"), ("6.12.9", "6.12"), ("6.11.9", None), ("6.1", None)])
def test_the_line_of_a_release(version, name):
    assert (line := kernels.line_of(version)) == (kernels.named(name) if name else None), line


def test_only_the_first_has_all_chapters_for_sure():
    assert kernels.FIRST.chapters is None
    assert [linux.name for linux in kernels.KERNELS] == ["6.1", "6.12"]


def test_a_tree_of_the_other_kernel_is_refused_with_the_way_to_it(tmp_path):
    path = write_files(tmp_path / "kernel", OTHER)
    with pytest.raises(LabError, match=r"is to be Linux 6\.1, but .* is Linux 6\.12\.99") as caught:
        source.find(str(path), tmp_path / "cache")
    assert "KERNEL=6.12" in caught.value.remedy
    assert source.find(str(path), tmp_path / "cache", linux=NEWER).version == "6.12.99"


def test_a_release_of_the_other_kernel_is_refused_with_the_way_to_it(tmp_path):
    with pytest.raises(LabError, match=r'is to be Linux 6\.1; "6\.12\.5" is not one of its releases') as caught:
        source.find("kernel.org:6.12.5", tmp_path)
    assert "KERNEL=6.12" in caught.value.remedy


def test_downloads_of_both_live_beside_one_another(tmp_path, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_DEBIAN", "file:/nowhere")
    names = ("linux-source-6.1_6.1.9-1", "linux-source-6.12_6.12.8-1", "linux-6.1.7", "linux-6.12.6")
    write_files(tmp_path / "sources", {f"{name}.tar.xz": "" for name in names})
    found = [source.find(spec, tmp_path, linux=linux) for spec in ("debian", "kernel.org") for linux in kernels.KERNELS]
    assert [each.path.name.removesuffix(".tar.xz") for each in found] == list(names)
    assert len({each.key for each in found}) == 4


# The cells for it


def test_a_cell_says_which_kernel_it_is_for():
    cell = Cell.parse("patch", "6.12", OTHER_PATCH)
    assert (cell.linux, cell.trial, cell.is_for(NEWER), cell.is_for(kernels.FIRST)) == ("6.12", False, True, False)
    plain = Cell.parse("patch", "--try", TYPE_PATCH)
    assert (plain.linux, plain.is_for(NEWER), plain.is_for(kernels.FIRST)) == ("", True, True)
    for argument in ("6.1 --try", "--try 6.1"):
        assert Cell.parse("patch", argument, TYPE_PATCH).trial


@pytest.mark.parametrize("version", ["6.6", "6.1.38", "6"])
def test_a_cell_for_an_unknown_kernel_is_refused_with_those_there_are(version):
    with pytest.raises(LabError, match=f"not for Linux {re.escape(version)}") as caught:
        Cell.parse("patch", version, TYPE_PATCH)
    assert "6.1 and 6.12" in caught.value.remedy


@pytest.mark.parametrize(("magic", "argument"), [("commit", "6.12"), ("source", "6.12 lkm/a.c"), ("patch", "6.1 6.12")])
def test_what_can_not_be_for_one_kernel_is_refused(magic, argument):
    with pytest.raises(LabError):
        Cell.parse(magic, argument, TYPE_PATCH)


def test_each_kernel_has_its_own_cells(book, newer):
    older = book.on(kernels.FIRST)
    assert older.last == 3
    assert older.files(shipped(SHIPPED), 2)["linux/kernel/types.h"] == TYPE_DONE
    done = book.on(newer).files(shipped(OTHER), 2)["linux/kernel/types.h"]
    assert "\tTYPE_NEW,\n\tTYPE_OWN,\n" in done
    assert book.on(newer).on(newer) == book.on(newer)


def test_the_baseline_keeps_which_kernel_a_cell_is_for(book, tmp_path):
    (tmp_path / "book.json").write_text(book.baseline)
    assert Recipe.book(tmp_path / "book.json") == book
    assert [cell.get("linux") for cell in json.loads(book.baseline)["02-the-type"]["cells"][:2]] == ["6.1", "6.12"]


def test_a_chapter_that_was_not_carried_says_so(book, newer):
    assert book.on(newer).last == 2
    with pytest.raises(LabError, match=r"carried to Linux 6\.12 up to chapter 2, and this is for chapter 3") as caught:
        book.on(newer).step(3)
    assert "Unset KERNEL" in caught.value.remedy


def test_a_cell_that_does_not_fit_says_which_kernel_it_is_for(book, newer, tmp_path):
    place = source.find(str(write_files(tmp_path / "shipped", SHIPPED)), tmp_path / "cache")
    tree = Tree(tmp_path / "tree", place, book.on(kernels.FIRST))
    with pytest.raises(PatchError, match=r"This cell is for Linux 6\.12\. kernel/types\.h: hunk 1 of 1 does not fit"):
        tree.edit(Cell.parse("patch", "6.12", OTHER_PATCH))


# What is tangled for it


def test_each_kernel_has_a_series_of_its_own_and_the_first_makes_the_rest(book, newer):
    older = series.products(book, shipped(SHIPPED))
    made = series.products(book, shipped(OTHER), newer)
    name = "0001-kernel-Add-a-type-of-one-s-own.patch"
    assert sorted(made) == [f"kernel-src-patches/6.12/{name}", "kernel-src-patches/6.12/series", BASELINE]
    assert "+\tTYPE_OWN," in made[f"kernel-src-patches/6.12/{name}"]
    assert " \tTYPE_NEW," in made[f"kernel-src-patches/6.12/{name}"]
    assert " \tTYPE_NEW," not in older[f"kernel-src-patches/6.1/{name}"]
    assert made[BASELINE] == older[BASELINE]


def test_what_is_stale_is_asked_of_one_kernel(book, newer, tmp_path):
    older = series.products(book, shipped(SHIPPED))
    made = series.products(book, shipped(OTHER), newer)
    series.write(older, tmp_path)
    series.write(made, tmp_path, newer)
    assert series.stale(older, tmp_path) == series.stale(made, tmp_path, newer) == []
    for linux in ("6.1", "6.12"):
        (tmp_path / f"kernel-src-patches/{linux}/0009-old.patch").touch()
    assert series.write(older, tmp_path) == ["kernel-src-patches/6.1/0009-old.patch"]
    assert series.write(made, tmp_path, newer) == ["kernel-src-patches/6.12/0009-old.patch"]


def messages(linux: str) -> list[str]:
    folder = CHECKOUT / "kernel-src-patches" / linux
    mails = [(folder / name).read_text() for name in (folder / "series").read_text().split()]
    return [re.sub(r"\[PATCH [0-9/]+\]", "", mail.partition("\n---\n")[0]) for mail in mails]


def test_the_series_of_both_say_the_same():
    """Whoever edits a message for one kernel tangles for the other one, too."""
    carried = messages("6.12")
    assert carried and carried == messages("6.1")[: len(carried)]


# Its numbers


HEADER = """\
enum one {
	FIRST, /* with, a comma */
	SECOND,
	FIFTH = 5,
	SIXTH,
	ALSO_FIRST = FIRST,
	AGAIN_SECOND,
	SHIFTED = (1U << 4),
	UNKNOWN,
	HEX = 0x10,
	__MAX
};
enum {
	NAMELESS = 1,
};
"""


def test_the_numbers_of_a_header():
    assert numbers(HEADER) == {
        "FIRST": 0, "SECOND": 1, "FIFTH": 5, "SIXTH": 6, "ALSO_FIRST": 0, "AGAIN_SECOND": 1, "HEX": 16, "__MAX": 17,
    }  # fmt: skip
