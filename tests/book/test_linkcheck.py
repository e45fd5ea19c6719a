"""The check of external addresses, with the book's settings: what is broken fails, what refuses programs does not."""

import http.server
import json
import threading

import book
import pytest
import yaml
from sphinx.application import Sphinx

# Sphinx warns of the default that the book does not use
pytestmark = pytest.mark.filterwarnings("ignore:The default value for .linkcheck:DeprecationWarning",
                                        "ignore:The default value for .linkcheck:PendingDeprecationWarning")
STATUS = {"/here": 200, "/moved": 301, "/gone": 404, "/refuses": 403, "/wants-a-name": 401}
CONFIG = yaml.safe_load((book.ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
SETTINGS = {name: value for name, value in CONFIG.items() if name.startswith("linkcheck_")}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(STATUS[self.path])
        self.send_header("Location", "/gone")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def check(tmp_path):
    """A function that checks a page with links to these paths, and returns the exit status and what became of each."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"

    def check(*paths):
        (tmp_path / "index.rst").write_text("Links\n=====\n\n" + " ".join(f"{address}{path}" for path in paths))
        out = tmp_path / "out"
        app = Sphinx(tmp_path, None, out, out, "linkcheck", status=None,
                     confoverrides={**SETTINGS, "extensions": ["site_extensions.links"]})
        app.build()
        found = map(json.loads, (out / "output.json").read_text().splitlines())
        return app.statuscode, {link["uri"].removeprefix(address): link["status"] for link in found}

    yield check
    server.shutdown()


def test_the_settings_of_the_book_are_used():
    assert "site_extensions.links" in CONFIG["extensions"] and SETTINGS


def test_addresses_that_answer_or_refuse_pass(check):
    assert check("/here", "/here#part", "/refuses", "/wants-a-name") == (
        0, {"/here": "working", "/here#part": "working", "/refuses": "ignored", "/wants-a-name": "ignored"})


@pytest.mark.parametrize("path", ["/gone", "/moved"])
def test_a_broken_address_fails(check, path):
    assert check("/here", path) == (1, {"/here": "working", path: "broken"})
