"""What the tests and the site read from the files of the package."""

import book
import pytest


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with one module, written by the test."""
    (tmp_path / "diffimg").mkdir()
    monkeypatch.setattr(book, "ROOT", tmp_path)
    (tmp_path / "diffimg/_own.py").write_text("def inside(): ...")

    def package(text):
        (tmp_path / "diffimg/warp.py").write_text(text)
        return [node.name for node in book.public("warp")]
    return package


def test_public_is_what_a_module_defines_without_an_underscore(package):
    assert package("from math import pi\ndef warp(): ...\ndef _own(): ...\nclass Loss: ...\nPI = 3") == ["warp", "Loss"]
    assert book.modules() == ["warp"]


def test_what_a_module_exports_is_public_alone(package):
    assert package('__all__ = ["warp"]\ndef warp(): ...\ndef draw(): ...') == ["warp"]


def test_an_overloaded_function_is_one_with_its_last_definition(package):
    assert package("@overload\ndef warp(x: int): ...\n@overload\ndef warp(x: str): ...\ndef warp(x): 0") == ["warp"]
    assert len(book.public("warp")[0].decorator_list) == 0
