# SPDX-License-Identifier: GPL-2.0-only
"""Make a book for e-readers of the whole book in one page, which `make pdf` prints: `make epub`.

Pandoc makes it. What it has no word for is put into other words before: drawings that the page's style sheets colour
become pictures, what is folded is open, and each place has a name of its own.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pypandoc
import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import sync_playwright

BOOK = Path(__file__).parent
ARTICLE = "article.bd-article"
# What a page offers, and paper does not: links to a heading itself, buttons, the ways on from the cover, ornaments.
LEFT_OUT = "a.headerlink, .lab-ways, button, script, style, input, noscript, [aria-hidden=true]"
HEADING = re.compile("h[1-6]")
# The rest of so long a page is laid out anew for each picture. What is around a drawing may say how it looks.
DRAWINGS_ALONE = """(selector) => {
  const article = document.querySelector(selector);
  const holders = [...article.querySelectorAll("svg")].map((drawing) => {
    const holder = drawing.parentElement.cloneNode(false);
    holder.append(drawing);
    return holder;
  });
  article.replaceChildren(...holders);
}"""


def draw(page: Path, chromium: str, folder: Path) -> list[Path | None]:
    """A picture of each drawing in the article, in their order; None for ornaments, and what lends others its parts."""
    with sync_playwright() as engines:
        browser = engines.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        # Without its scripts, which add drawings of their own.
        view = browser.new_page(
            viewport={"width": 800, "height": 1600}, device_scale_factor=2, java_script_enabled=False
        )
        view.goto(page.as_uri())
        view.evaluate(DRAWINGS_ALONE, ARTICLE)
        pictures: list[Path | None] = []
        for number, drawing in enumerate(view.locator(f"{ARTICLE} svg").all()):
            picture = folder / f"drawing-{number}.png"
            if shown := drawing.is_visible() and drawing.get_attribute("aria-hidden") != "true":
                drawing.screenshot(path=picture)
            pictures.append(picture if shown else None)
        browser.close()
    return pictures


def put_pictures(article: Tag, pictures: list[Path | None]) -> None:
    for drawing, picture in zip(article.find_all("svg"), pictures, strict=True):
        if not picture:
            drawing.decompose()
            continue
        title = drawing.find("title")
        said = str(drawing.get("aria-label") or (title and title.get_text()) or "")
        drawing.replace_with(Tag(name="img", attrs={"src": str(picture), "alt": said}))


def unfold(article: Tag) -> None:
    for fold in article.find_all("details"):
        fold.name = "div"
        if summary := fold.find("summary"):
            summary.name = "p"
            summary["class"] = "summary"


def flatten(article: Tag) -> None:
    """Let each section's name be its heading's, and the chapters stand beside each other: there, pandoc parts them."""
    for section in article.find_all("section"):
        if (name := section.get("id")) and (heading := section.find(HEADING)) and not heading.get("id"):
            heading["id"] = name
        section.unwrap()
    for wrapper in article.select(".toctree-wrapper"):
        wrapper.unwrap()
    for heading in article.find_all(HEADING):
        heading.name = f"h{max(1, int(heading.name[1]) - 1)}"
    for term in article.find_all("dt", id=True):  # pandoc would lose the name
        term.insert(0, Tag(name="span", attrs={"id": str(term["id"])}))
        del term["id"]


def chapters(article: Tag) -> Iterator[list[Tag]]:
    """All elements from one chapter's title to the next."""
    chapter: list[Tag] = []
    for element in article.find_all(True, recursive=False):
        if element.name == "h1" and chapter:
            yield chapter
            chapter = []
        chapter += [element, *element.find_all(True)]
    yield chapter


def name_apart(article: Tag) -> None:
    """Many chapters have a section "exercises": but for the first, its name and the links to it get a number."""
    taken: set[str] = set()
    for number, chapter in enumerate(chapters(article)):
        names = {str(tag["id"]) for tag in chapter if tag.get("id")}
        renamed = {f"{mark}{name}": f"{mark}{name}-{number}" for name in names & taken for mark in ("", "#")}
        for tag in chapter:
            for attribute in ("id", "href"):
                if (value := str(tag.get(attribute))) in renamed:
                    tag[attribute] = renamed[value]
        taken |= names


def drop_dead_links(article: Tag) -> None:
    """Those to what is in the pages only."""
    known = {f"#{tag['id']}" for tag in article.find_all(id=True)}
    for link in article.find_all("a", href=True):
        if not re.match("https?:", str(link["href"])) and link["href"] not in known:
            link.unwrap()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("page", type=Path, help="the whole book in one page")
    parser.add_argument("chromium", help="a browser that draws")
    parser.add_argument("epub", type=Path, help="the book to make")
    options = parser.parse_args()

    article = BeautifulSoup(options.page.read_text(encoding="utf-8"), "html.parser").select_one(ARTICLE)
    assert article, f"{options.page} has no article"
    config = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))
    with TemporaryDirectory() as folder:
        put_pictures(article, draw(options.page.resolve(), options.chromium, Path(folder)))
        for element in article.select(LEFT_OUT):
            element.decompose()
        unfold(article)
        flatten(article)
        name_apart(article)
        drop_dead_links(article)
        arguments = [
            "--split-level=1", "--toc-depth=2", f"--resource-path={options.page.parent}", f"--css={BOOK}/epub.css",
            f"--epub-cover-image={BOOK}/_static/card.png", f"--metadata=title:{config['title']}",
            f"--metadata=author:{config['author']}", "--metadata=lang:en",
        ]  # fmt: skip
        pypandoc.convert_text(
            article.decode_contents(), "epub3", format="html", outputfile=str(options.epub), extra_args=arguments
        )


if __name__ == "__main__":
    main()
