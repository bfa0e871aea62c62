# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory as a command: python -m kernel_lab --help."""

import sys
from io import TextIOWrapper

from kernel_lab.cli import main


def run() -> int:
    """What a terminal runs; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # the terminal's encoding may lack a character, an arrow for one
    return main()


if __name__ == "__main__":
    sys.exit(run())
