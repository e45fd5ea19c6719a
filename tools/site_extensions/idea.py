"""The directive {idea}: a crop of a photograph as a product of matrices, and its backward pass by their transposes.

Everything in the picture is computed by the package when the page is built, so that it cannot drift from the code.
"""

import base64
import io

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .bookmap import picture

SIDE, OUT = 20, 12  # pixels of the photograph and of the crop
ALT = {"gray": "A gray picture of a few hundred pixels of a cat",
       "signed": "Blue and orange pixels, the slope of a loss"}
BOXES = ((2.4, 17.6), (3.6, 14.4))  # the edges of the box across and down


def computed() -> dict:
    """The matrices, the photograph, the crop, the slope of a loss in it, and what the transposes make of that."""
    from diffimg import images  # here, because it takes seconds and one page needs it
    from diffimg.resample import resample_matrix, resize

    face = images.load("chelsea", gray=True)[0, 0, 20:260, 90:330].double().cpu()
    image = resize(face[None], (SIDE, SIDE), antialias=True)[0]
    across, down = (resample_matrix(SIDE, OUT, box=box, antialias=True, device="cpu") for box in BOXES)
    crop = down @ image @ across.mT
    slope = crop - crop.flip(1)  # of half the squared distance to a target, here the mirrored crop
    return {"A_y": down, "I": image, "A_x": across, "crop": crop, "G": slope, "gradient": down.mT @ slope @ across}


def pixels(values, signed: bool) -> str:
    """An image of a few hundred bytes, drawn with sharp pixels: gray, or blue and orange about a clear 0."""
    import torch
    from PIL import Image

    if signed:
        strength = (255 * (values.abs() / values.abs().max()) ** 0.7).round()
        blue, orange = torch.tensor([0., 103, 163]), torch.tensor([196., 92, 10])
        colour = torch.where((values > 0)[..., None], blue, orange)
        rgba, mode = torch.cat([colour, strength[..., None]], -1), "RGBA"
    else:
        rgba, mode = 255 * (values - values.min()) / (values.max() - values.min()), "L"
    raw = io.BytesIO()
    Image.fromarray(rgba.round().to(torch.uint8).numpy(), mode).save(raw, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(raw.getvalue()).decode()


def shown(name: str, values, kind: str) -> str:
    height, width = values.shape
    if kind == "matrix":
        inside = picture(values)
    else:
        inside = f'<img src="{pixels(values, kind == "signed")}" alt="{ALT[kind]}">'
    return f'<div style="--w: {width}; --h: {height}" class="{kind}">{inside}<span>{name}</span></div>'


def html() -> str:
    found = computed()
    a_y, a_x = found["A_y"], found["A_x"]
    transposed = "<sup>⊤</sup>"
    forward = [("<i>A<sub>y</sub></i>", a_y, "matrix"), ("the image <i>I</i>", found["I"], "gray"),
               (f"<i>A<sub>x</sub></i>{transposed}", a_x.mT, "matrix"), ("the crop", found["crop"], "gray")]
    backward = [(f"<i>A<sub>y</sub></i>{transposed}", a_y.mT, "matrix"), ("slope in the crop", found["G"], "signed"),
                ("<i>A<sub>x</sub></i>", a_x, "matrix"), ("slope in the image", found["gradient"], "signed")]
    rows = ""
    for *factors, result in (forward, backward):
        rows += f'<div class="idea-row">{"".join(shown(*one) for one in factors)}<b>=</b>{shown(*result)}</div>'
    says = ("A cat of 20 by 20 pixels between two matrices, a few entries in each row, is its crop of 12 by 12. "
            "Below, the slope of a loss in the crop between the transposed matrices is the slope in the image.")
    return f'<div class="idea" role="img" aria-label="{says}">{rows}</div>'


class Idea(SphinxDirective):
    def run(self):
        self.env.note_dependency(__file__)
        return [nodes.raw("", html(), format="html")]


def setup(app):
    app.add_directive("idea", Idea)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
