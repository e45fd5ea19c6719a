"""Every notebook keeps every rule, and every rule notices when it is broken."""

import copy
import json
import re
import subprocess
import sys

import book
import pytest
import rules
from book import ROOT
from rules import RULES

NOTEBOOKS = book.notebooks()


@pytest.mark.parametrize("path, rule", [(path, rule) for path in NOTEBOOKS for rule in RULES],
                         ids=lambda value: getattr(value, "stem", None) or value.__name__)
def test_notebook_keeps_the_rule(path, rule):
    complaints = list(rule(json.loads(path.read_text())))
    assert not complaints, f"chapters/{book.chapter(path)}.ipynb: " + "; ".join(complaints)


def code_cell(text, *, count=1, tags=(), outputs=()):
    return {"cell_type": "code", "source": text, "execution_count": count, "metadata": {"tags": list(tags)},
            "outputs": list(outputs)}


def prints(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def picture(alt):
    return {"output_type": "display_data", "data": {"image/png": "", "text/plain": alt}, "metadata": {"image/png": {}}}


def markdown(text):
    return {"cell_type": "markdown", "source": text, "metadata": {}}


BROKEN = {
    "every_equation_is_checked": [markdown("$$ a = b $$ (eq-lonely)")],
    "every_check_asserts_a_computed_value": [code_cell("assert 1 == 1", tags=["check:eq-a"])],
    "no_assert_compares_a_thing_with_itself": [code_cell("assert close(x, x)")],
    "every_unlabelled_number_of_an_equation_is_written_as_a_reference": [markdown("see equation (3)")],
    "a_reference_to_an_equation_brings_its_own_brackets": [markdown("so ({eq}`eq-a`)")],
    "outputs_are_in_clean_order": [code_cell("1", count=2)],
    "outputs_belong_to_this_code": [code_cell("an edit after the run")],
    "nothing_fails_or_warns": [code_cell("", outputs=[{"output_type": "stream", "name": "stderr", "text": "Warning"}])],
    "outputs_name_no_machine": [code_cell("", outputs=[prints("tensor([1.], device='cuda:0')")])],
    "outputs_have_few_digits": [code_cell("", outputs=[prints("0.33333333333333337")])],
    "every_picture_says_what_it_shows": [code_cell("", outputs=[picture("<Figure size 640x480 with 1 Axes>")])],
    "every_living_figure_says_what_it_shows_and_is_numbered": [code_cell("", outputs=[
        {"output_type": "display_data", "data": {"text/html": "<dio-x data-live='x'>", "text/plain": "A figure."}}])],
    "every_picture_has_its_form_for_the_page": [code_cell("", outputs=[picture("a sentence")])],
    "every_picture_is_a_numbered_figure_outside_solutions": [code_cell("", outputs=[picture("a sentence")])],
    "cells_are_short": [code_cell("\n".join("x" * 13))],
    "imports_resolve": [code_cell("from diffimg.checks import crop_and_hope as checks")],
    "a_notebook_alone_says_what_is_missing": [code_cell("from diffimg import setup")],
    "exercises_are_complete": [markdown("```{exercise-start}\n:label: ex-a\n```")],
    "every_exercise_calls_its_check": [markdown("```{exercise-start}\n:label: ex-a\n```"), code_cell("checks.a(a)"),
                                       markdown("````{solution-start} ex-a\n````"), code_cell("right")],
    "exercises_have_a_level_and_minutes": [markdown("```{exercise-start} core, soon\n:label: ex-a\n```")],
    "one_exercise_asks_to_predict": [markdown("```{exercise-start} core, 5 minutes\n:label: ex-a\n```\nPredict it.")],
    "the_head_says_how_long_it_takes": [markdown("# A chapter")],
    "the_head_has_the_words_of_those_who_ask": [markdown("# A chapter\n\n*Reading time 5 minutes, running time 1 s.*")],
    "prose_keeps_the_voice": [markdown("Obviously, this converges.")],
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_notices_a_broken_notebook(rule):
    assert list(rule({"cells": BROKEN[rule.__name__], "metadata": {}}))


@pytest.mark.parametrize("text", ["assert x == x", "assert 0 < a[1] == a[1]", "assert torch.equal(f(x), f(x))",
                                  "assert y > 0 and not close(x + 1, x + 1, 1e-3)"])
def test_a_thing_compared_with_itself_is_noticed(text):
    assert list(rules.no_assert_compares_a_thing_with_itself({"cells": [code_cell(text)]}))


def test_the_words_of_those_who_ask_stand_in_one_line_in_one_place():
    def complaints(also, elsewhere=""):
        head = markdown(f"# A chapter\n\n*Reading time 5 minutes, running time 1 s.*\n\n{also}\n\nA question.")
        notebook = {"cells": [head, markdown(elsewhere)], "metadata": {}}
        return list(rules.the_head_has_the_words_of_those_who_ask(notebook))
    assert not complaints("*Also called:* a name, `another`.")
    assert complaints("*Also called: a name, `another`.*")
    assert complaints("*Also called:* a name.", "*Also called:* another.")
    assert complaints("*Also called:* " + "name, " * rules.MOST_NAMES + "name.")


def test_a_drawing_that_is_too_large_is_noticed():
    def complaints(characters):
        out = picture("a sentence")
        out["metadata"]["image/png"]["page"] = {kind: {"svg": "x" * characters} for kind in ("wide", "narrow")}
        return list(rules.every_picture_has_its_form_for_the_page({"cells": [code_cell("", outputs=[out])]}))

    assert not complaints(rules.LARGEST_DRAWING) and len(complaints(rules.LARGEST_DRAWING + 1)) == 2


def test_the_levels_of_exercises():
    def complaints(*titles):
        text = "\n".join(f"```{{exercise-start}} {title}\n:label: ex-{k}\n```" for k, title in enumerate(titles))
        return list(rules.exercises_have_a_level_and_minutes({"cells": [markdown(text)]}))

    assert complaints("warm-up, 5 minutes", "core, 15 minutes", "stretch, 30 minutes") == []
    assert complaints("warm-up, 5 minutes") == ["no exercise is a core"]
    assert len(complaints("warm-up, 5 minutes", "core, 15 min", "core, 15 minutes, hard")) == 3


def test_an_edited_code_cell_is_noticed():
    notebook = json.loads(NOTEBOOKS[0].read_text())
    edited = copy.deepcopy(notebook)
    rules.code(edited)[1]["source"] = "# one character more"
    assert list(rules.outputs_belong_to_this_code(edited)) and not list(rules.outputs_belong_to_this_code(notebook))


@pytest.mark.parametrize("files", [[], ["diffimg.py"]], ids=["nothing", "the unrelated package of that name"])
def test_the_import_error_leads_to_the_readme(files, tmp_path):
    """In a process that sees no installed package."""
    for name in files:
        (tmp_path / name).write_text("__version__ = 1")
    run = subprocess.run([sys.executable, "-S", "-c", book.GUARD], cwd=tmp_path, env={}, capture_output=True, text=True)
    sentence = run.stderr.splitlines()[-1]
    heading = re.search(r"'(Opened .*?)'", sentence)[1]
    assert sentence.startswith("ImportError") and f"### {heading}\n" in (ROOT / "README.md").read_text()


def test_every_page_of_the_table_of_contents_exists():
    missing = [name for name in book.pages() if not any((ROOT / f"{name}{s}").exists() for s in (".ipynb", ".md"))]
    assert missing == []


def test_every_notebook_is_in_the_table_of_contents():
    paths = [path for path in (ROOT / "chapters").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts]
    missing = sorted(f"chapters/{book.chapter(path)}" for path in set(paths) - set(NOTEBOOKS))
    assert not missing, f"_toc.yml does not list {', '.join(missing)}"


def test_references_to_equations_and_figures_resolve():
    text = "\n".join(path.read_text() for path in (ROOT / "chapters").rglob("*") if path.suffix in (".ipynb", ".md"))
    labels = {label for path in NOTEBOOKS for label in book.equations(path)}
    figures = {name for path in NOTEBOOKS for name in book.figures(path)}
    strange = set(re.findall(r"\{eq\}`([^`]+)`", text)) - labels
    strange |= set(re.findall(r"\{numref\}`([^`]+)`", text)) - figures
    assert not strange, f"no chapter in _toc.yml has {', '.join(sorted(strange))}"


def test_docstrings_name_equations_that_exist():
    named = {label for path in (ROOT / "diffimg").rglob("*.py")
             for label in re.findall(r"\beq-[a-z0-9-]+", path.read_text())}
    assert named <= {label for path in NOTEBOOKS for label in book.equations(path)}


def test_chapters_stay_small():
    sizes = {path.stem: path.stat().st_size for path in NOTEBOOKS}
    assert {name: size for name, size in sizes.items() if size > rules.LARGEST_NOTEBOOK} == {}
    assert sum(sizes.values()) < 15_000_000  # git keeps every version
