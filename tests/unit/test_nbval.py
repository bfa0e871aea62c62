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


@pytest.fixture
def repository(tmp_path) -> Path:
    """One with a notebook whose stored output is another machine's."""
    for name in ("conftest.py", "pyproject.toml", "tests/nbval.cfg"):
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
