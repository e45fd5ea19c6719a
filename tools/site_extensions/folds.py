"""Blocks that open and close without a script, for the directives that fold code."""

from docutils import nodes


class details(nodes.General, nodes.Element):
    """A block that opens and closes without a script."""


class summary(nodes.General, nodes.TextElement):
    """The line of a `details` block that always shows."""


def html_element(node_class):
    tag = node_class.__name__
    return (lambda self, node: self.body.append(self.starttag(node, tag)),
            lambda self, node: self.body.append(f"</{tag}>\n"))


def setup(app):
    app.add_node(details, html=html_element(details))
    app.add_node(summary, html=html_element(summary))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
