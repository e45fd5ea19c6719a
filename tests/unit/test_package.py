"""The package as a whole: imports change nothing, docstrings are complete, arguments are checked in one place."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import book
import pytest

import diffimg

FOLDER = Path(diffimg.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
TREES = {path.relative_to(FOLDER).with_suffix("").as_posix(): ast.parse(path.read_text()) for path in FILES}


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


# imports --------------------------------------------------------------------------------------------------------------

REPORT = """
import json, sys, torch
def state():
    return [str(torch.get_default_dtype()), str(torch.get_default_device()), str(torch._tensor_str.PRINT_OPTS),
            torch.get_num_threads(), torch.initial_seed(), torch.backends.cudnn.allow_tf32, torch.is_grad_enabled()]
before, modules = state(), set(sys.modules)
import diffimg, diffimg.checks
new = {name.split(".")[0] for name in set(sys.modules) - modules}
print(json.dumps({"same": state() == before, "new": sorted(new)}))
"""


def test_importing_the_package_changes_nothing_and_imports_nothing_heavy():
    answer = subprocess.run([sys.executable, "-W", "error::UserWarning:diffimg", "-c", REPORT], check=True, text=True,
                            capture_output=True, cwd=FOLDER.parent)
    report = json.loads(answer.stdout)
    assert report["same"] and answer.stderr == ""
    assert not {"matplotlib", "skimage", "scipy", "PIL", "IPython"} & set(report["new"])


def test_importing_the_package_leaves_matplotlib_alone():
    code = "import matplotlib as m; before = dict(m.rcParams); import diffimg; assert dict(m.rcParams) == before"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=FOLDER.parent)


@pytest.mark.parametrize("module", TREES)
def test_only_the_runtime_dependencies_are_imported(module):
    # plot and images may use the optional ones, inside functions; torchvision's CPU pairing is broken, so nobody may.
    allowed = {"torch", "numpy", *sys.stdlib_module_names}
    allowed |= {"plot": {"matplotlib", "IPython", "PIL"}, "images": {"skimage"}}.get(module, set())
    imported = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported.add(node.module.split(".")[0])
    assert imported <= allowed


# docstrings -----------------------------------------------------------------------------------------------------------

SECTIONS = ("Convention: ", "Gradient: ", "Raises: ", "Source: ", ">>> ")


def computes(node):
    """Not a class that describes what others take or return."""
    return not {"NamedTuple", "Protocol"} & {ast.unparse(base) for base in getattr(node, "bases", [])}


PUBLIC = [(module, node) for module in book.modules() for node in book.public(module) if computes(node)]
NAMES = [f"{module}.{node.name}" for module, node in PUBLIC]
each_public_name = pytest.mark.parametrize("module, node", PUBLIC, ids=NAMES)


@each_public_name
def test_the_docstring_says_what_a_reader_must_know_in_this_order(module, node):
    text = ast.get_docstring(node) or ""
    missing = [section.strip() for section in SECTIONS if section not in text]
    assert not missing, f"diffimg/{module}.py: the docstring of {node.name} has no {', '.join(missing)}"
    places = [text.find(section) for section in SECTIONS]
    in_order = places == sorted(places) and places[0] > 20
    assert in_order, f"diffimg/{module}.py: the docstring of {node.name} has its sections in another order"


@each_public_name
def test_every_public_name_is_used_in_the_tests_of_its_module(module, node):
    files = sorted(Path(__file__).parent.glob(f"test_{module}*.py"))
    parts = [part for path in files for part in ast.walk(ast.parse(path.read_text()))]
    used = {getattr(part, "id", getattr(part, "attr", None)) for part in parts}
    assert node.name in used, f"tests/unit/test_{module}.py does not use diffimg.{module}.{node.name}: test it there"


# Whoever imports the package relies on these names. A new public name is a promise, and is written here as one.
CONTRACT = {
    "linear": "as_matrix adjoint dot_test operator_norm",
    "coords": "pixel_to_normalized normalized_to_pixel normalize_box convert_crop_matrix pixel_matrix "
              "normalized_matrix map_points map_boxes",
    "crop": "crop_matrix rotated_crop_matrix ordered_box crop warp",
    "tv": "gradient divergence total_variation TVLoss denoise_tv denoise_tv_vjp",
    "conv": "conv_matrix conv_output_size conv_transpose_output_size insert_zeros conv_transpose_scatter "
            "conv_transpose_gather conv_transpose_same bilinear_kernel icnr subpixel_kernel same_padding",
    "resample": "resample_matrix cubic resize unpool fourier_upsample",
    "images": "load noise blur psnr", "plot": "show live", "device": "setup",
}


def test_the_contract_has_its_names():
    promised = {f"{module}.{name}" for module, names in CONTRACT.items() for name in names.split()}
    gone, new = sorted(promised - set(NAMES)), sorted(set(NAMES) - promised)
    assert not gone, f"the package no longer has {', '.join(gone)}"
    assert not new, (f"CONTRACT in tests/unit/test_package.py does not have {', '.join(new)}: write it there, or let "
                     "the name begin with an underscore")


def test_the_package_exports_its_modules():
    missing = set(book.modules()) - set(diffimg.__all__)
    assert not missing, f"diffimg/__init__.py does not import {missing}, or its __all__ does not name it"
    assert all(hasattr(diffimg, name) for name in diffimg.__all__)


@pytest.mark.parametrize("module", [name for name in TREES if name.split("/")[-1] != "__init__"])
def test_every_module_and_every_public_function_has_a_docstring(module):
    assert ast.get_docstring(TREES[module]), f"diffimg/{module}.py does not begin with a docstring"
    if not module.startswith(("checks/", "_")):
        top = [node for node in TREES[module].body if isinstance(node, ast.FunctionDef)]
        missing = [node.name for node in top if not node.name.startswith("_") and not ast.get_docstring(node)]
        assert not missing, f"diffimg/{module}.py: no docstring in {', '.join(missing)}"


# size and errors ------------------------------------------------------------------------------------------------------

def lines_of_code(node, source):
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    lines = source[node.lineno - 1:node.body[0].lineno - 1] + source[first.lineno - 1:node.end_lineno]
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in lines)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_no_function_is_longer_than_twenty_five_lines(path):
    source = path.read_text().splitlines()
    long = {f.name: n for f in functions(ast.parse(path.read_text())) if (n := lines_of_code(f, source)) > 25}
    assert long == {}


# Argument checks live in _validate. What stands here can be known only half-way through a computation or concerns one
# function alone.
MAY_RAISE = {
    ("linear", "as_matrix"): "the size of the matrix, and linearity, show when f has been called",
    ("linear", "adjoint"): "a cut graph shows when f has been called",
    ("linear", "dot_test"): "the shape that f_adjoint returns",
    ("linear", "operator_norm"): "no convergence",
    ("resample", "_clamped"): "that a box cannot be read shows when its size is needed",
    ("images", "psnr"): "two shapes that must be equal",
}
# In plot sentences, titles, boxes and several layouts of an image must fit together, as nowhere else.
MAY_RAISE_ANYWHERE = {"_validate", "plot"}


def test_arguments_are_checked_in_one_module():
    raising = set()
    for module, tree in TREES.items():
        for function in (node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))):
            raised = [ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Raise)]
            if module not in MAY_RAISE_ANYWHERE and any(re.match("raise (Value|Type)Error", line) for line in raised):
                raising.add((module, function.name))
    assert raising == set(MAY_RAISE)
