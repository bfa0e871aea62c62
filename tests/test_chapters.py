"""The chapters as a reader meets them: where in the whole one is, what to predict, how long and how hard it is."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_book import built, html, notebooks, pages  # noqa: F401

MADE_BY = {  # what each chapter's drawing must light
    1: ["a kernel of your own"],
    2: ["the type"],
    3: ["its rules"],
    4: ["the hook"],
    5: ["the module"],
    6: ["the loader"],
    7: ["a shell", "the hook", "the module"],
}
each_notebook = pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)


def number(notebook: Path) -> int:
    return int(notebook.stem[:2])


def rendered(html: Path, notebook: Path) -> str:  # noqa: F811
    return (html / "notebooks" / f"{notebook.stem}.html").read_text()


def names(drawing: ElementTree.Element, look: str) -> list[str]:
    """What is written largest in those parts of the drawing that look so."""
    parts = drawing.findall(f"*[@class='{look}']")
    return [next(text.text for text in part.iter("text") if not text.get("class")) for part in parts]


@each_notebook
def test_the_drawing_shows_where_we_are(html, notebook):  # noqa: F811
    (svg,) = re.findall(r'<svg class="lab-where.*?</svg>', rendered(html, notebook), re.DOTALL)
    drawing = ElementTree.fromstring(svg)
    assert sorted(names(drawing, "lit")) == MADE_BY[number(notebook)]
    everything = {name for made in MADE_BY.values() for name in made}
    assert sorted(names(drawing, "lit") + names(drawing, "dim")) == sorted(everything)
    assert all(name in drawing.get("aria-label") for name in names(drawing, "lit"))


@each_notebook
def test_the_drawing_leads_to_all_other_chapters_that_make_a_part(html, notebook):  # noqa: F811
    (svg,) = re.findall(r'<svg class="lab-where.*?</svg>', rendered(html, notebook), re.DOTALL)
    links = {link.get("href") for link in ElementTree.fromstring(svg).iter("a")}
    assert links == {f"{other.stem}.html" for other in notebooks()[:6] if other != notebook}
