# SPDX-License-Identifier: GPL-2.0-only
"""The laboratory as a command: python -m kernel_lab --help."""

import sys

from kernel_lab.cli import main

if __name__ == "__main__":
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="replace")  # the terminal's encoding may lack a character, an arrow for one
    sys.exit(main())
