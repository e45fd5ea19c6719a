"""The mistakes that the check of an exercise recognises, each as the sentence that answers it.

They are read from the file, and nothing runs: in the check and in the functions that it uses, the keys of the
dictionaries, which go to `recognise`, and what `expect(not ..., sentence)` says. What a sentence says of the reader's
numbers is an ellipsis here.
"""

import ast
import functools
import re

import book

GAP = "…"


@functools.cache
def functions(module: str) -> dict[str, ast.FunctionDef]:
    text = (book.ROOT / f"diffimg/checks/{module}.py").read_text(encoding="utf-8")
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def used(module: str, check: str) -> list[ast.FunctionDef]:
    """A check, and the functions of its module that it calls, and those that they call."""
    own, found = functions(module), [check]
    for name in found:
        found += [node.id for node in ast.walk(own[name]) if isinstance(node, ast.Name) and node.id in own
                  and node.id not in found]
    return [own[name] for name in dict.fromkeys(found)]


def sentences(module: str, check: str) -> list[str]:
    found = []
    for function in used(module, check):
        words = {node.targets[0].id: node.value.value for node in ast.walk(function)
                 if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
                 and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)}
        texts = [text for node in ast.walk(function) for text in texts_of(node)]
        found += [said for text in sorted(texts, key=lambda text: text.lineno) if (said := sentence(text, words))]
    return list(dict.fromkeys(found))


def texts_of(node: ast.AST) -> list[ast.expr]:
    """What may be the sentence of a mistake."""
    match node:
        case ast.Dict():
            return [key for key in node.keys if key]  # None stands for two stars
        case ast.DictComp():
            return [node.key]
        case ast.Subscript(ctx=ast.Store()):
            return [node.slice]
        case ast.Call(func=ast.Name("expect"), args=[ast.UnaryOp(ast.Not()), text]):
            return [text]
    return []


def sentence(text: ast.expr, words: dict[str, str]) -> str | None:
    """A text with a gap for what is put in; a gap at its beginning says in which case it was seen."""
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return text.value
    if not isinstance(text, ast.JoinedStr):
        return None
    said = "".join(part.value if isinstance(part, ast.Constant) else words.get(ast.unparse(part.value), GAP)
                   for part in text.values)
    return re.sub(rf"^{GAP}[\s:,]*", "", said)
