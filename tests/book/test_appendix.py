"""The appendix says of the photographs what the chapters show, and of every symbol what it means."""

import ast
import re

import book
import pytest

from diffimg.images import PHOTOGRAPHS

PAGE = (book.ROOT / "chapters/appendix/photographs.md").read_text(encoding="utf-8")
LISTED = {name: re.findall(r"\{doc\}`\.\./([^`]+)`", section)
          for name, section in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, flags=re.M | re.S)}


def strings(path):
    """What stands in quotes in the code of a notebook."""
    nodes = [node for cell in book.cells(path, "code") for node in ast.walk(ast.parse(cell["source"]))]
    return {node.value for node in nodes if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photograph_is_listed_with_the_chapters_that_use_it(name):
    used = [path.relative_to(book.ROOT / "chapters").with_suffix("").as_posix()
            for path in book.notebooks() if name in strings(path)]
    assert LISTED.get(name, []) == used
    assert used or f"`{name}`" in PAGE


NOTATION = (book.ROOT / "chapters/appendix/notation.md").read_text(encoding="utf-8")
TABLES = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", NOTATION, flags=re.M | re.S))
EVERYWHERE = ("Images and coordinates", "Operators and gradients")
EQUATION = re.compile(r"\$\$((?:(?!\$\$).)*)\$\$ ?\((eq-[a-z0-9-]+)\)", re.S)


GREEK = {"alpha", "beta", "gamma", "delta", "varepsilon", "theta", "kappa", "lambda", "mu", "rho", "sigma", "tau",
         "varphi", "omega", "ell", "Theta", "Pi"}
WORDS = re.compile(r"\\(text|mathrm|operatorname|texttt|begin|end)\s*\{[^}]*\}|\\(mathrm|mathbb|mathbf) \w"
                   r"|\\\\\[[^]]*\]")


def letters(tex):
    """The Latin and Greek letters of a formula, without words (text, names of functions), accents and pi."""
    tex = WORDS.sub(" ", tex)
    commands = re.findall(r"\\([A-Za-z]+)", tex)
    return GREEK.intersection(commands) | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", tex)))


def explained(title):
    """The letters in the first column of a table; a part without letters of its own has no table."""
    firsts = [row.split("|")[1] for row in TABLES.get(title, "").splitlines() if row.startswith("|")]
    return set().union(*(letters(formula) for first in firsts for formula in re.findall(r"\$([^$]+)\$", first)))


def test_letters_of_a_formula():
    formula = r"\hat w_r = \operatorname{mean}(\lambda_{\max}) + \text{grid} \\[1ex] \mathrm e^{2\pi}\,\Pi_K"
    assert letters(formula) == {"w", "r", "lambda", "Pi", "K"}


@pytest.mark.parametrize("path", book.notebooks(), ids=lambda path: path.stem)
def test_every_letter_of_a_numbered_equation_is_explained(path):
    """One letter may stand for several things, in which case the reader finds it more than once."""
    part = book.captions()[path.parent.name]
    known = set().union(*map(explained, (*EVERYWHERE, part)))
    prose = "\n\n".join(cell["source"] for cell in book.cells(path, "markdown"))
    found = EQUATION.findall(prose)
    assert [label for _, label in found] == book.equations(path)
    missing = {f"{letter} of {label}" for tex, label in found for letter in sorted(letters(tex) - known)}
    assert not missing, f"chapters/appendix/notation.md, table {part!r}, does not explain {', '.join(sorted(missing))}"
