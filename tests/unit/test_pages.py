# SPDX-License-Identifier: GPL-2.0-only
"""The pages beside the recipe: their drawings, their sources, and the files that they tell readers to use."""

import csv
import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from solutions import read

from kernel_lab.base import tools
from kernel_lab.base.paths import CHECKOUT
from kernel_lab.notebooks import all_notebooks

ROOT = CHECKOUT
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


# The C library's; a helper whose function in the kernel has another name; what newer kernels than the book's have.
NOT_IN_THE_KERNELS = {
    *("bpf", "close", "getpid", "getppid", "open", "write"),
    *("bpf_get_prandom_u32", "bpf_ktime_get_ns", "scx_bpf_dsq_insert"),
}


DEFINITION = re.compile(r"^\+?(?:static )?(?:const )?(?:struct )?\w+ \*?(?:BPF_PROG\()?(\w+)[(,]", re.MULTILINE)


def test_every_function_of_the_kernel_that_a_chapter_names_has_a_link():
    """Ours are defined in the chapters themselves. Whether the kernels have the others is asked in tests/kernel."""
    with (BOOK / "functions.csv").open(encoding="utf-8") as rows:
        linked = [row["name"] for row in csv.DictReader(rows)]
    assert linked == sorted(linked, key=str.lower) and len({*linked}) == len(linked)
    cells = "\n".join(cell for path in all_notebooks() for kind in ("code", "markdown") for cell in read(path, kind))
    named, ours = {*re.findall(r"`(\w+)\(\)`", cells)}, {*DEFINITION.findall(cells)}
    assert "bpf_prog_run_pin_on_cpu" in named - ours and "bpf_oreore_run" in named & ours
    assert named - ours - NOT_IN_THE_KERNELS <= {*linked}
    assert not ours & {*linked}


def test_the_background_says_how_long_the_measured_program_runs():
    cells = json.loads((ROOT / "notebooks/03-the-ops-structs.ipynb").read_text())["cells"]
    printed = "".join("".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", []))
    walked, turns = re.search(r"^global functions in each other's loops +(\d+) +(\d+)000000 ", printed, re.M).groups()
    said = " ".join((BOOK / "background.md").read_text().split())
    assert f"makes {turns} million turns, for {walked} instructions walked" in said


def added(patch: Path) -> int:
    said = subprocess.run(["git", "apply", "--numstat", patch], capture_output=True, text=True, cwd="/", check=True)
    return sum(int(line.split()[0]) for line in said.stdout.splitlines())


def lines(name: str) -> int:
    return len((ROOT / name).read_text().splitlines())


def test_the_first_page_counts_the_lines_of_code():
    recipe = [ROOT / "kernel-src-patches/6.1" / name for name in series()[:5]]  # those after it change what is there
    said = " ".join((BOOK / "index.md").read_text().split())
    assert f"five patches that add {sum(map(added, recipe))} lines" in said
    assert f"a module of {lines('lkm/oreore_mod.c')} lines, a loader of {lines('loader/oreore_loader.c')}" in said


def series() -> list[str]:
    return (ROOT / "kernel-src-patches/6.1/series").read_text().split()


def dockerfile(instruction: str) -> list[str]:
    return re.findall(rf"^{instruction} (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_the_container_installs_the_one_list_of_packages():
    """What installs it elsewhere does so there: all groups that are needed, and no package beside them."""
    assert dockerfile("COPY")[0] == "apt.txt install.sh /tmp/"
    command, *groups = dockerfile("RUN")[0].split()
    assert command == "/tmp/install.sh" and {*groups} == {*tools.groups()} - {*tools.OPTIONAL}
    assert not any("apt-get" in run for run in dockerfile("RUN"))


def test_the_container_installs_as_a_user_who_is_not_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines.index("USER ${NB_USER}") < lines.index("RUN ./install.sh")
    assert json.loads(dockerfile("CMD")[0])[:2] == ["jupyter", "lab"]


def test_the_editors_container_is_the_same_one():
    folder = ROOT / ".devcontainer"
    said = json.loads((folder / "devcontainer.json").read_text())
    assert (folder / said["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert (folder / said["build"]["context"]).resolve() == ROOT
    assert (ROOT / said["postCreateCommand"]).is_file()
    assert f"NB_USER={said['remoteUser']}" in dockerfile("ARG")


def test_the_tests_that_the_book_names_are_there():
    named = re.findall(r"`(test_\w+\.py|nbval\.cfg)`", (BOOK / "checked.md").read_text())
    assert len(named) > 10
    assert not [name for name in named if not [*(ROOT / "tests").rglob(name)]]
