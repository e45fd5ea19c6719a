"""Numbered equations away from their chapters, with the numbers and the formulas that they have there.

The directive {checked-equations} lists all of them with the code that checks each. {numbered-equation} shows those of
its argument; what stands below it is shown instead where a course leaves their chapter out.
"""

from pathlib import Path
from typing import NamedTuple

import book
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .courses import labels
from .folds import details, summary


class checked_equations(nodes.General, nodes.Element):
    """Stands where the list goes until every notebook is read and every equation has its number."""


class numbered_equation(nodes.General, nodes.Element):
    """Stands in the same way where one equation goes; its children are shown if the equation is not in the book."""


class CheckedEquations(SphinxDirective):
    """Every numbered equation of the book in reading order, with the cells that check it."""

    def run(self):
        for path in book.notebooks():
            self.env.note_dependency(str(path))
        return [checked_equations()]


class NumberedEquation(SphinxDirective):
    """Equations, each with a number that leads to its derivation."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        found = []
        for label in self.arguments[0].split():
            found.append(numbered_equation("", label=label))
            if label in labels():
                self.env.note_dependency(str(labels()[label]))
        text = "\n".join(self.content)
        if text:
            found[0] += nodes.literal_block(text, text, language="none")
        return found


class Equation(NamedTuple):
    number: str
    formula: str
    uri: str

    def shown(self):
        return nodes.math_block("", self.formula, nowrap=False, number=None)


def equations(app, docname: str, path: Path) -> dict[str, Equation]:
    """The numbered equations of a chapter by their labels, as the page `docname` links to them."""
    chapter = book.page(path)
    uri = app.builder.get_relative_uri(docname, chapter)
    blocks = app.env.get_doctree(chapter).findall(nodes.math_block)
    formulas = {node["label"]: node.astext() for node in blocks if node.get("label")}
    numbers = app.env.toc_fignumbers.get(chapter, {}).get("displaymath", {})
    return {
        label: Equation(".".join(map(str, numbers[f"equation-{label}"])), formulas[label], f"{uri}#equation-{label}")
        for label in book.equations(path)}


def show_equations(app, doctree, docname):
    for placeholder in list(doctree.findall(checked_equations)):
        placeholder.replace_self([list_chapter(app, docname, path) for path in book.notebooks()])
    for placeholder in list(doctree.findall(numbered_equation)):
        path = labels()[placeholder["label"]]
        if path not in book.notebooks():
            placeholder.replace_self(placeholder.children)
            continue
        found = equations(app, docname, path)[placeholder["label"]]
        number = nodes.paragraph("", "", link(f"({found.number})", found.uri))
        placeholder.replace_self(nodes.container("", found.shown(), number, classes=["numbered-equation"]))


def list_chapter(app, docname, path):
    """A heading that links to the chapter, then its equations, each with its checks."""
    chapter = book.page(path)
    checks = book.checks(path)
    title = ".".join(map(str, app.env.toc_secnumbers[chapter][""])) + ". " + app.env.titles[chapter].astext()
    heading = nodes.title("", "", link(title, app.builder.get_relative_uri(docname, chapter)))
    listed = equations(app, docname, path)
    fold = details("", summary("", f"{len(listed)} equations"))
    for label, found in listed.items():
        code = [nodes.literal_block(cell, cell, language="python") for cell in checks.get(label, [])]
        fold += nodes.container(
            "", nodes.paragraph("", "", link(f"Equation {found.number}", found.uri)), found.shown(),
            details("", summary("", f"The code that checks equation {found.number}"), *code),
            classes=["checked-equation"])
    return nodes.section("", heading, fold, ids=[nodes.make_id(chapter)])


def link(text, uri):
    return nodes.reference("", text, internal=True, refuri=uri)


def setup(app):
    app.add_node(checked_equations)
    app.add_node(numbered_equation)
    app.add_directive("checked-equations", CheckedEquations)
    app.add_directive("numbered-equation", NumberedEquation)
    app.connect("doctree-resolved", show_equations)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
