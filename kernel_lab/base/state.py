# SPDX-License-Identifier: GPL-2.0-only
"""Small files in which the laboratory remembers something: written whole, and asked anew where they were cut short."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all, as an interrupt may come, or the disk fill up, at any moment."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8", errors="surrogateescape")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path) -> dict[str, Any] | None:
    """What was saved as JSON; None where there is nothing, or only a part that can't be read."""
    with suppress(OSError, ValueError):  # not UTF-8, or not JSON, is a ValueError
        if isinstance(data := json.loads(path.read_text(encoding="utf-8", errors="surrogateescape")), dict):
            return data
    return None
