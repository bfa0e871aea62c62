# SPDX-License-Identifier: GPL-2.0-only
"""Colour the bodies of the laboratory's cell magics in their own language, and the guest's transcripts."""

import re
from collections.abc import Iterator
from pathlib import PurePath

from ipython_pygments_lexers import IPython3Lexer
from pygments.lexer import Lexer
from pygments.lexers import BashLexer, CLexer, DiffLexer, MakefileLexer, TextLexer, get_lexer_for_filename
from pygments.token import Generic, Keyword, Operator, String, Whitespace, _TokenType
from pygments.util import ClassNotFound
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

CELL_MAGIC = re.compile(r"(\s*)(%%)(\w+)([^\n]*)(\n?)(.*)", re.DOTALL)
PROMPT = "# "
Token = tuple[int, _TokenType, str]
KEEP_TEXT = {"stripnl": False, "ensurenl": False}  # the pieces must add up to exactly the cell's text


class PatchLexer(DiffLexer):
    """A unified diff whose two lines with the file's name are headings, not a removed and an added line."""

    def get_tokens_unprocessed(self, text: str) -> Iterator[Token]:
        for index, token, value in super().get_tokens_unprocessed(text):
            yield index, Generic.Heading if value.startswith(("--- ", "+++ ")) else token, value


def file_lexer(path: str) -> type[Lexer]:
    """The language of a file that `%%source` writes, told by its name."""
    name = PurePath(path).name
    if name in ("Kbuild", "Makefile"):
        return MakefileLexer
    if name.endswith(".config"):
        return BashLexer  # CONFIG_X=y and # comments
    if name.endswith((".c", ".h")):
        return CLexer
    try:
        return type(get_lexer_for_filename(name))
    except ClassNotFound:
        return TextLexer


def body_lexer(magic: str, argument: str) -> type[Lexer] | None:
    """The language below a magic's line, or None if IPython's own lexer knows better."""
    match magic:
        case "patch":
            return PatchLexer
        case "source" | "file" | "writefile":
            return file_lexer(argument.split()[-1] if argument.split() else "")
        case "guest" | "repository":
            return BashLexer
        case "commit":
            return TextLexer
    return None


class LabLexer(Lexer):
    """Python cells as IPython colours them; the laboratory's magics in the language of their body."""

    name = "Laboratory cell"

    def get_tokens_unprocessed(self, text: str) -> Iterator[Token]:
        cell = CELL_MAGIC.match(text)
        lexer = body_lexer(cell[3], cell[4]) if cell else None
        if cell is None or lexer is None:
            yield from IPython3Lexer(**KEEP_TEXT).get_tokens_unprocessed(text)
            return
        for group, token in enumerate((Whitespace, Operator, Keyword, String, Whitespace), start=1):
            if cell[group]:
                yield cell.start(group), token, cell[group]
        for index, token, value in lexer(**KEEP_TEXT).get_tokens_unprocessed(cell[6]):
            yield cell.start(6) + index, token, value


class TranscriptLexer(Lexer):
    """A terminal's transcript: a line that begins with "# " is a command, every other line is its answer."""

    name = "Guest transcript"

    def get_tokens_unprocessed(self, text: str) -> Iterator[Token]:
        at = 0
        for line in text.splitlines(keepends=True):
            if line.startswith(PROMPT):
                yield at, Generic.Prompt, PROMPT
                yield at + len(PROMPT), Generic.Strong, line[len(PROMPT) :]
            else:
                yield at, Generic.Output, line
            at += len(line)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_lexer("ipython3", LabLexer)
    app.add_lexer("ipython", LabLexer)
    app.add_lexer("diff", PatchLexer)
    app.add_lexer("transcript", TranscriptLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
