# SPDX-License-Identifier: GPL-2.0-only
"""The notebooks in reverse order: each finds its own starting point, and prints what it printed before.

The notebooks in their own order are tests by themselves (pytest --nbval).
"""

import subprocess
import sys

from kernel_lab.notebooks import all_notebooks

# They build other kernels, or upstream's tools, or one kernel many times: they take longer than all others, and begin
# as those do.
LONG = ("07", "08", "09", "11", "13", "14", "15", "16", "17", "18", "19")


def test_in_reverse_order():
    backwards = [str(path) for path in reversed(all_notebooks()) if path.stem[:2] not in LONG]
    done = subprocess.run([sys.executable, "-m", "pytest", "--nbval", "-q", *backwards], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:]
