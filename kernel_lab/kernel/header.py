# SPDX-License-Identifier: GPL-2.0-only
"""The numbers in a header of the kernel's: what its enums count."""

import re

ENUM = re.compile(r"^enum (\w+) \{(.*?)^\};", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def numbers(header: str, enum: str = "") -> dict[str, int]:
    """The value of each constant that an enum counts, or that it gives as a number or as another one.

    Of all enums of the header, if none is named.
    """
    found: dict[str, int] = {}
    for name_of_enum, body in ENUM.findall(COMMENT.sub("", header)):
        if enum not in ("", name_of_enum):
            continue
        following: int | None = 0
        for name, given in re.findall(r"^\s*(\w+)(?:\s*=\s*([^,\n]+?))?[ \t]*,?[ \t]*$", body, re.MULTILINE):
            value = _value(given, found) if given else following
            following = None if value is None else value + 1
            if value is not None:
                found[name] = value
    return found


def _value(given: str, found: dict[str, int]) -> int | None:
    return int(given, 0) if re.fullmatch(r"0x[0-9a-fA-F]+|0|[1-9]\d*", given) else found.get(given)
