"""Run notebooks and store their outputs, so that a second run changes no byte of them."""

from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from kernel_lab import state
from kernel_lab.cells import NOTEBOOKS
from kernel_lab.errors import LabError
from kernel_lab.progress import METADATA, Progress, silent

CELL_SECONDS = 1800  # a first kernel build on a slow machine


class _Client(NotebookClient):
    """Shows, while a cell runs, the progress that the cell shows."""

    stem: str
    progress: Progress

    def process_message(self, msg: dict, cell: nbformat.NotebookNode, cell_index: int) -> nbformat.NotebookNode | None:
        if msg["msg_type"] == "update_display_data" and (stage := msg["content"]["metadata"].get(METADATA)):
            what, done, total = stage
            self.progress(f"{self.stem}: {what}", done, total)
        return super().process_message(msg, cell, cell_index)


def run(paths: Iterable[Path], progress: Progress = silent) -> list[Path]:
    """Run each notebook from its first cell, and write it back if its outputs changed. Returns those that did.

    Raises LabError naming the cell that failed; that notebook stays as it was.
    """
    changed = []
    for path in paths:
        try:
            notebook = nbformat.read(path, as_version=4)
        except (OSError, ValueError) as problem:
            raise LabError(f"{path} is no notebook that can be read: {problem}", "Look at the path.") from None
        before = nbformat.writes(notebook)
        _execute(notebook, path, progress)
        after = nbformat.writes(notebook)
        if after != before:
            state.save(path, after + "\n")
            changed.append(path)
    return changed


def all_notebooks() -> list[Path]:
    return sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))


def _execute(notebook: nbformat.NotebookNode, path: Path, progress: Progress) -> None:
    def tell(cell, cell_index: int) -> None:
        progress(path.stem, cell_index, len(notebook.cells))

    client = _Client(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}},
        record_timing=False, coalesce_streams=True, on_cell_start=tell, extra_arguments=["--log-level=ERROR"],
    )  # fmt: skip
    client.stem, client.progress = path.stem, progress
    try:
        client.execute()
    except CellExecutionError as failure:
        raise LabError(
            f"{path.name} stopped at a cell:\n{failure}",
            f"Open it and run it cell by cell: make lab, then {path.name}.",
        ) from None
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    # The version of Python is no part of the book.
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
    progress(path.stem, len(notebook.cells), len(notebook.cells))
