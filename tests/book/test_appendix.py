"""The appendix says of the photographs what the chapters show."""

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
