"""The page for instructors knows each chapter."""

import re

import book
import exercises
import instructors
import pytest

HEADS = {book.chapter(path): instructors.head(path) for path in book.notebooks()}
each_chapter = pytest.mark.parametrize("path", book.notebooks(), ids=book.chapter)


@each_chapter
def test_each_chapter_has_a_question_for_the_start_of_the_lesson(path):
    file, question = instructors.QUESTIONS.relative_to(book.ROOT), instructors.questions().get(book.chapter(path))
    assert question, f"{file} has no question for {book.chapter(path)}: one sentence about a surprise of the chapter"
    assert question.endswith("?") and len(question) < 160 and not re.search(r"[.?!] ", question), (
        f"{file}: the question for {book.chapter(path)} is one sentence, which ends with a question mark")


def test_every_question_belongs_to_a_chapter():
    assert not (strange := set(instructors.questions()) - set(HEADS)), f"{strange}: no such chapter in _toc.yml"


@each_chapter
def test_what_is_said_of_a_chapter(path):
    name = book.chapter(path)
    text, mistakes = instructors.chapter(path, HEADS)
    assert f"After it you can {instructors.goals()[name]}." in text and instructors.questions()[name] in text
    assert f"{HEADS[name].minutes} minutes to read" in text and " to run" in text
    for one in exercises.exercises(path):
        assert f"{{numref}}`{one.label}`" in text and f"{one.level}, {one.minutes} minutes" in text
    assert mistakes.count("\n- ") >= 4


def test_what_a_chapter_builds_on_comes_before_it():
    order = list(HEADS)
    late = [(name, other) for name, head in HEADS.items() for other in head.needs
            if order.index(other) >= order.index(name)]
    assert not late, f"{late}: the head of a chapter names one that comes later, or itself"
    assert HEADS["tv/rof"].needs == ["tv/total_variation", "linear/matrices"] and HEADS["linear/images"].needs == []
    text, _ = instructors.chapter(book.ROOT / "chapters/tv/rof.ipynb", HEADS)
    assert "**Leads to** {doc}`../tv/choosing_lambda`" in text


def test_seconds_and_memory_are_those_that_were_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(instructors, "MEASURED", tmp_path / "notebooks_cpu.md")
    path = book.ROOT / "chapters/tv/rof.ipynb"
    assert "40 minutes to read, under half a minute to run." in instructors.chapter(path, HEADS)[0]
    instructors.MEASURED.write_text("| chapter | seconds | MB |\n|---|---|---|\n| `tv/rof` | 12 | 431 |\n")
    assert instructors.measured() == {"tv/rof": ("12", "431")}
    text = instructors.chapter(path, HEADS)[0]
    assert "40 minutes to read, 12 seconds and 431 MB to run, when it was measured." in text


def test_a_sentence_of_a_check_is_no_markdown():
    assert instructors.escaped("p[k] is w_h * |x| - 1") == r"p\[k\] is w\_h \* \|x\| - 1"
