#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""List what the verifier can say: the formats in kernel/bpf/verifier.c, by the function that prints each.

./verifier_formats.py LINUX/kernel/bpf/verifier.c > verifier_formats.json
"""

import json
import re
import sys
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
STRING = r'"(?:[^"\\]|\\.)*"'
PRINTED = re.compile(rf"\b(?:verbose|bpf_log|verbose_linfo)\s*\(\s*\w+(?:->log)?,\s*((?:{STRING}\s*)+)")
FUNCTION = re.compile(
    r"^(?:static )?(?:const )?(?:struct |enum )?\w+ [\s*]*(?:__printf\([^)]*\) )?(\w+)\([^;{}]*\)\n\{", re.M
)


def formats(source: str) -> dict[str, str]:
    """Each format, with the function that it is first printed in."""
    source = COMMENT.sub("", source)
    functions = [(match.start(), match[1]) for match in FUNCTION.finditer(source)]
    found: dict[str, str] = {}
    for match in PRINTED.finditer(source):
        text = "".join(part[1:-1] for part in re.findall(STRING, match[1])).replace("\\n", "\n").replace('\\"', '"')
        owner = next((name for start, name in reversed(functions) if start < match.start()), "")
        found.setdefault(text, owner)
    return found


if __name__ == "__main__":
    print(json.dumps(formats(Path(sys.argv[1]).read_text(encoding="utf-8")), indent=1))
