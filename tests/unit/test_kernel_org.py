# SPDX-License-Identifier: GPL-2.0-only
"""kernel.org's tarball: real gpg on a tiny kernel, and a real web server beside it."""

import hashlib
import shutil

import pytest
from fake_kernel_org import Server, listing, needs_gpg
from tiny_kernel import NAME, VERSION, contents, left_in

from kernel_lab.base.errors import LabError
from kernel_lab.sources.source import Source, find, unpack


def flipped(data: bytes) -> bytes:
    return data[:1000] + bytes([data[1000] ^ 1]) + data[1001:]


@needs_gpg
def test_kernel_org(server, tree, tmp_path):
    seen = []
    source = find(f"kernel.org:{VERSION}", tmp_path, lambda *report: seen.append(report))
    size = len(server.files[f"/pub/v6.x/{NAME}"])
    assert source == Source(
        f"kernel.org-{VERSION}", VERSION, f"Linux {VERSION} from kernel.org", tmp_path / "sources" / NAME
    )
    assert seen[-1] == (f"downloading {NAME}", size, size)
    assert left_in(tmp_path) == [NAME]
    unpack(source, tmp_path / "tree")
    assert contents(tmp_path / "tree") == contents(tree)

    server.asked.clear()
    assert find("kernel.org", tmp_path) == source
    assert server.asked == []


@needs_gpg
def test_without_a_version_it_is_the_newest_of_the_list_and_later_the_newest_that_is_here(
    server, signers, tarball, tmp_path
):
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    names = [f"linux-{version}.tar.xz" for version in ("6.1.99", "6.1.100", "6.12.7", "6.1.38-rc1", "6.1")]
    server.files["/pub/v6.x/sha256sums.asc"] = signers[0].sign("".join(f"{digest}  {name}\n" for name in names))
    server.files["/pub/v6.x/linux-6.1.100.tar.xz"] = tarball.read_bytes()
    assert find("kernel.org", tmp_path).version == "6.1.100"
    (tmp_path / "sources/linux-6.1.99.tar.xz").touch()
    server.files.clear()
    assert find("kernel.org", tmp_path).version == "6.1.100"
    assert find("kernel.org:6.1.99", tmp_path).version == "6.1.99"


@needs_gpg
def test_every_refusal_names_another_way(server, tmp_path):
    server.files.clear()
    with pytest.raises(LabError) as refusal:
        find("kernel.org", tmp_path)
    assert "KERNEL_LAB_SOURCE=debian" in refusal.value.remedy
    assert "KERNEL_LAB_SOURCE=PATH with a tarball or folder of Linux 6.1" in refusal.value.remedy


@needs_gpg
def test_tarball_with_a_flipped_bit_is_refused_and_deleted(server, tarball, tmp_path):
    bad = server.files[f"/pub/v6.x/{NAME}"] = flipped(tarball.read_bytes())
    with pytest.raises(LabError, match=r"not the one kernel\.org signed") as refusal:
        find("kernel.org", tmp_path)
    for data in (bad, tarball.read_bytes()):
        assert hashlib.sha256(data).hexdigest() in refusal.value.cause
    assert left_in(tmp_path) == []


@needs_gpg
def test_list_signed_by_another_key_is_refused(server, signers, tarball, tmp_path):
    server.files["/pub/v6.x/sha256sums.asc"] = signers[1].sign(listing(tarball.read_bytes()))
    with pytest.raises(LabError, match="is not signed by the key"):
        find("kernel.org", tmp_path)
    assert left_in(tmp_path) == []
    assert NAME not in [file for file, _range in server.asked]


@needs_gpg
def test_known_key_that_is_not_the_pinned_one_is_refused(server, signers, tarball, tmp_path, monkeypatch):
    """A keyring may hold more keys than the one that counts."""
    ours, other = signers
    both = tmp_path / "both.gpg"
    both.write_bytes(ours.keyring.read_bytes() + other.keyring.read_bytes())
    monkeypatch.setenv("KERNEL_LAB_KEYRING", str(both))
    find("kernel.org", tmp_path / "a")
    server.files["/pub/v6.x/sha256sums.asc"] = other.sign(listing(tarball.read_bytes()))
    with pytest.raises(LabError, match="is not signed by the key"):
        find("kernel.org", tmp_path / "b")


@needs_gpg
def test_list_changed_after_it_was_signed_is_refused(server, tarball, tmp_path):
    good = hashlib.sha256(tarball.read_bytes()).hexdigest()
    bad = hashlib.sha256(flipped(tarball.read_bytes())).hexdigest()
    signed = server.files["/pub/v6.x/sha256sums.asc"]
    server.files["/pub/v6.x/sha256sums.asc"] = signed.replace(good.encode(), bad.encode())
    with pytest.raises(LabError, match="BAD signature"):
        find("kernel.org", tmp_path)


@needs_gpg
def test_list_without_signature_is_refused(server, tarball, tmp_path):
    server.files["/pub/v6.x/sha256sums.asc"] = listing(tarball.read_bytes()).encode()
    with pytest.raises(LabError, match="is not signed by the key"):
        find("kernel.org", tmp_path)


@needs_gpg
@pytest.mark.parametrize("before", [True, False])
def test_lines_outside_the_signed_text_do_not_count(server, tarball, tmp_path, before):
    bad = server.files[f"/pub/v6.x/{NAME}"] = flipped(tarball.read_bytes())
    extra, signed = listing(bad).encode(), server.files["/pub/v6.x/sha256sums.asc"]
    server.files["/pub/v6.x/sha256sums.asc"] = extra + signed if before else signed + extra
    with pytest.raises(LabError):
        find("kernel.org", tmp_path)
    assert left_in(tmp_path) == []


@needs_gpg
def test_version_that_was_never_released(server, tmp_path):
    with pytest.raises(LabError, match=r"no linux-6\.1\.999\.tar\.xz"):
        find("kernel.org:6.1.999", tmp_path)


@needs_gpg
def test_download_that_breaks_off_goes_on_next_time(server, tarball, tmp_path):
    server.breaks_off_after = 1_000_000
    with pytest.raises(LabError, match="broke off after 1,000,000 of") as refusal:
        find("kernel.org", tmp_path)
    assert "goes on from where it stopped" in refusal.value.remedy
    assert left_in(tmp_path) == [NAME + ".part"]
    source = find("kernel.org", tmp_path)
    assert server.asked[-1] == (NAME, "bytes=1000000-")
    assert source.path.read_bytes() == tarball.read_bytes()
    assert left_in(tmp_path) == [NAME]


@needs_gpg
def test_interrupted_download_goes_on_next_time(server, tarball, tmp_path):
    def interrupt(what, done, _total):
        if what.endswith(NAME) and done > 1_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find("kernel.org", tmp_path, interrupt)
    assert find("kernel.org", tmp_path).path.read_bytes() == tarball.read_bytes()
    assert server.asked[-1][1].startswith("bytes=10")


@needs_gpg
def test_server_that_ignores_ranges(server, tarball, tmp_path):
    server.breaks_off_after = 1_000_000
    with pytest.raises(LabError):
        find("kernel.org", tmp_path)
    server.knows_ranges = False
    assert find("kernel.org", tmp_path).path.read_bytes() == tarball.read_bytes()
    assert server.asked[-1] == (NAME, "bytes=1000000-")


@needs_gpg
@pytest.mark.parametrize("extra", [b"", b"too much"])
def test_partial_file_that_is_complete_or_too_long(server, tarball, tmp_path, extra):
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / (NAME + ".part")).write_bytes(tarball.read_bytes() + extra)
    assert find("kernel.org", tmp_path).path.read_bytes() == tarball.read_bytes()
    assert [wanted for file, wanted in server.asked if file == NAME][1:] == ([None] if extra else [])


@needs_gpg
def test_server_without_the_file_or_no_server(server, tmp_path, monkeypatch):
    del server.files[f"/pub/v6.x/{NAME}"]
    with pytest.raises(LabError, match="answered 404"):
        find("kernel.org", tmp_path)
    with Server() as closed:
        monkeypatch.setenv("KERNEL_LAB_KERNEL_ORG", f"http://127.0.0.1:{closed.server_port}")
    with pytest.raises(LabError, match="Connection refused") as refusal:
        find("kernel.org", tmp_path)
    assert "network" in refusal.value.remedy


@needs_gpg
def test_fetching_the_key_needs_programs_that_are_named(server, tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "gpgv").symlink_to(shutil.which("gpgv"))
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("KERNEL_LAB_KEYRING")
    with pytest.raises(LabError, match="needs gpg and dirmngr") as refusal:
        find("kernel.org", tmp_path)
    assert "apt-get install gpg dirmngr" in refusal.value.remedy


@needs_gpg
def test_a_key_kept_from_last_time_is_used_and_checked(server, signers, tmp_path, monkeypatch):
    ours, other = signers
    monkeypatch.delenv("KERNEL_LAB_KEYRING")
    for cache, kept in ((tmp_path / "good", ours), (tmp_path / "bad", other)):
        (cache / "sources").mkdir(parents=True)
        (cache / "sources" / f"key-{ours.fingerprint}.gpg").write_bytes(kept.keyring.read_bytes())
    assert find("kernel.org", tmp_path / "good").path.exists()
    with pytest.raises(LabError, match="is not signed by the key") as refusal:
        find("kernel.org", tmp_path / "bad")
    assert f"remove {tmp_path}" in refusal.value.remedy


@needs_gpg
def test_keyring_that_does_not_exist(server, tmp_path, monkeypatch):
    monkeypatch.setenv("KERNEL_LAB_KEYRING", str(tmp_path / "gone.gpg"))
    with pytest.raises(LabError, match=r"gone\.gpg, which does not exist"):
        find("kernel.org", tmp_path)
