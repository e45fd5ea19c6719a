"""One part, one name, four rooms: what a new chapter or module can lack, each said in a sentence."""

import ast
import json
import re
from collections import Counter

import book
import pytest
from book import ROOT

NOTEBOOKS = book.notebooks()
PARTS = sorted({path.parent.name for path in NOTEBOOKS})
each_chapter = pytest.mark.parametrize("path", NOTEBOOKS, ids=book.chapter)


def own_name(path):
    return book.chapter(path).replace("/", "_")


# the rooms of a part --------------------------------------------------------------------------------------------------

UNTIMED = {"linear": "it multiplies by the operations of the other parts, which are timed"}


@pytest.mark.parametrize("module", book.modules())
def test_every_module_has_its_tests(module):
    assert (ROOT / f"tests/unit/test_{module}.py").exists(), f"diffimg/{module}.py has no tests/unit/test_{module}.py"


@pytest.mark.parametrize("part", sorted(set(PARTS) & set(book.modules()) - set(UNTIMED)))
def test_every_part_with_a_module_has_its_benchmark(part):
    file = f"benchmarks/bench_{part}.py"
    assert (ROOT / file).exists(), f"diffimg/{part}.py, the module of a part, has no {file}"


# the files of a chapter -----------------------------------------------------------------------------------------------

def exercises(name):
    """The checks in a file of checks."""
    path = ROOT / f"diffimg/checks/{name}.py"
    functions = [node for node in (ast.parse(path.read_text()).body if path.exists() else [])
                 if isinstance(node, ast.FunctionDef)]
    return {node.name for node in functions
            if any(ast.unparse(decorator).startswith("exercise(") for decorator in node.decorator_list)}


@each_chapter
def test_every_chapter_imports_its_own_checks(path):
    name, code = own_name(path), "\n".join(cell["source"] for cell in book.cells(path, "code"))
    assert f"from diffimg.checks import {name} as checks" in code, (
        f"chapters/{book.chapter(path)}.ipynb does not import its checks: from diffimg.checks import {name} as checks")


@each_chapter
def test_every_check_belongs_to_an_exercise_of_its_chapter(path):
    name, code = own_name(path), "\n".join(cell["source"] for cell in book.cells(path, "code"))
    unused = exercises(name) - set(re.findall(r"\bchecks\.(\w+)\(", code))
    assert not unused, f"chapters/{book.chapter(path)}.ipynb has no exercise for {unused} of diffimg/checks/{name}.py"


@pytest.mark.parametrize("room", ["diffimg/checks", "tests/unit/answers"])
def test_checks_and_answers_carry_the_name_of_a_chapter(room):
    here = {path.stem for path in (ROOT / room).glob("*.py") if not path.stem.startswith("_")}
    names = {own_name(path) for path in NOTEBOOKS}
    assert not names - here, f"{room} has no file for {', '.join(sorted(names - here))}: it is called PART_CHAPTER.py"
    assert not here - names, f"{room}: {', '.join(sorted(here - names))} is the PART_CHAPTER of no chapter in _toc.yml"


def test_a_label_stands_in_one_chapter():
    labels = Counter(label for path in NOTEBOOKS for of_kind in (book.equations, book.figures, book.places)
                     for label in of_kind(path))
    twice = [label for label, number in labels.items() if number > 1]
    assert not twice, f"{', '.join(twice)}: a label is unique in the whole book"


# the lists that a reader sees -----------------------------------------------------------------------------------------

def chapter_table(file):
    """The rows of the table whose first column is called Chapter."""
    table = re.search(r"^\| Chapter \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", (ROOT / file).read_text(), flags=re.M)[1]
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in table.splitlines()]


@pytest.mark.parametrize("file, name", [("chapters/index.md", lambda path: f"{{doc}}`{book.chapter(path)}`"),
                                        ("README.md", book.title)], ids=["index", "README"])
def test_a_table_of_chapters_is_that_of_the_book(file, name):
    rows, chapters = [row[0] for row in chapter_table(file)], [name(path) for path in NOTEBOOKS]
    missing, strange = ([x for x in a if x not in b] for a, b in ((chapters, rows), (rows, chapters)))
    assert not missing, f"the table of chapters in {file} has no row for {', '.join(missing)}"
    assert not strange, f"the table of chapters in {file} has {', '.join(strange)}, which _toc.yml does not list"
    assert rows == chapters, f"the table of chapters in {file} has another order than _toc.yml"


def test_the_index_says_how_long_each_chapter_takes():
    said = {row[0]: row[-1] for row in chapter_table("chapters/index.md")}
    heads = {f"{{doc}}`{book.chapter(path)}`": book.cells(path, "markdown")[0]["source"] for path in NOTEBOOKS}
    wrong = [name for name, minutes in said.items() if f"*Reading time {minutes} minutes," not in heads.get(name, "")]
    assert not wrong, f"the minutes in chapters/index.md are not those in the head of {', '.join(wrong)}"


# what a skeleton leaves to write --------------------------------------------------------------------------------------

def written(path):
    """The text of a file; of a notebook, without its outputs, where letters may stand in any order."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    return json.dumps([{**cell, "outputs": []} for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]])


@pytest.mark.parametrize("room", ["chapters", "diffimg", "tests/unit", "benchmarks"])
def test_nothing_is_left_to_write(room):
    found = [(path.relative_to(ROOT), words) for path in sorted((ROOT / room).rglob("*"))
             if path.suffix in (".ipynb", ".md", ".py") and ".ipynb_checkpoints" not in path.parts
             for words in re.findall(r"TODO[^\"\\\n]*", written(path))]
    assert not found, f"{found[0][0]} still says {found[0][1]!r}, and there are {len(found) - 1} more in {room}"
