"""A figure as the site shows it: lines and letters as SVG in the page's own colours, once for a wide page and once for
a phone, where the panels stand one below the other; what was an image stays one, in its own pixels.

    {"images": [{"png": base64, "smooth": bool, "theme": bool}],
     "wide": {"size": [width, height], "svg": "...", "places": [[left, top, width, height], ...]}, "narrow": {...}}

Sizes are CSS pixels. It travels in the metadata of the PNG's output, which Jupyter ignores and nbval does not compare.
"""

import base64
import io
import re
from html import escape

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_hex, to_rgb
from matplotlib.gridspec import GridSpec
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox
from PIL import Image

from diffimg import plot

PIXELS = 100  # CSS pixels to the inch
PHONE = 3.54  # inches: the column of a phone 390 pixels wide
LETTERS = 9  # points on a phone, 12.5 pixels; 11 are left on one that is 324 pixels wide
LARGEST = 2 * plot.WIDTH * PIXELS  # pixels of an image
# colours of the house, which the page has a darker and a lighter form of
NAMES = {plot.ORANGE: "orange", plot.GREEN: "green", plot.PURPLE: "purple", plot.SKY: "sky", plot.RED: "red"}
HOUSE = {color.lower(): name for color, name in (
    (plot.BLUE, "blue"), *NAMES.items(), *((plot.INK[color], f"ink-{name}") for color, name in NAMES.items()))}
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
ANCHOR = {"left": (0, ""), "center": (0.5, ' text-anchor="middle"'), "right": (1, ' text-anchor="end"')}


def load_ipython_extension(shell):
    """Store this form with every figure that a notebook shows."""
    shell.display_formatter.mimebundle_formatter.for_type(plot._Picture, bundle)


def bundle(picture):
    data, metadata = picture._repr_mimebundle_()
    metadata["image/png"]["page"] = page_form(picture.figure)
    return data, metadata


def page_form(figure):
    """What the site shows of a figure. The figure is laid out anew for a phone, and not to be used afterwards."""
    figure.set_dpi(PIXELS)
    figure.patch.set_visible(False)
    for axis in figure.axes:
        axis.patch.set_visible(False)
    drawn = [image for axis in figure.axes for image in axis.images]
    wide = layout(figure, drawn)
    stack(figure)
    return {"images": [pixels(image) for image in drawn], "wide": wide, "narrow": layout(figure, drawn)}


def layout(figure, drawn):
    """The lines and letters of a figure as it stands, without the blank rows above and below, and where images lie."""
    figure.draw_without_rendering()
    width, height = (round(side * PIXELS) for side in figure.get_size_inches())
    places = [place(image, height) for image in drawn]
    page = Page(width, height, {line: text.get_ha() for text in figure.findobj(Text)
                                for line in text.get_text().split("\n")},
                [p for p, image in zip(places, drawn, strict=True) if is_photo(image)])
    figure.draw(page)
    top = max(0, min([page.top, *(y for _, y, _, _ in places)]) - 6)
    bottom = min(height, max([page.bottom, *(y + h for _, y, _, h in places)]) + 6)
    top, bottom = round(top), round(bottom)
    usual = max(set(page.sizes), key=page.sizes.count, default="14.0")
    lines = "".join(page.parts).replace(f' font-size="{usual}"', "")
    svg = f'<svg viewBox="0 {top} {width} {bottom - top}" font-size="{usual}" fill="currentColor">{lines}</svg>'
    return {"size": [width, bottom - top], "svg": svg,
            "places": [[round(x, 1), round(y - top, 1), round(w, 1), round(h, 1)] for x, y, w, h in places]}


# --- what was an image ----------------------------------------------------------------------------------------------

def is_photo(image):
    return image.get_array().ndim == 3 or image.get_cmap().name == "gray"


def place(image, height):
    """Left, top, width and height in the figure of what is seen of an image."""
    box = Bbox(image.axes.transData.transform(seen(image)[0]))
    return box.xmin, height - box.ymax, abs(box.width), abs(box.height)


def seen(image):
    """The part of an image inside its axes: its corners in the data's coordinates, and its rows and columns."""
    h, w = image.get_array().shape[:2]
    left, right, bottom, top = image.get_extent()
    ends = []
    for start, end, limits, n in ((left, right, image.axes.get_xlim(), w), (top, bottom, image.axes.get_ylim(), h)):
        inside = sorted((limit - start) / (end - start) * n for limit in limits)
        ends.append((max(0, round(inside[0])), min(n, round(inside[1]))))
    (x0, x1), (y0, y1) = ends
    across, down = (right - left) / w, (bottom - top) / h
    corners = [(left + x0 * across, top + y0 * down), (left + x1 * across, top + y1 * down)]
    return corners, (slice(y0, y1), slice(x0, x1))


def pixels(image):
    """The pixels themselves, as they lie on the page. Colours of a map are mixed with the page instead of white."""
    array, photo = image.get_array(), is_photo(image)
    corners, part = seen(image)
    (x0, y0), (x1, y1) = image.axes.transData.transform(corners)
    shown = image.to_rgba(array[::-1] if image.origin == "lower" else array, bytes=True, norm=array.ndim == 2)[..., :3]
    shown = shown[part][:: 1 if y1 < y0 else -1, :: 1 if x1 > x0 else -1]
    picture = Image.fromarray(np.ascontiguousarray(shown) if photo else unmixed(shown))
    if max(picture.size) > LARGEST:
        picture.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    gray = photo and (shown == shown[..., :1]).all()
    picture = picture.convert("L") if gray else picture.quantize(256, kmeans=1) if photo else picture
    file = io.BytesIO()
    picture.save(file, "png", optimize=True)
    return {"png": base64.b64encode(file.getvalue()).decode(), "size": list(picture.size)}


def unmixed(colors):
    """Colours on white as colours that let through: on white they look the same, on a dark page they fade into it."""
    opacity = 1 - colors.min(-1, keepdims=True) / 255
    pure = 255 - (255 - colors) / np.maximum(opacity, 1e-3)
    return np.concatenate([pure, 255 * opacity], axis=-1).round().clip(0, 255).astype(np.uint8)


# --- on a phone -----------------------------------------------------------------------------------------------------

def stack(figure):
    """Lay out a figure anew as wide as a phone: its panels one below the other, small ones two in a row."""
    panels = [axis for axis in figure.axes if axis.get_label() != "<colorbar>" and axis.get_subplotspec() is not None]
    panels.sort(key=lambda axis: not axis.has_data())  # a remark comes last
    for text in figure.findobj(Text):
        text.set_fontsize(LETTERS)
    if is_table(panels) and all(axis.images for axis in panels):
        figure.set_size_inches(PHONE, figure.get_figheight() * PHONE / figure.get_figwidth() + 0.3)
        return
    if is_table(panels):  # its columns one after the other
        panels.sort(key=lambda axis: axis.get_subplotspec().colspan.start)
    rows = in_rows(panels)
    heights = [max(wanted(axis) / len(row) if keeps_shape(axis) else wanted(axis) for axis in row) for row in rows]
    grid = GridSpec(len(rows), 2, figure=figure, height_ratios=heights)
    for k, row in enumerate(rows):
        for j, axis in enumerate(row):
            axis.set_subplotspec(grid[k, j] if len(row) > 1 or is_small(axis) else grid[k, :])
    figure.set_size_inches(PHONE, sum(heights) + 0.5 * len(rows))
    for _ in range(3):  # how much room letters need shows when they are laid out
        figure.draw_without_rendering()
        boxes = [row[0].get_position(original=True) for row in rows]
        short = sum(height * (box.width * len(row) if keeps_shape(row[0]) else 1)
                    - box.height * figure.get_figheight()
                    for height, box, row in zip(heights, boxes, rows, strict=True))
        figure.set_size_inches(PHONE, max(1.2, figure.get_figheight() + short))


def keeps_shape(axis):
    return axis.get_aspect() != "auto"


def wanted(axis):
    """The height that a panel wants where it is as wide as the phone, in inches."""
    box, (width, height) = axis.get_position(), axis.figure.get_size_inches()
    if not axis.has_data():  # a remark
        return 0.5
    return PHONE * box.height * height / (box.width * width) if keeps_shape(axis) else max(box.height * height, 0.6)


def is_table(panels):
    """Whether the place in the grid means something: what stands in the first row names the columns."""
    grid = panels[0].get_subplotspec().get_gridspec()
    named = [bool(title(axis)) == (axis.get_subplotspec().rowspan.start == 0) for axis in panels]
    return min(grid.nrows, grid.ncols) > 1 and len(panels) == grid.nrows * grid.ncols and all(named)


def title(axis):
    return axis.get_title(loc="left") or axis.get_title()


def is_small(axis):
    """A drawing of a third of the page or less is not made larger than half a phone."""
    spec = axis.get_subplotspec()
    return keeps_shape(axis) and not axis.images and len(spec.colspan) / spec.get_gridspec().ncols < 0.36


def in_rows(panels):
    """Panels in rows of one or two. Two share a row where they are small, or of four photographs or more."""
    letters = max((len(line) for axis in panels for line in title(axis).split("\n")), default=0)
    gallery = len(panels) > 3 and letters <= 24 and all(any(map(is_photo, axis.images)) for axis in panels)
    small = {axis for axis in panels if gallery or is_small(axis)}
    rows = []
    for axis in panels:
        if rows and len(rows[-1]) == 1 and {axis, rows[-1][0]} <= small:
            rows[-1].append(axis)
        else:
            rows.append([axis])
    return rows


# --- lines and letters ----------------------------------------------------------------------------------------------

class Page(RendererBase):
    """Draws on a page: each colour as one of the page's, each letter in the page's face. Images are left out."""

    def __init__(self, width, height, aligned, photos):
        super().__init__()
        self.width, self.height, self.aligned = width, height, aligned
        self.photos = [Bbox.from_bounds(x, height - y - h, w, h) for x, y, w, h in photos]
        self.parts, self.sizes, self.clips, self.solid = [], [], {}, []
        self.top, self.bottom = height, 0.0

    def points_to_pixels(self, points):
        return points * PIXELS / 72

    def get_canvas_width_height(self):
        return self.width, self.height

    def flipy(self):
        return True

    def draw_image(self, gc, x, y, im, transform=None):
        """Nothing: the image itself lies below."""

    def draw_path(self, gc, path, transform, rgbFace=None):
        box = path.get_extents(transform)
        self.add(gc, self.outline(path, transform, rgbFace), box, rgbFace)
        if rgbFace is not None and is_solid(rgbFace, gc.get_alpha() if gc.get_forced_alpha() else None):
            self.solid.append(box)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        """All markers of a line are one path."""
        if len(path.vertices) == 1:  # matplotlib's way to draw a single shape, which may be clipped
            moved = marker_trans + Affine2D().translate(*trans.transform(path.vertices[0]))
            return self.draw_path(gc, marker_path, moved, rgbFace)
        points = [(x, y) for (*_, x, y), _ in path.iter_segments(trans, simplify=False)]
        clip = gc.get_clip_rectangle()
        inside = [(x, y) for x, y in points if clip is None or clip.contains(x, y)]
        if not inside:
            return
        size = marker_path.get_extents(marker_trans).size
        box = Bbox([np.min(inside, 0) - size / 2, np.max(inside, 0) + size / 2])
        gc.set_clip_rectangle(None)
        round_dot = rgbFace is not None and Path.CURVE4 in (marker_path.codes if marker_path.codes is not None else ())
        if round_dot and to_hex(rgbFace) == to_hex(gc.get_rgb()):
            gc.set_linewidth(size[0] / self.points_to_pixels(1) + gc.get_linewidth())
            gc.set_capstyle("round")
            steps = np.diff(np.round(inside, 1), axis=0, prepend=[[0, self.height]]) * (1, -1)
            self.add(gc, "".join(f"m{numbers(step)}h0" for step in steps), box, None)
        else:
            shape = self.steps(marker_path.iter_segments(marker_trans, simplify=False), 0, relative=True)
            self.add(gc, "".join(f"M{numbers((x, self.height - y))}{shape}" for x, y in inside), box, rgbFace)

    def draw_quad_mesh(self, gc, master_transform, meshWidth, meshHeight, coordinates, *rest):
        """A colorbar: its colours run from below to above."""
        box = Bbox(master_transform.transform(coordinates.reshape(-1, 2))[[0, -1]])
        colors = rest[2][::max(1, len(rest[2]) // 8)]
        name = f"ramp{len(self.parts)}"
        stops = "".join(f'<stop offset="{k / (len(colors) - 1):.2f}"{attributes(mixed(color, "stop"))}/>'
                        for k, color in enumerate(colors))
        self.parts.append(f'<linearGradient id="ID{name}" x2="0" y1="1" y2="0">{stops}</linearGradient>'
                          f'<path d="M{box.x0:.1f} {self.height - box.y0:.1f}h{box.width:.1f}v{-box.height:.1f}'
                          f'h{-box.width:.1f}z" fill="url(#ID{name})"/>')
        self.reach(box)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        if not s.strip():
            return
        if ismath:  # the power of ten at a logarithmic axis
            power = re.fullmatch(r"\$\\mathdefault\{10\^\{(-?\d+)\}\}\$", s)
            if not power:
                raise ValueError(f"{s!r} stands in a figure: write it in Unicode, in the letters of the page")
            s = "10" + power[1].translate(SUPERSCRIPT)
        width, height, _ = self.get_text_width_height_descent(s, prop, False)
        share, anchor = ANCHOR[self.aligned.get(s, "left")]
        along = np.array([np.cos(np.radians(angle)), -np.sin(np.radians(angle))])
        x, y = (x, y) + along * width * share
        turn = f' transform="rotate({-angle:g} {x:.1f} {y:.1f})"' if angle else ""
        weight = ' font-weight="600"' if prop.get_weight() in ("bold", 700) else ""
        middle = (x + along[0] * width * (0.5 - share), self.height - y + height / 2)
        white = to_hex(gc.get_rgb()) == "#ffffff"  # on a colour, on a dark page too
        fixed = white or any(box.contains(*middle) for box in self.photos + self.solid)
        look = paint("fill", gc.get_rgb(), gc.get_alpha(), fixed)
        self.sizes.append(f"{self.points_to_pixels(prop.get_size_in_points()):.1f}")
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{self.sizes[-1]}"{anchor}{weight}{turn}'
                          f'{attributes(look)}>{escape(s, quote=False)}</text>')
        low = width / 2 if angle else 0.3 * height
        self.top, self.bottom = min(self.top, y - height), max(self.bottom, y + low)

    def on_a_photo(self, box):
        """Whether what is drawn lies on a photograph, which is the same on a dark page."""
        middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        return any(photo.contains(*middle) for photo in self.photos)

    def add(self, gc, outline, box, face):
        edge = (*gc.get_rgb(), 1.0)[:4]
        alpha = gc.get_alpha() if gc.get_forced_alpha() else None
        look = {"fill": "none"} if face is None else paint("fill", face, alpha, self.on_a_photo(box))
        if edge[3] > 0 and gc.get_linewidth() > 0:
            look = merged(look, paint("stroke", edge, alpha, self.on_a_photo(box)))
            look["stroke-width"] = f"{self.points_to_pixels(gc.get_linewidth()):.2g}"
            if gc.get_capstyle() == "round" and outline.endswith("h0"):
                look["stroke-linecap"] = "round"
            if gc.get_dashes()[1] is not None:
                look["stroke-dasharray"] = " ".join(f"{self.points_to_pixels(d):.1f}" for d in gc.get_dashes()[1])
        elif face is None or (*face, 1.0)[3] == 0:
            return
        clip = gc.get_clip_rectangle()
        if clip is not None and not contains(clip, box):
            look["clip-path"] = f"url(#ID{self.clip(clip)})"
            box = Bbox.intersection(clip, box)
        if outline and box is not None:
            self.parts.append(f'<path d="{outline}"{attributes(look)}/>')
            self.reach(box)

    def reach(self, box):
        if np.isfinite(box.extents).all():
            self.top, self.bottom = min(self.top, self.height - box.y1), max(self.bottom, self.height - box.y0)

    def clip(self, box):
        key = f"clip{len(self.clips)}"
        name = self.clips.setdefault(tuple(box.extents.round(1)), key)
        if name == key:
            shape = f"M{box.x0:.1f} {self.height - box.y1:.1f}h{box.width:.1f}v{box.height:.1f}h{-box.width:.1f}z"
            self.parts.append(f'<clipPath id="ID{name}"><path d="{shape}"/></clipPath>')
        return name

    def outline(self, path, transform, face):
        clip = (-50, -50, self.width + 50, self.height + 50) if face is None else None
        segments = path.iter_segments(transform, clip=clip, simplify=face is None and path.should_simplify)
        return self.steps(segments, self.height)

    def steps(self, segments, height, *, relative=False):
        """A path in steps of tenths of a pixel; what one is rounded by is made good by the next."""
        letters, found, here = {Path.LINETO: "l", Path.CURVE3: "q", Path.CURVE4: "c"}, [], np.zeros(2)
        for values, code in segments:
            if code == Path.CLOSEPOLY:
                found.append("z")
                continue
            points = np.asarray(values, dtype=float).reshape(-1, 2) * (1, -1) + (0, height)
            steps = (points - here).round(1)
            if code == Path.MOVETO:
                found.append("m" + numbers(steps[0]) if relative else "M" + numbers(points[0].round(1)))
            else:
                found.append(letters[code] + numbers(steps.ravel()))
            here = here + steps[-1]
        return "".join(found)


def contains(outer, inner):
    return (inner.x0 >= outer.x0 - 1 and inner.y0 >= outer.y0 - 1
            and inner.x1 <= outer.x1 + 1 and inner.y1 <= outer.y1 + 1)


def numbers(values):
    """Numbers as short as SVG allows."""
    words = [f"{value:.1f}".removesuffix(".0").replace("-0.", "-.").removeprefix("0") or "0" for value in values]
    words = ["0" if word in ("-", "-0", "") else word for word in words]
    return "".join(word if k == 0 or word.startswith("-") else f" {word}" for k, word in enumerate(words))


def paint(kind, color, alpha=None, fixed=False):
    """The look of a fill or a stroke. Gray is ink that lets through, white is paper; a house colour is named."""
    opacity = (*color, 1.0)[3] if alpha is None else alpha
    name = to_hex(color[:3])
    look = {kind: name} if fixed else {"class": f"{kind}-{HOUSE[name]}"} if name in HOUSE else None
    if look is None and is_gray(color):
        share = min(1.0, (1 - color[0]) / (1 - to_rgb(plot.BLACK)[0]))
        ink = {} if kind == "fill" else {kind: "currentColor"}  # which is the whole figure's fill
        look = ink if share > 0.02 else {"class": f"{kind}-paper"}
        opacity *= share if share > 0.02 else 1.0
    elif look is None:
        return mixed((*color[:3], opacity), kind)
    return look | ({f"{kind}-opacity": f"{opacity:.2g}"} if opacity < 0.995 else {})


def mixed(color, kind):
    """A colour on white as a colour that lets through."""
    opacity = 1 - min(color[:3])
    pure = [1 - (1 - c) / max(opacity, 1e-3) for c in color[:3]]
    opacity *= (*color, 1.0)[3]
    look = {"stop-color" if kind == "stop" else kind: to_hex(np.clip(pure, 0, 1))}
    return look | ({f"{kind}-opacity": f"{opacity:.2g}"} if opacity < 0.995 else {})


def is_gray(color):
    return max(color[:3]) - min(color[:3]) < 0.02


def is_solid(color, alpha):
    """Whether black letters on a shape with this colour stay black on a dark page."""
    return not is_gray(color) and ((*color, 1.0)[3] if alpha is None else alpha) > 0.9 and min(color[:3]) < 0.7


def merged(one, other):
    both = " ".join(look["class"] for look in (one, other) if "class" in look)
    return one | other | ({"class": both} if both else {})


def attributes(look):
    return "".join(f' {name}="{value}"' for name, value in look.items())
