"""nbval takes a rule that it cannot read for no rule, without a word."""

import subprocess
import sys

import nbformat
from book import ROOT
from nbformat.v4 import new_code_cell, new_notebook, new_output

STORED = "tensor([1., 2.])\n"
PRINTED = {"tensor([1., 2.], device='cuda:0')": "passed", "tensor([1., 2.],\n       device='other:0')": "passed",
           "tensor([1., 3.], device='cuda:0')": "failed"}


FIGURE = """<dio-x><p>1</p></dio-x><script type="module" data-live="x">
old</script>
"""
SHOWN = {FIGURE.replace("old", "new\nlines"): "passed", FIGURE.replace("1", "2"): "failed"}


def test_the_name_of_a_device_and_the_script_of_a_figure_make_no_difference_and_a_number_does(tmp_path):
    stored = [new_output("stream", name="stdout", text=STORED)]
    figure = [new_output("stream", name="stdout", text=FIGURE + "\n")]
    cells = [new_code_cell(f"print({text!r})", execution_count=k, outputs=figure if text in SHOWN else stored)
             for k, text in enumerate({**PRINTED, **SHOWN}, 1)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "printed.ipynb")
    nbval = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", ROOT / "tests" / "book" / "sanitize.cfg"]
    run = subprocess.run([sys.executable, "-m", "pytest", *nbval, "-p", "no:cacheprovider", "-v", "printed.ipynb"],
                         cwd=tmp_path, capture_output=True, text=True)
    results = [line.split()[2].lower() for line in run.stdout.splitlines() if "::Cell" in line and "%]" in line]
    assert results == [*PRINTED.values(), *SHOWN.values()]
