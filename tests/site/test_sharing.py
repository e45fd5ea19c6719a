"""What a page says of itself where it is shared, found and cited: with the address of the site, and without it."""

import base64
import functools
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as xml
from pathlib import Path

import book
import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup
from built import PAGES, SITE
from PIL import Image
from playwright.sync_api import expect

CITATION = yaml.safe_load((book.ROOT / "CITATION.cff").read_text())
NOTEBOOKS = [path.relative_to(book.ROOT).with_suffix("").as_posix() for path in book.notebooks()]
ICONS = {"apple-touch-icon.png": 180, "favicon-32.png": 32}
ONLY_WITH_AN_ADDRESS = ("link[rel=canonical]", "meta[property='og:url']", "meta[property^='og:image']",
                        "meta[name=citation_fulltext_html_url]")


@functools.cache
def head(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf8").partition("</head>")[0], "html.parser")


def said(page, name):
    (tag,) = page.select(f"meta[name='{name}'], meta[property='{name}']")
    return tag["content"]


def structured(page):
    return json.loads(page.select_one("script[type='application/ld+json']").string)


# every page -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", PAGES)
def test_a_page_describes_itself_in_a_whole_sentence(name):
    page = head(SITE / name)
    text = said(page, "description")
    assert 30 < len(text) < 200 and text.endswith(".") and "…" not in text
    assert said(page, "og:description") == text
    assert said(page, "og:title") and said(page, "og:site_name") == "Differentiable Image Operations"


def test_no_two_pages_say_the_same():
    texts = [said(head(SITE / name), "description") for name in PAGES]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_chapter_says_what_one_can_do_after_it_and_how_to_cite_it(name):
    page, title = head(SITE / f"{name}.html"), book.title(book.ROOT / f"{name}.ipynb").replace("`", "")
    assert said(page, "description").startswith("After it you can ")
    assert said(page, "og:title") == said(page, "citation_title") == title
    assert said(page, "citation_author") == CITATION["authors"][0]["name"]
    assert said(page, "citation_publication_date") == str(CITATION["date-released"]).replace("-", "/")
    data, minutes = structured(page), re.search(r"\*Reading time (\d+)", book.cells(
        book.ROOT / f"{name}.ipynb", "markdown")[0]["source"])[1]
    assert data["@type"] == ["Chapter", "LearningResource"] and data["isPartOf"]["@type"] == "Book"
    assert (data["name"], data["position"], data["timeRequired"]) == (title, NOTEBOOKS.index(name) + 1, f"PT{minutes}M")


def test_the_first_page_is_the_book():
    data = structured(head(SITE / "index.html"))
    assert data["@type"] == "Book" and data["version"] == CITATION["version"]
    assert [part["name"] for part in data["hasPart"]] == [
        book.title(book.ROOT / f"{name}.ipynb").replace("`", "") for name in NOTEBOOKS]


@pytest.mark.skipif(book.site_address() is not None, reason="the site was built with its address")
def test_without_an_address_nothing_pretends_to_have_one():
    for name in PAGES:
        page = head(SITE / name)
        assert not [tag for selector in ONLY_WITH_AN_ADDRESS for tag in page.select(selector)], name
        assert said(page, "twitter:card") == "summary" and "None" not in str(page)
    assert (SITE / "robots.txt").read_text() == "User-agent: *\nDisallow:\n"
    assert not [name for name in ("sitemap.xml", "404.html", "cards") if (SITE / name).exists()]


@pytest.mark.parametrize("icon", ICONS)
def test_an_icon_is_a_picture_of_the_drawn_one(icon, browser):
    static, size = book.ROOT / "tools/site/static", ICONS[icon]
    page = browser.new_page(viewport={"width": size, "height": size})
    drawn = base64.b64encode((static / "favicon.svg").read_bytes()).decode()
    page.set_content(f"<body style='margin:0'><img width={size} src='data:image/svg+xml;base64,{drawn}'>")
    page.wait_for_function("document.images[0].complete")
    now = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), float)
    page.close()
    stored = Image.open(static / icon).convert("RGBA")
    stored = np.asarray(Image.alpha_composite(Image.new("RGBA", stored.size, "white"), stored).convert("RGB"), float)
    assert stored.shape == (size, size, 3) and abs(now - stored).mean() < 2
    page = head(SITE / "index.html")
    assert page.select_one(f"link[href$='{icon}']")


# a site that knows its address ----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """One chapter, built with the address of a server that shows the book in a folder; that, the address, the site."""
    folder = tmp_path_factory.mktemp("published")
    handler = functools.partial(Handler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address, toc = f"http://127.0.0.1:{server.server_address[1]}/the/book", folder / "course.yml"
    contents = yaml.safe_load((book.ROOT / "_toc.yml").read_text())
    contents["parts"] = [{**contents["parts"][0], "chapters": contents["parts"][0]["chapters"][:1]}]
    toc.write_text(yaml.safe_dump(contents))
    build = [Path(sys.executable).with_name("jupyter-book"), "build", book.ROOT, "--toc", toc, "--path-output", folder]
    run = subprocess.run(build, env={**os.environ, "DIFFIMG_TOC": str(toc), "DIFFIMG_SITE": address},
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    (folder / "the").mkdir()
    (folder / "_build/html").rename(folder / "the/book")
    yield f"{address}/", folder / "the/book"
    server.shutdown()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Shows 404.html where there is no file, as the servers of sites do."""

    def log_message(self, *args):
        """As in conftest.py."""

    def send_error(self, code, *rest):
        body = Path(self.directory, "the/book/404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)


CHAPTER = "chapters/linear/images.html"


def test_each_page_has_one_address(published):
    address, site = published
    for name, path in (("index.html", ""), (CHAPTER, CHAPTER)):
        page = head(site / name)
        assert page.select_one("link[rel=canonical]")["href"] == said(page, "og:url") == address + path
        assert said(page, "citation_fulltext_html_url") == structured(page)["url"] == address + path
    assert head(site / "chapters/index.html").select_one("link[rel=canonical]")["href"] == address


def test_the_card_of_a_chapter_is_its_first_figure_and_the_others_have_that_of_the_book(published):
    address, site = published
    page, first = head(site / CHAPTER), head(site / "index.html")
    cell = next(cell for cell in book.cells(book.ROOT / "chapters/linear/images.ipynb", "code")
                if any("image/png" in output.get("data", {}) for output in cell["outputs"]))
    data = next(output["data"] for output in cell["outputs"] if "image/png" in output.get("data", {}))
    assert said(page, "og:image:alt") == "".join(data["text/plain"])
    assert said(page, "twitter:card") == said(first, "twitter:card") == "summary_large_image"
    assert said(page, "og:image") != said(first, "og:image") == said(head(site / "genindex.html"), "og:image")
    for one in (page, first):
        card = Image.open(site / said(one, "og:image").removeprefix(address)).convert("L")
        pixels = np.asarray(card, float)
        assert card.size == (int(said(one, "og:image:width")), int(said(one, "og:image:height"))) == (1200, 630)
        inside = pixels[40:-40, 40:-40].copy()
        pixels[40:-40, 40:-40] = 255
        assert pixels.min() == 255 and inside.std() > 20
    figure = Image.open(io.BytesIO(base64.b64decode("".join(data["image/png"])))).convert("L")
    shown = Image.open(site / said(page, "og:image").removeprefix(address)).convert("L")
    scale = min(1104 / figure.width, 534 / figure.height)
    width, height = round(figure.width * scale), round(figure.height * scale)
    left, top = (1200 - width) // 2, (630 - height) // 2
    small = [np.asarray(one.resize((120, 60), Image.Resampling.BOX), float).ravel()
             for one in (figure, shown.crop((left, top, left + width, top + height)))]
    assert np.corrcoef(small)[0, 1] > 0.98


def test_search_engines_get_every_page_of_the_contents_and_no_other(published):
    address, site = published
    tree = xml.parse(site / "sitemap.xml").getroot()
    assert [place.text for place in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")] == [
        address, address + CHAPTER]
    assert (site / "robots.txt").read_text() == f"User-agent: *\nDisallow:\n\nSitemap: {address}sitemap.xml\n"
    for name in ("search.html", "404.html"):
        assert head(site / name).select_one("meta[name=robots]")["content"] == "noindex"
        assert not head(site / name).select("link[rel=canonical]")


@pytest.mark.parametrize("lost", ["nowhere", "chapters/conv/old-name.html"])
def test_an_address_without_a_page_leads_to_the_search_and_the_chapters(published, browser, lost):
    page, faults = browser.new_page(), []
    page.on("response", lambda answer: answer.status < 400 or faults.append(answer.url))
    page.goto(published[0] + lost)
    expect(page.locator("h1")).to_have_text("No such page")
    assert faults == [published[0] + lost] and page.evaluate("getComputedStyle(document.body).margin") == "0px"
    page.locator("#pst-skip-link a").focus()
    page.keyboard.press("Enter")
    assert page.url == f"{published[0]}{lost}#main-content"
    page.locator(".bd-search-container input").fill("half pixel")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=half+pixel")
    expect(page.locator("#search-results a").first).to_be_visible()
    page.goto(published[0] + lost)
    page.locator(".bd-links a").first.click()
    expect(page).to_have_url(published[0] + CHAPTER)
    page.close()


@pytest.mark.parametrize("told, address", [("", None), ("https://host.org", "https://host.org/"),
                                           ("http://host.org:8000/a/b/", "http://host.org:8000/a/b/")])
def test_the_address_ends_in_a_slash(told, address, monkeypatch):
    monkeypatch.setenv("DIFFIMG_SITE", told)
    assert book.site_address() == address


@pytest.mark.parametrize("told", ["host.org/book", "/book", "ftp://host.org", "https://", "https://host.org/?page=1",
                                  "https://host.org/#top", "https://host.org/my book"])
def test_anything_else_is_no_address(told, monkeypatch):
    monkeypatch.setenv("DIFFIMG_SITE", told)
    with pytest.raises(ValueError, match="DIFFIMG_SITE"):
        book.site_address()
