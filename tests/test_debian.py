"""Debian's package: real dpkg-deb on a tiny kernel, and stand-ins for apt."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from fake_kernel_org import needs_gpg
from tiny_kernel import VERSION, left_in

from kernel_lab import debian
from kernel_lab.errors import LabError
from kernel_lab.source import Source, find, originals

needs_dpkg = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb")


@pytest.mark.skipif(not debian.INSTALLED.exists(), reason=f"{debian.PACKAGE} is not installed")
def test_installed_package_is_used(tmp_path):
    version = subprocess.check_output(["dpkg-query", "-W", "-f", "${Version}", debian.PACKAGE], text=True)
    source = find("auto", tmp_path)
    assert source == find("debian", tmp_path)
    assert source.path == debian.INSTALLED
    assert source.key == f"debian-{version}"
    assert source.version == version.partition("-")[0]
    assert (
        f"SUBLEVEL = {version.partition('-')[0].split('.')[2]}\n"
        in originals(source, ["Makefile"])["Makefile"].decode()
    )
    assert left_in(tmp_path) == []


@pytest.mark.skipif(not shutil.which("apt-cache"), reason="there is no apt")
def test_what_apt_offers_is_its_candidate():
    policy = subprocess.check_output(
        ["apt-cache", "policy", debian.PACKAGE], text=True, env=os.environ | {"LC_ALL": "C"}
    )
    offered = debian._offered()
    if offered is None:
        pytest.skip(f"apt offers no {debian.PACKAGE} here")
    assert f"Candidate: {offered[0]}\n" in policy
    assert offered[1] > 1_000_000


@pytest.fixture
def deb(tarball, tmp_path) -> Path:
    root = tmp_path / "deb"
    for folder in ("DEBIAN", "usr/src"):
        (root / folder).mkdir(parents=True)
    fields = {"Package": debian.PACKAGE, "Version": "6.1.38-1", "Architecture": "all", "Maintainer": "a <a@b>"}
    (root / "DEBIAN/control").write_text("".join(f"{k}: {v}\n" for k, v in fields.items()) + "Description: a test\n")
    shutil.copy(tarball, root / "usr/src/linux-source-6.1.tar.xz")
    file = tmp_path / "linux-source.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--build", root, file], check=True, stdout=subprocess.DEVNULL)
    return file


@needs_dpkg
def test_package_is_downloaded_once(apt, deb, tarball, tmp_path):
    apt.offers("6.1.38-1", deb)
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
    assert find("debian", cache) == source
    assert len(apt.downloads()) == 1
    assert apt.downloads()[0].endswith("download linux-source-6.1=6.1.38-1")


@needs_dpkg
def test_offline_the_newest_download_is_used(apt, deb, tmp_path):
    sources = tmp_path / "cache/sources"
    sources.mkdir(parents=True)
    for version in ("6.1.9-3", "6.1.100-2", "6.1.100-10", "6.1.99-1"):
        (sources / f"linux-source-6.1_{version}.tar.xz").touch()
    assert find("auto", tmp_path / "cache").key == "debian-6.1.100-10"
    apt.offers("6.1.101-1", deb)
    apt.fails("E: Failed to fetch pool/x.deb  Could not connect")
    assert find("debian", tmp_path / "cache").key == "debian-6.1.100-10"


def test_apt_that_knows_nothing(apt, tmp_path):
    with pytest.raises(LabError, match="apt does not know the package") as refusal:
        find("debian", tmp_path)
    assert "`sudo apt-get update`" in refusal.value.remedy
    assert "kernel.org" in refusal.value.remedy


@needs_gpg
def test_auto_falls_back_on_kernel_org(apt, server, tmp_path):
    assert find("auto", tmp_path).key == f"kernel.org-{VERSION}"


@needs_dpkg
@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("E: Failed to fetch pool/x.deb  404  Not Found", "`sudo apt-get update`"),
        ("E: Failed to fetch pool/x.deb  Could not connect to proxy", "network"),
        ("E: You do not have enough space: No space left on device", "KERNEL_LAB_CACHE"),
    ],
)
def test_download_that_fails(apt, deb, tmp_path, said, remedy):
    apt.offers("6.1.38-1", deb)
    apt.fails("Err:1 something", said)
    with pytest.raises(LabError) as refusal:
        find("auto", tmp_path / "cache")
    assert remedy in refusal.value.remedy
    assert left_in(tmp_path / "cache") == []


@needs_dpkg
def test_package_that_is_no_package(apt, tarball, tmp_path):
    apt.offers("6.1.38-1", tarball)
    apt.program("apt-get", f"cp {tarball} x.deb")
    with pytest.raises(LabError, match="holds no readable"):
        find("debian", tmp_path / "cache")
    assert left_in(tmp_path / "cache") == []
