# SPDX-License-Identifier: GPL-2.0-only
"""JupyterLab, in a browser: a notebook that was opened and saved, but not run, is as it was."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from browser import DESKTOP
from ipykernel.ipkernel import IPythonKernel
from playwright.sync_api import Browser, expect

from kernel_lab import jupyter
from kernel_lab.base.paths import CHECKOUT, NOTEBOOKS
from kernel_lab.base.process import DIE_WITH_PARENT, end_group, start
from kernel_lab.notebooks import all_notebooks

PATIENCE = 180_000  # milliseconds: a server and its kernels start slowly on a busy machine
OWN = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the notebooks, and of their pictures, as they are in the repository."""
    shutil.copytree(CHECKOUT / "book/_static", tmp_path / "book/_static")
    return Path(shutil.copytree(NOTEBOOKS, tmp_path / "notebooks"))


@pytest.fixture
def address(folder, tmp_path) -> Iterator[str]:
    """Where JupyterLab is, started as by `make lab`; the reader's own settings are neither read nor written."""
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0", "--IdentityProvider.token="]
    recipe = next(line for line in (CHECKOUT / "Makefile").read_text().splitlines() if "bin/jupyter lab" in line)
    as_by_make = shlex.split(recipe.partition("jupyter lab ")[2].replace("$(CURDIR)", str(folder.parent)))
    command = [*DIE_WITH_PARENT, sys.executable, "-m", "jupyterlab", *as_by_make, *options]
    own = {name: str(tmp_path / "own") for name in OWN}
    server = start(command, own, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        said = iter(server.stderr.readline, "")
        port = next(found[1] for line in said if (found := re.search(r"http://localhost:(\d+)/", line)))
        yield f"http://127.0.0.1:{port}/"
    finally:
        end_group(server)
        server.stderr.close()


def test_a_notebook_that_was_only_looked_at_is_saved_as_it_was(folder, address, browser: Browser):
    stored = {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}
    for path in (all_notebooks()[0], all_notebooks()[-1]):
        page = browser.new_page(viewport=DESKTOP)
        page.goto(f"{address}lab/tree/notebooks/{path.name}?reset")
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=PATIENCE)
        page.locator(".jp-Notebook .jp-Cell").first.click()
        unsaved = page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")
        expect(unsaved).not_to_have_count(0, timeout=PATIENCE)  # it notes which Python it has
        page.keyboard.press("Control+s")
        expect(unsaved).to_have_count(0, timeout=PATIENCE)
        page.close()
    assert {path.name: path.read_bytes() for path in folder.glob("*.ipynb")} == stored


def test_it_opens_where_a_reader_begins_and_shows_the_pictures(address, browser: Browser):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(address)
    expect(page.locator(".jp-RenderedMarkdown h1")).to_contain_text("Where to begin", timeout=PATIENCE)
    page.locator(".jp-RenderedMarkdown td a", has_text="03").click()
    picture = page.locator("img[src*=verifier-path]")
    picture.scroll_into_view_if_needed(timeout=PATIENCE)
    expect(picture).to_have_js_property("complete", True, timeout=PATIENCE)
    assert picture.evaluate("image => image.naturalWidth") > 0
    assert page.locator(".Toastify__toast").count() == 0  # JupyterLab's own news
    page.close()


def test_a_notebook_of_another_language_keeps_its_own():
    notebook = nbformat.v4.new_notebook(metadata={"language_info": {"name": "R", "version": "4.4"}})
    before = nbformat.writes(notebook)
    jupyter.strip(notebook)
    assert nbformat.writes(notebook) == before


def test_which_python_and_when_are_taken_out():
    cell = nbformat.v4.new_code_cell("1", metadata={"execution": {"iopub.status.busy": "2023-07-22"}, "tags": ["a"]})
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"language_info": dict(IPythonKernel.language_info)})
    jupyter.strip(notebook)
    assert notebook.metadata.language_info == {"name": "python", "pygments_lexer": "ipython3"}
    assert notebook.cells[0].metadata == {"tags": ["a"]}
