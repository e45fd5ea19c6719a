"""The directive {instructors}: a section for each chapter, of what tools/instructors.py collects."""

import book
import instructors
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from .folds import details, summary


class Instructors(SphinxDirective):
    def run(self):
        for path in (instructors.QUESTIONS, instructors.MEASURED, book.ROOT / "chapters/index.md",
                     *book.notebooks(), *(book.ROOT / "diffimg/checks").glob("*.py")):
            self.env.note_dependency(str(path))
        heads = {book.chapter(path): instructors.head(path) for path in book.notebooks()}
        return [self.section(path, *instructors.chapter(path, heads)) for path in book.notebooks()]

    def section(self, path, text, mistakes):
        name = "for-instructors-" + book.chapter(path).replace("/", "-").replace("_", "-")
        section = nodes.section("", nodes.title("", book.title(path)), ids=[name], names=[name])
        self.state.document.note_explicit_target(section, section)
        section += self.parsed(text)
        if mistakes:
            section += details("", summary("", "", nodes.Text("Mistakes that the checks recognise")),
                               *self.parsed(mistakes), classes=["mistakes"])
        return section

    def parsed(self, markdown):
        found = nodes.Element()
        self.state.nested_parse(StringList(markdown.splitlines(), source=__file__), self.content_offset, found)
        return found.children


def setup(app):
    app.add_directive("instructors", Instructors)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
