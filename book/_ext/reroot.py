"""Make the repository the book's source folder, so that pages may lie in notebooks/, beside book/."""

from pathlib import Path


def setup(app):
    # Sphinx keeps its own kind of path here; a plain Path would lack its methods.
    app.srcdir = type(app.srcdir)(Path(__file__).resolve().parents[2])
    return {"parallel_read_safe": True, "parallel_write_safe": True}
