"""A course: a table of contents with fewer chapters.

What points to a chapter that it leaves out becomes text. The first page is about the book as a whole; there the
sentences, the rows and the entries that name such a chapter go.
"""

import functools
import re

import book
from docutils import nodes

LABELLED = {"eq": "“{}”", "numref": "a figure of “{}”", "ref": "an exercise of “{}”"}
labels = functools.cache(book.labels)
DOC = re.compile(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`")
SENTENCE = re.compile(r"(?<=[.?!]) +(?=\S)")


def name_what_is_left_out(app, env, node, content):
    """What points to a chapter that is in the repository, and that the table of contents leaves out, becomes text: the
    title of the chapter. A name that no chapter has stays a warning.
    """
    kind, target = node["reftype"], node["reftarget"]
    if kind == "doc":
        path = book.ROOT / f"{env.relfn2path(target, node.get('refdoc'))[0]}.ipynb"
    else:
        path = labels().get(target) if kind in LABELLED else None
    if path is None or not path.exists() or path in book.notebooks():
        return None
    title = re.search(r"^# (.*)", book.cells(path, "markdown")[0]["source"], flags=re.M)[1]
    text = node.astext() if node.get("refexplicit") else title if kind == "doc" else LABELLED[kind].format(title)
    return nodes.inline("", text, classes=["left-out"])


# the first page -------------------------------------------------------------------------------------------------------

def of_course(text: str, left_out: set[str]) -> str:
    """The markdown of the first page without what names a chapter that is left out, as crop/traps; its sections that
    have nothing but a table without rows go too, and what leads to them.
    """
    def named(piece):
        return any(name in left_out for name in DOC.findall(piece))

    text = "\n\n".join(kept for block in text.split("\n\n") if (kept := of_block(block, named)) is not None)
    for title in re.findall(r"^## (.*)\n\n(?=## |\Z)", text + "\n\n", flags=re.M):
        text = re.sub(rf"^## {re.escape(title)}(\n\n|\Z)", "", text, flags=re.M)
        place = re.sub(r"[^\w -]", "", title).replace(" ", "-").lower()
        text = "\n\n".join(entries(block, lambda piece, to=f"](#{place})": to in piece) for block in text.split("\n\n"))
    return text


def of_block(block: str, named) -> str | None:
    """A paragraph or a table; None where nothing of it is left."""
    if block.startswith("|"):
        head, rule, *rows = block.splitlines()
        rows = [kept for row in rows if (kept := of_row(row, named))]
        return "\n".join([head, rule, *rows]) + "\n" * block.endswith("\n") if rows else None
    return block if not named(block) else of_paragraph(entries(block, named), named) or None


def of_row(row: str, named) -> str | None:
    """A row that begins with such a chapter goes, and one of whose links none is left."""
    first, *others = row.removeprefix("| ").removesuffix(" |").split(" | ")
    others = [", ".join(kept for kept in cell.split(", ") if not named(kept)) if named(cell) else cell
              for cell in others]
    return None if named(first) or not all(others) else f"| {' | '.join([first, *others])} |"


def of_paragraph(text: str, named) -> str:
    """The sentences that name no such chapter; of the others, what stands before or after a semicolon."""
    kept = []
    for sentence in SENTENCE.split(text):
        parts = [part for part in sentence.rstrip(".").split("; ") if not named(part)]
        if not named(sentence):
            kept.append(sentence)
        elif parts:
            kept.append(parts[0][0].upper() + "; ".join(parts)[1:] + ".")
    return " ".join(kept)


def entries(text: str, named) -> str:
    """A line of links with points between them, less some of them. The first may stand behind other words."""
    if " · " not in text or not named(text):
        return text
    first, *others = text.split(" · ")
    return " · ".join([first, *(entry for entry in others if not named(entry))])


def tell_of_the_course(app, docname, source):
    if docname == app.config.root_doc:
        chapters = set((book.ROOT / "chapters").glob("*/*.ipynb"))
        source[0] = of_course(source[0], {book.chapter(path) for path in chapters - set(book.notebooks())})


def setup(app):
    app.connect("missing-reference", name_what_is_left_out)
    app.connect("source-read", tell_of_the_course)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
