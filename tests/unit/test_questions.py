"""The page "Questions people ask": every call runs as a reader pastes it, and gives what the page says."""

import re
import warnings

import book
import numpy as np
import pytest
import torch
import yaml

FILE = book.ROOT / "chapters/appendix/questions.yml"
LISTED = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SUBJECTS = LISTED["subjects"]
ENTRIES = {name: entry for questions in SUBJECTS.values() for name, entry in questions.items()}
CHECKED = {label for path in book.notebooks() for label in book.checks(path)}


def wanted(entry):
    """What the last lines of the call print."""
    gives = entry.get("gives", [])
    return [gives] if isinstance(gives, str) else gives


each_question = pytest.mark.parametrize("name", ENTRIES)


@pytest.fixture
def names(monkeypatch):
    """What a session knows after the imports of the page: float32, on the CPU."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("KERAS_TORCH_DEVICE", "cpu")
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.manual_seed(0)
    np.random.seed(0)
    found: dict = {}
    exec(LISTED["imports"], found)
    return found


def plain(value):
    """As the page shows it: lists for tensors and arrays, numbers to three decimals."""
    if isinstance(value, torch.Tensor | np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        return round(value, 3) + 0.0  # no -0.0
    return type(value)(map(plain, value)) if type(value) in (list, tuple) else value


@each_question
def test_a_call_gives_what_the_page_says(name, names):
    entry = ENTRIES[name]
    lines, gives = entry["call"].rstrip().splitlines(), wanted(entry)
    before, shown = lines[:len(lines) - len(gives)], lines[len(lines) - len(gives):]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec("\n".join(before), names)
        assert [repr(plain(eval(line, names))) for line in shown] == gives
        assert "holds" not in entry or eval(entry["holds"], names)


@each_question
def test_an_entry_is_short_and_complete(name):
    entry = ENTRIES[name]
    assert set(entry) <= {"ask", "answer", "call", "gives", "holds", "see", "by", "asked"}
    assert ("gives" in entry) != ("holds" in entry), "a call gives a value, or something holds after it"
    assert re.fullmatch(r"[a-z0-9-]+", name)
    assert len(entry["answer"]) <= 240 and "\n" not in entry["answer"], "an answer has two lines at most"
    lines = entry["call"].rstrip().splitlines()
    assert len(lines) <= 4 + lines[0].startswith("import "), "a call is short, and a line is a line"
    assert max(map(len, [*lines, entry.get("holds", "")])) <= 108
    assert re.fullmatch(r"[a-z]+/\w+(#[^ ]+)?", entry["see"])
    assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", entry.get("asked", "a/b#1"))


@each_question
def test_an_equation_that_backs_an_answer_is_checked(name):
    labels = set(ENTRIES[name].get("by", "").split())
    assert labels <= CHECKED, f"no cell checks {', '.join(labels - CHECKED)}"


def test_there_are_questions_enough_and_each_stands_once():
    assert len(ENTRIES) == sum(map(len, SUBJECTS.values())) >= 60
    asked = [entry["ask"] for entry in ENTRIES.values()]
    assert len(set(asked)) == len(asked)
