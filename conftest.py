# SPDX-License-Identifier: GPL-2.0-only
"""All tests, those of the notebooks among them, work in a cache of their own, and from any folder.

A reader's tree stays as it is, also while a notebook has it. What was downloaded and compiled is shared with the tests.
With `pytest -n 2 --dist loadfile`, each process has a tree of its own, and tests for the same kernels stay together.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from kernel_lab.base import disk, lock
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import cache_folder
from kernel_lab.sources import kernels

MAY_DIFFER = Path(__file__).with_name("tests") / "nbval.cfg"
SHARED = ("sources", "sysroot", "ccache")
OF_FIRST = "compared-on-6.1"  # the tag of a cell that shows what another kernel has otherwise
# Files whose tests one process runs, one after the other, because they want the same kernels.
TOGETHER = {
    "pages": ("tests/book/*.py", "tests/kernel/test_page_states.py"),
    "notebooks": ("notebooks/*.ipynb", "tests/kernel/test_measure.py"),
}
# Few tests, each of which takes minutes. Where they are the last, one process waits for the other.
LONG = ("test_readme.py", "test_arm64.py", "test_other_kernel.py")


def cache_inside(outer: Path, name: str) -> Path:
    """A cache inside another one, with which it shares what was downloaded and compiled. Raises LabError."""
    own = outer / name
    for folder in (own, *(outer / shared for shared in SHARED)):
        disk.make_folder(folder)
    for shared in SHARED:
        if not (own / shared).is_symlink():
            (own / shared).symlink_to(Path("..", shared))
    return own


def pytest_configure(config: pytest.Config) -> None:
    try:
        may_differ = _may_differ()
        if name := _own_cache():
            os.environ["KERNEL_LAB_CACHE"] = str(cache_inside(cache_folder(), name))
    except LabError as error:
        raise pytest.UsageError(str(error)) from error
    if hasattr(config.option, "nbval_sanitize_with"):
        config.option.nbval_sanitize_with = config.option.nbval_sanitize_with or str(may_differ)


def _may_differ() -> Path:
    """What may differ on the kernel that was chosen: nbval takes one file."""
    if (linux := kernels.chosen()) == kernels.FIRST:
        return MAY_DIFFER
    both = cache_folder() / f"nbval-{linux.name}.cfg"
    disk.make_folder(both.parent)
    files = (MAY_DIFFER, MAY_DIFFER.with_name(both.name))
    both.write_text("".join(file.read_text(encoding="utf-8") for file in files), encoding="utf-8")
    return both


def _own_cache() -> str | None:
    """The name of this process's cache, inside the one that it was started with; None where that is its own already."""
    if "PYTEST_CURRENT_TEST" in os.environ:
        return None
    worker = os.environ.get("PYTEST_XDIST_WORKER", "tests")
    return None if worker == "gw0" else worker


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """As --dist loadfile, but some files stay together, and all are begun in the order in which the tests are.

    This is not --dist loadgroup, because pytest-xdist 3.8 writes the group into a field that pytest 9.2 does not read.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = Path(nodeid.partition("::")[0])
            return next((name for name, files in TOGETHER.items() if any(map(file.match, files))), str(file))

    config.option.loadscopereorder = False  # it would begin with the files that have the most tests
    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Say at once, and not once a cell, that other tests have the kernel tree; see to what another kernel can't do.

    Among all other tests, the notebooks run from the last to the first, because each must find its own starting point.
    They take longest, so they come before the others.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.path.name if item.path.suffix == ".ipynb" else "", reverse=True)
        items.sort(key=lambda item: (item.path.suffix != ".ipynb", item.path.name not in LONG))
    cells = [item for item in items if item.nodeid.partition("::")[0].endswith(".ipynb")]
    if cells and (who := _users()):
        raise pytest.UsageError(f"A kernel tree is being used by {who}. Shut that down, then run this again.")
    if (linux := kernels.chosen()) != kernels.FIRST:  # pytest_configure() has seen that there is one
        _on_another_kernel(linux, items, cells, config)


def _on_another_kernel(linux: kernels.Linux, items: list[pytest.Item], cells: list[Any], config: pytest.Config) -> None:
    """Leave out the notebooks that were not carried to it, and compare no cell whose output is of the first kernel."""
    if len(cells) < len(items):
        raise pytest.UsageError(f"{kernels.VARIABLE}={linux.name} is for notebooks: pytest --nbval notebooks.")
    beyond = [item for item in cells if not linux.carries(int(item.path.name[:2]))]
    config.hook.pytest_deselected(items=beyond)
    items[:] = [item for item in cells if item not in beyond]
    for item in cells:
        if item.cell.source.startswith("%%patch 6.") or OF_FIRST in item.cell.metadata.get("tags", []):
            item.options["check"] = False


def _users() -> str:
    return ", ".join(filter(None, map(lock.holder, sorted(cache_folder().glob("trees/*/lock")))))
