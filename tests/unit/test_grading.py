"""The tests that `make student` writes for otter-grader give a right answer its points, and a stub none."""

import ast
import importlib
import pkgutil
import re
import sys
import types

import answers
import book
import exercises
import grading
import nbformat
import pytest
import student
from answering import RIGHT

for file in pkgutil.iter_modules(answers.__path__):
    importlib.import_module(f"answers.{file.name}")  # fills RIGHT
EVERY = [(path, one) for path in book.notebooks() for one in exercises.exercises(path)]
each = pytest.mark.parametrize("path, one", EVERY, ids=[f"{exercises.checks_of(path)}.{one.check}"
                                                        for path, one in EVERY])


@pytest.fixture(autouse=True)
def otter(monkeypatch):
    """What a test imports of otter-grader, which is not installed here."""
    files = types.ModuleType("otter.test_files")
    files.test_case = lambda **_: lambda function: function
    monkeypatch.setitem(sys.modules, "otter", types.ModuleType("otter"))
    monkeypatch.setitem(sys.modules, "otter.test_files", files)


def graded(path, one):
    """The function of a test file, and the points that it gives."""
    names = {}
    exec(compile(grading.tests(path)[f"{one.check}.py"], one.check, "exec"), names)
    assert names["OK_FORMAT"] is False and names["name"] == one.check
    return names[one.check], names["points"]


@each
def test_a_right_answer_gets_the_points_and_a_stub_none(path, one):
    check = getattr(importlib.import_module(f"diffimg.checks.{exercises.checks_of(path)}"), one.check)
    test, points = graded(path, one)
    right = next(solution for exercise, solution in RIGHT if exercise is check)
    assert test({one.answer: right}) is None and points == {"warm-up": 1, "core": 2, "stretch": 3}[one.level]
    stub, words = (None, "there is no prediction") if one.predict else (lambda *_: None, "returned None")
    with pytest.raises(AssertionError, match=words):
        test({one.answer: stub})
    with pytest.raises(AssertionError, match=f"^the notebook defines no {one.answer}.$"):
        test({})


def test_every_exercise_of_a_notebook_has_its_test():
    for path in book.notebooks():
        labels = [label for label in book.places(path) if label.startswith("ex-")]
        assert [one.label for one in exercises.exercises(path)] == labels
        assert len(grading.tests(path)) == len(labels)


@pytest.mark.parametrize("path", book.notebooks(), ids=lambda path: path.stem)
def test_an_answer_keeps_its_name_to_the_end(path):
    """A test sees the names as they are when the whole notebook has run."""
    cells = [cell.source for cell in student.without_solutions(nbformat.read(path, 4)).cells
             if cell.cell_type == "code"]
    for one in exercises.exercises(path):
        stub = next(k for k, source in enumerate(cells) if exercises.checked(source) == (one.check, one.answer))
        assert one.answer in bound(cells[stub])
        assert not any(one.answer in bound(source) for source in cells[stub + 1:]), one.answer


def bound(source):
    """The names that a cell gives a value."""
    return {name for node in ast.parse(source).body for name in (
        [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else
        [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)])}


def test_a_chapter_has_a_folder_of_its_own(tmp_path):
    """otter gives a submission the sum of all tests in a folder."""
    grading.write(tmp_path)
    files = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*.py")}
    assert files.keys() == {f"{exercises.checks_of(path)}/tests/{one.check}.py" for path, one in EVERY}
    for text in files.values():
        module, check = re.search(r'"diffimg\.checks\.(\w+)".*checks\.(\w+)\.grade', text, re.S).groups()
        assert callable(getattr(importlib.import_module(f"diffimg.checks.{module}"), check).grade)
    assert (tmp_path / "requirements.txt").read_text().splitlines() == grading.requirements()


def test_what_the_notebook_makes_of_the_checks_does_not_count(monkeypatch):
    path, one = EVERY[0]
    checks = importlib.import_module(f"diffimg.checks.{exercises.checks_of(path)}")
    from diffimg.checks import _shared

    monkeypatch.setattr(getattr(checks, one.check), "grade", lambda solution: None)
    for module in (checks, _shared):
        monkeypatch.setattr(module, "expect", lambda *_: None)
    with pytest.raises(AssertionError):
        graded(path, one)[0]({one.answer: lambda *_: 7.0})
    assert sys.modules[checks.__name__] is checks  # the notebook keeps what it has


def test_the_packages_of_the_chapters_are_those_that_were_tested():
    pins = dict(line.split("==") for line in grading.requirements())
    constraints = (book.ROOT / "constraints.txt").read_text().splitlines()
    assert {"torch", "numpy", "matplotlib", "scikit-image", "keras"} <= pins.keys() and "pytest" not in pins
    assert all(f"{name}=={version}" in constraints for name, version in pins.items())
