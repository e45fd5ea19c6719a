"""A course: some of the chapters, built as strictly as the book, for a class that gets no solutions."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import book
import nbformat
import pytest
import resolve
import student
import yaml

COURSE = ("linear", "crop", "appendix")
CLASS = {"DIFFIMG_SOLUTIONS": "no", "DIFFIMG_SITE": "https://class.example.org/book/",
         "DIFFIMG_REPOSITORY": "https://github.com/class/book", "DIFFIMG_BRANCH": "student"}


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """A function that builds the course and returns where it lies."""
    tmp_path = tmp_path_factory.mktemp("course")
    contents = yaml.safe_load((book.ROOT / "_toc.yml").read_text())
    contents["parts"] = [part for part in contents["parts"] if part["chapters"][0]["file"].split("/")[1] in COURSE]
    toc = tmp_path / "course.yml"
    toc.write_text(yaml.safe_dump(contents))

    def build(*options):
        command = [Path(sys.executable).with_name("jupyter-book"), "build", book.ROOT, "--toc", toc,
                   "--path-output", tmp_path, "-W", "-n", "--keep-going", *options]
        environment = {**os.environ, **CLASS, "DIFFIMG_TOC": str(toc)}
        run = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        return tmp_path / "_build"

    return build


@pytest.fixture(scope="module")
def site(build):
    return build() / "html"


def test_a_course_builds_without_a_warning_and_without_a_dead_link(site):
    chapters = {path.relative_to(site).as_posix() for path in site.glob("chapters/*/*.html")}
    assert {name.split("/")[1] for name in chapters} == set(COURSE)
    for page in site.glob("chapters/**/*.html"):
        links = re.findall(r'href="([^":#?]+\.html)', page.read_text(encoding="utf-8"))
        assert not [link for link in links if not (page.parent / link).exists()], page


def read(folder):
    return {path.relative_to(folder).as_posix(): nbformat.read(path, 4) for path in folder.glob("chapters/*/*.ipynb")}


def test_the_site_of_a_class_has_no_solutions(site):
    for page in site.glob("chapters/*/*.html"):
        assert "correct: " not in page.read_text(encoding="utf-8") and "solution" not in re.findall(
            r'class="([^"]*)"', page.read_text(encoding="utf-8"))
    for notebook in read(site / "notebooks").values():
        text = str(notebook.cells)
        assert "correct: " not in text and "Solution of" not in text and "not yet: " in text


def test_its_notebooks_lead_to_the_published_site(site):
    text = "".join(cell.source for notebook in read(site / "notebooks").values() for cell in notebook.cells
                   if cell.cell_type == "markdown")
    links = re.findall(r"\]\((?!#|https?://(?!class\.))([^)]*)\)", text)
    assert links and all(link.startswith(f"{CLASS['DIFFIMG_SITE']}chapters/") for link in links)
    missing = [link for link in links
               if not (site / link.partition("#")[0].removeprefix(CLASS["DIFFIMG_SITE"])).exists()]
    assert not missing


def test_colab_opens_the_same_with_one_cell_more(site):
    launched, downloaded = read(site / "launch"), read(site / "notebooks")
    assert launched.keys() == downloaded.keys() and launched
    for name, notebook in launched.items():
        assert notebook.cells[1:] == downloaded[name].cells
        assert notebook.cells[0].source.endswith("git+https://github.com/class/book@student\"")


def test_the_copies_for_students_are_those_of_the_site(site, build, monkeypatch):
    """`make student` asks Sphinx through a builder of its own."""
    monkeypatch.setenv("DIFFIMG_SITE", CLASS["DIFFIMG_SITE"])
    known = json.loads((build("--builder", "custom", "--custom-builder", "pages") / "pages/pages.json").read_text())
    pages = {name: resolve.Page(**page) for name, page in known.items()}
    downloaded = read(site / "notebooks")
    assert downloaded.keys() == {f"{name}.ipynb" for name in pages}
    for name, page in pages.items():
        exercises = student.without_solutions(nbformat.read(book.ROOT / f"{name}.ipynb", 4))
        assert resolve.Resolver(name, page, set(pages)).notebook(exercises) == downloaded[f"{name}.ipynb"]
