# SPDX-License-Identifier: GPL-2.0-only
"""Make nodes of predictions and solutions, which notebooks have as HTML: JupyterLab folds that, and no directive.

The choices of a prediction get an order that does not tell which one is right. Without the solutions, for a class, the
book is rendered by SOLUTIONS=no make book.
"""

import hashlib
import os
import re
from itertools import groupby

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

OPENING = re.compile(r'<details(?: class="([^"]*)")?>\s*<summary>(.*?)</summary>', re.DOTALL)
CLOSING = "</details>"
TAG = re.compile(rf"(<details.*?</summary>|{CLOSING})", re.DOTALL)


class Folded(nodes.General, nodes.Element):
    """What <details> holds; `summary` is the HTML that is always shown."""


class Choice(Folded):
    """One answer to a prediction, and what there is to say of it."""


class Solution(Folded):
    """What solves an exercise."""


def folded(css_classes: str, summary: str) -> Folded:
    classes = css_classes.split()
    if summary == "A solution":
        return Solution("", summary=summary, classes=[*classes, "solution"])
    kind = Choice if "choice" in classes else Folded
    return kind("", summary=summary, classes=classes)


def nested(children: list[nodes.Node], where: str) -> list[nodes.Node]:
    """The nodes, and those between <details> and </details> as one. Raises ExtensionError where one has no other."""
    open_ones: list[tuple[nodes.Element, list[nodes.Node]]] = [(nodes.Element(), [])]
    for child in children:
        for part in TAG.split(child.astext()) if isinstance(child, nodes.raw) else [child]:
            if isinstance(part, nodes.Node):
                open_ones[-1][1].append(part)
            elif opening := OPENING.fullmatch(part):
                open_ones.append((folded(opening[1] or "", opening[2]), []))
            elif part == CLOSING and len(open_ones) > 1:
                node, inside = open_ones.pop()
                node += inside
                open_ones[-1][1].append(node)
            elif part.strip():
                open_ones[-1][1].append(nodes.raw("", part, format="html"))
    if len(open_ones) > 1:
        raise ExtensionError(f"{where}: there is no </details> for “{open_ones[-1][0]['summary']}”")
    return open_ones[0][1]


def place(choice: Choice) -> str:
    """The same for each rendering, so that whoever comes back finds the choices where they were."""
    return hashlib.sha256(choice["summary"].encode()).hexdigest()


def shuffled(children: list[nodes.Node]) -> list[nodes.Node]:
    arranged: list[nodes.Node] = []
    for _, run in groupby(children, lambda node: isinstance(node, Choice)):
        neighbours = [*run]
        choices = sorted([node for node in neighbours if isinstance(node, Choice)], key=place)
        arranged += choices or neighbours
    return arranged


def make_nodes(app: Sphinx, doctree: nodes.document) -> None:
    for parent in [doctree, *doctree.findall(nodes.section)]:
        if any(isinstance(child, nodes.raw) and CLOSING in child.astext() for child in parent.children):
            found = nested(parent.children, doctree["source"])
            kept = [node for node in found if app.config.lab_solutions or not isinstance(node, Solution)]
            parent[:] = shuffled(kept)


def keep_sources_back(_app: Sphinx, config: Config) -> None:
    """They have the solutions in them."""
    config.html_copy_source = config.html_copy_source and config.lab_solutions


def unfold(translator: HTML5Translator, node: nodes.Element) -> None:
    translator.body.append(translator.starttag(node, "details", "") + f"<summary>{node['summary']}</summary>\n")


def fold(translator: HTML5Translator, _node: nodes.Element) -> None:
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    for kind in (Folded, Choice, Solution):
        app.add_node(kind, html=(unfold, fold))
    app.add_config_value("lab_solutions", os.environ.get("SOLUTIONS") != "no", "env")
    app.connect("config-inited", keep_sources_back)
    app.connect("doctree-read", make_nodes, priority=400)  # before those that look at what is between
    return {"parallel_read_safe": True, "parallel_write_safe": True}
