"""How heavy and how quick the built pages are on a phone, by Lighthouse, from a server that compresses.

    make book && python benchmarks/lighthouse.py                     needs npm and a Chromium; writes results/site.md
    python benchmarks/lighthouse.py chapters/tv/rof index            some pages
"""

import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build/html"
PAGES = ("index", "chapters/crop/affine_matrix", "chapters/conv/transposed", "chapters/resample/rosetta",
         "chapters/tv/limits", "chapters/appendix/api", "chapters/appendix/checked")
RUNS = 5
SCORES = ("performance", "accessibility", "best-practices", "seo")
COMPRESSED = (".html", ".css", ".js", ".svg", ".json", ".xml", ".txt")


class Compressing(http.server.SimpleHTTPRequestHandler):
    """What a host of static pages does."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not (path.is_file() and path.suffix in COMPRESSED):
            return super().do_GET()
        body = packed(path)
        self.send_response(200)
        for name, value in (("Content-Type", self.guess_type(path)), ("Content-Encoding", "gzip"),
                            ("Content-Length", len(body)), ("Cache-Control", "max-age=600")):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Silence."""


@functools.cache
def packed(path):
    return gzip.compress(path.read_bytes(), 6)


def audited(address):
    """Lighthouse's report of one visit."""
    command = os.environ.get("LIGHTHOUSE", "npx --yes lighthouse@12").split()
    flags = "--headless=new --no-sandbox --disable-gpu"
    done = subprocess.run([*command, address, "--quiet", "--output=json", f"--chrome-flags={flags}",
                           f"--only-categories={','.join(SCORES)}"], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout)


def row(address, page):
    reports = [audited(f"{address}/{page}.html") for _ in range(RUNS)]

    def median(read):
        return statistics.median(map(read, reports))

    scores = [round(100 * median(lambda r: r["categories"][name]["score"])) for name in SCORES]
    kilobytes = median(lambda r: r["audits"]["total-byte-weight"]["numericValue"]) / 1000
    shift = median(lambda r: r["audits"]["cumulative-layout-shift"]["numericValue"])
    paint = median(lambda r: r["audits"]["largest-contentful-paint"]["numericValue"]) / 1000
    blocked = median(lambda r: r["audits"]["total-blocking-time"]["numericValue"])
    cells = [page.removeprefix("chapters/"), *map(str, scores), f"{kilobytes:.0f}", f"{shift:.3f}", f"{paint:.1f}",
             f"{blocked:.0f}"]
    return f"| {' | '.join(cells)} |"


def main(pages):
    if not (shutil.which("npx") or os.environ.get("LIGHTHOUSE")):
        sys.exit("npx is not here: install Node.js, or name Lighthouse's command in LIGHTHOUSE")
    os.environ.setdefault("CHROME_PATH", shutil.which("chromium") or shutil.which("google-chrome") or "")
    handler = functools.partial(Compressing, directory=SITE)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lines = ["# The site", "", f"{date.today()}. Lighthouse 12, a phone as it simulates one, a local server that "
             f"compresses; medians of {RUNS} visits with an empty cache. Kilobytes are those loaded before anything is "
             "scrolled.", "",
             "| page | performance | accessibility | best practices | SEO | kB | layout shift | largest paint, s | "
             "blocked, ms |", "|---|---|---|---|---|---|---|---|---|"]
    for page in pages:
        lines.append(row(f"http://127.0.0.1:{server.server_address[1]}", page))
        print(lines[-1], flush=True)
    if pages == PAGES:
        (ROOT / "benchmarks/results/site.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or PAGES)
