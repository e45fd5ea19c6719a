"""What the tests, the site and the notebook runner need to know about the notebooks and the package of the book."""

import ast
import functools
import hashlib
import json
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[1]
# the pages to build and to run; a course has its own file, with fewer lines
TOC = ROOT / os.environ.get("DIFFIMG_TOC", "_toc.yml")
EQUATION = re.compile(r"\$\$\s*\((eq-[a-z0-9-]+)\)")
# the first code cell of every notebook, which the site leaves out: a notebook travels alone, its reader has no README
GUARD_TAGS = ["remove-cell"]
GUARD = """\
try:
    from diffimg import setup
except ImportError as error:
    raise ImportError(f"{error}. The chapters import the book's package: see the "
                      "section 'Opened a notebook alone?' in the README.md of the "
                      "repository that this notebook comes from.") from None"""


def site_address() -> str | None:
    """Where the site is published, as DIFFIMG_SITE says, with a slash at its end; None where it is not known."""
    told = os.environ.get("DIFFIMG_SITE", "")
    url = urlsplit(told)
    if told and (url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or " " in told):
        raise ValueError(f"DIFFIMG_SITE is {told!r}, expected https://host/path/, or nothing")
    return told.rstrip("/") + "/" if told else None


@functools.cache
def citation() -> dict:
    """CITATION.cff: title, authors, version and date of release."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def authors() -> dict[str, str]:
    """Their names, and whether each is a Person or an Organization."""
    return {f"{one['given-names']} {one['family-names']}" if "family-names" in one else one["name"]:
            "Person" if "family-names" in one else "Organization" for one in citation()["authors"]}


@functools.cache
def pages() -> list[str]:
    """Names of all pages in reading order, without suffix, as the table of contents lists them."""
    def files(node):
        if isinstance(node, list):
            return [name for item in node for name in files(item)]
        own = [node.get("root") or node.get("file")]
        return own + files(node.get("parts", [])) + files(node.get("chapters", [])) + files(node.get("sections", []))

    return [name for name in files(yaml.safe_load(TOC.read_text())) if name]


def notebooks() -> list[Path]:
    """Paths of the notebooks, in reading order."""
    return [path for name in pages() if (path := ROOT / f"{name}.ipynb").exists()]


def page(path: Path) -> str:
    """The name of a page, as the table of contents has it: chapters/crop/affine_matrix."""
    return path.resolve().relative_to(ROOT).with_suffix("").as_posix()


def chapter(path: Path) -> str:
    """The one name of a chapter, crop/affine_matrix; its own files in other rooms are called crop_affine_matrix."""
    return f"{path.parent.name}/{path.stem}"


def captions() -> dict[str, str]:
    """The caption of each part in the table of contents, by the folder of its chapters."""
    return {Path(page["file"]).parent.name: part["caption"]
            for part in yaml.safe_load(TOC.read_text())["parts"] for page in part["chapters"]}


def labels() -> dict[str, Path]:
    """The notebook that each label (equation, figure, exercise, place) stands in, in a course or left out of it."""
    return {label: path for path in sorted((ROOT / "chapters").glob("*/*.ipynb"))
            for label in (*equations(path), *figures(path), *places(path))}


def cells(path: Path, kind: str) -> list[dict]:
    """The cells of one kind ("code" or "markdown"), with their source as one string."""
    found = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == kind]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


def title(path: Path) -> str:
    """The heading of the notebook."""
    return re.search(r"^# (.*)", cells(path, "markdown")[0]["source"], flags=re.M)[1]


def equations(path: Path) -> list[str]:
    """Labels of the numbered equations, in order: `$$ ... $$ (eq-name)`."""
    return [label for cell in cells(path, "markdown") for label in EQUATION.findall(cell["source"])]


def figures(path: Path) -> list[str]:
    """Names of the numbered figures, from the metadata of their cells."""
    named = [cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") for cell in cells(path, "code")]
    return [name for name in named if name]


def places(path: Path) -> list[str]:
    """Labels of the exercises, and of places that other pages point to: `(name)=`."""
    found = re.compile(r"^(?::label: (ex-[\w-]+)|\(([\w-]+)\)=)$", flags=re.M)
    return [exercise or place for cell in cells(path, "markdown") for exercise, place in found.findall(cell["source"])]


def checks(path: Path) -> dict[str, list[str]]:
    """The sources of the cells tagged `check:eq-name`, for each label."""
    found: dict[str, list[str]] = {}
    for cell in cells(path, "code"):
        for tag in cell["metadata"].get("tags", []):
            if tag.startswith("check:"):
                found.setdefault(tag.removeprefix("check:"), []).append(cell["source"])
    return found


def code_hash(sources: list[str]) -> str:
    """Hash of the code cells; stored when a notebook is executed, so that later edits show."""
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()


def modules() -> list[str]:
    """Names of the public modules of the package."""
    return sorted(path.stem for path in (ROOT / "diffimg").glob("*.py") if not path.stem.startswith("_"))


def public(module: str) -> list[ast.FunctionDef | ast.ClassDef]:
    """The public functions and classes that a module defines, as they stand in its file. Where the module has an
    `__all__`, the rest is for authors of chapters and not public.
    """
    body = ast.parse((ROOT / "diffimg" / f"{module}.py").read_text(encoding="utf-8")).body
    # the last of one name: what stands before it are overloads
    defined = {node.name: node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    names = next((ast.literal_eval(node.value) for node in body if ast.unparse(node).startswith("__all__ = ")), defined)
    return [node for name, node in defined.items() if name in names and not name.startswith("_")]
