"""The examples in the docstrings, as a reader would type them into a fresh interpreter.

They run here and not through pytest's own collector because one of them calls setup(), which changes global state
that only the fixtures of this folder put back.
"""

import ast
import doctest
import importlib
import pkgutil

import book
import pytest
import torch

import diffimg

MODULES = ["diffimg", *(found.name for found in pkgutil.walk_packages(diffimg.__path__, "diffimg."))]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_print_what_they_say(name):
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    module = importlib.import_module(name)
    results = doctest.testmod(module, extraglobs={"torch": torch}, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.failed == 0, "see the captured output"


def test_the_examples_are_found():
    # A module that is not walked, or an import that hides its functions, would pass the test above unseen.
    finder = doctest.DocTestFinder()
    found = {test.name for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples}
    assert {f"diffimg.{module}.{node.name}" for module in book.modules() for node in book.public(module)
            if ">>> " in (ast.get_docstring(node) or "")} <= found
