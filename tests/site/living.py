"""What the tests of living figures share: where the figures are, and a figure that is in view and has been built."""

import json
import re

import book

HOST = re.compile(r'<dio-(\w+) data-live="\1"')


def figures() -> dict[str, str]:
    """The page of each figure, by its name."""
    found = {}
    for path in book.notebooks():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for out in cell.get("outputs", []):
                html = "".join(out.get("data", {}).get("text/html", ""))
                found |= {name: book.page(path) for name in HOST.findall(html)}
    return found


FIGURES = figures()


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
