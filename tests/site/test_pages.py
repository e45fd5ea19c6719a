"""Every page, in both themes, on a wide screen and on a phone: loads cleanly, is accessible, shows what it should."""

import itertools
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from built import PAGES

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = 360
GENERIC_ALT = re.compile(r"^(<|figure\b|image\b|plot\b|output\b|\S*$)", re.IGNORECASE)


def unfold(page):
    """Open what is folded and lay out what is far below, so that it is looked at too."""
    page.add_style_tag(content="* { content-visibility: visible !important; }")
    page.evaluate("document.querySelectorAll('article details').forEach((element) => { element.open = true; })")


def accessibility(page):
    """All WCAG rules in the light theme. The dark one changes colours alone, and no colour depends on the width:
    contrast takes most of the time, and is looked at on the wide screen. Formulas have the colour of the text, and
    code has the same few colours on all pages: they are looked at on one of them.
    """
    wide = page.viewport_size["width"] > PHONE
    dark = page.locator("html").get_attribute("data-theme") == "dark"
    if dark and not wide:
        return
    rules = {"target-size": {"enabled": True}, "color-contrast": {"enabled": wide}}
    options = {"runOnly": {"type": "rule", "values": ["color-contrast"]} if dark else {"type": "tag", "values": WCAG},
               "rules": {} if dark else rules}
    left_out = [".katex", ".highlight pre"] if wide and not page.url.endswith("linear/images.html") else []
    for violation in Axe().run(page, context={"exclude": left_out}, options=options).response["violations"]:
        for node in violation["nodes"]:
            yield f"axe {violation['id']}: {node['html'][:200]} ({node['failureSummary'].splitlines()[-1].strip()})"


def images(page):
    """Pictures that come when they are scrolled to are sent for here."""
    page.evaluate("""Promise.all([...document.images].map((image) => {
        image.loading = "eager";
        return image.decode().catch(() => {});
    }))""")
    for image in page.locator("article img, article .drawn").all():
        alt = image.get_attribute("aria-label") or image.get_attribute("alt") or ""
        in_figure = image.evaluate("element => Boolean(element.parentElement.closest('.drawn'))")
        if not in_figure and (len(alt.strip()) < 30 or GENERIC_ALT.match(alt.strip())):
            yield f"image without a sentence as alt: {alt!r}"
        if not image.evaluate("element => element.matches('.drawn') || element.complete && element.naturalWidth > 0"):
            yield f"image does not show: {image.get_attribute('src')[:80]}"


def formulas(page):
    text = page.evaluate("""() => {
        const copy = document.querySelector("article, .bd-search-container").cloneNode(true);
        copy.querySelectorAll("pre, code, .katex").forEach((element) => element.remove());
        return copy.textContent;
    }""")
    yield from (f"raw TeX: {found}" for found in re.findall(r"\$\$.{0,30}|\\[a-zA-Z]+.{0,30}", text))
    yield from (f"formula in red: {element.inner_text()}" for element in page.locator(".katex-error").all())
    if page.locator(".katex").count():
        fonts = page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family).join()")
        if "KaTeX" not in fonts:
            yield f"formulas without their typeface; loaded: {fonts}"


def headings(page):
    levels = page.evaluate("[...document.querySelectorAll('article :is(h1,h2,h3,h4,h5,h6)')].map(h => +h.tagName[1])")
    if levels and (levels[0] != 1 or levels.count(1) != 1):
        yield f"one h1, and it comes first: {levels}"
    yield from (f"h{a} is followed by h{b}" for a, b in itertools.pairwise(levels) if b > a + 1)


def width(page):
    """Nothing is wider than the window, unless it scrolls inside itself; what the page cuts off would not show."""
    viewport, wide = page.viewport_size["width"], page.evaluate("document.documentElement.scrollWidth")
    if wide > viewport:
        yield f"the page is {wide} pixels wide in a window of {viewport}"
    cut = page.evaluate("""() => {
        const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
            || element.tagName != "ARTICLE" && scrolls(element.parentElement);
        return [...document.querySelectorAll("article :is(p, p > *, li, h1, h2, h3, h4, img, .eqno, .base)")]
            .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element))
            .map((element) => element.outerHTML.slice(0, 150));
    }""")
    yield from (f"sticks out: {element}" for element in cut)


def language_and_description(page):
    if page.locator("html").get_attribute("lang") != "en":
        yield "no lang"
    for name in ("viewport", "description"):
        if page.locator(f"meta[name={name}]").count() != 1:
            yield f"not exactly one meta {name}"


def signs(page):
    """What is cut off at its edge shows a shadow there."""
    plain = page.evaluate("""() => [...document.querySelectorAll("article [tabindex='0']")]
        .filter((element) => element.matches(".katex-display, pre, .pst-scrollable-table-container")
                && getComputedStyle(element).backgroundImage == "none")
        .map((element) => element.outerHTML.slice(0, 120))""")
    yield from (f"goes on beyond its edge without a sign: {element}" for element in plain)


def letters(page):
    """In a figure no letter is smaller than 11 pixels, none lies on another or outside, and each is of the page."""
    yield from page.evaluate("""() => [...document.querySelectorAll("article .drawn")].flatMap((figure) => {
        const name = figure.getAttribute("aria-label").slice(0, 60);
        const svg = [...figure.querySelectorAll("svg")].find((one) => one.getBoundingClientRect().width);
        if (!svg) return figure.getBoundingClientRect().width ? [`nothing is drawn: ${name}`] : [];
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width, found = [];
        const texts = [...svg.querySelectorAll("text")].map((text) => [text, text.getBoundingClientRect()]);
        texts.forEach(([text, box], k) => {
            const size = parseFloat(getComputedStyle(text).fontSize) * scale;
            if (size < 10.95) found.push(`${size.toFixed(1)} pixels: ${text.textContent} in: ${name}`);
            if (box.left < -1 || box.right > innerWidth + 1) found.push(`outside: ${text.textContent} in: ${name}`);
            for (const [other, place] of texts.slice(k + 1)) {
                const across = Math.min(box.right, place.right) - Math.max(box.left, place.left);
                const down = Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top);
                if (across > 1 && down > 0.35 * Math.min(box.height, place.height))
                    found.push(`${text.textContent} on ${other.textContent} in: ${name}`);
            }
        });
        return found;
    })""")


CHECKS = (accessibility, images, letters, formulas, headings, width, signs, language_and_description)


@pytest.mark.parametrize("window", [1280, PHONE])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page(open_page, path, theme, window):
    page = open_page(path, theme, window)
    unfold(page)
    assert page.locator("html").get_attribute("data-theme") == theme
    faults = [fault for check in CHECKS for fault in check(page)]
    assert not page.faults + faults, "\n".join(page.faults + faults)


@pytest.mark.parametrize("theme,path", list(zip(
    itertools.cycle(["light", "dark"]), [name for name in PAGES if name.startswith("chapters/")], strict=False)))
def test_page_at_other_widths(open_page, path, theme):
    """In one theme, every second page in the dark one: no place depends on it."""
    page, faults = open_page(path, theme, 1440), []
    unfold(page)
    for window in (1440, 820, 577, 390):
        page.set_viewport_size({"width": window, "height": 900})
        faults += [f"at {window} pixels, {fault}" for check in (letters, width) for fault in check(page)]
    assert not faults, "\n".join(faults)
