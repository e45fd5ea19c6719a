"""The launch buttons lead to the repository that the site was built from, or there are none."""

import subprocess
from urllib.parse import parse_qs, urlsplit

import book
import launch
import nbformat
import pytest
from launch import Repository

HTTPS, GITHUB = "https://github.com/reader/book", Repository("https://github.com/reader/book", "main")


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A function that makes an empty clone with this remote."""
    for name in ("REPOSITORY", "BRANCH", "PAGES", "JUPYTERHUB", "BINDER"):
        monkeypatch.delenv(f"DIFFIMG_{name}", raising=False)

    def clone(remote=None):
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
        if remote:
            subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
        return tmp_path

    return clone


@pytest.mark.parametrize("remote, address", [
    (f"{HTTPS}.git", HTTPS),
    (HTTPS, HTTPS),
    ("https://reader:secret@github.com/reader/book.git", HTTPS),
    ("git@github.com:reader/book.git", HTTPS),
    ("ssh://git@github.com:22/reader/book.git", HTTPS),
    ("https://gitlab.com/group/course/book.git", "https://gitlab.com/group/course/book"),
    ("git@gitlab.com:group/book.git", "https://gitlab.com/group/book"),
    ("https://git.example.org:8443/reader/book", "https://git.example.org:8443/reader/book"),
])
def test_a_hosting_service_is_known(clone, remote, address):
    assert launch.repository(clone(remote)) == Repository(address, "HEAD")


@pytest.mark.parametrize("remote", [None, "/srv/git/book.git", "../book.git", "file:///srv/git/book.git",
                                    "C:/git/book", "alias:reader/book.git", "http://127.0.0.1:3000/reader/book.git"])
def test_anything_else_is_not(clone, remote):
    assert launch.repository(clone(remote)) is None


def test_a_copy_inside_another_repository_is_not_that_repository(clone):
    inside = clone(HTTPS) / "copy"
    inside.mkdir()
    assert launch.repository(inside) is None


def test_the_environment_comes_first(clone, monkeypatch):
    folder = clone(HTTPS)
    monkeypatch.setattr(launch, "branch", lambda folder: "of-origin")
    monkeypatch.setenv("DIFFIMG_REPOSITORY", "git@gitlab.com:class/fork.git")
    assert launch.repository(folder) == Repository("https://gitlab.com/class/fork", "HEAD")
    monkeypatch.setenv("DIFFIMG_BRANCH", "autumn")
    assert launch.repository(folder) == Repository("https://gitlab.com/class/fork", "autumn", "HEAD")
    monkeypatch.setenv("DIFFIMG_REPOSITORY", HTTPS)
    assert launch.repository(folder) == Repository(HTTPS, "autumn", "of-origin")
    monkeypatch.setenv("DIFFIMG_REPOSITORY", "")
    assert launch.repository(folder) is None
    monkeypatch.setenv("DIFFIMG_REPOSITORY", "somewhere")
    with pytest.raises(ValueError, match="DIFFIMG_REPOSITORY"):
        launch.repository(folder)


def test_the_branch_is_the_one_that_origin_has(clone):
    folder = clone(HTTPS)
    git = ["git", "-C", folder, "-c", "user.name=reader", "-c", "user.email=reader@example.org"]
    for command in (["commit", "--quiet", "--allow-empty", "-m", "first"], ["checkout", "--quiet", "-b", "local-idea"],
                    ["update-ref", "refs/remotes/origin/course", "HEAD"],
                    ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/course"]):
        subprocess.run([*git, *command], check=True)
    assert launch.repository(folder).branch == "course"
    subprocess.run([*git, "update-ref", "refs/remotes/origin/autumn", "HEAD"], check=True)
    subprocess.run([*git, "branch", "--quiet", "--set-upstream-to=origin/autumn"], check=True)
    assert launch.repository(folder).branch == "autumn"


def test_buttons(clone, monkeypatch):
    clone()
    page, here = "chapters/crop/fitting", "chapters/crop/fitting.ipynb"
    elsewhere = "git/https%3A%2F%2Fgit.example.org%2Fgroup%2Fbook"
    assert launch.buttons(GITHUB, page) == {
        "Binder": f"https://mybinder.org/v2/gh/reader/book/main?urlpath=lab/tree/{here}",
        "Colab": f"https://colab.research.google.com/github/reader/book/blob/gh-pages/launch/{here}"}
    assert launch.buttons(Repository("https://gitlab.com/group/book", "main"), page) == {
        "Binder": f"https://mybinder.org/v2/gl/group%2Fbook/main?urlpath=lab/tree/{here}"}
    assert launch.buttons(Repository("https://git.example.org/group/book", "HEAD"), page) == {
        "Binder": f"https://mybinder.org/v2/{elsewhere}/HEAD?urlpath=lab/tree/{here}"}
    monkeypatch.setenv("DIFFIMG_BINDER", "")
    assert list(launch.buttons(GITHUB, page)) == ["Colab"]
    monkeypatch.setenv("DIFFIMG_PAGES", "")
    monkeypatch.setenv("DIFFIMG_JUPYTERHUB", "https://hub.example.org/")
    assert launch.buttons(GITHUB, page) == {"JupyterHub": (
        "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A//github.com/reader/book&branch=main"
        f"&targetpath=book-main&urlpath=lab/tree/book-main/{here}")}
    monkeypatch.setenv("DIFFIMG_JUPYTERHUB", "hub.example.org")
    with pytest.raises(ValueError, match="DIFFIMG_JUPYTERHUB"):
        launch.buttons(GITHUB, page)


@pytest.mark.parametrize("branch, folder", [("main", "book-main"), ("student", "book-student"), ("HEAD", "book"),
                                            ("course/autumn", "book-course-autumn")])
def test_a_hub_keeps_each_branch_in_a_folder_of_its_own(clone, monkeypatch, branch, folder):
    clone()
    monkeypatch.setenv("DIFFIMG_JUPYTERHUB", "https://hub.example.org")
    address = launch.buttons(Repository(HTTPS, branch), "chapters/crop/fitting")["JupyterHub"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert query == {"repo": HTTPS, "targetpath": folder, "urlpath": f"lab/tree/{folder}/chapters/crop/fitting.ipynb",
                     **({} if branch == "HEAD" else {"branch": branch})}


def test_a_launch_copy_installs_the_package_first():
    own = nbformat.read(book.notebooks()[0], 4)
    copied = launch.launch_copy(own, GITHUB)
    nbformat.validate(copied)
    assert copied.cells[1:] == own.cells and copied.metadata == own.metadata
    assert copied.cells[0].source.endswith('"diffimg-book[chapters] @ git+https://github.com/reader/book@main"')


def test_requirements_of_binder_exist():
    lines = (book.ROOT / "binder/requirements.txt").read_text().splitlines()
    constraints, package, *_ = [line for line in lines if not line.startswith("#")]
    assert (book.ROOT / "binder" / constraints.split()[1]).resolve() == book.ROOT / "constraints.txt"
    assert package == ".[chapters]" and "\nchapters = [" in (book.ROOT / "pyproject.toml").read_text()
