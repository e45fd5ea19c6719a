"""Blocks that open and close without a script: solutions, the code of figures, and code that a directive folds.

What the extensions bring instead waits for a script, repeats its ids, and does not tell a screen reader what it hides.
"""

import student
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import is_extension_node


class details(nodes.General, nodes.Element):
    """A block that opens and closes without a script."""


class summary(nodes.General, nodes.TextElement):
    """The line of a `details` block that always shows."""


class PlainFolds(SphinxPostTransform):
    """After the extensions have numbered and titled what is theirs."""

    default_priority = 500
    formats = ("html",)

    def run(self, **kwargs):
        for node in list(self.document.findall(is_extension_node)):
            for section in [part for part in node.children if isinstance(part, nodes.section)]:
                section["ids"] = []  # the same in all exercises
                section.replace_self(section.children)
            if node.get("target_label") and not student.solutions_shown():
                node.parent.remove(node)
            elif node.get("target_label"):
                fold_solution(node)
            else:
                add_permalink(node)
        for node in list(self.document.findall(HideCodeCellNode)):
            fold_code(node)


def fold_solution(node):
    """Its id is that of its exercise, which is unique in the book."""
    title = node.next_node(nodes.title)
    title.parent.remove(title)
    head = summary("", "", *title.children, classes=["admonition-title"])
    fold = details("", head, *node.children, ids=[f"solution-{node['target_label']}"],
                   classes=["admonition", "solution"])
    node.parent.replace(node, fold)


def add_permalink(node):
    title = node.next_node(nodes.title)
    title += nodes.reference("", "#", internal=True, refid=node["ids"][0], reftitle="Link to this exercise",
                             classes=["headerlink"])


def fold_code(node):
    """The code of a figure stands below it."""
    fold = details("", summary("", node["prompt_show"]), *node.children, classes=["code"])
    cell = node.parent
    node.replace_self(fold)
    if any(fold is not part and part.next_node(is_figure) for part in cell.children):
        cell.remove(fold)
        cell += fold


def is_figure(node):
    return isinstance(node, nodes.image) or isinstance(node, nodes.raw) and "data-live=" in node.astext()


def html_element(node_class):
    tag = node_class.__name__
    return (lambda self, node: self.body.append(self.starttag(node, tag)),
            lambda self, node: self.body.append(f"</{tag}>\n"))


def setup(app):
    app.add_node(details, html=html_element(details))
    app.add_node(summary, html=html_element(summary))
    app.add_post_transform(PlainFolds)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
