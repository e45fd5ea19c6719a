"""What is asked of every living figure: it works by keyboard, reads well everywhere, and gives way to its fallback.

What a figure shows is compared with diffimg in a file of its own, test_live_NAME.py.
"""

import re
from pathlib import Path

import book
import pytest
from axe_playwright_python.sync_playwright import Axe
from built import SITE
from living import FIGURES, built, figures
from playwright.sync_api import expect
from test_pages import WCAG

from diffimg import plot

MOST = 60_000  # bytes of their scripts on one page
each_figure = pytest.mark.parametrize("name", FIGURES)
each_theme = pytest.mark.parametrize("theme", ["light", "dark"])


def test_every_figure_has_its_page_and_its_tests():
    names = {path.stem for path in plot.LIVE.glob("*.js")} - {"shared"}
    proved = {path.stem.removeprefix("test_live_") for path in Path(__file__).parent.glob("test_live_*.py")}
    shown = names & figures(sorted(book.ROOT.glob("chapters/*/*.ipynb"))).keys()
    assert names == shown and names <= proved, f"not shown: {names - shown}, not proved: {names - proved}"


@each_theme
@each_figure
def test_it_is_accessible_and_its_letters_are_large_enough(name, theme, open_page):
    for width in (1280, 390):
        page = open_page(f"{FIGURES[name]}.html", theme, width)
        host = built(page, name)
        found = Axe().run(page, context={"include": [f"dio-{name}"]}, options={
            "runOnly": {"type": "tag", "values": WCAG}, "rules": {
                "target-size": {"enabled": True}, "color-contrast": {"enabled": width > 390}}})
        assert not found.response["violations"], [
            (one["id"], node["html"][:150], node["failureSummary"]) for one in found.response["violations"]
            for node in one["nodes"]]
        faults = host.evaluate("""host => [...host.shadowRoot.querySelectorAll(".figure *")].flatMap((element) => {
            const box = element.getBoundingClientRect(), style = getComputedStyle(element);
            if (!box.width || element.matches(".spoken")) return [];
            const says = [...element.childNodes].some((node) => node.nodeType == 3 && node.data.trim());
            const edge = document.documentElement.clientWidth, name = element.outerHTML.slice(0, 120), small = [];
            const scale = element.ownerSVGElement?.getScreenCTM().a ?? 1;
            if (says && parseFloat(style.fontSize) * scale < 10.95) small.push(`${style.fontSize}: ${name}`);
            if (box.left < 0 || box.right > edge + 0.5) small.push(`sticks out: ${name}`);
            if (parseFloat(style.transitionDuration) > 0) small.push(`moves: ${name}`);
            return small;
        })""")
        assert not faults + page.faults, (width, faults, page.faults)
        ground, color, letters = host.evaluate("""host => [host.parentElement, host].map((element) =>
            getComputedStyle(element).backgroundColor).concat(getComputedStyle(host.shadowRoot.querySelector('.figure'))
            .color)""")
        assert ground == color == "rgba(0, 0, 0, 0)"
        assert letters == page.evaluate("getComputedStyle(document.body).color")


FOCUSED = """host => {
    const one = host.shadowRoot.activeElement;
    if (!one) return null;
    const shows = one.matches("input[type=radio]") ? one.nextElementSibling : one, style = getComputedStyle(shows);
    return [one.tagName + (one.type ?? one.getAttribute("role") ?? "") + (one.name || ""), style.outlineStyle != "none"
        && parseFloat(style.outlineWidth) >= 2, shows.getBoundingClientRect().width > 0];
}"""


@each_figure
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(name, open_page):
    page = open_page(f"{FIGURES[name]}.html")
    host = built(page, name)
    stops = host.evaluate("""host => {
        const all = [...host.shadowRoot.querySelectorAll("select, input, button, [tabindex='0']")];
        const reached = all.filter((one) => one.type != "radio" || one.checked)
            .filter((one) => !one.matches(":disabled") && getComputedStyle(one).visibility == "visible");
        reached[0].focus();
        return reached.length;
    }""")
    seen = []
    page.keyboard.press("Shift+Tab")
    for _ in range(stops):
        page.keyboard.press("Tab")
        seen.append(host.evaluate(FOCUSED))
    page.keyboard.press("Tab")
    assert stops > 1 and None not in seen and host.evaluate(FOCUSED) is None
    assert all(outlined and wide for _, outlined, wide in seen), seen


@each_figure
def test_its_script_comes_when_it_is_near_and_is_light(name, open_page):
    page = open_page(f"{FIGURES[name]}.html")
    page.wait_for_timeout(300)
    assert page.locator("script[data-live]").count() == 0, "it was loaded although nobody was near"
    built(page, name)
    scripts = page.locator("script[data-live]").evaluate_all("all => all.map((one) => one.src)")
    assert len(scripts) == len(set(scripts))
    there = [other for other, place in FIGURES.items() if place == FIGURES[name]]
    assert sum((SITE / f"_static/live/{other}.js").stat().st_size for other in there) <= MOST
    assert "<script type=\"module\"" not in (SITE / f"{FIGURES[name]}.html").read_text(encoding="utf-8")


def shows_its_fallback(page, name):
    """The sentence, the table, where the figure moves, and nothing of the figure."""
    host = page.locator(f"dio-{name}")
    says, where = host.locator("> p").all()
    expect(says).to_be_visible()
    expect(host.locator("> table")).to_be_visible()
    expect(where).to_contain_text("in Jupyter once its cell has run")
    assert where.is_visible() and len(says.inner_text()) > 20 and host.locator("> table td").count() > 3
    assert not any(part.is_visible() for part in host.locator(".figure").all())


@each_figure
def test_without_a_script_its_fallback_shows(name, browser, address):
    for width in (1280, 390):
        context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800})
        page = context.new_page()
        page.goto(f"{address}/{FIGURES[name]}.html")
        shows_its_fallback(page, name)
        table = page.locator(f"dio-{name} > table").bounding_box()
        assert table["x"] >= 0 and table["x"] + table["width"] <= width
        context.close()


@each_figure
def test_on_paper_its_fallback_shows(name, open_page):
    page = open_page(f"{FIGURES[name]}.html")
    host = built(page, name)
    expect(host.locator(".figure")).to_be_visible()
    assert not host.locator("> table").is_visible()
    page.emulate_media(media="print")
    shows_its_fallback(page, name)


@each_figure
def test_a_script_that_fails_leaves_the_fallback(name, browser, address):
    page = browser.new_page()
    page.route("**/_static/live/*.js", lambda route: route.fulfill(
        body=re.sub(r"\n  build\(\) \{", '\n  build() { throw Error("broken");', plot.live_script(name)),
        content_type="text/javascript"))
    page.goto(f"{address}/{FIGURES[name]}.html")
    page.locator(f"dio-{name}").scroll_into_view_if_needed()
    page.wait_for_function("name => customElements.get(`dio-${name}`)", arg=name)
    shows_its_fallback(page, name)
    page.close()


@each_figure
def test_it_works_from_a_file_and_when_its_script_comes_twice(name, browser):
    page, faults = browser.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((SITE / f"{FIGURES[name]}.html").as_uri())
    host = built(page, name)
    page.add_script_tag(content=plot.live_script(name), type="module")
    expect(host.locator(".figure")).to_be_visible()
    assert not faults
    page.close()


@each_figure
def test_jupyter_leaves_the_keys_to_it(name):
    html = (SITE / f"{FIGURES[name]}.html").read_text(encoding="utf-8")
    assert re.search(rf'<dio-{name} data-live="{name}" data-lm-suppress-shortcuts="true"', html)
