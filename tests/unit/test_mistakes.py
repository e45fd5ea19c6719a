"""What the instructor's page lists as mistakes is what the checks recognise when they run."""

import ast
import importlib
import pkgutil
import re

import answers
import book
import exercises
import mistakes
import pytest
from answering import RIGHT, WRONG

for file in pkgutil.iter_modules(answers.__path__):
    importlib.import_module(f"answers.{file.name}")  # fills RIGHT and WRONG


@pytest.mark.parametrize("path", book.notebooks(), ids=book.chapter)
def test_the_sentences_are_those_that_a_check_looks_for(path, monkeypatch):
    name = exercises.checks_of(path)
    module, seen, looked = importlib.import_module(f"diffimg.checks.{name}"), [], []
    expect = module.expect
    # a mistake does not stop the check, so that an answer meets all of them
    monkeypatch.setattr(module, "recognise", lambda answer, wrong: seen.extend(wrong))
    monkeypatch.setattr(module, "expect", lambda holds, said: looked.append(said) or expect(holds, said))
    for one in exercises.exercises(path):
        check, read = getattr(module, one.check), mistakes.sentences(name, one.check)
        seen.clear(), looked.clear()
        for exercise, solution, *_ in (*RIGHT, *WRONG):
            if exercise is check:
                check(solution)
        patterns = [".*".join(map(re.escape, said.split(mistakes.GAP))) for said in read]
        unread = [said for said in set(seen) if not any(re.search(f"{pattern}$", said) for pattern in patterns)]
        unmet = [said for said, pattern in zip(read, patterns, strict=True)
                 if not any(re.search(f"{pattern}$", said) for said in seen + looked)]
        assert not unread and not unmet, (one.check, read, unread, unmet)


def test_a_gap_stands_for_what_is_put_in(monkeypatch):
    text = '''
def exercise_of_others():
    return {"not of this one.": 0}


def _wrong(n):
    tail = "look again."
    return {f"{n} times too large: {tail}": n, **{f"{name}: sheared.": 2 for name in "ab"}}


def enlarge(solution):
    mistakes = {"that is a sum.": 1, **_wrong(3)}
    mistakes["that is a difference."] = 2
    recognise(solution(), {sentence: value for sentence, value in mistakes.items()})
    expect(not close(solution(), 7), f"seven, and {n} times.")
    expect(close(solution(), 8), "that is not 8.")
'''
    monkeypatch.setattr(mistakes, "functions", lambda module: {node.name: node for node in ast.parse(text).body})
    assert mistakes.sentences("any", "enlarge") == [
        "that is a sum.", "that is a difference.", "seven, and … times.", "times too large: look again.", "sheared."]
