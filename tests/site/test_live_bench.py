"""The bench of the transposed convolution: what it shows is what diffimg and PyTorch compute."""

import random

import pytest
import torch
import torch.nn.functional as F
from living import FIGURES, built, number, numbers, shown_after
from playwright.sync_api import expect

from diffimg import conv

pytestmark = pytest.mark.skipif("bench" not in FIGURES, reason="a course without the chapter")
INPUT, KERNEL = [5, 6, 7, 8, 9], [1, 2, 3, 4, 5]

SHOWN = """host => {
    const root = host.shadowRoot, all = (selector) => [...root.querySelectorAll(selector)];
    const texts = (selector) => all(selector).map((one) => one.textContent);
    return { entries: texts("td.entry"), results: texts("td.result"), outputs: texts(".fate"),
        cut: all("tbody tr").map((row) => row.matches(".lost")), terms: texts(".terms tr"),
        sizes: texts(".sizes")[0], stamp: texts(".stamp")[0], gather: texts(".gather")[0],
        start: +(all(".strip > span")[0]?.dataset.t ?? 0),
        strip: all(".strip > span").map((one) => [...one.children].map((part) => part.textContent)) };
}"""

# the same, with another cell of the matrix pointed at each time
POINTED = f"""host => {{
    const cells = [...host.shadowRoot.querySelectorAll("td[data-r]")];
    const cell = cells[(host.turn = (host.turn ?? 0) + 7919) % cells.length];
    cell.dispatchEvent(new PointerEvent("pointerover", {{ bubbles: true }}));
    return [({SHOWN})(host), +cell.dataset.r, +cell.dataset.c];
}}"""


class State:
    """What a reader could have chosen."""

    def __init__(self, draw):
        self.m, self.k, self.s = draw.randint(2, 5), draw.randint(1, 5), draw.randint(1, 3)
        self.p, self.d, self.a = draw.choice([0, 0, 1, 1, 2, 3, 4]), draw.randint(1, 2), draw.choice([0, 0, 0, 1, 2])
        self.rule = draw.choice(["torch", "torch", "same"])
        self.y, self.w = ([draw.randint(-9, 9) for _ in range(size)] for size in (self.m, self.k))

    def steps(self):
        """The controls that lead to it, each with its value."""
        names = {"inputs m": "m", "kernel k": "k", "stride s": "s", "dilation d": "d", "cut by": "rule"}
        if self.rule == "torch":
            names |= {"padding p": "p", "output_padding a": "a"}
        return [(label, getattr(self, name)) for label, name in names.items()] + [
            (f"Input {o}", value) for o, value in enumerate(self.y)] + [
            (f"Weight {u}", value) for u, value in enumerate(self.w)]

    # what diffimg and PyTorch make of it
    def full(self):
        return F.conv_transpose1d(row(self.y), row(self.w), stride=self.s, dilation=self.d)[0, 0]

    def size(self):
        try:
            return conv.conv_transpose_output_size(self.m, self.k, stride=self.s, padding=self.p, dilation=self.d,
                                                   output_padding=self.a)
        except ValueError:
            return None

    def kept(self):
        if self.rule == "same":
            y, w = row(self.y)[None], row(self.w)[None]
            return conv.conv_transpose_same(y, w, (1, self.s), dilation=(1, self.d))[0, 0, 0]
        try:
            return F.conv_transpose1d(row(self.y), row(self.w), None, self.s, self.p, self.a, 1, self.d)[0, 0]
        except RuntimeError:
            return None

    def forward(self, n):
        """The matrix of the convolution of n pixels, or None where the kernel does not fit."""
        pads = ((0, 0), conv.same_padding((1, n), (1, self.k), stride=(1, self.s), dilation=(1, self.d))[1]
                if self.rule == "same" else (self.p, self.p))
        try:
            return conv.conv_matrix(row(self.w)[None], (1, n), stride=(1, self.s), padding=pads,
                                    dilation=(1, self.d)).to_dense()
        except ValueError:
            return None


def row(values):
    return torch.tensor(values, dtype=torch.float64)[None, None]


def signed(values):
    return [number(text or "0") for text in values]


def check(state, shown, row_at, column_at):
    """The numbers of the bench for one state; the cell at row_at and column_at is pointed at."""
    full, kept, size = state.full(), state.kept(), state.size()
    refused = kept is None
    assert refused == (state.rule == "torch" and size is None)
    places = max(len(full), len(shown["results"]))
    results = torch.tensor(signed(shown["results"]))
    entries = torch.tensor(signed(shown["entries"])).reshape(-1, state.m)
    assert torch.equal(results, F.pad(full, (0, places - len(full))).float())
    inside = torch.tensor([not lost for lost in shown["cut"]])
    matrix = conv.conv_matrix(row(state.w)[None], (1, len(full)), stride=(1, state.s), dilation=(1, state.d)).to_dense()
    assert torch.equal(entries[:len(full)], matrix[:state.m].mT.float()) and not entries[len(full):].any()
    if refused:
        assert shown["sizes"].startswith("PyTorch refuses") and inside.all() and not any(shown["outputs"])
        assert not shown["strip"]
        with pytest.raises(RuntimeError):
            F.conv_transpose1d(row(state.y), row(state.w), None, state.s, state.p, state.a, 1, state.d)
    else:
        assert torch.equal(results[inside], kept.float())
        assert [int(text.split()[0]) for text, keeps in zip(shown["outputs"], inside, strict=True) if keeps] == list(
            range(len(kept)))
        C = state.forward(len(kept))[:state.m]  # an output_padding >= stride belongs to more inputs, the rest 0
        assert torch.equal(entries[inside], C.mT.float())
        check_sizes(state, shown, len(kept))
        check_readings(state, shown, row_at, column_at, inside, kept, C)
    check_terms(state, shown["terms"], None if kept is None else len(kept))


def check_terms(state, lines, size):
    """Below its letters each formula has the numbers: both sides are equal, and the left one is what comes out."""
    same = state.rule == "same"
    assert lines[0] == ("n=s m" if same else "n=(m − 1)s−2p+d(k − 1)+1+a") and len(lines) == (4 if same else 2)
    for line in lines[1::2]:
        left, right = line.replace("−", "-").replace("·", "*").replace("⌊", "(").replace("⌋", ")").replace(
            "∕", "//").split("=")
        assert eval(right) == int(left), line  # digits, signs and max
    expected = [state.s, state.m] if same else [state.m - 1, state.s, 2, state.p, state.d, state.k - 1, 1, state.a]
    value, *told = numbers(lines[1])
    assert [abs(one) for one in told] == expected
    assert value == size if size is not None else value < 1 or state.a >= max(state.s, state.d)


def check_sizes(state, shown, size):
    found = [n for n in range(1, 40) if (C := state.forward(n)) is not None and len(C) == state.m]
    told = numbers(shown["sizes"])
    if state.rule == "torch":
        expected = [value for n in found for value in (n, state.a + n - size)] + [state.m]
        expected += [] if size in found else [size, len(state.forward(size))]
        assert told == expected
        return
    assert told[:len(found) + 1] == [*found, state.m] and size == max(found)
    alike = [(p, a) for p in range(9) for a in range(state.s) if same_numbers(state, p, a)]
    assert [tuple(told[len(found) + 1:])] == alike if alike else "No padding" in shown["sizes"]


def same_numbers(state, p, a):
    """Whether PyTorch keeps with this padding what SAME keeps, for numbers that tell the places."""
    y, w = torch.arange(1., state.m + 1)[None, None] ** 2, torch.arange(1., state.k + 1)[None, None]
    try:
        z = F.conv_transpose1d(y, w, None, state.s, p, a, 1, state.d)
    except RuntimeError:
        return False
    same = conv.conv_transpose_same(y[None], w[None], (1, state.s), dilation=(1, state.d))[0]
    return z.shape == same.shape and torch.equal(z, same)


def check_readings(state, shown, row_at, column_at, inside, kept, C):
    first = int(inside.float().argmax())
    if column_at < state.m:
        at = [state.s * column_at + state.d * u - first for u in range(state.k)]
        outputs = [i for i in at if 0 <= i < len(kept)]
        stamped = [weight * state.y[column_at] for weight in state.w]
        told = numbers(shown["stamp"])
        lost = state.k - len(outputs)
        assert told == [column_at, state.y[column_at], *state.w, *stamped, *outputs, *([lost] if lost else []),
                        column_at]
    told = numbers(shown["gather"])
    met = [o for o in range(state.m) if shown["entries"][row_at * state.m + o]]
    weights = signed(shown["entries"])[row_at * state.m:(row_at + 1) * state.m]
    pairs = [value for o in met for value in (weights[o], state.y[o])]
    total = sum(weights[o] * state.y[o] for o in met)
    if not inside[row_at]:
        assert told == [row_at, *pairs, total] and "is cut" in shown["gather"]
        assert not any(below for _, below in shown["strip"])
        return
    i = row_at - first
    assert told == [i, *pairs, total, i] and total == kept[i]
    apart, q = conv.insert_zeros(row(state.y), (1, state.s))[0, 0], state.d * (state.k - 1) - first
    padded = F.pad(apart, (q, len(kept) + state.d * (state.k - 1) - q - len(apart)))
    below = [number(text) if text else None for _, text in shown["strip"]]
    places = range(shown["start"], shown["start"] + len(below))  # a long strip shows the part around the kernel
    assert len(below) == len(padded) or 28 <= len(below) < len(padded)
    assert signed(above for above, _ in shown["strip"]) == [padded[t] for t in places]
    assert below == [state.w[state.k - 1 - u // state.d] if 0 <= (u := t - i) <= state.d * (state.k - 1)
                     and u % state.d == 0 else None for t in places]
    assert sum(weight is not None for weight in below) == state.k


def test_two_hundred_states_show_what_diffimg_and_pytorch_compute(open_page):
    page, draw, seen = open_page(f"{FIGURES['bench']}.html"), random.Random(0), set()
    states = sorted((State(draw) for _ in range(200)), key=lambda state: len(state.steps()))  # ten are set by hand
    found = shown_after(built(page, "bench"), [state.steps() for state in states], POINTED)
    for k, (state, (shown, *at)) in enumerate(zip(states, found, strict=True)):
        try:
            check(state, shown, *at)
        except (AssertionError, ValueError, IndexError) as error:
            raise AssertionError(f"state {k}: {vars(state)}, pointed at {at}: {shown}") from error
        kept = state.kept()
        seen.add((state.rule, kept is None, kept is not None and state.a >= state.s))
    assert len(seen) >= 4 and not page.faults


def test_the_first_state_is_that_of_the_fallback(open_page):
    page = open_page(f"{FIGURES['bench']}.html")
    host = built(page, "bench")
    cells = host.locator("> table td").all_text_contents()
    shown = host.evaluate(SHOWN)
    kept = [k for k, lost in enumerate(shown["cut"]) if not lost]
    assert signed(cells[:4]) == [5, 6, 7, 8]
    assert signed(cells[9::5]) == signed(shown["results"][k] for k in kept)
    assert signed(text for k, text in enumerate(cells[5:]) if k % 5 < 4) == signed(
        text for k in kept for text in shown["entries"][4 * k:4 * k + 4])


def test_every_control_by_keyboard_alone(open_page):
    page = open_page(f"{FIGURES['bench']}.html")
    host, keys = built(page, "bench"), page.keyboard
    sizes, terms, stamp = host.locator(".sizes"), host.locator(".terms").first, host.locator(".stamp")
    expect(sizes).to_have_text("The convolution with these s, p, d and k shrinks 7 (a = 0) and 8 (a = 1) to 4.")
    host.get_by_role("radio", name="4").first.focus()
    keys.press("Tab")  # the kernel
    keys.press("Tab")  # its first weight
    keys.press("ArrowUp")
    expect(stamp).to_contain_text("6 · (2, 2, 3) = (12, 12, 18)")
    keys.press("Control+A")
    keys.type("−7")
    expect(stamp).to_contain_text("6 · (−7, 2, 3) = (−42, 12, 18)")
    for _ in range(3):
        keys.press("Tab")  # two more weights, then the stride
    keys.press("ArrowRight")
    expect(terms).to_contain_text("10=3 · 3−2 · 1+1 · 2+1+0")
    for _ in range(3):
        keys.press("Tab")  # dilation, the rule, padding
    keys.press("ArrowRight")
    keys.press("Tab")
    expect(terms).to_contain_text("8=3 · 3−2 · 2+1 · 2+1+0")  # the second answer of the task
    keys.press("ArrowLeft")  # round to 2
    expect(terms).to_contain_text("10=3 · 3−2 · 2+1 · 2+1+2")
    keys.press("Shift+Tab")
    keys.press("ArrowRight")
    expect(terms).to_contain_text("8=3 · 3−2 · 3+1 · 2+1+2")  # the third
    keys.press("Shift+Tab")
    keys.press("ArrowRight")
    expect(sizes).to_contain_text("Forward, SAME shrinks 10, 11 and 12 to 4")
    assert host.locator("fieldset:disabled").count() == 2


def test_arrow_keys_walk_over_the_matrix_and_light_a_column_and_a_row(open_page):
    page = open_page(f"{FIGURES['bench']}.html")
    host, keys = built(page, "bench"), page.keyboard
    host.get_by_label("Input 3", exact=True).focus()
    expect(host.locator(".stamp")).to_have_text(
        "Input 3 stamps 8 · (1, 2, 3) = (8, 16, 24) onto outputs 5 and 6, 1 of it cut: column 3 of Cᵀ.")
    expect(host.locator(".gather")).to_contain_text("Output 1 gathers 3 · 5 + 1 · 6 = 21: row 1 of Cᵀ, the kernel back")
    keys.press("Tab")
    expect(host.locator(".gather")).to_have_text("Place 0 of the full result gathers 1 · 5 = 5, and is cut.")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown"):
        keys.press(key)
    expect(host.locator(".gather")).to_contain_text("Output 2 gathers 2 · 6 = 12")
    expect(host.locator(".stamp")).to_contain_text("Input 1 stamps")
    assert host.locator("td.entry.lit").count() == 4 + 9 - 1 and host.locator("td.entry.here").count() == 1
    expect(host.locator(".spoken")).to_contain_text("Output 2 gathers 2 · 6 = 12")


def test_the_kernel_is_pushed_along_the_strip_and_nonsense_changes_nothing(open_page):
    for width in (1280, 390):
        page = open_page(f"{FIGURES['bench']}.html", width=width)
        host = built(page, "bench")
        strip = host.locator(".strip")
        strip.scroll_into_view_if_needed()
        box = strip.bounding_box()
        cell = box["width"] and host.locator(".strip > span").first.bounding_box()["width"]
        page.mouse.move(box["x"] + 2.5 * cell, box["y"] + 10)
        page.mouse.down()
        for place in range(3, 7):
            page.mouse.move(box["x"] + (place + 0.5) * cell, box["y"] + 10)
        expect(host.locator(".gather")).to_contain_text("Output 5 gathers 3 · 7 + 1 · 8 = 29")
        page.mouse.up()
        before, field = host.evaluate(SHOWN), host.get_by_label("Input 0", exact=True)
        for text in ("x", "", "10", "0.5", "1/0"):
            field.fill(text)
            assert field.get_attribute("aria-invalid") == "true"
            assert host.evaluate(SHOWN)["results"] == before["results"]
        field.fill("-2")
        assert field.get_attribute("aria-invalid") == "false"
        assert host.evaluate(SHOWN)["results"][:2] == ["−2", "−4"]
