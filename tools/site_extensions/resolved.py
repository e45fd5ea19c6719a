"""The notebooks in plain markdown that a reader downloads: Sphinx is asked what each reference says and where it leads.

The builder `pages` stops there, and writes the answers for `make student`.
"""

import json
import posixpath
import re
from pathlib import Path

import book
import launch
import nbformat
import resolve
import student
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser, roles
from docutils.parsers.rst.states import Inliner
from sphinx.builders import Builder
from sphinx.transforms import SphinxTransformer
from sphinx.util.docutils import new_document, sphinx_domains

from .launch_buttons import repository

FOLDER = "notebooks"  # of the built site
ROLE = re.compile(r"\{([\w:+-]+)\}(`+)(.+)\2", flags=re.S)


def pages(app) -> dict[str, resolve.Page]:
    """What Sphinx knows of each notebook, by its name."""
    return {book.page(path): page(app, path) for path in book.notebooks()}


def page(app, path: Path) -> resolve.Page:
    """Equations, figures and exercises are asked for as a reference to them would be."""
    docname, exercises = book.page(path), [label for label in book.places(path) if label.startswith("ex-")]
    labelled = {label: f"{{eq}}`{label}`" for label in book.equations(path)}
    labelled |= {label: f"{{numref}}`{label}`" for label in (*book.figures(path), *exercises)}
    inside = list(dict.fromkeys(resolve.references(nbformat.read(path, 4))))
    found = asked(app, docname, [*labelled.values(), *inside])
    labels = {label: "".join(words for words, _ in found[text]) for label, text in labelled.items()}
    number = ".".join(map(str, app.env.toc_secnumbers.get(docname, {}).get("") or ()))
    return resolve.Page(number, labels, {text: found[text] for text in inside})


def asked(app, docname: str, references: list[str]) -> dict[str, list[tuple[str, str | None]]]:
    """Each reference as the page shows it, in parts: words, and the address of those that are a link.

    They go through the transforms of a page, in a document of their own that no event hears of.
    """
    env, cite = app.env, app.env.get_domain("cite")
    settings = get_default_settings(Parser)
    settings.env = env
    document, before, cited = new_document(docname, settings), env.temp_data, list(cite.citation_refs)
    env.temp_data = {**before, "docname": docname}
    try:
        with sphinx_domains(env):
            document += [nodes.paragraph("", "", *parsed(document, text)) for text in references]
        transformer = SphinxTransformer(document)
        transformer.set_environment(env)
        transformer.add_transforms(app.registry.get_post_transforms())
        transformer.apply_transforms()
    finally:
        env.temp_data, cite.citation_refs[:] = before, cited
    return {text: [part for node in paragraph for part in parts(app, docname, node)]
            for text, paragraph in zip(references, document, strict=True)}


def parsed(document, text: str) -> list[nodes.Node]:
    """What the role of a reference makes of it."""
    kind, _, content = ROLE.fullmatch(text).groups()
    inliner = Inliner()
    inliner.document, inliner.reporter, inliner.parent = document, document.reporter, document
    inliner.reporter.get_source_and_line = lambda line=None: (document["source"], line)
    document.line = 0
    function, _ = roles.role(kind, inliner, 0, document.reporter)
    if function is None:
        raise ValueError(f"{document['source']}: the role of {text} is not known")
    return function(kind, text, content, 0, inliner, {}, [])[0]


def parts(app, docname: str, node) -> list[tuple[str, str | None]]:
    if isinstance(node, nodes.reference):
        return [(node.astext(), address(app, docname, node))]
    if next(node.findall(nodes.reference), None) is None:
        return [(node.astext(), None)]
    return [part for child in node.children for part in parts(app, docname, child)]


def address(app, docname: str, node) -> str:
    """The name of a page with a place in it; of a reference to the literature, where that can be read."""
    uri = node.get("refuri") or f"#{node['refid']}"
    if "://" in uri:
        return uri
    to, _, place = uri.partition("#")
    entry = next((one.entry for one in app.env.get_domain("cite").citations if one.citation_id == place), None)
    for field, prefix in (("doi", "https://doi.org/"), ("url", ""), ("eprint", "https://arxiv.org/abs/")):
        if entry and field in entry.fields:
            return prefix + entry.fields[field]
    target = posixpath.normpath(posixpath.join(posixpath.dirname(docname), to)).removesuffix(".html") if to else docname
    return f"{target}#{place}" if place else target


class Pages(Builder):
    """Reads all pages, and writes what Sphinx knows of the notebooks to pages.json."""

    name = "pages"
    allow_parallel = True

    def get_outdated_docs(self):
        return ["pages.json"]

    def get_target_uri(self, docname, typ=None):
        return f"{docname}.html"

    def write(self, *documents):
        """No page is written."""

    def finish(self):
        found = {name: page._asdict() for name, page in pages(self.app).items()}
        Path(self.outdir, "pages.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def write_notebooks(app, exception):
    """Those that are downloaded, and those that Colab opens, which install the package first."""
    if exception or app.builder.format != "html":
        return
    notebooks, repo = student.copies(pages(app), solutions=student.solutions_shown()), repository()
    student.write(notebooks, Path(app.outdir, FOLDER))
    if repo:
        student.write({name: launch.launch_copy(notebook, repo) for name, notebook in notebooks.items()},
                      Path(app.outdir, launch.FOLDER))


def name_the_notebook(app, pagename, templatename, context, doctree):
    """For the button that downloads it."""
    if book.ROOT / f"{pagename}.ipynb" in book.notebooks():
        context["notebook"] = f"{FOLDER}/{pagename}.ipynb"


def setup(app):
    app.add_builder(Pages)
    app.connect("html-page-context", name_the_notebook)
    app.connect("build-finished", write_notebooks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
