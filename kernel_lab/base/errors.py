# SPDX-License-Identifier: GPL-2.0-only
"""What can go wrong, said so that a reader knows the cause and the next thing to do."""

LONGEST_LINE = 1000
"""In characters. What a reader gives by mistake, a file's text for its name, is not shown whole."""

END = 200
"""The last characters of such a line, which mostly have the reason."""


class LabError(Exception):
    """A failure the reader can do something about: `cause` says what happened, `remedy` what to do next.

    In a notebook the laboratory shows only these two texts, not a Python traceback.
    """

    def __init__(self, cause: str, remedy: str = ""):
        self.cause, self.remedy = _shortened(cause), _shortened(remedy)
        super().__init__(self.cause, self.remedy)

    def __str__(self) -> str:
        return f"{self.cause}\n→ {self.remedy}" if self.remedy else self.cause

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return str(self).split("\n")


def _shortened(text: str) -> str:
    return "\n".join(_short(line) if len(line) > LONGEST_LINE else line for line in text.split("\n"))


def _short(line: str) -> str:
    begin = LONGEST_LINE - END
    return f"{line[:begin]}… ({len(line) - LONGEST_LINE:,} characters are left out) …{line[-END:]}"
