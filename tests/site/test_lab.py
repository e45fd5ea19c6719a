"""Some of the notebooks that the site offers, in a JupyterLab without extensions: as a reader first sees them, not
trusted, and trusted.
"""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from built import SITE
from nbformat.sign import NotebookNotary
from playwright.sync_api import expect

# a folder of its own: the packages of the book need nothing of what JupyterLab brings
LAB = Path(os.environ.get("DIFFIMG_LAB") or Path(sys.prefix, "lab"))
NOTEBOOKS = {"stepper": "chapters/conv/matrix", "formulas": "chapters/tv/rof", "live": "chapters/linear/matrices"}
RAW = re.compile(r"\{[\w:+-]+\}|^\s*[`:]{3,}|^\([\w-]+\)=|\$\$|\\tag|\\begin", flags=re.M)
# all cells are drawn, not those in view alone, and nobody is asked whether to read news or to load another extension
SETTINGS = {"labconfig/page_config.json": {"disabledExtensions": {
                "@jupyterlab/apputils-extension:announcements": True, "jupyterlab-myst": True}},
            "labconfig/default_setting_overrides.json": {"@jupyterlab/notebook-extension:tracker": {
                "windowingMode": "none"}}}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab on a folder with each notebook twice, of which one is trusted."""
    if not (LAB / "jupyterlab").is_dir():
        pytest.skip(f"no JupyterLab in {LAB}: make .venv/lab, or name the folder of another in DIFFIMG_LAB")
    missing = [name for name in NOTEBOOKS.values() if not (SITE / f"notebooks/{name}.ipynb").exists()]
    if missing:
        pytest.skip(f"a course without {', '.join(missing)}")
    home = tmp_path_factory.mktemp("lab")
    for name, values in SETTINGS.items():
        (home / "config" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "config" / name).write_text(json.dumps(values))
    (home / "data").mkdir()
    notary = NotebookNotary(data_dir=str(home / "data"))
    for folder in ("trusted", "untrusted"):
        (home / "work" / folder).mkdir(parents=True)
        for short, name in NOTEBOOKS.items():
            notebook = nbformat.read(SITE / f"notebooks/{name}.ipynb", 4)
            notebook.metadata["folder"] = folder  # what is signed is the content, which must differ
            nbformat.write(notebook, home / "work" / folder / f"{short}.ipynb")
            if folder == "trusted":
                notary.sign(notebook)
    notary.store.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(LAB), os.environ.get("PYTHONPATH")])),
                   "JUPYTER_PATH": str(LAB / "share/jupyter"), "JUPYTERLAB_DIR": str(LAB / "share/jupyter/lab"),
                   "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data"),
                   "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "IPYTHONDIR": str(home / "ipython")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
               f"--ServerApp.port={port}", "--IdentityProvider.token=", f"--ServerApp.root_dir={home / 'work'}"]
    with open(home / "log", "w") as log:
        server = subprocess.Popen(command, cwd=home / "work", env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}/lab"
    try:
        wait_for(address, server, home / "log")
        yield address
    finally:
        server.kill()  # its kernels end with it
        server.wait(30)


def wait_for(address, server, log):
    for _ in range(1500):
        assert server.poll() is None, log.read_text()
        try:
            return urllib.request.urlopen(address, timeout=10)
        except OSError:
            try:
                server.wait(0.2)
            except subprocess.TimeoutExpired:
                pass
    raise AssertionError(f"JupyterLab does not answer: {log.read_text()}")


@pytest.fixture(scope="module")
def opened(lab, browser):
    """A function that opens a notebook and waits until its text, its formulas and its figures stand."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})

    def open_notebook(path):
        page = context.new_page()
        page.goto(f"{lab}/tree/{path}.ipynb?reset", timeout=240000)
        notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook")
        own = nbformat.read(SITE / f"notebooks/{NOTEBOOKS[path.split('/')[1]]}.ipynb", 4)
        numbered = sum(cell.source.count(r"\tag{") for cell in own.cells if cell.cell_type == "markdown")
        expect(notebook.locator("mjx-labels")).to_have_count(numbered, timeout=240000)
        return page, notebook, own

    yield open_notebook
    context.close()


@pytest.mark.parametrize("short", ["stepper", "formulas"])
@pytest.mark.parametrize("folder", ["untrusted", "trusted"])
def test_a_notebook_reads_well(folder, short, opened):
    page, notebook, own = opened(f"{folder}/{short}")
    assert not page.locator(".jp-Dialog, .Toastify__toast").count()
    texts = notebook.locator(".jp-MarkdownCell .jp-RenderedMarkdown").all_inner_texts()
    raw = [found for text in texts for found in RAW.findall(text)]
    assert len(texts) > 20 and not raw, raw
    assert not notebook.locator("mjx-merror").count()
    drawn = notebook.locator(".jp-OutputArea-output img")
    stored = [out for cell in own.cells for out in cell.get("outputs", []) if "image/png" in out.get("data", {})]
    assert drawn.count() == len(stored) > 1
    assert all(drawn.evaluate_all("images => images.map(image => image.naturalWidth > 0)"))
    hidden = [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in own.cells
              if cell.cell_type == "code"]
    assert notebook.locator(".jp-CodeCell .jp-InputPlaceholder").count() == sum(hidden)
    steppers(notebook, trusted=folder == "trusted", expected=short == "stepper")
    solutions(notebook)
    link = notebook.locator("a[href^='#equation-']").first
    place = notebook.locator(f"[data-jupyter-id='{link.get_attribute('href')[1:]}']")
    link.click()
    expect(place.locator("xpath=following::mjx-container[@display='true'][1]")).to_be_in_viewport()
    page.close()


def test_a_living_figure_shows_its_fallback_until_the_notebook_is_trusted(opened):
    page, notebook, _ = opened("untrusted/live")
    output = notebook.locator(".jp-OutputArea-output:has(table td)", has_text="A blur of eight pixels").last
    expect(output.locator("table td").first).to_be_visible()
    assert "const range" not in output.inner_text() and not notebook.locator("dio-microscope").count()
    page.close()
    page, notebook, _ = opened("trusted/live")
    figure = notebook.locator("dio-microscope")
    figure.scroll_into_view_if_needed()
    expect(figure.locator(".figure")).to_be_visible()
    assert not figure.locator("> table").is_visible()
    figure.locator(".A th").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):  # which JupyterLab would take to go to another cell
        page.keyboard.press(key)
    expect(figure.locator(".reading")).to_have_text("Row 1, column 1: A has 0.375, Bᵀ has 0.375.")
    assert figure.evaluate("host => host.shadowRoot.activeElement.dataset.r") == "1"
    page.close()


def steppers(notebook, *, trusted, expected):
    """Trusted, one frame shows and the buttons change it. Otherwise the sentences stand below each other, and a table
    has the numbers of the last.
    """
    found = notebook.locator("fieldset.stepper")
    assert found.count() == expected
    if not expected:
        return
    frames, buttons, tables = found.locator(".frame"), found.locator("input"), found.locator("table")
    shown = [frame.is_visible() for frame in frames.all()]
    if trusted:
        assert shown == [True, False, False, False] and buttons.first.is_visible()
        buttons.nth(2).check(force=True)
        assert [frame.is_visible() for frame in frames.all()] == [False, False, True, False]
        assert "1131" in frames.nth(2).locator("table").last.inner_text()
    else:
        assert all(shown) and not any(button.is_visible() for button in buttons.all())
        words = found.inner_text()
        assert all(f"Step {k} of 4" in words for k in (1, 2, 3, 4)) and "1234" not in "".join(words.split())
        assert [table.is_visible() for table in tables.all()] == [False] * 9 + [True] * 3
        assert tables.last.locator("td").all_inner_texts() == ["681", "726", "1131", "1176"]


def solutions(notebook):
    """They are folded under their headings."""
    headings = notebook.locator(".jp-MarkdownCell:has(h4:has-text('Solution of exercise'))")
    assert headings.count() > 1
    for heading in headings.all():
        assert heading.is_visible()
        assert not heading.locator("xpath=following-sibling::*[1]").is_visible()
