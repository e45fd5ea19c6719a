"""What otter-grader 7 needs to grade a notebook: a test for each exercise, which asks the check of the exercise.

A folder for each chapter, grading/crop_fitting/tests, because otter gives a submission the sum of all tests in one. A
test is a function and no doctest: it stands apart from the names of the notebook, and otter shows its message. It
loads the package anew, because the notebook may have put something else into the place of a check.
"""

import re
import tomllib
from pathlib import Path

import book
import exercises

TEST = '''\
# {level}, {minutes} minutes, of chapter "{chapter}"
import sys
from importlib import import_module

from otter.test_files import test_case

OK_FORMAT = False
name = "{check}"
points = {points}


@test_case()
def {check}(env):
    assert "{answer}" in env, "the notebook defines no {answer}."
    loaded = {{name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "diffimg"}}
    try:
        checks = import_module("diffimg.checks.{module}")
    finally:
        sys.modules.update(loaded)
    checks.{check}.grade(env["{answer}"])
'''


def tests(path: Path) -> dict[str, str]:
    """The test files of a notebook, by their names."""
    of, module = book.chapter(path), exercises.checks_of(path)
    return {f"{one.check}.py": TEST.format(**one._asdict(), points=one.points, chapter=of, module=module)
            for one in exercises.exercises(path)}


def requirements() -> list[str]:
    """The packages that the chapters import, in the versions that were tested; the package of the book goes along as
    it is, beside the submission.
    """
    project = tomllib.loads((book.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["images"] + extras["chapters"]
    names = {normal(re.match(r"[\w.-]+", one)[0]) for one in wanted if not one.startswith(project["name"])}
    pins = [line for line in (book.ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
            if "==" in line and not line.startswith("#")]
    return [pin for pin in pins if normal(pin.partition("==")[0]) in names]


def normal(name: str) -> str:
    """A name of a package as the index compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def write(folder: Path) -> None:
    for path in book.notebooks():
        place = folder / exercises.checks_of(path) / "tests"
        place.mkdir(parents=True, exist_ok=True)
        for file, text in tests(path).items():
            (place / file).write_text(text, encoding="utf-8")
    (folder / "requirements.txt").write_text("\n".join(requirements()) + "\n", encoding="utf-8")
