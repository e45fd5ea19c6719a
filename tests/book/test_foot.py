"""The foot of a page: a date of git's, and addresses of the service that hosts the repository."""

import os
import subprocess

import pytest
from launch import Repository
from site_extensions import foot

GITHUB, GITLAB = "https://github.com/reader/book", "https://gitlab.example.edu/group/book"


@pytest.fixture
def clone(tmp_path):
    """A repository with two commits on two days, and a function that calls git in it."""
    def git(*arguments, day="2026-01-01"):
        when = {f"GIT_{who}_DATE": f"{day}T12:00:00+0000" for who in ("AUTHOR", "COMMITTER")}
        subprocess.run(["git", "-C", tmp_path, "-c", "user.name=reader", "-c", "user.email=reader@example.org",
                        *arguments], check=True, env={**os.environ, **when}, capture_output=True)

    git("init")
    for day, names in (("2026-02-03", ("chapters/one.md", "chapters/two.md")), ("2026-03-04", ("chapters/two.md",))):
        for name in names:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(day)
        git("add", ".")
        git("commit", "-m", "words", day=day)
    return tmp_path


def test_a_page_was_changed_when_its_file_was(clone):
    assert foot.last_changed(clone) == {"chapters/one.md": "2026-02-03", "chapters/two.md": "2026-03-04"}


def test_without_git_there_is_no_date(clone, tmp_path_factory):
    inside = clone / "copy"
    inside.mkdir()
    assert foot.last_changed(inside) == {}
    short = tmp_path_factory.mktemp("short") / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{clone}", short], check=True)
    assert foot.last_changed(short) == {}


@pytest.mark.parametrize("repository, report, edit", [
    (Repository(GITHUB, "student", "main"), f"{GITHUB}/issues/new?template=report.yml&place=Traps%20%26%20crops",
     f"{GITHUB}/edit/main/chapters/one.md"),
    (Repository(GITHUB, "HEAD"), f"{GITHUB}/issues/new?template=report.yml&place=Traps%20%26%20crops",
     f"{GITHUB}/blob/HEAD/chapters/one.md"),
    (Repository(GITLAB, "main", "main"), f"{GITLAB}/-/issues/new?issue%5Btitle%5D=Traps%20%26%20crops",
     f"{GITLAB}/-/edit/main/chapters/one.md"),
    (Repository("https://git.example.org/group/book", "main", "main"), "https://git.example.org/group/book", None)])
def test_addresses(repository, report, edit):
    assert foot.report(repository, "Traps & crops") == report
    assert foot.edit(repository, "chapters/one.md") == edit
