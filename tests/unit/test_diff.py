# SPDX-License-Identifier: GPL-2.0-only
"""Diffs: what applies, what is refused and how that is explained, and the same verdicts as GNU patch and git."""

import difflib
import random
import subprocess
from pathlib import Path

import pytest
from fake_kernel import read_files, write_files

from kernel_lab.recipe import diff
from kernel_lab.recipe.diff import PatchError

LINES = [f"line {number}" for number in range(1, 13)]
FILE = "".join(f"{line}\n" for line in LINES)

INSERT = """\
--- a/f.c
+++ b/f.c
@@ -4,4 +4,5 @@ a title
 line 4
 line 5
+new
 line 6
 line 7
"""

TWO_HUNKS = """\
--- a/f.c
+++ b/f.c
@@ -1,4 +1,7 @@
 line 1
 line 2
+one
+two
+three
 line 3
 line 4
@@ -8,4 +11,4 @@
 line 8
 line 9
-line 10
+line ten
 line 11
"""


def joined(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def apply(files: diff.Files, text: str) -> dict[str, str]:
    return diff.apply(files, diff.parse(text))


def refusal(files: dict, patch: str) -> PatchError:
    before = dict(files)
    with pytest.raises(PatchError) as caught:
        apply(files, patch)
    assert files == before
    return caught.value


# What applies


def test_a_hunk_changes_its_place_and_nothing_else():
    assert apply({"f.c": FILE, "g.c": FILE}, INSERT) == {"f.c": joined(*LINES[:5], "new", *LINES[5:])}


def test_a_hunk_is_found_where_its_lines_have_moved_to():
    below = joined("above", "above", *LINES)
    assert apply({"f.c": below}, INSERT) == {"f.c": joined("above", "above", *LINES[:5], "new", *LINES[5:])}
    higher = joined(*LINES[2:])
    assert apply({"f.c": higher}, INSERT) == {"f.c": joined(*LINES[2:5], "new", *LINES[5:])}


def test_of_two_places_that_fit_the_nearer_is_taken():
    twice = joined("a", "b", *LINES, "a", "b")
    patch = "--- a/f.c\n+++ b/f.c\n@@ -14,2 +14,3 @@\n a\n+new\n b\n"
    assert apply({"f.c": twice}, patch) == {"f.c": joined("a", "b", *LINES, "a", "new", "b")}


def test_two_hunks_of_one_file():
    done = joined("line 1", "line 2", "one", "two", "three", *LINES[2:9], "line ten", *LINES[10:])
    assert apply({"f.c": FILE}, TWO_HUNKS) == {"f.c": done}


def test_two_files_in_one_patch():
    both = apply({"f.c": FILE, "g.c": FILE}, INSERT + INSERT.replace("f.c", "g.c"))
    assert sorted(both) == ["f.c", "g.c"]
    assert both["f.c"] == both["g.c"] == joined(*LINES[:5], "new", *LINES[5:])


def test_a_new_file():
    patch = "--- /dev/null\n+++ b/deep/new.c\n@@ -0,0 +1,2 @@\n+one\n+two\n"
    assert apply({}, patch) == {"deep/new.c": "one\ntwo\n"}


def test_what_is_already_applied_changes_nothing():
    for patch in (INSERT, TWO_HUNKS, "--- /dev/null\n+++ b/new.c\n@@ -0,0 +1 @@\n+one\n"):
        once = {"f.c": FILE} | apply({"f.c": FILE}, patch)
        assert apply(once, patch) == {}


def test_a_removal_that_is_already_applied_changes_nothing():
    patch = "--- a/f.c\n+++ b/f.c\n@@ -4,3 +4,2 @@\n line 4\n-line 5\n line 6\n"
    once = apply({"f.c": FILE}, patch)
    assert once == {"f.c": joined(*LINES[:4], *LINES[5:])}
    assert apply(once, patch) == {}


@pytest.mark.parametrize("counts", ["@@ -4 +4 @@", "@@ -4,99 +4,1 @@", "@@ -4,4 +4,5 @@ any title"])
def test_line_counts_in_the_header_may_be_wrong(counts):
    patch = INSERT.replace("@@ -4,4 +4,5 @@ a title", counts)
    assert apply({"f.c": FILE}, patch) == apply({"f.c": FILE}, INSERT)


def test_an_empty_context_line_may_have_lost_its_blank():
    text = joined("int a;", "", "int c;")
    patch = "--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,4 @@\n int a;\n\n+int b;\n int c;\n"
    assert apply({"f.c": text}, patch) == {"f.c": joined("int a;", "", "int b;", "int c;")}


def test_what_git_writes_around_the_hunks_is_no_trouble():
    git = "diff --git a/f.c b/f.c\nindex 0000001..0000002 100644\n" + INSERT
    assert apply({"f.c": FILE}, git) == apply({"f.c": FILE}, INSERT)


# What is refused, and how


def test_a_typo_shows_the_hunk_the_place_and_the_line_that_differs():
    error = refusal({"f.c": FILE}, INSERT.replace(" line 6", " lime 6"))
    cause, remedy = error.cause.splitlines(), error.remedy
    assert cause[0] == "f.c: hunk 1 of 1 does not fit, so nothing was changed."
    hunk = ["@@ -4,4 +4,5 @@ a title", " line 4", " line 5", "+new", " lime 6", " line 7"]
    begin = cause.index(hunk[0])
    assert cause[begin : begin + 6] == hunk
    assert "closest at line 4, where 1 of its 4 lines differ" in error.cause
    assert cause[-4:] == ["      4 line 4", "      5 line 5", ">     6 line 6", "      7 line 7"]
    assert "lab.reset()" in remedy
    assert "context lines equal" in remedy


def test_a_tab_typed_as_blanks_is_marked():
    error = refusal(
        {"f.c": "a {\n\treturn 1;\n}\n"}, "--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,4 @@\n a {\n         return 1;\n+x\n }\n"
    )
    assert "only in blanks and tabs, on 1 of 3 lines, the first of them line 2:" in error.cause
    assert "    line 2: '\\treturn 1;'\n    the hunk: '        return 1;'" in error.cause


def test_line_ends_of_windows_are_named():
    """What else is wrong with such a hunk is not hidden by them."""
    patch = "--- a/f.c\r\n+++ b/f.c\r\n@@ -1,3 +1,4 @@\r\n a {\r\n \treturn 1;\r\n+x\r\n }\r\n"
    assert "only in the ends of lines" in refusal({"f.c": "a {\n\treturn 1;\n}\n"}, patch).cause
    assert "only in" not in refusal({"f.c": "a {\n\treturn 2;\n}\n"}, patch).cause


def test_characters_that_nobody_can_see_are_named():
    zero = INSERT.replace(" line 6", " line\u200b 6").replace(" line 7", " line\xa07")
    said = "only in characters that nobody can see (U+00A0 NO-BREAK SPACE, U+200B ZERO WIDTH SPACE), on 2 of 4 lines"
    assert said in refusal({"f.c": FILE}, zero).cause
    mark = refusal({"f.c": FILE}, INSERT.replace(" line 6", "\xa0line 6"))
    assert mark.remedy.startswith("It begins with U+00A0 NO-BREAK SPACE, not with a blank.")
    name = refusal({"f.c": FILE}, INSERT.replace("b/f.c", "b/f\u200b.c"))
    assert name.remedy == "It has U+200B ZERO WIDTH SPACE: type it anew."


@pytest.mark.parametrize(
    "patch",
    [
        "--- a/f.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-line 1\n",
        "diff --git a/f.c b/f.c\ndeleted file mode 100644\n--- a/f.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-line 1\n",
        "diff --git a/f.c b/g.c\nsimilarity index 100%\nrename from f.c\nrename to g.c\n",
        "diff --git a/f.c b/f.c\nold mode 100644\nnew mode 100755\n" + INSERT,
        INSERT + "diff --git a/g.c b/h.c\nrename from g.c\nrename to h.c\n",
    ],
)
def test_what_is_more_than_other_lines_is_refused(patch):
    assert "This asks for more" in refusal({"f.c": FILE, "g.c": FILE}, patch).cause


def test_the_second_hunk_is_named_and_the_first_is_not_done_either():
    error = refusal({"f.c": FILE}, TWO_HUNKS.replace(" line 9", " line nine"))
    assert error.cause.startswith("f.c: hunk 2 of 2 does not fit, so nothing was changed.")
    assert ">" in error.cause


def test_the_lines_of_a_second_hunk_are_numbered_as_in_the_readers_file():
    error = refusal({"f.c": FILE}, TWO_HUNKS.replace(" line 9", " line nine"))
    assert ">     9 line 9" in error.cause.splitlines()


def test_lines_that_are_nowhere_in_the_file():
    error = refusal({"f.c": FILE}, "--- a/f.c\n+++ b/f.c\n@@ -3,2 +3,3 @@\n not here\n+new\n nor here\n")
    assert "None of its context lines is in the file" in error.cause
    assert error.cause.splitlines()[-2:] == [">     3 line 3", ">     4 line 4"]


def test_a_hunk_longer_than_its_file():
    error = refusal({"f.c": "line 4\n"}, INSERT)
    assert "(end of file)" in error.cause


def test_one_hunk_there_and_one_not_is_said():
    first = TWO_HUNKS[: TWO_HUNKS.index("@@ -8")]
    half = apply({"f.c": FILE}, first)
    error = refusal(half, TWO_HUNKS)
    assert "hunk 1 of 2" in error.cause
    assert "there already, but the others are not" in error.remedy
    assert "lab.reset()" in error.remedy


def test_one_file_done_and_one_not_is_said():
    error = refusal({"f.c": FILE} | apply({"f.c": FILE}, INSERT) | {"g.c": FILE}, INSERT + INSERT.replace("f.c", "g.c"))
    assert "there already, but the others are not" in error.remedy


def test_one_file_done_and_one_not_is_refused():
    refusal({"f.c": FILE} | apply({"f.c": FILE}, INSERT) | {"g.c": FILE}, INSERT + INSERT.replace("f.c", "g.c"))


def test_a_missing_file_is_named():
    error = refusal({"f.c": None}, INSERT)
    assert "There is no file f.c" in error.cause
    assert "path" in error.remedy


def test_a_new_file_where_there_is_another_one():
    error = refusal({"f.c": FILE}, "--- /dev/null\n+++ b/f.c\n@@ -0,0 +1 @@\n+mine\n")
    assert "f.c is there already, with other contents" in error.cause
    assert "lab.reset()" in error.remedy


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("", "no hunk"),
        ("hello\n", "no hunk"),
        ("int main(void)\n{\n}\n", "no hunk"),
        ("--- a/f.c\n+++ b/f.c\n", "no hunk"),
        (f"--- a/g.c\n+++ b/g.c\n{INSERT}", "no hunk for g.c"),
        ("--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,3 @@\n", "f.c: this hunk changes nothing:\n@@ -1,3 +1,3 @@"),
        (INSERT.replace("+new", " new"), "f.c: this hunk changes nothing:\n@@ -4,4 +4,5 @@ a title\n line 4"),
        ("@@ -1,2 +1,3 @@\n line 1\n+new\n line 2\n", "Line 1 begins a hunk, but no '--- a/"),
        (INSERT.replace(" line 6", "line 6"), "Line 7 of the patch is neither context nor change:\n    line 6"),
    ],
    ids=["empty", "words", "C code", "no hunk", "no hunk for one", "header only", "context only", "no file", "no mark"],
)
def test_garbage_is_refused_with_a_reason(patch, said):
    assert said in refusal({"f.c": FILE}, patch).cause


@pytest.mark.parametrize("line", ["--- ", "+++ "])
def test_a_header_without_a_name_is_refused(line):
    patch = "\n".join(line if old.startswith(line) else old for old in INSERT.splitlines())
    refusal({"f.c": FILE}, patch)


def test_a_removal_with_a_typo_is_not_taken_for_done():
    error = refusal({"f.c": FILE}, "--- a/f.c\n+++ b/f.c\n@@ -4,3 +4,2 @@\n lime 4\n-line 5\n line 6\n")
    assert "does not fit" in error.cause


@pytest.mark.parametrize("mark", ["-", "+"])
def test_changed_lines_may_look_like_headers(mark):
    old, new = ("-- counter;", "x;") if mark == "-" else ("x;", "++ counter;")
    patch = f"--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,3 @@\n a;\n-{old}\n+{new}\n b;\n"
    assert apply({"f.c": joined("a;", old, "b;")}, patch) == {"f.c": joined("a;", new, "b;")}


def test_an_empty_line_between_two_files():
    patch = INSERT + "\n" + INSERT.replace("f.c", "g.c")
    assert sorted(apply({"f.c": FILE, "g.c": FILE}, patch)) == ["f.c", "g.c"]


# The same verdicts as the real tools


def gnu_patch(folder: Path, files: dict[str, str], patch: str) -> dict[str, str] | None:
    """What `patch -p1 -F0` makes of the files; None where it refuses, and then it must not have touched them."""
    write_files(folder, files)
    command = ["patch", "-p1", "-F0", "--forward", "--batch", "--no-backup-if-mismatch", "--reject-file=-"]

    def run(*options: str) -> int:
        return subprocess.run([*command, *options], cwd=folder, input=patch, text=True, capture_output=True).returncode

    if run("--dry-run"):
        return None
    assert run() == 0
    return read_files(folder)


def ours(files: dict[str, str], patch: str) -> dict[str, str] | None:
    try:
        return files | apply(files, patch)
    except PatchError:
        return None


def difflib_diff(folder: Path, old: dict[str, str], new: dict[str, str]) -> str:
    return "".join(
        line
        for path in sorted(new)
        for line in difflib.unified_diff(
            old.get(path, "").splitlines(keepends=True),
            new[path].splitlines(keepends=True),
            f"a/{path}" if path in old else "/dev/null",
            f"b/{path}",
        )
    )


def git_diff(folder: Path, old: dict[str, str], new: dict[str, str]) -> str:
    write_files(folder / "a", old)
    write_files(folder / "b", new)
    command = ["git", "diff", "--no-index", "--no-prefix", "--no-renames", "a", "b"]
    return subprocess.run(command, cwd=folder, text=True, capture_output=True).stdout


def some_lines(chance: random.Random, count: int) -> list[str]:
    """Lines as C has them: many of their own, and some that are everywhere."""
    common = ["", "}", "\t}", "\tbreak;", "\t\treturn -EINVAL;", "#endif"]
    return [
        chance.choice(common) if chance.random() < 0.4 else f"\tcall_{chance.randrange(10**6)}();" for _ in range(count)
    ]


def edited(
    chance: random.Random, text: str, first: int = 0, last: int | None = None, comes: tuple[int, ...] = (0, 1, 1, 2, 6)
) -> str:
    """The text with one to four changes between two of its lines, each with one of `comes` new lines."""
    lines = text.splitlines()
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(first, len(lines) if last is None else last)
        size = chance.choice([0, 0, 1, 1, 2, 5])
        lines[at : at + size] = some_lines(chance, chance.choice(comes) or (0 if size else 1))
    return joined(*lines, *([] if lines else ["not empty"]))


@pytest.mark.parametrize("make", [difflib_diff, git_diff])
@pytest.mark.parametrize("seed", range(25))
def test_diffs_give_what_patch_makes_of_them(seed, make, tmp_path):
    chance = random.Random(f"whole {seed}")
    old = {f"dir/{name}.c": joined(*some_lines(chance, chance.choice([3, 20, 60]))) for name in "ab"}
    new = {path: edited(chance, text) for path, text in old.items()} | {"dir/new.c": joined(*some_lines(chance, 5))}
    patch = make(tmp_path / "made", old, new)
    assert new == gnu_patch(tmp_path / "patched", old, patch), "this test has made a bad diff"
    assert ours(old, patch) == new
    assert ours(new, patch) == new  # a second time


def drifted(seed: int, folder: Path) -> tuple[dict[str, str], str]:
    """A reader's file, and a diff that was made from an earlier state of it: it fits with an offset, or not."""
    chance = random.Random(f"drifted {seed}")
    base = joined(*some_lines(chance, 60))
    # All hunks have lines around them: one at the file's edge fits only there with patch.
    patch = difflib_diff(folder, {"f.c": base}, {"f.c": edited(chance, base, 20, 35, comes=(1, 2, 6))})
    return {"f.c": edited(chance, base)}, patch


@pytest.mark.parametrize("seed", range(60))
def test_diffs_against_a_file_that_has_moved_on_end_as_with_patch(seed, tmp_path):
    files, patch = drifted(seed, tmp_path)
    assert ours(files, patch) == gnu_patch(tmp_path / "patched", files, patch)


def test_the_drifted_files_are_of_both_kinds(tmp_path):
    """The test above means something only if patch refuses some of them, and takes others."""
    assert {gnu_patch(tmp_path / str(seed), *drifted(seed, tmp_path)) is None for seed in range(12)} == {True, False}


def check_like_patch(folder: Path, text: str, patch: str) -> None:
    assert ours({"f.c": text}, patch) == gnu_patch(folder, {"f.c": text}, patch)


def test_a_hunk_is_not_looked_for_above_the_one_before_it(tmp_path):
    patch = "--- a/f.c\n+++ b/f.c\n@@ -5,2 +5,3 @@\n line 5\n+one\n line 6\n@@ -8,2 +9,3 @@\n line 1\n+two\n line 2\n"
    check_like_patch(tmp_path, FILE, patch)
    assert ours({"f.c": FILE}, patch) is None


def test_a_later_hunk_is_looked_for_as_far_off_as_the_one_before_it(tmp_path):
    """Its lines are in the file twice, and the wrong place is nearer to the number in its header."""
    moved = joined("a", "b", "c", "d", *LINES, "a", "b", "c", "d", *LINES[:4], "a", "b", "c", "d")
    patch = (
        "--- a/f.c\n+++ b/f.c\n@@ -1,4 +1,5 @@\n line 5\n line 6\n+one\n line 7\n line 8\n"
        "@@ -17,4 +18,5 @@\n a\n b\n+two\n c\n d\n"
    )
    check_like_patch(tmp_path, moved, patch)
    assert ours({"f.c": moved}, patch)["f.c"].endswith("line 4\na\nb\ntwo\nc\nd\n")


def test_a_hunk_without_context(tmp_path):
    check_like_patch(tmp_path, FILE, "--- a/f.c\n+++ b/f.c\n@@ -5,0 +6 @@\n+new\n")


def test_a_hunk_of_the_files_end_fits_only_there(tmp_path):
    patch = "--- a/f.c\n+++ b/f.c\n@@ -10,3 +10,4 @@\n line 10\n line 11\n line 12\n+new\n"
    check_like_patch(tmp_path, FILE + "line 13\n", patch)


def test_two_places_equally_near(tmp_path):
    text = joined("a", "b", "c", "q", "q", "q", "a", "b", "c")
    check_like_patch(tmp_path, text, "--- a/f.c\n+++ b/f.c\n@@ -4,3 +4,4 @@\n a\n b\n+new\n c\n")


def test_first_lines_of_an_empty_file(tmp_path):
    check_like_patch(tmp_path, "", "--- a/f.c\n+++ b/f.c\n@@ -0,0 +1 @@\n+new\n")
