# SPDX-License-Identifier: GPL-2.0-only
"""Tangling: what the cells make is in the repository, and `git am` and a make of the module need nothing else."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from fake_kernel import (
    BOOK,
    CALL_DONE,
    CONFIG,
    LOADER,
    MODULE,
    SECOND_MESSAGE,
    SHIPPED,
    STEPS,
    TRIAL_PATCH,
    make_recipe,
    make_tree,
    read_files,
    run_notebook,
    write_files,
)

from kernel_lab.base.errors import LabError
from kernel_lab.recipe import series
from kernel_lab.recipe.cells import BASELINE, Cell, Recipe
from kernel_lab.recipe.tree import Tree

ORIGINALS = {f"linux/{path}": text for path, text in SHIPPED.items()}
FIRST = "kernel-src-patches/6.1/0001-kernel-Add-a-type-of-one-s-own.patch"
SECOND = "kernel-src-patches/6.1/0002-kernel-Call-it.patch"
OWN_MESSAGE = "kernel: Mine\n\nWhy.\n\nSigned-off-by: Me <me@example.org>\n"


@pytest.fixture
def recipe(tmp_path) -> Recipe:
    return make_recipe(tmp_path / "notebooks")


@pytest.fixture
def products(recipe) -> dict[str, str]:
    return series.products(recipe, ORIGINALS)


@pytest.fixture
def repository(tmp_path, products) -> Path:
    """A repository whose files are what the cells make."""
    folder = write_files(tmp_path / "repository", {"README.md": "the book\n", "lkm/README.md": "the module\n"})
    series.write(products, folder)
    return folder


def with_third(cells: list[str]) -> dict[str, list[str]]:
    """The book with another third notebook."""
    return BOOK | {"03-the-module": cells}


# What is made


def test_the_products_are_the_series_the_module_and_the_loader(products):
    assert sorted(products) == [
        FIRST,
        SECOND,
        "kernel-src-patches/6.1/series",
        "kernel-src-patches/kernel.config",
        BASELINE,
        "lkm/own_mod.c",
        "loader/try.c",
    ]
    assert products["kernel-src-patches/6.1/series"] == "".join(f"{Path(path).name}\n" for path in (FIRST, SECOND))
    assert products["kernel-src-patches/kernel.config"] == CONFIG
    assert products["lkm/own_mod.c"] == MODULE
    assert products["loader/try.c"] == LOADER


def test_a_mail_says_who_when_what_and_why(products):
    head, _, rest = products[SECOND].partition("\n\n")
    assert "From: A Reader <reader@example.org>" in head.splitlines()
    assert "Date: Sat, 22 Jul 2023 12:00:00 +0000" in head.splitlines()
    assert "Subject: [PATCH 2/2] kernel: Call it" in head.splitlines()
    assert "A type that nobody calls is of no use." in rest
    assert re.search(r"^---\n kernel/call\.c \| +2 \+\+\n", rest, re.M)
    assert " create mode 100644 kernel/own.c\n" in products[FIRST]


def test_a_commit_holds_the_edits_since_the_commit_before_it(products):
    def changed(mail: str) -> list[str]:
        return re.findall(r"^\+\+\+ b/(.*)$", mail, re.M)

    assert changed(products[FIRST]) == ["kernel/Makefile", "kernel/own.c", "kernel/types.h"]
    assert changed(products[SECOND]) == ["kernel/call.c", "kernel/own.c"]
    assert "TYPE_OWN," not in products[SECOND].replace("case TYPE_OWN:", "")


def test_trial_cells_are_in_no_product(tmp_path, products):
    assert [path for path, text in products.items() if "return 13;" in text] == [BASELINE]
    *others, trial = BOOK["03-the-module"]
    earlier = [*others[:3], trial, *others[3:]]  # before the commit
    made = series.products(make_recipe(tmp_path / "earlier", with_third(earlier)), ORIGINALS)
    assert made | {BASELINE: ""} == products | {BASELINE: ""}


def test_the_same_cells_give_the_same_bytes(recipe, products):
    assert series.products(recipe, ORIGINALS) == products


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Somebody", "-c", "user.email=some@body", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def linux(tmp_path) -> Path:
    """The kernel as it was shipped, in a repository of its own."""
    linux = write_files(tmp_path / "linux", SHIPPED)
    git(linux, "init", "--quiet")
    git(linux, "add", ".")
    git(linux, "commit", "--quiet", "-m", "as shipped")
    return linux


def test_git_am_takes_the_series_and_makes_the_same_kernel(linux, repository):
    series = repository / "kernel-src-patches/6.1"
    git(linux, "am", "--quiet", *(str(series / name) for name in (series / "series").read_text().splitlines()))

    tracked = git(linux, "ls-files").splitlines()
    finished = {path: text for path, text in STEPS[3].items() if path.startswith("linux/")}
    assert {f"linux/{path}": (linux / path).read_text() for path in tracked} == finished
    assert git(linux, "log", "--format=%an <%ae>|%s|%at", "-2").splitlines() == [
        "A Reader <reader@example.org>|kernel: Call it|1690027200",
        "A Reader <reader@example.org>|kernel: Add a type of one's own|1690027200",
    ]
    assert git(linux, "log", "--format=%b", "-1").startswith("A type that nobody calls is of no use.\n\nSigned-off-by:")


def test_git_am_merges_the_series_into_a_kernel_that_has_drifted(linux, repository):
    """By the blobs that the index lines name; without them, `git am -3` could only refuse, as plain `git am` does."""
    drifted = {"kernel/call.c": ("return -1;", "return -2;"), "kernel/types.h": ("TYPE_FILTER", "TYPE_FILTER = 7")}
    write_files(linux, {path: SHIPPED[path].replace(*change) for path, change in drifted.items()})
    git(linux, "commit", "--quiet", "-a", "-m", "drift")

    mails = [str(repository / FIRST), str(repository / SECOND)]
    with pytest.raises(AssertionError, match="patch does not apply"):
        git(linux, "am", "--quiet", mails[0])
    git(linux, "am", "--abort")
    with pytest.raises(AssertionError, match="patch does not apply"):
        git(linux, "apply", "--check", mails[1])
    git(linux, "am", "--quiet", "-3", *mails)
    for path, change in drifted.items():
        assert (linux / path).read_text() == STEPS[3][f"linux/{path}"].replace(*change)


def test_hunks_name_functions_as_the_kernels_do(tmp_path):
    """git's own guess is a line that begins with a word, which a label is, too."""
    shipped = "int call(void)\n{\nagain:\n" + "".join(f"\twork({i});\n" for i in range(9)) + "}\n"
    patch = (
        "--- a/kernel/call.c\n+++ b/kernel/call.c\n@@ -9,3 +9,4 @@\n \twork(5);\n \twork(6);\n+\trest();\n \twork(7);\n"
    )
    recipe = make_recipe(tmp_path, {"01-one": ["# One", f"%%patch\n{patch}", f"%%commit\n{SECOND_MESSAGE}"]})
    (commit,) = series.commits(recipe, {"linux/kernel/call.c": shipped})
    assert re.findall("^@@.*", commit.diff, re.M) == ["@@ -8,6 +8,7 @@ int call(void)"]


def test_patch_takes_the_series_too(tmp_path, repository):
    linux = write_files(tmp_path / "linux", SHIPPED)
    for name in (repository / "kernel-src-patches/6.1/series").read_text().split():
        with (repository / "kernel-src-patches/6.1" / name).open() as mail:
            subprocess.run(["patch", "-p1", "-F0", "--quiet"], cwd=linux, stdin=mail, check=True)
    assert {f"linux/{path}": text for path, text in read_files(linux).items()} == {
        path: text for path, text in STEPS[3].items() if path.startswith("linux/")
    }


def test_a_commit_nobody_signed_is_refused(tmp_path):
    cells = [re.sub("Signed-off-by: .*\n", "", cell) for cell in BOOK["02-the-type"]]
    with pytest.raises(LabError, match="no 'Signed-off-by: Name <address>' line") as caught:
        series.products(make_recipe(tmp_path, BOOK | {"02-the-type": cells}), ORIGINALS)
    assert "last line" in caught.value.remedy


def test_a_cell_that_does_not_fit_makes_nothing(tmp_path):
    cells = [cell.replace("return 1;", "return 2;") for cell in BOOK["03-the-module"]]
    with pytest.raises(LabError, match=r"kernel/call\.c: hunk 1 of 1 does not fit"):
        series.products(make_recipe(tmp_path, with_third(cells)), ORIGINALS)


def test_a_cell_that_does_not_fit_is_named(tmp_path):
    cells = [cell.replace("return 1;", "return 2;") for cell in BOOK["03-the-module"]]
    with pytest.raises(LabError, match=r"03-the-module\.ipynb, cell 3"):
        series.products(make_recipe(tmp_path, with_third(cells)), ORIGINALS)


def test_a_trial_file_is_no_product(tmp_path):
    cells = [*BOOK["03-the-module"], f"%%source --try lkm/experiment.c\n{MODULE}"]
    products = series.products(make_recipe(tmp_path, with_third(cells)), ORIGINALS)
    assert "lkm/experiment.c" not in products


# A commit cell that is run


def test_a_commit_cell_commits_the_tree_as_it_is(tmp_path, products):
    tree = make_tree(tmp_path)
    second = next(cell for cell in tree.recipe.step(3).cells if cell.kind == "commit")
    tree.jump(3)
    made = committed(tree, second)
    assert (made.number, made.name) == (2, Path(SECOND).name)
    assert made.mail == products[SECOND]


def committed(tree: Tree, cell: Cell) -> series.Commit:
    return series.commit_in_tree(cell, tree.recipe, tree.originals(tree.managed), tree.read, tree.step, tree.committed)


def own_commit(tree: Tree, message: str = OWN_MESSAGE) -> series.Commit:
    """What a %%commit cell gives that is not the book's."""
    return committed(tree, Cell.parse("commit", "", message))


@pytest.mark.parametrize(
    "message",
    [
        SECOND_MESSAGE.replace("A Reader <reader@example.org>", "Hana Sato <hana@example.jp>"),
        "kernel: Call it\n\nSigned-off-by: Hana Sato <hana@example.jp>\n",
        "own: Something quite different\n\nSigned-off-by: Hana Sato <hana@example.jp>\n",
    ],
    ids=["another name", "shorter", "all one's own"],
)
@pytest.mark.parametrize("edited", [False, True])
def test_a_commit_with_a_message_of_ones_own_stands_in_its_place(tmp_path, products, message, edited):
    tree = make_tree(tmp_path)
    tree.jump(2)
    run_notebook(tree, 3)
    if edited:
        tree.edit(Cell.parse("patch", "", TRIAL_PATCH))
    for _ in range(2):  # the cell may be run twice
        made = own_commit(tree, message)
        assert made.number == 2
        if not edited:
            assert made.diff == series_diff(products[SECOND])


def test_another_subject_for_the_same_commit_is_not_the_next_one(tmp_path):
    """The notebook has two commits, and nothing was edited since the first."""
    cells = [*BOOK["02-the-type"], *BOOK["03-the-module"]]
    tree = make_tree(tmp_path, {"01-the-kernel": BOOK["01-the-kernel"], "02-the-type": cells})
    tree.jump(1)
    for cell in (cell for cell in tree.recipe.step(2).cells[:3] if cell.kind != "commit"):
        tree.edit(cell)
    assert own_commit(tree).number == 1
    assert own_commit(tree, OWN_MESSAGE.replace("Mine", "Something quite different")).number == 1


def test_a_no_break_space_in_signed_off_by_is_named(tmp_path):
    tree = make_tree(tmp_path)
    tree.jump(3)
    with pytest.raises(LabError, match=r"has U\+00A0 NO-BREAK SPACE: type it anew"):
        own_commit(tree, OWN_MESSAGE.replace("by: ", "by:\xa0"))


def series_diff(mail: str) -> str:
    return mail[mail.index("diff --git") :]


def test_a_commit_of_ones_own_after_the_notebooks_has_what_was_changed_since(tmp_path):
    tree = make_tree(tmp_path)
    tree.jump(2)
    run_notebook(tree, 3)
    committed(tree, next(cell for cell in tree.recipe.step(3).cells if cell.kind == "commit"))
    tree.edit(Cell.parse("patch", "", TRIAL_PATCH))
    assert own_commit(tree).name == "0003-kernel-Mine.patch"
    tree.jump(2)
    run_notebook(tree, 3)
    assert own_commit(tree).number == 2


def test_a_commit_cell_of_ones_own_has_what_was_changed_since_the_last(tmp_path):
    tree = make_tree(tmp_path)
    tree.jump(3)
    with pytest.raises(LabError, match="nothing to commit"):
        own_commit(tree)
    write_files(tree.root, {"linux/kernel/call.c": CALL_DONE.replace("own()", "own() + 1")})
    made = own_commit(tree)
    assert made.name == "0003-kernel-Mine.patch"
    changed = [line for line in made.diff.splitlines() if re.match("[-+]", line)]
    assert changed == [
        "--- a/kernel/call.c",
        "+++ b/kernel/call.c",
        "-\t\treturn own();",
        "+\t\treturn own() + 1;",
    ]


def test_a_commit_cell_of_ones_own_has_new_files_too(tmp_path):
    tree = make_tree(tmp_path)
    tree.jump(3)
    tree.edit(Cell.parse("source", "linux/kernel/mine.c", MODULE))
    assert "+++ b/kernel/mine.c" in own_commit(tree).diff


# Stale or not


def test_what_was_just_written_is_not_stale(repository, products):
    assert series.stale(products, repository) == []
    assert series.write(products, repository) == []
    assert read_files(repository) == products | {"README.md": "the book\n", "lkm/README.md": "the module\n"}


def test_a_hunks_line_numbers_alone_do_not_make_a_patch_stale(repository, products):
    """Another 6.1 has the same lines elsewhere."""
    moved, count = re.subn(r"^@@ -\d+,6 \+\d+,8 @@.*$", "@@ -105,6 +107,8 @@ elsewhere", products[SECOND], flags=re.M)
    assert count == 1
    (repository / SECOND).write_text(moved)
    assert series.stale(products, repository) == []
    assert series.write(products, repository) == []
    assert (repository / SECOND).read_text() == moved


def test_another_digest_alone_does_not_make_a_patch_stale(repository, products):
    """Another 6.1 has other lines elsewhere in the file."""
    other, count = re.subn(
        r"^index [0-9a-f]{40}\.\.[0-9a-f]{40}", f"index {'1' * 40}..{'2' * 40}", products[SECOND], flags=re.M
    )
    assert count == 2
    (repository / SECOND).write_text(other)
    assert series.stale(products, repository) == []
    (repository / SECOND).write_text(other.replace(" 100644", " 100755"))
    assert series.stale(products, repository) == [SECOND]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (SECOND, "+\t\treturn own();", "+\t\treturn own() ;"),
        (SECOND, " of no use.", " of some use."),
        ("lkm/own_mod.c", "return 0", "return 1"),
        ("lkm/own_mod.c", "\n", "\r\n"),
        ("kernel-src-patches/6.1/series", FIRST.split("/")[2], "0001-another.patch"),
    ],
    ids=["code of a patch", "message of a patch", "module", "ends of lines", "series"],
)
def test_changed_contents_are_stale_and_written_anew(repository, products, path, old, new):
    assert old in products[path]
    (repository / path).write_text(products[path].replace(old, new))
    assert series.stale(products, repository) == [path]
    assert series.write(products, repository) == [path]
    assert (repository / path).read_text() == products[path]


def test_a_missing_file_is_stale_and_written(repository, products):
    (repository / FIRST).unlink()
    assert series.stale(products, repository) == [FIRST]
    series.write(products, repository)
    assert (repository / FIRST).read_text() == products[FIRST]


def test_only_what_is_stale_is_written(repository, products):
    untouched = [repository / path for path in products if path != "lkm/own_mod.c"]
    for path in untouched:
        os.utime(path, ns=(10**18, 10**18))
    (repository / "lkm/own_mod.c").write_text("int old;\n")
    series.write(products, repository)
    assert {path.stat().st_mtime_ns for path in untouched} == {10**18}


def test_the_file_of_a_removed_cell_is_removed(tmp_path, repository, products):
    cells = [cell for cell in BOOK["03-the-module"] if "lkm/own_mod.c" not in cell]
    fewer = series.products(make_recipe(tmp_path / "fewer", with_third(cells)), ORIGINALS)
    assert series.stale(fewer, repository) == [BASELINE, "lkm/own_mod.c"]
    assert series.write(fewer, repository) == [BASELINE, "lkm/own_mod.c"]
    assert read_files(repository / "lkm") == {"README.md": "the module\n"}


def test_a_renamed_commit_leaves_no_old_patch_behind(tmp_path, repository):
    cells = [cell.replace("kernel: Call it", "kernel: Do call it") for cell in BOOK["03-the-module"]]
    renamed = series.products(make_recipe(tmp_path / "renamed", with_third(cells)), ORIGINALS)
    series.write(renamed, repository)
    assert sorted(path.name for path in (repository / "kernel-src-patches").rglob("*.patch")) == [
        Path(FIRST).name,
        "0002-kernel-Do-call-it.patch",
    ]


def test_a_file_in_a_folder_of_its_own_is_not_stale_once_written(tmp_path, repository):
    cells = [*BOOK["03-the-module"], f"%%source loader/deep/a.c\n{LOADER}"]
    deeper = series.products(make_recipe(tmp_path / "deeper", with_third(cells)), ORIGINALS)
    series.write(deeper, repository)
    assert series.stale(deeper, repository) == []


def test_what_make_builds_beside_the_sources_is_left_alone(repository, products):
    """The README's way without Jupyter: make in lkm/ and loader/."""
    (repository / "loader/try").write_bytes(b"\x7fELF\xff")
    (repository / "lkm/own_mod.ko").write_bytes(b"\x7fELF\xff")
    write_files(repository / "loader/bpf", {"try.skel.h": "int a;\n", "vmlinux.h": "int b;\n"})
    assert series.stale(products, repository) == []
