# SPDX-License-Identifier: GPL-2.0-only
"""What lab.exercise() says: what is right, what is not, and one hint more each time; and what it has checks for."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_kernel import SHIPPED, write_files
from solutions import WRONG, cells_of, exercises, wrong_answers

from kernel_lab.base.errors import LabError
from kernel_lab.exercises import checks
from kernel_lab.exercises.checks import Check, Exercise
from kernel_lab.kernel import flavour
from kernel_lab.lab import Lab
from kernel_lab.newer import UNPATCHED
from kernel_lab.notebooks import all_notebooks

ONE = Check("one is taken", "# echo 1\n# cat\n43\n", ("Is it?", "Is it not?"))
TWO = Check("two is refused", "# echo 2\nsh: ... range\n[exit status 1]\n", ("Look again.",))
EXERCISE = Exercise((ONE, TWO), ("oreore_mod.ko", "greater.o", "attach_object"), before="rmmod oreore_mod")

ANSWERS = {ONE.commands: "# echo 1\n# cat\n43", TWO.commands: "# echo 2\nsh: out of range\n[exit status 1]"}
RIGHT = ["right: one is taken", "right: two is refused"]
SAID = """
On "one is taken":
Expected:
    # echo 1
    # cat
    43
Got:
    # echo 1
    # cat
    42"""


def said(told: Counter, **wrong: str) -> list[str]:
    return list(EXERCISE.report((ANSWERS | wrong).__getitem__, told))


def test_an_answer_that_is_right():
    assert said(Counter()) == RIGHT


def test_each_time_that_it_is_wrong_there_is_one_hint_more():
    told: Counter = Counter()
    wrong = {ONE.commands: "# echo 1\n# cat\n42"}
    lines = ["WRONG: one is taken", "right: two is refused", SAID]
    hints = ["Hint 1: Is it?", "Hint 2: Is it not?", "There are no more hints. The solution is below the exercise."]
    assert [said(told, **wrong) for _ in range(4)] == [[*lines, *hints[:count]] for count in (1, 2, 3, 3)]


def test_only_the_first_that_is_wrong_is_explained_and_counts():
    told: Counter = Counter()
    nothing = dict.fromkeys(ANSWERS, "")
    both, then = said(told, **nothing), said(told, **(nothing | {ONE.commands: ANSWERS[ONE.commands]}))
    assert both[:2] == ["WRONG: one is taken", "WRONG: two is refused"] and both[3:] == ["Hint 1: Is it?"]
    assert then[0] == RIGHT[0] and then[3:] == ["Hint 1: Look again."]
    assert said(told) == RIGHT
    assert told == {ONE: 1, TWO: 1}


# In a laboratory, with a guest that is not one


class Pretended:
    """A guest that has an answer to everything, and remembers what it was asked."""

    alive = True

    def __init__(self):
        self.ran = []

    def run(self, script: str) -> None:
        self.ran.append(script)

    def close(self) -> None:
        self.alive = False


@pytest.fixture
def lab(tmp_path, monkeypatch) -> Iterator[Lab]:
    """One that builds nothing, and says what it would build and boot."""
    write_files(tmp_path / "kernel", SHIPPED)
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(tmp_path / "kernel"))
    monkeypatch.setenv("KERNEL_LAB_CACHE", str(tmp_path / "cache"))
    for method in ("module", "program", "bpf"):
        monkeypatch.setattr(Lab, method, lambda self, name, method=method: print(method, name))
    monkeypatch.setattr(Lab, "boot", boot)
    monkeypatch.setattr(Lab, "transcript", lambda self, commands: ANSWERS[commands])
    with Lab("a test") as lab:
        lab.chapter = 3
        write_files(lab.tree.root, {"loader/bpf/greater.bpf.c": "int greater;\n"})
        yield lab


def boot(lab: Lab, which) -> None:
    lab._use(which)
    lab._guest = Pretended()
    print("booted", lab.current.flavour.name)


@pytest.fixture
def written(monkeypatch, tmp_path) -> Path:
    """The folder of the checks, with those of one exercise."""
    monkeypatch.setattr(checks, "FOLDER", tmp_path)
    rows = [
        f"[[check]]\nclaim = '{check.claim}'\ntranscript = '''\n{check.transcript}'''\nhints = {list(check.hints)}"
        for check in EXERCISE.checks
    ]
    head = f"files = {list(EXERCISE.files)}\nbefore = '{EXERCISE.before}'"
    (tmp_path / "03-2.toml").write_text("\n".join([head, *rows]))
    return tmp_path / "03-2.toml"


BUILT = ["module oreore_mod", "bpf greater", "program attach_object"]


def test_a_file_is_the_exercise(written):
    assert checks.find(2, 3) == EXERCISE


def test_what_the_tree_has_is_built_and_asked_in_the_guest_that_runs(lab, written, capsys):
    lab.exercise(2)
    assert capsys.readouterr().out.splitlines() == ["booted book", *BUILT, *RIGHT]
    lab.exercise(2, chapter=3)
    assert capsys.readouterr().out.splitlines() == [*BUILT, *RIGHT]
    assert lab.guest.ran == [EXERCISE.before] * 2


@pytest.mark.parametrize(
    ("says", "boots"),
    [("kernel = 'measuring'", ["booted measuring"]), ("anew = true", ["booted book"]), ("kernel = 'book'", [])],
)
def test_a_guest_that_will_not_do_gives_way(lab, written, capsys, says, boots):
    lab.boot("book")
    capsys.readouterr()
    written.write_text(f"{says}\n{written.read_text()}")
    lab.exercise(2)
    assert capsys.readouterr().out.splitlines() == [*boots, *BUILT, *RIGHT]


def test_a_kernel_that_only_a_notebook_can_boot_is_asked_for(lab, written, capsys):
    written.write_text(f"kernel = 'unpatched'\n{written.read_text()}")
    with pytest.raises(LabError, match="about another kernel than the book's kernel") as caught:
        lab.exercise(2)
    assert "newer.kernel()" in caught.value.remedy
    lab.boot(UNPATCHED)
    capsys.readouterr()
    lab.exercise(2)
    assert capsys.readouterr().out.splitlines() == [*BUILT, *RIGHT]


def test_what_was_not_written_is_said_before_a_kernel_is_built_for_it(lab, written, capsys):
    (lab.tree.root / "loader/bpf/greater.bpf.c").unlink()
    with pytest.raises(LabError, match=r"There is no program loader/bpf/greater\.bpf\.c here"):
        lab.exercise(2)
    assert capsys.readouterr().out == ""


def test_an_exercise_that_changes_the_kernel_boots_it_each_time(lab, written):
    written.write_text(f"anew = true\n{written.read_text()}")
    lab.exercise(2)
    first = lab.guest
    lab.exercise(2)
    assert lab.guest is not first


@pytest.mark.parametrize(("number", "chapter"), [(1, None), (2, 4), ("x", None), (None, 3)])
def test_an_exercise_without_checks(lab, written, number, chapter):
    with pytest.raises(LabError) as caught:
        lab.exercise(number, chapter)
    assert caught.value.cause == f"Chapter {chapter or 3} has no exercise {number} that can be checked."
    assert caught.value.remedy.endswith("Those that can be checked: 03.2.")


@pytest.mark.parametrize(("number", "chapter"), [("2", None), ("02", "3"), (2, "03")])
def test_a_number_may_be_a_text(lab, written, number, chapter):
    assert checks.find(number, lab.chapter if chapter is None else chapter) == EXERCISE


def test_a_laboratory_without_a_chapter(lab):
    lab.chapter = None
    with pytest.raises(LabError, match="not clear whose exercise is meant") as caught:
        lab.exercise(4)
    assert caught.value.remedy.endswith("lab.exercise(4, chapter=5).")


# Those of the book


BOOK = [pytest.param(*which, id=path.stem) for which, path in checks.known().items()]


@pytest.mark.parametrize(("chapter", "number"), BOOK)
def test_each_check_asks_something_and_has_hints(chapter, number):
    exercise = checks.find(number, chapter)
    assert exercise.kernel in ("", UNPATCHED.name, *flavour.FLAVOURS)
    assert exercise.checks and exercise.files
    for check in exercise.checks:
        assert check.commands and check.hints and check.transcript.endswith("\n"), check.claim


@pytest.mark.parametrize(("chapter", "number"), BOOK)
def test_the_chapter_says_so_and_the_solution_asks(chapter, number):
    (path,) = (path for path in all_notebooks() if int(path.stem[:2]) == chapter)
    text = exercises(path)
    before, *_ = re.split(r"^1\. ", text, flags=re.MULTILINE)
    solution = re.split(r"^\d+\. ", text, flags=re.MULTILINE)[number]
    assert "lab.exercise(" in before
    assert f"lab.exercise({number})" in [source for source, _ in cells_of(solution)]


def test_no_chapter_names_one_that_is_not_there():
    named = {
        (int(path.stem[:2]), int(number))
        for path in all_notebooks()
        for number in re.findall(r"lab\.exercise\((\d+)\)", exercises(path))
    }
    assert named == set(checks.known())


@pytest.mark.parametrize(("chapter", "number"), BOOK)
def test_at_least_two_wrong_answers_are_tried(chapter, number):
    tried = [said for source, said in wrong_answers(chapter, number) if source.startswith("lab.exercise(")]
    assert len({said for said in tried if "WRONG: " in said and "\nHint 1: " in said}) >= 2


def test_no_wrong_answer_is_left_over():
    assert {path.stem for path in WRONG.iterdir()} == {path.stem for path in checks.known().values()}
