"""resample_matrix against PyTorch's interpolate, Pillow's resize, kernels in Python numbers and its own gradient."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image
from torch.autograd import gradcheck

from diffimg.images import noise
from diffimg.resample import KERNELS, cubic, resample_matrix

sides = st.integers(1, 23)
PILLOW = {"box": Image.BOX, "linear": Image.BILINEAR, "cubic": Image.BICUBIC, "lanczos3": Image.LANCZOS}


def close(a, b, tolerance=1e-12):
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance).all())


def interpolated(row, n_out, mode, **options):
    """F.interpolate along one axis; the other has two equal rows and stays."""
    out = F.interpolate(row.expand(1, 1, 2, -1), (2, n_out), mode=mode, **options)
    return out[0, 0, 0]


@pytest.mark.parametrize("mode, kernel", [("bilinear", "linear"), ("bicubic", cubic(-0.75)), ("nearest-exact", "nearest")])
@given(n_in=sides, n_out=sides)
def test_half_pixel_is_interpolate(mode, kernel, n_in, n_out):
    row = noise((n_in,), seed=n_in)
    assert close(resample_matrix(n_in, n_out, kernel=kernel) @ row, interpolated(row, n_out, mode))


@pytest.mark.parametrize("mode, kernel", [("bilinear", "linear"), ("bicubic", cubic(-0.75))])
@given(n_in=sides, n_out=sides)
def test_align_corners_is_interpolate(mode, kernel, n_in, n_out):
    row = noise((n_in,), seed=n_in)
    matrix = resample_matrix(n_in, n_out, kernel=kernel, coordinates="align_corners")
    assert close(matrix @ row, interpolated(row, n_out, mode, align_corners=True))


@given(n_in=sides, n_out=sides)
def test_asymmetric_nearest_is_the_legacy_mode(n_in, n_out):
    row = noise((n_in,), seed=n_in)
    matrix = resample_matrix(n_in, n_out, kernel="nearest", coordinates="asymmetric")
    assert close(matrix @ row, interpolated(row, n_out, "nearest"))


@pytest.mark.parametrize("mode, kernel", [("bilinear", "linear"), ("bicubic", "cubic")])
@given(n_in=sides, n_out=sides)
def test_antialias_is_interpolate_with_antialias(mode, kernel, n_in, n_out):
    row = noise((n_in,), seed=n_in)
    matrix = resample_matrix(n_in, n_out, kernel=kernel, antialias=True)
    assert close(matrix @ row, interpolated(row, n_out, mode, antialias=True))


@pytest.mark.parametrize("kernel", PILLOW)
@given(left=st.floats(0, 20), width=st.floats(1, 26), n_out=st.integers(1, 40))
def test_a_box_with_fractional_edges_is_pillows(kernel, left, width, n_out):
    row = noise((47,), seed=3)
    picture = Image.fromarray(row.cpu().numpy().astype(np.float32)[None])
    expected = np.asarray(picture.resize((n_out, 1), PILLOW[kernel], box=(left, 0, left + width, 1)))[0]
    matrix = resample_matrix(47, n_out, kernel=kernel, antialias=True, box=(left, left + width))
    found = (matrix @ row).cpu().numpy()
    if kernel == "box":  # where an edge of a part falls on a pixel centre, rounding decides who gets the pixel
        edges = left + np.arange(n_out + 1) * width / n_out
        assume(width > n_out and np.abs((edges - 0.5) - np.round(edges - 0.5)).min() > 1e-6)
    assert np.abs(found - expected).max() < 1e-5


@given(n_in=sides, n_out=sides, kernel=st.sampled_from(sorted(KERNELS)), left=st.floats(-40, 40), width=st.floats(-60, 60))
def test_every_row_sums_to_one_wherever_the_box_lies(n_in, n_out, kernel, left, width):
    box = torch.tensor([left, left + width])
    for antialias in {False, kernel != "nearest"}:
        for edge in ("clamp", "renormalize"):
            matrix = resample_matrix(n_in, n_out, kernel=kernel, box=box, antialias=antialias, edge=edge)
            assert matrix.shape == (n_out, n_in)
            assert close(matrix.sum(-1), torch.ones(n_out), 1e-9)


def test_a_box_far_outside_takes_the_nearest_edge():
    for box, pixel in (((-50.0, -40.0), 0), ((60.0, 70.0), 4)):
        for options in ({"antialias": True}, {"edge": "clamp"}, {"edge": "renormalize"}):
            matrix = resample_matrix(5, 3, box=box, **options)
            assert close(matrix, F.one_hot(torch.full((3,), pixel), 5).to(matrix.dtype))


@pytest.mark.parametrize("kernel", ["cubic", "lanczos3", "linear", "box"])
def test_no_row_blows_up_where_the_box_leaves_the_image(kernel):
    # Renormalising a kernel with negative lobes divides by sums that cross zero beyond the border.
    boxes = torch.linspace(-80, 40, 481)[:, None] + torch.tensor([0.0, 37.2])
    matrix = resample_matrix(20, 5, kernel=kernel, antialias=True, box=boxes)
    assert matrix.abs().sum(-1).max() < 2
    if kernel != "box":  # nor does it jump: a quarter pixel moves no row far
        assert matrix.diff(dim=0).abs().sum(-1).max() < 0.5


def test_a_turned_box_mirrors_the_rows():
    for antialias in (False, True):
        forward = resample_matrix(11, 4, box=(1.3, 9.2), antialias=antialias)
        assert close(resample_matrix(11, 4, box=(9.2, 1.3), antialias=antialias), forward.flip(0))


def test_many_boxes_at_once_are_one_by_one():
    boxes = torch.tensor([[[0.0, 5], [1.2, 9.9]], [[-3, 4], [2, 2.5]]])
    matrix = resample_matrix(9, 4, box=boxes, antialias=True)
    assert matrix.shape == (2, 2, 4, 9)
    for i in (0, 1):
        for k in (0, 1):
            assert close(matrix[i, k], resample_matrix(9, 4, box=boxes[i, k], antialias=True))


@pytest.mark.parametrize("kernel", ["linear", "cubic", "lanczos3"])
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("edge", ["clamp", "renormalize"])
def test_the_gradient_of_the_box(kernel, antialias, edge):
    box = torch.tensor([[1.31, 8.67], [-2.03, 12.19]], requires_grad=True)
    assert gradcheck(lambda b: resample_matrix(10, 3, kernel=kernel, box=b, antialias=antialias, edge=edge), (box,))


def keys(t, a):
    t = abs(t)
    if t < 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else 0


@pytest.mark.parametrize("a", [-0.5, -0.75])
def test_cubic_is_keys_polynomial_and_interpolates(a):
    t = torch.linspace(-2.5, 2.5, 101)
    assert close(cubic(a)(t), torch.tensor([keys(x, a) for x in t.tolist()]))
    assert close(cubic(a)(torch.arange(-3.0, 4)), torch.tensor([0.0, 0, 0, 1, 0, 0, 0]))


def test_any_function_with_a_support_is_a_kernel():
    def hann(t):
        return torch.cos(math.pi * t / 2).square() * (t.abs() < 1)
    hann.support = 1
    matrix = resample_matrix(6, 11, kernel=hann)
    x = ((torch.arange(11) + 0.5) * 6 / 11 - 0.5).clamp(0, 5)
    assert close(matrix.sum(1), torch.ones(11))
    assert close(matrix[5], hann(x[5] - torch.arange(6)) / hann(x[5] - torch.arange(6)).sum())


def test_dtype_is_that_of_the_box_or_as_asked():
    assert resample_matrix(4, 2).dtype == torch.float64
    assert resample_matrix(4, 2, dtype=torch.float32).dtype == torch.float32
    assert resample_matrix(4, 2, box=torch.tensor([0.0, 4], dtype=torch.float32)).dtype == torch.float32


@pytest.mark.parametrize("options, error, message", [
    ({"n_in": 0}, ValueError, "n_in is 0"),
    ({"n_out": 2.0}, TypeError, "n_out is 2.0"),
    ({"kernel": "bilinear"}, ValueError, "kernel is 'bilinear', expected one of .*'linear'"),
    ({"coordinates": "half"}, ValueError, "coordinates is 'half'"),
    ({"edge": "reflect"}, ValueError, "edge is 'reflect'"),
    ({"antialias": True, "coordinates": "align_corners"}, ValueError, "antialias=True came with coordinates='align_corners'"),
    ({"antialias": True, "kernel": "nearest"}, ValueError, "kernel='nearest'.*kernel='box'"),
    ({"box": (0, 1), "coordinates": "asymmetric"}, ValueError, "only 'half_pixel' knows"),
    ({"box": (0, 1, 2)}, ValueError, "box is \\(0, 1, 2\\), expected two finite edges"),
    ({"box": torch.zeros(3)}, ValueError, r"box has shape \(3,\)"),
    ({"box": torch.tensor([0, 4])}, TypeError, "floating point"),
])
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        resample_matrix(**{"n_in": 4, "n_out": 2, **options})
