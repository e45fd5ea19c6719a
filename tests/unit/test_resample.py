"""Resampling against PyTorch's interpolate, Pillow's resize, SciPy, kernels in Python numbers and its own gradient."""

import math

import numpy as np
import pytest
import scipy.signal
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image
from torch.autograd import gradcheck

from diffimg import images
from diffimg.images import noise
from diffimg.linear import adjoint, dot_test
from diffimg.resample import KERNELS, cubic, fourier_upsample, resample_matrix, resize, unpool

sides = st.integers(1, 23)
PILLOW = {"box": Image.BOX, "linear": Image.BILINEAR, "cubic": Image.BICUBIC, "lanczos3": Image.LANCZOS}


def close(a, b, tolerance=1e-12):
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance).all())


def interpolated(row, n_out, mode, **options):
    """F.interpolate along one axis; the other has two equal rows and stays."""
    out = F.interpolate(row.expand(1, 1, 2, -1), (2, n_out), mode=mode, **options)
    return out[0, 0, 0]


@pytest.mark.parametrize("mode, kernel", [
    ("bilinear", "linear"), ("bicubic", cubic(-0.75)), ("nearest-exact", "nearest")])
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


@pytest.mark.parametrize("n_in, n_out", [(2, 1), (3, 2), (5, 2), (7, 2), (10, 4), (15, 6)])
def test_a_pixel_between_two_parts_belongs_to_the_one_behind_as_in_pillow(n_in, n_out):
    row = noise((n_in,), seed=n_in)
    expected = np.asarray(Image.fromarray(row.cpu().numpy().astype(np.float32)[None]).resize((n_out, 1), Image.BOX))[0]
    found = resample_matrix(n_in, n_out, kernel="box", antialias=True) @ row
    assert np.abs(found.cpu().numpy() - expected).max() < 1e-6
    assert close(resample_matrix(n_in, n_out, kernel="box"), resample_matrix(n_in, n_out, kernel="nearest"))


@pytest.mark.parametrize("kernel", PILLOW)
@given(n_in=st.integers(4, 40), ratio=st.floats(1.01, 9), left=st.integers(-192, 192), tensor=st.booleans())
def test_antialiased_clamping_is_pillows_after_repeating_the_border(kernel, n_in, ratio, left, tensor):
    row, n_out, margin = noise((n_in,), seed=n_in), max(1, int(n_in / ratio)), 60
    left = left / 64  # Pillow's box is float32
    padded = np.pad(row.cpu().numpy().astype(np.float32), margin, mode="edge")
    region = (margin + left, 0, margin + left + n_in, 1)
    expected = np.asarray(Image.fromarray(padded[None]).resize((n_out, 1), PILLOW[kernel], box=region))[0]
    box = (left, left + n_in)
    box = torch.tensor(box) if tensor else box
    matrix = resample_matrix(n_in, n_out, kernel=kernel, antialias=True, edge="clamp", box=box)
    if kernel == "box":  # where an edge of a part falls on a pixel centre, rounding decides who gets the pixel
        edges = left + np.arange(n_out + 1) * n_in / n_out - 0.5
        assume(np.abs(edges - np.round(edges)).min() > 1e-4)
    assert np.abs((matrix @ row).cpu().numpy() - expected).max() < 1e-5


@pytest.mark.parametrize("kernel, support", [("linear", 1), ("cubic", 2), ("lanczos3", 3)])
def test_a_row_that_no_longer_touches_the_image_takes_the_nearest_pixel(kernel, support):
    width = 4
    for end, pixel, away in ((0, 0, -1), (11, 11, 1)):  # the index of the outermost pixel, and the way out
        for beyond, alone in ((0, True), (-0.4, False)):
            place = end + away * (support * width + beyond)
            box = (place + 0.5 - width / 2, place + 0.5 + width / 2)
            row = resample_matrix(12, 1, kernel=kernel, antialias=True, box=box)[0]
            assert close(row, F.one_hot(torch.tensor(pixel), 12).to(row.dtype)) == alone


@pytest.mark.parametrize("edge", ["clamp", "renormalize"])
def test_a_kernel_that_meets_no_pixel_takes_the_nearest(edge):
    def narrow(t):
        return (t.abs() <= 0.2).to(t.dtype)
    narrow.support = 0.2
    matrix = resample_matrix(5, 7, kernel=narrow, edge=edge)
    assert close(matrix, resample_matrix(5, 7, kernel="nearest"))


def test_a_kernel_need_not_be_even():
    def ramp(t):
        return torch.where((t >= -1) & (t < 2), (t + 1) * (2 - t), 0 * t)
    ramp.support = 2
    places = (torch.arange(4) + 0.5) * 9 / 4 - 0.5
    weights = ramp((places[:, None] - torch.arange(9)) / (9 / 4))
    assert close(resample_matrix(9, 4, kernel=ramp, antialias=True), weights / weights.sum(1, keepdim=True))


@pytest.mark.parametrize("support", [0, -1, math.nan, math.inf, None, "2"])
def test_a_support_that_is_no_distance_is_named(support):
    def kernel(t):
        return t
    kernel.support = support
    with pytest.raises(ValueError, match="the support of kernel is .*, expected the distance in pixels"):
        resample_matrix(4, 2, kernel=kernel)


@given(n_in=sides, n_out=sides, kernel=st.sampled_from(sorted(KERNELS)), left=st.floats(-40, 40),
       width=st.floats(-60, 60))
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
    ({"antialias": True, "coordinates": "align_corners"}, ValueError,
     "antialias=True came with coordinates='align_corners'"),
    ({"antialias": True, "kernel": "nearest"}, ValueError, "kernel='nearest'.*kernel='box'"),
    ({"box": (0, 1), "coordinates": "asymmetric"}, ValueError, "only 'half_pixel' knows"),
    ({"box": (0, 1, 2)}, ValueError, "box is \\(0, 1, 2\\), expected two finite edges"),
    ({"box": torch.zeros(3)}, ValueError, r"box has shape \(3,\)"),
    ({"box": 3}, ValueError, "box is 3, expected two finite edges"),
    ({"box": (0, math.inf)}, ValueError, "box is .0, inf., expected two finite edges"),
    ({"box": torch.tensor([[0, 4], [0, math.nan]], device="cpu")}, ValueError, "box contains NaN or infinity, 1 of 4"),
    ({"box": torch.tensor([0, 4])}, TypeError, "floating point"),
])
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        resample_matrix(**{"n_in": 4, "n_out": 2, **options})


# resize ---------------------------------------------------------------------------------------------------------------

MODES = {
    "bilinear": ({}, {"mode": "bilinear"}),
    "bicubic": ({"kernel": cubic(-0.75)}, {"mode": "bicubic"}),
    "bilinear, align_corners": ({"coordinates": "align_corners"}, {"mode": "bilinear", "align_corners": True}),
    "bicubic, align_corners": ({"coordinates": "align_corners", "kernel": cubic(-0.75)},
                               {"mode": "bicubic", "align_corners": True}),
    "bilinear, antialias": ({"antialias": True}, {"mode": "bilinear", "antialias": True}),
    "bicubic, antialias": ({"antialias": True, "kernel": "cubic"}, {"mode": "bicubic", "antialias": True}),
    "nearest-exact": ({"kernel": "nearest"}, {"mode": "nearest-exact"}),
    "nearest": ({"kernel": "nearest", "coordinates": "asymmetric"}, {"mode": "nearest"}),
}
modes = pytest.mark.parametrize("ours, theirs", MODES.values(), ids=list(MODES))
shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


def settled(options, n, m, step=None):
    """The output pixels whose nearest pixel does not hang on the rounding of PyTorch's float32."""
    if options.get("kernel") != "nearest" or n == m:
        return slice(None)
    shift = 0 if options.get("coordinates") == "asymmetric" else 0.5
    places = (np.arange(m) + shift) * (step or n / m)
    return torch.as_tensor(np.abs(places - np.round(places)) > 1e-4)


def agree(found, expected, rows, columns, tolerance):
    return found.shape == expected.shape and close(
        found[..., rows, :][..., columns], expected[..., rows, :][..., columns], tolerance)


@modes
@given(size=shapes, out=shapes, seed=st.integers(0, 2**31))
def test_resize_is_interpolate(ours, theirs, size, out, seed):
    # PyTorch 2.13 repeats the first row when it antialiases to one column; Pillow's answer is tested below
    assume(out[1] > 1 or "antialias" not in theirs)
    x = noise((2, 3, *size), seed=seed)
    rows, columns = (settled(ours, n, m) for n, m in zip(size, out, strict=True))
    assert agree(resize(x, out, **ours), F.interpolate(x, out, **theirs), rows, columns, 1e-12)


@modes
@given(size=shapes, out=shapes, more=st.floats(0.05, 0.95), seed=st.integers(0, 2**31))
def test_scale_enters_the_grid_as_in_interpolate(ours, theirs, size, out, more, seed):
    scale = tuple((m + more) / n for n, m in zip(size, out, strict=True))
    # PyTorch takes two short cuts: equal sizes are copied, doubled ones repeated, whatever the scale says
    assume(not any(m in (n, 2 * n) for n, m in zip(size, out, strict=True)))
    assume(out[1] > 1 or "antialias" not in theirs)
    x = noise((1, 1, *size), seed=seed)
    rows, columns = (settled(ours, n, m, 1 / f) for n, m, f in zip(size, out, scale, strict=True))
    assert agree(resize(x, scale=scale, **ours), F.interpolate(x, scale_factor=scale, **theirs), rows, columns, 1e-11)


@given(n_in=st.integers(1, 200), n_out=st.integers(1, 200))
def test_nearest_is_right_where_float32_is_not(n_in, n_out):
    row = torch.arange(float(n_in))
    exact = [(2 * j + 1) * n_in // (2 * n_out) for j in range(n_out)]  # floor((j + 1/2) n_in / n_out) in integers
    legacy = [j * n_in // n_out for j in range(n_out)]
    centred = resize(row[None], (1, n_out), kernel="nearest")[0]
    corner = resize(row[None], (1, n_out), kernel="nearest", coordinates="asymmetric")[0]
    assert close(centred, torch.tensor(exact, dtype=row.dtype), 0.0)  # at ties too, where others choose either side
    assert close(corner, torch.tensor(legacy, dtype=row.dtype), 0.0)


@pytest.mark.parametrize("kernel", PILLOW)
@given(size=shapes, out=shapes, left=st.floats(0, 0.6), top=st.floats(0, 0.6), seed=st.integers(0, 2**31))
def test_resize_with_a_box_is_pillows(kernel, size, out, left, top, seed):
    (h, w), x = size, noise((1, 1, *size), seed=seed)
    box = (left * w, top * h, w * (left + (1 - left) * 0.9), h * (top + (1 - top) * 0.8))
    rows, columns = slice(None), slice(None)
    if kernel == "box":  # enlarging, and where an edge of a part falls on a pixel centre, rounding decides
        sides = list(zip(box[1::-1], box[:1:-1], strict=True))  # vertical, then horizontal
        out = tuple(max(1, int(m * (high - low) / 41)) for m, (low, high) in zip(out, sides, strict=True))
        edges = [low + np.arange(m + 1) * (high - low) / m - 0.5 for m, (low, high) in zip(out, sides, strict=True)]
        clear = [np.abs(e - np.round(e)) > 1e-5 for e in edges]
        rows, columns = (torch.as_tensor(c[1:] & c[:-1] & (e[1] - e[0] >= 1))
                         for c, e in zip(clear, edges, strict=True))
    picture = Image.fromarray(x[0, 0].cpu().numpy().astype(np.float32))
    expected = torch.tensor(np.asarray(picture.resize(out[::-1], PILLOW[kernel], box=box))).to(x)
    assert agree(resize(x, out, kernel=kernel, antialias=True, box=box)[0, 0], expected, rows, columns, 2e-5)


def test_a_photograph_to_one_column_is_pillows():
    photo = images.load("camera", size=(30, 20))
    picture = Image.fromarray(photo[0, 0].cpu().numpy().astype(np.float32))
    expected = torch.tensor(np.asarray(picture.resize((1, 7), Image.BILINEAR))).to(photo)
    assert close(resize(photo, (7, 1), antialias=True)[0, 0], expected, 1e-6)


def test_resize_is_its_two_matrices():
    x = noise((2, 3, 100, 90), seed=0)
    W_v, W_h = (resample_matrix(n, m, kernel="cubic", antialias=True) for n, m in ((100, 67), (90, 200)))
    assert close(resize(x, (67, 200), kernel="cubic", antialias=True), W_v @ x @ W_h.mT)
    assert close(resize(x[0, 0], (5, 7)), resize(x, (5, 7))[0, 0])


def test_resize_on_floats_of_all_kinds():
    photo = images.load("camera", size=(40, 40))
    for dtype, tolerance in ((torch.float32, 1e-6), (torch.float16, 1e-3), (torch.bfloat16, 1e-2)):
        small = resize(photo.to(dtype), (17, 23), antialias=True)
        assert small.dtype == dtype
        assert close(small.double(), resize(photo, (17, 23), antialias=True), tolerance)


def test_sizes_of_one_the_identity_and_huge_ratios():
    x = noise((1, 1, 3, 4), seed=0)
    for kernel in KERNELS:
        assert close(resize(x, (3, 4), kernel=kernel), x)
        assert close(resize(x[..., :1, :1], (5, 6), kernel=kernel), x[..., :1, :1].expand(1, 1, 5, 6))
    assert close(resize(x, (1, 1), kernel="box", antialias=True)[0, 0], x.mean().reshape(1, 1))
    assert close(resize(noise((1, 4000), seed=1), (1, 2), kernel="box", antialias=True),
                 noise((1, 4000), seed=1).reshape(1, 2, 2000).mean(-1))
    assert close(resize(x, (3, 4000), coordinates="align_corners")[..., [0, -1]], x[..., [0, -1]])


def test_many_boxes_one_for_each_image():
    x, boxes = noise((2, 3, 9, 11), seed=0), torch.tensor([[0.0, 0, 5, 6], [2.5, 1.5, 10, 8]])
    for antialias in (False, True):
        together = resize(x, (4, 5), box=boxes, antialias=antialias)
        for k in (0, 1):
            assert close(together[k], resize(x[k], (4, 5), box=boxes[k].tolist(), antialias=antialias))


def test_a_box_of_whole_pixels_is_a_slice():
    x = noise((1, 2, 9, 11), seed=0)
    assert close(resize(x, (5, 4), box=(3, 2, 7, 7)), x[..., 2:7, 3:7])


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("kernel", ["linear", "cubic", "lanczos3"])
def test_resize_is_differentiable_in_the_image_and_in_the_box(kernel, antialias):
    x, box = noise((2, 1, 6, 7), seed=0).requires_grad_(), torch.tensor([0.57, 1.17, 6.21, 5.39], requires_grad=True)
    for region in (box, torch.stack([box, box + 0.31]).detach().requires_grad_()):
        assert gradcheck(lambda x, b: resize(x, (3, 4), kernel=kernel, antialias=antialias, box=b), (x, region))


@pytest.mark.parametrize("options", [{"kernel": "nearest"}, {"kernel": "box"}, {"kernel": "box", "antialias": True},
                                     {"kernel": "box", "edge": "renormalize"}])
def test_a_kernel_of_steps_gives_the_box_the_gradient_zero(options):
    box = torch.tensor([0.57, 1.17, 6.21, 5.39], requires_grad=True)
    resize(noise((1, 1, 6, 7), seed=0), (3, 4), box=box, **options).square().sum().backward()
    assert close(box.grad, torch.zeros(4))


@given(out=shapes, antialias=st.booleans())
def test_the_backward_pass_of_resize_is_the_transpose(out, antialias):
    f = lambda x: resize(x, out, kernel="cubic", antialias=antialias)  # noqa: E731
    assert dot_test(f, adjoint(f, (2, 35, 8)), (2, 35, 8)) < 1e-14


@pytest.mark.parametrize("kernel, inside", [("box", 0), ("linear", 3), ("cubic", 6)])
@pytest.mark.parametrize("r", [2, 3, 4])
def test_antialiased_downsampling_is_the_transpose_of_upsampling(kernel, inside, r):
    n = 16
    down = resample_matrix(r * n, n, kernel=kernel, antialias=True)
    up = resample_matrix(n, r * n, kernel=kernel)
    rows = slice(inside, n - inside)
    assert close(down[rows], up.mT[rows] / r)
    if kernel != "box":
        assert not close(down, up.mT / r, 1e-3)


def test_downsampling_is_not_that_of_pytorchs_bicubic_pair():
    # antialias changes the coefficient, so the two modes of one name are no pair
    down, up = resample_matrix(32, 16, kernel="cubic", antialias=True), resample_matrix(16, 32, kernel=cubic(-0.75))
    assert float((down - up.mT / 2)[6:-6].abs().max()) > 0.01


# unpool ---------------------------------------------------------------------------------------------------------------

@given(size=shapes, k=st.integers(1, 3), seed=st.integers(0, 2**31))
def test_unpool_is_max_unpool_and_the_backward_pass_of_pooling(size, k, seed):
    assume(min(size) >= k)
    x = noise((2, 3, *size), seed=seed)
    values, indices = F.max_pool2d(x, k, return_indices=True)
    assert close(unpool(values, indices, size), F.max_unpool2d(values, indices, k, output_size=size), 0.0)
    pool = lambda x: F.max_pool2d(x, k)  # noqa: E731
    x.requires_grad_()
    g = noise(values.shape, seed=seed + 1)
    backward, = torch.autograd.grad(pool(x), x, g)
    assert close(unpool(g, indices, size), backward, 0.0)


def test_values_with_one_place_add_up():
    x = noise((1, 1, 7, 7), seed=0).requires_grad_()
    values, indices = F.max_pool2d(x, 3, stride=1, return_indices=True)
    assert len(indices.unique()) < indices.numel()
    g = noise(values.shape, seed=1)
    backward, = torch.autograd.grad(values, x, g)
    assert close(unpool(g, indices, (7, 7)), backward)
    assert not close(F.max_unpool2d(g, indices, 3, stride=1, output_size=(7, 7)), backward, 1e-3)


def test_unpool_is_the_transpose_of_selection():
    _, indices = F.max_pool2d(noise((2, 6, 8), seed=0), 2, return_indices=True)
    select = lambda x: x.flatten(-2).gather(-1, indices.flatten(-2)).reshape(indices.shape)  # noqa: E731
    assert dot_test(select, lambda y: unpool(y, indices, (6, 8)), (2, 6, 8)) < 1e-15
    assert gradcheck(lambda y: unpool(y, indices, (6, 8)), noise(indices.shape, seed=1).requires_grad_())


# Fourier --------------------------------------------------------------------------------------------------------------

@given(size=shapes, factor=st.tuples(st.integers(1, 4), st.integers(1, 4)), seed=st.integers(0, 2**31))
def test_fourier_upsample_is_scipys(size, factor, seed):
    x = noise((2, *size), seed=seed)
    expected = x.cpu().numpy()
    for axis, r in zip((1, 2), factor, strict=True):
        expected = scipy.signal.resample(expected, r * expected.shape[axis], axis=axis)
    up = fourier_upsample(x, factor)
    assert close(up.cpu(), torch.from_numpy(expected))
    assert close(up[..., ::factor[0], ::factor[1]], x)  # the asymmetric grid


def test_fourier_upsample_continues_a_wave():
    x = torch.cos(2 * math.pi * 3 * torch.arange(8) / 8 + 0.4).expand(4, 8)
    expected = torch.cos(2 * math.pi * 3 * torch.arange(24) / 24 + 0.4).expand(4, 24)
    assert close(fourier_upsample(x, (1, 3)), expected)
    assert gradcheck(lambda x: fourier_upsample(x, 2), noise((3, 4), seed=0).requires_grad_())


# bad input ------------------------------------------------------------------------------------------------------------

IMAGE = torch.zeros(1, 1, 4, 6)


@pytest.mark.parametrize("options, error, message", [
    ({}, ValueError, "size is None and scale is None, expected one of the two"),
    ({"size": (2, 2), "scale": 2}, ValueError, "size is .2, 2. and scale is 2"),
    ({"size": (0, 2)}, ValueError, "size is .0, 2., expected at least one pixel"),
    ({"size": 4}, TypeError, "size is 4, expected .height, width."),
    ({"scale": 0}, ValueError, "scale is 0, expected a positive number"),
    ({"scale": True}, ValueError, "scale is True, expected a positive number"),
    ({"scale": torch.tensor(0.5)}, ValueError, "scale is tensor.0.5.*, expected a positive number"),
    ({"size": (2, 2), "box": 4}, ValueError, "box is 4, expected the four numbers"),
    ({"scale": (1, 2, 3, 4)}, ValueError, "scale is .1, 2, 3, 4., expected a positive number, or two"),
    ({"scale": 0.2}, ValueError, r"scale 0.2 leaves no pixel of \(4, 6\)"),
    ({"size": (2, 2), "kernel": "bicubic"}, ValueError, "kernel is 'bicubic', expected one of .*'cubic'"),
    ({"size": (2, 2), "coordinates": "pixel"}, ValueError, "coordinates is 'pixel', expected one of 'half_pixel'"),
    ({"size": (2, 2), "antialias": True, "coordinates": "align_corners"}, ValueError, "antialias=True came with"),
    ({"size": (2, 2), "box": (0, 0, 4)}, ValueError, "expected the four numbers"),
    ({"size": (2, 2), "box": torch.zeros(3, 4)}, ValueError, r"box has shape \(3, 4\) for images"),
    ({"scale": 2, "box": (0, 0, 4, 4)}, ValueError, "box came with scale"),
    ({"images": IMAGE.byte(), "size": (2, 2)}, TypeError, "images is a uint8 tensor"),
    ({"images": IMAGE[0, 0, 0], "size": (2, 2)}, ValueError, r"images has shape \(6,\)"),
])
def test_bad_arguments_of_resize_are_named(options, error, message):
    with pytest.raises(error, match=message):
        resize(**{"images": IMAGE, **options})


@pytest.mark.parametrize("values, indices, size, error, message", [
    (torch.ones(2, 2), torch.zeros(2, 3).long(), (4, 4), ValueError, r"indices has shape \(2, 3\), values \(2, 2\)"),
    (torch.ones(2, 2), torch.zeros(2, 2), (4, 4), TypeError, "indices is torch.float"),
    (torch.ones(2, 2), None, (4, 4), TypeError, "indices is NoneType"),
    (torch.ones(2, 2), torch.full((2, 2), 16), (4, 4), ValueError, "indices go from 16 to 16, expected 0 to 15"),
    (torch.ones(2, 2).long(), torch.zeros(2, 2).long(), (4, 4), TypeError, "values is a torch.int64 tensor"),
    (torch.ones(2, 2), torch.zeros(2, 2).long(), (0, 4), ValueError, "output_size is .0, 4."),
])
def test_bad_arguments_of_unpool_are_named(values, indices, size, error, message):
    with pytest.raises(error, match=message):
        unpool(values, indices, size)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_fourier_upsample_takes_half_precision(dtype):
    x = noise((1, 2, 8, 6), seed=0)
    y = fourier_upsample(x.to(dtype), (2, 3))
    assert y.dtype == dtype and close(y.double(), fourier_upsample(x.to(dtype).double(), (2, 3)), 0.02)


def test_bad_arguments_of_fourier_upsample_are_named():
    with pytest.raises(ValueError, match="factor is 0"):
        fourier_upsample(IMAGE, 0)
    with pytest.raises(TypeError, match="images is a uint8 tensor"):
        fourier_upsample(IMAGE.byte(), 2)
