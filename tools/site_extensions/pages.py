"""Around the text of a page: a description for search engines, roles for screen readers, and the site's front door."""

from html import escape
from pathlib import Path

from docutils import nodes


def is_prose(paragraph):
    """A paragraph that can stand alone: no remark in italics, no formula, and more than a line."""
    return (len(paragraph.astext()) > 90 and not isinstance(paragraph[0], nodes.emphasis)
            and next(paragraph.findall(nodes.math), None) is None)


def describe_page(app, pagename, templatename, context, doctree):
    """Give each page the description that search engines show: its first paragraph of prose."""
    paragraphs = [] if doctree is None else doctree.findall(nodes.paragraph)
    text = " ".join(next((p.astext() for p in paragraphs if is_prose(p)), app.config.html_title).split())
    if len(text) > 155:
        text = text[:155].rsplit(" ", 1)[0] + " …"
    # what stands there is a second viewport, from docutils
    context["metatags"] = f'<meta name="description" content="{escape(text)}" />'


def repair_roles(app, pagename, templatename, context, doctree):
    """Name two things so that a screen reader knows them: docutils gives references a role that is withdrawn."""
    context["body"] = (context.get("body", "").replace('role="doc-biblioentry"', 'role="listitem"')
                       .replace('<input class="task-list-item-checkbox"', '<input aria-label="task" class="task"'))


FRONT_DOOR = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><meta http-equiv="refresh" content="0; url={first}"></head>
<body><a href="{first}">{title}</a></body>
</html>
"""


def write_front_door(app, exception):
    """The address of the site alone leads to the first page."""
    page = FRONT_DOOR.format(title=escape(app.config.html_title), first=f"{app.config.root_doc}.html")
    Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def setup(app):
    # Jupyter Book sets this option of an extension that is not loaded
    app.add_config_value("comments_config", {}, "html")
    app.connect("html-page-context", describe_page)
    app.connect("html-page-context", repair_roles)
    app.connect("build-finished", write_front_door, priority=1)  # before an extension that writes a poorer one
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
