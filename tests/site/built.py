"""What was built."""

from pathlib import Path

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"
# all but the front door, which leads on to the first page
PAGES = sorted({str(path.relative_to(SITE)) for path in SITE.rglob("*.html") if "_static" not in path.parts}
               - {"index.html"})
