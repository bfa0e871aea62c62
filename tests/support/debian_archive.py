# SPDX-License-Identifier: GPL-2.0-only
"""An archive of Debian packages of our own, in a folder: real packages and signatures, for the real apt."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from fake_kernel_org import Signer

needs_apt = pytest.mark.skipif(not shutil.which("apt-get"), reason="there is no apt")

KERNEL_SUITE, GUEST_SUITE = "bookworm-security", "bookworm"


class DebianArchive:
    """The suites below `folder`, which KERNEL_LAB_DEBIAN names; what is published is signed by `signer`."""

    def __init__(self, folder: Path, signer: Signer):
        self.folder, self._signer = folder, signer
        self._packages: dict[str, list[str]] = {KERNEL_SUITE: [], GUEST_SUITE: []}
        for suite in self._packages:
            self.publish(suite)

    def place(self, suite: str) -> Path:
        return self.folder.with_name(self.folder.name + ("-security" if suite.endswith("-security") else ""))

    def publish(self, suite: str, deb: Path | None = None, arch: str = "amd64") -> None:
        """Write the suite's signed lists, for which `deb`, if there is one, is added to its packages."""
        if deb:
            self._packages[suite].append(self._stanza(suite, deb))
        lists = self.place(suite) / "dists" / suite
        binary = lists / f"main/binary-{arch}"
        binary.mkdir(parents=True, exist_ok=True)
        (binary / "Packages").write_text("\n".join(self._packages[suite]))
        release = f"Origin: Debian\nSuite: {suite}\nCodename: {suite}\nArchitectures: amd64 i386\nComponents: main\n"
        release += "Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n"
        for packages in sorted(lists.glob("main/*/Packages")):
            data = packages.read_bytes()
            release += f" {hashlib.sha256(data).hexdigest()} {len(data)} {packages.relative_to(lists)}\n"
        (lists / "InRelease").write_bytes(self._signer.sign(release))

    def _stanza(self, suite: str, deb: Path) -> str:
        pool = self.place(suite) / "pool"
        pool.mkdir(parents=True, exist_ok=True)
        data = Path(shutil.copy(deb, pool)).read_bytes()
        control = subprocess.run(["dpkg-deb", "--field", deb], capture_output=True, text=True, check=True).stdout
        digest = hashlib.sha256(data).hexdigest()
        return f"{control.strip()}\nFilename: pool/{deb.name}\nSize: {len(data)}\nSHA256: {digest}\n"


def make_deb(folder: Path, name: str, version: str, files: dict[str, Path], arch: str = "all") -> Path:
    """A package with these files, by their paths in it."""
    root = folder / f"{name}_{version}_{arch}"
    (root / "DEBIAN").mkdir(parents=True)
    fields = {"Package": name, "Version": version, "Architecture": arch, "Maintainer": "a <a@b>", "Description": "test"}
    (root / "DEBIAN/control").write_text("".join(f"{field}: {value}\n" for field, value in fields.items()))
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(content, root / path)
    deb = folder / f"{root.name}.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", root, deb], check=True, capture_output=True)
    return deb


@pytest.fixture
def debian_archive(signers, tmp_path, monkeypatch) -> DebianArchive:
    """An archive without a package, in place of Debian's."""
    ours, _other = signers
    keyring = Path(shutil.copy(ours.keyring, tmp_path / "ours.gpg"))  # apt goes by the name's ending
    monkeypatch.setenv("KERNEL_LAB_DEBIAN", f"file:{tmp_path}/debian")
    monkeypatch.setenv("KERNEL_LAB_DEBIAN_KEYRING", str(keyring))
    return DebianArchive(tmp_path / "debian", ours)
