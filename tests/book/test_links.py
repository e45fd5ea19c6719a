"""The check of external addresses tells what is broken from what refuses programs."""

import http.server
import threading

import links
import pytest

STATUS = {"/here": 200, "/moved": 301, "/gone": 404, "/refuses": 403, "/a%3Cb%3E": 200}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(STATUS[self.path])
        self.send_header("Location", "/gone")
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A function that writes a page with these links, on a server that answers them."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(links, "SITE", tmp_path)
    monkeypatch.setattr(links, "ROOT", tmp_path)
    (tmp_path / "README.md").write_text("")

    def site(*paths):
        hrefs = [f"http://127.0.0.1:{server.server_address[1]}{path}" for path in paths]
        (tmp_path / "page.html").write_text(
            "".join(f'<a href="{href}">link</a>' for href in hrefs)
            + '<div class="dropdown-launch-buttons"><a href="http://127.0.0.1:1/starts">Binder</a></div>')

    yield site
    server.shutdown()


def test_addresses_that_answer_or_refuse_pass(site, capsys):
    site("/here", "/here#part", "/a<b>", "/refuses")
    assert links.main() == 0
    printed = capsys.readouterr().out
    assert "refused  403" in printed and "3 addresses: 2 answer, 1 refuse programs" in printed


@pytest.mark.parametrize("path", ["/gone", "/moved"])
def test_a_broken_address_fails(site, capsys, path):
    site("/here", path)
    assert links.main() == 1
    assert "BROKEN  404  http://127.0.0.1" in (printed := capsys.readouterr().out) and f"{path}  (page.html)" in printed


def test_without_a_network_it_says_so(site, capsys):
    site()
    (links.SITE / "README.md").write_text("see <http://127.0.0.1:1/closed>.")
    assert links.main() == 1
    assert "is there a network?" in capsys.readouterr().out
