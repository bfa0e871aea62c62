# SPDX-License-Identifier: GPL-2.0-only
"""The notebooks' cells, and those of the solutions to their exercises, as a reader pastes them."""

import json
import re
from pathlib import Path

SOLUTION = re.compile(r"^<details>\n<summary>A solution</summary>\n\n(.*?)\n\n</details>$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = ("text", "transcript")
WRONG = Path(__file__).parents[1] / "kernel/wrong"

OWN_EDIT = "...(This edit is your own: ...\n"

Cells = list[tuple[str, str]]
"""The source of each cell, and what it is said to print."""


def read(path: Path, kind: str) -> list[str]:
    """The sources of a notebook's cells of one kind: "code" or "markdown"."""
    cells = json.loads(path.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def exercises(path: Path) -> str:
    """The section of a notebook's exercises."""
    return next(text.split("## Exercises\n")[1] for text in read(path, "markdown") if "## Exercises\n" in text)


def solutions(path: Path) -> list[str]:
    """The solutions of a notebook's exercises, in order."""
    return SOLUTION.findall(exercises(path))


def cells_of(solution: str) -> Cells:
    """A fence in `text` or `transcript` is what the cell before it prints; every other fence is a cell."""
    cells: Cells = []
    for language, body in FENCE.findall(solution):
        if language not in PRINTED:
            cells.append((body.strip("\n"), ""))
        else:
            assert cells and not cells[-1][1], f"No cell is before this output:\n{body}"
            cells[-1] = (cells[-1][0], body)
    return cells


def wrong_answers(chapter: int, exercise: int) -> Cells:
    """Edits that are plausible and wrong, what lab.exercise() says of each, and a cell that takes it back."""
    path = WRONG / f"{chapter:02}-{exercise}.md"
    cells: Cells = []
    for edit, said in cells_of(path.read_text(encoding="utf-8")) if path.is_file() else ():
        cells += [(edit, OWN_EDIT), (f"lab.exercise({exercise})", said), ("lab.undo()", "...Took back ...\n")]
    return cells
