"""What was built."""

from pathlib import Path

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"
# all but what leads on to the first page, and what a server shows for an address without a page
PAGES = sorted({str(path.relative_to(SITE)) for path in SITE.rglob("*.html") if "_static" not in path.parts}
               - {"chapters/index.html", "404.html"})
