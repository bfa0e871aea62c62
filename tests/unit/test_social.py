# SPDX-License-Identifier: GPL-2.0-only
"""What a page says of itself: its first words, whole, and a card at an address that is right."""

import sys
from types import SimpleNamespace

import pytest
from docutils.core import publish_doctree

from kernel_lab.base.paths import CHECKOUT

sys.path.append(str(CHECKOUT / "book/_ext"))

import social

PAGE = """
A page
======

.. note:: Not this.

The *first* paragraph, with "quotes".

The second.
"""


def described(base: str) -> str:
    app = SimpleNamespace(config=SimpleNamespace(html_baseurl=base, html_title="The book"))
    context = {"pathto": lambda target, _resource: f"../{target}"}
    social.describe(app, "book/page", "page.html", context, publish_doctree(PAGE))
    return context["metatags"]


def test_the_description_is_the_first_paragraph_of_the_pages_own():
    assert 'name="description" content="The first paragraph, with &quot;quotes&quot;."' in described("")


def test_without_an_address_the_card_is_found_from_the_page():
    tags = described("")
    assert 'property="og:image" content="../_static/card.png"' in tags
    assert "og:url" not in tags


def test_with_an_address_the_card_has_a_whole_one():
    tags = described("https://example.org/book/")
    assert 'property="og:image" content="https://example.org/book/_static/card.png"' in tags
    assert 'property="og:url" content="https://example.org/book/book/page.html"' in tags


def test_a_page_without_text_of_its_own_is_left_alone():
    context = {}
    social.describe(None, "genindex", "genindex.html", context, None)
    assert not context


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("One. Two.", "One. Two."),
        ("One two. Three four.", "One two."),
        ("one two three four five", "one two three …"),
    ],
)
def test_what_is_too_long_ends_with_a_sentence_or_a_word(text, short):
    assert social.shortened(text, 16) == short
