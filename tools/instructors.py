"""What an instructor is told of each chapter, in markdown: collected from the notebooks, the checks and a measurement.

    chapters/appendix/lessons.yml       a question for the start of the lesson, written by hand
    benchmarks/results/notebooks_cpu.md   seconds and memory of each notebook, if benchmarks/bench_notebooks.py has run
"""

import posixpath
import re
from pathlib import Path
from typing import NamedTuple

import book
import exercises
import mistakes
import yaml

QUESTIONS = book.ROOT / "chapters/appendix/lessons.yml"
MEASURED = book.ROOT / "benchmarks/results/notebooks_cpu.md"
HEAD = re.compile(r"^\*Reading time (\d+) minutes, running time (.*?)\. (.*)\*$", flags=re.M)


class Head(NamedTuple):
    """What the first cell of a notebook says."""

    minutes: int
    runs: str  # in words
    needs: list[str]  # the chapters that it builds on


def head(path: Path) -> Head:
    minutes, runs, rest = HEAD.search(book.cells(path, "markdown")[0]["source"]).groups()
    named = re.findall(r"\{doc\}`([^`]+)`", rest)
    needs = dict.fromkeys(posixpath.normpath(posixpath.join(path.parent.name, name)) for name in named)
    return Head(int(minutes), runs, list(needs))


def goals() -> dict[str, str]:
    """What one can do after each chapter, as the table of the first page says."""
    index = (book.ROOT / "chapters/index.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| \{doc\}`([a-z_/]+)` \| (.*) \| \d+ \|$", index, flags=re.M))


def questions() -> dict[str, str]:
    return yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))


def measured() -> dict[str, tuple[str, str]]:
    """Seconds and megabytes of each chapter."""
    text = MEASURED.read_text(encoding="utf-8") if MEASURED.exists() else ""
    return {name: (seconds, megabytes)
            for name, seconds, megabytes in re.findall(r"^\| `([a-z_/]+)` \| (\d+) \| (\d+) \|$", text, flags=re.M)}


def link(name: str) -> str:
    return f"{{doc}}`../{name}`"


def chapter(path: Path, heads: dict[str, Head]) -> tuple[str, str]:
    """What stands in the section of a chapter, and in the fold at its end: the mistakes."""
    name, own = book.chapter(path), heads[book.chapter(path)]
    leads = [other for other, one in heads.items() if name in one.needs]
    found, cost, question = exercises.exercises(path), measured().get(name), questions().get(name)
    runs = f"{cost[0]} seconds and {cost[1]} MB to run, when it was measured" if cost else f"{own.runs} to run"
    lines = [f"{{doc}}`The chapter <../{name}>`: {own.minutes} minutes to read, {runs}. "
             f"After it you can {goals()[name]}.",
             f"**To begin.** {question}" if question else "",
             f"**Builds on** {', '.join(map(link, own.needs)) or 'nothing of this book'}."
             + (f" **Leads to** {', '.join(map(link, leads))}." if leads else ""),
             "\n".join(f"- {{numref}}`{one.label}`, `{one.check}`: {one.level}, {one.minutes} minutes"
                       f"{', to predict' if one.predict else ''}" for one in found)]
    return "\n\n".join(filter(None, lines)), "\n\n".join(recognised(path, one) for one in found).strip()


def recognised(path: Path, one: exercises.Exercise) -> str:
    """The mistakes of an exercise. Their sentences were written to be printed, and are no markdown."""
    said = mistakes.sentences(exercises.checks_of(path), one.check)
    return "\n".join([f"`{one.check}`", "", *(f"- {escaped(words)}" for words in said)]) if said else ""


def escaped(words: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>$|~^])", r"\\\1", words)
