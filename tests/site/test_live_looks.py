"""Where each pixel looks: the matrices that it shows are those of diffimg.resample, on both pages that have it."""

import importlib.util
import random
import re
from pathlib import Path

import pytest
import torch
from living import FIGURES, agree, built, number, numbers
from playwright.sync_api import expect

from diffimg import resample

pytestmark = [pytest.mark.usefixtures("in_float64"),
              pytest.mark.skipif("looks" not in FIGURES, reason="a course without these chapters")]
ROOM = "chapters/resample"
GRIDS = {"half_pixel": "half pixel", "align_corners": "align corners", "asymmetric": "asymmetric"}
NUMBER = r"(−?\d+(?:\.\d+)?)"
KERNELS = ["nearest", "box", "linear", "cubic", "lanczos3"]

# All controls, by the events that a reader's hand sends: bars are set by keys, from 0 upwards.
SET = """(host, state) => {
    const root = host.shadowRoot;
    const pick = (words, value) => {
        const label = [...root.querySelectorAll(".choice > span")].find((one) => one.textContent == words);
        const list = label.nextElementSibling;
        list.value = value;
        list.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const slide = (words, value) => {
        const label = [...root.querySelectorAll(".slider > span")].find((one) => one.textContent == words);
        const one = label.nextElementSibling;
        one.value = value;
        one.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const choose = (words) =>
        [...root.querySelectorAll(".words label")].find((one) => one.textContent == words).click();
    slide("Inputs", state.n), slide("Outputs", state.m), slide("a", state.a);
    pick("Kernel", state.kernel), choose(state.words), choose(state.antialias ? "on" : "off");
    if (state.row) pick("Row", state.row);
    else root.querySelectorAll("[role=slider]").forEach((bar, i) => {
        const press = (key) => bar.dispatchEvent(new KeyboardEvent("keydown", { key }));
        press("Home");
        for (let k = 5; k <= state.steps[i]; k += 5) press("PageUp");
        for (let k = 0; k < state.steps[i] % 5; k++) press("ArrowUp");
    });
    root.querySelectorAll("[role=option]")[state.j].dispatchEvent(new Event("pointerover", { bubbles: true }));
}"""

SHOWN = """host => {
    const root = host.shadowRoot, all = (selector, one = root) => [...one.querySelectorAll(selector)];
    const tables = all(".tables table:not([hidden])").map((table) => ({
        cells: all("[role=gridcell]", table).map((one) => one.textContent),
        exact: all("[role=gridcell]", table).map((one) => one.ariaLabel.split(": ")[1]),
        lit: all("[role=gridcell]", table).map((one) => one.classList.contains("lit")),
        wrong: all("[role=gridcell]", table).map((one) => one.hasAttribute("data-wrong")),
        sums: all(".sums td", table).map((one) => one.textContent).filter(Boolean),
        outputs: all(".out", table).map((one) => one.textContent) }));
    return { tables, texts: all(".words-below output").map((one) => one.textContent),
        reading: all(".reading")[0].textContent, gap: all(".tables p output")[0]?.textContent,
        inputs: all("[role=slider]").map((one) => +one.ariaValueNow),
        outputs: all("[role=option]").map((one) => one.ariaLabel) };
}"""
ALL = f"(host, states) => states.map((state) => {{ ({SET})(host, state); return ({SHOWN})(host); }})"


def places(n, m, grid):
    j = torch.arange(m)
    return {"half_pixel": (2 * j + 1) * n / (2 * m) - 0.5, "align_corners": j * (n - 1) / max(m - 1, 1),
            "asymmetric": j * n / m}[grid]


class State:
    """What a reader could have chosen, and the matrices that diffimg has for it."""

    def __init__(self, draw, small=False):
        self.n, self.m = draw.randint(2, 10), draw.randint(1, 12)
        if small:  # by an integer
            self.m = draw.choice([m for m in range(1, self.n + 1) if self.n % m == 0])
        self.kernel, self.grid = draw.choice(KERNELS), draw.choice(list(GRIDS))
        self.words, self.antialias = GRIDS[self.grid], draw.random() < 0.6
        self.a, self.j = draw.randint(-150, 50) / 100, draw.randrange(self.m)
        self.row = draw.choice([None, "step", "peak", "ramp", "alternating"])
        self.steps = [draw.randint(0, 20) for _ in range(self.n)]

    @property
    def refused(self):
        return self.antialias and (self.grid == "align_corners" or self.kernel == "nearest")

    @property
    def tied(self):
        """The edge of a widened box lies on the centre of a pixel, and rounding says whether it is read."""
        edges = [(j + 1) * self.n / self.m - 0.5 - (0.5 * (self.n / self.m - 1) if self.grid == "asymmetric" else 0)
                 for j in range(-1, self.m)]
        shrinks = self.kernel == "box" and self.antialias and self.n > self.m
        return shrinks and any(abs(edge - round(edge)) < 1e-9 for edge in edges)

    def matrix(self, n, m, antialias):
        kernel = resample.cubic(self.a) if self.kernel == "cubic" else self.kernel
        return resample.resample_matrix(n, m, kernel=kernel, coordinates=self.grid, antialias=antialias)

    def inputs(self):
        i = torch.arange(self.n)
        return {None: torch.tensor(self.steps) / 20, "step": (i >= self.n / 2).double(), "ramp": i / (self.n - 1),
                "peak": (i == (self.n - 1) // 2).double(), "alternating": (i % 2).double()}[self.row]


def shows(table, matrix):
    """Weights to two digits, fewer where they are whole, none for 0; in full, four digits, for those who hear them."""
    for text, full, value in zip(table["cells"], table["exact"], matrix.flatten().tolist(), strict=True):
        text = re.sub(r"^(−?)\.", r"\g<1>0.", text)  # narrow columns leave out the zero
        if not agree(full, value, 4) or (not agree(text, value, 2) if text else abs(value) > 1e-8):
            return False
    return all(agree(text, value, 2) for text, value in zip(table["sums"], matrix.sum(0).tolist(), strict=True))


def check(state, shown):
    what = vars(state)
    x, at = state.inputs(), places(state.n, state.m, state.grid)
    W = state.matrix(state.n, state.m, state.antialias and not state.refused)
    y, first = W @ x, shown["tables"][0]
    assert shown["inputs"] == pytest.approx(x.tolist()), what
    assert shows(first, W), what
    assert all(agree(text, value, 3) for text, value in zip(first["outputs"], y.tolist(), strict=True)), what
    assert first["lit"] == [j == state.j for j in range(state.m) for _ in range(state.n)], what
    for label, value, place in zip(shown["outputs"], y.tolist(), at.tolist(), strict=True):
        found = re.fullmatch(r"output \d+: (\S+), looks at (\S+)", label)
        assert found and agree(found[1], value, 4) and agree(found[2], place, 4), (what, label)
    assert ("refused" in shown["texts"][1]) == state.refused, what
    low, high, *over = numbers(shown["texts"][0])
    assert abs(low - y.min()) < 0.00051 and abs(high - y.max()) < 0.00051, what
    beyond = max(float(y.max() - x.max()), float(x.min() - y.min())) / max(float(x.max() - x.min()), 1e-300)
    assert abs(over[0] - 100 * beyond) < 0.051 if over else beyond < 1e-6 or x.max() == x.min(), (what, shown["texts"])
    sentence = re.match(rf"Output {state.j} looks at {NUMBER}, .*It is (.*?) = {NUMBER}\.", shown["reading"])
    assert agree(sentence[1], float(at[state.j]), 4) and agree(sentence[3], float(y[state.j]), 4), what
    terms = [term.split(" · ") for term in sentence[2].replace("− ", "+ −").split(" + ")]
    used = [i for i in range(state.n) if abs(W[state.j, i]) > 1e-9]
    assert all(agree(weight, float(W[state.j, i]), 4) and agree(value, float(x[i]), 4)
               for (weight, value), i in zip(terms, used, strict=True)), (what, shown["reading"])
    moved = (state.j + 0.5) * state.n / state.m - 0.5 - float(at[state.j])
    words = "straight above" if abs(moved) < 1e-9 else "moves left" if moved < 0 else "moves right"
    assert words in shown["reading"], (what, shown["reading"])
    return W


def drawn(count, seed, small=0):
    """Random states; `small` is the share of those that shrink by an integer."""
    draw, found = random.Random(seed), []
    while len(found) < count:
        state = State(draw, draw.random() < small)
        found += [state] * (not state.tied)
    return found


def test_two_hundred_states_show_the_matrix_of_diffimg(open_page):
    page, states = open_page(f"{ROOM}/interpolation.html"), drawn(200, seed=0)
    for state, shown in zip(states, built(page, "looks").evaluate(ALL, [vars(s) for s in states]), strict=True):
        check(state, shown)
    assert len({(s.kernel, s.grid, s.antialias) for s in states}) == 30 and not page.faults


def test_a_hundred_states_compare_with_the_transpose_of_the_enlargement(open_page):
    page, states, gaps = open_page(f"{ROOM}/aliasing.html"), drawn(100, seed=1, small=0.8), []
    for state, shown in zip(states, built(page, "looks").evaluate(ALL, [vars(s) for s in states]), strict=True):
        W, what = check(state, shown), vars(state)
        if state.n % state.m:
            assert len(shown["tables"]) == 1 and "no integer" in shown["gap"], what
            continue
        T = state.matrix(state.m, state.n, False).T * state.m / state.n
        assert shows(shown["tables"][1], T), what
        off = (W - T).abs()
        assert all(table["wrong"] == (off.flatten() > 1e-9).tolist() for table in shown["tables"]), what
        largest, *inside = numbers(shown["gap"])
        assert abs(largest - off.max()) < 0.5e-4 + 1e-9, what
        gaps.append((state, largest, inside))
    # the theorem: box, linear and cubic, antialiased on the half-pixel grid, away from the border
    right = [(s, largest, inside) for s, largest, inside in gaps if s.antialias and s.grid == "half_pixel"]
    assert all(inside == [0] for s, _, inside in right if s.kernel in ("box", "linear", "cubic") and inside)
    assert all(largest == 0 for s, largest, _ in right if s.kernel == "box") and len(right) > 10 and not page.faults


def test_bars_are_pushed_by_keys_and_outputs_walked_over(open_page):
    page = open_page(f"{ROOM}/interpolation.html")
    host, keys = built(page, "looks"), page.keyboard
    bar, reading = host.get_by_role("slider", name="input 1"), host.locator(".reading")
    bar.focus()
    for key, value in (("ArrowUp", "0.05"), ("PageUp", "0.3"), ("ArrowLeft", "0.25"), ("End", "1"), ("ArrowUp", "1"),
                       ("PageDown", "0.75")):
        keys.press(key)
        expect(bar).to_have_attribute("aria-valuetext", value)
    expect(bar).to_be_focused()  # although the drawing was made anew
    expect(host.get_by_role("combobox", name="Row")).to_have_value("own")
    host.locator("[role=option][tabindex='0']").focus()
    keys.press("ArrowRight")
    expect(reading).to_contain_text("Output 1 looks at 0.25, straight above. It is 0.75 · 0 + 0.25 · 0.75 = 0.1875.")
    expect(host.locator("[role=option][aria-selected=true]")).to_have_attribute("data-c", "1")
    host.locator("[role=gridcell][tabindex='0']").focus()
    for _ in range(3):
        keys.press("ArrowDown")
    expect(reading).to_contain_text("Output 3 looks at 1.25")
    expect(host.locator(".spoken")).to_contain_text("Output 3 looks at 1.25")


def test_every_control_by_keyboard_alone_and_the_task(open_page):
    page = open_page(f"{ROOM}/interpolation.html")
    host, keys = built(page, "looks"), page.keyboard
    words = host.locator(".words-below output").first
    host.get_by_role("combobox", name="Row").focus()
    for _ in range(3):
        keys.press("Tab")
    keys.press("c")  # the cubic
    for _ in range(3):
        keys.press("Tab")
    for _ in range(21):
        keys.press("ArrowLeft")
    expect(words).to_have_text("Outputs from −0.100 to 1.100: 10.0 % of the contrast beyond the inputs.")  # 9.98
    keys.press("ArrowLeft")
    expect(words).to_contain_text("10.1 %")
    keys.press("Shift+Tab")
    keys.press("ArrowRight")  # antialias on, which changes no weight where nothing shrinks but at the border
    keys.press("Shift+Tab")
    keys.press("ArrowRight")
    expect(host.locator(".refused")).to_contain_text("refused with align corners")
    expect(host.locator(".reading")).to_contain_text("so what it shows moves")


def test_bars_are_dragged(open_page):
    page = open_page(f"{ROOM}/aliasing.html")
    host = built(page, "looks")
    bar = host.get_by_role("slider", name="input 3")
    box = bar.bounding_box()
    zero = host.locator(".zero").nth(1).bounding_box()["y"]
    page.mouse.move(box["x"] + box["width"] / 2, zero - 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, zero - 25)  # off the bar, which is held; half of 50 pixels
    expect(bar).to_have_attribute("aria-valuetext", "0.5")
    page.mouse.move(box["x"], zero + 90)
    page.mouse.up()
    page.mouse.move(box["x"], zero - 20)
    expect(bar).to_have_attribute("aria-valuetext", "0")
    host.locator("[role=option]").nth(2).hover()
    expect(host.locator(".reading")).to_contain_text("Output 2 looks at 4.5, straight above, with a kernel 2 times as")


@pytest.fixture
def every(monkeypatch):
    """What is asked of every figure, for the other of the two pages: test_live.py knows one page of each."""
    (other,) = {f"{ROOM}/interpolation", f"{ROOM}/aliasing"} - {FIGURES["looks"]}
    monkeypatch.setitem(FIGURES, "looks", other)
    spec = importlib.util.spec_from_file_location("every_figure", Path(__file__).with_name("test_live.py"))
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
    return module


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_other_page_is_accessible_too(theme, every, open_page):
    every.test_it_is_accessible_and_its_letters_are_large_enough("looks", theme, open_page)


def test_the_other_page_has_its_keyboard_and_its_fallback(every, browser, address, open_page):
    every.test_the_keyboard_reaches_every_control_and_shows_where_it_is("looks", open_page)
    every.test_without_a_script_its_fallback_shows("looks", browser, address)
    every.test_on_paper_its_fallback_shows("looks", open_page)


def test_wide_rows_fit_on_a_phone(open_page):
    page = open_page(f"{ROOM}/aliasing.html", width=390)
    host = built(page, "looks")
    for kernel, state in zip(KERNELS, drawn(5, seed=2), strict=True):
        host.evaluate(SET, vars(state) | {"n": 10, "m": 5, "kernel": kernel, "row": "ramp", "j": 2})
        sticks = host.evaluate("""host => [...host.shadowRoot.querySelectorAll("td, p:not(.spoken)")]
            .filter((one) => one.getBoundingClientRect().right > 390 || one.scrollWidth > one.clientWidth + 1)
            .map((one) => one.outerHTML)""")
        assert not sticks, sticks


def test_numbers_are_read_as_they_are_written():
    assert number("−0.5") == -0.5 and agree("0.13", 0.125, 2) and not agree("0.12", 0.135, 2)
