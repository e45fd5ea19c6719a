"""A chapter that has just been begun runs, and fails only the tests that say what has to be written."""

import json
import os
import re
import shutil
import subprocess
import sys

import book
import new_chapter
import notebooks
import pytest
import rules
from book import ROOT


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the package and of the tests of its checks, with a new chapter."""
    folder = tmp_path_factory.mktemp("clone")
    for room in ("diffimg", "tests/unit"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    new_chapter.write("crop/first_try", "A first try", folder)
    return folder


def test_the_notebook_keeps_every_rule_but_those_on_what_must_be_written(clone, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(clone))
    path = clone / "chapters/crop/first_try.ipynb"
    notebook = notebooks.execute(path, 1).notebook
    notebooks.normalise(notebook)
    stored = json.loads(json.dumps(notebook))
    monkeypatch.setattr(rules, "exists", lambda module, name: True)  # the kernel imported them, from the copy
    broken = {rule.__name__: list(rule(stored)) for rule in rules.RULES}
    assert {name: complaints for name, complaints in broken.items() if complaints} == {
        "exercises_are_complete": ["1 exercises, expected two to four"],
        "exercises_have_a_level_and_minutes": ["no exercise is a core"],
        "one_exercise_asks_to_predict": [
            "no exercise begins with '**Predict.** '; its check takes the numbers, and no function"],
        "the_head_says_how_long_it_takes": ["the head has no line '*Reading time N minutes, running time ...*'"]}
    assert book.equations(path) == ["eq-first-try-mirror"] and book.figures(path) == ["fig-first-try-mirror"]


def test_its_checks_keep_their_tests(clone):
    tests = [sys.executable, "-m", "pytest", "tests/unit/test_checks.py", "-q", "-k", "first_try"]
    environment = {**os.environ, "PYTHONPATH": str(clone)}
    run = subprocess.run(tests, cwd=clone, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]


def test_each_of_its_files_says_what_is_left(clone):
    for path in new_chapter.write("tv/other", "Another", clone):
        assert "TODO" in path.read_text() and not re.search("<(part|name|label|title)>", path.read_text())


@pytest.mark.parametrize("chapter, words", [("Crop/First", "no name"), ("first", "no name"), ("crop/../x", "no name"),
                                            ("crop/first_try", "there already")])
def test_a_wrong_name_writes_nothing(chapter, words, clone):
    before = sorted(clone.rglob("*"))
    with pytest.raises(SystemExit, match=words):
        new_chapter.write(chapter, "A title", clone)
    assert sorted(clone.rglob("*")) == before
