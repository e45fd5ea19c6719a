"""What is said of the version agrees, and what is built holds what it must."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import diffimg

ROOT = Path(diffimg.__file__).parents[1]


def test_the_package_the_citation_and_the_changelog_name_one_version_and_one_day():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    released = re.findall(r"^## \[([\d.]+)\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert released[0] == (diffimg.__version__, str(citation["date-released"]))
    assert citation["version"] == diffimg.__version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The distribution, built from a copy, because a build leaves its traces in the folder."""
    copy, out = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("wheel")
    for path in ("pyproject.toml", "README.md", "LICENSE", "diffimg"):
        subprocess.run(["cp", "-r", ROOT / path, copy], check=True)
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
                    "--wheel-dir", out, copy], check=True)
    (built,) = out.iterdir()
    return zipfile.ZipFile(built)


def test_the_wheel_has_every_module_and_figure_and_says_that_it_is_typed(wheel):
    files = {name for name in wheel.namelist() if name.startswith("diffimg/")}
    modules = {path.relative_to(ROOT).as_posix() for kind in ("*.py", "live/*.js") for path in
               (ROOT / "diffimg").rglob(kind)}
    assert files == modules | {"diffimg/py.typed"} and "diffimg/live/shared.js" in files


def test_the_wheel_has_the_version_of_the_package(wheel):
    (metadata,) = (name for name in wheel.namelist() if name.endswith("METADATA"))
    assert f"\nVersion: {diffimg.__version__}\n" in wheel.read(metadata).decode()


# packages that only some functions need ------------------------------------------------------------------------------

WITHOUT = """
import sys
sys.modules[{missing!r}] = None  # an import of it fails
import torch
from diffimg import images, plot, setup
def state():
    return str(torch.get_default_dtype()), str(torch._tensor_str.PRINT_OPTS), torch.backends.cudnn.allow_tf32
before = state()
try:
    {call}
except ImportError as error:
    assert state() == before, "something was changed"
    print(error)
"""


@pytest.mark.parametrize("missing, call", [
    ("skimage", "images.load('camera')"), ("matplotlib", "setup()"),
    ("IPython", "plot.show(torch.eye(3), alt='The diagonal holds 3 ones.')"),
    ("matplotlib", "plot.show(torch.eye(3), alt='The diagonal holds 3 ones.')")])
def test_where_an_optional_package_is_missing_the_error_names_the_line_that_installs_it(missing, call):
    run = subprocess.run([sys.executable, "-c", WITHOUT.format(missing=missing, call=call)], check=True, text=True,
                         capture_output=True, cwd=ROOT)
    assert re.match(rf'.* needs {missing}\S*, which is not installed: pip install "\.\[images\]"', run.stdout)
