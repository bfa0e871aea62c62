# SPDX-License-Identifier: GPL-2.0-only
"""JupyterLab, in a browser: what is saved, how cells are coloured, and what a page says that was closed meanwhile."""

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
from playwright.sync_api import Browser, Locator, Page, expect

from kernel_lab import jupyter
from kernel_lab.base.paths import CHECKOUT, NOTEBOOKS
from kernel_lab.base.process import DIE_WITH_PARENT, end_group, start
from kernel_lab.notebooks import all_notebooks

PATIENCE = 180_000  # milliseconds: a server and its kernels start slowly on a busy machine
OWN = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
# One cell of each language, with an apostrophe that opens nothing.
CELLS = {
    "patch": "%%patch\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n it's kept\n-it's removed\n+it's added",
    "c": "%%source lkm/it's.c\nstatic int it;\n/* it's */\nchar it;",
    "text": "%%commit\nbpf: Say what it's for\n\nNothing here is static.",
    "shell": '%%guest --time 60\necho "it" # it\'s\nls',
    "python": "import os",
}
COLOURS = """(content, text) => {
  const words = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    if (!words.currentNode.data.includes(text)) continue;
    const behind = getComputedStyle(content.closest(".jp-InputArea-editor")).backgroundColor;
    return [getComputedStyle(words.currentNode.parentElement).color, behind];
  }
}"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the notebooks, and of what they and JupyterLab use beside them, as in the repository."""
    for beside in ("book/_static", "web/lab"):
        shutil.copytree(CHECKOUT / beside, tmp_path / beside)
    return Path(shutil.copytree(NOTEBOOKS, tmp_path / "notebooks"))


@pytest.fixture
def address(folder, tmp_path) -> Iterator[str]:
    """Where JupyterLab is, started as by `make lab`; the reader's own settings are neither read nor written."""
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.port=0",
        "--IdentityProvider.token=",
        "--expose-app-in-browser",
    ]
    recipe = next(line for line in (CHECKOUT / "Makefile").read_text().splitlines() if "bin/jupyter lab" in line)
    as_by_make = shlex.split(recipe.partition("jupyter lab ")[2].replace("$(CURDIR)", str(folder.parent)))
    command = [*DIE_WITH_PARENT, sys.executable, "-m", "jupyterlab", *as_by_make, *options]
    own = {name: str(tmp_path / "own") for name in OWN}
    server = start(command, own, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        said = iter(server.stderr.readline, b"")
        port = next(int(found[1]) for line in said if (found := re.search(rb"http://localhost:(\d+)/", line)))
        yield f"http://127.0.0.1:{port}/"
    finally:
        end_group(server)
        server.stderr.close()


def write(path: Path, *cells: nbformat.NotebookNode) -> None:
    """A notebook with these cells, for the book's Python."""
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(metadata={"kernelspec": kernel}, cells=cells), path)


def opened(browser: Browser, address: str, name: str) -> Page:
    """A page with a notebook."""
    page = browser.new_page(viewport=DESKTOP)
    page.goto(f"{address}lab/tree/notebooks/{name}?reset")
    return page


def is_idle(page: Page) -> None:
    """Wait until its kernel is."""
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=PATIENCE)


def test_a_notebook_that_was_only_looked_at_is_saved_as_it_was(folder, address, browser: Browser):
    stored = {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}
    for path in (all_notebooks()[0], all_notebooks()[-1]):
        page = opened(browser, address, path.name)
        is_idle(page)
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


@pytest.fixture
def cells(folder, address, browser: Browser) -> Iterator[Locator]:
    """The editors of a notebook with CELLS, in the order of these."""
    write(folder / "cells.ipynb", *(nbformat.v4.new_code_cell(text) for text in CELLS.values()))
    page = opened(browser, address, "cells.ipynb")
    page.set_default_timeout(PATIENCE)
    is_idle(page)
    yield page.locator(".jp-Notebook .jp-CodeCell .cm-content")
    page.close()


def languages(cells: Locator) -> list[str]:
    """The language of each cell, as CodeMirror says it."""
    return [cell.get_attribute("data-language") or "" for cell in cells.all()]


def colour(cell: Locator, text: str) -> str:
    """In which colour a cell shows the piece of text."""
    return str(cell.evaluate(COLOURS, text)[0])


def contrast(cell: Locator, text: str) -> float:
    """How well the piece of text stands out from the cell, as WCAG counts it."""
    lights = []
    for shown in cell.evaluate(COLOURS, text):
        parts = [int(part) / 255 for part in re.findall(r"\d+", shown)[:3]]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        lights.append(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def command(page: Page, name: str, **arguments: str) -> None:
    """Have JupyterLab do something that it has a menu entry for."""
    page.evaluate("([name, given]) => void jupyterapp.commands.execute(name, given)", [name, arguments])


def test_a_cell_is_coloured_as_what_it_is(cells):
    patch, c, text, shell, python = cells.all()
    assert languages(cells) == list(CELLS)
    plain = colour(text, "it's for")
    assert text.locator(".cm-line span").count() == 0  # the apostrophe opens no string, `static` is no keyword
    assert colour(patch, "it's kept") == colour(patch, "%%patch") == plain
    assert len({colour(patch, piece) for piece in ("--- a", "@@", "it's kept", "it's removed", "it's added")}) == 5
    assert colour(patch, "--- a") == colour(patch, "+++ b")
    assert colour(c, "static") == colour(python, "import") != plain
    assert colour(c, "it's.c") == colour(c, "it;") == plain  # the first line opens nothing
    assert colour(shell, "# it's") == colour(c, "/* it's") != plain
    for theme in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
        command(cells.page, "apputils:change-theme", theme=theme)
        expect(cells.page.locator("body")).to_have_attribute("data-jp-theme-name", theme, timeout=PATIENCE)
        for piece in ("%%patch", "--- a", "@@", "it's kept", "it's removed", "it's added"):
            assert contrast(patch, piece) >= 4.5, (theme, piece)


def test_the_colours_follow_what_is_typed_and_outlive_the_kernel(cells):
    page, keys = cells.page, cells.page.keyboard
    _, c, _, _, last = cells.all()
    keyword, plain = colour(c, "static"), colour(c, "it;")
    c.click()
    for key, shown in (
        ("Delete", plain),
        ("Enter", keyword),
    ):  # the second line becomes part of the first, and again not
        keys.press("Control+Home")
        for _ in range(len("%%source lkm/it's.c")):
            keys.press("ArrowRight")
        keys.press(key)
        assert colour(c, "static") == shown
    keys.press("Tab")
    assert c.inner_text().splitlines()[1] == "\tstatic int it;"  # as the kernel indents
    last.click()
    keys.press("Control+a")
    keys.type("%%commit\nit's so")
    expect(last).to_have_attribute("data-language", "text")
    keys.press("Control+Home")
    keys.press("Shift+End")
    keys.type("%%source a.c")
    expect(last).to_have_attribute("data-language", "c")
    for key in ("Escape", "b", "Enter"):  # a new cell below
        keys.press(key)
    expect(cells).to_have_count(len(CELLS) + 1)
    keys.type("%%patch\n+it's new")
    before = ["patch", "c", "text", "shell", "c", "patch"]
    assert languages(cells) == before
    command(page, "notebook:restart-kernel")
    page.locator(".jp-Dialog button", has_text="Restart").click()
    expect(page.locator("#jp-main-statusbar")).not_to_contain_text("| Idle", timeout=PATIENCE)
    is_idle(page)
    assert languages(cells) == before
    assert colour(cells.last, "it's new") != colour(cells.last, "%%patch")


# A cell that is at work until a file is there.
AT_WORK = """
import pathlib, threading
from kernel_lab.base.progress import shown
with shown() as report:
    while not pathlib.Path("go").exists():
        report("compiling the kernel", 16, 800)
        threading.Event().wait(0.1)
print("Booted the kernel")
"""


def test_a_page_that_was_closed_while_a_cell_was_at_work_says_where_things_are(folder, address, browser: Browser):
    last_time = nbformat.v4.new_output("stream", name="stdout", text="Booted the kernel\n")
    at_work = nbformat.v4.new_code_cell(AT_WORK, outputs=[last_time])
    write(folder / "work.ipynb", at_work, nbformat.v4.new_code_cell("print(43)"))

    page = opened(browser, address, "work.ipynb")
    is_idle(page)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea").first).to_contain_text("compiling the kernel", timeout=PATIENCE)
    assert page.locator(".Toastify__toast").count() == 0
    page.close()

    page = opened(browser, address, "work.ipynb")
    notice = page.locator(".Toastify__toast")
    expect(notice).to_contain_text("work is still at work: compiling the kernel, 2 %", timeout=PATIENCE)
    (folder / "go").touch()
    expect(notice).to_contain_text("work: it has ended. Its output went to the page that was closed", timeout=PATIENCE)
    page.locator(".jp-CodeCell .cm-content").last.click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea").nth(1)).to_contain_text("43", timeout=PATIENCE)  # a new cell comes after it
    expect(notice).to_have_count(0)
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
