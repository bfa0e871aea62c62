# SPDX-License-Identifier: GPL-2.0-only
"""The workflow for forges, and the shell scripts: what their linters say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kernel_lab.base.paths import CHECKOUT

ROOT = CHECKOUT
WORKFLOWS = ".github/workflows"


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


@pytest.fixture
def repository(tmp_path) -> Path:
    """A repository that has nothing but the workflows."""
    shutil.copytree(ROOT / WORKFLOWS, tmp_path / WORKFLOWS)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def findings(repository: Path) -> str:
    """What the linter says of the workflows, without the rules that would pin each action to a commit."""
    options = ["--profile=correctness", "--strict-exit", f"--shellcheck={tool('shellcheck')}", "--no-color"]
    done = subprocess.run([tool("jactionlint"), *options], cwd=repository, capture_output=True, text=True)
    assert bool(done.stdout) == (done.returncode == 1), done.stderr
    assert not done.stderr
    return done.stdout


def test_the_workflows_are_well_formed(repository):
    assert findings(repository) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        ("needs: check", "needs: chek", "undefined-job-needs"),
        ("matrix.debian == 12", "matrix.debain == 12", "undefined-property"),
        ('"$(id -u)"', "$(id -u)", "shellcheck"),
    ],
)
def test_a_mistake_in_a_workflow_is_found(repository, right, wrong, rule):
    workflow = repository / WORKFLOWS / "book.yml"
    text = workflow.read_text(encoding="utf-8")
    assert right in text
    workflow.write_text(text.replace(right, wrong), encoding="utf-8")
    assert f"[{rule}]" in findings(repository)


def test_what_the_workflows_run_is_there():
    """Their commands are targets of the Makefile, which readers have, too."""
    targets = re.findall(r"- run: make (.+)", (ROOT / WORKFLOWS / "book.yml").read_text(encoding="utf-8"))
    assert targets == ["check", "book", "test"]
    for target in targets:
        subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=True)


def scripts() -> list[str]:
    """Those for a reader's machine. The guest's are part of what is measured, and stay as they are."""
    command = ["git", "grep", "--files-with-matches", "^#!/bin/sh", ":!loader", ":!*guest*", ":!*.ipynb", ":!*.py"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_shell_scripts_have_nothing_that_shellcheck_minds():
    found = scripts()
    assert {"install.sh", ".ci/run"} < set(found)
    assert subprocess.run([tool("shellcheck"), *found], cwd=ROOT, capture_output=True, text=True).stdout == ""
