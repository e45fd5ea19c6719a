"""The crop by hand: what it shows is what diffimg and PyTorch compute."""

import random
import re

import pytest
import torch
from living import FIGURES, agree, built, number, numbers, shown_after
from playwright.sync_api import expect

from diffimg import coords, images, linear
from diffimg.crop import crop, crop_matrix

pytestmark = [pytest.mark.usefixtures("in_float64"),
              pytest.mark.skipif("crop" not in FIGURES, reason="a course without the chapter")]
H, W, MARGIN, FIRST = 48, 72, 6, 10  # as in the cell and the module


def photograph():
    gray = images.load("chelsea", size=(H, W), gray=True).float()  # in the notebook, too, it comes in float32
    return (255 * (gray - gray.min()) / (gray.max() - gray.min())).round().double()


def ramp():
    return torch.arange(float(W)).expand(1, 1, H, W)


class State:
    """What a reader could have chosen, and the crop that diffimg makes of it."""

    def __init__(self, draw):
        def edge(n):
            return draw.choice([draw.randint(-MARGIN, n + MARGIN), round(draw.uniform(-MARGIN, n + MARGIN), 3)])
        self.box = [edge(W), edge(H), edge(W), edge(H)]
        if draw.random() < 0.3:  # a slice
            x, y = draw.randint(0, W - 17), draw.randint(0, H - 17)
            self.box = [x, y, x + draw.randint(2, 16), y + draw.randint(2, 16)]
        self.size = [draw.randint(2, 16), draw.randint(2, 16)]
        self.image, self.antialias = draw.choice(["photograph", "ramp"]), draw.random() < 0.4
        self.align = not self.antialias and draw.random() < 0.5
        self.padding = "border" if self.antialias else draw.choice(["border", "zeros"])
        self.corners = coords.normalize_box(torch.tensor(self.box, dtype=torch.float64), (H, W))

    def controls(self):
        flags = [("antialias", "False"), ("image", self.image), ("align_corners", str(self.align)),
                 ("padding_mode", self.padding), ("antialias", str(self.antialias))]
        return flags + list(zip(["x₀", "y₀", "x₁", "y₁", "height", "width"], self.box + self.size, strict=True))

    def crop(self, picture):
        return crop(picture, self.corners, self.size, align_corners=self.align, padding_mode=self.padding,
                    antialias=self.antialias)

    def read(self, outputs):
        """Which pixels a gradient in these outputs comes back to."""
        return linear.adjoint(self.crop, (1, 1, H, W))(outputs)[0, 0] > 1e-9


# what is shown, after another pixel of the crop has been pointed at
SHOWN = """host => {
    const root = host.shadowRoot, foot = () => root.querySelector(".foot");
    const all = (selector) => [...root.querySelectorAll(selector)], cells = all(".crop td");
    const texts = (selector) => all(selector).map((one) => one.textContent);
    globalThis.turn = (globalThis.turn ?? 0) + 37;
    const cell = cells[globalThis.turn % cells.length];
    cell.focus();
    const alphas = root.querySelector("canvas").getContext("2d").getImageData(6, 6, 72, 48).data;
    return { at: [+cell.dataset.r, +cell.dataset.c], crop: cells.map((one) => one.ariaLabel.split(": ")[1]),
        theta: texts(".theta td"), places: texts(".places")[0], share: texts(".share")[0], off: texts(".off")[0],
        reading: texts(".reading")[0], read: [...alphas].filter((_, k) => k % 4 == 3).map((alpha) => alpha == 255),
        foot: foot() && ["x", "y", "width", "height"].map((name) => +foot().getAttribute(name)),
        dots: root.querySelector(".dots").getAttribute("d").split("h0").slice(0, -1).map((dot) =>
            dot.slice(1).split(" ").map(Number)), here: ["cx", "cy"].map((name) =>
            +root.querySelector("circle.here").getAttribute(name)) };
}"""


def places(state):
    """Where the crop looks, by the grid of PyTorch."""
    theta = crop_matrix(state.corners)
    grid = torch.nn.functional.affine_grid(theta[None], (1, 1, *state.size), state.align)[0]
    return [coords.normalized_to_pixel(grid[..., k], n, align_corners=state.align) for k, n in enumerate((W, H))]


def holds(state, found, picture):
    """Everything that is shown of one state, against diffimg."""
    values, (x, y) = state.crop(picture)[0, 0], places(state)
    assert all(agree(text, value, 2) for text, value in zip(found["crop"], values.flatten().tolist(), strict=True))
    theta = crop_matrix(state.corners).flatten().tolist()
    assert all(abs(number(text) - value) <= 0.5e-4 + 1e-9 for text, value in zip(found["theta"], theta, strict=True))
    ends = [x[0, 0], x[0, -1], y[0, 0], y[-1, 0]]
    assert torch.allclose(torch.tensor(numbers(found["places"])), torch.stack(ends), atol=0.51e-4)
    dots = torch.stack([x.flatten(), y.flatten()], -1) + 0.5
    assert torch.allclose(torch.tensor(found["dots"], dtype=torch.float64), dots, atol=1e-9)
    met = state.read(torch.ones(1, 1, *state.size))
    assert found["read"] == met.flatten().tolist()
    rows, columns = (torch.arange(n) + 0.5 for n in (H, W))
    (x0, x1), (y0, y1) = sorted(state.box[::2]), sorted(state.box[1::2])
    inside = ((y0 < rows) & (rows < y1))[:, None] & (x0 < columns) & (columns < x1)
    hit, total = int((met & inside).sum()), int(inside.sum())
    share = f"{100 * hit / max(total, 1) + 1e-9:.1f} %"
    assert found["share"] == (f"Reads {hit} of the {total} pixels in the box: {share}." if total
                              else "The box holds no pixel.")
    pointed(state, found, values, x, y)
    errors = values[0] - torch.arange(FIRST, FIRST + state.size[1])
    if state.image != "ramp":
        assert found["off"] == ""
    elif errors.abs().max() < 1e-9:
        assert found["off"].endswith("0: the crop is the slice.")
    else:
        words, told = found["off"].split(" by ")
        assert words == f"Off the columns [{FIRST}:{FIRST + state.size[1]}]"
        assert all(agree(text, error, 2) for text, error in zip(told.split(), errors.tolist(), strict=True))


def pointed(state, found, values, x, y):
    (i, j), one = found["at"], torch.zeros(1, 1, *state.size)
    one[0, 0, i, j] = 1
    met = state.read(one).nonzero()
    looks, rest = found["reading"].split(". It is ") if ". It is " in found["reading"] else (found["reading"], None)
    where = numbers(looks)
    assert where[:2] == found["at"] and abs(where[2] - x[i, j]) < 0.51e-4 and abs(where[3] - y[i, j]) < 0.51e-4
    if len(met) == 0:
        assert looks.endswith("No pixel is there: it is 0.") and found["foot"] is None
        return
    assert torch.allclose(torch.tensor(found["here"], dtype=torch.float64), torch.stack([x[i, j], y[i, j]]) + 0.5)
    (top, left), (bottom, right) = met.amin(0).tolist(), met.amax(0).tolist()
    assert found["foot"] == [left, top, right - left + 1, bottom - top + 1]
    if len(met) > 4:
        assert rest.endswith(f", from {len(met)} pixels.") and agree(rest.split(",")[0], float(values[i, j]), 2)
    else:
        total = sum(number(a) * number(b) for a, b in re.findall(r"(\S+) · (\S+)", rest))
        assert rest.count("·") == len(met) and abs(total - values[i, j]) < 0.06
        assert agree(rest.split("= ")[1].rstrip("."), float(values[i, j]), 2)


def test_two_hundred_states_show_what_diffimg_computes(open_page):
    page, draw = open_page(f"{FIGURES['crop']}.html"), random.Random(0)
    states, pictures = [State(draw) for _ in range(200)], {"photograph": photograph(), "ramp": ramp()}
    shown = shown_after(built(page, "crop"), [state.controls() for state in states], SHOWN)
    for k, (state, found) in enumerate(zip(states, shown, strict=True)):
        try:
            holds(state, found, pictures[state.image])
        except AssertionError as fault:
            raise AssertionError(f"state {k}: {vars(state)}, {found['reading']}, {found['share']}") from fault
    assert not page.faults


def field(host, name):
    return host.locator(".box").get_by_role("textbox", name=name)


def choose(host, group, value):
    host.get_by_role("group", name=group, exact=True).get_by_role("radio", name=value).check(force=True)


def test_the_task_has_the_answer_that_the_chapter_gives(open_page):
    host = built(open_page(f"{FIGURES['crop']}.html"), "crop")
    off, share = host.locator(".off"), host.locator(".share")
    choose(host, "image", "ramp")
    host.get_by_role("slider", name="width").fill("10")
    field(host, "x₀").fill("10"), field(host, "x₁").fill("20")
    expect(off).to_have_text("Off the columns [10:20] by 0: the crop is the slice.")
    before = host.locator(".theta").inner_text()
    choose(host, "align_corners", "True")
    assert before == host.locator(".theta").inner_text()
    errors = numbers(off.inner_text().split(" by ")[1])
    assert (errors[0], errors[-1]) == (-0.14, 0.72) and 0 not in errors
    field(host, "x₀").fill("720/71"), field(host, "x₁").fill("1368/71")
    expect(off).to_have_text("Off the columns [10:20] by 0: the crop is the slice.")
    centres = crop_matrix(coords.normalize_box(torch.tensor([10.0, 0, 20, 1]), (H, W), align_corners=True))
    theta = [number(text) for text in host.locator(".theta td").all_inner_texts()]
    assert (torch.tensor(theta)[:3] - centres[0]).abs().max() < 0.51e-4
    choose(host, "image", "photograph"), choose(host, "align_corners", "False")
    host.get_by_role("slider", name="width").fill("8")
    for name, edge in zip(["x₀", "y₀", "x₁", "y₁"], [0, 0, W, H], strict=True):
        field(host, name).fill(str(edge))
    expect(share).to_have_text("Reads 128 of the 3456 pixels in the box: 3.7 %.")
    host.get_by_role("slider", name="whole box").press("ArrowRight")
    expect(share).to_contain_text("Reads 256 of")
    choose(host, "antialias", "True")
    expect(share).to_contain_text("100.0 %")


def test_every_handle_by_keyboard_alone(open_page):
    page = open_page(f"{FIGURES['crop']}.html")
    host, box = built(page, "crop"), [20, 12, 36, 28]
    fields = host.locator(".box input")
    host.get_by_role("slider", name="whole box").focus()
    moves = [[0, 1, 2, 3], [0], [1], [2], [3], [0, 1], [2, 1], [0, 3], [2, 3]]
    for names in moves:
        for key, axis, step in (("ArrowRight", 0, 0.5), ("Shift+ArrowDown", 1, 5), ("ArrowUp", 1, -0.5),
                                ("Shift+ArrowLeft", 0, -5)):
            page.keyboard.press(key)
            box = [edge + step * (k in names and k % 2 == axis) for k, edge in enumerate(box)]
        assert [number(one.input_value()) for one in fields.all()] == box, names
        page.keyboard.press("Tab")
    assert host.evaluate("host => host.shadowRoot.activeElement.role") == "gridcell"
    page.keyboard.press("ArrowDown")
    expect(host.locator(".reading")).to_contain_text("Output row 1, column 0 looks at")
    expect(host.locator(".spoken")).to_contain_text("Output row 1, column 0")  # read aloud, a little later


def test_a_box_is_dragged_and_stops_at_the_margin(open_page):
    page = open_page(f"{FIGURES['crop']}.html")
    host = built(page, "crop")
    scale = host.locator("canvas").bounding_box()["width"] / (W + 2 * MARGIN)

    def drag(name, dx, dy):
        place = host.get_by_role("slider", name=name, exact=True).bounding_box()
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx * scale / 2, y, steps=2)
        page.mouse.move(x + dx * scale, y + dy * scale)
        page.mouse.up()
        page.mouse.move(0, 0)
        return [number(one.input_value()) for one in host.locator(".box input").all()]

    assert drag("whole box", 10, 4.3) == [30, 16, 46, 32]
    assert drag("corner x₁, y₁", -4, 6) == [30, 16, 42, 38]
    assert drag("side x₀", -3.2, 9) == [27, 16, 42, 38]
    assert drag("side y₁", -3.2, -9) == [27, 16, 42, 29]
    assert drag("corner x₀, y₁", 25, 0) == [52, 16, 42, 29]  # mirrored
    assert drag("whole box", -90, 90) == [4, 41, -6, 54]


def test_what_cannot_be_is_refused(open_page):
    host = built(open_page(f"{FIGURES['crop']}.html"), "crop")
    theta = host.locator(".theta").inner_text()
    for text in ("x", "", "79", "-7", "1/0"):
        field(host, "x₀").fill(text)
        assert field(host, "x₀").get_attribute("aria-invalid") == "true"
        assert host.locator(".theta").inner_text() == theta
    choose(host, "align_corners", "True"), choose(host, "padding_mode", "zeros"), choose(host, "antialias", "True")
    for group, forced in (("align_corners", "False"), ("padding_mode", "border")):
        one = host.get_by_role("group", name=group, exact=True)
        assert one.evaluate("group => group.disabled")
        expect(one.get_by_role("radio", name=forced)).to_be_checked()
