"""The directive {questions}: what people ask, answered from one file whose calls the tests run.

Each question is a heading with the id that the file gives it, so that the search and a link lead to it.
"""

import book
import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

FILE = book.ROOT / "chapters/appendix/questions.yml"
WIDTH = 76  # of a line of code in the page
logger = logging.getLogger(__name__)


def listed() -> dict:
    """The imports that every call needs, and the questions by subject, each by its id."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def code(entry: dict) -> str:
    """The call, with what its last lines give, as a reader can paste it."""
    lines, gives = entry["call"].rstrip().splitlines(), entry.get("gives", [])
    gives = [gives] if isinstance(gives, str) else gives
    for line, value in enumerate(gives, start=len(lines) - len(gives)):
        gap = "  " if len(lines[line]) + len(value) < WIDTH else "\n"
        lines[line] += f"{gap}# {value}"
    if "holds" in entry:
        lines.append(f"assert {entry['holds']}")
    return "\n".join(lines)


def thread(name: str) -> tuple[str, str]:
    """owner/repository#number as the words and the address of a link."""
    repository, _, number = name.partition("#")
    return f"{repository.rpartition('/')[2]} {number}", f"https://github.com/{repository}/issues/{number}"


class section_of_the_book(nodes.General, nodes.Element):
    """Stands where a link to a section goes until all titles are known."""


class Questions(SphinxDirective):
    def run(self):
        self.env.note_dependency(str(FILE))
        self.env.note_dependency(__file__)
        found = listed()
        return [self.code(found["imports"]), self.contents(found["subjects"]),
                *(self.subject(*item) for item in found["subjects"].items())]

    def contents(self, subjects):
        links = [nodes.reference("", name, internal=True, refid=nodes.make_id(name)) for name in subjects]
        items = [nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(f" ({len(subjects[name])})")))
                 for name, link in zip(subjects, links, strict=True)]
        return nodes.bullet_list("", *items)

    def subject(self, name, questions):
        entries = [self.question(*item) for item in questions.items()]
        return nodes.section("", nodes.title("", name), *entries, ids=[nodes.make_id(name)])

    def question(self, name, entry):
        more = self.parsed("".join(f" {{eq}}`{label}`" for label in entry.get("by", "").split()))
        origin = []
        if "asked" in entry:
            text, uri = thread(entry["asked"])
            origin = [nodes.Text(" · asked in "), nodes.reference("", text, refuri=uri)]
        source = nodes.paragraph("", "", section_of_the_book(target=entry["see"]), *more, *origin, classes=["source"])
        return nodes.section("", nodes.title("", "", *self.parsed(entry["ask"])),
                             nodes.paragraph("", "", *self.parsed(entry["answer"])),
                             self.code(code(entry)), source, ids=[name])

    def code(self, text):
        return nodes.literal_block(text.rstrip(), text.rstrip(), language="python")

    def parsed(self, text):
        """What stands in a line of Markdown."""
        found = nodes.Element()
        self.state.nested_parse(StringList([text], source=str(FILE)), self.content_offset, found)
        space = [nodes.Text(" ")] if text.startswith(" ") else []
        return [*space, *found[0].children] if found.children else []


def link_sections(app, doctree, docname):
    """The title of the page, then that of the section; what a course leaves out is named without a link."""
    for placeholder in list(doctree.findall(section_of_the_book)):
        chapter, _, anchor = placeholder["target"].partition("#")
        page = f"chapters/{chapter}"
        if page not in app.env.found_docs:
            title = book.title(book.ROOT / f"{page}.ipynb")  # fails where there is no such chapter
            placeholder.replace_self(nodes.inline("", title, classes=["left-out"]))
            continue
        title, uri = app.env.titles[page].astext(), app.builder.get_relative_uri(docname, page)
        if anchor:
            sections = {name: node for node in app.env.get_doctree(page).findall(nodes.section) for name in node["ids"]}
            if anchor not in sections:
                logger.warning("questions.yml: chapters/%s has no section %r", chapter, anchor, location=docname)
            else:
                title, uri = f"{title}: {sections[anchor][0].astext()}", f"{uri}#{anchor}"
        placeholder.replace_self(nodes.reference("", title, internal=True, refuri=uri))


def setup(app):
    app.add_node(section_of_the_book)
    app.add_directive("questions", Questions)
    app.connect("doctree-resolved", link_sections)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
