"""The exercises of a notebook: how hard, how long, and which check gets which name of the reader's."""

import ast
import json
import re
from pathlib import Path
from typing import NamedTuple

import book

START = re.compile(r"\{exercise-start\}([^\n]*)\n:label: (\S+)\n`{3,}\n(?P<predict>\*\*Predict\.\*\*)?")
POINTS = {"warm-up": 1, "core": 2, "stretch": 3}


class Exercise(NamedTuple):
    label: str
    level: str
    minutes: int
    predict: bool  # asks for numbers, and for no function
    check: str  # its name in diffimg.checks.PART_CHAPTER
    answer: str  # the name that the check is given

    @property
    def points(self) -> int:
        return POINTS[self.level]


def exercises(path: Path) -> list[Exercise]:
    """The exercises in the order of the page. The stub follows its text, and ends with the call of its check."""
    found, asked = [], None
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            asked = next(iter([*START.finditer(source)][::-1]), asked)
        elif asked and (call := checked(source)):
            level, minutes = re.fullmatch(r"\s*([\w-]+), (\d+) minutes", asked[1]).groups()
            found.append(Exercise(asked[2], level, int(minutes), bool(asked["predict"]), *call))
            asked = None
    return found


def checked(source: str) -> tuple[str, str] | None:
    """The names in the call `checks.check(answer)` of a cell, if there is one."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
             and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "checks"]
    return (calls[0].func.attr, ast.unparse(calls[0].args[0])) if calls else None


def checks_of(path: Path) -> str:
    """The name of the module that has the checks of a chapter: crop_affine_matrix."""
    return book.chapter(path).replace("/", "_")
