"""The pages of the site: the first one is the site's front door, and screen readers know the roles of things."""

from html import escape
from pathlib import Path

from sphinx.builders.html import StandaloneHTMLBuilder


class Site(StandaloneHTMLBuilder):
    """Sphinx's pages, but the first one lies at the root. All links between pages follow from these two functions."""

    def get_target_uri(self, docname, typ=None):
        return super().get_target_uri("index" if docname == self.config.root_doc else docname, typ)

    def get_outfilename(self, pagename):
        return super().get_outfilename("index" if pagename == self.config.root_doc else pagename)


def repair_roles(app, pagename, templatename, context, doctree):
    """Name two things so that a screen reader knows them: docutils gives references a role that is withdrawn."""
    context["body"] = (context.get("body", "").replace('role="doc-biblioentry"', 'role="listitem"')
                       .replace('<input class="task-list-item-checkbox"', '<input aria-label="task" class="task"'))


LEADS_ON = """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>{title}</title>
  <link rel="canonical" href="{canonical}">
  <script>location.replace("{first}" + location.search + location.hash);</script>
  <noscript><meta http-equiv="refresh" content="0; url={first}"></noscript>
</head>
<body><a href="{first}">{title}</a></body>
</html>
"""


def lead_on(app, exception):
    """The address that the name of the first page would give it leads to the first page."""
    if exception or app.builder.format != "html":
        return
    page = Path(app.outdir, f"{app.config.root_doc}.html")
    first = "../" * app.config.root_doc.count("/") + "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(LEADS_ON.format(title=escape(app.config.html_title), first=first,
                                    canonical=app.config.site_address or first), encoding="utf-8")


def setup(app):
    # Jupyter Book sets this option of an extension that is not loaded
    app.add_config_value("comments_config", {}, "html")
    app.add_builder(Site, override=True)
    app.connect("html-page-context", repair_roles)
    app.connect("build-finished", lead_on)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
