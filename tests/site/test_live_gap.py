"""The gap closing: what it shows is what the primal-dual method, diffimg and scikit-image compute."""

import functools
import math
import random

import book
import nbformat
import pytest
import torch
from living import FIGURES, agree, built, number, numbers, shown_after
from playwright.sync_api import expect

from diffimg import images
from diffimg.tv import denoise_tv, divergence, gradient, total_variation

skimage = pytest.importorskip("skimage.restoration")
pytestmark = [pytest.mark.usefixtures("in_float64"),
              pytest.mark.skipif("gap" not in FIGURES, reason="a course without the chapter")]
EVERY = 37  # pixels are compared
AT = "document.querySelector('dio-gap').shadowRoot.querySelector('[role=slider]').ariaValueNow"
WEIGHTS = [0.05, 0.1, 0.15, 0.3, 0.35, 0.7, 1]
POWERS = {sign: str(power) for power, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}


@functools.cache
def pixels():
    clean = images.load("camera", size=(128, 128), gray=True).double()
    return (1000 * (clean + 0.1 * images.noise(clean.shape, seed=0))[..., 10:74, 36:100]).round() / 1000


def objective(u, weight):
    return float((u - pixels()).square().sum() / 2 + weight * total_variation(u, isotropic=True))


def dual(p, weight):
    return float((pixels().square().sum() - (pixels() + weight * divergence(p)).square().sum()) / 2)


@functools.cache
def states(weight, relaxation, last):
    """P, Q and the image after each step, up to the last: equations eq-rof-primal-dual and eq-rof-relaxed."""
    g, tau = pixels() / weight, 1.0
    u, p = g, torch.zeros_like(gradient(g))
    found = [(pixels(), p)]
    for _ in range(last):
        new = (u + tau * (g + divergence(p))) / (1 + tau)
        q = p + gradient(2 * new - u) / (8 * tau)
        q = q / q.norm(dim=-3, keepdim=True).clamp(min=1)
        found.append((weight * new, q))
        u, p = u + relaxation * (new - u), p + relaxation * (q - p)
        tau = max(tau / math.sqrt(1 + 2 * tau), 0.014)
    return found


@functools.cache
def library(weight):
    """What scikit-image returns, after how many steps, and its P."""
    noisy = pixels()[0, 0].numpy()
    image = skimage.denoise_tv_chambolle(noisy, weight=weight)
    same = [(skimage.denoise_tv_chambolle(noisy, weight=weight, max_num_iter=k) == image).all() for k in range(1, 201)]
    image = torch.as_tensor(image)[None, None]
    return image, same.index(True) + 1, objective(image, weight)


def is_small(text, value):
    """A share of P as the figure writes it."""
    if text == "below 10⁻⁹":
        return value < 1e-9
    if "·10⁻" not in text:
        return value >= 0.01 and agree(text, value, 3)
    digits, power = text.split("·10⁻")
    return agree(digits, value * 10 ** int("".join(POWERS[sign] for sign in power)), 2) and value < 0.01


SHOWN = f"""host => {{
    const root = host.shadowRoot, canvas = root.querySelector("canvas");
    const all = [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
    return {{ cells: [...root.querySelectorAll("td")].slice(1).map((one) => one.textContent),
        pixels: all.filter((_, at) => Math.floor(at / 4) % {EVERY} == 0),
        at: root.querySelector("[role=slider]").ariaValueNow, picture: canvas.ariaLabel }};
}}"""


def check(shown, weight, relaxation, k, picture="run", last=None):
    """All numbers of one state, and the picture."""
    what, (u, p) = (weight, relaxation, k), states(weight, relaxation, last or k)[k]
    theirs, steps, above = library(weight)
    below = dual(p, weight)
    assert shown["at"] == str(k)
    for side, (count, image, value) in enumerate([(k, u, objective(u, weight)), (steps, theirs, above)]):
        gap = max(0, value - below)
        bound, length = math.sqrt(2 * gap), float(image.norm())
        steps_, P, Q, share, distance, percent = shown["cells"][side::2]
        assert steps_ == str(count), what
        assert agree(P, value, 3) and agree(Q, below, 3) and is_small(share, gap / value), (what, P, Q, share)
        assert agree(distance, bound, 3) and agree(percent.removesuffix(" %"), 100 * bound / length, 2), what
    seen = torch.tensor(shown["pixels"], dtype=torch.float64).reshape(-1, 4)
    some = {"data": pixels(), "run": u, "library": theirs, "difference": theirs - u}[picture].flatten()[::EVERY]
    if picture == "difference":
        assert ((seen[:, 3] - (255 * some.abs() / (weight / 4)).clamp(max=255)).abs() < 0.501).all(), what
        blue, plain = seen[:, 2] > seen[:, 0], seen[:, 3] > 8
        assert (blue == (some > 0))[plain].all(), what
    else:
        assert ((seen[:, :3] - 255 * some.clamp(0, 1)[:, None]).abs() < 0.501).all(), (what, picture)


def test_two_hundred_states_show_what_the_method_computes(open_page):
    page, draw, weight, relaxation, at = open_page(f"{FIGURES['gap']}.html"), random.Random(0), 0.1, 1.9, {1.9: 0, 1: 0}
    controls, expected = [], []
    for _ in range(200):
        chosen, ticks = [], draw.choices([0, 1, 2, 3], k=2)
        if draw.random() < 0.5:
            weight, at = draw.choice(WEIGHTS), {1.9: 0, 1: 0}
            chosen.append(("Weight λ", str(weight)))
        if draw.random() < 0.4:
            relaxation = draw.choice([1.9, 1])
            chosen.append(("Over-relaxation", str(relaxation)))
        if draw.random() < 0.1:
            at[relaxation] = 0
            chosen.append(("start again", None))
        for button, step, count in zip(("one step", "ten steps", "hundred steps"), (1, 10, 100),
                                       (*ticks, draw.choice([0, 0, 0, 1, 1, 3])), strict=True):
            chosen += [(button, None)] * count
            at[relaxation] = min(1000, at[relaxation] + step * count)
        picture = draw.choice(["run", "run", "data", "library", "difference"])
        controls.append([*chosen, ("Picture", picture)])
        expected.append((weight, relaxation, at[relaxation], picture))
    all_shown = shown_after(built(page, "gap"), controls, SHOWN)
    furthest = {}
    for *run, k, _ in expected:
        furthest[tuple(run)] = max(k, furthest.get(tuple(run), 0))
    for state, shown in zip(expected, all_shown, strict=True):
        check(shown, *state, last=furthest[state[:2]])
    assert not page.faults and len({state[:2] for state in expected}) == 14


def test_back_and_forth_along_the_charts_by_keyboard_alone(open_page):
    page = open_page(f"{FIGURES['gap']}.html")
    host = built(page, "gap")
    chart = host.get_by_role("slider", name="Step, along both charts")
    host.get_by_label("Weight").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")  # from 0.1 to 0.3
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # from 1.9 to none
    page.keyboard.press("ArrowLeft")  # and back
    while not chart.evaluate("one => one.getRootNode().activeElement == one"):
        page.keyboard.press("Tab")
    walk = {"PageUp": 10, "PageDown": -10, "ArrowUp": 1, "ArrowRight": 1, "ArrowLeft": -1, "ArrowDown": -1,
            "Home": -1000}
    keys, k = ["PageUp"] * 11 + ["ArrowRight", "ArrowLeft", "PageDown", "ArrowLeft", "ArrowDown", "ArrowUp"] + \
        ["PageDown"] * 5 + ["ArrowLeft", "Home", "ArrowLeft", "PageUp"], 0
    for key in keys:
        k = max(0, k + walk[key])
        page.keyboard.press(key)
        check(host.evaluate(SHOWN), 0.3, 1.9, k, last=111)
    for _ in range(10):
        page.keyboard.press("PageUp")
    assert not is_small(host.evaluate(SHOWN)["cells"][6], 1e-3 - 1e-9)  # the answer to the question of the text: 111
    page.keyboard.press("ArrowRight")
    check(host.evaluate(SHOWN), 0.3, 1.9, 111, last=111)
    expect(host.locator(".spoken")).to_contain_text("Weight 0.3, 111 steps: P ")


def test_the_answers_in_the_text_are_those_of_the_method():
    (text,) = [cell["source"] for cell in nbformat.read(book.ROOT / "chapters/tv/rof.ipynb", 4)["cells"]
               if "<summary>Answer</summary>" in cell["source"]]
    answer = text.split("</summary>")[1].split("</details>")[0]
    first = []
    for relaxation in (1.9, 1):
        shares = [1 - dual(p, 0.3) / objective(u, 0.3) for u, p in states(0.3, relaxation, 200)]
        first.append(next(k for k, share in enumerate(shares) if share < 1e-3))
    best, certificate = denoise_tv(pixels(), 0.3, tol=1e-9, return_certificate=True)
    theirs, steps, above = library(0.3)
    bound = math.sqrt(2 * (above - dual(certificate.dual, 0.3)))
    assert numbers(answer)[:6] == [*first, steps, round(100 * (1 - float(certificate.objective) / above)), round(
        100 * bound / float(theirs.norm())), round(100 * float((theirs - best).norm() / best.norm()), 1)]


def test_it_ends_where_denoise_tv_does_and_is_fast(open_page):
    page = open_page(f"{FIGURES['gap']}.html")
    host = built(page, "gap")
    for weight in (0.1, 1):
        host.get_by_label("Weight").fill(str(weight))
        seconds = host.evaluate("""host => {
            const begin = performance.now();
            host.shadowRoot.querySelector("[role=slider]").dispatchEvent(new KeyboardEvent("keydown", { key: "End" }));
            return (performance.now() - begin) / 1000;
        }""")
        assert seconds < 10, f"{1000 / seconds:.0f} steps in a second"
        P, Q = (number(host.evaluate(SHOWN)["cells"][row]) for row in (2, 4))
        _, certificate = denoise_tv(pixels(), weight, return_certificate=True)
        best = float(certificate.objective)
        assert Q - 0.001 <= best <= P + float(certificate.gap) + 0.001 and best - float(certificate.gap) <= P + 0.001


def test_nothing_moves_before_the_reader_starts_it_and_a_drag_stops_it(browser, address):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/{FIGURES['gap']}.html")
    host = built(page, "gap")
    at = lambda: int(page.evaluate(AT))
    page.wait_for_timeout(500)
    assert at() == 0
    host.get_by_role("button", name="run").click()
    page.wait_for_function(f"{AT} > 3")
    host.get_by_role("button", name="pause").click()
    expect(host.get_by_role("button", name="run")).to_be_visible()
    stands = at()
    page.wait_for_timeout(300)
    assert at() == stands > 3
    check(host.evaluate(SHOWN), 0.1, 1.9, stands)
    host.get_by_role("button", name="run").click()
    box = host.locator(".chart").bounding_box()
    left, right, middle = box["x"] + 38, box["x"] + box["width"] - 8, box["y"] + box["height"] / 2
    page.mouse.move(left, middle)
    page.mouse.down()
    assert at() == 0
    expect(host.get_by_role("button", name="run")).to_be_visible()
    for k in (100, 10, 1000):
        page.mouse.move(left + (right - left) * math.log(1 + k) / math.log(1001), middle)
        assert at() == pytest.approx(k, rel=0.02)
    page.mouse.up()
    page.mouse.move(left, middle)
    assert at() == 1000
    host.get_by_role("button", name="run").click()  # from the beginning
    page.wait_for_function(f"{AT} < 500")
    page.close()
