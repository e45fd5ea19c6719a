"""A course: some of the chapters, built as strictly as the book."""

import os
import re
import subprocess
import sys
from pathlib import Path

import book
import yaml

COURSE = ("linear", "crop", "appendix")


def test_a_course_builds_without_a_warning_and_without_a_dead_link(tmp_path):
    contents = yaml.safe_load((book.ROOT / "_toc.yml").read_text())
    contents["parts"] = [part for part in contents["parts"] if part["chapters"][0]["file"].split("/")[1] in COURSE]
    toc = tmp_path / "course.yml"
    toc.write_text(yaml.safe_dump(contents))
    build = [Path(sys.executable).with_name("jupyter-book"), "build", book.ROOT, "--toc", toc,
             "--path-output", tmp_path, "-W", "-n", "--keep-going"]
    run = subprocess.run(build, env={**os.environ, "DIFFIMG_TOC": str(toc)}, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    site = tmp_path / "_build/html"
    chapters = {path.relative_to(site).as_posix() for path in site.glob("chapters/*/*.html")}
    assert {name.split("/")[1] for name in chapters} == set(COURSE)
    for page in site.glob("chapters/**/*.html"):
        links = re.findall(r'href="([^":#?]+\.html)', page.read_text(encoding="utf-8"))
        assert not [link for link in links if not (page.parent / link).exists()], page
