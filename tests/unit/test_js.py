# SPDX-License-Identifier: GPL-2.0-only
"""The scripts of the pages, by themselves: node's own test runner on web/test/."""

import subprocess
import sys
from pathlib import Path

from kernel_lab.base.paths import CHECKOUT

JS = CHECKOUT / "web/test"


def test_the_scripts():
    node = Path(sys.executable).with_name("node")
    done = subprocess.run([node, "--test", *sorted(JS.glob("*.test.mjs"))], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
