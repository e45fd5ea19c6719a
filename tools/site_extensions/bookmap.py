"""The directive {map}: the parts of the book as a picture, each with a matrix of the package and its transpose.

The matrices are those that the package builds, drawn entry by entry, so that the picture cannot drift from the code.
"""

from html import escape
from typing import NamedTuple

import book
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

CELL = 6  # pixels of the picture for an entry


class Part(NamedTuple):
    """A box of the map."""

    folder: str
    title: str
    claim: str
    symbol: str
    says: str  # the picture in words


PARTS = (
    Part("crop", "The crop", "differentiable in the image and in the box", "A",
         "each row has two entries, side by side, that move to the right from row to row"),
    Part("tv", "Total variation", "from the copied loss to a certified solver", "D",
         "each row has a minus one and a one beside it, the last row is zero"),
    Part("conv", "Convolution", "stride and padding read off, the transpose built", "C",
         "four rows of sixteen entries, each with the nine numbers of a kernel"),
    Part("resample", "Resampling", "what each method does, and which libraries agree", "U",
         "twice as many rows as columns, two entries in each row"),
)
ARROW = '<span class="map-arrow" aria-hidden="true">→</span>'  # the resampling part builds on convolution


def matrices() -> dict:
    """A small one for each part: a crop, the differences, a convolution, doubling."""
    import torch  # here, because it takes seconds and one page needs it

    from diffimg.conv import conv_matrix
    from diffimg.linear import as_matrix
    from diffimg.resample import resample_matrix
    from diffimg.tv import gradient

    kernel = torch.tensor([[1., 2, 1], [2, 4, 2], [1, 2, 1]], dtype=torch.float64, device="cpu").reshape(1, 1, 3, 3)
    on_cpu = {"device": "cpu"}
    return {"crop": resample_matrix(12, 8, box=(2.6, 8.8), **on_cpu),
            "tv": as_matrix(lambda u: gradient(u.reshape(1, 1, -1))[0, 1], (10,), **on_cpu),
            "conv": conv_matrix(kernel, 4).to_dense(),
            "resample": resample_matrix(6, 12, **on_cpu)}


def picture(matrix) -> str:
    """Positive and negative entries in two colours, the stronger the larger."""
    rows, columns = matrix.shape
    largest = float(matrix.abs().max())
    marks = "".join(
        f'<rect x="{j * CELL}" y="{i * CELL}" width="{CELL}" height="{CELL}" '
        f'class="{"plus" if value > 0 else "minus"}" fill-opacity="{max(0.25, abs(value) / largest):.2f}"/>'
        for i, row in enumerate(matrix.tolist()) for j, value in enumerate(row) if value)
    width, height = columns * CELL, rows * CELL
    return (f'<svg viewBox="-0.5 -0.5 {width + 1} {height + 1}" width="{width + 1}" height="{height + 1}" '
            f'aria-hidden="true"><rect width="{width}" height="{height}" class="frame"/>{marks}</svg>')


class map_of_the_book(nodes.General, nodes.Element):
    """Stands where the map goes until the titles of all chapters are known."""


class Map(SphinxDirective):
    def run(self):
        self.env.note_dependency(__file__)
        return [map_of_the_book()]


def draw(app, doctree, docname):
    """Pixels and matrices above, the four parts beside each other, what goes further and what joins them below."""
    def link(page):
        return f'<a href="{app.builder.get_relative_uri(docname, page)}">{escape(app.env.titles[page].astext())}</a>'

    def chapters(folder):
        pages = [page for page in book.pages() if page.startswith(f"chapters/{folder}/")]
        return "<ul>" + "".join(f"<li>{link(page)}</li>" for page in pages) + "</ul>" if pages else ""  # left out

    def part(one, matrix):
        arrow = ARROW if one.folder == "conv" and chapters("resample") else ""
        return (f'<section class="map-part map-{one.folder}"><p class="map-title">{one.title}</p>'
                f'<div class="map-pair" role="img" aria-label="A matrix and its transpose: {one.says}.">'
                f'<div>{picture(matrix)}<i>{one.symbol}</i></div><div>{picture(matrix.T)}<i>{one.symbol}<sup>⊤</sup></i></div>'
                f'</div><p class="map-claim">{one.claim}</p>{chapters(one.folder)}{arrow}</section>')

    def last(folder, title, claim):
        return (f'<section class="map-wide map-last"><p class="map-title">{title}</p><p class="map-claim">{claim}</p>'
                f'{chapters(folder)}</section>' if chapters(folder) else "")

    for placeholder in list(doctree.findall(map_of_the_book)):
        found = matrices()
        parts = [one for one in PARTS if chapters(one.folder)]
        html = (f'<div class="book-map" style="--parts: {len(parts)}">'
                f'<section class="map-wide"><p class="map-title">Pixels and matrices</p>'
                '<p class="map-claim">forward <i>x</i> ↦ <i>A x</i>, '
                'backward <i>g</i> ↦ <i>A</i><sup>⊤</sup><i>g</i></p>'
                f'{chapters("linear")}</section>'
                + "".join(part(one, found[one.folder]) for one in parts)
                + last("further", "Further", "the same matrices for volumes, for a field of displacements, around gaps")
                + last("together", "Together", "crop, blur and sampling as one matrix: the image comes back by its "
                       "transpose and <i>D</i><sup>⊤</sup>, the boxes by their gradient") + "</div>")
        placeholder.replace_self(nodes.raw("", html, format="html"))


def setup(app):
    app.add_node(map_of_the_book)
    app.add_directive("map", Map)
    app.connect("doctree-resolved", draw)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
