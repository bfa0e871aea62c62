# SPDX-License-Identifier: GPL-2.0-only
"""How the book draws what was measured: tables and figures, the same for every reader."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from IPython.display import HTML
from matplotlib.ticker import NullFormatter, StrMethodFormatter

# Okabe and Ito's colours, which people with any kind of colour vision can tell apart (jfly.uni-koeln.de/color).
BLUE, ORANGE, GREEN, PURPLE, SKY, RED = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"
INK = "#222222"

# A figure as wide as a phone is small, so that its letters are not scaled down to nothing there.
WIDTH = 5.0

# The figures of all readers look the same, and are in the notebook: whatever matplotlibrc and MPLBACKEND say.
matplotlib.rcdefaults()
if shell := get_ipython():
    shell.enable_matplotlib("inline")
else:
    matplotlib.use("agg")

plt.rcParams.update(
    {
        "figure.dpi": 100,
        "savefig.dpi": 200,
        "figure.facecolor": "white",
        "font.size": 11,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "figure.constrained_layout.use": True,
    }
)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> HTML:
    """A table; numbers are set right, with commas. They are marked, as tests compare all but them."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(map(_table_cell, row)) + "</tr>" for row in rows)
    return HTML(f'<table class="measured"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')  # type: ignore[no-untyped-call]


def _table_cell(value: object) -> str:
    if isinstance(value, int | float | np.number):
        return f'<td class="number">{_number(value)}</td>'
    return f"<td>{html.escape(str(value))}</td>"


def _number(value: float | np.number[Any]) -> str:
    return f"{value:,}" if isinstance(value, int | np.integer) else f"{value:,.2f}"


def stack(parts: Mapping[str, int], unit: str) -> None:
    """One bar from bottom to top, cut into its parts, each with its name and number beside it."""
    _, axes = plt.subplots(figsize=(WIDTH, 4.2))
    colours = [SKY, BLUE, GREEN, ORANGE, RED, PURPLE]
    total = sum(parts.values())
    bottom, label_at = 0.0, -float(total)
    for (name, size), colour in zip(parts.items(), colours, strict=False):
        axes.bar(0, size, bottom=bottom, color=colour, width=0.6, edgecolor="white")
        label_at = max(bottom + size / 2, label_at + total * 0.075)  # a thin part's name must not cover the one below
        axes.annotate(
            f"{name}: {_number(size)}", (0.3, bottom + size / 2), (0.42, label_at), va="center",
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6},
        )  # fmt: skip
        bottom += size
    axes.set(xlim=(-0.35, 2.3), xticks=[], ylabel=unit, title=f"one write(): {_number(total)}")
    axes.spines["bottom"].set_visible(False)


def bars(values: Mapping[str, float], unit: str, highlight: str = "") -> None:
    """Bars from left to right, one below the other, each with its number at its end."""
    _, axes = plt.subplots(figsize=(WIDTH, 0.42 * len(values) + 0.9))
    names = list(values)[::-1]
    colours = [ORANGE if name == highlight else BLUE for name in names]
    drawn = axes.barh(names, [values[name] for name in names], color=colours)
    axes.bar_label(drawn, [_number(values[name]) for name in names], padding=4)
    axes.margins(x=0.15)
    axes.set_xlabel(unit)


def lines(series: Mapping[str, tuple[Sequence[float], Sequence[float]]], xlabel: str, unit: str) -> None:
    """Points joined by lines, each line with its name at its end."""
    _, axes = plt.subplots(figsize=(WIDTH, 3.4))
    for (name, (x, y)), colour, marker in zip(series.items(), [BLUE, RED, GREEN], "os^", strict=False):
        axes.plot(x, y, color=colour, marker=marker, markersize=4)
        axes.annotate(name, (x[-1], y[-1]), (6, 0), textcoords="offset points", color=colour, va="center")
        if len(x) < 6:
            axes.set_xticks(x)
    axes.margins(x=0.04, y=0.08)
    axes.set(xlabel=xlabel, ylabel=unit, ylim=(0, None))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def distributions(series: Mapping[str, tuple[np.ndarray, str]]) -> None:
    """A histogram for each, all on the same logarithmic scales, with the 50th, 99th and 99.9th percentile."""
    _, all_axes = plt.subplots(len(series), 1, figsize=(WIDTH, 2.5 * len(series)), sharex=True, sharey=True)
    least = min(values.min() for values, _ in series.values())
    most = max(values.max() for values, _ in series.values())
    bins = np.geomspace(least / 1.5, most * 1.5, 80)
    for axes, (title, (values, unit)), colour in zip(
        np.atleast_1d(all_axes), series.items(), [BLUE, RED], strict=False
    ):
        axes.hist(values, bins, color=colour)
        marks = (f"p{p:g} {_number(int(np.percentile(values, p, method='higher')))}" for p in (50, 99, 99.9))
        axes.text(0.98, 0.94, "\n".join(marks), transform=axes.transAxes, ha="right", va="top")
        axes.set(xscale="log", yscale="log", xlabel=unit, ylabel="writes", title=title)
        axes.tick_params(labelbottom=True)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Of the straight line that fits best."""
    return float(np.polyfit(x, y, 1)[0])
