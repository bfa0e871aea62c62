# SPDX-License-Identifier: GPL-2.0-only
"""The chapters as a reader meets them: where in the whole one is, what to predict, how long and how hard it is."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rendered import BOOK, notebooks

MADE_BY = {  # what each chapter's drawing must light
    1: ["a kernel of your own"],
    2: ["the type"],
    3: ["its rules"],
    4: ["the hook"],
    5: ["the module"],
    6: ["the loader"],
    7: ["a shell", "the hook", "the module"],
    8: ["the hook"],
    9: ["the module"],
    10: ["its rules", "the hook"],
    11: ["the loader"],
    12: ["the hook", "the loader", "the module"],
    13: ["its rules", "the module"],
    14: ["the hook", "the module"],
    15: ["its rules", "the type"],
    16: ["its rules", "the hook", "the type"],
    17: ["its rules", "the type"],
    18: ["its rules", "the hook", "the type"],
    19: ["a kernel of your own"],
    20: ["the hook", "the loader", "the module"],
    21: ["the hook", "the module"],
}
each_notebook = pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)


def number(notebook: Path) -> int:
    return int(notebook.stem[:2])


def rendered(html: Path, notebook: Path) -> str:
    return (html / "notebooks" / f"{notebook.stem}.html").read_text()


def names(drawing: ElementTree.Element, look: str) -> list[str]:
    """What is written largest in those parts of the drawing that look so."""
    parts = drawing.findall(f"*[@class='{look}']")
    return [next(text.text for text in part.iter("text") if not text.get("class")) for part in parts]


@each_notebook
def test_the_drawing_shows_where_we_are(html, notebook):
    (svg,) = re.findall(r'<svg class="lab-where.*?</svg>', rendered(html, notebook), re.DOTALL)
    drawing = ElementTree.fromstring(svg)
    assert sorted(names(drawing, "lit")) == MADE_BY[number(notebook)]
    everything = {name for made in MADE_BY.values() for name in made}
    assert sorted(names(drawing, "lit") + names(drawing, "dim")) == sorted(everything)
    assert all(name in drawing.get("aria-label") for name in names(drawing, "lit"))


@each_notebook
def test_the_drawing_leads_to_all_other_chapters_that_make_a_part(html, notebook):
    (svg,) = re.findall(r'<svg class="lab-where.*?</svg>', rendered(html, notebook), re.DOTALL)
    links = {link.get("href") for link in ElementTree.fromstring(svg).iter("a")}
    assert links == {f"{other.stem}.html" for other in notebooks()[:6] if other != notebook}


EFFORT = re.compile(r"^\*\*Time\.\*\* ([\w ]+)(?:, .+)?\. \*\*Difficulty\.\*\* (Gentle|Steady|Steep)\.$", re.MULTILINE)
ROW = re.compile(r"^\| \[\]\(\.\./notebooks/(.+)\) \| (.+) \| (.+) \|$", re.MULTILINE)


def test_the_first_page_says_how_long_and_how_hard_each_chapter_is():
    heads = {path.stem: "".join(json.loads(path.read_text())["cells"][0]["source"]) for path in notebooks()}
    said = [(name, *EFFORT.search(head).groups()) for name, head in heads.items()]
    assert ROW.findall((BOOK / "index.md").read_text()) == said


def test_the_recipe_s_chapters_follow_the_talk_slide_by_slide():
    """From the toy's first slide to the demonstration."""
    heads = ["".join(json.loads(path.read_text())["cells"][0]["source"]) for path in notebooks()[:6]]
    slides = [
        re.search(r"^\*\*In the talk\.\*\* .+lides (\d+) to (\d+)\b", head, re.MULTILINE).groups() for head in heads
    ]
    assert [slide for first, last in slides for slide in range(int(first), int(last) + 1)] == list(range(11, 45))


@each_notebook
def test_time_and_difficulty_look_the_same_everywhere(html, notebook):
    (effort,) = re.findall(r'<p class="effort">.*?</p>', rendered(html, notebook))
    assert effort.startswith('<p class="effort"><strong>Time.</strong> ')


CHOICE = re.compile(
    r'<details class="choice(?P<right> right)?"><summary>(?P<summary>.+)</summary>\n\n(?P<reason>.+)\n\n</details>'
)


def quizzes(notebook: Path) -> list[tuple[list[re.Match], str]]:
    """The choices of each question of a notebook, and all that its cells print from there on."""
    cells = json.loads(notebook.read_text())["cells"]
    found = []
    for at, cell in enumerate(cells):
        for question in "".join(cell["source"]).split("**Predict.**")[1:]:
            later = "".join(json.dumps(later.get("outputs", []), ensure_ascii=False) for later in cells[at:])
            found.append((list(CHOICE.finditer(question)), later))
    return found


@each_notebook
def test_every_question_has_one_right_choice_which_says_so(notebook):
    assert quizzes(notebook)
    for choices, _ in quizzes(notebook):
        assert 2 <= len(choices) <= 4
        assert len([choice for choice in choices if choice["right"]]) == 1
        for choice in choices:
            assert choice["reason"].startswith("**Right.** ") == bool(choice["right"]), choice["summary"]
            assert choice["right"] or choice["reason"].startswith(("**No.** ", "**Not quite.** ")), choice["summary"]


SHOWN = {  # by what the cells after a question show that the choice which is called right is right
    1: [("2 seconds or less", "Booted the kernel"), ("EINVAL", "type 32: refused, errno 22, EINVAL")],
    2: [("Eight times", "kernel/bpf/syscall.c: 3"), ("The linker, twice", "ld: kernel/bpf/verifier.o:")],
    3: [
        ("As 32, not as 33", "type 33: refused"),
        ("and <code>write-ctx</code>", "r0 = r1; exit: accepted"),
        ("if the loader has", "w0 = w1; exit                                        EACCES   ok       A"),
    ],
    4: [("No", "type 32: refused, errno 22"), ("Yes", "detach C as nobody, with its descriptor        ok")],
    5: [
        ("Both fail", "cat: read error: No data available"),
        ("It succeeds, the write fails, the program stays", "sh: write error: No such device"),
        ("a complaint", "BUG: assuming non migratable context"),
    ],
    6: [("5", "61 10 00 00 00 00 00 00"), ("43", "43"), ("infinite", "infinite loop detected at insn 1")],
    7: [
        ("About one in forty", "the program is about one in forty: True"),
        ("None", "three boots, equal samples: True"),
        ("Compiled about 25", "C called, about 10; compiled, about 25: True True"),
        ("Compiled 1, interpreted about 10", "interpreted, it is about ten: True"),
        ("Instructions: a few times", "by the instruction clock, the slowest is a few typical ones: True"),
    ],
    8: [("migrate_disable", "most of the protection is migrate_disable() and migrate_enable(): True")],
    9: [("The tracepoint", "the tracepoint is the quickest of them: True")],
    10: [
        ("The number of the process that asks", "the answer is the number of the shell that wrote"),
        ("None", "dereference of modified ctx ptr R1 off=4 disallowed"),
        ("argument out of domain", "sh: write error: Numerical argument out of domain"),
    ],
    11: [
        ("Three, and the same", "w0 += 42"),
        ("The verifier: it asks our list", "unknown func bpf_ringbuf_reserve#131"),
        ("Only <code>moved.o</code>", "patched insn #0 (LDX/ST/STX) off 0 -> 4"),
    ],
    12: [
        ("No program", "write error: No such file or directory"),
        ("resource busy", "attach: Device or resource busy"),
        ("43", '"# cat <&3\\n", "43\\n"'),
    ],
    13: [
        ("<code>insmod</code> fails", "can't insert 'oreore_counters.ko': Invalid argument"),
        ("<code>rmmod</code> fails", "rmmod: can't unload module 'oreore_counters': Resource temporarily unavailable"),
        ("None, more or less", "a kfunc costs what a helper costs, give or take three: True"),
    ],
    14: [
        ("More than a dozen", "load                   21"),
        ("None", "attach                  -         -         -"),
        ("Only the program", "replace                 -         -         -         -         -      some"),
    ],
    15: [
        ("Three complaints", "(BPFTOOL_PROG_ATTACH_TYPES): {'oreore_attach'}"),
        ("nobody would notice", "libbpf: Know links and files of oreore programs                     -     -        -"),
    ],
    16: [
        ("An answer of the program", "its loader has ended: write                  EDOM"),
        ("Twice as much as our type, or more", "struct_ops costs at least twice what our type does: True"),
    ],
    17: [("About three in four", "7 of 20 patches fit, and 100 of 138 hunks."), ("it merges", "range = tnum_unknown;")],
    18: [("About a third", "5 of 17 are told while the kernel is built")],
    19: [
        ("Many times as far, with about as many turns", "neither had twice as many turns as the other: True"),
        ("loses its patience", "disabled (runnable task stall)"),
    ],
    20: [("the module is in use", "remove the module                            EAGAIN")],
    21: [
        ("one has the turn, and five wait", "the urgent one waits for 6 turns"),
        ("passed 16 times", "passed most often: 16"),
    ],
}


@each_notebook
def test_what_is_called_right_is_what_the_cells_print(notebook):
    asked = quizzes(notebook)
    assert len(asked) == len(SHOWN[number(notebook)])
    for (choices, later), (answer, shown) in zip(asked, SHOWN[number(notebook)], strict=True):
        (right,) = [choice["summary"] for choice in choices if choice["right"]]
        assert answer in right
        assert shown in later


@each_notebook
def test_what_answers_a_question_is_folded(html, notebook):
    """And stands before the next question."""
    cells = json.loads(notebook.read_text())["cells"]
    kinds = [
        "asks" if "**Predict.**" in "".join(cell["source"]) else "answers" if is_answer(cell) else "" for cell in cells
    ]
    assert re.fullmatch(r"(asks (answers )+)+", "".join(f"{kind} " for kind in kinds if kind))
    assert rendered(html, notebook).count('<details class="answer"><summary>') == kinds.count("answers")


def is_answer(cell: dict) -> bool:
    return "answer" in cell["metadata"].get("tags", ()) and bool(cell["outputs"])


@each_notebook
def test_choices_unfold_without_javascript(html, notebook):
    page = rendered(html, notebook)
    summaries = re.findall(r'<details class="choice(?: right)?"><summary>', page)
    assert len(summaries) == sum(len(choices) for choices, _ in quizzes(notebook))
    assert len(re.findall(r"<p><strong>(?:Right|No|Not quite)\.</strong>", page)) == len(summaries)


def test_progress_is_shown_by_the_script_alone(html):
    """Without scripts nothing could be remembered, so nothing must ask for it."""
    for page in (html / "notebooks").glob("*.html"):
        assert "_static/progress.js" in page.read_text()
        assert "lab-done" not in page.read_text()


def test_a_folded_cell_says_what_it_holds(html):
    """Not "Toggle hidden content", for each of them."""
    cells = [cell for path in notebooks() for cell in json.loads(path.read_text())["cells"]]
    tagged = [(cell["metadata"].get("tags", [""])[0], cell["source"][0].strip()) for cell in cells if cell["source"]]
    files = [line.replace("%%source", "The file") for tag, line in tagged if tag == "hide-input"]
    folded = [line for tag, line in tagged if tag == "hide-cell"]
    checks = [line.removeprefix("# ").replace("%%patch", "The same for Linux") for line in folded]
    pages = "".join(rendered(html, path) for path in notebooks())
    summaries = re.findall(r'<details class="hide"><summary>(.+)</summary>', pages)
    assert [summary for summary in summaries if summary.startswith("The file ")] == files
    assert [summary for summary in summaries if not summary.startswith("The file ")] == checks
    assert {check.split()[-1] for check in checks} == {"checked", "6.12"}
    assert "Toggle hidden content" not in pages
