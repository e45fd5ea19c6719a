"""The copies for a class have every exercise and no solution."""

import ast

import book
import nbformat
import pytest
import student


def text(cells):
    return "\n".join(cell.source for cell in cells)


@pytest.mark.parametrize("path", book.notebooks(), ids=lambda path: path.stem)
def test_a_copy_has_the_exercises_and_not_the_solutions(path):
    whole = nbformat.read(path, 4)
    inside, solved = False, []
    for cell in whole.cells:
        inside = "{solution-start}" in cell.source or inside and "{solution-end}" not in cell.source
        solved += [cell.source] if inside and cell.cell_type == "code" else []
    copy = student.without_solutions(nbformat.read(path, 4))
    nbformat.validate(copy)
    kept = [cell.source for cell in copy.cells if cell.cell_type == "code"]
    assert "{solution-" not in text(copy.cells)
    assert kept == [c.source for c in whole.cells if c.cell_type == "code" and c.source not in solved]
    assert text(copy.cells).count("{exercise-start}") == text(whole.cells).count("{exercise-start}")
    assert text(copy.cells).count("\n## ") == text(whole.cells).count("\n## ")
    printed = str([cell.outputs for cell in copy.cells if cell.cell_type == "code"])
    assert "correct: " not in printed and "not yet: " in printed


@pytest.mark.parametrize("path", book.notebooks(), ids=lambda path: path.stem)
def test_nothing_that_stays_needs_a_solution(path):
    """A name that a solution defines is used by nothing outside it."""
    whole, copy = nbformat.read(path, 4), student.without_solutions(nbformat.read(path, 4))
    sources = {kind: [c.source for c in nb.cells if c.cell_type == "code"]
               for kind, nb in (("all", whole), ("kept", copy))}

    def nodes(cells):
        return [node for source in cells for node in ast.walk(ast.parse(source))]

    def defined(cells):
        naming = ast.FunctionDef | ast.ClassDef | ast.ExceptHandler
        return ({node.name for node in nodes(cells) if isinstance(node, naming)}
                | {node.arg for node in nodes(cells) if isinstance(node, ast.arg)}
                | {node.id for node in nodes(cells) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)})
    gone, kept = [source for source in sources["all"] if source not in sources["kept"]], sources["kept"]
    used = {node.id for node in nodes(kept) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assert (defined(gone) - defined(kept)) & used == set()
