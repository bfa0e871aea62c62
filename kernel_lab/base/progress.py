# SPDX-License-Identifier: GPL-2.0-only
"""Progress of anything that takes longer than a second, in a terminal or under a notebook cell."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

# Every stage of the laboratory reports through one of these: what it does, how much is done, of how much (or None).
Progress = Callable[[str, float, float | None], None]

Stage = tuple[str, float, float | None]
Draw = Callable[[str, Stage | None, bool], None]  # the line to draw, the stage it shows, whether the stage is new

METADATA = "kernel_lab"  # where a notebook's display carries the stage
REDRAW_SECONDS = 0.2
WORTH_A_LINE_SECONDS = 2


def silent(what: str, done: float, total: float | None) -> None:
    """Report to nobody."""


def meter(what: str, done: float, total: float | None, elapsed: float) -> str:
    """One line of text: a bar where the total is known, else a count and the time so far."""
    return tqdm.format_meter(
        done, total,  # type: ignore[arg-type] # None is allowed
        elapsed, ncols=78, prefix=what, unit_scale=bool(total and total > 1e6),
        bar_format=None if total else "{desc}: {n_fmt} [{elapsed}]",
    )  # fmt: skip


@contextmanager
def shown() -> Iterator[Progress]:
    """Show progress until the block ends, then clear it away.

    A cell leaves exactly one empty display behind, however long it took, so that its recorded
    output is the same on every machine.
    """
    draw = _notebook_line() if _in_notebook() else _terminal_line() if sys.stderr.isatty() else _log_lines()
    started: dict[str, float] = {}
    drawn, showing = 0.0, ""

    def report(what: str, done: float, total: float | None) -> None:
        nonlocal drawn, showing
        now = time.monotonic()
        first = what not in started
        began = started.setdefault(what, now)
        if first:
            leave(now)
            showing = what
        if first or now - drawn > REDRAW_SECONDS or done == total:
            drawn = now
            draw(meter(what, done, total, now - began), (what, done, total), first)

    def leave(now: float) -> None:
        """Say how long the stage took that ends now; a moment is not worth a line."""
        seconds = now - started.get(showing, now)
        if seconds > WORTH_A_LINE_SECONDS and not _in_notebook():
            draw("", None, False)
            print(f"{showing}: {seconds:.0f} s", file=sys.stderr, flush=True)

    try:
        yield report
    finally:
        leave(time.monotonic())
        draw("", None, False)


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def _notebook_line() -> Draw:
    from IPython.display import display

    area = display({"text/plain": ""}, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def draw(text: str, stage: Stage | None, _first: bool) -> None:
        # The stage goes along as data, for whoever runs the notebook and has a progress line of their own.
        area.update({"text/plain": text}, raw=True, metadata={METADATA: stage} if stage else {})

    return draw


def _terminal_line() -> Draw:
    return lambda text, _stage, _first: print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def _log_lines() -> Draw:
    """A log is no place for a moving bar: one line when a stage begins."""

    def draw(_text: str, stage: Stage | None, first: bool) -> None:
        if stage and first:
            print(stage[0], file=sys.stderr, flush=True)

    return draw
