"""The directive {limits}: what does not work with which function, from the list that the tests try."""

import runpy

import book
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

LIST = book.ROOT / "tests" / "unit" / "limits.py"


def table(head, rows):
    """A table of paragraphs."""
    def row(cells):
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))

    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in head), cols=len(head))
    group += nodes.thead("", row([[nodes.Text(cell)] for cell in head]))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group, classes=["limits"])


class Limits(SphinxDirective):
    def run(self):
        self.env.note_dependency(str(LIST))
        found = runpy.run_path(str(LIST))
        rows = [[[nodes.literal("", name.partition(".")[2])], [nodes.Text(", ".join(ways))], [nodes.Text(reason)]]
                for name, reasons in found["CLOSED"].items() for reason, ways in reasons]
        tried = nodes.paragraph("", "Ways: " + ", ".join(found["WAYS"]) + ".")
        return [tried, table(("Not possible for", "under", "because"), rows)]


def setup(app):
    app.add_directive("limits", Limits)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
