# SPDX-License-Identifier: GPL-2.0-only
"""A real browser for the tests: Chromium, and a web server that gives the rendered book out on this machine."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from rendered import ROOT

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
# What was just unfolded fades in, and pale words have too little contrast. What turns for ever has no end to go to.
END_ANIMATIONS = """() => document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().endTime < Infinity)
  .forEach((animation) => animation.finish())"""
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # which root needs; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no name leads out of this machine
]


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


@contextmanager
def served(html: Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """The address at which a folder is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=html)) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def site(html) -> Iterator[str]:
    """The address at which the book's folder is served."""
    with served(html) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: Playwright keeps an event loop running, which tests that run notebooks must not meet."""
    chromium = _chromium()
    if not chromium and not os.environ.get("CI"):
        pytest.skip("no Chromium answers here: see make doctor")
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS) as it:
        yield it


def _chromium() -> str | None:
    """A Chromium that answers: on Ubuntu, a program of this name may only say that there is one elsewhere."""
    for name in CHROMIUMS:
        if (found := shutil.which(name)) and subprocess.run([found, "--version"], capture_output=True).returncode == 0:
            return found
    return None


def watch(context: BrowserContext, own: tuple[str, ...], complaints: list[str]) -> None:
    """Note what goes wrong in the context's pages: errors, warnings, and what they ask of others than `own`."""

    def note(wrong: bool, what: str) -> None:
        if wrong:
            complaints.append(what)

    context.on("console", lambda said: note(said.type in ("error", "warning"), f"{said.type}: {said.text}"))
    context.on("weberror", lambda thrown: note(True, f"uncaught: {thrown.error}"))
    context.on("request", lambda asked: note(not asked.url.startswith(own), f"asks others: {asked.url}"))
    context.on("response", lambda got: note(got.status >= 400, f"answers {got.status}: {got.url}"))


@pytest.fixture
def new_page(browser, site, html) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a context of its own with the options given; the test fails if one of them complains."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(**options) -> Page:
        context = browser.new_context(**{"viewport": DESKTOP, "base_url": site, "reduced_motion": "reduce"} | options)
        contexts.append(context)
        context.set_default_timeout(10_000)  # the pages are on this machine
        watch(context, (site, html.as_uri(), "data:", "blob:"), complaints)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page) -> Page:
    """A page as on a desktop, with nothing in it yet: `page.goto("book/index.html")`."""
    return new_page()


def violations(page: Page) -> list[str]:
    """What axe finds wrong for people who use the page without a mouse or without seeing it, by all of its rules."""
    page.evaluate(END_ANIMATIONS)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{rule['id']}: {node['target']} {node['html']}" for rule in found for node in rule["nodes"]]
