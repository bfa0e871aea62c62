# SPDX-License-Identifier: GPL-2.0-only
"""What is stored of a notebook that was run: what changed, all or nothing, and nothing that went wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from kernel_lab import notebooks
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import NOTEBOOKS

MEASURED = (
    "import time\nfrom kernel_lab.measure import figures\n"
    "display(figures.table(['', 'ns'], [('now', time.perf_counter_ns())]))"
)
FIGURE = "from kernel_lab.measure import figures\nfigures.bars({'one': 1, 'two': 2}, 'instructions')"
HALF_SHOWN = "class Broken:\n    def _repr_html_(self):\n        raise OSError('no paper')\n\ndisplay(Broken())"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path) -> Write:
    def write(*sources: str, tags: tuple[str, ...] = ()) -> Path:
        """A notebook of these cells, without outputs."""
        path = tmp_path / "notebook.ipynb"
        cells = [nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)}) for source in sources]
        for number, cell in enumerate(cells):
            cell.id = f"c{number}"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


def change(path: Path, cell: int, source: str) -> None:
    """Another source; the stored outputs stay."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[cell].source = source
    nbformat.write(notebook, path)


def test_what_may_differ_from_machine_to_machine_is_no_change(write):
    path = write("print('Linux 6.1.38 (a tarball)')", MEASURED)
    assert notebooks.run([path]) == [path]
    change(path, 0, "print('Linux 6.1.192 (a package)')")
    stored = path.read_bytes()
    assert notebooks.run([path]) == []
    assert path.read_bytes() == stored


def test_it_is_one_where_fresh_outputs_are_wanted(write):
    path = write(MEASURED)
    notebooks.run([path])
    stored = path.read_bytes()
    assert notebooks.run([path], fresh=True) == [path]
    assert path.read_bytes() != stored


def test_fresh_outputs_that_are_the_same_change_nothing(write):
    path = write("print(43)")
    notebooks.run([path])
    assert notebooks.run([path], fresh=True) == []


@pytest.mark.parametrize("source", ["print(44)", "import sys; print(43, file=sys.stderr)", ""])
def test_a_notebook_with_one_other_output_is_stored_whole(write, source):
    path = write("print(43)", MEASURED)
    notebooks.run([path])
    table = nbformat.read(path, as_version=4).cells[1].outputs
    change(path, 0, source)
    assert notebooks.run([path]) == [path]
    assert nbformat.read(path, as_version=4).cells[1].outputs != table


def test_a_cell_that_never_ran_is_stored_though_it_prints_nothing(write):
    path = write("x = 1")
    assert notebooks.run([path]) == [path]
    assert nbformat.read(path, as_version=4).cells[0].execution_count == 1


def assert_refused(path: Path, said: str) -> None:
    stored = path.read_bytes()
    with pytest.raises(LabError) as caught:
        notebooks.run([path])
    assert said in caught.value.cause
    assert path.read_bytes() == stored
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("source", "said"),
    [("1 / 0", "ZeroDivisionError"), (HALF_SHOWN, "notebook.ipynb, cell [2]: OSError: no paper")],
    ids=["stopped", "went on"],
)
def test_a_notebook_with_an_error_is_not_stored(write, source, said):
    assert_refused(write("print(43)", source), said)


@pytest.mark.parametrize("source", ["1 / 0", HALF_SHOWN])
def test_an_error_that_is_meant_is_stored(write, source):
    path = write(source, tags=("raises-exception",))
    assert notebooks.run([path]) == [path]
    assert "error" in [output.output_type for output in nbformat.read(path, as_version=4).cells[0].outputs]


@pytest.mark.parametrize(
    "content",
    ["no JSON", "[]", "null", "7", "{}", '{"cells": 5, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
     '{"cells": [], "nbformat": 4, "nbformat_minor": 5}', '{"cells": [5], "metadata": {}, "nbformat": 4}'],
)  # fmt: skip
def test_what_is_not_a_notebook_is_refused(tmp_path, content):
    (tmp_path / "notebook.ipynb").write_text(content)
    assert_refused(tmp_path / "notebook.ipynb", "notebook.ipynb is not a notebook that can be read: ")


def test_a_notebook_whose_kernel_ends_is_not_stored(write):
    assert_refused(write("import os; os._exit(1)"), "notebook.ipynb stopped at a cell:\nKernel died")


def test_a_notebook_that_lost_a_figure_is_not_stored(write):
    path = write(FIGURE)
    notebooks.run([path])
    change(path, 0, f"import matplotlib\n{FIGURE}\nfigures.plt.close('all')")
    assert_refused(path, "cell [1] has a figure in the stored notebook, and drew none now.")


def picture(path: Path) -> str:
    notebooks.run([path])
    (cell,) = nbformat.read(path, as_version=4).cells
    return next(output.data["image/png"] for output in cell.outputs if "image/png" in output.data)


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("plain") / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FIGURE)]), path)
    return picture(path)


@pytest.mark.parametrize(
    ("backend", "before"),
    [("agg", ""), ("TkAgg", ""), ("svg", "import matplotlib.pyplot as plt; plt.figure(); plt.close()\n")],
    ids=["agg", "TkAgg", "svg, and a figure before"],
)
def test_a_figure_does_not_depend_on_mplbackend(write, monkeypatch, expected, backend, before):
    monkeypatch.setenv("MPLBACKEND", backend)
    assert picture(write(before + FIGURE)) == expected


def test_a_figure_does_not_depend_on_a_matplotlibrc(write, monkeypatch, expected, tmp_path_factory):
    rc = tmp_path_factory.mktemp("own") / "matplotlibrc"
    rc.write_text("backend: svg\nfigure.dpi: 40\nlines.linewidth: 9\naxes.labelsize: 30\nhatch.linewidth: 3\n")
    monkeypatch.setenv("MATPLOTLIBRC", str(rc))
    assert picture(write(FIGURE)) == expected


FOLDED = {"hide-input", "hide-cell"}


@pytest.mark.parametrize("path", notebooks.all_notebooks(), ids=lambda path: path.stem)
def test_what_the_pages_fold_is_folded_in_jupyterlab_too(path):
    cells = [cell.metadata for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    hidden = [cell.get("jupyter", {}).get("source_hidden", False) for cell in cells]
    assert hidden == [bool(FOLDED & set(cell.get("tags", []))) for cell in cells]


def test_the_page_that_jupyterlab_opens_has_a_row_for_each_notebook():
    rows = re.findall(
        r"^\| \[(\d\d)\]\((.*?)\) \| \S", (NOTEBOOKS / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert rows == [(path.name[:2], path.name) for path in notebooks.all_notebooks()]
