# SPDX-License-Identifier: GPL-2.0-only
"""What can go wrong, said so that a reader knows the cause and the next thing to do."""


class LabError(Exception):
    """A failure the reader can do something about: `cause` says what happened, `remedy` what to do next.

    In a notebook the laboratory shows only these two texts, not a Python traceback.
    """

    def __init__(self, cause: str, remedy: str = ""):
        super().__init__(cause, remedy)
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.cause}\n→ {self.remedy}" if self.remedy else self.cause

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return str(self).split("\n")
