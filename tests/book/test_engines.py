# SPDX-License-Identifier: GPL-2.0-only
"""The same pages in Firefox and in WebKit: what a reader does first. All else is tried in Chromium alone.

What can't be driven here: keys and touches as of a hand (a script clicks and types). WebKitGTK's protocol has no log,
so that in both the page itself notes complaints; and a phone is a frame of its width.
"""

import json
from collections.abc import Iterator

import pytest
from browser import served
from engines import ENGINES, Engine, Watching, lacking

from kernel_lab.page import states

PAGES = ("book/index", "book/playground", "notebooks/02-the-types-header", "search")
SIDEWAYS = "(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(%s.documentElement)"
PHONE = "document.querySelector('iframe').contentDocument"
LOG = "document.querySelector('.kernel-log').textContent"

pytestmark = pytest.mark.usefixtures("saved_kernels")


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, tmp_path_factory) -> Iterator[Engine]:
    if reason := lacking(request.param):
        pytest.skip(reason)
    with ENGINES[request.param](tmp_path_factory.mktemp("home")) as started:
        yield started


def click(engine: Engine, selector: str) -> None:
    engine.run(f"document.querySelector({json.dumps(selector)}).click()")


def command(engine: Engine, text: str) -> None:
    engine.run(f"""
        const input = document.querySelector(".kernel-line input");
        input.value = {json.dumps(text)};
        input.form.requestSubmit();""")


def complaints(engine: Engine) -> list[str]:
    return engine.run("return window.complaints")


def test_a_reader_s_first_steps(engine, html):
    with served(html, Watching) as site:
        engine.goto(f"{site}book/index.html")
        click(engine, ".kernel-start")
        times = {"click to prompt": engine.wait("document.querySelector('.kernel-line input')")}
        command(engine, "echo 1 > /sys/oreore/bpf; cat /sys/oreore/bpf")
        times["43"] = engine.wait(f"{LOG}.endsWith('\\n43\\n')")
        assert engine.run(f"return {LOG}") == (
            f"{states.transcript(states.stage_at(7))}\n# echo 1 > /sys/oreore/bpf; cat /sys/oreore/bpf\n43\n"
        )
        command(engine, "seq 2000; echo d''one")
        times["2,000 lines"] = engine.wait(f"{LOG}.endsWith('\\n2000\\ndone\\n')")
        assert complaints(engine) == []

        engine.goto(f"{site}book/playground.html")
        click(engine, ".pg-buttons .pg-main")
        engine.wait("document.querySelector('.pg-result')?.textContent.includes('Accepted')")
        assert complaints(engine) == []
    print(engine.name, {what: round(seconds, 1) for what, seconds in times.items()})


def test_no_page_complains_or_scrolls_sideways(engine, html):
    with served(html, Watching) as site:
        for page in PAGES:
            engine.goto(f"{site}{page}.html")
            assert (page, complaints(engine)) == (page, [])
            assert (page, engine.run(f"return {SIDEWAYS % 'document'}")) == (page, False)
            engine.goto(f"{site}_phone/{page}.html")
            assert (page, engine.run(f"return {SIDEWAYS % PHONE}")) == (page, False)


def test_the_book_from_disk(engine, html):
    """Where each engine has its own idea of what a page may read, and of what the policy's words mean."""
    engine.goto((html / "book/index.html").as_uri())
    click(engine, ".kernel-start")
    engine.wait("document.querySelector('.kernel-line input')")
    command(engine, "echo 100 > /sys/oreore/bpf; cat /sys/oreore/bpf")
    engine.wait(f"{LOG}.endsWith('\\n142\\n')")
    engine.goto(f"{(html / 'search.html').as_uri()}?q=43")
    engine.wait("document.querySelectorAll('#search-results a').length > 2")
