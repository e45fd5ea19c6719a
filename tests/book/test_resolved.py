"""A notebook in plain markdown: each kind of MyST that a chapter uses, on a notebook of three cells.

tests/site/test_resolved.py compares those of the book with their pages.
"""

import book
import nbformat
import pytest
import resolve
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

PAGE = resolve.Page("7", {"eq-a": "(7.1)", "fig-a": "Fig. 7.2", "ex-a": "Exercise 7.3"}, {
    "{eq}`eq-a`": [["(7.1)", "chapters/tv/one#equation-eq-a"]],
    "{eq}`eq-b`": [["(2.4)", "chapters/linear/two#equation-eq-b"]],
    "{doc}`../linear/two`": [["Two", "chapters/linear/two"]],
    "{doc}`../appendix/notation`": [["Notation", "chapters/appendix/notation"]],
    "{eq}`eq-left-out`": [["“Three”", None]],
    "{cite:t}`rudin`": [["Rudin et al. [", None], ["1992", "https://doi.org/10.1/a"], ["]", None]]})
BOTH = {"chapters/tv/one", "chapters/linear/two"}


@pytest.fixture(autouse=True)
def no_address(monkeypatch):
    monkeypatch.delenv("DIFFIMG_SITE", raising=False)


def resolved(*cells):
    """Texts become markdown cells."""
    found = [new_markdown_cell(cell, id=f"cell-{k}") if isinstance(cell, str) else cell for k, cell in enumerate(cells)]
    notebook = resolve.Resolver("chapters/tv/one", PAGE, BOTH).notebook(new_notebook(cells=found))
    nbformat.validate(notebook)
    return notebook.cells


def text(source):
    return resolved(source)[0].source


def test_the_title_has_the_number_of_the_chapter():
    assert text("# One\n\nText.") == "# 7. One\n\nText."


def test_an_equation_has_its_number_and_a_definition_has_none():
    assert text("$$ x = y $$ (eq-a)") == '<a id="equation-eq-a"></a>\n$$ x = y \\tag{7.1} $$'
    assert text("$$\nx\n$$ (eq-a)") == '<a id="equation-eq-a"></a>\n$$\nx \\tag{7.1}\n$$'
    assert text("$$ x = y $$") == "$$ x = y $$"


@pytest.mark.parametrize("address, found", [
    ("", "[(7.1)](#equation-eq-a) [(2.4)](../linear/two.ipynb#equation-eq-b) [Two](../linear/two.ipynb) Notation"),
    ("https://a.org/b/", "[(7.1)](#equation-eq-a) [(2.4)](https://a.org/b/chapters/linear/two.html#equation-eq-b) "
     "[Two](https://a.org/b/chapters/linear/two.html) [Notation](https://a.org/b/chapters/appendix/notation.html)")])
def test_a_reference_leads_to_the_site_or_to_a_notebook(address, found, monkeypatch):
    monkeypatch.setenv("DIFFIMG_SITE", address)
    assert text("{eq}`eq-a` {eq}`eq-b` {doc}`../linear/two` {doc}`../appendix/notation`") == found


def test_an_address_of_the_site_is_an_address(monkeypatch):
    monkeypatch.setenv("DIFFIMG_SITE", "a.org")
    with pytest.raises(ValueError, match="DIFFIMG_SITE is 'a.org'"):
        book.site_address()


def test_literature_and_what_a_course_leaves_out():
    assert text("{cite:t}`rudin`, {eq}`eq-left-out`") == "Rudin et al. [[1992](https://doi.org/10.1/a)], “Three”"


def test_code_stays_as_it_is():
    code = "`{eq}` and ``{doc}`../linear/two` ``\n\n```python\n$$ x $$ (eq-a)\n(place)=\n```"
    assert text(code) == code


def test_a_place_becomes_an_anchor():
    assert text("(here)=\n## Here") == '<a id="here"></a>\n## Here'


def test_a_box_becomes_a_quotation():
    assert text("```{note}\n:class: x\nSee {eq}`eq-a`.\n```") == "> **Note.**\n> See [(7.1)](#equation-eq-a)."
    assert text(":::{admonition} A title\nText.\n:::") == "> **A title.**\n> Text."
    with pytest.raises(ValueError, match="chapters/tv/one has the directive {iframe}"):
        text("```{iframe} x\n```")


def test_an_exercise_has_a_heading_and_its_solution_is_folded():
    stub, solved, free = (new_code_cell(source) for source in ("stub", "solved", "free"))
    task = "```{exercise-start} core, 15 minutes\n:label: ex-a\n```\nTask.\n```{exercise-end}\n```"
    cells = resolved(f"## Exercises\n\n{task}", stub, "````{solution-start} ex-a\n:class: dropdown\n````\nWhy.",
                     solved, "````{solution-end}\n````\n\n## Next", free)
    assert [cell.source for cell in cells] == [
        "## Exercises", '### Exercise 7.3 (core, 15 minutes)\n<a id="ex-a"></a>\n\nTask.', "stub",
        "#### Solution of exercise 7.3", "Why.", "solved", "## Next", "free"]
    assert [cell.metadata.get("jp-MarkdownHeadingCollapsed", False) for cell in cells].index(True) == 3
    assert [k for k, cell in enumerate(cells) if "jupyter" in cell.metadata] == [5]


def test_the_last_fence_of_a_cell_may_be_open():
    assert text("Text.\n```{exercise-end}") == "Text."


def test_a_figure_has_its_caption_and_no_more_than_its_size():
    picture = new_output("display_data", {"image/png": "", "text/plain": "A line."},
                         metadata={"image/png": {"width": 660, "page": "<svg/>"}, "image/svg": {"x": 1}})
    figure = {"name": "fig-a", "caption": "It rises, {eq}`eq-a`."}
    code = new_code_cell("draw()", metadata={"tags": ["hide-input"], "mystnb": {"figure": figure}}, outputs=[picture])
    drawn, caption = resolved(code)
    assert drawn.metadata == {"tags": ["hide-input"], "jupyter": {"source_hidden": True}, "cellView": "form"}
    assert drawn.outputs[0].metadata == {"image/png": {"width": 660}}
    assert caption.source == '<a id="fig-a"></a>\n**Fig. 7.2.** It rises, [(7.1)](#equation-eq-a).'
    assert "page" in picture.metadata["image/png"]  # the notebook that was read stays as it is


def test_a_table_leads_to_notebooks():
    html = '<a href="../linear/two.html#at">two</a> <a href="#here">here</a> <a href="https://a.org/c.html">c</a>'
    out = new_output("execute_result", {"text/html": html})
    assert resolved(new_code_cell("table", outputs=[out]))[0].outputs[0].data["text/html"] == html.replace(
        "two.html", "two.ipynb")


def test_every_reference_of_a_chapter_is_asked_for():
    """As many as a search for their form finds."""
    for path in book.notebooks():
        source = "\n".join(cell["source"] for cell in book.cells(path, "markdown"))
        found = resolve.references(nbformat.read(path, 4))
        assert len(found) == source.count("}`") and set(found)
