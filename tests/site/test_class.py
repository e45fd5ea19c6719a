"""What a class finds on the site: the page for instructors, and the foot of each page."""

import re

import book
import exercises
import launch
import pytest
from bs4 import BeautifulSoup
from built import SITE
from site_extensions import foot


def soup(name):
    return BeautifulSoup((SITE / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def test_the_page_for_instructors_has_each_chapter():
    page = soup("chapters/appendix/instructors")
    sections = page.select("article section section")
    assert [section.h2.get_text().rstrip("#") for section in sections] == [
        re.sub("[`$]", "", book.title(path)) for path in book.notebooks()]
    for section, path in zip(sections, book.notebooks(), strict=True):
        linked = [link["href"].partition("#")[2] for link in section.select("li a.reference")]
        assert linked == [one.label for one in exercises.exercises(path)]
        assert "After it you can" in section.get_text() and "To begin." in section.get_text()
        assert section.find("details", class_="mistakes", recursive=False)


@pytest.mark.parametrize("name", ["chapters/linear/images", "chapters/appendix/glossary"])
def test_the_foot_says_when_the_page_was_changed(name):
    file = next(f"{name}{kind}" for kind in (".ipynb", ".md") if (book.ROOT / f"{name}{kind}").exists())
    said, repository = soup(name).select_one("p.foot"), launch.repository()
    dates = [time["datetime"] for time in said.select("time")] if said else []
    assert dates == ([foot.last_changed()[file]] if file in foot.last_changed() else [])
    links = {link.get_text(): link["href"] for link in said.select("a")} if said else {}
    assert ("Report an error" in links) == bool(repository)
    if repository and (edit := foot.edit(repository, file)):
        assert links["Suggest an edit"] == edit
