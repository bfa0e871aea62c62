# SPDX-License-Identifier: GPL-2.0-only
"""The kernel in the page: the directives `{kernel-console}` and `{kernel-playground}`, a console at the end of each
notebook that has a saved machine, and the files that all of them load."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from kernel_lab.page import states

FOLDER = "_kernel"
INTRODUCTION = (
    "The kernel as it is at the end of this notebook, built for 32-bit x86, runs in this page: "
    "no installation, no server. What you do in it is gone when you leave."
)


def console(env: BuildEnvironment, stage: states.Stage) -> str:
    if not is_made(env, stage):
        return missing()
    size = states.downloads(stage)
    data = {"step": f"{stage.step:02}", "transcript": states.transcript(stage), "tries": json.dumps(stage.tries)}
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
    return f"""\
<div class="kernel-console"{attributes} data-parts="{attribute(states.needs(stage))}">
<button type="button" class="kernel-start" disabled>Start the kernel</button>
<span class="kernel-hint">{size / 1e6:.1f} MB to download, then a second or two. Nothing leaves this page.</span>
<noscript><p>The kernel is run by JavaScript, which is switched off here.</p></noscript>
</div>
{script(env.docname, "console")}"""


def playground(env: BuildEnvironment, stage: states.Stage) -> str:
    if not is_made(env, stage):
        return missing()
    return f"""\
<div id="playground" class="playground" data-step="{stage.step:02}"
data-parts="{attribute(states.needs(stage))}">
<noscript><p>The playground needs JavaScript, and this browser has it switched off. The notebooks do the same on your
own machine: chapter 6 loads seven programs that are refused.</p></noscript>
</div>
{script(env.docname, "playground")}"""


def attribute(parts: dict[str, states.Part]) -> str:
    return escape(json.dumps({name: asdict(part) for name, part in parts.items()}))


def is_made(env: BuildEnvironment, stage: states.Stage) -> bool:
    """Whether the machine is there. When that changes, or the machine or a script does, the page is made again."""
    env.note_dependency(str(states.contents()))
    return stage.name in states.parts()


def missing() -> str:
    text = "This copy of the book was made without the kernel. <code>make book</code> adds it."
    return f'<p class="kernel-missing">{text}</p>'


def script(docname: str, name: str) -> str:
    """The tag that brings a page's console or playground to life."""
    return f'<script defer src="{"../" * docname.count("/")}{FOLDER}/{states.parts()[name].file}"></script>'


class KernelDirective(SphinxDirective):
    """What a page shows of the machine as it is at the end of a notebook, whose number is the argument."""

    required_arguments = 1
    show: Callable[[BuildEnvironment, states.Stage], str]

    def run(self) -> list[nodes.Node]:
        stage = states.stage_at(int(self.arguments[0]))
        return [nodes.raw("", type(self).show(self.env, stage), format="html")]


class ConsoleDirective(KernelDirective):
    show = staticmethod(console)


class PlaygroundDirective(KernelDirective):
    show = staticmethod(playground)


def end_notebook(app: Sphinx, doctree: nodes.document) -> None:
    for stage in states.STAGES:
        if app.env.docname.startswith(f"notebooks/{stage.step:02}-"):
            section = nodes.section(ids=["try-it-here"], names=["try it here"])
            section += nodes.title("", "Try it here")
            section += nodes.paragraph("", INTRODUCTION)
            section += nodes.raw("", console(app.env, stage), format="html")
            next(doctree.findall(nodes.section)).append(section)


def copy_files(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.name == "html" and states.folder().is_dir():
        shutil.rmtree(app.outdir / FOLDER, ignore_errors=True)  # what older pages loaded
        unwanted = shutil.ignore_patterns("*.txt", "*.sha256", "*.json")
        shutil.copytree(states.folder(), app.outdir / FOLDER, ignore=unwanted)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("kernel-console", ConsoleDirective)
    app.add_directive("kernel-playground", PlaygroundDirective)
    app.connect("doctree-read", end_notebook)
    app.connect("build-finished", copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
