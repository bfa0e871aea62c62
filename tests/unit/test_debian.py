# SPDX-License-Identifier: GPL-2.0-only
"""Debian's packages: the real apt and dpkg on an archive of our own, with a tiny kernel in it."""

import shutil
from pathlib import Path

import pytest
from debian_archive import GUEST_SUITE, KERNEL_SUITE, DebianArchive, make_deb, needs_apt
from fake_kernel_org import needs_gpg
from tiny_kernel import VERSION, left_in

from kernel_lab.base.errors import LabError
from kernel_lab.base.progress import silent
from kernel_lab.sources import compiler, debian, sysroot
from kernel_lab.sources.source import Source, find

pytestmark = [needs_apt, needs_gpg]


@pytest.fixture
def publish(debian_archive, tarball, tmp_path):
    """Publish a kernel's package."""

    def publish(name: str, version: str, file: Path = tarball) -> None:
        deb = make_deb(tmp_path, name, version, {f"usr/src/{name}.tar.xz": file})
        debian_archive.publish(KERNEL_SUITE, deb)

    return publish


def test_the_package_is_downloaded_once(publish, tarball, tmp_path, monkeypatch):
    publish("linux-source-6.1", "6.1.38-1")
    cache = tmp_path / "cache"
    source = find("auto", cache)
    assert source == Source(
        "debian-6.1.38-1",
        "6.1.38",
        "Debian's linux-source-6.1, 6.1.38-1",
        cache / "sources/linux-source-6.1_6.1.38-1.tar.xz",
    )
    assert source.path.read_bytes() == tarball.read_bytes()
    assert left_in(cache) == [source.path.name]
    monkeypatch.setenv("KERNEL_LAB_DEBIAN", "file:/nowhere")
    assert find("debian", cache) == source


def test_of_two_packages_the_one_of_this_very_name_is_taken(publish, tmp_path):
    """To apt, a name with a dot in it is also a pattern, which fits linux-source-6.12."""
    publish("linux-source-6.12", "6.12.118-1")
    publish("linux-source-6.1", "6.1.38-1")
    assert find("auto", tmp_path / "cache").version == "6.1.38"


@pytest.mark.parametrize("others", [[], ["linux-source-6.12"]])
def test_an_archive_without_the_package(publish, debian_archive, tmp_path, others):
    for name in others:
        publish(name, "6.12.118-1")
    with pytest.raises(LabError, match=r"bookworm-security at file:.* has no package linux-source-6\.1 ") as refusal:
        find("auto", tmp_path / "cache")
    assert "KERNEL_LAB_DEBIAN" in refusal.value.remedy
    assert "KERNEL_LAB_SOURCE=kernel.org" in refusal.value.remedy
    assert "tarball" in refusal.value.remedy
    assert left_in(tmp_path / "cache") == []


def test_the_newest_version_is_taken(publish, tmp_path):
    for version in ("6.1.90-1", "6.1.192-2", "6.1.99-1"):
        publish("linux-source-6.1", version)
    assert find("debian", tmp_path / "cache").key == "debian-6.1.192-2"


def test_the_newest_of_earlier_downloads_is_used_without_asking(tmp_path, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_DEBIAN", "file:/nowhere")
    sources = tmp_path / "cache/sources"
    sources.mkdir(parents=True)
    for version in ("6.1.9-3", "6.1.100-2", "6.1.100-10", "6.1.99-1"):
        (sources / f"linux-source-6.1_{version}.tar.xz").touch()
    assert find("auto", tmp_path / "cache").key == "debian-6.1.100-10"


def test_lists_that_somebody_else_signed_are_refused(publish, signers, debian_archive, tmp_path):
    publish("linux-source-6.1", "6.1.38-1")
    DebianArchive(debian_archive.folder, signers[1])  # publishes empty lists
    with pytest.raises(LabError, match=r"could not be had.*(NO_PUBKEY|is not signed|Missing key)"):
        find("debian", tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []


def test_a_package_that_was_changed_is_refused(publish, debian_archive, tmp_path):
    publish("linux-source-6.1", "6.1.38-1")
    (deb,) = debian_archive.place(KERNEL_SUITE).glob("pool/*.deb")
    deb.write_bytes(deb.read_bytes().replace(b"linux-", b"linux_"))
    with pytest.raises(LabError, match=r"could not be had.*(Hash Sum mismatch|unexpected size|corrupt)"):
        find("debian", tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []


def test_an_archive_that_cannot_be_reached(tmp_path, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_DEBIAN", "http://127.0.0.1:9/debian")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(LabError, match="could not be had from Debian's archive") as refusal:
        find("auto", tmp_path / "cache")
    assert "network" in refusal.value.remedy
    assert "KERNEL_LAB_SOURCE=kernel.org" in refusal.value.remedy


def test_without_the_keys_of_debian_the_doctor_is_named(debian_archive, tmp_path, monkeypatch):
    script = tmp_path / "debian.sh"
    script.write_text(debian.SCRIPT.read_text().replace("/usr/share/keyrings", str(tmp_path)))
    script.chmod(0o755)
    monkeypatch.setattr(debian, "SCRIPT", script)
    monkeypatch.delenv("KERNEL_LAB_DEBIAN_KEYRING")
    with pytest.raises(LabError, match="There is no debian-archive-keyring") as refusal:
        find("debian", tmp_path / "cache")
    assert "make doctor" in refusal.value.remedy


def test_where_there_is_no_apt_it_is_kernel_org(server, tmp_path, monkeypatch):
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "apt-get" else which(name))
    assert find("auto", tmp_path).key == f"kernel.org-{VERSION}"


@pytest.mark.parametrize("arch", ["amd64", "i386"])
def test_the_guests_files_are_unpacked_whole_or_not_at_all(debian_archive, tmp_path, arch):
    file = tmp_path / "file"
    file.write_text("of the guest")
    *most, last = sysroot.PACKAGES
    for name in most:
        deb = make_deb(tmp_path, name, "1-1", {f"usr/share/{name}": file, "bin/busybox": file}, arch)
        debian_archive.publish(GUEST_SUITE, deb, arch)
    with pytest.raises(LabError, match=f"has no package {last} for {arch}"):
        sysroot.sysroot(tmp_path / "cache", silent, arch)
    assert list((tmp_path / "cache/sysroot").iterdir()) == []
    debian_archive.publish(GUEST_SUITE, make_deb(tmp_path, last, "2-1", {f"usr/share/{last}": file}, arch), arch)
    root = sysroot.sysroot(tmp_path / "cache", silent, arch)
    assert {path.name for path in (root / "usr/share").iterdir()} == {*most, last}
    assert sysroot.busybox(root).read_text() == "of the guest"
    assert sysroot.sources(tmp_path / "cache", arch)[last] == f"{last} 2-1"


def test_the_compiler_is_unpacked_beside_them_and_run_by_its_own_c_library(debian_archive, tmp_path):
    """The packages are not the machine's: neither are the libraries that they are linked with."""
    file = tmp_path / "tool"
    file.write_text("a tool")
    for name in compiler.PACKAGES:
        files = {"usr/lib/llvm-14/bin/clang": file} if name == "clang-14" else {f"usr/share/{name}": file}
        debian_archive.publish(GUEST_SUITE, make_deb(tmp_path, name, "1-1", files))
    root = compiler.compiler(tmp_path / "cache", silent)
    assert root.parent == tmp_path / "cache/sysroot"  # which the tests' cache shares with a reader's
    loader, option, libraries, program = compiler.command(root, "clang")
    assert loader.startswith(f"{root}/") and loader.endswith("ld-linux-x86-64.so.2") and option == "--library-path"
    assert all(folder.startswith(f"{root}/") for folder in libraries.split(":"))
    assert Path(program).read_text() == "a tool"


@pytest.mark.parametrize("name", ["gcc", "", "../../bin/sh", "/bin/sh"])
def test_a_tool_that_did_not_come_with_the_compiler(name):
    with pytest.raises(LabError, match="There is no tool") as refusal:
        compiler.require_tool(name)
    assert "llvm-objdump" in refusal.value.remedy


def test_a_busybox_may_lie_in_usr(tmp_path):
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/busybox").touch()
    assert sysroot.busybox(tmp_path) == tmp_path / "usr/bin/busybox"
