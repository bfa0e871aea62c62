# SPDX-License-Identifier: GPL-2.0-only
"""The Python package, and what it needs: installed from uv.lock, and only in a clone of the repository."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from kernel_lab.base.paths import CHECKOUT

ROOT = CHECKOUT
PYPI = {"pypi.org", "files.pythonhosted.org"}


def bin_of(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def test_the_lock_is_that_of_the_packages_that_are_named():
    done = subprocess.run([bin_of("uv"), "lock", "--check", "--offline"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"run .venv/bin/uv lock\n{done.stderr}"


def test_the_lock_names_pypi_and_no_mirror_of_whoever_wrote_it():
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://([^/\"]+)", lock)) == PYPI


def test_every_file_in_the_lock_has_its_hash():
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    fetched = [package for package in packages if "registry" in package["source"]]
    files = [file for package in fetched for file in (*package.get("wheels", ()), package.get("sdist")) if file]
    assert len(files) > len(fetched) > 100
    assert all(file["hash"].startswith("sha256:") for file in files)
    assert [package["name"] for package in packages if package not in fetched] == ["kernel-lab"]


def test_the_package_is_built_with_what_the_lock_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["build-system"]["requires"]) < set(project["dependency-groups"]["lab"])


def test_no_wheel_is_made_that_could_not_run(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "kernel-lab runs only in a clone of its repository" in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_command_is_there_under_both_its_names():
    by_name, as_module = (
        subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True)
        for command in ([bin_of("kernel-lab")], [sys.executable, "-m", "kernel_lab"])
    )
    assert by_name.returncode == 0, by_name.stderr
    assert by_name.stdout == as_module.stdout
