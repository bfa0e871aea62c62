# SPDX-License-Identifier: GPL-2.0-only
"""The table of versions: asked from the machine, and silent about what is not there."""

import json
import platform
import sys
from importlib import metadata
from pathlib import Path

import pytest

from kernel_lab.base.paths import CHECKOUT

ROOT = CHECKOUT
sys.path.append(str(ROOT / "book/_ext"))

import versions  # noqa: E402


@pytest.fixture
def book(tmp_path) -> Path:
    """A book of two notebooks without anything else."""
    (tmp_path / "notebooks").mkdir()
    for number in ("01", "02"):
        said = ["Linux 6.1.99 (Debian's linux-source-6.1, 6.1.99-1); the tree is at the start.\n"]
        cell = {"cell_type": "code", "outputs": [{"output_type": "stream", "name": "stdout", "text": said}]}
        (tmp_path / f"notebooks/{number}-one.ipynb").write_text(json.dumps({"cells": [cell]}))
    return tmp_path


@pytest.fixture
def empty_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))


def program(folder: Path, name: str, said: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\nprintf '{said}'\n")
    (folder / name).chmod(0o755)


def test_the_kernel_is_the_one_in_the_outputs(book):
    assert versions.kernels(book) == "6.1.99 (Debian's linux-source-6.1, 6.1.99-1)"


def test_kernels_that_differ_are_all_named(book):
    other = book / "notebooks/02-one.ipynb"
    other.write_text(other.read_text().replace("6.1.99", "6.1.38"))
    assert versions.kernels(book).count("6.1.99 (") == versions.kernels(book).count("6.1.38 (") == 1


def test_this_books_notebooks_name_one_kernel():
    assert versions.kernels(ROOT).startswith("6.1.")
    assert "), " not in versions.kernels(ROOT)


def test_a_program_is_asked(tmp_path, empty_path):
    program(tmp_path, "gcc", "gcc (of a test) 1.2.3\\nCopyright\\n")
    assert versions.versions(tmp_path)["GCC, the compiler"] == "gcc (of a test) 1.2.3"


def test_what_is_not_there_has_no_row(tmp_path, empty_path):
    found = versions.versions(tmp_path)
    assert not set(versions.PROGRAMS) & set(found)
    assert not [what for what in found if what.startswith(("Linux", "v86"))]


def test_the_python_packages_are_those_that_render(tmp_path):
    found = versions.versions(tmp_path)
    assert found["Python"] == platform.python_version()
    assert found["Sphinx"] == metadata.version("sphinx")


def test_the_emulator_has_a_row_once_the_pages_carry_it(book):
    assert versions.emulator(book) is None
    (book / "web").mkdir()
    (book / "web/package.json").write_text('{"devDependencies": {"v86": "0.5.1"}}')
    assert versions.versions(book)["v86, the machine in the page"] == "0.5.1"


def test_a_system_without_a_name_is_named_all_the_same(monkeypatch):
    def nothing():
        raise OSError

    monkeypatch.setattr(platform, "freedesktop_os_release", nothing)
    assert versions.system() == platform.platform()


@pytest.fixture
def no_kernel_in_the_page(tmp_path, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_CACHE", str(tmp_path))


def test_a_debian_package_names_its_source(tmp_path, empty_path, no_kernel_in_the_page):
    program(tmp_path, "dpkg-query", "elfutils 0.188-2\\n")
    assert versions.debian_source("libelf-dev") == "elfutils 0.188-2"


def test_a_package_that_is_not_installed_has_no_source(tmp_path, empty_path, no_kernel_in_the_page):
    program(tmp_path, "dpkg-query", "")
    assert versions.debian_source("libelf-dev") is None


def test_a_package_in_the_page_counts_more_than_an_installed_one(tmp_path, empty_path, no_kernel_in_the_page):
    program(tmp_path, "dpkg-query", "elfutils 0.188-2\\n")
    (tmp_path / "sysroot/i386").mkdir(parents=True)
    (tmp_path / "sysroot/i386/packages").write_text("libelf-dev elfutils 0.188-3\n")
    assert versions.debian_source("libelf-dev") == "elfutils 0.188-3"
