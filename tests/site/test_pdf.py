"""The printed book: some of its chapters, as `make pdf` prints all of them, and a page that the browser prints."""

import io
import re

import book
import pdf
import pytest
from built import SITE
from pypdf import PdfReader

# chapters with a figure to move, a stepper, wide tables, long formulas and long code, where the contents have them
WANTED = ("linear/images", "crop/traps", "tv/rof", "conv/matrix", "appendix/notation")
FOOTER = "Differentiable Image Operations · text and figures CC BY 4.0, code MIT"
NAMES = [book.pages()[0]] + [name for name in book.pages() if name.endswith(WANTED)]
NUMBERS = {path.relative_to(book.ROOT).with_suffix("").as_posix(): k for k, path in enumerate(book.notebooks(), 1)}
CHAPTERS = [name for name in NAMES if name in NUMBERS]


@pytest.fixture(scope="module")
def printed(browser, tmp_path_factory):
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    pdf.print_book(browser, target, NAMES)
    return PdfReader(target)


def plain(text):
    """Without spaces, hyphens at the end of a line, and ligatures."""
    for one, letters in {"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi"}.items():
        text = text.replace(one, letters)
    return re.sub(r"[\s\u00ad\u200b]+", "", text)


@pytest.fixture(scope="module")
def texts(printed):
    return [page.extract_text() for page in printed.pages]


def titles(reader):
    """The first level of the outline, each title with the index of its page."""
    return [(entry.title, reader.get_destination_page_number(entry)) for entry in reader.outline
            if not isinstance(entry, list)]


def front(reader):
    """How many pages stand before the first with an arabic number."""
    return reader.page_labels.index("1")


def test_the_outline_has_every_chapter_in_order_and_the_solutions(printed):
    found = [title for title, _ in titles(printed)]
    assert found[0] == "About this book" and found[-1] == "Solutions" and len(found) == len(NAMES) + 1
    assert found[1:len(CHAPTERS) + 1] == [
        f"{NUMBERS[name]}. {book.title(book.ROOT / f'{name}.ipynb').replace('`', '')}" for name in CHAPTERS]


def test_the_number_of_pages_is_that_of_a_book_and_none_is_blank(printed, texts):
    assert 10 * len(CHAPTERS) < len(printed.pages) < 45 * len(CHAPTERS)
    assert not [k for k, (page, text) in enumerate(zip(printed.pages, texts, strict=True))
                if len(plain(text.replace(FOOTER, ""))) < 40 and not page.images]


def test_pages_have_their_title_above_and_the_number_that_the_reader_program_counts_below(printed, texts):
    first, listed = front(printed), [*titles(printed), ("", len(texts))]
    assert printed.page_labels[:first] == ["i", "ii", "iii", "iv"][:first] and first >= 2
    for (title, start), (_, end) in zip(listed, listed[1:], strict=False):
        for k in range(start, end):
            assert printed.page_labels[k] == str(k - first + 1)
            assert plain(texts[k]).startswith(plain(f"{title}{k - first + 1}{FOOTER}")), texts[k][:200]
    assert listed[0][1] == first and texts[1].startswith(f"ii{FOOTER}") and FOOTER not in texts[0]


def test_the_contents_lead_to_the_pages_that_they_name(printed, texts, links):
    listed, first = titles(printed), front(printed)
    assert [to for k, to in links if 1 <= k < first] == [page for _, page in listed]
    contents = plain("".join(texts[1:first]))
    for title, page in listed:
        assert re.search(re.escape(plain(title)) + rf"{page - first + 1}(?!\d)", contents), title


@pytest.fixture(scope="module")
def links(printed):
    """Each link: the index of its page, and that of the page where it leads, or its address."""
    order = {page.indirect_reference.idnum: k for k, page in enumerate(printed.pages)}
    places = {name: order[place.raw_get("/Page").idnum] for name, place in printed.named_destinations.items()}
    found = []
    for k, page in enumerate(printed.pages):
        for link in (entry.get_object() for entry in page.get("/Annots", [])):
            action = link.get("/A", {})
            place = link.get("/Dest", action.get("/D"))
            to = places.get(place) if isinstance(place, str) else place and order[place[0].idnum]
            found.append((k, action.get("/URI", to)))
    return found


def test_links_lead_within_the_document_or_to_the_web(links):
    outside = [to for _, to in links if isinstance(to, str)]
    assert len(links) - len(outside) > 60 and not [k for k, to in links if to is None]
    assert not [to for to in outside if not to.startswith(("https://", "http://")) or "contents.invalid" in to]


def test_every_solution_is_in_the_last_part_and_can_be_reached_from_its_exercise(printed, texts, links):
    start = titles(printed)[-1][1]
    before, after, count = plain("".join(texts[:start])), plain("".join(texts[start:])), 0
    for name in CHAPTERS:
        number = NUMBERS[name]
        for k in range(1, (SITE / f"{name}.html").read_text("utf-8").count('class="admonition solution"') + 1):
            assert f"Solutionofexercise{number}.{k}" in before and f"Exercise{number}.{k}" in after
            count += 1
    there = [k for k, to in links if isinstance(to, int) and k < start <= to]
    back = [k for k, to in links if isinstance(to, int) and to < start <= k]
    assert len(there) > count >= 2 * len(CHAPTERS) and len(back) >= count  # one more in the contents


def sentences(name):
    """Whole sentences of a chapter, without anything but words in them."""
    text = "\n\n".join(cell["source"] for cell in book.cells(book.ROOT / f"{name}.ipynb", "markdown")
                       if "solution" not in cell["source"])
    return [one for one in re.findall(r"(?<=[.] )[A-Z][a-z ,]{40,}[.]", text)]


def test_answers_and_the_code_of_figures_do_not_stand_beside_them(printed, texts):
    start = titles(printed)[-1][1]
    before, after = plain("".join(texts[:start])), plain("".join(texts[start:]))
    if "chapters/tv/rof" in CHAPTERS:
        number = NUMBERS["chapters/tv/rof"]
        page = book.cells(book.ROOT / "chapters/tv/rof.ipynb", "markdown")
        (answer,) = [cell["source"] for cell in page if "<summary>Answer</summary>" in cell["source"]]
        sentence = max(re.findall(r"[a-z ,]{30,}", re.split("</summary>|</details>", answer)[1]), key=len)
        assert f"Answer:Fig.{number}." in before and plain(sentence) in after and plain(sentence) not in before
    assert "alt=" not in before and "Fig." in before


def test_sentences_of_each_chapter_are_in_it(printed, texts):
    listed, found = titles(printed), 0
    for k, name in enumerate(CHAPTERS, 1):
        there = plain("".join(texts[listed[k][1]:listed[k + 1][1]]))
        for sentence in sentences(name)[:4]:
            assert plain(sentence) in there, (name, sentence)
            found += 1
    assert found >= 10


def test_every_step_is_on_paper(printed, texts):
    if "chapters/conv/matrix" in CHAPTERS:
        steps = plain("".join(texts))
        page = (SITE / "chapters/conv/matrix.html").read_text(encoding="utf-8")
        said = re.findall(r"Step \d+ of \d+", page)
        assert len(said) == 4 and all(plain(step) in steps for step in said)


def test_the_outline_has_the_words_of_the_headings_where_lines_broke(browser, tmp_path):
    words = [" ".join(f"{one}{k}," for k in range(12)) for one in ("first", "second")]
    body = f"<h1>{words[0]}</h1><p>Text.</p><h2>{words[1]}</h2><h2><code>a</code><wbr>_b</h2>"
    printed = pdf.print_html(browser, "body", body, tmp_path / "one.pdf")
    assert [entry["/Title"] for entry in pdf.entries(printed.root_object["/Outlines"])] == [*words, "a_b"]
    with pytest.raises(SystemExit, match="where the heading is “other”"):
        pdf.name_entries(printed, ["other"] * 3)


def test_the_file_says_what_it_is(printed):
    about = printed.metadata
    assert about.title == book.citation()["title"] and about.author == ", ".join(book.authors())
    assert printed.root_object["/Lang"] == "en" and "Chrome" not in about["/Creator"]


# a page that a reader prints ------------------------------------------------------------------------------------------

WIDE = """() => {
  const right = document.querySelector("article").getBoundingClientRect().right;
  return [...document.querySelectorAll("article :is(p, pre, table, img, svg, .base, figcaption)")]
    .filter((element) => element.getBoundingClientRect().width && element.getBoundingClientRect().right > right + 2)
    .map((element) => element.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_nothing_is_wider_than_the_paper(name, open_page):
    page = open_page(f"{name}.html", width=pdf.COLUMN)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.evaluate(WIDE)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_that_is_printed_has_its_number_its_licence_and_its_solutions(open_page, theme):
    page = open_page(f"{CHAPTERS[0]}.html", theme)
    assert page.evaluate("getComputedStyle(document.querySelector('article p')).color") != "rgb(29, 33, 38)" or (
        theme == "light")
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    text = plain("".join(one.extract_text() for one in printed.pages))
    title = book.title(book.ROOT / f"{CHAPTERS[0]}.ipynb")
    assert plain(f"{FOOTER}1. {title}") in text
    assert text.count("Solution") >= 2 and "correct:" in text
    for dead in ("Showthecode", "Copy", "Onthispage", "CtrlK", "previous"):
        assert dead not in text
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.querySelector('article p')).color") == "rgb(29, 33, 38)"
