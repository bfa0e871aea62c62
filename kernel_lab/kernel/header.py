# SPDX-License-Identifier: GPL-2.0-only
"""The numbers in a header of the kernel's: what its enums count."""

import re

ENUM = re.compile(r"^enum \w+ \{(.*?)^\};", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def numbers(header: str) -> dict[str, int]:
    """The value of each constant that the header's enums count, or that they give as a number or as another one."""
    found: dict[str, int] = {}
    for body in ENUM.findall(COMMENT.sub("", header)):
        following: int | None = 0
        for name, given in re.findall(r"^\s*(\w+)(?:\s*=\s*([^,\n]+?))?[ \t]*,?[ \t]*$", body, re.MULTILINE):
            value = _value(given, found) if given else following
            following = None if value is None else value + 1
            if value is not None:
                found[name] = value
    return found


def _value(given: str, found: dict[str, int]) -> int | None:
    return int(given, 0) if re.fullmatch(r"0x[0-9a-fA-F]+|0|[1-9]\d*", given) else found.get(given)
