# SPDX-License-Identifier: GPL-2.0-only
"""Take out of the notebooks what a class is to find out: what their cells print, and the solutions of the exercises.

In the prepared folder, before the first reader comes:

    .venv/bin/python deploy/hide.py && git commit -qam "For the class"

The commit lets `git diff` show each reader's own edits, and no others.
"""

import argparse
import re
from pathlib import Path

import nbformat

from kernel_lab.notebooks import all_notebooks

SOLUTION = re.compile(r"\n*<details>\n<summary>A solution</summary>\n.*?\n</details>", re.DOTALL)


def hide(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.source = SOLUTION.sub("", cell.source) if cell.cell_type == "markdown" else cell.source
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")  # type: ignore[no-untyped-call]


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    for path in all_notebooks():
        hide(path)
        print(path.name)


if __name__ == "__main__":
    main()
