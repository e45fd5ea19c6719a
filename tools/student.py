"""Copies of the notebooks for a class, without what stands between the start and the end of a solution.

They go to _build/student, with the paths that they have here.
"""

import re

import book
import nbformat

SOLUTION_END = re.compile(r"`{3,}\{solution-end\}\n`{3,}\s*")


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


def main():
    for path in book.notebooks():
        target = book.ROOT / "_build/student" / path.relative_to(book.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(without_solutions(nbformat.read(path, 4)), target)
        print(target.relative_to(book.ROOT))


if __name__ == "__main__":
    main()
