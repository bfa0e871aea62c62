"""Debian's package of the kernel source: installed, downloaded by apt, or kept from last time."""

import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from kernel_lab import disk, kernel_org
from kernel_lab.errors import LabError
from kernel_lab.progress import Progress
from kernel_lab.shell import answer, child, first_line

PACKAGE = "linux-source-6.1"
INSTALLED = Path("/usr/src/linux-source-6.1.tar.xz")
IN_PACKAGE = "./usr/src/linux-source-6.1.tar.xz"


def find(sources: Path, progress: Progress) -> tuple[str, Path] | None:
    """The package's version and tarball: the installed one, else the one apt offers, else the newest in `sources`.

    None where there is none of them; raises LabError when apt has one but can't download it.
    """
    if INSTALLED.is_file() and (version := _installed_version()):
        return version, INSTALLED
    if offer := _offered():
        version, size = offer
        tarball = sources / f"{PACKAGE}_{version}.tar.xz"
        try:
            if not tarball.exists():
                _download(version, size, tarball, progress)
            return version, tarball
        except LabError:
            if not _kept(sources):
                raise
    return _kept(sources)


def _installed_version() -> str | None:
    words = answer("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", PACKAGE).split()
    return words[1] if words[:1] == ["installed"] else None


def _offered() -> tuple[str, int] | None:
    """The version apt would download, and its size in bytes; None if apt has nothing to download."""
    stanza = answer("apt-cache", "--no-all-versions", "show", PACKAGE).partition("\n\n")[0]
    fields = dict(re.findall(r"^(Version|Size|Filename): *([\w./+~-]+)$", stanza, re.MULTILINE))
    return (fields["Version"], int(fields["Size"])) if len(fields) == 3 else None


def _kept(sources: Path) -> tuple[str, Path] | None:
    """The newest of earlier downloads. Their versions differ only in numbers, and 6.1.90 is older than 6.1.192."""
    tarballs = sources.glob(f"{PACKAGE}_*.tar.xz")
    newest = max(tarballs, key=lambda file: [*map(int, re.findall(r"\d+", file.name))], default=None)
    return newest and (newest.name.removeprefix(f"{PACKAGE}_").removesuffix(".tar.xz"), newest)


def _download(version: str, size: int, tarball: Path, progress: Progress) -> None:
    """Let apt download the package and check it against the archive's signature; keep only the tarball inside."""
    folder = tarball.with_name("debian.partial")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        disk.require_space(tarball.parent, 2 * size)
        folder.mkdir()
        deb = _package(version, size, folder, progress)
        _take_out(deb, folder / tarball.name, size, progress)
        (folder / tarball.name).rename(tarball)
    except OSError as error:
        raise disk.failed(f"download {PACKAGE}", tarball.parent, 2 * size, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _package(version: str, size: int, folder: Path, progress: Progress) -> Path:
    # Its sandbox user could not write to a folder of root's, and apt would warn.
    apt = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", f"{PACKAGE}={version}"]
    with child(apt, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder) as process:
        said = _watch(process, f"downloading {PACKAGE}", folder, size, progress)
    debs = list(folder.glob("*.deb"))
    if process.returncode or len(debs) != 1:
        disk.raise_if_full(said)
        raise _apt_failed(version, said)
    return debs[0]


def _apt_failed(version: str, said: str) -> LabError:
    errors = [line for line in said.splitlines() if line.startswith("E: ")] or [first_line(said)]
    stale = re.search(r"\b404\b|Unable to locate|was not found|Can't find|Hash Sum mismatch", said)
    return LabError(
        f"apt could not download {PACKAGE} {version}: {errors[0].removeprefix('E: ')}",
        "Its lists of packages are out of date: run `sudo apt-get update`, then this again."
        if stale
        else f'Check the network connection and run this again, or choose "kernel.org:{kernel_org.VERSION}".',
    )


def _take_out(deb: Path, tarball: Path, size: int, progress: Progress) -> None:
    with (
        tarball.open("wb") as file,
        child(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as package,
        child(["tar", "-xOf-", IN_PACKAGE], stdin=package.stdout, stdout=file, stderr=subprocess.PIPE) as tar,
    ):
        package.stdout.close()  # so that dpkg-deb notices if tar ends first
        said = _watch(tar, f"taking the tarball out of {deb.name}", tarball, size, progress)
    if tar.returncode or package.returncode:
        disk.raise_if_full(said)
        raise LabError(f"{deb.name} holds no readable {IN_PACKAGE}: {first_line(said)}", "Run this again.")


def _watch(process: subprocess.Popen, what: str, growing: Path, size: int, progress: Progress) -> str:
    """Wait for a program, reporting how large its file (or the files in its folder) has grown; return what it said."""
    while True:
        try:
            said = b"".join(filter(None, process.communicate(timeout=0.2)))
            return said.decode(errors="replace")
        except subprocess.TimeoutExpired:
            sizes = []
            for file in growing.iterdir() if growing.is_dir() else [growing]:
                with suppress(FileNotFoundError):  # apt renames them
                    sizes.append(file.stat().st_size)
            progress(what, min(sum(sizes), size), size)
