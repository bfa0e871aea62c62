# SPDX-License-Identifier: GPL-2.0-only
"""Which kernel source it is, and a whole tree of it: on tiny kernels, the reader's own."""

import os
import threading

import pytest
from tiny_kernel import NAME, VERSION, contents, given, make_tree, pack

from kernel_lab.base.errors import LabError
from kernel_lab.sources import archive
from kernel_lab.sources.source import find, unpack


@pytest.mark.parametrize("suffix", ["", ".tar", ".tar.gz", ".tar.xz"])
def test_own_source_is_found_and_unpacked(tree, tmp_path, suffix):
    path = pack(tree, tmp_path / f"my kernel: 1{suffix}") if suffix else tree
    seen = []
    source = find(str(path), tmp_path / "cache")
    unpack(source, tmp_path / "tree", lambda *report: seen.append(report))
    assert source.version == VERSION
    assert source.path == path
    assert contents(tmp_path / "tree") == contents(tree)
    assert all(0 < done <= total for _what, done, total in seen)
    assert seen
    assert not (tmp_path / "cache").exists()  # nothing to download


def test_key_is_a_name_make_can_build_in_and_follows_the_file(tree, tmp_path):
    path = pack(tree, tmp_path / "my kernel: 1.tar")
    first = find(str(path), tmp_path).key
    assert first == find(str(path), tmp_path).key
    assert first.startswith("path-my-kernel-1.tar-")
    os.utime(path, (1, 1))
    assert find(str(path), tmp_path).key != first


@pytest.mark.parametrize("left", [".config", "include/config/auto.conf", "arch/x86/include/generated/a.h"])
def test_tree_that_was_built_in_is_refused(tmp_path, left):
    tree = make_tree(tmp_path / "linux")
    (tree / left).parent.mkdir(parents=True, exist_ok=True)
    (tree / left).touch()
    with pytest.raises(LabError, match="built inside") as refusal:
        find(str(tree), tmp_path)
    assert "make mrproper" in refusal.value.remedy

    packed = find(str(pack(tree, tmp_path / "built.tar")), tmp_path)
    with pytest.raises(LabError, match="built inside"):
        unpack(packed, tmp_path / "target")
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("packed", [False, True])
def test_other_versions_are_refused(tmp_path, packed):
    path = make_tree(tmp_path / "linux", "6.12.3")
    if packed:
        path = pack(path, tmp_path / "linux.tar.gz")
    with pytest.raises(LabError, match=r"is to be Linux 6\.1, but .* is Linux 6\.12\.3"):
        find(str(path), tmp_path)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("missing", ["Makefile", "Kconfig"])
def test_what_is_no_kernel_is_refused(tmp_path, packed, missing):
    path = make_tree(tmp_path / "linux")
    (path / missing).unlink()
    if packed:
        path = pack(path, tmp_path / "linux.tar")
    with pytest.raises(LabError, match="not a kernel source"):
        find(str(path), tmp_path)


def test_what_is_no_tarball_is_refused_and_left_alone(tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("not a tarball")
    with pytest.raises(LabError, match="does not look like a tar archive"):
        find(str(note), tmp_path)
    assert note.exists()


@pytest.mark.parametrize("spec", ["", "6.1.38", "/nowhere/linux"])
def test_a_name_for_nothing_says_what_can_be_named(tmp_path, spec):
    with pytest.raises(LabError) as refusal:
        find(spec, tmp_path)
    assert "kernel.org:6.1.38" in refusal.value.remedy


@pytest.mark.parametrize("version", ["6.6.1", "6.1", "", "6.1.38/../x"])
def test_kernel_org_has_only_releases_of_the_series(tmp_path, version):
    with pytest.raises(LabError, match=r"is to be Linux 6\.1;"):
        find(f"kernel.org:{version}", tmp_path)


def test_a_whole_tree_is_left_alone(tmp_path):
    (tmp_path / "tree").mkdir()
    unpack(given(tmp_path / "nowhere.tar"), tmp_path / "tree")
    assert list((tmp_path / "tree").iterdir()) == []


def test_what_an_earlier_try_left_is_not_taken_over(tree, tarball, tmp_path):
    (tmp_path / "tree.partial").mkdir()
    (tmp_path / "tree.partial/stale.c").touch()
    unpack(given(tarball), tmp_path / "tree")
    assert contents(tmp_path / "tree") == contents(tree)
    assert not (tmp_path / "tree.partial").exists()


def test_a_kernel_is_not_copied_into_itself(tmp_path):
    tree = make_tree(tmp_path / "linux")
    with pytest.raises(LabError, match="copied into itself"):
        unpack(given(tree), tree / "cache/tree")


def test_too_little_space_is_said_before_anything_is_written(tarball, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "NEEDED_BYTES", 2**60)
    with pytest.raises(LabError, match=r"[GM]iB is free, 1073741824\.0 GiB is needed") as refusal:
        unpack(given(tarball), tmp_path / "tree")
    assert str(tmp_path) in refusal.value.cause
    assert "KERNEL_LAB_CACHE" in refusal.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_cache_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LabError, match="can't be made") as refusal:
        find("debian", tmp_path / "file/cache")
    assert "KERNEL_LAB_CACHE" in refusal.value.remedy


def test_only_one_notebook_unpacks(tree, tarball, tmp_path):
    """The second waits, then finds the tree made: both see the same, whole tree, unpacked once."""
    seen, second_waits = [], threading.Event()

    def first(what, _done, _total):
        if not seen:
            seen.append(what)
            other.start()
            second_waits.wait()

    def second(what, _done, _total):
        seen.append(what)
        second_waits.set()

    other = threading.Thread(target=unpack, args=(given(tarball), tmp_path / "tree", second))
    unpack(given(tarball), tmp_path / "tree", first)
    other.join()
    assert seen == [f"unpacking {NAME}", f"waiting for another notebook to finish with {tmp_path.name}"]
    assert contents(tmp_path / "tree") == contents(tree)
