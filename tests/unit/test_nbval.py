# SPDX-License-Identifier: GPL-2.0-only
"""`pytest --nbval`, the reader's own command: from any folder, and while a notebook is open."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kernel_lab.base import lock
from kernel_lab.base.paths import CHECKOUT

STORED = "type 32, attach type 44, R1=ctx(off=0,imm=0) R10"


@pytest.fixture
def repository(tmp_path) -> Path:
    """One with a notebook whose stored output is another machine's."""
    for name in ("conftest.py", "pyproject.toml", "tests/nbval.cfg", "tests/nbval-6.12.cfg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    cell = nbformat.v4.new_code_cell("print('Linux 6.1.38')", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text="Linux 6.1.192\n")]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (tmp_path / "notebooks").mkdir()
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=metadata)
    nbformat.write(notebook, tmp_path / "notebooks/01-a.ipynb")
    return tmp_path


def checked(repository: Path, *arguments: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", *arguments]
    environment = os.environ | {"KERNEL_LAB_CACHE": str(repository / "cache"), "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=repository / folder, env=environment, text=True, capture_output=True)


@pytest.mark.parametrize(
    ("folder", "notebook"), [("notebooks", "01-a.ipynb"), ("..", "{}/notebooks/01-a.ipynb"), (".", "notebooks")]
)
def test_it_works_from_any_folder(repository, folder, notebook):
    done = checked(repository, notebook.format(repository.name), folder=folder)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_an_open_notebook_is_named_at_once(repository):
    with lock.held(repository / "cache/trees/one/lock", "notebook 03"):
        done = checked(repository, "notebooks")
    assert done.returncode == 4
    assert "A kernel tree is being used by notebook 03 (process " in done.stderr
    assert len((done.stdout + done.stderr).splitlines()) < 5


def on_another_kernel(repository: Path, monkeypatch, printed: str, tags: list[str]) -> subprocess.CompletedProcess[str]:
    """Check notebooks on Linux 6.12: 01, which prints something else than it did, and 07, which would fail."""
    monkeypatch.setenv("KERNEL", "6.12")
    for name, source in {"01-a": printed, "07-b": "1 / 0"}.items():
        cell = nbformat.v4.new_code_cell(source, execution_count=1, metadata={"tags": tags})
        cell.outputs = [nbformat.v4.new_output("stream", text=f"{STORED}\n")]
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), repository / f"notebooks/{name}.ipynb")
    return checked(repository, "notebooks", "--nbval-kernel-name=python3")


@pytest.mark.parametrize(("tags", "passes"), [([], False), (["compared-on-6.1"], True)])
def test_on_another_kernel_a_cell_may_be_left_uncompared_and_later_notebooks_are_left_out(
    repository, monkeypatch, tags, passes
):
    done = on_another_kernel(repository, monkeypatch, "print('another')", tags)
    assert (done.returncode == 0) == passes, done.stdout
    assert f"1 {'passed' if passes else 'failed'}, 1 deselected" in done.stdout


def test_another_kernel_is_for_notebooks(repository, monkeypatch):
    monkeypatch.setenv("KERNEL", "6.12")
    (repository / "tests/test_a.py").write_text("def test_a():\n    pass\n")
    done = checked(repository, "tests/test_a.py")
    assert done.returncode == 4
    assert "KERNEL=6.12 is for notebooks: pytest --nbval notebooks." in done.stderr


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_what_another_kernel_counts_or_calls_differently_may_differ_there_alone(repository, monkeypatch, kernel):
    monkeypatch.setenv("KERNEL", kernel)
    cell = nbformat.v4.new_code_cell("print('type 33, attach type 57, R1=ctx() R10')", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", text=f"{STORED}\n")]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), repository / "notebooks/01-a.ipynb")
    done = checked(repository, "notebooks", "--nbval-kernel-name=python3")
    assert (done.returncode == 0) == (kernel == "6.12"), done.stdout
