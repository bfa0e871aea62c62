# SPDX-License-Identifier: GPL-2.0-only
"""The cache folder: where it is, and what is proved of it before a byte is downloaded."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_kernel import SHIPPED, make_source, make_tree, write_files

from kernel_lab.base import disk, process
from kernel_lab.base.errors import LabError
from kernel_lab.base.paths import CHECKOUT, cache_folder
from kernel_lab.kernel import cache
from kernel_lab.kernel.build import BUILD_BYTES, CCACHE, prepare_ccache
from kernel_lab.lab import Lab
from kernel_lab.sources import archive, debian, kernels, sysroot


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("KERNEL_LAB_CACHE", "XDG_CACHE_HOME", "KERNEL_LAB_SOURCE"):
        monkeypatch.delenv(name, raising=False)


def refused(folder: Path, spec: str = "auto") -> LabError:
    with pytest.raises(LabError) as caught:
        cache.prove(folder, spec)
    assert str(folder) in str(caught.value)
    assert "KERNEL_LAB_CACHE" in caught.value.remedy
    return caught.value


# Where it is


def test_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache/kernel-lab"
    for caches, found in (("/var/caches", "/var/caches"), ("~/own", f"{tmp_path}/own"), ("own", f"{tmp_path}/.cache")):
        monkeypatch.setenv("XDG_CACHE_HOME", caches)
        assert cache_folder() == Path(found) / "kernel-lab"
    for named, found in (("/srv/lab", "/srv/lab"), ("~/lab", f"{tmp_path}/lab"), ("~", str(tmp_path))):
        monkeypatch.setenv("KERNEL_LAB_CACHE", named)
        assert cache_folder() == Path(found)


def test_a_tilde_that_nobody_can_tell_is_refused(monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_CACHE", "~no such user/lab")
    with pytest.raises(LabError, match="The cache folder is not known") as caught:
        cache_folder()
    assert "KERNEL_LAB_CACHE" in caught.value.remedy


def test_a_relative_one_is_refused_with_the_full_path(tmp_path, monkeypatch):
    """A notebook runs in another folder than a command does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERNEL_LAB_CACHE", "lab")
    assert refused(cache_folder()).remedy == f"Name it in full: KERNEL_LAB_CACHE={tmp_path}/lab"
    assert list(tmp_path.iterdir()) == []


# Its name


@pytest.mark.parametrize(
    "name", ["my disk", "a:b", "a,b", "a=b", "a#b", "a$b", "a%b", "a'b", "a;b", "a&b", "a(b)", "a\tb", "a\\b"]
)
def test_a_name_that_make_can_not_take_is_refused(tmp_path, name):
    error = refused(tmp_path / name / "cache")
    assert "in its path, and make can't build a kernel there" in error.cause
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variable", ["KERNEL_LAB_CACHE", "XDG_CACHE_HOME", "HOME"])
def test_each_way_to_name_it_is_proved_before_anything_is_got(tmp_path, monkeypatch, variable):
    monkeypatch.setenv(variable, str(tmp_path / "My Passport"))
    with pytest.raises(LabError, match=r"My Passport.* has a space in its path"):
        Lab("a test")
    assert list(tmp_path.iterdir()) == []


def test_a_link_does_not_hide_the_name(tmp_path, monkeypatch):
    (tmp_path / "my disk").mkdir()
    (tmp_path / "disk").symlink_to("my disk")
    monkeypatch.setenv("KERNEL_LAB_CACHE", str(tmp_path / "disk"))
    refused(cache_folder())


@pytest.mark.parametrize("name", ["plain", "josé", "日本", "a@b+c~d^e_f-g.h"])
def test_other_names_are_taken(tmp_path, name):
    cache.prove(write_files(tmp_path / name, {"trees/x/state/shipped": ""}), "auto")


# Its disk


def test_the_proof_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "require_space", lambda *_: None)
    cache.prove(tmp_path / "cache", "auto")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_folder_that_can_not_be_made_or_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    refused(tmp_path / "file/cache")

    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(cache, "TemporaryDirectory", refuse)
    assert "Nothing can be written in the cache folder" in refused(tmp_path).cause


def test_a_disk_without_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    assert "has no symbolic links (Operation not permitted)" in refused(tmp_path).cause


def test_a_disk_that_takes_two_names_for_one(tmp_path, monkeypatch):
    """As of Windows: `exists` looks at the lower-case name."""
    monkeypatch.setattr(Path, "exists", lambda path: os.path.lexists(path.with_name(path.name.lower())))
    assert "upper and lower case" in refused(tmp_path).cause


PROVE = """
import sys
from pathlib import Path
from kernel_lab.kernel import cache
cache.prove(Path(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("noexec", "can't be run"),
        ("size=4k", "There is too little space in"),
        ("size=64m", "There is too little space"),
    ],
)
def test_real_disks(tmp_path, options, said):
    own_mounts = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    mount = f'mount -t tmpfs -o {options} none "$0"'
    if not shutil.which("unshare") or subprocess.run([*own_mounts, "sh", "-c", mount, tmp_path]).returncode:
        pytest.skip("this machine lets nobody mount a small file system")
    python = [sys.executable, "-c", PROVE, str(tmp_path), "auto"]
    command = [*own_mounts, "sh", "-c", f'{mount} && exec "$@"', tmp_path, *python]
    done = subprocess.run(command, text=True, capture_output=True)
    assert said in done.stderr
    assert "KERNEL_LAB_CACHE" in done.stderr


# The room it has


def test_room_is_asked_for_the_whole_way_and_not_for_what_is_there(tmp_path):
    whole = archive.NEEDED_BYTES + BUILD_BYTES
    assert cache.missing_bytes(tmp_path, "auto") == debian.kernel_bytes(kernels.FIRST) + sysroot.BYTES + whole
    write_files(tmp_path, {"sources/linux-6.1.38.tar.xz": ""})
    assert cache.missing_bytes(tmp_path, "kernel.org:6.1.38") == sysroot.BYTES + whole
    write_files(tmp_path, {"sysroot/amd64/packages": ""})
    assert cache.missing_bytes(tmp_path, "auto") == whole
    write_files(tmp_path, {"trees/kernel.org-6.1.38/state/shipped": ""})
    assert cache.missing_bytes(tmp_path, "auto") == 0


def test_a_tree_of_another_kernel_saves_no_room(tmp_path):
    older, newer = kernels.KERNELS
    write_files(tmp_path / "trees/debian-6.1.99-1", {"state/shipped": "", "linux/Makefile": SHIPPED["Makefile"]})
    write_files(tmp_path / "trees/debian-6.1.99-1/linux", {"Kconfig": SHIPPED["Kconfig"]})
    write_files(tmp_path, {"sources/linux-source-6.1_6.1.99-1.tar.xz": "", "sysroot/amd64/packages": ""})
    assert cache.missing_bytes(tmp_path, "auto", older) == 0
    whole = archive.NEEDED_BYTES + BUILD_BYTES
    assert cache.missing_bytes(tmp_path, "auto", newer) == debian.kernel_bytes(newer) + whole


def test_a_folder_of_the_readers_takes_what_it_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "NEEDED_BYTES", 2 * archive.UNPACKED_BYTES)
    source = write_files(tmp_path / "kernel", SHIPPED | {".git/pack": "x" * 10**6})
    assert archive.needed(source) == 2 * disk.used(source) < 10**6
    assert cache.missing_bytes(tmp_path, str(source)) == 2 * archive.needed(source)
    assert cache.missing_bytes(tmp_path, "/nowhere") == 0


def test_a_tree_that_was_unpacked_asks_for_no_more(tmp_path):
    make_tree(tmp_path / "trees/x").root.rename(tmp_path / "trees/y")
    assert cache.missing_bytes(tmp_path, str(make_source(tmp_path / "again").path)) == 0


# The tests' own


@pytest.fixture
def run_pytest(tmp_path):
    """Runs a test that prints where its cache is, as a reader would who has this cache."""
    (tmp_path / "test_where.py").write_text(
        "from kernel_lab.base.paths import cache_folder\ndef test_where(): print(cache_folder())\n"
    )

    def run(cache: Path, *options: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        python = [sys.executable, "-m", "pytest", "-c", CHECKOUT / "pyproject.toml", "--rootdir", CHECKOUT, "-rP"]
        command = [*python, "-p", "no:cacheprovider", "--confcutdir", CHECKOUT, *options, CHECKOUT / "conftest.py"]
        command += [tmp_path / "test_where.py"]
        return subprocess.run(
            command, cwd=CHECKOUT, text=True, capture_output=True, env=inherited | {"KERNEL_LAB_CACHE": str(cache)}
        )

    return run


def test_tests_have_a_cache_of_their_own_that_shares_what_was_downloaded_and_compiled(tmp_path, run_pytest):
    readers = tmp_path / "cache"
    write_files(readers, {"sources/linux.tar.xz": "", "ccache/entry": ""})
    for options, own in ((), {"tests"}), (("-n", "2", "--dist", "each"), {"tests", "tests/gw1"}):
        done = run_pytest(readers, *options)
        assert done.returncode == 0, done.stdout
        assert set(re.findall(rf"^{readers}/(.*)$", done.stdout, re.M)) == own
        for name in own:
            assert (readers / name / "sources/linux.tar.xz").is_file() and (readers / name / "ccache/entry").is_file()
    assert sorted(path.name for path in readers.iterdir()) == ["ccache", "sources", "sysroot", "tests"]


def test_a_cache_that_can_not_be_made_is_said_in_two_lines(tmp_path, run_pytest):
    (tmp_path / "file").touch()
    done = run_pytest(tmp_path / "file/cache")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "can't be made: Not a directory" in done.stderr and "Set KERNEL_LAB_CACHE" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_what_was_compiled_in_one_tree_is_known_in_another(tmp_path):
    """As between the reader's cache and that of the tests."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/ccache").symlink_to("../ccache")
    said = []
    for cache_of in (tmp_path, tmp_path / "tests"):
        prepare_ccache(cache_of / "ccache")
        write_files(cache_of / "tree", {"a.h": "int a;\n", "a.c": '#include "a.h"\n', "build/here": ""})
        paths = [f"-I{cache_of}/tree", f"-fdebug-prefix-map={cache_of}=.", f"{cache_of}/tree/a.c"]
        environment = {"CCACHE_DIR": str(cache_of / "ccache"), **CCACHE}
        process.run("ccache", "gcc", "-c", *paths, env=environment, cwd=cache_of / "tree/build")
        said.append(process.output("ccache", "--print-stats", env=environment).decode())
    hits = [int(re.search(r"^direct_cache_hit\t(\d+)$", stats, re.M)[1]) for stats in said]
    assert hits == [0, 1]
