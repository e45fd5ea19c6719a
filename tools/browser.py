"""The browser that looks at the site, and prints it."""

import os
import shutil

# without a network of its own, so that what is seen is the site and nothing the browser fetches for itself
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


def find() -> str | None:
    """Its path: DIFFIMG_BROWSER, or the first of these names."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("DIFFIMG_BROWSER") or next(filter(None, map(shutil.which, names)), None)
