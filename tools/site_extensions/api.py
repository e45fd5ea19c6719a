"""The directive {api}: every public function and class of the package, read by Sphinx's autodoc.

The docstrings are plain text, so that help() reads well; a hook of autodoc turns them into reST: their labels are set
in bold, the equation that they come from is shown, equations and chapters become links, names look like names.
"""

import ast
import functools
import importlib
import inspect
import re
import textwrap

import book
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective
from sphinx.util.rst import escape

from .courses import labels
from .folds import details, summary

LABELS = ("Convention", "Gradient", "Raises", "Source")
SOURCE = re.compile(r"^Source: (.*?)(?=\n\s*\n|\Z)", flags=re.M | re.S)
EQUATION = r"\beq-[a-z0-9-]+"
CALL = r"\([^()]*\)"
for _ in "ab":
    CALL = rf"\((?:[^()]|{CALL})*\)"  # with calls among its arguments
# in a docstring: an equation, a chapter, and what looks like code: a dot, an underscore or an equals sign inside
NAME = rf"[A-Za-z]\w*(?:(?:{CALL})?\.[A-Za-z]\w*)+|[A-Za-z][a-z0-9]+_\w+|[a-z]+(?==[\w\"])|[A-Z]\w+Error"
# an equation without the brackets around it, because its number brings its own
REFERENCE = re.compile(rf'(?P<open>\()?(?P<eq>{EQUATION})(?(open)\))|"(?P<doc>[a-z]+/[a-z_]+)"|(?P<code>\b(?:'
                       rf'{NAME})(?:{CALL})?(?:\[[^]]*\])?(?:=(?:\w+|"[\w-]+"))?)')


@functools.cache
def public() -> dict[str, list[str]]:
    """The names of the public functions and classes of each public module."""
    return {module: [node.name for node in book.public(module)] for module in book.modules()}


class Api(SphinxDirective):
    """Sections for the modules and, in them, for each public function and class."""

    def run(self):
        return [self.module(name) for name in public()]

    def module(self, name):
        section = self.section(f"api-{name}", f"diffimg.{name}")
        section += self.autodoc("module", f"diffimg.{name}")
        contents = nodes.paragraph(classes=["api-names"])
        for member in public()[name]:
            contents += [nodes.Text(" · ")] if len(contents) else []
            contents += nodes.reference("", member, internal=True, refid=f"api-{name}-{member}")
        section += contents
        section += [self.entry(name, member) for member in public()[name]]
        return section

    def entry(self, module, name):
        thing = getattr(importlib.import_module(f"diffimg.{module}"), name)
        callable_class = inspect.isclass(thing) and "__call__" in vars(thing)
        section = self.section(f"api-{module}-{name}", name)
        section += self.autodoc("class" if inspect.isclass(thing) else "function", f"diffimg.{module}.{name}",
                                *[":special-members: __call__", ":undoc-members:"] * callable_class)
        lines, first = inspect.getsourcelines(thing)
        title = summary("", "", nodes.Text("The code, "), nodes.literal("", f"diffimg/{module}.py"),
                        nodes.Text(f", line {first}"))
        code = without_docstring("".join(lines))
        section += details("", title, nodes.literal_block(code, code, language="python"))
        return section

    def autodoc(self, kind, name, *options):
        """What autodoc says. It writes reST, and this page is not reST."""
        lines = ["```{eval-rst}", f".. auto{kind}:: {name}", *[f"   {option}" for option in options], "```"]
        found = nodes.Element()
        self.state.nested_parse(StringList(lines, source=name), self.content_offset, found)
        return found.children

    def section(self, name, title):
        """With the name as its id and as a label, so that {ref}`api-crop-crop` leads here."""
        section = nodes.section("", nodes.title("", title), ids=[name], names=[name])
        self.state.document.note_explicit_target(section, section)
        return section


def without_docstring(source):
    """The source of a function or class, less what the page says already."""
    lines, body = source.splitlines(), ast.parse(source).body[0].body
    if isinstance(body[0], ast.Expr):
        del lines[body[0].lineno - 1:body[0].end_lineno]
    return "\n".join(lines)


# Docstrings

def translate(app, what, name, obj, options, lines):
    """One equation stands at the top, in place of a formula in plain text; several stand where they are named."""
    text = "\n".join(lines).strip()
    blocks = re.split(r"\n\s*\n", text)
    rest = [as_rest(block) for block in blocks]
    found = SOURCE.search(text)
    equations = re.findall(EQUATION, found[1]) if found else []
    formula = next((k for k, block in enumerate(blocks) if is_formula(block)), None)
    if len(equations) == 1 and formula is not None:
        rest[formula] = directive("numbered-equation", equations[0], blocks[formula])
    elif equations:
        named = next(k for k, block in enumerate(blocks) if SOURCE.search(block))
        rest.insert(1 if len(equations) == 1 else named + 1, directive("numbered-equation", " ".join(equations)))
    lines[:] = [line for block in rest for line in block]


def as_rest(block):
    """An example, a formula or code that stands alone, or paragraphs, of which some begin with one of the labels."""
    if block.startswith(">>>"):
        return directive("code-block", "pycon", block)
    if is_formula(block) and not re.search("[A-Za-z]{2}", block):
        return directive("math", "", as_tex(block))
    if stands_alone(block):
        return directive("code-block", "none" if is_formula(block) else "python", block)
    first, *parts = re.split(rf"^({'|'.join(LABELS)}): ", block, flags=re.M)
    found = [inline(first), ""] if first else []
    for label, part in zip(parts[::2], parts[1::2], strict=True):
        starts_with_a_word = label != "Convention" and re.match(r"[a-z]+([ ,;]|\.(\s|$))", part)
        part = part[0].upper() + part[1:] if starts_with_a_word else part
        found += [f"**{label}.** {inline(part)}", ""]
    return found


def stands_alone(block):
    return not block.startswith(">>>") and not block.endswith((".", ":"))


def is_formula(block):
    """What calls a function of a module is code."""
    return stands_alone(block) and not re.search(r"\w\.\w+\(", block)


def as_tex(formula):
    """What is written in single letters reads as TeX, but for inner products and transposes."""
    return re.sub("<([^<>]+,[^<>]+)>", r"\\langle \1\\rangle ", formula).replace("^T", r"^\top")


def directive(name, argument, content=""):
    return [f".. {name}:: {argument}".rstrip(), "", *textwrap.indent(content, "   ").splitlines(), ""]


def inline(text):
    """Text in which equations and chapters are links, and names look like names."""
    text, end, found = " ".join(text.split()), 0, ""
    for match in REFERENCE.finditer(text):
        found += escape(text[end:match.start()]) + rf"\ {role(match)}\ "
        end = match.end()
    return found + escape(text[end:])


def role(match):
    kind = match.lastgroup
    if kind == "eq":
        left_out = labels().get(match["eq"]) not in book.notebooks()
        return rf"(:eq:`{match['eq']}`)" if match["open"] and left_out else f":eq:`{match['eq']}`"
    if kind == "doc":
        return f":doc:`/chapters/{match['doc']}`"
    name = match["code"].partition("(")[0]
    module = next((module for module, names in public().items() if name in names), None)
    return f":py:obj:`{escape(match['code'])} <diffimg.{module}.{name}>`" if module else f"``{match['code']}``"


# Signatures

def hide_protocol(app, what, name, obj, options, signature, returns):
    """A protocol is not called: it says what its methods take."""
    return ("", None) if getattr(obj, "_is_protocol", False) else None


ARGUMENTS = re.compile(r'(<span class="sig-paren">\(</span>\s*)<dl>(.*?)</dl>', flags=re.S)


def list_arguments(app, pagename, templatename, context, doctree):
    """Sphinx writes the arguments of a long signature as definitions without terms, which confuses a screen reader."""
    def as_list(found):
        return found[1] + "<ul>" + re.sub("(</?)dd>", r"\1li>", found[2]) + "</ul>"

    context["body"] = ARGUMENTS.sub(as_list, context.get("body", ""))


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.add_directive("api", Api)
    app.connect("autodoc-process-docstring", translate)
    app.connect("autodoc-process-signature", hide_protocol)
    app.connect("html-page-context", list_arguments)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
