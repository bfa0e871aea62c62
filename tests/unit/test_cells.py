# SPDX-License-Identifier: GPL-2.0-only
"""Cells: what %%patch, %%source and %%commit are read as, and what is said of notebooks that can't be used."""

import json

import pytest
from fake_kernel import (
    BOOK,
    CALL_PATCH,
    MODULE,
    OWN,
    SHIPPED,
    STEPS,
    TYPE_DONE,
    TYPE_PATCH,
    make_recipe,
    write_notebook,
)

from kernel_lab.base.errors import LabError
from kernel_lab.recipe.cells import Cell, Recipe, read_notebook
from kernel_lab.sources import kernels

ORIGINALS = {f"linux/{path}": text for path, text in SHIPPED.items()}


def test_a_file_cell_makes_its_file():
    cell = Cell.parse("source", "linux/kernel/own.c", OWN)
    assert (cell.kind, cell.path, cell.trial, cell.paths) == ("source", "linux/kernel/own.c", False, [cell.path])
    assert cell.apply({cell.path: None}) == {cell.path: OWN}
    assert cell.apply({cell.path: "something else\n"}) == {cell.path: OWN}
    assert cell.apply({cell.path: OWN}) == {}


def test_a_patch_cell_changes_the_kernel_tree():
    cell = Cell.parse("patch", "", TYPE_PATCH)
    assert cell.paths == ["linux/kernel/types.h"]
    assert cell.apply(ORIGINALS) == {"linux/kernel/types.h": TYPE_DONE}
    assert cell.apply(ORIGINALS | {"linux/kernel/types.h": TYPE_DONE}) == {}


@pytest.mark.parametrize("path", ["lkm/types.h", "loader/types.h", "config/types.h"])
def test_a_patch_cell_changes_what_is_beside_the_kernel_tree(path):
    cell = Cell.parse("patch", "", TYPE_PATCH.replace("kernel/types.h", path))
    assert cell.paths == [path]
    assert cell.apply({path: SHIPPED["kernel/types.h"]}) == {path: TYPE_DONE}
    assert cell.apply({path: TYPE_DONE}) == {}


def test_a_patch_cell_can_not_climb_out_of_the_kernel_tree():
    patch = "--- /dev/null\n+++ b/../../outside.txt\n@@ -0,0 +1 @@\n+mine\n"
    with pytest.raises(LabError):
        Cell.parse("patch", "", patch).apply({})


def test_a_commit_cell_has_a_message_and_changes_no_file():
    cell = Cell.parse("commit", "", "Subject\n\nWhy.\n")
    assert (cell.kind, cell.text, cell.paths) == ("commit", "Subject\n\nWhy.\n", [])


@pytest.mark.parametrize(
    ("magic", "argument"), [("patch", "--try"), ("source", "--try lkm/a.c"), ("source", "lkm/a.c --try")]
)
def test_try_marks_an_experiment(magic, argument):
    cell = Cell.parse(magic, argument, TYPE_PATCH)
    assert cell.trial
    assert cell.path == ("lkm/a.c" if magic == "source" else "")
    assert not Cell.parse(magic, argument.replace("--try", ""), TYPE_PATCH).trial


@pytest.mark.parametrize(
    "argument",
    [
        "/etc/passwd",
        "../outside.c",
        "linux/../../outside.c",
        "lkm/..",
        "kernel/own.c",
        "elsewhere/own.c",
        "linuxed/own.c",
        "",
        "--try",
        "lkm/a.c lkm/b.c",
        "lkm/a.c --tri",
    ],
)
def test_wrong_places_for_a_file_are_refused(argument):
    with pytest.raises(LabError) as caught:
        Cell.parse("source", argument, OWN)
    assert f"%%source {argument}: this is not a place for a file." in str(caught.value)
    assert "linux/, lkm/, loader/ or config/" in caught.value.remedy


def test_a_character_in_a_path_that_nobody_can_see_is_named():
    with pytest.raises(LabError) as caught:
        Cell.parse("source", "lkm/a\u200b.c", OWN)
    assert caught.value.remedy == "It has U+200B ZERO WIDTH SPACE: type it anew."


@pytest.mark.parametrize("argument", ["linux/", "lkm/"])
def test_a_folder_is_no_place_for_a_file(argument):
    with pytest.raises(LabError):
        Cell.parse("source", argument, OWN)


def test_an_open_quote_is_refused():
    with pytest.raises(LabError):
        Cell.parse("source", '"lkm/a.c', OWN)


@pytest.mark.parametrize("magic", ["patch", "commit"])
def test_a_path_where_none_belongs_is_refused(magic):
    with pytest.raises(LabError, match=f"%%{magic} takes no path, but was given 'linux/a.c'") as caught:
        Cell.parse(magic, "linux/a.c", TYPE_PATCH)
    assert "--try" in caught.value.remedy


def test_lines_of_blanks_make_no_difference():
    """IPython empties them before a magic sees the cell; a file read from disk still has them."""
    plain = "int a;\n\nint b;\n"
    for body in ("int a;\n   \nint b;\n", "int a;\n\t\nint b;\n  \n\n", "int a;\n\nint b;"):
        assert Cell.parse("source", "lkm/a.c", body) == Cell.parse("source", "lkm/a.c", plain)
    assert Cell.parse("source", "lkm/a.c", plain).text == plain
    assert "\n\n" in Cell.parse("patch", "", TYPE_PATCH).text
    assert Cell.parse("patch", "", TYPE_PATCH).apply(ORIGINALS) == {"linux/kernel/types.h": TYPE_DONE}


@pytest.mark.parametrize(("magic", "argument"), [("source", "lkm/a.c"), ("patch", ""), ("commit", "")])
def test_a_cell_saved_on_windows_is_the_same_cell(magic, argument):
    windows = TYPE_PATCH.replace("\n", "\r\n")
    assert Cell.parse(magic, argument, windows) == Cell.parse(magic, argument, TYPE_PATCH)


def test_blanks_that_belong_to_a_line_are_kept():
    assert Cell.parse("source", "lkm/a.c", "\tint a; \n  int b;\n").text == "\tint a; \n  int b;\n"


# Notebooks


def test_a_notebook_is_read_with_the_numbers_of_its_cells(tmp_path):
    step = read_notebook(write_notebook(tmp_path, "03-the-module", BOOK["03-the-module"]))
    assert (step.number, step.name, step.title) == (3, "03-the-module", "The module")
    assert [cell.kind for cell in step.cells] == ["patch", "patch", "commit", "source", "source", "patch"]
    assert [cell.trial for cell in step.cells] == [False] * 5 + [True]
    assert step.cells[3].text == MODULE
    assert str(step.cells[3]) == "03-the-module.ipynb, cell 5"


def test_only_code_cells_that_begin_with_a_magic_count(tmp_path):
    others = ["# %%source lkm/a.c\nno", "x = '''\n%%source lkm/a.c\n'''", "%%guest\nls", "%%sources lkm/a.c\nno", ""]
    others.append("%%file lkm/a.c\nIPython's own")
    assert read_notebook(write_notebook(tmp_path, "01-a", others)).cells == ()
    text = {"cell_type": "markdown", "source": ["%%source lkm/a.c\n", "shown, not run"]}
    (tmp_path / "02-b.ipynb").write_text(json.dumps({"cells": [text]}))
    assert read_notebook(tmp_path / "02-b.ipynb").cells == ()


def test_a_recipe_reads_the_numbered_notebooks_in_order(tmp_path):
    (tmp_path / "scratch.ipynb").write_text("{}")
    recipe = make_recipe(tmp_path, dict(reversed(BOOK.items())))
    assert [step.number for step in recipe.steps] == [1, 2, 3]
    assert recipe.paths == {path for path in STEPS[3] if STEPS[0].get(path) != STEPS[3][path]}


def test_the_files_of_every_step(tmp_path):
    recipe = make_recipe(tmp_path)
    for number, expected in enumerate(STEPS):
        files = recipe.files(ORIGINALS, upto=number)
        assert files == {path: expected.get(path) for path in recipe.paths}


def test_a_saved_cell_is_known_and_an_edited_one_is_not(tmp_path):
    recipe = make_recipe(tmp_path)
    assert recipe.knows(Cell.parse("patch", "", TYPE_PATCH))
    assert recipe.knows(Cell.parse("patch", "", TYPE_PATCH + "\n  \n"))
    assert recipe.knows(Cell.parse("source", "lkm/own_mod.c", MODULE))
    assert not recipe.knows(Cell.parse("source", "lkm/own_mod.c", MODULE.replace("0", "1")))
    assert not recipe.knows(Cell.parse("source", "lkm/other.c", MODULE))
    assert not recipe.knows(Cell.parse("patch", "", TYPE_PATCH.replace("TYPE_OWN", "TYPE_MINE")))


def test_an_unknown_step_lists_the_steps_there_are(tmp_path):
    with pytest.raises(LabError, match="The book has no step 07") as caught:
        make_recipe(tmp_path).step(7)
    for line in ("01  The kernel", "02  The type", "03  The module"):
        assert line in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"not JSON", b'{"cells": [', b"{}", b"\xff\xfe"])
def test_a_broken_notebook_is_named_with_the_way_back(tmp_path, content):
    path = tmp_path / "01-broken.ipynb"
    path.write_bytes(content)
    with pytest.raises(LabError) as caught:
        read_notebook(path)
    assert f"{path} is not a notebook: " in caught.value.cause
    assert caught.value.remedy.endswith(f"git checkout {path}")


@pytest.mark.parametrize("content", ["[]", '{"cells": null}', '{"cells": [{"cell_type": "code"}]}'])
def test_json_that_is_no_notebook_is_named_too(tmp_path, content):
    path = tmp_path / "01-broken.ipynb"
    path.write_text(content)
    with pytest.raises(LabError, match="is not a notebook"):
        read_notebook(path)


def test_a_notebook_of_an_older_format_is_told_what_makes_it_a_newer_one(tmp_path):
    (tmp_path / "01-old.ipynb").write_text('{"nbformat": 3, "worksheets": [{"cells": []}]}')
    with pytest.raises(LabError, match="what the format 4 calls 'cells' is not there") as caught:
        read_notebook(tmp_path / "01-old.ipynb")
    assert "open it in JupyterLab and save it" in caught.value.remedy


def test_a_saved_cell_that_does_not_fit_is_named(tmp_path):
    book = BOOK | {"03-the-module": ["# The module", f"%%patch\n{CALL_PATCH.replace('return 1', 'return 2')}"]}
    recipe = make_recipe(tmp_path, book)
    assert recipe.files(ORIGINALS, upto=2)["linux/kernel/own.c"] == OWN  # the steps before it are well
    with pytest.raises(LabError) as caught:
        recipe.files(ORIGINALS, upto=3)
    assert "The saved notebook 03-the-module.ipynb, cell 2:" in caught.value.cause
    assert "kernel/call.c: hunk 1 of 1 does not fit" in caught.value.cause
    assert ">     7 \t\treturn 1;" in caught.value.cause.splitlines()
    assert "git checkout notebooks/03-the-module.ipynb" in caught.value.remedy


def test_a_tangled_cell_that_does_not_fit_blames_no_notebook(tmp_path):
    (tmp_path / "book.json").write_text(make_recipe(tmp_path / "notebooks").baseline)
    with pytest.raises(LabError) as caught:
        Recipe.book(tmp_path / "book.json").on(kernels.FIRST).files({}, upto=2)
    assert "The book's patch of 02-the-type.ipynb, cell 2 does not fit this kernel:" in caught.value.cause
    assert "for Linux 6.1 as Debian" in caught.value.remedy and "git checkout" not in caught.value.remedy


def test_a_saved_patch_that_can_not_be_read_is_named(tmp_path):
    with pytest.raises(LabError, match=r"03-the-module\.ipynb, cell 2"):
        make_recipe(tmp_path, BOOK | {"03-the-module": ["# The module", "%%patch\nno diff at all"]})


def test_a_saved_cell_with_a_wrong_path_is_named(tmp_path):
    with pytest.raises(LabError, match=r"03-the-module\.ipynb, cell 2"):
        make_recipe(tmp_path, BOOK | {"03-the-module": ["# The module", "%%source elsewhere/a.c\nint a;"]})


# The book's cells and the reader's


def test_the_baseline_is_what_the_notebooks_have():
    """After an edit of the book: python -m kernel_lab tangle."""
    assert Recipe.book().baseline == Recipe.read().baseline


def test_the_steps_are_read_from_the_baseline_as_from_the_notebooks(tmp_path):
    recipe = make_recipe(tmp_path)
    (tmp_path / "book.json").write_text(recipe.baseline)
    assert Recipe.book(tmp_path / "book.json") == recipe


@pytest.mark.parametrize("text", ["", "{", "[]", '{"01-a": {}}', '{"01-a": {"title": "A", "cells": [{"kind": 1}]}}'])
def test_a_damaged_baseline_says_how_to_write_it_anew(tmp_path, text):
    (tmp_path / "book.json").write_text(text)
    with pytest.raises(LabError, match="kernel_lab tangle"):
        Recipe.book(tmp_path / "book.json")


@pytest.mark.parametrize("name", ["03-the-module-Copy1", "03-the-module (1)", "03-another", "00-mine", "04-mine"])
def test_a_notebook_that_the_contents_do_not_name_is_the_readers_own(tmp_path, name):
    recipe = make_recipe(tmp_path / "notebooks")
    write_notebook(tmp_path / "notebooks", name, ["# Mine", "%%patch\nhalf-written"])
    assert Recipe.read(tmp_path / "notebooks") == recipe


def test_a_missing_notebook_is_named(tmp_path):
    make_recipe(tmp_path / "notebooks")
    path = tmp_path / "notebooks/02-the-type.ipynb"
    path.unlink()
    with pytest.raises(LabError, match="is not there, though") as caught:
        Recipe.read(tmp_path / "notebooks")
    assert f"git checkout {path}" in caught.value.remedy


def test_contents_that_can_not_be_read_are_named(tmp_path):
    with pytest.raises(LabError, match=r"git checkout book/_toc\.yml"):
        Recipe.read(tmp_path / "notebooks")
