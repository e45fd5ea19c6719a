"""What a page says of itself where it is shared, found or cited, and the files that search engines ask a site for.

The address of the site is that of the variable DIFFIMG_SITE. Without it everything is left out that would need it.
"""

import base64
import functools
import io
import re
from pathlib import Path
from urllib.parse import urlsplit

import book
from docutils import nodes
from sphinx import addnodes

from . import cards

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
# the pages that have no text of their own
SAYS = {"search": ("Search", "Look up a word, a function or an error message in the book."),
        "genindex": ("Index", "The words of the book and the names of its package, from A to Z."),
        "404": ("No such page", "There is no page at this address. The search and the list of chapters lead on.")}
BOOK_CARD = ("cards/book.png", "A photograph of a cat between two matrices is its crop, and the title of the book.")


def authors() -> list[dict]:
    return [{"@type": kind, "name": name} for name, kind in book.authors().items()]


# what a page says -----------------------------------------------------------------------------------------------------

@functools.cache
def chapters(app) -> dict[str, tuple[str, str]]:
    """What the table in the first page says of each chapter: what one can do after it, and its minutes."""
    found = {}
    for row in app.env.get_doctree(app.config.root_doc).findall(nodes.row):
        link = next(row[0].findall(addnodes.pending_xref), None)
        if link is not None and len(row) == 3:
            name = app.env.relfn2path(link["reftarget"], link["refdoc"])[0]
            found[name] = tuple(" ".join(cell.astext().split()) for cell in row[1:])
    return found


def first_sentence(doctree) -> str:
    """The first sentence that is no motto."""
    paragraphs = (part for part in doctree.findall(nodes.paragraph) if not isinstance(part[0], nodes.emphasis))
    return re.match(r".+?[.?!](?=\s|$)|.+", " ".join(next(paragraphs).astext().split()))[0]


def description(app, pagename, doctree) -> str:
    known = chapters(app)
    if pagename in known:
        return f"After it you can {known[pagename][0]}."
    return SAYS[pagename][1] if doctree is None else first_sentence(doctree)


def address(app, pagename) -> str | None:
    """Where a page is published; the first page has the address of the site."""
    if app.config.site_address:
        return app.config.site_address + re.sub(r"^index\.html$", "", app.builder.get_target_uri(pagename))
    return None


def structured(app, pagename, says) -> dict | None:
    """The book or the chapter in the words of schema.org."""
    released, known = str(book.citation()["date-released"]), chapters(app)
    common = {"@context": "https://schema.org", "inLanguage": "en", "description": says, "author": authors(),
              "datePublished": released, "license": LICENCE, "url": address(app, pagename)}
    whole = {"@type": "Book", "name": app.config.html_title, "url": address(app, app.config.root_doc)}
    if pagename == app.config.root_doc:
        parts = [{"@type": "Chapter", "name": app.env.titles[name].astext(), "url": address(app, name)}
                 for name in book.pages() if name in known]
        found = {**common, **whole, "version": book.citation()["version"], "hasPart": [given(part) for part in parts]}
    elif pagename in known:
        found = {**common, "@type": ["Chapter", "LearningResource"], "name": app.env.titles[pagename].astext(),
                 "position": app.env.toc_secnumbers[pagename][""][0], "timeRequired": f"PT{known[pagename][1]}M",
                 "isPartOf": given(whole)}
    else:
        return None
    return given(found)


def given(entries: dict) -> dict:
    return {name: value for name, value in entries.items() if value is not None}


def describe(app, pagename, templatename, context, doctree):
    """What the template sharing.html shows."""
    says, where, first = description(app, pagename, doctree), address(app, pagename), pagename == app.config.root_doc
    title = SAYS[pagename][0] if doctree is None else app.env.titles[pagename].astext()
    share = {"description": says, "title": title, "book": app.config.html_title, "first": first, "address": where,
             "chapter": pagename in chapters(app), "authors": authors(), "data": structured(app, pagename, says),
             "released": str(book.citation()["date-released"]).replace("-", "/")}
    if app.config.site_address:
        image, alt = card(pagename) or BOOK_CARD
        share.update(image=app.config.site_address + image, alt=alt)
    context["share"] = share


# the cards ------------------------------------------------------------------------------------------------------------

def first_figure(pagename) -> dict | None:
    """The first picture that the notebook of a page has stored, with its sentence."""
    path = book.ROOT / f"{pagename}.ipynb"
    outputs = [output.get("data", {}) for cell in book.cells(path, "code") for output in cell["outputs"]] if (
        path.exists()) else []
    return next((data for data in outputs if "image/png" in data), None)


@functools.cache
def card(pagename) -> tuple[str, str] | None:
    """The name and the sentence of the card of a page, if that has a figure."""
    data = first_figure(pagename)
    return data and (f"cards/{'-'.join(pagename.split('/')[1:])}.png", "".join(data["text/plain"]).strip())


def draw_cards(app):
    folder = Path(app.outdir, "cards")
    folder.mkdir(exist_ok=True)
    cards.of_book(app.config.html_title).save(Path(app.outdir, BOOK_CARD[0]), optimize=True)
    for name in filter(card, book.pages()):
        picture = io.BytesIO(base64.b64decode("".join(first_figure(name)["image/png"])))
        cards.framed(picture).save(Path(app.outdir, card(name)[0]), optimize=True)


# the files of a site --------------------------------------------------------------------------------------------------

def page_not_found(app):
    """Only where the address is known: a server shows this page at any depth, so that its links begin with a slash."""
    return [("404", {"title": SAYS["404"][0]}, "404.html")] if app.config.site_address else []


def absolute(app):
    """The links of the page that is shown for any address."""
    page, path = Path(app.outdir, "404.html"), urlsplit(app.config.site_address).path
    text = re.sub(r'\b(href|src|action)="(?!#|/|[a-z]+:)', rf'\1="{path}', page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8")


def write_files(app, exception):
    if exception or app.builder.format != "html":
        return
    site, robots = app.config.site_address, "User-agent: *\nDisallow:\n"
    if site:
        draw_cards(app)
        absolute(app)
        robots += f"\nSitemap: {site}sitemap.xml\n"
        urls = "".join(f"  <url><loc>{address(app, name)}</loc></url>\n" for name in book.pages())
        Path(app.outdir, "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
            f"{urls}</urlset>\n", encoding="utf-8")
    Path(app.outdir, "robots.txt").write_text(robots, encoding="utf-8")


def setup(app):
    app.add_config_value("site_address", book.site_address(), "html", types={str})
    app.connect("html-page-context", describe)
    app.connect("html-collect-pages", page_not_found)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
