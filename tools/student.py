"""Copies of the notebooks for a class, in plain markdown, without what stands between the start and the end of a
solution, and what grades them.

The copies go to _build/student, with the paths that they have here; the tests for otter-grader to its folder grading.
Their numbers are those of _build/pages/pages.json, for which `make student` asks Sphinx first. The site of a class
leaves the solutions out as well:

    DIFFIMG_SOLUTIONS    no, of this environment: neither the pages nor the notebooks of the site have solutions
"""

import json
import os
import re
import shutil
from pathlib import Path

import book
import grading
import nbformat
import resolve

PAGES, STUDENT = book.ROOT / "_build/pages/pages.json", book.ROOT / "_build/student"
SOLUTION_END = re.compile(r"`{3,}\{solution-end\}\n`{3,}\s*")


def solutions_shown() -> bool:
    told = os.environ.get("DIFFIMG_SOLUTIONS", "yes")
    if told not in ("yes", "no"):
        raise ValueError(f"DIFFIMG_SOLUTIONS is {told!r}, expected yes or no")
    return told == "yes"


def without_solutions(notebook):
    """The notebook without its solutions. What follows the end of one in the same cell stays."""
    kept, inside = [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "{solution-start}" in cell.source:
            inside = True
        elif inside and cell.cell_type == "markdown" and (end := SOLUTION_END.search(cell.source)):
            inside, cell.source = False, cell.source[end.end():]
        if not inside and cell.source.strip():
            kept.append(cell)
    notebook.cells = kept
    code = [cell for cell in kept if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):  # as if it had been run so
        cell.execution_count = number
        for out in cell.outputs:
            if "execution_count" in out:
                out.execution_count = number
    notebook.metadata.diffimg.code_sha256 = book.code_hash([cell.source for cell in code])
    return notebook


def copies(pages: dict[str, resolve.Page], *, solutions: bool) -> dict:
    """All notebooks in plain markdown, by their names."""
    found = {}
    for path in book.notebooks():
        name, notebook = book.page(path), nbformat.read(path, 4)
        resolver = resolve.Resolver(name, pages[name], set(pages))
        found[name] = resolver.notebook(notebook if solutions else without_solutions(notebook))
    return found


def write(notebooks: dict, folder: Path) -> None:
    for name, notebook in notebooks.items():
        target = folder / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)


def main():
    pages = {name: resolve.Page(**page) for name, page in json.loads(PAGES.read_text(encoding="utf-8")).items()}
    for folder in ("chapters", "grading"):  # what an earlier table of contents had
        shutil.rmtree(STUDENT / folder, ignore_errors=True)
    write(copies(pages, solutions=False), STUDENT)
    grading.write(STUDENT / "grading")
    print(f"{len(pages)} notebooks and their tests in {STUDENT.relative_to(book.ROOT)}")


if __name__ == "__main__":
    main()
