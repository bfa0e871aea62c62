# SPDX-License-Identifier: GPL-2.0-only
"""A kernel.org of our own: a real web server, which misbehaves on request, and real signatures."""

import hashlib
import shutil
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tiny_kernel import NAME

needs_gpg = pytest.mark.skipif(not (shutil.which("gpg") and shutil.which("gpgv")), reason="needs gpg and gpgv")


class Server(ThreadingHTTPServer):
    """Serves `files`, and misbehaves on request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []  # the file, its Range header
        self.knows_ranges = True
        self.breaks_off_after: int | None = None  # for one request


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append((self.path.rpartition("/")[2], wanted))
        data = server.files.get(self.path)
        if data is None:
            return self.send_error(404)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.knows_ranges else 0
        if wanted and server.knows_ranges and start >= len(data):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(data)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = len(data)
        if self.path.endswith(".xz") and server.breaks_off_after is not None:
            end, server.breaks_off_after = server.breaks_off_after, None
        self.wfile.write(data[start:end])
        return None

    def log_message(self, *_):
        pass


class Signer:
    """A key of our own, and what it signs."""

    def __init__(self, home: str, name: str):
        self.gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        self.run("--quick-gen-key", name, "rsa2048", "sign", "never")
        listing = self.run("--with-colons", "--list-keys", name).decode()
        self.fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))
        self.keyring = Path(home) / f"{name}.keyring"
        self.keyring.write_bytes(self.run("--export", self.fingerprint))

    def run(self, *arguments: str, text: bytes = b"") -> bytes:
        return subprocess.run([*self.gpg, *arguments], input=text, stdout=subprocess.PIPE, check=True).stdout

    def sign(self, text: str) -> bytes:
        return self.run("--local-user", self.fingerprint, "--clearsign", text=text.encode())


@pytest.fixture(scope="module")
def signers():
    # A short path, because gpg-agent's socket lies in it.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        yield Signer(home, "ours"), Signer(home, "other")
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


def listing(data: bytes) -> str:
    return f"{'0' * 64}  linux-6.1.3.tar.xz\n{hashlib.sha256(data).hexdigest()}  {NAME}\n"


@pytest.fixture
def server(signers, tarball, monkeypatch):
    """A kernel.org of our own with one good tarball."""
    ours, _other = signers
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        monkeypatch.setenv("KERNEL_LAB_KERNEL_ORG", f"http://127.0.0.1:{server.server_port}/pub/")
        monkeypatch.setenv("KERNEL_LAB_KEYRING", str(ours.keyring))
        monkeypatch.setenv("KERNEL_LAB_KEY_FINGERPRINT", ours.fingerprint.lower())
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        server.files["/pub/v6.x/sha256sums.asc"] = ours.sign(listing(tarball.read_bytes()))
        server.files[f"/pub/v6.x/{NAME}"] = tarball.read_bytes()
        yield server
        server.shutdown()
        thread.join()
