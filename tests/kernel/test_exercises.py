# SPDX-License-Identifier: GPL-2.0-only
"""The exercises' solutions, run as a reader pastes them, cell after cell: each prints what the book says it prints.

In a solution, a fence in `text` or `transcript` is what the cell before it prints, and "..." in it stands for
anything (as in doctest). Every other fence is a cell. A solution without cells is a thought, and nothing is run.

In the same guest, wrong answers follow, as wrong/ has them: an edit, and what lab.exercise() says of it.
"""

import ast
import doctest
import re
from pathlib import Path

import nbformat
import pytest
from fake_kernel import SHIPPED, TYPE_PATCH, write_files
from nbclient import NotebookClient
from nbval.plugin import get_sanitize_patterns
from solutions import FENCE, Cells, cells_of, exercises, read, solutions, wrong_answers

from kernel_lab.base.paths import CHECKOUT, NOTEBOOKS
from kernel_lab.notebooks import CELL_SECONDS, all_notebooks

START = re.compile(r"Lab\.start\('\d+'\)")

SANITIZE = get_sanitize_patterns((CHECKOUT / "tests/nbval.cfg").read_text())
CHECKER = doctest.OutputChecker()


def definitions(source: str, objects: bool = False) -> str:
    """What a notebook's cell leaves for later ones, without the work: imports, functions, constants; or all objects."""
    if source.startswith("%%"):
        return ""
    kept = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef)
        or (isinstance(node, ast.Assign) and (objects or is_literal(node.value)))
    ]
    return "\n".join(map(ast.unparse, kept))


def is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def set_up(path: Path, step: int) -> str:
    """What takes the laboratory to where a notebook ends, which is where the next one begins; and what it defined."""
    first, *others = read(path, "code")
    start = START.sub(f'Lab.start("{step + 1:02}")', definitions(first, objects=True))
    return "\n".join([start, f"lab.chapter = {step}", *map(definitions, others)])


def run(sources: list[str]) -> list[str]:
    """Run cells in a notebook's kernel; what each of them prints."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    options = {"resources": {"metadata": {"path": str(NOTEBOOKS)}}, "extra_arguments": ["--log-level=ERROR"]}
    NotebookClient(notebook, timeout=CELL_SECONDS, allow_errors=True, kernel_name="python3", **options).execute()
    return ["".join(map(printed, cell.outputs)) for cell in notebook.cells]


def printed(output) -> str:
    match output.output_type:
        case "stream":
            return output.text
        case "error":
            return "\n".join(output.traceback) + "\n"
        case "execute_result" if list(output.data) == ["text/plain"]:
            return output.data["text/plain"] + "\n"
    return ""  # tables and figures


def sanitized(text: str) -> str:
    for pattern, replacement in SANITIZE:
        text = re.sub(pattern, replacement, text)
    return text


def fault(start: str, cells: Cells, step: int) -> str:
    """The first cell that prints something else than is said, and how that differs; empty where there is none.

    In the end the tree must be as the notebook left it; where it is not, it is taken there.
    """
    names = ["the start", *(f"cell {number}" for number in range(1, len(cells) + 1)), "the tree afterwards"]
    begin = (f"{start}\nprint('begun')", "...begun\n")
    end = (f"lab.check({step})", f"The tree is at step {step:02}, as it should be.\n")
    said = [begin, *cells, end]
    answers = run([*(source for source, _ in said), f"lab.jump({step})"])
    for name, (source, expected), answer in zip(names, said, answers, strict=False):
        expected, answer = sanitized(expected), sanitized(answer)
        if not CHECKER.check_output(expected, answer, doctest.ELLIPSIS):
            difference = CHECKER.output_difference(doctest.Example(source, expected), answer, 0)
            return f"{name}:\n{source}\n{difference}"
    return ""


SOLUTIONS = [
    pytest.param(path, cells + wrong_answers(int(path.stem[:2]), number), id=f"{path.stem}, exercise {number}")
    for path in all_notebooks()
    for number, solution in enumerate(solutions(path), 1)
    if (cells := cells_of(solution))
]


@pytest.mark.parametrize(("path", "cells"), SOLUTIONS)
def test_a_solution_prints_what_it_says(path, cells):
    step = int(path.stem[:2])
    assert not (problem := fault(set_up(path, step), cells, step)), problem


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda path: path.stem)
def test_each_exercise_says_how_hard_it_is_and_has_a_solution(path):
    text = exercises(path)
    asked = re.findall(r"^\d+\. ", text, re.MULTILINE)
    assert len(asked) == len(re.findall(r"^\d+\. \*(?:Easy|Medium|Hard), \d+ minutes\.\* ", text, re.MULTILINE))
    assert asked and len(asked) == len(solutions(path)) == text.count("<details>")
    assert text.count("```") == 2 * sum(len(FENCE.findall(solution)) for solution in solutions(path))


# What must not pass, on a tiny kernel


PATCH = f"%%patch\n{TYPE_PATCH}"
PATCHED = "changed kernel/types.h (+1 -0)\n(This edit is your own: ...)\n"
UNDO = ("lab.undo()", "...Took back the last edit of kernel/types.h.\n")


@pytest.fixture
def fault_of(tmp_path, monkeypatch):
    write_files(tmp_path / "kernel", SHIPPED)
    monkeypatch.setenv("KERNEL_LAB_SOURCE", str(tmp_path / "kernel"))
    monkeypatch.setenv("KERNEL_LAB_CACHE", str(tmp_path / "cache"))
    return lambda *cells: fault('from kernel_lab import Lab\nlab = Lab.start("01")', list(cells), 0)


def test_a_solution_that_is_right(fault_of):
    assert fault_of((PATCH, PATCHED), UNDO) == ""


def test_a_patch_that_does_not_fit(fault_of):
    problem = fault_of((PATCH, PATCHED), UNDO, (PATCH.replace("FILTER", "FILTRE"), PATCHED))
    assert problem.startswith("cell 3:\n%%patch\n--- a/kernel/types.h\n")
    assert "kernel/types.h: hunk 1 of 1 does not fit" in problem


def test_a_cell_whose_output_is_not_said(fault_of):
    problem = fault_of((PATCH, PATCHED), ("lab.undo()", ""))
    assert problem.startswith("cell 2:\nlab.undo()\n") and "Took back" in problem


def test_a_cell_that_does_not_print_what_is_said(fault_of):
    assert fault_of(("x = 1", "1\n")).startswith("cell 1:\nx = 1\n")


def test_an_edit_that_is_not_taken_back(fault_of):
    assert fault_of((PATCH, PATCHED)).startswith("the tree afterwards:\n")


def test_a_start_that_fails(fault_of, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_SOURCE", "/nowhere")
    assert fault_of().startswith("the start:\n")


def test_an_output_without_a_cell():
    with pytest.raises(AssertionError, match="No cell is before this output"):
        cells_of("```text\n43\n```\n")


def test_cells_and_what_they_print():
    solution = "First:\n\n```\n%%guest\n\nls\n```\n\n```text\n# ls\n\nbpf\n```\n\nThen\n\n```python\nx = 1\n```\n"
    assert cells_of(solution) == [("%%guest\n\nls", "# ls\n\nbpf\n"), ("x = 1", "")]


def test_what_a_notebook_leaves_for_its_exercises():
    source = "import re\nA, B = 1, 2\nc = work(A)\n\ndef f():\n    return A\n\nprint(f())"
    assert definitions(source) == "import re\nA, B = (1, 2)\ndef f():\n    return A"
    assert definitions("lab = start()\nlab.boot()", objects=True) == "lab = start()"
    assert definitions("%%source a.c\nint a;") == ""
