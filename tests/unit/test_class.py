# SPDX-License-Identifier: GPL-2.0-only
"""A class: its three ways to start a server say the same. Twenty readers are tried by deploy/try_class.py, as root."""

import json
import pwd
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from solutions import exercises, read, solutions
from traitlets.config.loader import Config, PyFileConfigLoader

from kernel_lab.base.paths import CHECKOUT
from kernel_lab.recipe.cells import Cell

DEPLOY = CHECKOUT / "deploy"
PAGE = CHECKOUT / "book/teaching.md"
sys.path.append(str(DEPLOY))

import hide  # noqa: E402
import try_class  # noqa: E402
import view  # noqa: E402

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
VALUES = yaml.safe_load((DEPLOY / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8"))
ANNA = pwd.struct_passwd(("anna", "x", 1234, 5678, "", "/home/anna", "/bin/sh"))


def dockerfile(instruction: str) -> list[str]:
    return re.findall(rf"^{instruction} (.+)$", DOCKERFILE, re.MULTILINE)


@pytest.fixture
def config(tmp_path, monkeypatch) -> Config:
    """What JupyterHub is told; it makes a folder of its own."""
    monkeypatch.setattr(view, "CLASS", tmp_path / "class")
    return PyFileConfigLoader("jupyterhub_config.py", path=str(DEPLOY)).load_config()


def server(config: Config) -> list[str]:
    """What is started for a reader on one machine, from the program on."""
    spawner = SimpleNamespace(user=SimpleNamespace(name="anna"))
    config.Spawner.pre_spawn_hook(spawner)
    program = ["/usr/bin/python3", "-I", f"{view.FOLDER}/book/deploy/view.py", "anna"]
    assert spawner.cmd[:4] == program and spawner.popen_kwargs == {"preexec_fn": None}
    return spawner.cmd[4:]


def test_the_hubs_own_files_are_roots_alone(config, tmp_path):
    assert (tmp_path / "class").stat().st_mode & 0o777 == 0o700
    assert config.JupyterHub.db_url == f"sqlite:///{tmp_path}/class/hub/jupyterhub.sqlite"


def test_all_ways_start_the_same_server(config):
    assert server(config) == json.loads(dockerfile("CMD")[0]) == VALUES["singleuser"]["cmd"]


def test_all_ways_have_the_same_environment(config):
    in_the_image = dict(setting.split("=", 1) for setting in dockerfile("ENV")[0].split())
    assert in_the_image == config.Spawner.environment | {"KERNEL_LAB_CACHE": f"{view.FOLDER}/cache"}
    assert view.environment(ANNA)["KERNEL_LAB_CACHE"] == in_the_image["KERNEL_LAB_CACHE"]
    assert dockerfile("WORKDIR") == [f"{view.FOLDER}/book"]


def test_the_server_is_that_of_make_lab(config):
    said = subprocess.run(["make", "-n", "lab"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    words = shlex.split(said.splitlines()[-1])
    book = f"{view.FOLDER}/book"
    assert {option.replace(book, str(CHECKOUT)) for option in server(config)[1:]} < {*words}
    assert VALUES["singleuser"]["defaultUrl"] == config.Spawner.default_url
    assert f"--LabApp.default_url={config.Spawner.default_url}" in words
    assert "JUPYTER_PREFER_ENV_PATH=1" in words


def test_the_image_has_what_make_lab_installs_and_belongs_to_the_reader():
    install, account, _ = dockerfile("RUN")
    groups = re.search(r"^\t\./install\.sh (.+) python$", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert install == f"/tmp/install.sh {groups[1]}"
    assert f"--uid {VALUES['singleuser']['uid']} reader" in account
    assert dockerfile("COPY")[1].startswith(f"--chown={VALUES['singleuser']['uid']}:")
    assert DOCKERFILE.index("USER reader") < DOCKERFILE.index("RUN deploy/prepare.sh")


def test_the_view_is_a_layer_on_the_prepared_folder():
    options = view.overlay(view.place("anna")).split(",")
    assert f"upperdir={view.CLASS}/readers/anna/upper" in options
    assert {"nosuid", "nodev"} < {*options}


def test_the_reader_s_program_has_no_right_of_roots():
    assert view.become(ANNA, ["true"]) == [
        "/usr/bin/setpriv", "--reuid=1234", "--regid=5678", "--init-groups", "--no-new-privs", "--inh-caps=-all",
        "--bounding-set=-all", "true",
    ]  # fmt: skip


def test_root_runs_nothing_that_the_reader_may_have_changed(config):
    """The folder is the reader's by then, and the first one of PATH is in it."""
    source = Path(view.__file__).read_text(encoding="utf-8")
    assert source.startswith("#!/usr/bin/python3 -I\n")
    assert re.findall(r'subprocess\.\w+\(\[?"?([^,"]+)', source) == [
        "/usr/bin/mount",
        "/usr/bin/umount",
        "become(reader",
    ]
    assert view.become(ANNA, [])[0].startswith("/usr/bin/")
    assert config.Spawner.environment["PATH"].startswith(str(view.FOLDER))


@pytest.mark.parametrize(("arguments", "complaint"), [(["root", "true"], "root needs no view"), (["anna"], "view.py ")])
def test_what_is_refused(arguments, complaint):
    done = subprocess.run([sys.executable, view.__file__, *arguments], capture_output=True, text=True)
    assert done.returncode == 2 and complaint in done.stderr


def test_one_reader_has_one_view(tmp_path):
    taken = view.alone(tmp_path)
    assert taken is not None and view.alone(tmp_path) is None


def test_the_change_that_readers_try_is_a_patch_of_one_file():
    first, _, body = try_class.PATCH.format(name="anna").partition("\n")
    cell = Cell.parse("patch", first.removeprefix("%%patch "), body)
    assert [part.path for part in cell.patches] == ["kernel/bpf/syscall.c"]
    assert 'pr_warn("this is the kernel of anna\\n");' in body


def test_the_proxys_packages_have_their_hashes_and_name_no_registry():
    packages = json.loads((DEPLOY / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    own = packages.pop("")
    assert own["dependencies"] == json.loads((DEPLOY / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert len(packages) > 10
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not [name for name, package in packages.items() if "resolved" in package]


def test_the_page_names_files_that_are_there():
    text = PAGE.read_text(encoding="utf-8")
    named = {*re.findall(r"\bdeploy/[\w.-]+\w", text)}
    assert len(named) > 4
    assert not [name for name in named if not (CHECKOUT / name).exists()]
    assert str(view.FOLDER) in text and str(view.CLASS) in text


def test_the_page_has_the_table_that_was_measured():
    """Its rows are those that deploy/try_class.py prints."""
    reader: Any = SimpleNamespace(
        seconds={"server": 1.0, "first prompt": 2.0, "changed syscall.c": 3.0},
        memory=lambda: {"guest": 1, "notebook": 2, "server": 3},
        disk=lambda: 4,
    )
    rows = [re.split(r"  +", row)[0] for row in try_class.table(reader.seconds, [reader])]
    table = re.search(r"```text\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    assert [re.split(r"  +", row)[0] for row in table.splitlines()] == rows


def test_what_a_class_finds_out_is_taken_out_of_its_notebooks_and_nothing_else(tmp_path):
    original = CHECKOUT / "notebooks/03-the-ops-structs.ipynb"
    copy = Path(shutil.copy(original, tmp_path))
    hide.hide(copy)
    assert solutions(original) and not solutions(copy)
    assert exercises(copy).count("`lab.exercise(1)`") == exercises(original).count("`lab.exercise(1)`")
    assert read(copy, "code") == read(original, "code")
    cells = json.loads(copy.read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
    assert [cell["id"] for cell in cells] == [cell["id"] for cell in json.loads(original.read_text())["cells"]]


def test_solutions_can_be_left_out_as_the_page_says():
    assert "SOLUTIONS=no make book" in PAGE.read_text(encoding="utf-8")
    assert Path(CHECKOUT / "book/_ext/quizzes.py").read_text(encoding="utf-8").count('"SOLUTIONS"') == 1
