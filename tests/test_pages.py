"""The pages beside the recipe: their drawings, their sources, and the files that they tell readers to use."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
SKETCHES = sorted(BOOK.glob("_static/sketch-*.svg"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("sketch", SKETCHES, ids=lambda path: path.stem)
def test_a_sketch_says_what_it_shows_and_fits_a_phone(sketch):
    svg = ElementTree.parse(sketch).getroot()
    if svg.get("aria-hidden") == "true":  # what the others share
        assert not list(svg.iter(f"{SVG}text"))
    else:
        assert svg.get("role") == "img"
        assert len(svg.get("aria-label")) > 40
        assert svg.get("viewBox").startswith("0 0 380 ")


def test_every_sketch_is_in_the_chapter():
    shown = re.findall(r"^:file: _static/(sketch-\S+)", (BOOK / "background.md").read_text(), re.MULTILINE)
    assert sorted(shown) == [path.name for path in SKETCHES]


def test_text_in_sketches_is_large_enough_to_read():
    style = (BOOK / "_static/sketch-parts.svg").read_text()
    assert min(float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)px", style)) >= 12


def test_every_source_is_cited():
    cited = set(re.findall(r"\{cite\}`([^`]+)`", (BOOK / "background.md").read_text()))
    listed = set(re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text(), re.MULTILINE))
    assert listed == cited
