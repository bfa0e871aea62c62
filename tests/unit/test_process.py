# SPDX-License-Identifier: GPL-2.0-only
"""The runner: a program finds the same environment whatever the reader's shell has, and says so when it can't run."""

import os
import subprocess
import sys

import pytest
from fake_kernel import SHIPPED, make_recipe, write_files
from readers_shell import KERNEL_DEVELOPERS

from kernel_lab.base import process
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.recipe import series

KEPT = {
    "http_proxy": "http://proxy:3128",
    "HTTPS_PROXY": "http://proxy:3128",
    "no_proxy": "localhost",
    "SSL_CERT_FILE": "/etc/ssl/own.pem",
    "XDG_RUNTIME_DIR": "/run/user/1000",
    "APT_CONFIG": "/etc/apt/own.conf",
    "TMPDIR": "/var/tmp",
}


def test_programs_are_told_where_things_are_and_nothing_else(monkeypatch):
    for name, value in (KERNEL_DEVELOPERS | KEPT).items():
        monkeypatch.setenv(name, value)
    printed = process.output("env").decode().splitlines()
    found = dict(line.split("=", 1) for line in printed)
    assert not set(found) & (set(KERNEL_DEVELOPERS) - {"TZ"})
    assert found.items() >= (KEPT | {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}).items()


def test_what_the_laboratory_sets_is_there():
    with process.child(["env"], {"ARCH": "x86"}, stdout=subprocess.PIPE) as program:
        found = program.communicate()[0].splitlines()
    assert b"ARCH=x86" in found and b"LC_ALL=C" in found


def test_a_program_that_is_not_there_or_can_not_run(tmp_path):
    with pytest.raises(LabError, match="The program no-such-thing is not installed") as caught:
        process.run("no-such-thing")
    assert "apt-get install no-such-thing" in caught.value.remedy
    (tmp_path / "program").write_text("#!/bin/sh\n")
    for name, why in (("program", "Permission denied"), ("gone", "No such file")):
        with pytest.raises(LabError, match=f"{name} can't be run: {why}") as caught:
            process.run(tmp_path / name)
        assert "apt-get" not in caught.value.remedy
    with pytest.raises(LabError, match=f"could not be started: .*{tmp_path}/nowhere"):
        process.run("true", cwd=tmp_path / "nowhere")


def test_a_program_that_fails_is_an_error_with_what_it_said():
    with pytest.raises(LabError, match=r"sh failed \(status 3\): error: this is why"):
        process.output("sh", "-c", "echo note >&2; echo error: this is why >&2; exit 3")


def test_git_and_its_settings_do_not_change_what_is_tangled(tmp_path, monkeypatch):
    """Nothing of a hook's variables, of the reader's configuration, or of the folder where the command is run."""
    recipe = make_recipe(tmp_path / "notebooks")
    originals = {f"linux/{path}": text for path, text in SHIPPED.items()}
    expected = series.products(recipe, originals)
    home = tmp_path / "home"
    write_files(home, {".gitconfig": HOSTILE, ".config/git/config": HOSTILE, ".config/git/attributes": "* -diff\n"})
    write_files(home, {"hooks/reference-transaction": "#!/bin/sh\nexit 1\n", ".gitattributes": "* -diff\n"})
    (home / "hooks/reference-transaction").chmod(0o755)
    git(home, "init", "--quiet")
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=1")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "yesterday")
    assert series.products(recipe, originals) == expected


HOSTILE = """
[core]
	autocrlf = true
	hooksPath = ~/hooks
[init]
	defaultObjectFormat = sha256
[diff]
	context = 1
	noprefix = true
	algorithm = patience
[format]
	numbered = false
	signature = me
	subjectPrefix = MINE
	suffix = .mine
	to = me@example.org
	from = true
	useAutoBase = true
	outputDirectory = /nowhere
"""


# The tests themselves


def git(folder, *arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=folder, text=True)


HOOK = {  # what git tells the hooks of a linked worktree
    "GIT_DIR": "{repository}/.git",
    "GIT_INDEX_FILE": "{repository}/.git/index",
    "GIT_PREFIX": "",
}
SETTINGS = """
[user]
	useConfigOnly = true
[commit]
	gpgsign = true
[core]
	autocrlf = true
	hooksPath = /nowhere
[am]
	threeWay = true
[init]
	defaultBranch = trunk
"""


@pytest.mark.parametrize("hostile", [HOOK, {"GIT_CONFIG_GLOBAL": "{home}/settings"}], ids=["hook", "settings"])
def test_the_tests_touch_no_repository_and_heed_no_settings(tmp_path, hostile):
    repository = tmp_path / "readers"
    git(tmp_path, "init", "--quiet", str(repository))
    (repository / "file").write_text("text\n")
    git(repository, "add", ".")
    git(repository, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "first")
    before = git(repository, "log", "--format=%H"), (repository / ".git/index").read_bytes()
    (tmp_path / "settings").write_text(SETTINGS)

    environment = {name: value.format(repository=repository, home=tmp_path) for name, value in hostile.items()}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_series.py", "-k", "git"]
    done = subprocess.run(command, cwd=CHECKOUT, env=os.environ | environment, capture_output=True, text=True)
    assert (git(repository, "log", "--format=%H"), (repository / ".git/index").read_bytes()) == before
    assert git(repository, "status", "--porcelain") == ""
    assert done.returncode == 0, done.stdout
