# SPDX-License-Identifier: GPL-2.0-only
"""What a reader gives, taken for what is meant by it: a path, a number."""

import operator
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from kernel_lab.base.errors import LabError


def path(named: str | Path, remedy: str = "Name another path.") -> Path:
    """The whole path that is meant; "~" is the home folder. Nothing need be there.

    Raises LabError, with this remedy, where nothing can be: in a loop of links, or under a name that is too long.
    """
    try:
        whole = Path(named).expanduser().resolve()
        with suppress(FileNotFoundError, NotADirectoryError):
            whole.stat()  # which resolve() does not do
        return whole
    except (OSError, RuntimeError, ValueError) as error:  # a loop, or no such user, is a RuntimeError
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error).rstrip(".")
        raise LabError(f"{named} is not a path that can be used: {why}.", remedy) from None


def number(said: Any) -> int | None:
    """The whole number that is meant by 3, "3" or "03"; None where it is not one."""
    if isinstance(said, str):
        return int(said) if re.fullmatch("-?[0-9]{1,9}", said) else None
    with suppress(TypeError):
        return int(operator.index(said))
    return None
