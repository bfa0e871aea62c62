# SPDX-License-Identifier: GPL-2.0-only
"""kernel.org's tarball of a version, checked against the signed list of checksums.

Documented on https://www.kernel.org/signature.html.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from kernel_lab.base import disk, given
from kernel_lab.base.errors import LabError
from kernel_lab.base.process import first_line, run
from kernel_lab.base.progress import Progress

SITE = "https://cdn.kernel.org/pub/linux/kernel"

# Who signs kernel.org's lists of checksums: https://www.kernel.org/signature.html
SIGNER = "autosigner@kernel.org"
FINGERPRINT = "B8868C80BA62A1FFFAF5FDA9632D3A06589DA6B1"

PATIENCE_SECONDS = 30
CHUNK = 256 * 1024


def find(series: str, version: str, sources: Path, progress: Progress) -> tuple[str, Path]:
    """The version, and its tarball, downloaded into `sources` unless it is there. Raises LabError.

    Without a version it is the newest of the series: of those in `sources`, or else of the signed list.
    The tarball gets its name only after the check, so one that has it needs no second check.
    """
    if kept := _kept(f"linux-{version or series + '.*'}.tar.xz", sources):
        return kept
    base = os.environ.get("KERNEL_LAB_KERNEL_ORG", SITE).rstrip("/") + "/v6.x"
    # The list first: it is small, and without it the large file would be of no use.
    sums = _signed_sums(f"{base}/sha256sums.asc", sources, progress)
    version = version or _newest(series, sums)
    tarball = sources / _name(version)
    if tarball.name not in sums:
        raise LabError(
            f"kernel.org's signed list of checksums has no {tarball.name}.",
            'Check the version number, or choose "kernel.org", which is the newest one.',
        )
    part = tarball.with_name(tarball.name + ".part")
    _fetch(f"{base}/{tarball.name}", part, progress)
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sums[tarball.name]:
        part.unlink()
        raise LabError(
            f"The downloaded {tarball.name} is not the one kernel.org signed, and was deleted. "
            f"Its sha256 is {found}, the signed list says {sums[tarball.name]}.",
            "Run this again; if it happens twice, something between this machine and kernel.org changes downloads.",
        )
    return version, part.rename(tarball)


def _name(version: str) -> str:
    return f"linux-{version}.tar.xz"


def _sublevel(version: str) -> int:
    return int(version.rpartition(".")[2])


def _kept(pattern: str, sources: Path) -> tuple[str, Path] | None:
    """The newest of earlier downloads, and its version."""
    versions = [file.name.removeprefix("linux-").removesuffix(".tar.xz") for file in sources.glob(pattern)]
    newest = max(versions, key=_sublevel, default=None)
    return (newest, sources / _name(newest)) if newest else None


def _newest(series: str, names: Iterable[str]) -> str:
    found = (re.fullmatch(rf"linux-({re.escape(series)}\.\d+)\.tar\.xz", name) for name in names)
    versions = [match[1] for match in found if match]
    if not versions:
        raise LabError(f"kernel.org's signed list of checksums has no Linux {series}.", "Name a tarball of your own.")
    return max(versions, key=_sublevel)


# The signed list


def _signed_sums(url: str, sources: Path, progress: Progress) -> dict[str, str]:
    """The sha256 of each file, by its name, read from nothing but the signed part of the list at `url`."""
    with tempfile.TemporaryDirectory(prefix="kernel-lab-") as temp:
        listing = Path(temp) / "sha256sums.asc"
        _fetch(url, listing, progress)
        text = _signed_text(listing, url, sources)
    lines = (line.split() for line in text.splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2 and re.fullmatch("[0-9a-f]{64}", words[0])}


def _signed_text(listing: Path, url: str, sources: Path) -> str:
    """What the pinned key signed of this file. Raises LabError unless one good signature by that key covers it."""
    fingerprint = os.environ.get("KERNEL_LAB_KEY_FINGERPRINT", FINGERPRINT).replace(" ", "").upper()
    signed = listing.with_name("signed.txt")
    keyring = _keyring(sources, fingerprint)
    checked = run("gpgv", "--status-fd", "1", "--keyring", str(keyring), "--output", str(signed), str(listing))
    said = checked.stdout.decode(errors="replace").splitlines()
    status = [line.split()[1:] for line in said if line.startswith("[GNUPG:] ")]
    valid = [words for words in status if words[0] == "VALIDSIG"]
    good = [words for words in status if words[0] == "GOODSIG"]  # absent if the key has expired or was revoked
    # VALIDSIG's first word is the key that signed, its last the primary key which that one belongs to.
    genuine = len(valid) == len(good) == 1 and fingerprint in (valid[0][1], valid[0][-1])
    if checked.returncode or not genuine or not signed.exists():
        complaints = checked.stderr.decode(errors="replace")
        reason = first_line(complaints, "BAD|Can't|No public key|no valid|expired|revoked")
        raise LabError(
            f"The list of checksums {url} is not signed by the key {fingerprint}"
            f"{f' ({reason})' if reason else ''}. It was deleted, and nothing was downloaded on its word.",
            f"Run this again; if it happens twice, remove {keyring}, "
            "and compare the fingerprint with https://www.kernel.org/signature.html.",
        )
    return signed.read_text(errors="replace", encoding="utf-8")


def _keyring(sources: Path, fingerprint: str) -> Path:
    """A keyring with the signer's public key: the reader's own, or one fetched the way kernel.org documents."""
    if own := os.environ.get("KERNEL_LAB_KEYRING"):
        keyring = given.path(own, "Correct KERNEL_LAB_KEYRING, or unset it.")
        if not keyring.is_file():
            raise LabError(
                f"KERNEL_LAB_KEYRING names {keyring}, which does not exist.", "Correct the variable or unset it."
            )
        return keyring
    # Absolute, because gpgv looks for a bare name in the reader's ~/.gnupg.
    keyring = (sources / f"key-{fingerprint}.gpg").resolve()
    if not keyring.exists():
        key = _fetch_key(fingerprint)
        fresh = keyring.with_suffix(".part")
        fresh.write_bytes(key)
        fresh.rename(keyring)
    return keyring


def _fetch_key(fingerprint: str) -> bytes:
    if missing := [name for name in ("gpg", "gpgv", "dirmngr") if not shutil.which(name)]:
        raise LabError(
            f"Checking kernel.org's signature needs {' and '.join(missing)}.",
            f"Run `sudo apt-get install {' '.join(missing)}`, then this again.",
        )
    # Not in the cache: the sockets of gpg's helpers need a short path.
    with tempfile.TemporaryDirectory(prefix="kernel-lab-", ignore_cleanup_errors=True) as home:
        gpg = ("gpg", "--homedir", home, "--batch")
        try:
            located = run(*gpg, "--auto-key-locate", "clear,wkd", "--locate-keys", SIGNER)
            key = run(*gpg, "--export", fingerprint).stdout
        finally:
            run("gpgconf", "--homedir", home, "--kill", "all")
    if not key:
        reason = first_line(located.stderr.decode(errors="replace"), "error|fail")
        raise LabError(
            f"gpg could not get the key {fingerprint} of {SIGNER}: {reason}",
            "Check the network connection and run this again, or save the key's binary form yourself and set "
            "KERNEL_LAB_KEYRING to that file.",
        )
    return key


# The download


def _fetch(url: str, file: Path, progress: Progress) -> None:
    """Download into `file`, going on from where an earlier, broken-off download left it. Raises LabError."""
    have = file.stat().st_size if file.exists() else 0
    request = Request(url, headers={"User-Agent": "kernel-lab"} | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            # Unless it says 206, the server sends it all, whatever it was asked for.
            _save(answer, file, have if answer.status == 206 else 0, f"downloading {url.rpartition('/')[2]}", progress)
    except HTTPError as error:
        if error.code != 416 or not have:
            raise _refused(url, error) from error
        # Nothing is left to send, or `file` is no beginning of what the server has.
        if error.headers.get("Content-Range", "") != f"bytes */{have}":
            file.unlink()
            _fetch(url, file, progress)
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error  # urllib wraps what the network said
        raise LabError(
            f"{url} could not be downloaded: {getattr(reason, 'strerror', None) or reason}.",
            "Check the network connection and run this again; it goes on from where it stopped.",
        ) from error


def _save(answer: HTTPResponse, file: Path, have: int, what: str, progress: Progress) -> None:
    """Write what comes in behind the `have` bytes that are there. Raises LabError when the disk is full, or OSError."""
    length = int(answer.headers.get("Content-Length", 0))
    total = have + length if length else None
    disk.require_space(file.parent, length)
    try:
        with file.open("ab" if have else "wb") as out:
            progress(what, have, total)
            while chunk := answer.read(CHUNK):
                out.write(chunk)
                have += len(chunk)
                progress(what, have, total)
    except OSError as error:
        if error.errno in disk.FULL:
            raise disk.no_space(file.parent, length) from error
        raise
    if total and have < total:
        raise ConnectionError(f"it broke off after {have:,} of {total:,} bytes")


def _refused(url: str, error: HTTPError) -> LabError:
    return LabError(
        f"{url} could not be downloaded: the server answered {error.code} {error.reason}.",
        "Check this address and the version number in it, and run this again."
        if error.code == 404
        else "Wait a little and run this again.",
    )
