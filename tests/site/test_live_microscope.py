"""The matrix under the microscope: what it shows is what diffimg and PyTorch compute."""

import random

import pytest
import torch
import torch.nn.functional as F
from living import FIGURES, agree, built, number, numbers, shown_after
from playwright.sync_api import expect

from diffimg import images, linear, resample

pytestmark = [pytest.mark.usefixtures("in_float64"),
              pytest.mark.skipif("microscope" not in FIGURES, reason="a course without the chapter")]
MODES = {"zero": "constant", "repeat": "replicate", "wrap": "circular"}
KERNELS = {"blur": [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16], "shift": [0, 1, 0, 0, 0], "difference": [0, 0, -1, 1, 0]}
FREE = {"flip": "the same again", "mean": "repeat each pixel", "crop": "pad again", "resize": "resize back"}


def signal():
    return (255 * images.load("camera")[0, 0, 184, 170:178]).double()


def padded(x, pads, border):
    return F.pad(x[None, None], pads, mode=MODES[border])


def forward(operation, border, kernel):
    return {"flip": lambda x: x.flip(-1), "mean": lambda x: F.avg_pool1d(x[None], 2)[0], "crop": lambda x: x[2:-1],
            "resize": lambda x: resample.resample_matrix(8, 5) @ x}.get(operation) or (
        lambda x: F.conv1d(padded(x, (2, 2), border), torch.tensor([[kernel]], dtype=x.dtype))[0, 0])


def backward(operation, border, kernel, claim):
    A = forward(operation, border, kernel)
    if claim == "transpose":
        return linear.adjoint(A, (8,))
    if claim == "mirrored":
        return forward(operation, border, kernel[::-1])
    return {"mean": lambda y: y.repeat_interleave(2), "crop": lambda y: padded(y, (2, 1), border)[0, 0],
            "resize": lambda y: resample.resample_matrix(5, 8) @ y}.get(operation, A)


def normals(count, seed):
    """Mulberry32, then Box and Muller."""
    state, found = seed, []

    def uniform():
        nonlocal state
        state = (state + 0x6D2B79F5) % 2**32
        t = (state ^ state >> 15) * (1 | state) % 2**32
        t = (t + (t ^ t >> 7) * (61 | t) % 2**32) % 2**32 ^ t
        return (t ^ t >> 14) / 2**32

    for _ in range(count):
        radius = torch.tensor(1 - uniform()).log().mul(-2).sqrt()
        found.append(radius * torch.tensor(2 * torch.pi * uniform()).cos())
    return torch.stack(found)


def close_to(cells, matrix):
    """The cells of a table as they are shown: two digits behind the point, fewer for large numbers, none for 0."""
    for text, value in zip(cells, matrix.flatten().tolist(), strict=True):
        size = abs(value)
        digits = 0 if value == round(value) else 2 if size < 9.995 else 1 if size < 99.95 else 0
        if not agree(text or "0", value, digits) or (text == "") != (size < 1e-15):
            return False
    return True


SHOWN = """host => {
    const root = host.shadowRoot;
    const texts = (selector) => [...root.querySelectorAll(selector)].map((one) => one.textContent);
    return { A: texts(".A td[role]"), B: texts(".B td[role]"), out: texts(".A th[scope=row] .square"),
        pixels: texts(".A th[scope=col] .square"), wrong: [...root.querySelectorAll(".B td[role]")]
        .map((one) => one.hasAttribute("data-wrong")), error: texts(".error")[0], products: texts(".products output"),
        reading: texts(".reading")[0] };
}"""


class State:
    """What a reader could have chosen, and the controls with which to choose it."""

    def __init__(self, draw):
        self.operation = draw.choice([*KERNELS, *FREE, "kernel", "kernel", "kernel"])
        self.border, self.again = draw.choice(list(MODES)), draw.randint(0, 1)
        claims = ["same", "transpose"] + ["mirrored"] * (self.operation not in FREE)
        self.claim = draw.choice(claims)
        self.kernel = KERNELS.get(self.operation) or [draw.choice([0, 1, 0.5, -1, round(draw.uniform(-9, 9), 3)])
                                                      for _ in range(5)]

    def controls(self):
        found = [("Operation A", self.operation), ("Backward pass B", self.claim)]
        if self.operation not in FREE or self.operation == "crop":
            found.append(("Border", self.border))
        if self.operation == "kernel":
            found += [(f"Weight of the pixel at {at}", str(weight)) for at, weight in zip(
                ("−2", "−1", "0", "1", "2"), self.kernel, strict=True)]
        return found + [("another pair", None)] * self.again


def test_two_hundred_states_show_what_diffimg_computes(open_page):
    page, draw, x, seed = open_page(f"{FIGURES['microscope']}.html"), random.Random(0), signal(), 1
    states, errors = [State(draw) for _ in range(200)], set()
    all_shown = shown_after(built(page, "microscope"), [state.controls() for state in states], SHOWN)
    for state, shown in zip(states, all_shown, strict=True):
        seed, what = seed + state.again, vars(state)
        args = state.operation, state.border, state.kernel
        A = linear.as_matrix(forward(*args), (8,))
        Bt = linear.as_matrix(backward(*args, state.claim), (len(A),)).T
        assert close_to(shown["A"], A) and close_to(shown["B"], Bt), what
        assert shown["wrong"] == ((A - Bt).abs().flatten() > 1e-12).tolist(), what
        assert [number(text) for text in shown["pixels"]] == x.round().tolist()
        out = (A @ x.round()).tolist()
        assert all(agree(text, value, 1) for text, value in zip(shown["out"], out, strict=True)), what
        largest, place = (A - Bt).abs().flatten().max(0)
        if largest > 1e-12:
            size, row, column = numbers(shown["error"])
            assert abs(size - largest) <= 0.5e-4 + 1e-9 and abs((A - Bt)[int(row), int(column)].abs() - largest) < 1e-9
        else:
            assert shown["error"] == "is 0: B is the transpose", what
        errors.add(bool(largest > 1e-12))
        u, v = normals(8, seed), normals(len(A), seed + 1000)
        for text, value in zip(shown["products"], (A @ u @ v, u @ (Bt.T @ v)), strict=True):
            assert agree(text, float(value), 4), what
    assert errors == {True, False} and not page.faults


def test_arrow_keys_walk_over_the_pixels_the_outputs_and_the_entries(open_page):
    page = open_page(f"{FIGURES['microscope']}.html")
    host = built(page, "microscope")
    reading, keys = host.locator(".reading"), page.keyboard
    A = linear.as_matrix(forward("blur", "repeat", KERNELS["blur"]), (8,))
    host.locator(".A th").first.focus()
    keys.press("ArrowRight")
    expect(reading).to_have_text("Input 1 goes to output 0 (0.25), output 1 (0.375), output 2 (0.25), "
                                 "output 3 (0.0625): this is column 1, with the sum 0.9375.")
    assert host.locator(".A td.lit").count() == host.locator(".B td.lit").count() == 8
    assert host.locator(".A th.lit[scope=row]").count() == int((A[:, 1] != 0).sum())
    for _ in range(3):
        keys.press("ArrowDown")
    expect(reading).to_have_text("Row 2, column 1: A has 0.25, Bᵀ has 0.25.")
    for _ in range(9):
        keys.press("ArrowRight")
    expect(reading).to_have_text(f"Output 2 is 0.0625 · 26 + 0.25 · 45 + 0.375 · 80 + 0.25 · 133 + 0.0625 · 201 = "
                                 f"{float(A[2] @ signal().round()):.4f}".rstrip("0") + ": this is row 2.")
    assert host.locator(".A th.lit[scope=col]").count() == 5
    expect(host.locator(".spoken")).to_contain_text("Output 2 is")  # read aloud, a little later


def test_every_control_by_keyboard_alone(open_page):
    page = open_page(f"{FIGURES['microscope']}.html")
    host = built(page, "microscope")
    error = host.locator(".error")
    expect(error).to_have_text("is up to 0.0625, at row 0, column 1")
    host.get_by_label("Operation A").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")  # from repeat to zero
    expect(error).to_have_text("is 0: B is the transpose")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("1/2")
    expect(host.get_by_label("Operation A")).to_have_value("kernel")
    expect(error).to_have_text("is up to 0.25, at row 0, column 1")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("m")  # the mirrored kernel
    expect(host.get_by_label("Backward pass B")).to_have_value("mirrored")
    expect(error).to_have_text("is 0: B is the transpose")
    before = host.locator(".products output").all_inner_texts()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    after = host.locator(".products output").all_inner_texts()
    assert after[0] == after[1] != before[0] and before[0] == before[1]


def test_pointing_with_the_mouse_and_typing_nonsense(open_page):
    page = open_page(f"{FIGURES['microscope']}.html")
    host = built(page, "microscope")
    host.locator(".A th[scope=row]").nth(7).hover()
    expect(host.locator(".reading")).to_contain_text("Output 7 is")
    host.locator(".B td[data-r='1'][data-c='0']").hover()
    expect(host.locator(".reading")).to_have_text("Row 1, column 0: A has 0.3125, Bᵀ has 0.25.")
    field, before = host.locator(".kernel input").first, host.evaluate(SHOWN)
    for text in ("x", "", "10", "1/0"):
        field.fill(text)
        assert field.get_attribute("aria-invalid") == "true" and host.evaluate(SHOWN)["A"] == before["A"]
    field.fill("0,5")
    assert field.get_attribute("aria-invalid") == "false" and host.evaluate(SHOWN)["A"] != before["A"]
