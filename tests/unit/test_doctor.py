# SPDX-License-Identifier: GPL-2.0-only
"""The doctor: it names what is missing, and its list (apt.txt) says for each package how to tell, and why."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from fake_kernel import path_without

from kernel_lab.base import tools
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT

LOCK = "web/package-lock.json"


def test_a_missing_tool_is_named_with_its_package_and_reason(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "qemu-system-x86_64"))
    (tool,) = tools.missing("boot")
    assert tools.missing("page", "tests") == []
    assert (tool.package, tool.proof) == ("qemu-system-x86", "qemu-system-x86_64")
    assert "virtual machine" in tool.reason


def test_check_gives_the_one_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "qemu-system-x86_64"))
    with pytest.raises(LabError) as caught:
        tools.check()
    assert "    qemu-system-x86_64: the virtual machine that boots the kernel" in caught.value.cause.splitlines()
    assert caught.value.remedy.endswith("apt-get install --no-install-recommends qemu-system-x86")


def test_all_that_is_missing_goes_into_one_command(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    programs = [tool for tool in tools.tools() if not tool.proof.startswith(("/", "import "))]
    assert tools.missing() == programs
    with pytest.raises(LabError) as caught:
        tools.check()
    packages = " ".join(tool.package for tool in programs)
    # There is no apt-get either.
    assert caught.value.remedy == f"Install what your system has in place of these packages of Debian: {packages}"
    assert all(f"    {tool.proof}: {tool.reason}" in caught.value.cause for tool in programs)


@pytest.mark.parametrize("proof", [__file__, "import pytest"])
def test_a_file_or_a_module_may_be_the_proof(proof):
    here, gone = (tools.Tool("package", name, "a reason", "boot") for name in (proof, f"{proof}_gone"))
    assert here.present
    assert not gone.present


def test_what_an_administrator_is_to_install_where_there_is_no_sudo(tmp_path, monkeypatch):
    (tmp_path / "apt-get").symlink_to("/usr/bin/true")
    monkeypatch.setenv("PATH", str(tmp_path))
    said = tools.remedy(tools.tools("page"))
    assert said == "As root, or by an administrator: apt-get install --no-install-recommends seabios"


def test_a_browser_is_not_asked_for_to_boot_a_kernel():
    boot = {tool.package for tool in tools.tools("boot")}
    assert "qemu-system-x86" in boot
    assert not boot & {"chromium", "gpg-agent", "python3-venv", "dwarves"}
    assert {tool.group for tool in tools.tools()} == {"boot", "book", "page", "arm64", "kernel.org", "tests"}


@pytest.mark.parametrize("missing", [True, False])
def test_the_doctor_needs_nothing_but_python(tmp_path, monkeypatch, missing):
    """As on a new machine: no Python package is installed, and -S leaves out the place where they would be."""
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "qemu-system-x86_64" if missing else ""))
    root = CHECKOUT
    command = [sys.executable, "-S", "-m", "kernel_lab.doctor"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "lacks  to build the kernel, and boot it" in done.stdout  # tqdm is such a package
    assert ("qemu-system-x86_64: the virtual machine" in done.stdout) == missing
    assert done.returncode == 1


def test_every_package_has_a_proof_and_a_reason_just_above_it():
    lines = tools.APT.read_text().splitlines()
    packages = [number for number, line in enumerate(lines) if line and not line.startswith("#")]
    assert packages
    for number in packages:
        assert re.fullmatch(r"[a-z0-9][a-z0-9.+-]+( \[(amd64|arm64)\])?", lines[number]), (
            "a package's name, and nothing else but an architecture, on its line"
        )
        assert re.fullmatch(r"# (import )?\S+: \S.*", lines[number - 1]), (
            f"{lines[number]}: '# proof: reason' is not above it"
        )
    names = [lines[number] for number in packages]
    assert len(set(names)) == len(names)
    here = [name.split()[0] for name in names if "[" not in name or f"[{tools.ARCHITECTURE}]" in name]
    assert [tool.package for tool in tools.tools(*tools.groups())] == here


@pytest.mark.parametrize("tool", tools.tools(), ids=lambda tool: tool.package)
def test_every_proof_is_found_on_a_machine_where_the_book_was_installed(tool):
    assert tool.present, f"run install.sh; if {tool.package} is installed, {tool.proof} does not prove it"


def test_nothing_is_said_where_all_is_there():
    assert tools.missing() == []
    tools.check()


def test_an_installation_that_broke_off_is_not_taken_for_one(tmp_path):
    """As after a lost network: there is a .venv, and the last line of install.sh was never reached."""
    root = CHECKOUT
    (tmp_path / "web").mkdir()
    for name in ("Makefile", "apt.txt", "uv.lock", "pyproject.toml", "install.sh", LOCK):
        shutil.copy(root / name, tmp_path / name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    assert _planned("book", tmp_path).startswith("./install.sh boot book page python\n")
    (tmp_path / ".venv/installed").touch()
    assert "install.sh" not in _planned("book", tmp_path)


def test_all_groups_but_the_optional_are_installed_where_none_is_named():
    (named,) = re.findall(r"set -- (.*)$", (CHECKOUT / "install.sh").read_text(), re.MULTILINE)
    assert {*named.split()} == {*tools.groups(), "python"} - {*tools.OPTIONAL}


def test_the_browser_is_for_the_tests_alone(tmp_path):
    for name in ("Makefile", "apt.txt", "uv.lock", "pyproject.toml", "install.sh"):
        shutil.copy(CHECKOUT / name, tmp_path / name)
    (tmp_path / "web").mkdir()
    shutil.copy(CHECKOUT / LOCK, tmp_path / LOCK)
    groups = {target: set(re.findall(r"install\.sh (.*)", _planned(target, tmp_path))) for target in ("book", "test")}
    assert groups == {"book": {"boot book page python"}, "test": {"boot book page python", "arm64 kernel.org tests"}}
    assert [tool.group for tool in tools.tools() if tool.package == "chromium"] == ["tests"]


def _planned(target, folder):
    """What make would run, whether or not the tests were themselves started by a make (which leaves its own mark)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "-n", target]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def test_an_ordinary_users_path_is_enough(monkeypatch):
    """Debian's has no /sbin."""
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")
    assert tools.missing() == []
