"""What stands in the foot of a page: when its source was last changed, and where to report an error or suggest an edit.

The date is that of the last commit that touched the file, so that a build on another day is the same build.
"""

import functools
import re
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import book
import launch

from .launch_buttons import repository


@functools.cache
def last_changed(folder: Path = book.ROOT) -> dict[str, str]:
    """The date of the last commit that touched each file. Nothing without git, nor in a clone that was cut short: there
    the oldest commit seems to have touched every file.
    """
    if not (folder / ".git").exists() or launch.git(folder, "rev-parse", "--is-shallow-repository") != "false":
        return {}
    found: dict[str, str] = {}
    for commit in launch.git(folder, "log", "--format=%x00%cs", "--name-only").split("\0")[1:]:
        date, *files = commit.split("\n")
        for file in filter(None, files):
            found.setdefault(file, date)
    return found


def report(repo: launch.Repository, title: str) -> str:
    """Where an error is reported; of a service that is not known, where its repository is."""
    host = urlsplit(repo.address).hostname
    if host == "github.com":  # the fields of .github/ISSUE_TEMPLATE/report.yml
        return f"{repo.address}/issues/new?{urlencode({'template': 'report.yml', 'place': title}, quote_via=quote)}"
    if "gitlab" in host:
        return f"{repo.address}/-/issues/new?{urlencode({'issue[title]': title}, quote_via=quote)}"
    return repo.address


def edit(repo: launch.Repository, file: str) -> str | None:
    """Where the source of a page can be edited. GitHub edits a branch; HEAD it shows, with a button that edits."""
    host, branch = urlsplit(repo.address).hostname, quote(repo.source)
    if host == "github.com":
        return f"{repo.address}/{'blob' if branch == 'HEAD' else 'edit'}/{branch}/{file}"
    return f"{repo.address}/-/edit/{branch}/{file}" if "gitlab" in host else None


def source(app, pagename: str) -> str | None:
    """The file of a page, from the root of the repository; the search and the index have none."""
    if pagename not in app.env.found_docs:
        return None
    return Path(app.env.doc2path(pagename)).relative_to(book.ROOT).as_posix()


def add_foot(app, pagename, templatename, context, doctree):
    repo, file = repository(), source(app, pagename)
    title = re.sub("<[^>]+>", "", context.get("title") or pagename)
    context["foot"] = {"changed": last_changed().get(file), "report": repo and report(repo, title),
                       "edit": repo and file and edit(repo, file)}


def setup(app):
    app.connect("html-page-context", add_foot)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
