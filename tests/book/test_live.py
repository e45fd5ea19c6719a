"""The script in a stored living figure is the one in diffimg/live: nbval does not compare it."""

import json
import re

import book
import live
import pytest

from diffimg import plot

STORED = {path: found for path in book.notebooks()
          if (found := live.outputs(json.loads(path.read_text(encoding="utf-8"))))}


@pytest.mark.parametrize("path", STORED, ids=book.chapter)
def test_the_stored_script_is_that_of_the_package(path):
    for out in STORED[path]:
        html = "".join(out["data"]["text/html"])
        assert live.refreshed(html) == html, f"run {book.ROOT.name}/tools/live.py: a module in diffimg/live has changed"
        (found,) = live.SCRIPT.finditer(html)
        assert html.startswith(f'<dio-{found[2]} data-live="{found[2]}"')
        assert re.search(rf"<p>.+</p>\n<table[\s\S]+</table>\n{re.escape(plot.STILL)}\n</dio-", html)


def test_what_is_written_anew_is_the_script_alone():
    html = '<dio-x data-live="microscope"><p>a</p></dio-x>\n<script type="module" data-live="microscope">\nold</script>'
    new = live.refreshed(html)
    assert new == html.replace("old", plot.live_script("microscope")) and live.refreshed(new) == new


@pytest.mark.parametrize("path", sorted(plot.LIVE.glob("*.js")), ids=lambda path: path.stem)
def test_a_figure_is_one_script_without_imports_exports_and_other_hosts(path):
    own = path.read_text(encoding="utf-8")
    assert set(re.findall(r"\w+://[^\s\"]+", own)) <= {"http://www.w3.org/2000/svg"}  # a name, which nobody asks for
    assert "</script" not in own and "innerHTML" not in own
    if path.stem != "shared":
        script = plot.live_script(path.stem)
        assert not re.search(r"^(import|export)\b", script, flags=re.M)
        assert own.count("import ") == 1 and f'define("dio-{path.stem}"' in own
