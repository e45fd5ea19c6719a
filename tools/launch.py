"""Where a reader can run the chapters elsewhere, once the address of the repository is known.

The address is the one of the git remote `origin` if that is a hosting service, so that a fork's buttons lead to the
fork; a folder on a disk is not. These variables of the environment come first:

    DIFFIMG_REPOSITORY    the address; empty: no buttons and no launch copies
    DIFFIMG_BRANCH        the branch that Binder, a JupyterHub and pip clone
    DIFFIMG_PAGES         the branch that holds the published site, gh-pages unless told; empty: no button for Colab
    DIFFIMG_JUPYTERHUB    the address of a JupyterHub with nbgitpuller; without it there is no button for one
    DIFFIMG_BINDER        the address of a BinderHub, the public one unless told; empty: no button for Binder
"""

import copy
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import book
import nbformat

FOLDER = "launch"  # of the built site; holds the launch copies
INSTALL = """\
# This copy of the chapter installs the book's package first, which the cells below import.
# If you are asked to restart the runtime, do, and go on with the next cell.
%pip install --quiet "diffimg-book[chapters] @ git+{address}@{branch}\""""


class Repository(NamedTuple):
    address: str  # https://host/owner/name
    branch: str  # the one that the buttons open
    source: str = "HEAD"  # the one that the site is built from


def web_address(remote: str) -> str | None:
    """The address that a browser opens, without a user name or token; None for anything but a hosting service."""
    if scp := re.fullmatch(r"(?:[\w.-]+@)?([\w.-]+):(?!//)(.+)", remote):  # git@host:owner/name.git
        remote = f"ssh://{scp[1]}/{scp[2]}"
    url = urlsplit(remote)
    path = url.path.strip("/").removesuffix(".git")
    named = re.search(r"\.[a-z]{2,}$", url.hostname or "")  # neither localhost nor a number
    if url.scheme not in ("http", "https", "ssh") or "/" not in path or not named:
        return None
    if url.scheme == "ssh":
        return f"https://{url.hostname}/{path}"
    return f"{url.scheme}://{url.hostname}{f':{url.port}' if url.port else ''}/{path}"


def git(folder: Path, *arguments: str) -> str:
    """What git answers, or nothing."""
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def repository(folder: Path = book.ROOT) -> Repository | None:
    """The repository that the buttons lead to, or None where its address is not known."""
    told = os.environ.get("DIFFIMG_REPOSITORY")
    # a copy without its own .git may lie inside another repository, whose remote is not meant
    own = git(folder, "remote", "get-url", "origin") if (folder / ".git").exists() else ""
    address = web_address(own if told is None else told)
    if told and not address:
        raise ValueError(f"DIFFIMG_REPOSITORY is {told!r}, expected https://host/owner/name, or nothing")
    here = branch(folder) if address == web_address(own) else "HEAD"  # origin says nothing of another repository
    return Repository(address, os.environ.get("DIFFIMG_BRANCH") or here, here) if address else None


def branch(folder: Path) -> str:
    """The branch of `origin` that is checked out here, else the default branch of `origin`, else whatever that is."""
    for reference in ("@{upstream}", "origin/HEAD"):
        name = git(folder, "rev-parse", "--abbrev-ref", reference)
        if name.startswith("origin/"):
            return name.removeprefix("origin/")
    return "HEAD"


def buttons(repo: Repository, page: str) -> dict[str, str]:
    """The address behind each button of a chapter."""
    host, path = urlsplit(repo.address).netloc, urlsplit(repo.address).path.strip("/")
    binder = os.environ.get("DIFFIMG_BINDER", "https://mybinder.org").rstrip("/")
    hub = os.environ.get("DIFFIMG_JUPYTERHUB", "").rstrip("/").removesuffix("/hub")
    if not all(re.match("https?://", address) for address in (binder, hub) if address):
        raise ValueError(f"DIFFIMG_BINDER is {binder!r} and DIFFIMG_JUPYTERHUB {hub!r}, expected https://host or "
                         "nothing")
    pages = os.environ.get("DIFFIMG_PAGES", "gh-pages")
    source = {"github.com": f"gh/{path}", "gitlab.com": f"gl/{quote(path, safe='')}"}.get(
        host, f"git/{quote(repo.address, safe='')}")
    found = {"Binder": f"{binder}/v2/{source}/{quote(repo.branch)}?urlpath=lab/tree/{page}.ipynb"} if binder else {}
    if host == "github.com" and pages:  # Colab opens what lies on GitHub, and nothing else
        found["Colab"] = f"https://colab.research.google.com/github/{path}/blob/{quote(pages)}/{FOLDER}/{page}.ipynb"
    if hub:
        # a folder for each branch: a student may come from the site of the book and from that of a course
        folder = path.split("/")[-1] + ("" if repo.branch == "HEAD" else "-" + repo.branch.replace("/", "-"))
        query = {"repo": repo.address, "branch": repo.branch, "targetpath": folder,
                 "urlpath": f"lab/tree/{folder}/{page}.ipynb"}
        if repo.branch == "HEAD":  # nbgitpuller finds the default branch by itself
            del query["branch"]
        found["JupyterHub"] = f"{hub}/hub/user-redirect/git-pull?{urlencode(query, safe='/')}"
    return found


def launch_copy(notebook, repo: Repository):
    """The notebook with one more cell, the first, which installs the package."""
    found = copy.deepcopy(notebook)
    found.cells.insert(0, nbformat.v4.new_code_cell(INSTALL.format(**repo._asdict()), id="install-diffimg"))
    return found
