"""The form in which the site shows a figure (tools/figures.py)."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from figures import page_form, unmixed
from PIL import Image

from diffimg import images, plot


def form(figure):
    made = page_form(figure)
    plt.close(figure)
    return made


def opened(image):
    return Image.open(io.BytesIO(base64.b64decode(image["png"])))


def decoded(image):
    return np.asarray(opened(image))


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        plot.use_style()
        yield


def line(**style):
    figure, axis = plt.subplots(figsize=(4, 2))
    axis.plot([0, 1, 2], [0, 1, 0], **style)
    axis.set_title("a title")
    return figure


def test_colours_are_those_of_the_page():
    svg = form(line(color=plot.BLUE, lw=2))["wide"]["svg"]
    assert svg.count('class="stroke-blue"') == 1 and "currentColor" in svg
    assert not re.search("#fff|#222|#0072b2|white|DejaVu", svg)


def test_a_photograph_keeps_its_pixels_and_what_lies_on_it_its_colours():
    photo = images.load("chelsea", size=(40, 40))[0]
    figure, axis = plt.subplots()
    plot.draw_image(axis, photo)
    axis.text(20, 20, "on it", color=plot.BLACK)
    axis.text(20, -2, "above it", color=plot.BLACK)
    made = form(figure)
    wanted = photo.permute(1, 2, 0).cpu().numpy() * 255
    shown = np.asarray(opened(made["images"][0]).convert("RGB")).astype(float)
    assert shown.shape == (40, 40, 3) and np.abs(shown - wanted).mean() < 2  # 256 colours
    assert re.search(r'fill="#222222">on it<', made["wide"]["svg"])
    assert re.search(r'<text[^>]*>above it<', made["wide"]["svg"])[0].count("#") == 0


@pytest.mark.parametrize("origin", ["upper", "lower"])
@pytest.mark.parametrize("extent", [(0, 3, 2, 0), (0, 3, 0, 2), (3, 0, 2, 0)])
def test_an_image_lies_as_matplotlib_draws_it(origin, extent):
    gray = np.array([[0, 51, 102], [153, 204, 255]]) / 255
    figure, axis = plt.subplots(figsize=(3, 2), layout="none")
    figure.subplots_adjust(0, 0, 1, 1)
    axis.imshow(gray, cmap="gray", vmin=0, vmax=1, origin=origin, extent=extent, aspect="auto", interpolation="nearest")
    axis.axis("off")
    figure.canvas.draw()
    drawn = np.array(figure.canvas.buffer_rgba())[..., 0]
    h, w = drawn.shape
    assert np.array_equal(decoded(form(figure)["images"][0]), drawn[h // 4::h // 2, w // 6::w // 3])


def test_a_part_of_an_image_is_cut_out_of_it():
    figure, axis = plt.subplots()
    plot.draw_image(axis, torch.arange(100.).reshape(10, 10) / 255)
    axis.set(xlim=(2, 8), ylim=(9, 5))
    wanted = np.arange(100).reshape(10, 10)[5:9, 2:8]
    assert np.abs(decoded(form(figure)["images"][0]) - wanted).max() <= 1  # a colour map rounds down


def test_mixed_colours_look_the_same_on_white():
    colors = np.random.default_rng(0).integers(0, 256, (50, 50, 3)).astype(np.uint8)
    pure, opacity = np.split(unmixed(colors).astype(float), [3], axis=-1)
    assert np.abs(pure * opacity / 255 + 255 - opacity - colors).max() < 1.5


def test_letters_of_a_formula_are_refused_and_powers_of_ten_are_written():
    figure = line()
    figure.axes[0].set_xlabel("$x_0$")
    with pytest.raises(ValueError, match="Unicode"):
        page_form(figure)
    plt.close(figure)
    figure = line()
    figure.axes[0].set(yscale="log", ylim=(1e-3, 1))
    assert ">10⁻²<" in form(figure)["wide"]["svg"]


def rows(made, letters):
    """The places of these titles on a phone, from above."""
    return [tuple(float(v) for v in re.search(rf'<text x="([\d.]+)" y="([\d.]+)"[^>]*>{letter}<',
                                              made["narrow"]["svg"]).groups()) for letter in letters]


def grid(rows_, columns, titles, photos):
    figure, axes = plt.subplots(rows_, columns, figsize=(6.6, 3))
    for axis, name in zip(axes.flat, titles, strict=True):
        if photos:
            plot.draw_image(axis, torch.zeros(20, 20))
            axis.set(xticks=[], yticks=[])
        else:
            axis.plot([0, 1])
        axis.set_title(name)
    return form(figure)


def test_on_a_phone_panels_stand_one_below_the_other():
    places = rows(grid(1, 3, "ABC", photos=False), "ABC")
    assert len({round(x / 8) for x, _ in places}) == 1 and places == sorted(places, key=lambda place: place[1])
    places = rows(grid(1, 4, "ABCD", photos=True), "ABCD")  # four photographs: two in a row
    assert places[0][1] == places[1][1] < places[2][1] == places[3][1]


def test_a_table_of_images_stays_one():
    made = grid(2, 3, ["A", "B", "C", "", "", ""], photos=True)
    assert len({y for _, y in rows(made, "ABC")}) == 1 and made["narrow"]["size"][0] == 354


def test_every_place_lies_inside_the_figure():
    made = grid(1, 2, "AB", photos=True)
    for kind in ("wide", "narrow"):
        width, height = made[kind]["size"]
        for x, y, w, h in made[kind]["places"]:
            assert -1 <= x < x + w <= width + 1 and -1 <= y < y + h <= height + 1 and abs(w - h) < 1


def test_round_dots_are_steps_from_one_to_the_next():
    x, y = np.array([0.0, 1.0, 2.5]), np.array([1.0, 0.5, 2.0])
    figure, axis = plt.subplots(figsize=(4, 2))
    axis.plot(x, y, ".", color=plot.BLUE)
    svg = form(figure)["wide"]["svg"]
    path = re.search(r'<path d="(m[^"]*h0)"[^>]*stroke-linecap="round"', svg)[1]
    steps = [[float(v) for v in re.findall(r"-?\d*\.?\d+", step)] for step in path.split("h0")[:-1]]
    places = np.cumsum(steps, axis=0)
    ratio = (places[2] - places[0]) / (places[1] - places[0])
    assert np.abs(ratio - [2.5, (y[2] - y[0]) / (y[1] - y[0])]).max() < 0.01
