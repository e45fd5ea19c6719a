"""One figure helper and one house style: every figure says what it shows, in a sentence with measured numbers."""

import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from html import escape
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from ._extras import extra
from ._validate import check_float, check_last_axes, check_live

if TYPE_CHECKING:
    from IPython.display import HTML
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

Bundle = dict[str, Any]

__all__ = ["show", "live"]  # the rest helps an author who draws with matplotlib directly

# Okabe and Ito's colours, which stay apart for colour-blind readers (jfly.uni-koeln.de/color).
BLUE, ORANGE, GREEN, PURPLE, SKY, RED, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#222222")
# the same for lettering on white, dark enough to read
INK = {BLUE: BLUE, ORANGE: "#8A5F00", GREEN: "#00704F", PURPLE: "#99456F", SKY: "#2B6F99", RED: "#A34400", BLACK: BLACK}
WIDTH = 6.6  # inches; a figure is shown 100 CSS pixels to the inch
DPI = 150
GENERIC = re.compile(
    r"^(an?|the|this)?\s*(figure|image|picture|plot|chart|photo|photograph|graph|result)s?\b.{0,24}$", re.I)


def use_style() -> None:
    """Set matplotlib's defaults to the house style of the book."""
    with extra("images", "the style of the figures"):
        import matplotlib.pyplot as plt
        from matplotlib.rcsetup import cycler

    plt.rcParams.update({
        "figure.facecolor": "white", "figure.figsize": (WIDTH, 2.8), "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.08,
        "font.size": 11, "axes.titlesize": 11.5, "axes.titlelocation": "left", "axes.labelsize": 11,
        "axes.edgecolor": "#666666", "axes.labelcolor": BLACK, "text.color": BLACK, "axes.titlecolor": BLACK,
        "xtick.color": "#444444", "ytick.color": "#444444", "xtick.labelsize": 10, "ytick.labelsize": 10,
        "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 1.8, "legend.frameon": False,
        "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PURPLE, SKY, RED]),
    })


def show(content: "Tensor | Sequence[Tensor] | Figure", *, alt: str, titles: Sequence[str] | None = None,
         boxes: Sequence[Tensor | None] | None = None, vmin: float = 0.0, vmax: float = 1.0,
         height: float | None = None) -> None:
    """Display a row of images, or a matplotlib figure, together with a sentence that says what it shows.

    Convention: content is an image, a sequence of images, or a Figure. An image is a tensor (H, W), (C, H, W) or
    (1, C, H, W) with C = 1 or 3, drawn in edge coordinates (pixel i covers [i, i + 1)) on one scale from vmin to vmax
    for all. boxes has, for each image, None or boxes (4,) or (K, 4) in edge coordinates, which the ticks of its axes
    tell; an image without boxes has no ticks. height in inches. alt is one sentence of 20 to 250 characters with the
    measured numbers formatted in; it is displayed as text/plain beside the picture, and names it on the website.
    Gradient: none; tensors are detached.
    Raises: ValueError for an alt that is empty, generic or too long, and for titles or boxes that do not match.
    Source: chapter "linear/images".

    >>> show(torch.eye(3), alt="")
    Traceback (most recent call last):
    ValueError: alt is '', expected one sentence of 20 to 250 characters that says what this figure shows
    """
    check_alt(alt)
    with extra("images", "plot.show"):
        from IPython.display import display
        from matplotlib.figure import Figure

    figure = content if isinstance(content, Figure) else _row(content, titles, boxes, vmin, vmax, height)
    display(_Picture(figure, alt))


def check_alt(alt: str) -> None:
    """Refuse a description that a reader who does not see the picture could not use."""
    alt = alt.strip() if isinstance(alt, str) else alt
    if not isinstance(alt, str) or not 20 <= len(alt) <= 250 or "\n" in alt or GENERIC.match(alt) or alt[0] == "<":
        raise ValueError(f"alt is {alt!r}, expected one sentence of 20 to 250 characters that says what this figure "
                         "shows")


class _Picture:
    """A figure as PNG and its sentence, which Jupyter stores side by side as image/png and text/plain."""

    def __init__(self, figure: "Figure", alt: str):
        self.figure, self.alt, self.png = figure, alt, _png(figure)

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[Bundle, Bundle]:
        width = int(self.figure.get_figwidth() * 100)
        return {"image/png": self.png, "text/plain": self.alt}, {"image/png": {"width": width}}


def _row(content: Tensor | Sequence[Tensor], titles: Sequence[str] | None, boxes: Sequence[Tensor | None] | None,
         vmin: float, vmax: float, height: float | None) -> "Figure":
    import matplotlib.pyplot as plt

    images = [_pixels(image) for image in ([content] if isinstance(content, Tensor) else content)]
    if not images:
        raise ValueError("content is an empty sequence, expected at least one image")
    for name, values in (("titles", titles), ("boxes", boxes)):
        if values is not None and len(values) != len(images):
            raise ValueError(f"{name} has {len(values)} entries for {len(images)} image(s), expected one for each")
    for box in boxes or []:
        if box is not None:
            check_last_axes("boxes", box, (4,), "a box is (x, y, x', y') in edge coordinates")
    shapes = [image.shape[1] / image.shape[0] for image in images]
    beside = 0.15 if boxes is None else 0.5  # inches of the width that an image does not get
    height = height or min(4.2, (WIDTH - beside * len(images)) / sum(shapes) + 0.5)
    figure, axes = plt.subplots(1, len(images), figsize=(WIDTH, height), squeeze=False, width_ratios=shapes)
    for k, (axis, image) in enumerate(zip(axes[0], images, strict=True)):
        draw_image(axis, image, vmin=vmin, vmax=vmax)
        axis.set_title(titles[k] if titles else "")
        box = boxes[k] if boxes is not None else None
        if box is not None:
            draw_boxes(axis, box)
        else:
            axis.set(xticks=[], yticks=[])
    return figure


def draw_image(axis: "Axes", image: "Tensor | NDArray[Any]", *, vmin: float = 0.0, vmax: float = 1.0) -> None:
    """Draw an image on a matplotlib axis in edge coordinates: pixel i covers [i, i + 1), y points down."""
    pixels = _pixels(image)
    h, w = pixels.shape[:2]
    if pixels.ndim == 3:  # matplotlib scales gray images only
        pixels = ((pixels - vmin) / (vmax - vmin)).clip(0, 1)
    axis.imshow(pixels, cmap="gray", vmin=vmin, vmax=vmax, extent=(0, w, h, 0),
                interpolation="nearest" if max(h, w) <= 64 else "antialiased")
    axis.spines[:].set_visible(False)
    axis.locator_params(nbins=5, integer=True)


def draw_boxes(axis: "Axes", boxes: Tensor, **style: Any) -> None:
    """Draw boxes (4,) or (K, 4) in edge coordinates on a matplotlib axis, each in a colour of its own."""
    from matplotlib.patches import Rectangle

    for color, box in zip(cycle((ORANGE, SKY, GREEN, PURPLE, RED)), boxes.detach().reshape(-1, 4).tolist()):
        x, y, x2, y2 = box
        axis.add_patch(Rectangle((x, y), x2 - x, y2 - y, **{"fill": False, "lw": 2, "ec": color, **style}))


LIVE = Path(__file__).parent / "live"  # a module for each figure to move, and shared.js
STILL = "<p><small>It moves where scripts run: on the book's site, and in Jupyter once its cell has run.</small></p>"


def live(name: str, *, alt: str, fallback: str, **data: object) -> None:
    """Display a figure to move: a custom element around a sentence and a table, and the script that replaces them.

    The script runs on the book's site, and in Jupyter once the cell has run or the notebook is trusted. Everywhere else
    (not trusted, printed, without scripts) a reader sees the sentence, the table, and where the figure would move.

    Convention: name is that of a module in diffimg/live; alt as for show; fallback is an HTML table (table makes one)
    with the numbers of the figure as it begins. data are the figure's own: numbers, words, tensors and sequences of
    them, which JSON can write; they become attributes, first_row=... becomes data-first-row. Nothing is loaded from
    elsewhere; every output carries its script.
    Gradient: none; tensors are detached.
    Raises: ValueError for a name without a module, an alt that show would refuse, a fallback that is not a table, and
    for NaN and infinity in data; TypeError for data that JSON cannot write.
    Source: chapter "linear/matrices".

    >>> live("microscope", alt="A row of 8 pixels and its matrix.", fallback="see above")
    Traceback (most recent call last):
    ValueError: fallback is 'see above', expected an HTML table: plot.table makes one
    """
    check_live(name, fallback, sorted(path.stem for path in LIVE.glob("*.js") if path.stem != "shared"))
    check_alt(alt)
    with extra("images", "plot.live"):
        from IPython.display import display

    attributes = "".join(f' data-{key.replace("_", "-")}="{escape(_json(key, value))}"' for key, value in data.items())
    html = (f'<dio-{name} data-live="{name}" data-lm-suppress-shortcuts="true"{attributes}>\n<p>{escape(alt)}</p>\n'
            f'{fallback}\n{STILL}\n</dio-{name}>\n'
            f'<script type="module" data-live="{name}">\n{live_script(name)}</script>')
    display({"text/html": html, "text/plain": alt}, raw=True)


def live_script(name: str) -> str:
    """The module of a figure and the shared one as a single script, without imports and exports."""
    shared, own = ((LIVE / f"{module}.js").read_text(encoding="utf-8") for module in ("shared", name))
    alone = re.sub(r'^import \{[^}]*\} from "\./shared\.js";\n', "", own, count=1, flags=re.M)
    return re.sub(r"^export ", "", shared, flags=re.M) + alone


def _json(name: str, value: object) -> str:
    plain = value.detach().cpu().tolist() if isinstance(value, Tensor) else value
    try:
        return json.dumps(plain, allow_nan=False, ensure_ascii=False)
    except TypeError:
        raise TypeError(f"{name} is a {type(value).__name__}, expected numbers, words, a tensor, or a sequence of "
                        "them") from None
    except ValueError:
        raise ValueError(f"{name} contains NaN or infinity, which JSON cannot write") from None


# What a stepper looks like: it takes its colours from the page. Without the style (in a notebook that is not trusted),
# without :has() and on paper, all frames stand one below the other, and there is no button.
_STEPPER = """<style>
.cell_output .output.text_html:has(.stepper){background:none!important;color:inherit!important;padding:0!important}
.stepper{border:1px solid #8888;border-radius:.5rem;padding:.4rem min(.9rem,2vw) .9rem;margin:1rem 0;
  min-width:0;max-width:34rem;font-family:var(--sans,system-ui,sans-serif);font-size:1rem;line-height:1.45}
.stepper legend{float:none;width:auto;padding:0 .4rem;margin:0;font-size:1rem;font-weight:600;line-height:1.4}
.stepper .pick{position:relative;display:block;width:1.75rem;height:1.75rem}
.stepper .pick input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}
.stepper .pick label{display:block;margin:0;border:1px solid #888;border-radius:.3rem;height:1.75rem;
  line-height:1.65rem;text-align:center;font-size:1rem}
.stepper input:checked+label{background:var(--accent,#0067a3);border-color:var(--accent,#0067a3);
  color:var(--pst-color-background,#fff);font-weight:600;text-decoration:underline}
.stepper input:focus-visible+label{outline:3px solid var(--accent,#0067a3);outline-offset:2px}
.stepper .tables{display:flex!important;flex-wrap:wrap;gap:.8rem 1.5rem;align-items:center}
.stepper table{display:table!important;width:auto!important;min-width:0!important;margin:0!important;
  border-collapse:collapse;font-size:1rem;table-layout:fixed}
.stepper caption{caption-side:top;padding:0 0 .2rem!important;color:inherit;text-align:left;font-size:.9rem;
  white-space:nowrap}
.stepper tr,.stepper tr:hover{background:none!important}
.stepper td{position:relative;box-sizing:border-box;width:2.2rem;min-width:2.2rem;max-width:none;height:2.2rem;
  padding:0 .15rem!important;border:1px solid #888!important;line-height:1.1;
  text-align:center!important;vertical-align:middle!important}
.stepper td small{display:block;font-size:.8rem}
.stepper td br{display:none}
.stepper .data{background:#56b4e955}
.stepper .done{background:#88888826}
.stepper td i{position:absolute;z-index:1;left:-1px;top:-1px;box-sizing:border-box;border:3px solid #d55e00;
  pointer-events:none}
.stepper p.words{margin:.7rem 0 0}
@media screen{@supports selector(:has(*)){
.stepper .picks{display:flex!important;flex-wrap:wrap;gap:.25rem;margin:.2rem 0 .7rem}
.stepper .frames{display:grid}
.stepper .frame{grid-area:1/1;min-width:0;visibility:hidden}
"""


def table(values: Sequence[Sequence[object]], head: str, *, data: Collection[tuple[int, int]] = (),
          done: Collection[tuple[int, int]] = (), notes: Mapping[tuple[int, int], str] | None = None,
          box: tuple[int, int, int, int] | None = None) -> str:
    """A table of small numbers, for a frame of a stepper. None leaves a cell empty; data and done are cells on blue and
    on gray, notes stand below a number, box (row, column, height, width) is framed.
    """
    notes, (top, left, height, width) = notes or {}, box or (-1, -1, 0, 0)
    frame = f'<i style="width:calc({width}00% + {width + 1}px);height:calc({height}00% + {height + 1}px)"></i>'

    def cell(r: int, c: int, value: object) -> str:
        kind = ' class="data"' if (r, c) in data else ' class="done"' if (r, c) in done else ""
        text = "" if value is None else str(value)
        note = f"<br><small>{notes[r, c]}</small>" if (r, c) in notes else ""
        return f"<td{kind}>{text}{note}{frame * ((r, c) == (top, left))}</td>"

    rows = ("".join(cell(r, c, value) for c, value in enumerate(row)) for r, row in enumerate(values))
    return f'<table><caption>{head}</caption>{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'


def stepper(name: str, legend: str, frames: Sequence[tuple[str, str]]) -> "HTML":
    """A fieldset of radio buttons, one for each frame (tables, sentence); CSS alone shows the frame that is chosen.

    Where the style is dropped there are the sentences, one below the other, and the tables of the last of them.
    """
    with extra("images", "plot.stepper"):
        from IPython.display import HTML

    picks, shown, style = [], [], _STEPPER
    for k, (tables, words) in enumerate(frames, 1):
        picks.append(f'<span class="pick"><input type="radio" name="{name}" id="{name}-{k}"{" checked" * (k == 1)}>'
                     f'<label for="{name}-{k}">{k}</label></span>')
        hidden = ' hidden="hidden"' * (k < len(frames))  # JupyterLab drops attributes without a value
        shown.append(f'<div class="frame"><div class="tables"{hidden}>{tables}</div><p class="words">{words}</p></div>')
        style += f".stepper:has(.pick:nth-child({k}) :checked) .frame:nth-child({k}){{visibility:visible}}\n"
    return HTML(f'{style}}}}}</style><fieldset class="stepper"><legend>{legend}</legend>'
                f'<div class="picks" hidden="hidden">{" ".join(picks)}</div>'
                f'<div class="frames" aria-live="polite">{"".join(shown)}</div></fieldset>')


def _pixels(image: "Tensor | NDArray[Any]") -> "NDArray[Any]":
    if not isinstance(image, Tensor):
        return image
    check_float("image", image)
    image = image.detach().cpu().double()
    image = image[0] if image.ndim == 4 and image.shape[0] == 1 else image
    if image.ndim == 3 and image.shape[0] in (1, 3):
        image = image.permute(1, 2, 0).squeeze(-1)
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[-1] != 3):
        raise ValueError(f"image has shape {tuple(image.shape)}, expected (H, W), (C, H, W) or (1, C, H, W) with "
                         "C = 1 or 3")
    return image.numpy()


def _png(figure: "Figure") -> bytes:
    """The figure without blank rows above and below, in at most 256 colours: a third of the size, and no difference
    that an eye sees.
    """
    import matplotlib.pyplot as plt
    from PIL import Image, ImageChops

    raw, small = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, format="png", dpi=DPI)
    plt.close(figure)
    picture = Image.open(raw).convert("RGB")
    inked = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox() or (0, 0, *picture.size)
    picture = picture.crop((0, max(inked[1] - 12, 0), picture.width, min(inked[3] + 12, picture.height)))
    picture.quantize(256, kmeans=1).save(small, "png", optimize=True)
    return small.getvalue()
