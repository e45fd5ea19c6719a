"""Execute the notebooks of the book and store them with their outputs, in one clean and comparable form.

Each notebook runs twice, with one thread and with two. Text that differs between the runs is not stored: a reader
with another number of cores would not see it.

    python tools/notebooks.py                   all notebooks of _toc.yml
    python tools/notebooks.py chapters/crop/affine_matrix.ipynb
"""

import hashlib
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nbformat
from book import ROOT, code_hash, notebooks
from nbclient import NotebookClient

KEPT_CELL_METADATA = ("tags", "mystnb")
MEMORY = 750  # MB: the goal is 700, for a class on one server, and the measure moves by a few per cent
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


class Run(NamedTuple):
    notebook: nbformat.NotebookNode
    seconds: float
    megabytes: float


def execute(path: Path, threads: int) -> Run:
    """A fresh run from top to bottom, in the folder of the notebook, as nbval does it."""
    notebook, start = nbformat.read(path, 4), time.perf_counter()
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    limits["OMP_WAIT_POLICY"] = "passive"  # threads that wait by counting keep the other runs from going on
    client = NotebookClient(notebook, timeout=300, record_timing=False, resources={"metadata": {"path": path.parent}})
    client.extra_arguments = ["--log-level=ERROR", "--ext=figures"]  # tools/figures.py: figures as the site shows them
    tools = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
    client.execute(env={**os.environ, **limits, "PYTHONPATH": tools})
    peak = int(notebook.cells.pop().outputs[0].text)
    for cell in code_cells(notebook):
        cell.outputs = joined(cell.outputs)
    return Run(notebook, time.perf_counter() - start, peak / (1e6 if sys.platform == "darwin" else 1e3))


def joined(outputs: list) -> list:
    """One stream output where the kernel happened to send several pieces."""
    whole: list = []
    for out in outputs:
        if whole and out.output_type == "stream" and whole[-1].get("name") == out.name:
            whole[-1].text += out.text
        else:
            whole.append(out)
    return whole


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text(cell) -> list:
    """What nbval compares: everything but the pixels."""
    return [(out.output_type, out.get("name"), out.get("text"),
             {mime: data for mime, data in out.get("data", {}).items() if mime != "image/png"}) for out in cell.outputs]


def complaints(path: Path, one: Run, two: Run) -> list[str]:
    """Reasons not to store a run."""
    name, found = path.relative_to(ROOT), []
    if one.megabytes > MEMORY and os.environ.get("DIFFIMG_DEVICE", "cpu") == "cpu":
        found.append(f"{name}: takes {one.megabytes:.0f} MB at its peak, {MEMORY} are allowed")
    for number, (a, b) in enumerate(zip(code_cells(one.notebook), code_cells(two.notebook), strict=True), 1):
        where = f"{name}, code cell [{number}]"
        if text(a) != text(b):
            found.append(f"{where}: one thread and two threads print different text:\n  {text(a)}\n  {text(b)}")
        if any(out.get("name") == "stderr" for out in a.outputs):
            found.append(f"{where}: writes to stderr: {[out.text for out in a.outputs if out.get('name') == 'stderr']}")
    return found


def normalise(notebook) -> None:
    """Remove what differs from machine to machine; give cells an id that depends on their source alone."""
    sources = [cell.source for cell in code_cells(notebook)]
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                         "language_info": {"name": "python", "pygments_lexer": "ipython3"},
                         "diffimg": {"code_sha256": code_hash(sources)}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        cell.metadata = {key: cell.metadata[key] for key in KEPT_CELL_METADATA if key in cell.metadata}
        digest = hashlib.sha256(cell.source.encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = f"{digest}-{seen[digest]}"


def main(paths: list[Path]) -> int:
    failed = []
    with ProcessPoolExecutor(max_workers=max(1, (os.cpu_count() or 2) // 2 * 2)) as pool:
        runs = {path: [pool.submit(execute, path, threads) for threads in (1, 2)] for path in paths}
        for path, (first, second) in runs.items():
            try:
                one, two = first.result(), second.result()
                problems = complaints(path, one, two)
            except Exception as error:  # a cell failed; the other notebooks are still worth running
                problems = [f"{path.relative_to(ROOT)}: {error}"]
            failed += problems
            if not problems:
                normalise(one.notebook)
                nbformat.write(one.notebook, path)
            print(f"{'FAILED' if problems else 'stored'}  {path.relative_to(ROOT)}"
                  + ("" if problems else f"  {one.seconds:.0f} s, {one.megabytes:.0f} MB"), flush=True)
    print(*failed, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main([Path(name).resolve() for name in sys.argv[1:]] or notebooks()))
