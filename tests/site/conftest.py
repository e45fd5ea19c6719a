"""The built site on a local port, and a browser to walk through it."""

import functools
import http.server
import os
import threading

import browser as chromium
import pytest
import torch
from built import PAGES, SITE


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """A line for each request would bury the test results."""


@pytest.fixture(scope="session")
def address():
    """The address of the site on a free port."""
    assert PAGES, f"no pages in {SITE}: build the site first (make book)"
    handler = functools.partial(QuietHandler, directory=SITE)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    executable = chromium.find()
    if executable is None:
        complain = pytest.fail if os.environ.get("DIFFIMG_REQUIRE_BROWSER") == "1" else pytest.skip
        complain("no browser: install chromium, or name one in DIFFIMG_BROWSER")
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, address):
    """A function that opens a page of the site and gives it an attribute `faults`: what went wrong in loading it."""
    contexts = []

    def open_page(path, theme="light", width=1280):
        # without motion, because what is measured while it moves depends on how busy the machine is
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme,
                                            reduced_motion="reduce"))
        page = contexts[-1].new_page()
        faults = page.faults = []
        page.on("request", lambda r: r.url.startswith((address, "data:")) or faults.append(f"other host: {r.url}"))
        page.on("response", lambda r: r.status < 400 or faults.append(f"{r.status}: {r.url}"))
        page.on("console", lambda m: m.type != "error" or faults.append(f"console: {m.text}"))
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.goto(f"{address}/{path}")
        page.wait_for_function("document.readyState == 'complete' && document.fonts.status == 'loaded'")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def in_float64():
    """For what is compared with the numbers of a figure: JavaScript has no other numbers."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)
