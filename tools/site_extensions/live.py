"""Living figures on the site: their scripts are taken out of the outputs and lie in _static/live, one for each figure,
from where book.js sends for them.

An ordinary script and no module, because browsers load no module for a page that is opened from a file.
"""

from pathlib import Path

from docutils import nodes
from live import SCRIPT
from sphinx.transforms.post_transforms import SphinxPostTransform

from diffimg import plot


class WithoutScripts(SphinxPostTransform):
    """The figure keeps its element with the data and the fallback."""

    default_priority = 600
    formats = ("html",)

    def run(self, **kwargs):
        for output in self.document.findall(nodes.raw):
            if "data-live" in output.astext():
                html = SCRIPT.sub("", output.astext()).rstrip()
                output.children, output.rawsource = [nodes.Text(html)], html


def write_scripts(app, exception):
    """Before light.py looks for the variables that they read."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", "live")
    folder.mkdir(parents=True, exist_ok=True)
    for path in plot.LIVE.glob("*.js"):
        if path.stem != "shared":
            script = f'(() => {{\n"use strict";\n{plot.live_script(path.stem)}}})();\n'
            (folder / path.name).write_text(script, encoding="utf-8")


def setup(app):
    app.add_post_transform(WithoutScripts)
    app.connect("build-finished", write_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
