# SPDX-License-Identifier: GPL-2.0-only
"""What was measured, as data: read, checked, drawn."""

import base64
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from fake_kernel import make_tree

from kernel_lab.base.errors import LabError
from kernel_lab.measure import alternatives, figures
from kernel_lab.measure.samples import INSTRUCTIONS, WALL, Samples

TEXT = "a,loop-1000,2000\na,loop-2000,4000\na,write,7\na,write,9\na,write,9\nb,write,5\n"


@pytest.fixture
def samples() -> Samples:
    return Samples.parse(TEXT, INSTRUCTIONS, "tcg")


def test_samples_are_read_in_their_order(samples):
    assert samples.of("write", "a").tolist() == [7, 9, 9]
    assert samples.typical("write", "a") == 9
    assert len(samples) == 6


def test_a_series_that_is_not_there_or_not_alone(samples):
    with pytest.raises(LabError, match=r"2 series are 'write', label None") as caught:
        samples.of("write")
    assert "    b, write" in caught.value.remedy
    with pytest.raises(LabError, match="0 series"):
        samples.of("read")


def test_a_digest_is_of_every_sample_and_of_their_order(samples):
    assert Samples.parse(TEXT, INSTRUCTIONS, "tcg").digest == samples.digest
    for other in (TEXT.replace("7", "8"), TEXT.replace("a,write,7\na,write,9", "a,write,9\na,write,7")):
        assert Samples.parse(other, INSTRUCTIONS, "tcg").digest != samples.digest


@pytest.mark.parametrize("line", ["hello", "a,write", "a,write,", "a,write,fast", "a,b,c,1"])
def test_what_is_no_sample(line):
    with pytest.raises(LabError, match="Line 7 of the measurement is no sample") as caught:
        Samples.parse(TEXT + line + "\n", INSTRUCTIONS, "tcg")
    assert repr(line) in caught.value.cause


def test_no_samples():
    with pytest.raises(LabError, match="there are 0 samples"):
        Samples.parse("", WALL, "tcg")


def test_a_clock_that_does_not_count_instructions():
    text = TEXT.replace("4000", "3713")
    with pytest.raises(LabError, match=r"does not count instructions: 2,000 of them took 1713"):
        Samples.parse(text, INSTRUCTIONS, "tcg")
    assert Samples.parse(text, WALL, "tcg").unit == "ns, wall clock (emulated)"
    assert Samples.parse(text, WALL, "kvm").unit == "ns, wall clock (with KVM)"


def test_the_download_has_every_value_and_how_often_it_came(samples):
    link = samples.download("mine").data
    assert 'download="mine.csv"' in link
    data = base64.b64decode(re.search(r"base64,([^\"]*)", link)[1]).decode()
    assert data.splitlines()[0] == "unit,label,operation,value,count"
    assert "guest instructions,a,write,9,2" in data.splitlines()


def test_a_table_marks_its_numbers_and_nothing_else():
    made = figures.table(["a<b", "n"], [("x & y", 1234), ("z", np.int64(5)), ("half", 0.5)]).data
    assert "<th>a&lt;b</th>" in made and "<td>x &amp; y</td>" in made
    assert re.findall(r'<td class="number">([^<]*)</td>', made) == ["1,234", "5", "0.50"]


def test_a_slope():
    assert figures.slope([1, 2, 4], [13, 15, 19]) == pytest.approx(2)


@pytest.mark.parametrize(
    "figure",
    [
        lambda: figures.stack({"one": 10, "two": 20}, "guest instructions"),
        lambda: figures.bars({"one": 10, "two": 20}, "guest instructions"),
        lambda: figures.lines({"one": ([1, 2], [3, 4])}, "length", "guest instructions"),
        lambda: figures.distributions({"one": (np.array([900, 901, 2000]), "guest instructions")}),
    ],
    ids=["stack", "bars", "lines", "distributions"],
)
def test_every_figure_says_its_unit(figure):
    figure()
    (axes, *_) = plt.gcf().axes
    plt.close()
    assert "guest instructions" in (axes.get_xlabel(), axes.get_ylabel())


def test_lines_of_code_are_those_that_are_neither_empty_nor_comment():
    assert alternatives.lines_of_code("/* one\n * two */\nint a;\n\n// no\nint b; /* yes */\n") == 2


@pytest.mark.parametrize(("step", "lines"), [(0, []), (1, [5]), (2, [5, 3]), (3, [5, 3])])
def test_patches_of_later_steps_are_not_counted(tmp_path, step, lines):
    """The notebook that is being run counts, too: its own patches come after the step that the tree was taken to."""
    tree = make_tree(tmp_path)
    tree.jump(step)
    assert [count for _, count in alternatives.of_patches(tree, range(1, 4))] == lines
