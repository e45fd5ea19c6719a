"""Begin a chapter: a notebook that runs, the checks of its exercises, and the answers that test these checks.

    python tools/new_chapter.py crop/mirror "The mirrored crop"

What has to be written says TODO, and the tests fail while one is left. CONTRIBUTING.md, "Adding a chapter", has the
steps.
"""

import re
import sys
from pathlib import Path

import nbformat
from book import GUARD, GUARD_TAGS, ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

# In these texts <part>, <name>, <label> and <title> are put in; <label> is the name with hyphens.
HEAD = """\
# <title>

*Reading time TODO minutes, running time a few seconds. Builds on TODO: the chapters that it needs.*

*Also called:* TODO: the words of those who ask, and the names in other libraries.

TODO: the question, on one picture or five numbers."""

SETUP = """\
import torch

from diffimg import images, linear, plot, setup
from diffimg.checks import close
from diffimg.checks import <part>_<name> as checks

device = setup()"""

SMALLEST = """\
By the end of this page you can TODO.

## TODO: the smallest example

TODO: what the formula says, before it.

$$
y_i = x_{N-1-i}
$$ (eq-<label>-mirror)

TODO: what it means, after it."""

CHECK = """\
def mirror(x):
    return x.flip(-1)

row = images.noise((5,), seed=0)
by_index = torch.stack([row[5 - 1 - i] for i in range(5)])
assert close(mirror(row), by_index)
print("largest difference:", float((mirror(row) - by_index).abs().max()))"""

FIGURE = """\
matrix = linear.as_matrix(mirror, (5,))
ones = int(matrix.sum())
plot.show(matrix, height=1.8,
          alt=f"TODO: a sentence with measured numbers. The matrix has {ones} ones, all on its other diagonal.")"""

EXERCISE = """\
## What goes wrong

TODO: each trap with the line that shows it.

## Exercises

```{exercise-start} warm-up, 5 minutes
:label: ex-<label>-transposed
```
TODO: Write `mirror_transposed(y)`, the transpose of the mirror.
```{exercise-end}
```"""

STUB = """\
def mirror_transposed(y):
    return None  # (N,)

checks.mirror_transposed(mirror_transposed)"""

SOLUTION = """\
````{solution-start} ex-<label>-transposed
:class: dropdown
````
TODO: why. By {eq}`eq-<label>-mirror` the matrix is its own transpose."""

SOLVED = """\
def mirrored_back(y):
    return y.flip(-1)

checks.mirror_transposed(mirrored_back)"""

END = """\
````{solution-end}
````

## What to remember

- TODO

**Read on.** TODO"""

CHECKS = '''\
"""Checks of the exercises in chapter "<part>/<name>"."""

from ..images import noise
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="TODO: what is understood now.",
          hint="TODO: a question that leads there. Which entry of y does each entry of x reach?")
def mirror_transposed(solution):
    y = noise((5,), seed=1)
    answer, right = solution(y.clone()), y.flip(0)
    expect(answer.shape == y.shape, f"the result has shape {tuple(answer.shape)}, expected {tuple(y.shape)}.")
    recognise(answer, {"TODO: a mistake that readers make, recognised by its result. That is y itself.": y,
                       "TODO: another. The sign is turned.": -right})
    expect(same(answer, right), f"for y = {numbers(y)} {told(answer, right)}.")
'''

ANSWERS = '''\
"""Right and wrong answers to the exercises of chapter "<part>/<name>"."""

import torch
from answering import right, wrong

from diffimg.checks import <part>_<name> as checks

# TODO: what readers may well write; each right answer in a way that the book does not show
right(checks.mirror_transposed)(lambda y: y[torch.arange(len(y) - 1, -1, -1)])
right(checks.mirror_transposed)(lambda y: y.flip(-1))
right(checks.mirror_transposed)(lambda y: torch.stack(list(y)[::-1]))
right(checks.mirror_transposed)(lambda y: y.tolist()[::-1])

wrong(checks.mirror_transposed, "That is y itself")(lambda y: y)
wrong(checks.mirror_transposed, "The sign is turned")(lambda y: -y.flip(0))
wrong(checks.mirror_transposed, "you returned")(lambda y: y.roll(1))
wrong(checks.mirror_transposed, "you returned")(lambda y: y.flip(0).round())
'''

NEXT = """\
Written: <paths>
Next: write what says TODO, store the outputs with tools/notebooks.py chapters/<part>/<name>.ipynb, and list the chapter
in _toc.yml, chapters/index.md, README.md and chapters/appendix/lessons.yml. `make test` names what is missing."""


def cells(fill):
    figure = {"caption": fill("TODO: the conclusion."), "name": fill("fig-<label>-mirror")}
    return [new_markdown_cell(fill(HEAD)), new_code_cell(GUARD, metadata={"tags": GUARD_TAGS}),
            new_code_cell(fill(SETUP), metadata={"tags": ["hide-input"]}), new_markdown_cell(fill(SMALLEST)),
            new_code_cell(CHECK, metadata={"tags": [fill("check:eq-<label>-mirror")]}),
            new_code_cell(FIGURE, metadata={"tags": ["hide-input"], "mystnb": {"figure": figure}}),
            new_markdown_cell(fill(EXERCISE)), new_code_cell(STUB),
            new_markdown_cell(fill(SOLUTION)), new_code_cell(SOLVED), new_markdown_cell(END)]


def write(chapter: str, title: str, root: Path = ROOT) -> list[Path]:
    """Write the three files of a chapter that is not there yet, and return their paths."""
    if not re.fullmatch(r"[a-z]+/[a-z][a-z0-9_]*", chapter):
        raise SystemExit(f"{chapter!r} is no name of a chapter: expected PART/NAME, as crop/affine_matrix")
    part, name = chapter.split("/")

    def fill(text):
        words = {"part": part, "name": name, "label": name.replace("_", "-"), "title": title}
        return re.sub("<(part|name|label|title)>", lambda found: words[found[1]], text)

    notebook = nbformat.writes(new_notebook(cells=cells(fill))) + "\n"
    files = {f"chapters/{chapter}.ipynb": notebook, f"diffimg/checks/{part}_{name}.py": fill(CHECKS),
             f"tests/unit/answers/{part}_{name}.py": fill(ANSWERS)}
    if there := [path for path in files if (root / path).exists()]:
        raise SystemExit(f"{', '.join(there)} is there already")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    print(fill(NEXT).replace("<paths>", ", ".join(files)))
    return [root / path for path in files]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit('usage: python tools/new_chapter.py PART/NAME "Title"')
    write(*sys.argv[1:])
