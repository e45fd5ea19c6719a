"""The book as one PDF, which the browser prints from the pages of the site: `make pdf`, after `make book`.

The body is printed once, with links and an outline; the front matter after it, because its contents need the pages.
"""

import functools
import sys
from html import escape
from pathlib import Path

import book
import browser
from pypdf import PdfWriter
from pypdf.constants import PageLabelStyle
from pypdf.generic import ArrayObject, NameObject, NullObject, TextStringObject

TOOLS = Path(__file__).parent
SITE = book.ROOT / "_build/html"
TARGET = book.ROOT / "_build/book.pdf"
COLUMN = 658  # pixels of the width of a page within its margins, so that what is measured is what is printed
PLACE = "https://contents.invalid/"  # a link of the front matter to an entry of the contents
ON_THE_SITE = {"chapters/appendix/instructors"}  # and not in print
FIRST, LAST = "About this book", "Solutions"  # headings that the site does not have
FIT = """() => {
  for (const formula of document.querySelectorAll(".katex-display")) {
    const wide = formula.scrollWidth / formula.clientWidth;
    if (wide > 1) formula.style.fontSize = `${Math.floor(99 / wide)}%`;
  }
}"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((one) => one.textContent)"""
LOADED = """() => Promise.all([document.fonts.ready, ...[...document.images].map((image) => {
  image.loading = "eager";
  return image.complete || new Promise((done) => { image.onload = image.onerror = done; });
})])"""
SHELL = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="{site}/_static/book.css"><style>{style}</style></head>
<body class="{name}"><main class="bd-main"><div class="bd-content"><div class="bd-article-container">{body}</div></div>
</main></body></html>
"""


def uri(name: str) -> str:
    return "index.html" if name == book.pages()[0] else f"{name}.html"


def page(name: str) -> dict:
    """What pdf.js needs of a page."""
    title = FIRST if uri(name) == "index.html" else ""
    return {"name": "-".join(name.split("/")[1:]), "uri": uri(name), "title": title,
            "html": (SITE / uri(name)).read_text(encoding="utf-8")}


def print_html(chromium, name: str, body: str, target: Path, change=lambda document: None) -> PdfWriter:
    """Print a document with the styles of the site and those of pdf.css: the file, to be changed further."""
    source = target.with_suffix(".html")
    source.write_text(SHELL.format(title=escape(book.citation()["title"]), site=SITE.as_uri(), body=body, name=name,
                                   style=(TOOLS / "pdf.css").read_text()), encoding="utf-8")
    document = chromium.new_page(viewport={"width": COLUMN, "height": 900})
    document.set_default_timeout(0)
    document.emulate_media(media="print", color_scheme="light")
    document.goto(source.as_uri())
    change(document)
    document.evaluate(LOADED)
    document.evaluate(FIT)
    headings = document.evaluate(HEADINGS)
    document.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    document.close()
    printed = PdfWriter(clone_from=target)
    name_entries(printed, headings)
    return printed


def name_entries(printed: PdfWriter, headings: list[str]) -> None:
    """The outline in the words of the headings: Chromium leaves out the space at which it broke a line."""
    for entry, heading in zip(entries(printed.root_object["/Outlines"]), headings, strict=True):
        title = " ".join(heading.split())
        if entry["/Title"].replace(" ", "") != title.replace(" ", ""):
            sys.exit(f"the outline has “{entry['/Title']}” where the heading is “{title}”")
        entry[NameObject("/Title")] = TextStringObject(title)


def entries(parent):
    """Those of an outline, in order."""
    entry = parent.get("/First")
    while entry is not None:
        entry = entry.get_object()
        yield entry
        yield from entries(entry)
        entry = entry.get("/Next")


def assemble(names: list[str], document) -> None:
    document.evaluate((TOOLS / "pdf.js").read_text(), {"pages": [page(name) for name in names],
                                                       "site": SITE.as_uri() + "/", "last": LAST})


def chapters(body: PdfWriter) -> list[tuple[str, int]]:
    """The titles of the first level of the outline, each with the index of its page."""
    return [(str(entry.title), body.get_destination_page_number(entry))
            for entry in body.outline if not isinstance(entry, list)]


def front_matter(listed: list[tuple[str, int]], parts: list[str | None]) -> str:
    """The title page, the licence and the contents."""
    cited, rows, address = book.citation(), "", book.site_address()
    title, _, subtitle = cited["title"].partition(": ")
    for k, (name, page) in enumerate(listed):
        if parts[k] not in (None, *parts[:k]):
            rows += f'<p class="part">{escape(parts[k])}</p>'
        rows += (f'<p><a href="{PLACE}{k}"><span>{escape(name)}</span><span class="dots"></span>'
                 f"<span>{page + 1}</span></a></p>")
    online = f'<p>The same on the web, to search and to run: <a href="{address}">{address}</a></p>' if address else ""
    return (f'<section class="title-page"><h1>{escape(title)}</h1>'
            f'<p class="subtitle">{escape(subtitle[:1].upper() + subtitle[1:])}</p>'
            f'<p class="authors">{escape(", ".join(book.authors()))}</p><div class="imprint">'
            f'<p>Version {cited["version"]}, {cited["date-released"]}</p>{online}'
            '<p>Text and figures: <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>. Code: MIT.</p>'
            '<p>The code that draws the figures is in the notebooks.</p>'
            f'</div></section><section class="contents"><h1>Contents</h1>{rows}</section>')


def join(body: PdfWriter, front: PdfWriter, listed: list[tuple[str, int]]) -> None:
    """Put the front matter before the body, its links to pages of the body."""
    targets = [body.pages[page] for _, page in listed]
    for k, page in enumerate(front.pages):
        page.pop("/StructParents", None)  # the tags of another document
        added = body.insert_page(page, k)
        for annotation in (entry.get_object() for entry in added.get("/Annots", [])):
            annotation.pop("/StructParent", None)
            address = annotation.get("/A", {}).get("/URI", "")
            if address.startswith(PLACE):
                target = targets[int(address.removeprefix(PLACE))]
                del annotation["/A"]
                annotation[NameObject("/Dest")] = ArrayObject(
                    [target.indirect_reference, NameObject("/XYZ"), NullObject(), NullObject(), NullObject()])
    count = len(front.pages)
    body.set_page_label(0, count - 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    body.set_page_label(count, len(body.pages) - 1, style=PageLabelStyle.DECIMAL)


def print_book(chromium, target: Path, names: list[str]) -> int:
    """Print these pages of the book; how many pages of paper they take."""
    parts = [target.with_name(f"{target.stem}-{name}.pdf") for name in ("body", "front")]
    captions = [book.captions().get(name.split("/")[1]) for name in names] + [""]  # the solutions
    body = print_html(chromium, "body", "", parts[0], functools.partial(assemble, names))
    listed = chapters(body)
    if not len(names) <= len(listed) <= len(captions):
        sys.exit(f"the outline has {len(listed)} entries for {len(names)} pages and the solutions: {listed}")
    join(body, print_html(chromium, "front", front_matter(listed, captions), parts[1]), listed)
    body.add_metadata({"/Title": book.citation()["title"], "/Author": ", ".join(book.authors()),
                       "/Creator": "make pdf"})
    body.pdf_header = "%PDF-1.4"  # that of Chromium
    body.write(target)
    for part in parts:
        part.unlink()
        part.with_suffix(".html").unlink()
    return len(body.pages)


def main() -> None:
    from playwright.sync_api import sync_playwright

    executable = browser.find()
    if executable is None or not (SITE / "index.html").exists():
        sys.exit("make pdf needs the built site (make book), and Chromium (DIFFIMG_BROWSER may name it)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=browser.FLAGS)
        count = print_book(chromium, TARGET, [name for name in book.pages() if name not in ON_THE_SITE])
        chromium.close()
    print(f"{TARGET.relative_to(book.ROOT)}: {count} pages")


if __name__ == "__main__":
    main()
