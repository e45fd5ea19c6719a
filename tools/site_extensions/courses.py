"""A course: a table of contents with fewer chapters. What points to a chapter that it leaves out becomes text."""

import functools
import re

import book
from docutils import nodes

LABELLED = {"eq": "“{}”", "numref": "a figure of “{}”", "ref": "an exercise of “{}”"}
labels = functools.cache(book.labels)


def name_what_is_left_out(app, env, node, content):
    """What points to a chapter that is in the repository, and that the table of contents leaves out, becomes text: the
    title of the chapter. A name that no chapter has stays a warning.
    """
    kind, target = node["reftype"], node["reftarget"]
    if kind == "doc":
        path = book.ROOT / f"{env.relfn2path(target, node.get('refdoc'))[0]}.ipynb"
    else:
        path = labels().get(target) if kind in LABELLED else None
    if path is None or not path.exists() or path in book.notebooks():
        return None
    title = re.search(r"^# (.*)", book.cells(path, "markdown")[0]["source"], flags=re.M)[1]
    text = node.astext() if node.get("refexplicit") else title if kind == "doc" else LABELLED[kind].format(title)
    return nodes.inline("", text, classes=["left-out"])


def drop_rows_of_what_is_left_out(app, doctree, docname):
    """A row of a table that begins with a chapter that is left out."""
    for row in list(doctree.findall(nodes.row)):
        if any("left-out" in node["classes"] for node in row[0].findall(nodes.inline)):
            row.parent.remove(row)


def setup(app):
    app.connect("missing-reference", name_what_is_left_out)
    app.connect("doctree-resolved", drop_rows_of_what_is_left_out)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
