"""What every notebook must have. Each rule takes a notebook and yields complaints; an empty list is a pass."""

import ast
import importlib
import itertools
import re

import book

from diffimg import plot

EQUAL = {"close", "equal", "allclose", "isclose", "array_equal", "same"}
HIDDEN = {"hide-input", "remove-input", "remove-cell"}
LONGEST_CELL = 12
WIDEST_LINE = 80  # what fits on a page beside both sidebars
EXERCISE = r"\{exercise-start\}([^\n]*)\n:label: (\S+)"  # title, label
MOST_NAMES = 34  # words of the line "Also called"
LARGEST_DRAWING = 20_000  # characters of SVG
LARGEST_NOTEBOOK = 2_500_000  # bytes; a photograph is there twice, in the figure for Jupyter and for the page


def code(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def prose(notebook: dict) -> str:
    return "\n\n".join(source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def source(cell: dict) -> str:
    return "".join(cell["source"])


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def output_text(cell: dict) -> str:
    return "\n".join("".join(out.get("text", [])) + "".join(out.get("data", {}).get("text/plain", []))
                     for out in cell["outputs"])


def label(cell: dict) -> str:
    return f"cell [{cell['execution_count']}]"


# --- equations ------------------------------------------------------------------------------------------------------

def every_equation_is_checked(notebook):
    labels = book.EQUATION.findall(prose(notebook))
    checked = [tag.removeprefix("check:") for cell in code(notebook) for tag in tags(cell) if tag.startswith("check:")]
    yield from (f"{name} has no cell tagged check:{name}" for name in labels if name not in checked)
    yield from (f"check:{name} belongs to no equation" for name in checked if name not in labels)
    yield from (f"{name} is labelled twice" for name in set(labels) if labels.count(name) > 1)


def every_check_asserts_a_computed_value(notebook):
    for cell in code(notebook):
        if any(tag.startswith("check:") for tag in tags(cell)):
            tests = [node.test for node in ast.walk(ast.parse(source(cell))) if isinstance(node, ast.Assert)]
            names = [{n.id for n in ast.walk(test) if isinstance(n, ast.Name)} for test in tests]
            if not any(names):
                yield f"{label(cell)} is tagged {tags(cell)} and has no assert on a computed value"


def no_assert_compares_a_thing_with_itself(notebook):
    for cell in code(notebook):
        tests = [node.test for node in ast.walk(ast.parse(source(cell))) if isinstance(node, ast.Assert)]
        for node in (node for test in tests for node in ast.walk(test)):
            compared = [node.left, *node.comparators] if isinstance(node, ast.Compare) else (
                node.args[:2] if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in EQUAL else [])
            words = [ast.unparse(side) for side in compared]
            yield from (f"{label(cell)} asserts {ast.unparse(node)}, where both sides are the same"
                        for one, other in itertools.pairwise(words) if one == other)


def every_unlabelled_number_of_an_equation_is_written_as_a_reference(notebook):
    for found in re.findall(r"\b[Ee]quation \(?\d", prose(notebook)):
        yield f"{found!r} is a typed number: use {{eq}}`eq-...`"


def a_reference_to_an_equation_brings_its_own_brackets(notebook):
    for found in re.findall(r"\(\{eq\}`[^`]*`\)", prose(notebook)):
        yield f"{found} reads ((3.1)) on the page"


# --- outputs --------------------------------------------------------------------------------------------------------

def outputs_are_in_clean_order(notebook):
    counts = [cell["execution_count"] for cell in code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}: run make notebooks"


def outputs_belong_to_this_code(notebook):
    stored = notebook["metadata"].get("diffimg", {}).get("code_sha256")
    if stored != book.code_hash([source(cell) for cell in code(notebook)]):
        yield "a code cell changed after the outputs were stored: run make notebooks"


def nothing_fails_or_warns(notebook):
    for cell in code(notebook):
        for out in cell["outputs"]:
            if out["output_type"] == "error" or out.get("name") == "stderr":
                yield f"{label(cell)} stores {out.get('ename', 'stderr')}: {out.get('evalue', out.get('text'))}"


def outputs_name_no_machine(notebook):
    for cell in code(notebook):
        for found in re.findall(r"/(?:home|root|tmp|work|Users)/\S*|cuda:\d|\bcuda\b", output_text(cell)):
            yield f"{label(cell)} prints {found!r}"


def outputs_have_few_digits(notebook):
    for cell in code(notebook):
        for found in re.findall(r"\d+\.\d{7,}|\d\.\d+e[-+]\d+", output_text(cell)):
            yield f"{label(cell)} prints {found}: round it, or print a bound, so that every machine prints the same"


def every_picture_says_what_it_shows(notebook):
    for cell in code(notebook):
        for out in cell["outputs"]:
            data = out.get("data", {})
            if any(kind.startswith("image/") for kind in data):
                try:
                    plot.check_alt("".join(data.get("text/plain", [])))
                except ValueError as error:
                    yield f"{label(cell)}: {error}"
        if re.search(r"plt\.show\(|display\(", source(cell)):
            yield f"{label(cell)} shows a picture without plot.show"


def every_living_figure_says_what_it_shows_and_is_numbered(notebook):
    for cell in code(notebook):
        for out in cell["outputs"]:
            if "data-live=" in "".join(out.get("data", {}).get("text/html", "")):
                figure = cell["metadata"].get("mystnb", {}).get("figure", {})
                if not figure.get("caption") or not str(figure.get("name")).startswith("fig-"):
                    yield f"{label(cell)} has no caption and name (cell metadata mystnb.figure)"
                try:
                    plot.check_alt("".join(out["data"].get("text/plain", [])))
                except ValueError as error:
                    yield f"{label(cell)}: {error}"


def every_picture_has_its_form_for_the_page(notebook):
    for cell in code(notebook):
        for out in cell["outputs"]:
            if "image/png" in out.get("data", {}):
                form = out["metadata"]["image/png"].get("page")
                if not form:
                    yield f"{label(cell)} has a picture without its form for the page: run make notebooks"
                    continue
                for kind in ("wide", "narrow"):
                    if len(form[kind]["svg"]) > LARGEST_DRAWING:
                        yield f"{label(cell)}: the {kind} drawing has {len(form[kind]['svg'])} characters"


def every_picture_is_a_numbered_figure_outside_solutions(notebook):
    inside = False
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            inside = ("solution-start" in source(cell) or inside) and "solution-end" not in source(cell)
        elif any("image/png" in out.get("data", {}) for out in cell["outputs"]) and not inside:
            figure = cell["metadata"].get("mystnb", {}).get("figure", {})
            if not figure.get("caption") or not str(figure.get("name")).startswith("fig-"):
                yield f"{label(cell)} has no caption and name (cell metadata mystnb.figure)"
            numbers = re.findall(r"\d*\.\d+|\d+ %", figure.get("caption", ""))
            yield from (f"{label(cell)}: {number} stands in the caption and not in the measured sentence"
                        for number in numbers if number not in output_text(cell))


# --- prose and code -------------------------------------------------------------------------------------------------

def cells_are_short(notebook):
    for cell in code(notebook):
        lines = [line for line in source(cell).splitlines() if line.strip()]
        if len(lines) > LONGEST_CELL and not HIDDEN & set(tags(cell)):
            yield f"{label(cell)} has {len(lines)} lines, at most {LONGEST_CELL}"
        if lines and max(map(len, lines)) > WIDEST_LINE and not HIDDEN & set(tags(cell)):
            yield f"{label(cell)} has a line of {max(map(len, lines))} characters, at most {WIDEST_LINE}"


def imports_resolve(notebook):
    for cell in code(notebook):
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("diffimg"):
                yield from (f"{label(cell)}: {node.module} has no {name.name}" for name in node.names
                            if not exists(node.module, name.name))


def exists(module, name):
    """Whether a module has the name, or is a package with a submodule of that name."""
    try:
        return hasattr(importlib.import_module(module), name) or bool(importlib.import_module(f"{module}.{name}"))
    except ModuleNotFoundError:
        return False


def a_notebook_alone_says_what_is_missing(notebook):
    first = code(notebook)[0]
    if (source(first), tags(first)) != (book.GUARD, book.GUARD_TAGS):
        yield "the first code cell is not tools/book.py's GUARD with its tag"


def exercises_are_complete(notebook):
    text = prose(notebook)
    exercises = [name for _, name in re.findall(EXERCISE, text)]
    solutions = re.findall(r"\{solution-start\} (\S+)", text)
    if exercises != solutions:
        yield f"exercises {exercises}, solutions {solutions}"
    if not 2 <= len(exercises) <= 4:
        yield f"{len(exercises)} exercises, expected two to four"
    printed = "\n".join(output_text(cell) for cell in code(notebook))
    stubs, solved = printed.count("not yet: "), printed.count("correct: ")
    if not stubs == solved == len(exercises):
        yield f"{len(exercises)} exercises, {stubs} stubs that say 'not yet', {solved} solutions that are correct"


def every_exercise_calls_its_check(notebook):
    text = "\n\n".join(source(cell) for cell in notebook["cells"])
    for _, exercise in re.findall(EXERCISE, text):
        task, _, rest = text.partition(f":label: {exercise}\n")[2].partition(f"{{solution-start}} {exercise}")
        solution = rest.partition("{solution-end}")[0]
        stub, solved = (re.findall(r"\bchecks\.(\w+)\(", part) for part in (task, solution))
        if len(stub) != 1 or stub != solved:
            yield f"{exercise}: its stub calls {stub} and its solution {solved} of checks, expected one check, the same"


def exercises_have_a_level_and_minutes(notebook):
    found = re.findall(EXERCISE, prose(notebook))
    levels = [re.fullmatch(r" (warm-up|core|stretch), (\d+) minutes", title) for title, _ in found]
    yield from (f"the title of {name} is {title.strip()!r}, expected 'core, 15 minutes', a warm-up or a stretch"
                for (title, name), level in zip(found, levels, strict=True) if not level)
    there = {level[1] for level in levels if level}
    yield from (f"no exercise is a {level}" for level in ("warm-up", "core") if level not in there)


def one_exercise_asks_to_predict(notebook):
    if not re.search(EXERCISE + r"\n```\n\*\*Predict\.\*\* ", prose(notebook)):
        yield "no exercise begins with '**Predict.** '; its check takes the numbers, and no function"


def the_head_says_how_long_it_takes(notebook):
    if not re.search(r"\*Reading time \d+ minutes, running time .*\*", prose(notebook)):
        yield "the head has no line '*Reading time N minutes, running time ...*'"


def the_head_has_the_words_of_those_who_ask(notebook):
    """The search weighs this line more than the text."""
    lines = re.findall(r"^\*Reading time .*\*\n\n\*Also called:\* (.+\.)$", source(notebook["cells"][0]), re.M)
    if len(lines) != 1 or prose(notebook).lower().count("also called:") != 1:
        yield "below its reading time the head has no line '*Also called:* names and words.', or the page has another"
    yield from (f"the line 'Also called' has {len(line.split())} words, at most {MOST_NAMES}: it is read, too"
                for line in lines if len(line.split()) > MOST_NAMES)


def prose_keeps_the_voice(notebook):
    filler = r"\b(simply|obviously|trivially|of course|it is easy to see|note that)\b"
    for word in re.findall(filler, prose(notebook), re.I):
        yield f"the prose says {word!r}"


RULES = [rule for name, rule in list(globals().items())
         if callable(rule) and getattr(rule, "__module__", "") == __name__
         and rule.__code__.co_varnames[:1] == ("notebook",) and rule not in (code, prose)]
