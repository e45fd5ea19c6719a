"""The notebooks that the site offers say what its pages say: the same numbers, the same words, the same targets."""

import functools
import posixpath
import re
from urllib.parse import unquote

import book
import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from built import SITE
from markdown_it import MarkdownIt

NOTEBOOKS = [book.page(path) for path in book.notebooks()]
RAW = re.compile(r"\{[\w:+-]+\}`|^[`:~]{3,} *\{|^\([\w-]+\)=|^:[a-z]+:|\$\$[ \t]*\((?:eq-)|\\label", flags=re.M)
CODE = re.compile(r"(`+)(?:(?!`)[\s\S])+?\1(?!`)")
MATH = re.compile(r"\$\$[\s\S]+?\$\$|\$[^$\n]+\$")


@functools.cache
def notebook(name):
    return nbformat.read(SITE / "notebooks" / f"{name}.ipynb", 4)


@functools.cache
def article(name) -> Tag:
    return BeautifulSoup((SITE / f"{name}.html").read_text(encoding="utf8"), "html.parser").select_one("article")


def text(name):
    return "\n\n".join(cell.source for cell in notebook(name).cells if cell.cell_type == "markdown")


def tables(name):
    return "\n".join(out.data["text/html"] for cell in notebook(name).cells for out in cell.get("outputs", [])
                     if "text/html" in out.get("data", {}))


def words(text):
    """On one line, without the page's typographic quotes."""
    return " ".join(text.translate(str.maketrans("“”’", "\"\"'")).split())


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_is_plain_markdown_and_valid(name):
    nbformat.validate(notebook(name))
    raw = RAW.findall(re.sub(r"(?<!\})" + CODE.pattern, "", text(name)))
    assert not raw, raw


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_its_equations_figures_and_exercises_have_the_numbers_of_the_page(name):
    page = article(name)
    numbers = [tag.text.removesuffix("#") for tag in page.select(".eqno")]
    assert [f"({number})" for number in re.findall(r"\\tag\{([\d.]+)\}", text(name))] == numbers
    assert len(numbers) == len(book.equations(book.ROOT / f"{name}.ipynb"))
    captions = [words(tag.text) for tag in page.select("figcaption .caption-number")]
    assert re.findall(r"\*\*(Fig\. [\d.]+?)\.\*\*", text(name)) == captions and captions
    titles = [words(tag.text.removesuffix("#\n").rstrip("#")) for tag in page.select(".exercise .admonition-title")]
    assert re.findall(r"^### (Exercise .*)$", text(name), flags=re.M) == titles and titles
    heading = page.find("h1").text.removesuffix("#")
    assert f"# {heading}\n" in text(name)


def of_the_page(name):
    """The words and the targets of its references: a page with a place in it, or an entry's own addresses."""
    for link in article(name).select("a.reference:not(.headerlink):not(.image-reference)"):
        if link.find_parent(class_="cell_output"):
            continue
        path, _, place = link["href"].partition("#")
        if "://" in path:
            yield words(link.text), {unquote(link["href"])}
            continue
        to = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)).removesuffix(".html") if path else name
        if to.endswith("/bibliography"):
            entry = article(to).find(id=place)
            addresses = {unquote(a["href"]) for a in entry.select("a.external")}
            here = f"{book.site_address()}{to}.html#{place}"
            yield from [(words(link.text), addresses | {here})] * bool(addresses or book.site_address())
        elif to in NOTEBOOKS or book.site_address():
            yield words(link.text), {f"{to}#{place}" if place else to}


def of_the_notebook(name):
    """The same, as a reader of markdown finds them."""
    for token in MarkdownIt().parse(MATH.sub("x", text(name))):
        children = token.children or []
        for k, child in enumerate(children):
            if child.type != "link_open":
                continue
            closing = next(i for i, other in enumerate(children) if i > k and other.type == "link_close")
            says = "".join(other.content for other in children[k:closing])
            yield words(says), target(name, child.attrs["href"])


def target(name, href):
    """A link into the book as the page and the place that it leads to; anything else as it stands."""
    site = book.site_address()
    if site and href.startswith(site) and "/bibliography" not in href:
        return href.removeprefix(site).replace(".html", "", 1)
    path, _, place = href.partition("#")
    if "://" in path:
        return unquote(href)  # markdown-it writes some signs in its own way
    to = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else f"{name}.ipynb"
    assert to.endswith(".ipynb"), href
    return to.removesuffix(".ipynb") + (f"#{place}" if place else "")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_its_links_lead_where_those_of_the_page_lead(name):
    expected, found = list(of_the_page(name)), list(of_the_notebook(name))
    assert [says for says, _ in found] == [says for says, _ in expected] and found
    assert not [pair for pair, (_, targets) in zip(found, expected, strict=True) if pair[1] not in targets]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_place_that_a_link_leads_to_is_in_the_notebook(name):
    written = [target(name, href) for href in re.findall(r'href="([^":]*#[^"]+)"', text(name) + tables(name))]
    for to in (*(to for _, to in of_the_notebook(name)), *written):
        page, _, place = to.partition("#")
        if page in NOTEBOOKS and place:
            assert f'id="{place}"' in text(page) + tables(page), to


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_its_code_is_that_of_the_chapter_and_folded_where_the_page_folds_it(name):
    own, inside = nbformat.read(book.ROOT / f"{name}.ipynb", 4), False
    folded = []
    for cell in own.cells:
        gates = re.findall(r"\{solution-(start|end)\}", cell.source) if cell.cell_type == "markdown" else []
        inside = gates[-1] == "start" if gates else inside
        if cell.cell_type == "code":
            folded.append(inside or bool({"hide-input", "remove-cell"}.intersection(cell.metadata.get("tags", []))))
    cells = [cell for cell in notebook(name).cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells] == [cell.source for cell in own.cells if cell.cell_type == "code"]
    assert book.code_hash([cell.source for cell in cells]) == notebook(name).metadata.diffimg.code_sha256
    assert [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in cells] == folded and any(folded)
    said = [shape for cell in cells for out in cell.outputs for shape in out.get("metadata", {}).values()]
    assert {key for shape in said for key in shape} <= {"width", "height"}
