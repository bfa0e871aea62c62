# SPDX-License-Identifier: GPL-2.0-only
"""Run notebooks and store their outputs, so that a second run changes no byte of them."""

import copy
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbval.plugin import get_sanitize_patterns

from kernel_lab import jupyter
from kernel_lab.base import state
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT, NOTEBOOKS
from kernel_lab.base.process import first_line
from kernel_lab.base.progress import METADATA, Progress, silent
from kernel_lab.recipe import cells
from kernel_lab.sources import kernels
from kernel_lab.sources.kernels import Linux

CELL_SECONDS = 1800  # a first kernel build on a slow machine
MAY_DIFFER = CHECKOUT / "tests/nbval.cfg"


class _Client(NotebookClient):
    """Shows, while a cell runs, the progress that the cell shows."""

    stem: str
    progress: Progress

    def process_message(
        self, msg: dict[str, Any], cell: nbformat.NotebookNode, cell_index: int
    ) -> nbformat.NotebookNode | None:
        if msg["msg_type"] == "update_display_data" and (stage := msg["content"]["metadata"].get(METADATA)):
            what, done, total = stage
            self.progress(f"{self.stem}: {what}", done, total)
        return super().process_message(msg, cell, cell_index)


def run(paths: Iterable[Path], progress: Progress = silent, fresh: bool = False, store: bool = True) -> list[Path]:
    """Run each notebook from its first cell, and write it back if its outputs changed. Returns those that did.

    What may differ from machine to machine, as tests/nbval.cfg says, is no change; with `fresh` it is one. A notebook
    that is written back has all outputs of this run, so that its figures agree with its tables. Without `store` all
    notebooks stay as they are.

    Raises LabError naming the cell that failed, or drew no figure where one was; that notebook stays as it was.
    """
    changed = []
    for path in paths:
        notebook = _read(path)
        stored = copy.deepcopy(notebook)
        _execute(notebook, path, progress)
        _look_for_losses(stored, notebook, path)
        same = notebook == stored if fresh else _compared(notebook) == _compared(stored)
        if store and not same:
            state.save(path, nbformat.writes(notebook) + "\n")  # type: ignore[no-untyped-call]
            changed.append(path)
    return changed


def _read(path: Path) -> nbformat.NotebookNode:
    """Raises LabError where the file is not a notebook; nbformat itself looks for little."""
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
        return notebook
    except (OSError, ValueError, TypeError, LookupError, AttributeError, nbformat.ValidationError) as problem:
        why = first_line(str(problem)) or type(problem).__name__
        raise LabError(f"{path} is not a notebook that can be read: {why}", "Look at the path.") from None


def all_notebooks(linux: Linux = kernels.FIRST) -> list[Path]:
    """The book's notebooks, as far as they were carried to this kernel."""
    return [path for path in cells.notebooks(NOTEBOOKS) if linux.carries(int(path.name[:2]))]


def _execute(notebook: nbformat.NotebookNode, path: Path, progress: Progress) -> None:
    def tell(cell: nbformat.NotebookNode, cell_index: int) -> None:
        progress(path.stem, cell_index, len(notebook.cells))

    client = _Client(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}},
        record_timing=False, coalesce_streams=True, on_cell_start=tell, extra_arguments=["--log-level=ERROR"],
    )  # fmt: skip
    client.stem, client.progress = path.stem, progress
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
        raise LabError(
            f"{path.name} stopped at a cell:\n{failure}",
            f"Open it and run it cell by cell: make lab, then {path.name}.",
        ) from None
    jupyter.strip(notebook)
    progress(path.stem, len(notebook.cells), len(notebook.cells))


def _look_for_losses(stored: nbformat.NotebookNode, notebook: nbformat.NotebookNode, path: Path) -> None:
    """Raise LabError at a cell that went on after an error (as one in drawing a figure), or has no figure any more."""
    for before, cell in zip(stored.cells, notebook.cells, strict=True):
        if cell.cell_type != "code":
            continue
        where = f"{path.name}, cell [{cell.execution_count}]"
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                raise LabError(
                    f"{where}: {output.ename}: {output.evalue}",
                    f"Open it and run it up to there: make lab, then {path.name}.",
                )
        if _has_figure(before) and not _has_figure(cell):
            raise LabError(
                f"{where} has a figure in the stored notebook, and drew none now.",
                "If that is what you want, clear the cell's output in JupyterLab, save, and run it again.",
            )


def _has_figure(cell: nbformat.NotebookNode) -> bool:
    return any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {}))


def _compared(notebook: nbformat.NotebookNode) -> tuple[Any, ...]:
    """What nbval compares of the outputs, and what it leaves out though it is the same on every machine."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return notebook.metadata, [(cell.metadata, cell.execution_count, _comparable(cell.outputs)) for cell in cells]


def _comparable(outputs: Iterable[nbformat.NotebookNode]) -> dict[str, list[str]]:
    """The texts by stream or kind of data, after the replacements that nbval does; pictures it does not compare."""
    texts: dict[str, list[str]] = defaultdict(list)
    for output in outputs:
        if output.output_type == "stream":
            texts[output.name].append(output.text)
        elif output.output_type == "error":
            texts["error"].append(f"{output.ename}: {output.evalue}")
        for kind, data in output.get("data", {}).items():
            if kind not in ("image/png", "image/jpeg"):
                texts[kind].append(str(data))
    return {kind: [_without_what_may_differ(text) for text in found] for kind, found in texts.items()}


def _without_what_may_differ(text: str) -> str:
    for pattern, replacement in get_sanitize_patterns(MAY_DIFFER.read_text(encoding="utf-8")):
        text = re.sub(pattern, replacement, text)
    return text
