# SPDX-License-Identifier: GPL-2.0-only
"""Command lines as a reader can copy them: quoted for a shell, and the folder of the tree in one variable."""

import re
import shlex
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

# The same on every machine, whatever the cache is called there; and it finds the tree on each.
FOLDERS = "CACHE=${{KERNEL_LAB_CACHE:-~/.cache/kernel-lab}}\nTREE=$CACHE/{}\n"
CPUS = "$(nproc)"
GOES_ON = " \\\n    "


def copyable(argv: Iterable[str], root: Path, environment: Mapping[str, str] | None = None) -> str:
    """The lines for a shell that run a program as the laboratory runs it; `root` is the tree's folder, in the cache.

    The folders need no quotes: cache.py refuses names that would.
    """
    settings = [f"{name}={value}" for name, value in (environment or {}).items()]
    words = [*(["env", *settings] if settings else []), *argv]
    cache = root.parent.parent
    named = [word.replace(str(root), "$TREE").replace(str(cache), "$CACHE") for word in words]
    return FOLDERS.format(root.relative_to(cache)) + _lines([_quoted(word) for word in named])


def _quoted(word: str) -> str:
    if any(variable in word for variable in ("$TREE", "$CACHE", CPUS)):
        return word
    return shlex.quote(word)


def _lines(words: list[str]) -> str:
    """An option and what belongs to it in a line, so that it can be read on a phone."""
    lines = [words[0]]
    for before, word in pairwise(words):
        if re.match("-[^-]", before) and not word.startswith("-"):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return GOES_ON.join(lines)
