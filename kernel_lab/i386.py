"""Debian's 32-bit busybox and libraries, for the kernel in the page: unpacked into the cache, not installed.

apt downloads and verifies them with package lists of their own, so that the machine's own setting stays as it is.
"""

import json
import shutil
import subprocess
from pathlib import Path

from kernel_lab import disk, state
from kernel_lab.errors import LabError
from kernel_lab.progress import Progress
from kernel_lab.shell import child, first_line, run

PACKAGES = ("busybox-static", "libbpf-dev", "libelf-dev", "zlib1g-dev")
LIBRARIES = "usr/lib/i386-linux-gnu"
RECORD = "sources.json"


def sysroot(cache: Path, progress: Progress) -> Path:
    """A folder with the packages' files. Raises LabError where apt has not got them."""
    root = cache / "i386"
    with disk.alone(cache, progress):
        if not root.exists():
            _fill(root, progress)
    return root


def sources(cache: Path) -> dict[str, str]:
    """For each package its Debian source package and version; nothing, if none has been unpacked."""
    return state.load(cache / "i386" / RECORD) or {}


def _fill(root: Path, progress: Progress) -> None:
    folder = root.with_name("i386.partial")
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("lists/partial", "debs", "root"):
        disk.make_folder(folder / part)
    progress("downloading Debian's 32-bit busybox and libraries", 0, None)
    # What is wrong with a list that is not needed is not our business: the download tells.
    _apt(folder, "update")
    said = _apt(folder, "download", *(f"{package}:i386" for package in PACKAGES))
    debs = sorted((folder / "debs").glob("*.deb"))
    if len(debs) != len(PACKAGES):
        raise LabError(
            f"apt could not download {', '.join(PACKAGES)} for i386: {first_line(said, '^E: ')}",
            "Check the network connection and run this again. Where your system has no i386 packages, the rest of the "
            "book works: .venv/bin/jupyter-book build book renders it without the kernel in the page.",
        )
    for deb in debs:
        unpacked = run("dpkg-deb", "-x", str(deb), str(folder / "root"))
        if unpacked.returncode:
            disk.raise_if_full(unpacked.stderr.decode())
            raise LabError(f"{deb.name} can't be unpacked: {first_line(unpacked.stderr.decode())}", "Run this again.")
    record = dict(zip(PACKAGES, map(_source, debs), strict=True))
    (folder / "root" / RECORD).write_text(json.dumps(record), encoding="utf-8")
    (folder / "root").rename(root)
    shutil.rmtree(folder)


def _source(deb: Path) -> str:
    show = "${source:Package} ${source:Version}"
    return run("dpkg-deb", "--show", f"--showformat={show}", str(deb)).stdout.decode()


def _apt(folder: Path, *command: str) -> str:
    settings = {
        "APT::Architectures::": "i386",
        "APT::Sandbox::User": "root",  # its sandbox user could not write to a folder of ours
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder,
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    argv = ["apt-get", "-q", *options, *command]
    with child(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder / "debs") as process:
        return process.communicate()[0].decode(errors="replace")
