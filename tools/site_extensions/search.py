"""What the search page looks through: each section of each page, in sentences, with its names of code apart.

One index serves the site and its files: it is a script, and what searches in it is MiniSearch, in the reader's browser.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from pylatexenc.latex2text import LatexNodes2Text

# pages that repeat others, or only name what others explain
WEIGHTS = {"chapters/appendix/checked": 0, "chapters/appendix/instructors": 0.1,
           "chapters/appendix/photographs": 0.3, "chapters/appendix/bibliography": 0.15,
           "chapters/appendix/notation": 0.5, "chapters/appendix/glossary": 0.7, "chapters/appendix/api": 0.7,
           "chapters/index": 0.5, "chapters/appendix/questions": 0.8, "chapters/appendix/recipes": 0.8}
UNITS = (nodes.paragraph, nodes.caption, nodes.row, nodes.term)
ALSO = "Also called: "  # so begins the line of a chapter with the words of those who ask
NAME = re.compile(r"[A-Za-z_][\w.]*\w")
plain = LatexNodes2Text(math_mode="text", strict_latex_spaces="macros").latex_to_text


def words(node) -> str:
    """The text of a paragraph, its formulas as one would type them."""
    if isinstance(node, (nodes.math, nodes.math_block)):
        return re.sub(r"\s+", " ", plain(node.astext())).strip()
    if isinstance(node, nodes.Text):
        return str(node)
    if isinstance(node, nodes.reference) and "headerlink" in node["classes"] or isinstance(node, nodes.image):
        return ""
    between = " · " if isinstance(node, nodes.row) else ""
    return between.join(filter(None, map(words, node.children)))


def units(section) -> list[str]:
    """The paragraphs, captions and rows of a section, without those of the sections in it."""
    found = []
    for child in section.children:
        if isinstance(child, (nodes.section, nodes.title)):
            continue
        if isinstance(child, UNITS):
            found.append(" ".join(words(child).split()))
        elif not isinstance(child, nodes.literal_block):
            found += units(child)
    return [text for text in found if text]


def code(section) -> str:
    """The names in the cells of a section, each once, without those of the sections in it."""
    blocks = [block.astext() for child in section.children if not isinstance(child, nodes.section)
              for block in child.findall(nodes.literal_block) if "output" not in block["classes"]]
    return " ".join(dict.fromkeys(NAME.findall(" ".join(blocks))))


def entries(uri: str, title: str, doctree) -> list[dict]:
    """A section each; of a list of definitions, a term with its other names each."""
    found = []
    for section in doctree.findall(nodes.section):
        heading = next((child for child in section.children if isinstance(child, nodes.title)), None)
        if heading is None or not section["ids"]:
            continue
        top = isinstance(section.parent, nodes.document)
        terms = [item for item in section.findall(nodes.definition_list_item) if item[0].get("ids")]
        text = [] if terms else units(section)
        found.append({"url": uri + ("" if top else "#" + section["ids"][0]), "page": title,
                      "title": words(heading), "also": " ".join(unit for unit in text if unit.startswith(ALSO)),
                      "text": text, "code": code(section), "top": top})
        found += [{"url": f"{uri}#{item[0]['ids'][0]}", "page": title, "title": words(item[0]),
                   "also": ", ".join(map(words, item[1:-1])), "text": units(item[-1]), "code": "", "top": False}
                  for item in terms]
    return found


def gather(app, doctree, docname):
    if app.builder.format == "html" and WEIGHTS.get(docname, 1):
        number = ".".join(map(str, app.env.toc_secnumbers.get(docname, {}).get("") or ()))
        title = (f"{number}. " if number else "") + app.env.titles[docname].astext()
        path = Path(app.outdir, ".search", docname.replace("/", "-") + ".json")
        path.parent.mkdir(exist_ok=True, parents=True)
        listed = entries(app.builder.get_target_uri(docname), title, doctree)
        found = [{**entry, "weight": WEIGHTS.get(docname, 1)} for entry in listed]
        path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def write_index(app, exception):
    """The pages that were not built again have left theirs."""
    if exception or app.builder.format != "html":
        return
    folder, found = Path(app.outdir, ".search"), []
    for docname in sorted(app.env.found_docs):
        path = folder / (docname.replace("/", "-") + ".json")
        found += json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    script = f"const searchData = {json.dumps(found, ensure_ascii=False, separators=(',', ':'))};\n"
    Path(app.outdir, "_static", "search-data.js").write_text(script, encoding="utf-8")


def setup(app):
    app.connect("doctree-resolved", gather, priority=900)
    app.connect("build-finished", write_index)
    # raised with the form of the entries, so that every page is read again
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
