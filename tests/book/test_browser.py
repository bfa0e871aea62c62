# SPDX-License-Identifier: GPL-2.0-only
"""The book in a browser: every page, as readers have it."""

import base64
import io
import json
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from browser import DESKTOP, PHONE, violations
from fontTools import ttLib
from rendered import notebooks, toc_pages

PAGES = [*toc_pages(), "genindex", "search"]
LOOKS = {
    "light": {"color_scheme": "light", "viewport": DESKTOP},
    "dark": {"color_scheme": "dark", "viewport": DESKTOP},
    "light phone": {"color_scheme": "light", "viewport": PHONE},
    "dark phone": {"color_scheme": "dark", "viewport": PHONE},
}
# Two of them have all colours and both widths; the others add only the bars, which are the same on every page.
VIEWS = [(name, look) for name in PAGES for look in LOOKS if look in ("light", "dark phone") or name == PAGES[0]]
FIRST_PAGE_BYTES = 350_000  # as they are, where a server does not compress
FIRST_COLOURS = """new MutationObserver((_, observer) => {
  if (!document.body) return;
  window.firstColours = document.documentElement.dataset.theme;
  observer.disconnect();
}).observe(document, { childList: true, subtree: true })"""

# What Tab must reach: all that can be used and seen. Of a group of radio buttons it reaches one, the arrows the others.
FOLLOW_THE_FOCUS = """() => {
  const ring = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return outlineStyle !== "none" && parseFloat(outlineWidth) ? outlineWidth : boxShadow;
  };
  // A box around it may show it.
  const rings = (element) => [element, element.parentElement, element.parentElement.parentElement].map(ring);
  const usable = "a[href], button, input:not([type=radio]), select, textarea, summary, [tabindex], [contenteditable]";
  window.wanted = [...document.querySelectorAll(usable)].filter(
    (element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }),
  );
  const plain = new Map(wanted.map((element) => [element, rings(element)]));
  window.reached = new Set();
  window.unseen = new Set();
  document.addEventListener("focusin", ({ target }) => {
    reached.add(target);
    const before = plain.get(target) ?? [];
    if (rings(target).every((ring, place) => ring === "none" || ring === before[place])) unseen.add(target);
  });
}"""
# Of code in tables, the words that are on more than one line.
BROKEN_WORDS = """() => [...document.querySelectorAll(".bd-article table code")].flatMap((code) => {
  const broken = [];
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const { 0: word, index } of texts.currentNode.data.matchAll(/\\w+/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
    }
  }
  return broken;
})"""
NAMES = "(elements) => [...elements].map((element) => element.outerHTML.slice(0, 200))"
TARGETS = {
    "content first": "#pst-skip-link a",
    "search": "button.search-button-field",
    "colours": "button.theme-switch-button",
    "pages": "nav.bd-links a",
    "next or previous page": ".prev-next-footer a",
}

every_page = pytest.mark.parametrize("name", PAGES)
chapter = pytest.mark.parametrize("name", toc_pages())


def own_word(name: str) -> str:
    """The longest word that stands in the text of this notebook, and in no other."""

    def words(path) -> Counter:
        cells = json.loads(path.read_text())["cells"]
        text = " ".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        return Counter(re.findall(r"(?<![\w`/.-])[a-z]{6,}(?![\w`/(.-])", text))

    found = {path.stem: words(path) for path in notebooks()}
    others = set().union(*(words for stem, words in found.items() if stem != name))
    return max(found[name].keys() - others, key=lambda word: (len(word), word))


@pytest.mark.parametrize(("name", "look"), VIEWS)
def test_page(new_page, name, look):
    """It loads without complaint, does not scroll sideways, and axe finds nothing, in folded parts neither."""
    page = new_page(**LOOKS[look])
    page.goto(f"{name}.html")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    needs, has = page.evaluate("(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])(document.documentElement)")
    assert needs <= has, "the page scrolls sideways"
    assert page.evaluate(BROKEN_WORDS) == []
    assert not violations(page)


def test_on_paper_code_breaks_its_lines_and_no_button_is_printed(page):
    page.goto("notebooks/04-the-syscall-cases.html")
    style = "(element, name) => getComputedStyle(element)[name]"
    code, button = (page.locator(f".bd-article {selector}").first for selector in (".highlight pre", ".headerlink"))
    assert code.evaluate(style, "whiteSpace") != "pre-wrap"
    page.emulate_media(media="print")
    assert code.evaluate(style, "whiteSpace") == "pre-wrap"
    assert button.evaluate(style, "display") == "none"


@every_page
def test_tab_reaches_everything(page, name):
    page.goto(f"{name}.html")
    page.evaluate(FOLLOW_THE_FOCUS)
    missed = "wanted.filter((element) => !reached.has(element))"
    # While the focus goes down the page, the contents beside it unfold, and have more links than were counted.
    for _ in range(2 * page.evaluate("wanted.length")):
        page.keyboard.press("Tab")
        if not page.evaluate(f"{missed}.length"):
            break
    assert not page.evaluate(f"({NAMES})({missed})"), "out of reach"
    assert not page.evaluate(f"({NAMES})(unseen)"), "cannot be seen to have the focus"
    if name in toc_pages():
        reached = "(selector) => [...reached].some((element) => element.matches(selector))"
        assert [what for what, selector in TARGETS.items() if not page.evaluate(reached, selector)] == []


@chapter
def test_the_first_tab_leads_past_the_list_of_pages(page, name):
    page.goto(f"{name}.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@chapter
def test_folds_open_with_enter(page, name):
    page.goto(f"{name}.html")
    folds = page.locator("details").all()
    assert folds or not name.startswith("notebooks/"), "where are the solutions of the exercises?"
    for fold in folds:
        fold.evaluate("(fold) => fold.parentElement.closest('details')?.setAttribute('open', '')")
        fold.locator("summary").first.focus()
        was = fold.evaluate("(fold) => fold.open")
        page.keyboard.press("Enter")
        assert fold.evaluate("(fold) => fold.open") is not was


def test_a_choice_unfolds_what_answers_it_and_no_more(page):
    page.goto("notebooks/04-the-syscall-cases.html")
    answers = page.locator(".answer")
    assert answers.evaluate_all("(answers) => answers.map(({ open }) => open)") == [False, False]
    page.locator(".choice summary").first.click()
    page.wait_for_function("document.querySelector('.answer').open")
    assert answers.evaluate_all("(answers) => answers.map(({ open }) => open)") == [True, False]


@pytest.mark.parametrize(
    ("viewport", "button", "dialog"),
    [
        pytest.param(DESKTOP, ".search-button-field", "#pst-search-dialog", id="search"),
        pytest.param(PHONE, ".search-button", "#pst-search-dialog", id="search on a phone"),
        pytest.param(PHONE, ".primary-toggle", "#pst-primary-sidebar-modal", id="pages on a phone"),
        pytest.param(PHONE, ".secondary-toggle", "#pst-secondary-sidebar-modal", id="contents on a phone"),
    ],
)
def test_a_dialog_opens_and_closes_by_keys(new_page, viewport, button, dialog):
    page = new_page(viewport=viewport)
    page.goto("book/index.html")
    page.focus(button)
    page.keyboard.press("Enter")
    assert page.locator(dialog).evaluate("(dialog) => dialog.open && dialog.contains(document.activeElement)")
    assert not violations(page)
    page.keyboard.press("Escape")
    assert not page.locator(dialog).evaluate("(dialog) => dialog.open")
    assert page.locator(button).evaluate("(button) => button === document.activeElement")


def test_colours_are_the_system_s_until_a_key_chooses_others(new_page):
    page = new_page(color_scheme="dark")
    page.add_init_script(FIRST_COLOURS)
    page.goto("book/index.html")
    assert page.evaluate("firstColours") == "dark"
    page.focus(".theme-switch-button")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate("document.activeElement.matches('.theme-switch-button')")
    page.goto("book/about.html")
    assert page.evaluate("firstColours") == "light"


@pytest.mark.parametrize("name", [path.stem for path in notebooks()])
def test_search_leads_to_the_page(page, name):
    page.goto("book/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type(own_word(name))
    page.keyboard.press("Enter")
    page.locator(f"#search-results a[href*='{name}.html']").first.click()
    page.locator("article h1").wait_for()
    assert urlsplit(page.url).path == f"/notebooks/{name}.html"


@pytest.mark.parametrize(("asked", "leads_to"), [("refcount", "glossary"), ("43", "06-the-loader")])
def test_search_finds_the_kernel_s_words_and_numbers(page, asked, leads_to):
    page.goto(f"search.html?q={asked}")
    page.locator(f"#search-results a[href*='{leads_to}']").first.wait_for()


def test_the_first_page_is_small_and_asks_for_nothing_that_it_does_not_show(page):
    loaded = {}
    page.on("response", lambda got: loaded.update({urlsplit(got.url).path: len(got.body())}))
    page.goto("book/index.html", wait_until="networkidle")
    assert sum(loaded.values()) < FIRST_PAGE_BYTES, loaded
    assert not [path for path in loaded if "searchindex" in path or "fontawesome" in path]
    blocking = page.locator("script[src]:not([defer])")
    assert blocking.count() == 0


def test_every_icon_is_in_the_font_that_has_just_the_book_s(page, html):
    css = (html / "_static/book.css").read_text()
    (font,) = re.findall(r"url\(data:font/woff;base64,([^)]*)\)", css)
    has = {chr(code) for code in ttLib.TTFont(io.BytesIO(base64.b64decode(font))).getBestCmap()}
    for name in (PAGES[0], f"notebooks/{notebooks()[0].stem}", "search"):
        page.goto(f"{name}.html")
        icons = page.locator("i[class*='fa-']").evaluate_all(
            "(icons) => icons.map((icon) => getComputedStyle(icon, '::before')).map((s) => [s.content, s.fontFamily])"
        )
        assert len(icons) > 3
        assert [icon for icon in icons if icon[0].strip('"') not in has or "Font Awesome 6 Free" not in icon[1]] == []


def test_a_wrong_address_leads_to_the_first_page(browser, site, html):
    """As servers do it: the page for wrong addresses, at the address that was wrong, at any depth."""
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        page.route("**/deep/nothing.html", lambda route: route.fulfill(status=404, path=html / "404.html"))
        page.goto("notebooks/deep/nothing.html")
        assert not violations(page)
        page.wait_for_function("document.querySelector('a').href === new URL('/book/index.html', location).href")
        page.locator("a").click()
        page.locator("article h1").wait_for()


def test_no_page_runs_a_script_that_is_not_the_book_s(browser, site):
    """What a hostile text could bring in: a script of another place, one in the page, one in an attribute."""
    with browser.new_context(base_url=site) as context:
        page = context.new_page()
        page.goto("book/index.html")
        page.evaluate("""() => {
          window.ran = [];
          document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='ran.push(1)'>");
          for (const [name, value] of [["textContent", "ran.push(2)"], ["src", "data:text/javascript,ran.push(3)"]]) {
            document.body.append(Object.assign(document.createElement("script"), { [name]: value }));
          }
          return new Promise((resolve) => setTimeout(resolve, 100));
        }""")
        assert page.evaluate("ran") == []


@chapter
def test_page_reads_from_a_file(page, html, name):
    page.goto((html / f"{name}.html").as_uri())
    page.locator("article h1").wait_for()
    hidden = "(images) => images.filter((image) => !image.complete || !image.naturalWidth).map((image) => image.src)"
    assert page.locator("img").evaluate_all(hidden) == []


def test_search_works_from_a_file(page, html):
    page.goto((html / "search.html").as_uri() + "?q=verifier")
    page.locator("#search-results a").first.click()
    page.locator("article h1").wait_for()


@chapter
def test_page_reads_without_scripts(new_page, name):
    page = new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(f"{name}.html")
    assert page.locator("article h1").is_visible()
    assert page.locator("article section").last.is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--pst-color-text-base')")
    others = page.locator("nav.bd-links a")
    assert others.count() > len(notebooks())
    assert not [link.text_content() for link in others.all() if not link.is_visible()]
    step = page.locator(".prev-next-footer a").last
    leads_to = step.evaluate("(link) => link.href")
    step.click()
    page.wait_for_url(leads_to)
