# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: the checkout that this package is part of, and the cache."""

import os
from pathlib import Path

from kernel_lab.base import given
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

    Raises LabError where that is not a path.
    """
    named, caches = (os.environ.get(name, "") for name in ("KERNEL_LAB_CACHE", "XDG_CACHE_HOME"))
    # A relative one is not valid, says the standard that it is from.
    home = caches if caches.startswith(("/", "~")) else "~/.cache"
    try:
        return given.path(named or f"{home}/kernel-lab")
    except LabError as problem:
        raise LabError(
            f"The cache folder is not known: {problem.cause}", "Set KERNEL_LAB_CACHE to a folder's full path."
        ) from None


def temporary() -> Path:
    """Where programs put their temporary files."""
    return Path(os.environ.get("TMPDIR") or "/tmp")
