# SPDX-License-Identifier: GPL-2.0-only
"""The book's C, made into another type's: the same items, but for those that a template has in their place.

So what depends on no field is the book's own text, renamed, and has no second copy to grow old.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from kernel_lab.base.errors import LabError

try:
    import jinja2
except ImportError:  # the system's Python, which boots the finished kernel without any package
    raise LabError(
        "What writes a type of your own needs Python packages.",
        "./install.sh python, and then the same with .venv/bin/kernel-lab.",
    ) from None

BOOK = "oreore"
"""The name of the book's type."""

COLUMNS = 100
TAB = 8

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
DEFINED = re.compile(r"^config (\w+)|^\t(\w+),|(\w+)(?:\(|\[\]|;| = | \{)", re.MULTILINE)

_LOADER = jinja2.PackageLoader("kernel_lab.scaffold")
_JINJA = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def _swap(text: str, old: str, new: str) -> str:
    """A text with another in the place of `old`, which must be there: otherwise the book has changed."""
    if old not in text:
        raise ValueError(f"The book's text has no {old!r} any more, which a template replaces.")
    return text.replace(old, new)


_JINJA.filters["swap"] = _swap
_NOTHING = _JINJA.from_string("")


def rename(text: str, name: str) -> str:
    """The book's text, of a type with another name."""
    if name[0] not in "aeiou":
        text = text.replace(f" an {BOOK}", f" a {BOOK}")
    return text.replace(BOOK, name).replace(BOOK.upper(), name.upper())


def render(template: str, name: str, **values: Any) -> str:
    """A template of a whole file."""
    return _template(template, name).render(values)


def overlay(book: str, template: str, name: str, **values: Any) -> str:
    """A file of the book's, renamed, with the template's blocks in the place of the items that they are named for.

    A block has the item's own text as `book`; where it leaves nothing, the item is left out.
    Raises ValueError where the book has no such item, or not the text that a block replaces.
    """
    return laid_out("\n\n".join(filter(None, overlaid(items(book), template, name, **values))))


def overlaid(book: Iterable[str], template: str, name: str, **values: Any) -> list[str]:
    """The same of a file's items, each as it becomes."""
    blocks = dict(_template(template, name).blocks)
    made = [_made(rename(item, name), blocks, values) for item in book]
    if blocks:
        raise ValueError(f"The book's text has no {', '.join(blocks)} any more, which {template} replaces.")
    return made


def _made(item: str, blocks: dict[str, Any], values: Mapping[str, Any]) -> str:
    if not (block := blocks.pop(defined(item), None)):
        return item
    body, end = item.rstrip("\n"), item[len(item.rstrip("\n")) :]
    context = _NOTHING.new_context({**values, "book": body})
    made = "".join(block(context)).strip("\n")
    return made and made + end


@lru_cache
def _template(template: str, name: str) -> jinja2.Template:
    """A template, which names things as the book does, for a type of another name."""
    source, _, _ = _LOADER.get_source(_JINJA, template)
    return _JINJA.from_string(rename(source, name))


def items(text: str) -> list[str]:
    """A file in C, cut at the empty lines that are not inside of a function."""
    found: list[str] = []
    for part in text.split("\n\n"):
        if found and part.startswith(("\t", " ")):
            found[-1] += f"\n\n{part}"
        else:
            found.append(part)
    return found


def defined(item: str) -> str:
    """What an item defines; of one that defines nothing, its first line as a word; "head" of a file's first lines."""
    if "SPDX-License-Identifier" in item:
        return "head"
    code = COMMENT.sub("", item).strip("\n")
    lines = [line for line in code.split("\n") if not line.startswith("#")] or [code]
    if match := DEFINED.search("\n".join(lines)):
        return str(next(filter(None, match.groups())))
    return re.sub(r"\W+", "_", item.split("\n")[0]).strip("_")


# Columns -----------------------------------------------------------------------------------------


def laid_out(text: str) -> str:
    """C with each line that goes on inside of brackets below what they open, and none longer than it may be."""
    done: list[str] = []
    opened: list[int] = []  # the columns of brackets that are open
    lines = [*zip(text.split("\n"), _bare(text).split("\n"), strict=True)][::-1]
    while lines:
        line, bare = lines.pop()
        if opened and bare.strip() and not line.lstrip().startswith('"'):  # strings stand below each other
            column = opened[-1] + 1
            indent, start = "\t" * (column // TAB) + " " * (column % TAB), len(line) - len(line.lstrip())
            line, bare = indent + line[start:], indent + bare[start:]
        if end := _too_long(bare):
            lines.append((line[end:], bare[end:]))
            line, bare = line[:end].rstrip(), bare[:end].rstrip()
        done.append(line)
        for at, character in enumerate(bare):
            if character == "(":
                opened.append(len(bare[:at].expandtabs(TAB)))
            elif character == ")" and opened:
                opened.pop()
    return "\n".join(done)


def _bare(text: str) -> str:
    """C whose comments are blanks, and whose strings have no brackets."""
    return LITERAL.sub(lambda match: "x" * len(match[0]), COMMENT.sub(_blanks, text))


def _blanks(comment: re.Match[str]) -> str:
    return re.sub(r"[^\n\t]", " ", comment[0])


def _too_long(bare: str) -> int:
    """Where a line of C that is too long can be broken; 0 where it need not, or can't."""
    if len(bare.rstrip().expandtabs(TAB)) <= COLUMNS:
        return 0
    ends = [match.end() for match in re.finditer(r", ", bare) if len(bare[: match.end()].expandtabs(TAB)) <= COLUMNS]
    return max(ends, default=0)
