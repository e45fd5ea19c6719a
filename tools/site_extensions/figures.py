"""Figures as the page shows them: letters and lines in its own face and colours, images below in their own pixels.

What is needed stands in the metadata of the stored PNG (tools/figures.py makes it); without it the PNG is shown.
"""

import base64
import functools
import hashlib
import json
from html import escape
from pathlib import Path

import book
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

SHARP = 1.5  # CSS pixels for each of an image, from which on its pixels are shown as squares


@functools.cache
def forms():
    """The page's form of each stored figure, under the name that its PNG has on the site."""
    found = {}
    for path in book.notebooks():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for out in cell.get("outputs", []):
                form = out.get("metadata", {}).get("image/png", {}).get("page")
                if form:
                    png = base64.b64decode("".join(out["data"]["image/png"]))
                    found[hashlib.sha256(png).hexdigest()] = form
    return found


def shares(place, size):
    """A place as shares of the figure."""
    return [f"{100 * value / size[k % 2]:.3g}%" for k, value in enumerate(place)]


def written(form, alt, address):
    """The figure as HTML; `address` stores an image and gives where it lies."""
    name = hashlib.sha256(json.dumps(form).encode()).hexdigest()[:6]
    parts = []
    for k, image in enumerate(form["images"]):
        places = [share for kind in ("wide", "narrow") for share in shares(form[kind]["places"][k], form[kind]["size"])]
        where = zip("xywhXYWH", places, strict=True)
        sharp = ' class="sharp"' if form["wide"]["places"][k][2] / image["size"][0] >= SHARP else ""
        (across, down), style = image["size"], ";".join(f"--{letter}:{share}" for letter, share in where)
        parts.append(f'<img src="{address(image["png"])}" alt="" width="{across}" height="{down}" loading="lazy"'
                     f' decoding="async"{sharp} style="{style}">')
    for kind in ("wide", "narrow"):
        svg = form[kind]["svg"].replace("ID", f"f{name}{kind[0]}")
        parts.append(svg.replace("<svg ", f'<svg class="{kind}" ', 1))
    (w, h), (w2, h2) = form["wide"]["size"], form["narrow"]["size"]
    return (f'<div class="drawn" role="img" aria-label="{escape(alt)}" '
            f'style="--wide:{w}px;--ratio:{w}/{h};--narrow:{w2}/{h2}">{"".join(parts)}</div>')


class Drawn(SphinxPostTransform):
    """Put this form in place of the PNG, once captions and folds are made."""

    default_priority = 600
    formats = ("html",)

    def run(self, **kwargs):
        images = Path(self.app.outdir, "_images")
        up = "../" * self.env.docname.count("/")

        def address(png):
            data = base64.b64decode(png)
            name = f"{hashlib.sha256(data).hexdigest()[:16]}.png"
            images.mkdir(parents=True, exist_ok=True)
            (images / name).write_bytes(data)
            return f"{up}_images/{name}"

        for image in list(self.document.findall(nodes.image)):
            form = forms().get(Path(image["uri"]).stem)
            if form:
                image.replace_self(nodes.raw("", written(form, image["alt"], address), format="html"))


def setup(app):
    app.add_post_transform(Drawn)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
