"""The book in a browser: every page, as readers have it."""

import pytest
from browser import DESKTOP, PHONE, violations
from rendered import toc_pages

PAGES = [*toc_pages(), "genindex", "search"]
LOOKS = {
    "light": {"color_scheme": "light", "viewport": DESKTOP},
    "dark": {"color_scheme": "dark", "viewport": DESKTOP},
    "phone": {"color_scheme": "light", "viewport": PHONE},
    "dark phone": {"color_scheme": "dark", "viewport": PHONE},
}

every_page = pytest.mark.parametrize("name", PAGES)


@every_page
@pytest.mark.parametrize("look", LOOKS)
def test_page(new_page, name, look):
    page = new_page(**LOOKS[look])
    page.goto(f"{name}.html")
    needs, has = page.evaluate("(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.documentElement)")
    assert needs <= has, "the page scrolls sideways"
    assert not violations(page)
