"""Tidy the outputs of notebook cells.

The guest's answers become transcripts, the laboratory's own messages stay plain text, empty outputs leave no trace.
"""

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput


def is_a(node, css_class: str) -> bool:
    return isinstance(node, nodes.Element) and css_class in node.get("classes", ())


def source_of(cell) -> str:
    return next((block.astext() for block in cell.findall(nodes.literal_block)), "")


def is_empty(output) -> bool:
    """True for what a cleared progress bar leaves: one display without a character in it."""
    drawn = (nodes.image, nodes.raw, nodes.table)
    return not output.astext().strip() and not any(isinstance(n, drawn) for n in output.findall())


def tidy(cell) -> None:
    from_guest = source_of(cell).lstrip().startswith("%%guest")
    for outputs in [n for n in cell.children if is_a(n, "cell_output")]:
        for output in list(outputs.children):
            if is_empty(output):
                outputs.remove(output)
            elif from_guest and is_a(output, "stream"):
                output["language"] = "transcript"
            elif is_a(output, "traceback") and "Traceback" not in output.astext():
                output["language"] = "text"  # a message for readers, which the lexer for tracebacks stumbles over
        if not outputs.children:
            cell.remove(outputs)


def tidy_all(_app, doctree) -> None:
    for cell in list(doctree.findall(lambda n: is_a(n, "cell"))):
        tidy(cell)


def open_fold(translator, node) -> None:
    """Begin a folded cell; its handle's name is what can be read on it."""
    begun = len(translator.body)
    visit_HideCellInput(translator, node)
    translator.body[begun:] = [
        part.replace(' aria-label="Toggle hidden content"', "") for part in translator.body[begun:]
    ]


def setup(app):
    app.setup_extension("myst_nb")
    app.add_node(HideCodeCellNode, override=True, html=(open_fold, depart_HideCellInput))
    app.connect("doctree-read", tidy_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
