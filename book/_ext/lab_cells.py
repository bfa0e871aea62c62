# SPDX-License-Identifier: GPL-2.0-only
"""Tidy notebook cells.

The guest's answers become transcripts, what is said in a few words stays small, empty outputs leave no trace, and a
folded cell says what it holds: a file, or what its first line says. What answers a prediction is folded, so that it
does not stand below the question to be read with it; predictions.js unfolds it.
"""

from html import escape
from typing import TypeGuard

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from quizzes import Folded, fold
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

FEW_LINES = 3


def is_a(node: nodes.Node, css_class: str) -> TypeGuard[nodes.Element]:
    return isinstance(node, nodes.Element) and css_class in node.get("classes", ())


def source_of(cell: nodes.Element) -> str:
    return next((block.astext() for block in cell.findall(nodes.literal_block)), "")


def is_empty(output: nodes.Node) -> bool:
    """True for what a cleared progress bar leaves: one display without a character in it."""
    drawn = (nodes.image, nodes.raw, nodes.table)
    return not output.astext().strip() and not any(isinstance(n, drawn) for n in output.findall())


def is_message(output: nodes.Node) -> TypeGuard[nodes.Element]:
    """True for a few words of the laboratory's, or of a print(); code that is shown is longer, or indented."""
    lines = output.astext().rstrip().splitlines()
    return is_a(output, "stream") and len(lines) <= FEW_LINES and not any(line[:1].isspace() for line in lines)


def leave_corners_empty(output: nodes.Node) -> None:
    """A table's corner without a word in it is no heading, which a screen reader would announce."""
    for table in output.findall(nodes.raw):
        table[:] = [nodes.Text(table.astext().replace("<th></th>", "<td></td>"))]


def tidy(cell: nodes.Element) -> None:
    first_line = source_of(cell).split("\n", 1)[0]
    magic = first_line.split()
    from_guest, asks_guest = magic[:1] == ["%%guest"], "print(lab.transcript(" in source_of(cell)
    if magic[:1] == ["%%source"]:
        cell["prompt_show"] = f"The file {magic[-1]}"
    elif magic[:1] == ["%%patch"] and magic[1:]:  # for one kernel; the book is rendered on the first
        cell["prompt_show"] = f"The same for Linux {magic[-1]}"
    elif first_line.startswith("# "):
        cell["prompt_show"] = first_line.removeprefix("# ")
    folded_file = magic[:1] == ["%%source"] and is_a(cell, "tag_hide-input")
    for outputs in [n for n in cell.children if is_a(n, "cell_output")]:
        for output in list(outputs.children):
            leave_corners_empty(output)
            if is_empty(output) or (folded_file and is_message(output)):  # that it was written, and how many lines
                outputs.remove(output)
            elif is_a(output, "stream") and (from_guest or (asks_guest and output.astext().startswith("# "))):
                output["language"] = "transcript"
            elif is_message(output):
                output["classes"].append("message")
            elif is_a(output, "traceback") and "Traceback" not in output.astext():
                output["language"] = "text"  # a message for readers, which the lexer for tracebacks stumbles over
        if not outputs.children:
            cell.remove(outputs)


def introduces(paragraph: nodes.paragraph) -> bool:
    return paragraph.astext().endswith(":")


def fold_answer(cell: nodes.Element) -> None:
    """Fold what a cell prints as the answer to a prediction, and the paragraph after it, which says so in words."""
    printed = [n for n in cell.children if is_a(n, "cell_output")]
    after = cell.parent.index(cell) + 1
    words = [n for n in cell.parent.children[after : after + 1] if isinstance(n, nodes.paragraph) and not introduces(n)]
    for node in printed + words:
        node.parent.remove(node)
    inside = nodes.container("", *printed, classes=["cell"])
    cell.parent.insert(after, Folded("", inside, *words, summary="What it prints", classes=["answer"]))


def tidy_all(_app: Sphinx, doctree: nodes.document) -> None:
    for cell in [n for n in doctree.findall(nodes.Element) if is_a(n, "cell")]:
        tidy(cell)
        if is_a(cell, "tag_answer"):
            fold_answer(cell)


def unfold(translator: HTML5Translator, node: nodes.Element) -> None:
    """A folded cell: MyST-NB's own looks alike for each, and is read out as "Toggle hidden content"."""
    translator.body.append(f'<details class="hide"><summary>{escape(node["prompt_show"])}</summary>\n')


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("myst_nb")  # whose way to draw folded cells is replaced
    app.add_node(HideCodeCellNode, override=True, html=(unfold, fold))
    app.connect("doctree-read", tidy_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
