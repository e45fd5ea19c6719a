"""What the tests of living figures share: where the figures are, and a figure that is in view and has been built."""

import json
import re

import book

HOST = re.compile(r'<dio-(\w+) data-live="\1"')


def figures(paths) -> dict[str, str]:
    """The page of each figure in these notebooks, by its name."""
    found = {}
    for path in paths:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for out in cell.get("outputs", []):
                html = "".join(out.get("data", {}).get("text/html", ""))
                found |= {name: book.page(path) for name in HOST.findall(html)}
    return found


FIGURES = figures(book.notebooks())


def built(page, name):
    """The element of a figure, once its script has come and it has been drawn."""
    host = page.locator(f"dio-{name}")
    host.scroll_into_view_if_needed()
    page.wait_for_function("name => document.querySelector(`dio-${name}`).shadowRoot", arg=name)
    return host


def number(text: str) -> float:
    """A number as a figure writes it."""
    return float(text.replace("−", "-"))


def numbers(text: str) -> list[float]:
    """All numbers in a sentence."""
    return [number(found) for found in re.findall(r"−?\d+(?:\.\d+)?", text)]


def agree(shown: str, value: float, digits: int) -> bool:
    """Whether a number is this value, rounded to so many digits behind the point. A half may go either way."""
    return bool(re.fullmatch(r"−?\d+(\.\d+)?", shown)) and abs(number(shown) - value) <= 0.5 * 10**-digits + 1e-9


# A control is named by its label, as a reader finds it: that of a list, of a range or of a number that is typed, the
# legend of radio buttons, the words on a button (whose value is None).
FIND = """(host, label, value) => {
    const all = (selector) => [...host.shadowRoot.querySelectorAll(selector)];
    const says = (selector) => all(selector).find((one) => one.textContent.trim() == label);
    const found = all("input").find((one) => one.ariaLabel == label) ?? says("label > span")?.nextElementSibling
        ?? says("legend")?.parentElement.querySelector(`[value="${value}"]`) ?? says("button");
    if (!found || found.matches(":disabled")) throw Error(`no control ${label}, ${value}`);
    return found;
}"""
PASS = f"""(host, [states, show]) => {{
    const find = {FIND}, shown = eval(show);
    return states.map((state) => {{
        for (const [label, value] of state) {{
            const control = find(host, label, value);
            if (control.matches("button, [type=radio]")) control.click();
            else {{
                control.value = value;
                if (control.value !== String(value)) throw Error(`${{label}} does not take ${{value}}`);
                for (const type of ["input", "change"]) control.dispatchEvent(new Event(type, {{ bubbles: true }}));
            }}
        }}
        return shown(host);
    }});
}}"""


def shown_after(host, states, show):
    """What a figure shows after each of many states: lists of (label, value). `show` is JavaScript, host => what is
    read. The first ten are set by hand, the others at once, by the events that the same controls send.
    """
    first = []
    for state in states[:10]:
        for label, value in state:
            control = host.evaluate_handle(f"(host, [label, value]) => ({FIND})(host, label, value)", [label, value])
            kind = control.evaluate("one => one.type")
            if kind == "select-one":
                control.as_element().select_option(str(value))
            elif kind == "radio":
                control.as_element().check(force=True)
            elif kind == "submit" or kind == "button":
                control.as_element().click()
            else:
                control.as_element().fill(str(value))
        first.append(host.evaluate(show))
    return first + host.evaluate(PASS, [states[10:], show])
