# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: the checkout that this package is part of, and the cache."""

import os
from pathlib import Path

from kernel_lab.base.errors import LabError

CHECKOUT = Path(__file__).resolve().parents[2]
NOTEBOOKS = CHECKOUT / "notebooks"


def require_checkout() -> None:
    """Raises LabError where the package was taken out of the book, whose notebooks it works with."""
    if not NOTEBOOKS.is_dir():
        raise LabError(
            f"This laboratory was installed without its book: there is no {NOTEBOOKS}.",
            "Clone the book's repository, and run ./install.sh there.",
        )


def cache_folder() -> Path:
    """Where kernel sources, trees and builds are: $KERNEL_LAB_CACHE, or kernel-lab in the user's cache folder.

    Raises LabError where the variable names a home folder that is not known.
    """
    named, caches = (os.environ.get(name, "") for name in ("KERNEL_LAB_CACHE", "XDG_CACHE_HOME"))
    try:
        own = Path(caches).expanduser()
        # A relative one is not valid, says the standard that it is from.
        home = own if own.is_absolute() else Path("~/.cache").expanduser()
        return (Path(named).expanduser() if named else home / "kernel-lab").resolve()
    except RuntimeError as error:
        raise LabError(
            f"The cache folder is not known: {str(error).rstrip('.')}.", "Set KERNEL_LAB_CACHE to a folder's full path."
        ) from error


def temporary() -> Path:
    """Where programs put their temporary files."""
    return Path(os.environ.get("TMPDIR") or "/tmp")
