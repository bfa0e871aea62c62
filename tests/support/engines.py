# SPDX-License-Identifier: GPL-2.0-only
"""Browsers beside Chromium, as Debian has them: Firefox, driven by its own protocol, and WebKitGTK by its WebDriver.

Playwright drives only browsers of its own making. What is used of these two is small: go to an address, run a script.
A page's complaints are noted by a script that the server puts into it, before all others.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from browser import Handler

SECONDS = 90  # for one wait; far more than it takes
MINI_BROWSER = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"
NOTE_COMPLAINTS = b"""<head><script>
window.complaints = [];
for (const level of ["error", "warn"]) console[level] = (...words) => complaints.push(level + ": " + words.join(" "));
addEventListener("error", (event) => complaints.push("error: " + (event.message ?? event.target.src)), true);
addEventListener("unhandledrejection", (event) => complaints.push("rejected: " + event.reason));
addEventListener("securitypolicyviolation", (event) => complaints.push("forbidden: " + event.blockedURI));
</script>"""
PHONE = "<!DOCTYPE html><iframe title='page' style='width: 390px; height: 800px' src='/{page}'></iframe>"


class Engine:
    """A browser with one window."""

    name: str

    def goto(self, url: str) -> None:
        raise NotImplementedError

    def run(self, script: str) -> Any:
        """What a script returns."""
        raise NotImplementedError

    def wait(self, condition: str) -> float:
        """Until an expression is true; returns how many seconds that took."""
        since = time.monotonic()
        while not self.run(f"return Boolean({condition})"):
            assert time.monotonic() - since < SECONDS, f"{self.name} waits for {condition}"
        return time.monotonic() - since


class Firefox(Engine):
    """By Marionette: messages LENGTH:JSON on a socket, as geckodriver sends them, which Debian does not have."""

    name = "Firefox"

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.stream = self.socket.makefile("rb")
        self.read()
        self.ask("WebDriver:NewSession", {})

    def read(self) -> Any:
        length = b""
        while (byte := self.stream.read(1)) != b":":
            length += byte
        return json.loads(self.stream.read(int(length)))

    def ask(self, command: str, parameters: dict[str, Any]) -> Any:
        message = json.dumps([0, 1, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, answer = self.read()
        assert not error, error
        return answer

    def goto(self, url: str) -> None:
        self.ask("WebDriver:Navigate", {"url": url})

    def run(self, script: str) -> Any:
        return self.ask("WebDriver:ExecuteScript", {"script": script, "args": [], "sandbox": None})["value"]


class WebKit(Engine):
    """By WebDriver."""

    name = "WebKitGTK"

    def __init__(self, port: int, browser: str):
        self.address = f"http://127.0.0.1:{port}"
        options = {"binary": browser, "args": ["--automation"]}
        answer = self.ask("/session", {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}})
        self.address += f"/session/{answer['sessionId']}"

    def ask(self, path: str, parameters: dict[str, Any]) -> Any:
        request = urllib.request.Request(self.address + path, json.dumps(parameters).encode())
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise AssertionError(error.read().decode()) from None

    def goto(self, url: str) -> None:
        self.ask("/url", {"url": url})

    def run(self, script: str) -> Any:
        return self.ask("/execute/sync", {"script": script, "args": []})

    def end(self) -> None:
        with urllib.request.urlopen(urllib.request.Request(self.address, method="DELETE"), timeout=SECONDS):
            pass


@contextmanager
def program(*argv: str | Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(argv, **quiet | options) as running:
        try:
            yield running
        finally:
            running.terminate()


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    preferences = {"marionette.port": 0, "datareporting.policy.dataSubmissionEnabled": False}
    preferences |= {
        "network.dns.disabled": True,
        "app.update.enabled": False,
        "browser.shell.checkDefaultBrowser": False,
    }
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
    (folder / "user.js").write_text("".join(lines))
    argv = ("firefox-esr", "--headless", "--no-remote", "--marionette", "--profile", folder)
    with program(*argv, env=os.environ | {"HOME": str(folder)}):
        yield Firefox(int(soon(lambda: (folder / "MarionetteActivePort").read_text())))


@contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    (browser,) = Path("/").glob(MINI_BROWSER.removeprefix("/"))
    with ExitStack() as stack:
        read, write = os.pipe()
        argv = ("Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1000x24", "-nolisten", "tcp")
        stack.enter_context(program(*argv, pass_fds=(write,)))
        os.close(write)
        with os.fdopen(read) as display:
            number = display.readline().strip()
        plain = {"DISPLAY": f":{number}", "HOME": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1", "NO_AT_BRIDGE": "1"}
        plain |= {"WEBKIT_DISABLE_COMPOSITING_MODE": "1", "GSETTINGS_BACKEND": "memory"}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        stack.enter_context(program("WebKitWebDriver", f"--port={port}", env=os.environ | plain))
        soon(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/status").close())
        engine = WebKit(port, str(browser))
        stack.callback(engine.end)
        yield engine


def soon(look: Any) -> Any:
    """What is there a moment after a program was started."""
    since = time.monotonic()
    while True:
        try:
            if (found := look()) != "":
                return found
        except (OSError, URLError):
            if time.monotonic() - since > SECONDS:
                raise
        time.sleep(0.1)


ENGINES = {"Firefox": firefox, "WebKitGTK": webkit}


def lacking(engine: str) -> str | None:
    """What has to be installed for it, if anything."""
    needs = {"Firefox": ("firefox-esr",), "WebKitGTK": ("WebKitWebDriver", "Xvfb")}[engine]
    missing = [name for name in needs if not shutil.which(name)]
    return f"There is no {' and no '.join(missing)}. Install them: ./install.sh engines" if missing else None


class Watching(Handler):
    """The book's pages with NOTE_COMPLAINTS; and at /_phone/PAGE a page as narrow as on a phone."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/_phone/"):
            self.give(PHONE.format(page=path.removeprefix("/_phone/")).encode())
        elif path.endswith(".html"):
            self.give(Path(self.translate_path(path)).read_bytes().replace(b"<head>", NOTE_COMPLAINTS, 1))
        else:
            super().do_GET()

    def give(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
