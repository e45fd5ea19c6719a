"""A notebook as it reads without the book around it: with the book's numbers in its formulas, and links that lead on.

The notebooks in git hold MyST, which the site resolves and most editors show as it stands. What a reader opens
elsewhere is a copy in plain markdown. What each reference says there, and where it leads, is asked of Sphinx (see
site_extensions/resolved.py), so that copy and page agree.

    DIFFIMG_SITE    the address of the published site, of this environment: links to other pages then lead there
"""

import copy
import posixpath
import re
from typing import NamedTuple

import book
import nbformat

FENCE = r"^(?P<bars>`{3,}|:{3,})\{(?P<directive>[\w-]+)\}[ \t]*(?P<argument>.*)\n(?P<body>(?:.*\n)*?)(?P=bars)[ \t]*$"
PIECES = re.compile(
    rf"{FENCE}|^(?P<tick>`{{3,}}|~{{3,}}).*\n(?:.*\n)*?(?P=tick).*$"  # a directive, code
    r"|\$\$(?P<formula>[\s\S]+?)\$\$(?:[ \t]*\((?P<label>[\w-]+)\))?|^\((?P<place>[\w-]+)\)=[ \t]*$"
    r"|(?P<role>\{[\w:+-]+\}(?P<quote>`+)[\s\S]+?(?P=quote)(?!`))|(?P<mark>`+)(?:(?!`)[\s\S])+?(?P=mark)(?!`)",
    flags=re.M)
GATE = re.compile(r"^(?P<bars>`{3,})\{(?P<kind>exercise|solution)-(?P<side>start|end)\}[ \t]*(?P<argument>.*)(?:\n|\Z)"
                  r"(?P<options>(?::.*\n)*)(?:(?P=bars)[ \t]*(?:\n|\Z)|\Z)", flags=re.M)
ASIDES = {"note", "tip", "hint", "important", "warning", "caution", "seealso", "admonition", "dropdown"}
HREF = re.compile(r'(?<=href=")(?!#)(?P<path>[\w./-]+)\.html(?:#(?P<place>[\w-]+))?(?=")')
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}  # tags of cells whose code the page folds or drops
SHAPE = ("width", "height")


class Page(NamedTuple):
    """What Sphinx knows of a notebook. An address is the name of a page with a place in it, or that of another site."""

    number: str  # of the chapter
    labels: dict[str, str]  # what an equation, a figure or an exercise is called: "(3.1)", "Fig. 3.2", "Exercise 3.1"
    roles: dict[str, list[tuple[str, str | None]]]  # a reference: its parts, each with the address that it leads to


class Resolver:
    """Rewrites the notebook `name` of the book. Where the address of the site is not known, a link to another chapter
    leads to its notebook, and what leads to a page without one becomes text.
    """

    def __init__(self, name: str, page: Page, notebooks: set[str]):
        self.name, self.page, self.notebooks, self.site = name, page, notebooks, book.site_address()

    def address(self, target: str | None) -> str | None:
        """Where a link leads, as it is written in this notebook."""
        page, _, place = (target or "").partition("#")
        place = f"#{place}" if place else ""
        if target is None or "://" in target:
            return target
        if page == self.name:
            return place or None
        if self.site:
            return f"{self.site}{page}.html{place}"
        if page in self.notebooks:
            return posixpath.relpath(page, posixpath.dirname(self.name)) + f".ipynb{place}"
        return None

    def role(self, text: str) -> str:
        linked = ((words, self.address(target)) for words, target in self.page.roles[text])
        return "".join(f"[{words}]({address})" if address else words for words, address in linked)

    def piece(self, found: re.Match) -> str:
        if found["directive"]:
            return self.aside(found["directive"], found["argument"], found["body"])
        if found["formula"]:
            formula, label = found["formula"], found["label"]
            if label is None:
                return found[0]
            number, body = self.page.labels[label].strip("()"), formula.rstrip()
            return anchor(f"equation-{label}") + f"\n$${body} \\tag{{{number}}}{formula[len(body):]}$$"
        if found["place"]:
            return anchor(found["place"])
        return self.role(found["role"]) if found["role"] else found[0]

    def text(self, source: str) -> str:
        return PIECES.sub(self.piece, source)

    def aside(self, directive: str, argument: str, body: str) -> str:
        """A box of the page, as a quotation with its title."""
        if directive not in ASIDES:
            raise ValueError(f"chapters: {self.name} has the directive {{{directive}}}, which tools/resolve.py does "
                             "not know how to write in plain markdown")
        title = self.text(argument) or {"seealso": "See also"}.get(directive, directive.capitalize())
        lines = re.sub(r"^:\w.*\n", "", body, flags=re.M).strip().splitlines()
        return "\n".join(f"> {line}".rstrip() for line in [f"**{title}.**", *self.text("\n".join(lines)).splitlines()])

    def markdown(self, cell) -> list:
        """The cells that a markdown cell becomes. An exercise begins with a heading; the heading of its solution has a
        cell of its own, under which JupyterLab folds all up to the next.
        """
        parts, start, title = [], 0, ""
        for gate in GATE.finditer(cell.source):
            parts.append((title + cell.source[start:gate.start()], {}))
            start, title = gate.end(), ""
            if gate["side"] == "start" and gate["kind"] == "exercise":
                title = self.exercise(gate)
            elif gate["side"] == "start":
                number = self.page.labels[gate["argument"].strip()]
                folded = {"jp-MarkdownHeadingCollapsed": True}
                parts.append((f"#### Solution of {number[0].lower()}{number[1:]}", folded))
        parts.append((title + cell.source[start:], {}))
        filled = [(self.text(source).strip("\n"), metadata) for source, metadata in parts if source.strip()]
        return [nbformat.v4.new_markdown_cell(source, metadata={**cell.metadata, **metadata},
                                              id=f"{cell.id}-part{k}" if k else cell.id)
                for k, (source, metadata) in enumerate(filled)]

    def exercise(self, gate: re.Match) -> str:
        """The heading of an exercise: its number, its level and its time."""
        label, says = re.search(r"^:label: *(\S+)", gate["options"], flags=re.M)[1], gate["argument"].strip()
        return f"### {self.page.labels[label]}{says and f' ({says})'}\n({label})=\n\n"

    def code(self, cell, solution: bool) -> list:
        """A cell of code, and the caption of its figure."""
        found = copy.deepcopy(cell)
        figure = found.metadata.pop("mystnb", {}).get("figure")
        if solution or FOLDED.intersection(found.metadata.get("tags", [])):
            found.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}  # JupyterLab, and Colab
        for out in found.outputs:
            if "metadata" in out:
                out.metadata = {mime: kept for mime, values in out.metadata.items()
                                if (kept := {key: values[key] for key in SHAPE if key in values})}
            if html := out.get("data", {}).get("text/html"):
                out.data["text/html"] = HREF.sub(self.href, html)
        if not figure:
            return [found]
        name = figure.get("name", "")
        words = f"**{self.page.labels[name]}.** " if name else ""
        source = (f"({name})=\n" if name else "") + words + figure["caption"]
        return [found, nbformat.v4.new_markdown_cell(self.text(source), id=f"{cell.id}-caption")]

    def href(self, found: re.Match) -> str:
        """A page that an output leads to. The link stays as it is where there is nothing better."""
        page = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), found["path"]))
        return self.address(page + (f"#{found['place']}" if found["place"] else "")) or found[0]

    def notebook(self, notebook):
        """A copy in plain markdown. Its code is the code of the original, cell for cell."""
        found, inside = copy.deepcopy(notebook), False
        found.cells = []
        for cell in notebook.cells:
            if cell.cell_type == "code":
                found.cells += self.code(cell, inside)
                continue
            found.cells += self.markdown(cell)
            gates = [gate for gate in GATE.finditer(cell.source) if gate["kind"] == "solution"]
            inside = gates[-1]["side"] == "start" if gates else inside
        head = found.cells[0]
        if self.page.number:
            head.source = re.sub(r"^# ", f"# {self.page.number}. ", head.source, count=1, flags=re.M)
        return found


def anchor(place: str) -> str:
    return f'<a id="{place}"></a>'


def references(notebook) -> list[str]:
    """The references in the text and in the captions of a notebook, as they are written there."""
    texts = [cell.source if cell.cell_type == "markdown" else
             cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "") for cell in notebook.cells]
    return [found["role"] for text in texts for piece in PIECES.finditer(text)
            for found in ([piece] if piece["role"] else PIECES.finditer(piece["body"] or "")) if found["role"]]
