# SPDX-License-Identifier: GPL-2.0-only
"""Show at the head of every chapter where in the whole we are: a small copy of the first page's drawing.

What the parts are called, which chapter makes them, and where that chapter is, comes from map.svg. Here is only how
they lie in the small drawing. It keeps the places of the large one: user space above, the hook where both ways meet.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

MAP = Path(__file__).resolve().parents[1] / "_static" / "map.svg"
SVG = "{http://www.w3.org/2000/svg}"
BOXES = {  # x, y, width, height, and where its name begins below its upper edge
    "loader": (12, 12, 106, 30, 20),
    "shell": (284, 12, 84, 30, 20),
    "type": (18, 96, 70, 32, 21),
    "rules": (102, 96, 70, 32, 21),
    "hook": (190, 98, 74, 60, 21),
    "module": (284, 98, 84, 60, 21),
    "kernel": (4, 178, 372, 30, 20),
}
RUN = ("shell", "module", "hook")  # one write runs the program: the first chapter that measures is about this way
# What the chapters after the recipe change.
AGAIN = {
    8: ("hook",),
    9: ("module",),
    10: ("rules", "hook"),
    11: ("loader",),
    12: ("loader", "hook", "module"),
    13: ("rules", "module"),
    14: ("hook", "module"),
    15: ("type", "rules"),
    16: ("type", "rules", "hook"),
    17: ("type", "rules"),
    18: ("type", "rules", "hook"),
    19: ("kernel",),
    20: ("loader", "hook", "module"),
    21: ("hook", "module"),
}
BACKDROP = """
  <defs>
    <marker id="lab-where-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" \
orient="auto"><path class="tip" d="M0 0 10 5 0 10z"/></marker>
    <marker id="lab-where-run" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="6" markerHeight="6" \
orient="auto"><path class="run-tip" d="M0 0 10 5 0 10z"/></marker>
  </defs>
  <rect class="world" x="4" y="4" width="372" height="46" rx="8"/>
  <text class="small" x="201" y="31">user space</text>
  <rect class="world" x="4" y="76" width="372" height="90" rx="8"/>
  <text class="small" x="258" y="91">kernel</text>
  <rect class="verifier" x="12" y="88" width="166" height="70" rx="6"/>
  <text class="small" x="95" y="147">verifier</text>
  <path class="flow" d="M36 42V95"/><text class="small" x="53" y="67">load</text>
  <path class="flow" d="M88 112H101"/><path class="flow" d="M178 118H189"/>
  <path class="flow" d="M102 42V63H218V97"/><text class="small" x="240" y="67">attach</text>
  <path class="flow run" d="M314 42V97"/><text class="small" x="306" y="67">1</text>
  <path class="flow run" d="M338 98V43"/><text class="small" x="352" y="67">43</text>
"""
INSIDE = {
    "hook": '<rect class="program" x="195" y="130" width="64" height="21" rx="4"/><text x="227" y="145">program</text>',
    "module": '<path class="flow run" d="M284 141H260"/><text class="small" x="328" y="145">sysfs file</text>',
}


@dataclass(frozen=True)
class Part:
    """A part of the recipe: `chapter` is the number of the notebook that makes it, `page` where that is."""

    key: str
    name: str
    chapter: int | None
    page: str | None


def parts() -> list[Part]:
    """The parts that the first page's drawing shows, in its order."""
    return [part_of(element) for element in ElementTree.parse(MAP).iter() if "data-part" in element.attrib]


def part_of(element: ElementTree.Element) -> Part:
    texts = ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]
    numbers = [text for text in texts if text.isdigit()]
    page = element.get("href")
    return Part(
        key=element.attrib["data-part"],
        name=texts[0],
        chapter=int(numbers[0]) if numbers else None,
        page=f"notebooks/{PurePosixPath(page).stem}" if page else None,
    )


def lit_in(chapter: int) -> list[Part]:
    """The parts that a chapter is about: those it makes, or, if it makes none, those that it changes or measures."""
    others = AGAIN.get(chapter, RUN)
    return [part for part in parts() if part.chapter == chapter] or [part for part in parts() if part.key in others]


def draw_part(part: Part, lit: bool, link: str | None) -> str:
    x, y, width, height, name_at = BOXES[part.key]
    drawn = f'<rect class="part" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>'
    if part.chapter:
        right = x + width - 4
        drawn += f'<circle class="disc" cx="{right}" cy="{y + 3}" r="8.5"/>'
        drawn += f'<text class="number" x="{right}" y="{y + 7}">{part.chapter}</text>'
    drawn += f'<text x="{x + width / 2}" y="{y + name_at}">{part.name}</text>{INSIDE.get(part.key, "")}'
    look = "lit" if lit else "dim"
    return f'<a class="{look}" href="{link}">{drawn}</a>' if link else f'<g class="{look}">{drawn}</g>'


def draw(chapter: int, link_to: Callable[[str], str]) -> str:
    """The drawing with this chapter's parts lit; all other parts link to their chapters."""
    lit = lit_in(chapter)
    label = f"Where we are. This chapter is about: {', '.join(part.name for part in lit)}."
    drawn = [
        draw_part(part, part in lit, link_to(part.page) if part.page and part.chapter != chapter else None)
        for part in parts()
    ]
    way = " runs" if {part.key for part in lit} == set(RUN) else ""
    return (
        f'<svg class="lab-where{way}" viewBox="0 0 382 212" role="group" aria-label="{label}">'
        f"{BACKDROP}{''.join(drawn)}</svg>"
    )


def below_the_head(section: nodes.section) -> int:
    """Where the paragraphs end that follow a page's title."""
    at = 1
    while at < len(section) and isinstance(section[at], nodes.paragraph):
        at += 1
    return at


def insert(app: Sphinx, doctree: nodes.document, page: str) -> None:
    chapter = re.match(r"notebooks/(\d+)-", page)
    section = next(iter(doctree.findall(nodes.section)), None)
    if not chapter or section is None:
        return
    drawing = draw(int(chapter[1]), lambda target: app.builder.get_relative_uri(page, target))
    at = below_the_head(section)
    effort = next(part for part in section.findall(nodes.paragraph) if part.astext().startswith("Time. "))
    effort["classes"].append("effort")
    section.insert(at, nodes.raw("", drawing, format="html"))


def setup(app: Sphinx) -> ExtensionMetadata:
    # Pages are made again when the drawing changes.
    app.add_config_value("lab_map", MAP.read_text(encoding="utf-8"), "env")
    app.connect("doctree-resolved", insert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
