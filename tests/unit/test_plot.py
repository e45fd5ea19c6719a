"""The figure helper: one picture with one sentence, the same bytes each time, and nothing left open."""

import io
import re

import IPython.display
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from diffimg import plot
from diffimg.images import noise

ALT = "A ramp that rises from 0 on the left to 1 on the right."


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as Jupyter stores it: (data by MIME type, metadata)."""
    displayed = []
    monkeypatch.setattr(IPython.display, "display", lambda *things: displayed.extend(
        DisplayFormatter().format(thing) for thing in things))
    return displayed


@pytest.fixture(autouse=True)
def no_figure_left_open():
    plt.close("all")
    yield
    assert plt.get_fignums() == []


def ramp(*shape):
    return torch.linspace(0, 1, shape[-1]).expand(shape)


def picture(bundle):
    return np.asarray(Image.open(io.BytesIO(bundle[0]["image/png"])).convert("RGB")).astype(int)


# what is displayed ----------------------------------------------------------------------------------------------------

def test_show_displays_one_bundle_of_a_png_and_its_sentence(shown):
    assert plot.show(ramp(4, 6), alt=ALT) is None
    ((data, metadata),) = shown
    assert set(data) == {"image/png", "text/plain"} and data["text/plain"] == ALT
    assert data["image/png"].startswith(b"\x89PNG\r\n") and metadata["image/png"]["width"] == int(plot.WIDTH * 100)


@pytest.mark.parametrize("image", [
    ramp(4, 6), ramp(1, 4, 6), ramp(3, 4, 6), ramp(1, 1, 4, 6), ramp(1, 3, 4, 6), ramp(4, 6).float(), ramp(4, 6).half(),
    ramp(4, 6).bfloat16(), ramp(4, 6).clone().requires_grad_(), [ramp(4, 6), ramp(3, 5, 5)], (ramp(4, 6),)],
    ids=["HW", "1HW", "3HW", "11HW", "13HW", "float32", "float16", "bfloat16", "grad", "list", "tuple"])
def test_show_takes_every_kind_of_image(shown, image):
    plot.show(image, alt=ALT)
    assert len(shown) == 1


def test_show_takes_a_figure_and_closes_it(shown):
    figure, axis = plt.subplots()
    axis.plot([0, 1], [0, 1])
    plot.show(figure, alt=ALT)
    assert len(shown) == 1 and shown[0][1]["image/png"]["width"] == int(figure.get_figwidth() * 100)


def test_the_same_content_gives_the_same_bytes(shown):
    for _ in range(2):
        plot.show([ramp(16, 16), noise((3, 16, 16), seed=0)], alt=ALT, titles=["a", "b"], boxes=[None, torch.ones(4)])
    assert shown[0][0]["image/png"] == shown[1][0]["image/png"]


def test_blank_rows_above_and_below_are_cut_and_the_width_stays(shown):
    figure, axis = plt.subplots(figsize=(4, 3))
    axis.axis("off")
    axis.plot([0, 1], [0, 0], color="black")
    plot.show(figure, alt=ALT)
    height, width, _ = picture(shown[0]).shape
    assert width == 4 * plot.DPI and height < 0.2 * 3 * plot.DPI and picture(shown[0]).min() < 50


def test_black_and_white_come_out_black_and_white(shown):
    plot.show(torch.tensor([[0.0, 1.0]]).repeat_interleave(8, 0).repeat_interleave(8, 1), alt=ALT)
    h, w = picture(shown[0]).shape[:2]
    middle = picture(shown[0])[h // 2]
    assert abs(middle[w // 3]).max() < 8 and abs(middle[2 * w // 3] - 255).max() < 8


def test_vmin_and_vmax_set_the_scale(shown):
    plot.show(torch.full((8, 8), 5.0), alt=ALT, vmin=5, vmax=6)
    plot.show(torch.full((8, 8), 5.0), alt=ALT, vmin=4, vmax=5)
    dark, light = (picture(bundle) for bundle in shown)
    h, w = dark.shape[:2]
    assert dark[h // 2, w // 2].max() < 8 and light[h // 2, w // 2].min() > 247


def test_a_colour_image_keeps_its_channels_in_order(shown):
    red = torch.zeros(3, 8, 8)
    red[0] = 1
    plot.show(red, alt=ALT)
    h, w = picture(shown[0]).shape[:2]
    r, g, b = picture(shown[0])[h // 2, w // 2]
    assert r > 247 and g < 8 and b < 8


# what is drawn --------------------------------------------------------------------------------------------------------

@pytest.fixture
def axis():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


def test_images_are_drawn_in_edge_coordinates_with_y_down(axis):
    plot.draw_image(axis, ramp(4, 6))
    assert list(axis.images[0].get_extent()) == [0, 6, 4, 0] and axis.get_ylim() == (4, 0)


def test_boxes_are_drawn_at_their_edges(axis):
    plot.draw_boxes(axis, torch.tensor([[1.0, 2, 4, 3], [5, 1, 2, 2]], requires_grad=True))
    assert [(*p.get_xy(), p.get_width(), p.get_height()) for p in axis.patches] == [(1, 2, 3, 1), (5, 1, -3, 1)]


def test_every_box_is_drawn_however_many_there_are(axis):
    plot.draw_boxes(axis, noise((12, 4), seed=0))
    assert len(axis.patches) == 12


def test_a_style_replaces_the_one_of_the_book(axis):
    plot.draw_boxes(axis, torch.tensor([1.0, 2, 4, 3]), lw=5)
    assert axis.patches[0].get_linewidth() == 5


def test_the_style_of_the_book_is_set_on_request():
    plt.rcParams["legend.frameon"] = True
    plot.use_style()
    assert plt.rcParams["legend.frameon"] is False and plt.rcParams["figure.figsize"][0] == plot.WIDTH


# what is refused ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("alt", [
    "", " ", "\n", "A figure.", "Image of results", "The figure shows the results.", "This is", "Too short a text.",
    "A picture of the crop.", "Result of our experiment", " " * 30, "x" * 251, None, 3, b"x" * 40,
    "The first line of a sentence,\nand the second one."], ids=lambda alt: repr(alt)[:30])
def test_a_sentence_that_says_nothing_is_refused(shown, alt):
    with pytest.raises(ValueError, match="alt is .*expected one sentence of 20 to 250 characters"):
        plot.show(ramp(4, 6), alt=alt)
    assert shown == []


@pytest.mark.parametrize("alt", [
    ALT, "x" * 250, "Image rows 3 to 5 hold the letter F; the crop turns it by 30 degrees."])
def test_a_sentence_that_says_something_is_accepted(alt):
    plot.check_alt(alt)


@pytest.mark.parametrize("options, message", [
    ({"titles": ["one"]}, r"titles has 1 entries for 2 image\(s\)"),
    ({"titles": ["a", "b", "c"]}, r"titles has 3 entries for 2 image\(s\)"),
    ({"boxes": [None]}, r"boxes has 1 entries for 2 image\(s\)"),
    ({"boxes": torch.zeros(3, 4)}, r"boxes has 3 entries for 2 image\(s\)"),
    ({"boxes": [None, torch.zeros(3)]}, r"box.*shape \(3,\)"),
])
def test_titles_and_boxes_must_fit_the_images(shown, options, message):
    with pytest.raises(ValueError, match=message):
        plot.show([ramp(4, 6), ramp(4, 6)], alt=ALT, **options)
    assert shown == []


@pytest.mark.parametrize("content, error, message", [
    (torch.zeros(4, 6, dtype=torch.uint8), TypeError, r"image is a uint8 tensor.*image\.float\(\) / 255"),
    (torch.zeros(4, 6).bool(), TypeError, r"image is a torch\.bool tensor"),
    (ramp(2, 4, 6), ValueError, r"image has shape \(2, 4, 6\), expected \(H, W\), \(C, H, W\)"),
    (ramp(2, 1, 4, 6), ValueError, r"image has shape \(2, 1, 4, 6\), expected"),
    (ramp(6), ValueError, r"image has shape \(6,\), expected"),
    ([], ValueError, "content"),
])
def test_what_is_not_an_image_is_named(shown, content, error, message):
    with pytest.raises(error, match=message):
        plot.show(content, alt=ALT)
    assert shown == []


def frames(number):
    cells = plot.table([[1, None]], "input", data={(0, 0)}, done={(0, 1)}, notes={(0, 0): "×2"}, box=(0, 0, 1, 2))
    return [(cells, f"Step {k} of {number}.") for k in range(1, number + 1)]


def test_a_stepper_has_a_button_and_a_rule_for_each_frame():
    text = plot.stepper("name", "Legend", frames(3)).data
    assert text.count('type="radio"') == text.count('class="frame"') == text.count("{visibility:visible}") == 3
    assert text.count(" checked>") == 1 and text.count("{") == text.count("}")
    assert "<legend>Legend</legend>" in text and "Step 3 of 3." in text


def words(html):
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def test_a_stepper_without_its_style_is_sentences_and_a_table():
    text = plot.stepper("name", "Legend", frames(3)).data.partition("</style>")[2]
    text = re.sub('<div class="(tables|picks)" hidden="hidden">.*?</div>', "", text)
    assert words(text) == "Legend Step 1 of 3. Step 2 of 3. input 1 ×2 Step 3 of 3."
    assert text.count("<table>") == 1 and not re.search("<(input|svg|script)", text)


def test_a_table_has_numbers_where_they_are_and_nothing_for_none():
    text = plot.table([[1, None], [23, 4]], "input", data={(1, 0)}, notes={(1, 0): "×2"}, box=(0, 1, 2, 1))
    cells = [[words(cell) for cell in row.split("</td>")[:-1]] for row in text.split("<tr>")[1:]]
    assert cells == [["1", ""], ["23 ×2", "4"]]
    assert '<td class="data">23' in text and text.count("class=") == 1
    assert '<td><i style="width:calc(100% + 2px);height:calc(200% + 3px)"></i></td>' in text


# figures to move ------------------------------------------------------------------------------------------------------

TABLE = "<table><tr><td>1</td></tr></table>"


@pytest.fixture
def displayed(monkeypatch):
    bundles = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: bundles.append(data) if raw else None)
    return bundles


def test_live_displays_an_element_with_its_data_around_its_fallback_and_its_script(displayed):
    plot.live("microscope", alt=ALT, fallback=TABLE, first_row=torch.tensor([1, 2]), label='a "b" <c>', size=(2, 3))
    (data,) = displayed
    assert set(data) == {"text/html", "text/plain"} and data["text/plain"] == ALT
    assert data["text/html"].startswith(
        '<dio-microscope data-live="microscope" data-lm-suppress-shortcuts="true" data-first-row="[1, 2]" '
        'data-label="&quot;a \\&quot;b\\&quot; &lt;c&gt;&quot;" data-size="[2, 3]">\n'
        f"<p>{ALT}</p>\n{TABLE}\n{plot.STILL}\n</dio-microscope>\n<script type=\"module\" data-live=\"microscope\">\n")
    assert data["text/html"].endswith(plot.live_script("microscope") + "</script>")


@pytest.mark.parametrize("change, error, message", [
    ({"name": "telescope"}, ValueError, "expected one of the figures in diffimg/live: .*microscope"),
    ({"name": "shared"}, ValueError, "expected one of the figures"), ({"alt": "A figure."}, ValueError, "alt is"),
    ({"fallback": "none"}, ValueError, "plot.table makes one"), ({"fallback": None}, ValueError, "plot.table makes"),
    ({"x": float("nan")}, ValueError, "x contains NaN"), ({"x": torch.tensor([torch.inf])}, ValueError, "x contains"),
    ({"x": object()}, TypeError, "x is a object"), ({"x": [1j]}, TypeError, "x is a list")])
def test_live_refuses_what_would_not_show(displayed, change, error, message):
    with pytest.raises(error, match=message):
        plot.live(**{"name": "microscope", "alt": ALT, "fallback": TABLE, **change})
    assert not displayed


def test_live_detaches_tensors(displayed):
    plot.live("microscope", alt=ALT, fallback=TABLE, signal=torch.ones(2, requires_grad=True))
    assert 'data-signal="[1.0, 1.0]"' in displayed[0]["text/html"]
