# SPDX-License-Identifier: GPL-2.0-only
"""Predictions and solutions as nodes: the order of choices, what is left out, and HTML that is not whole."""

import re
import sys
from collections import Counter

import pytest
from docutils import nodes
from solutions import read
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from kernel_lab.base.paths import CHECKOUT
from kernel_lab.notebooks import all_notebooks

sys.path.append(str(CHECKOUT / "book/_ext"))

import quizzes

CHOICES = [
    '<details class="choice"><summary>A <code>lock</code></summary>\n\n**No.** It is not.\n\n</details>\n',
    '<details class="choice right"><summary>A file</summary>\n\n**Right.** It is.\n\n</details>\n',
    '<details class="choice"><summary>A task</summary>\n\n**No.** It runs.\n\n</details>\n',
]
QUESTION = "# A page\n\n**Predict.** What is it?\n\n"
EXERCISES = """
## Exercises

1. Write it.

<details>
<summary>A solution</summary>

```c
int secret;
```

</details>

<details><summary>A hint</summary>

Look into the header.

</details>
"""
PAGE = QUESTION + "".join(CHOICES) + EXERCISES


@pytest.fixture
def render(tmp_path, monkeypatch):
    """The page's HTML, and all files that were written, where the variable SOLUTIONS has a value."""

    def render(solutions: str, page: str = PAGE) -> tuple[str, str]:
        monkeypatch.setenv("SOLUTIONS", solutions)
        (tmp_path / "index.md").write_text(page)
        out = tmp_path / "out"
        options = {"extensions": ["myst_nb", "quizzes"]}
        Sphinx(tmp_path, None, out, tmp_path / "doctrees", "html", options, status=None).build()
        written = "".join(path.read_text() for path in out.rglob("*") if path.suffix in (".html", ".js", ".txt", ".md"))
        return (out / "index.html").read_text(), written

    return render


def summaries(html: str) -> list[str]:
    return re.findall(r"<details(?: class=\"[^\"]*\")?><summary>(.*?)</summary>", html)


def test_choices_are_nodes_in_an_order_that_stays(render):
    html, _ = render("")
    found = summaries(html)
    assert sorted(found[:3]) == ["A <code>lock</code>", "A file", "A task"]
    assert found[3:] == ["A solution", "A hint"]
    assert '<details class="choice right"><summary>A file</summary>\n<p><strong>Right.</strong> It is.</p>' in html
    assert html.count("<details") == html.count("</details>") == 5
    written_otherwise = QUESTION + "".join(CHOICES[::-1]) + EXERCISES
    assert summaries(render("", written_otherwise)[0]) == found


def test_solutions_can_be_left_out_of_all_that_is_written(render):
    html, written = render("no")
    assert "Write it." in html and "A hint" in html and "Right." in html
    assert "secret" not in written and "A solution" not in written
    assert "secret" in render("")[1]


@pytest.mark.parametrize(
    ("children", "said"),
    [
        (["<details><summary>A solution</summary>"], "page: there is no </details> for “A solution”"),
        (
            ['<details class="choice"><summary>A</summary>', '<details class="choice"><summary>B</summary></details>'],
            "“A”",
        ),
    ],
)
def test_what_is_not_closed_is_named(children, said):
    with pytest.raises(ExtensionError, match=said):
        quizzes.nested([nodes.raw("", text, format="html") for text in children], "page")


def test_other_html_stays_as_it_is():
    texts = ["<b>bold</b>", "</details> that nobody opened"]
    assert [node.astext() for node in quizzes.nested([nodes.raw("", text, format="html") for text in texts], "")] == [
        "<b>bold</b>",
        "</details>",
        " that nobody opened",
    ]


def test_no_place_among_the_choices_tells_that_one_is_right():
    places = Counter()
    for cell in (cell for path in all_notebooks() for cell in read(path, "markdown")):
        choices = [quizzes.folded(*found) for found in quizzes.OPENING.findall(cell) if "choice" in found[0]]
        right = [node for node in choices if "right" in node["classes"]]
        places.update(at for at, node in enumerate(quizzes.shuffled(choices)) if node in right)
    assert max(places.values()) < sum(places.values()) / 2


def test_what_is_folded_in_the_notebooks_is_a_choice_or_a_solution():
    found = {
        kind for path in all_notebooks() for cell in read(path, "markdown") for kind in quizzes.OPENING.findall(cell)
    }
    assert {summary for classes, summary in found if not classes} == {"A solution"}
    assert {classes for classes, _ in found} == {"", "choice", "choice right"}
