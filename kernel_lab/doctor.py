# SPDX-License-Identifier: GPL-2.0-only
"""Say which of the tools the laboratory needs are missing: `make doctor`, on a bare machine too."""

import sys

from kernel_lab.base import tools


def report() -> int:
    """Print what is missing, group by group; returns 1 if something is, the exit status."""
    for group, purpose in tools.groups().items():
        lacking = tools.missing(group)
        print(f"{'lacks' if lacking else 'ready'}  to {purpose}")
        for tool in lacking:
            print(f"           {tool.proof.removeprefix('import ')}: {tool.reason}")
    if lacking := tools.missing():
        print(f"\nAll of them at once:\n    {tools.remedy(lacking)}")
    return int(bool(lacking))


if __name__ == "__main__":
    sys.exit(report())
