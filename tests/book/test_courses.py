"""The first page of a course names the chapters of the course."""

import re

import book
import pytest
from site_extensions import courses

INDEX = (book.ROOT / "chapters/index.md").read_text(encoding="utf-8")
CHAPTERS = {book.chapter(path) for path in book.notebooks()}
PARTS = sorted({name.partition("/")[0] for name in CHAPTERS})


def names(text):
    return {name for name in courses.DOC.findall(text) if not name.startswith("appendix/")}


def course(*parts):
    there = {name for name in CHAPTERS if name.partition("/")[0] in parts}
    return courses.of_course(INDEX, CHAPTERS - there), there


def sections(text):
    return {re.sub(r"[^\w -]", "", title).replace(" ", "-").lower() for title in re.findall("^## (.*)", text, re.M)}


def test_the_whole_book_keeps_every_letter():
    assert courses.of_course(INDEX, set()) == INDEX and names(INDEX) == CHAPTERS


@pytest.mark.parametrize("part", PARTS)
def test_a_part_alone(part):
    text, there = course(part)
    assert names(text) == there
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= sections(text)  # nothing leads to a section that went
    assert not re.search(r"\| *\||, \||\| ,|;\.|\.\.|^ |  ", text, flags=re.M), text
    for table in re.findall(r"(?:^\|.*\n?)+", text, flags=re.M):
        rows = table.splitlines()
        assert len(rows) > 2 and len({row.count("|") for row in rows}) == 1
    kept = set(re.split(r"[\s;.]+", text))
    assert kept <= set(re.split(r"[\s;.]+", INDEX)) | {"The"}  # nothing is made up


def test_a_sentence_goes_and_the_next_stays():
    text, _ = course("linear")
    assert "In an hour: {doc}`linear/matrices`" in text and "The README says how a class runs the notebooks.\n" in text
    assert "together/superresolution" not in text and "By library function" not in text
    text, _ = course("crop")
    assert "In an hour" not in text and "\n\nThe README says how a class runs the notebooks.\n" in text
    assert "| `torchvision.ops.roi_align` | {doc}`crop/antialiasing` |" in text and "cv2.remap" not in text


def test_of_a_row_the_links_stay_that_lead_somewhere():
    text = courses.of_course(INDEX, {"resample/rosetta"})
    row = next(row for row in text.splitlines() if row.startswith("| `F.interpolate`"))
    assert row.endswith("| {doc}`resample/interpolation` |")


def test_other_pages_stay_as_they_are():
    class App:
        class config:
            root_doc = "chapters/index"

    source = ["See {doc}`crop/nowhere`."]
    courses.tell_of_the_course(App, "chapters/linear/images", source)
    assert source == ["See {doc}`crop/nowhere`."]
