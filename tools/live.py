"""The scripts of the living figures in the stored outputs: written anew after a change in diffimg/live, without a run.

    python tools/live.py
"""

import json
import re

import book
import nbformat

from diffimg import plot

SCRIPT = re.compile(r'(<script type="module" data-live="(\w+)">\n)([\s\S]*?)(</script>)')


def outputs(notebook) -> list:
    """The outputs of a notebook that hold a living figure."""
    return [out for cell in notebook["cells"] for out in cell.get("outputs", [])
            if SCRIPT.search("".join(out.get("data", {}).get("text/html", "")))]


def refreshed(html: str) -> str:
    return SCRIPT.sub(lambda found: found[1] + plot.live_script(found[2]) + found[4], html)


def main() -> None:
    for path in book.notebooks():
        if not outputs(json.loads(path.read_text(encoding="utf-8"))):
            continue
        notebook = nbformat.read(path, 4)
        for out in outputs(notebook):
            out["data"]["text/html"] = refreshed(out["data"]["text/html"])
        nbformat.write(notebook, path)
        print(f"written  {path.relative_to(book.ROOT)}")


if __name__ == "__main__":
    main()
