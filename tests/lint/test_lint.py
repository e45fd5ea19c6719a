"""What tools find in the text of the code, before anything of it runs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def complaints(module: str, *arguments: object) -> str:
    """What a tool prints when it is not content."""
    run = subprocess.run([sys.executable, "-m", module, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    return run.stdout + run.stderr if run.returncode else ""


def test_ruff_finds_nothing_by_the_settings_in_pyproject():
    assert (found := complaints("ruff", "check", "--quiet", "--output-format", "concise")) == "", found


def test_the_types_of_the_package_hold_and_its_users_are_told_of_mistakes():
    assert (found := complaints("mypy", "--no-error-summary")) == "", found


@pytest.mark.parametrize("pattern, schema", [
    (".github/workflows/*.yml", "github-workflows"), (".github/ISSUE_TEMPLATE/*.yml", "github-issue-forms"),
    ("CITATION.cff", "citation-file-format")])
def test_files_for_a_hosting_service_keep_its_schema(pattern, schema):
    paths = sorted(ROOT.glob(pattern))
    found = complaints("check_jsonschema", "--builtin-schema", f"vendor.{schema}", *paths)
    assert paths and found == "", found
