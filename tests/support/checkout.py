# SPDX-License-Identifier: GPL-2.0-only
"""The repository once more, elsewhere: for what writes into it."""

import shutil
import subprocess
from pathlib import Path

from kernel_lab.base.paths import CHECKOUT


def copy_to(folder: Path) -> None:
    """Copy the repository's files, as they are now, without what is made of them."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.rstrip("\0").split("\0")  # fmt: skip
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, folder / name)
