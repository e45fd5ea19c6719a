"""What a resize reads: NaN and infinities, labels, areas, pixels that are not valid, and one, two or three axes."""

import math
import pickle

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from diffimg.crop import crop
from diffimg.images import load, noise
from diffimg.resample import cubic, resample_matrix, resize

KINDS = [{"kernel": "nearest"}, {"kernel": "box"}, {"kernel": "area"}, {}, {"antialias": True}, {"kernel": "cubic"},
         {"kernel": cubic(-0.75)}, {"kernel": "cubic", "antialias": True}, {"kernel": "lanczos3", "antialias": True},
         {"coordinates": "align_corners"}, {"kernel": "nearest", "coordinates": "asymmetric"},
         {"edge": "renormalize"}, {"antialias": True, "edge": "clamp"}]
kinds = pytest.mark.parametrize("options", KINDS, ids=lambda options: " ".join(map(str, options.values())) or "linear")
SIZES = [(96, 96), (192, 192), (48, 48), (32, 32), (57, 131), (1, 1)]


def close(a, b, tolerance=1e-12):
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance).all())


def reached(bad, *matrices):
    """The output pixels with a weight other than 0 on a pixel of `bad`."""
    rows, columns = ((matrix != 0).double() for matrix in matrices)
    return rows @ bad.double() @ columns.mT > 0


# NaN and infinities ---------------------------------------------------------------------------------------------------

@kinds
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_not_finite_reaches_as_far_as_the_weights(options, bad, size):
    x = load("camera", size=(96, 96))
    for row, column in ((40, 50), (0, 95)):
        x[..., row, column] = bad
    found = resize(x, size, **options)[0, 0]
    expected = reached(~x[0, 0].isfinite(), *(resample_matrix(96, n, **options) for n in size))
    assert torch.equal(~found.isfinite(), expected)
    if not math.isnan(bad) and options.get("kernel", "linear") in ("nearest", "box", "area", "linear"):
        assert (found[expected] == bad).all()  # no negative weight, no infinity less infinity


@pytest.mark.parametrize("options, theirs", [
    ({}, {"mode": "bilinear"}), ({"kernel": cubic(-0.75)}, {"mode": "bicubic"}),
    ({"antialias": True}, {"mode": "bilinear", "antialias": True}), ({"kernel": "nearest"}, {"mode": "nearest-exact"})])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_it_reaches_as_far_as_in_interpolate_and_no_further_where_a_weight_is_zero(options, theirs, bad):
    x = load("astronaut", size=(1100, 60))
    x[0, 1, 700, 33] = bad
    for size in ((2200, 120), (550, 30), (1100, 20), (700, 131)):
        found, expected = resize(x, size, **options), F.interpolate(x, size, **theirs)
        assert not (~found.isfinite() & expected.isfinite()).any()
        if size in ((2200, 120), (550, 30)):  # elsewhere PyTorch reads pixels whose weight is 0
            assert torch.equal(found.isnan(), expected.isnan()) and torch.equal(found.isinf(), expected.isinf())


@pytest.mark.parametrize("size", [(48, 48), (32, 32), (57, 131)])
def test_the_antialiased_crop_of_an_image_with_a_hole(size):
    x = load("camera", size=(96, 96))
    x[..., 40, 50] = math.nan
    expected = reached(x[0, 0].isnan(), *(resample_matrix(96, n, antialias=True) for n in size))
    whole = torch.tensor([-1.0, -1, 1, 1])
    assert torch.equal(crop(x, whole, size, antialias=True)[0, 0].isnan(), expected)
    unread = torch.vmap(lambda box: crop(x, box, size, antialias=True))(whole[None])  # no box can be read here
    assert torch.equal(unread[0, 0, 0].isnan(), expected)


def test_a_pixel_that_is_not_read_leaves_the_gradient_of_the_box_alone():
    x, box = noise((9,), seed=0), torch.tensor([4.0, 5.0], requires_grad=True)
    x[[3, 5]] = math.nan  # the neighbours of the one pixel that is read, with weight 0
    found = resize(x, (1,), box=box)
    found.sum().backward()
    assert found.item() == x[4] and box.grad.isfinite().all()


@pytest.mark.parametrize("options", [{}, {"antialias": True}, {"kernel": "area"}])
def test_under_vmap_it_reaches_no_further_either(options):
    x = torch.stack([load("camera", size=(96, 96))] * 2)
    x[0, ..., 40, 50], x[1, ..., 0, 95] = math.nan, math.inf
    for size in ((32, 32), (96, 96), (57, 131)):
        together = torch.vmap(lambda x, size=size: resize(x, size, **options))(x)
        for k in (0, 1):
            alone = resize(x[k], size, **options)
            assert torch.equal(together[k].isnan(), alone.isnan()) and torch.equal(together[k].isinf(), alone.isinf())


@kinds
def test_a_gradient_that_is_not_finite_reaches_as_far_as_the_weights(options):
    x = noise((1, 1, 30, 40), seed=0).requires_grad_()
    y = resize(x, (20, 60), **options)
    g = torch.ones_like(y)
    g[..., 7, 9] = math.nan
    slope, = torch.autograd.grad(y, x, g)
    matrices = resample_matrix(30, 20, **options), resample_matrix(40, 60, **options)
    assert torch.equal(slope[0, 0].isnan(), reached(g[0, 0].isnan(), *(matrix.mT for matrix in matrices)))


# labels ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int64, torch.bool, torch.float16, torch.float64,
                                   torch.complex64])
@given(h=st.integers(1, 12), w=st.integers(1, 12), size=st.tuples(st.integers(1, 30), st.integers(1, 30)))
def test_nearest_copies_every_dtype(dtype, h, w, size):
    x = torch.randint(0, 200, (2, 3, h, w)).to(dtype)
    rows, columns = ([(2 * j + 1) * n // (2 * m) for j in range(m)] for n, m in zip((h, w), size, strict=True))
    found = resize(x, size, kernel="nearest")
    assert found.dtype == dtype and torch.equal(found, x[..., rows, :][..., columns])


def test_nearest_changes_no_value():
    labels = torch.tensor([[1, 16777217, 2**62 + 1]])  # more than float32, more than float64 can hold
    assert resize(labels, (2, 6), kernel="nearest").tolist() == [[1, 1, 16777217, 16777217, 2**62 + 1, 2**62 + 1]] * 2
    zeros = torch.tensor([[-0.0, 0.0]])
    assert torch.signbit(resize(zeros, (1, 4), kernel="nearest")).tolist() == [[True, True, False, False]]


def test_each_image_has_its_own_box_of_labels():
    labels = torch.randint(0, 9, (2, 1, 8, 8))
    boxes = torch.tensor([[0.0, 0, 4, 4], [3.0, 2, 7, 6]])
    found = resize(labels, (4, 4), kernel="nearest", box=boxes)
    assert torch.equal(found[0], labels[0, :, :4, :4]) and torch.equal(found[1], labels[1, :, 2:6, 3:7])


# areas ----------------------------------------------------------------------------------------------------------------

def means(row, ends):
    """Mean of a row of pixels between neighbouring ends: differences of its integral, which is piecewise linear."""
    integral = np.interp(ends, np.arange(len(row) + 1), np.concatenate([[0], np.cumsum(row)]))
    return np.diff(integral) / np.diff(np.clip(ends, 0, len(row)))


@given(n=st.integers(1, 40), m=st.integers(1, 40), seed=st.integers(0, 2**31))
def test_area_is_the_mean_of_what_each_output_covers(n, m, seed):
    row = noise((n,), seed=seed)
    expected = means(row.cpu().numpy(), np.linspace(0, n, m + 1))
    assert np.abs(resize(row, (m,), kernel="area").cpu().numpy() - expected).max() < 1e-11


@given(x0=st.floats(0, 8), width=st.floats(0.01, 20), m=st.integers(1, 9))
def test_area_of_a_box_leaves_out_what_lies_outside(x0, width, m):
    row, ends = noise((12,), seed=0), x0 + np.arange(m + 1) * width / m
    met = ends[:-1] < 12 - 1e-9  # the others take the last pixel
    found = resize(row, (m,), kernel="area", box=(x0, x0 + width)).cpu().numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = means(row.cpu().numpy(), ends)
    assert np.abs(found - expected)[met].max() < 1e-7
    assert (found[ends[:-1] >= 12] == row[-1].item()).all()
    mirrored = resize(row, (m,), kernel="area", box=(x0 + width, x0)).cpu().numpy()
    assert np.abs(mirrored[::-1] - found)[met].max() < 1e-7


@pytest.mark.parametrize("size", [(16, 20), (31, 37), (17, 24), (800, 37)])
def test_area_is_opencvs_inter_area(size):
    photo = load("astronaut", size=(1024 if size[0] == 800 else 48, 40))
    pixels = np.ascontiguousarray(photo[0].permute(1, 2, 0).cpu().numpy().astype(np.float32))
    expected = torch.tensor(cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA)).permute(2, 0, 1)
    assert close(resize(photo, size, kernel="area")[0].cpu().float(), expected, 1e-5)


def test_area_is_pytorchs_at_integer_ratios_only():
    x = noise((2, 3, 12, 30), seed=0)
    assert close(resize(x, (4, 6), kernel="area"), F.interpolate(x, (4, 6), mode="area"))
    assert not close(resize(x, (5, 7), kernel="area"), F.interpolate(x, (5, 7), mode="area"), 0.1)
    assert close(resize(torch.tensor([1.0, 2, 1]), (2,), kernel="area"), torch.tensor([4 / 3, 4 / 3]))


def test_a_cell_without_width_or_outside_takes_one_pixel():
    row = torch.tensor([10.0, 20, 30])
    for box, expected in (((1.4, 1.4), 20), ((-5.0, -3), 10), ((7.0, 9), 30), ((3.0, 3), 30)):
        assert resize(row, (2,), kernel="area", box=box).tolist() == [expected] * 2


def test_area_is_differentiable_in_image_and_box():
    x, box = noise((2, 1, 6, 7), seed=0).requires_grad_(), torch.tensor([0.57, -1.17, 6.21, 5.39], requires_grad=True)
    assert gradcheck(lambda x, b: resize(x, (3, 4), kernel="area", box=b), (x, box))


@pytest.mark.parametrize("options", [{"kernel": "area"}, {"antialias": True}, {}])
def test_at_a_kink_the_slope_is_the_one_to_the_right(options):
    row, box = noise((12,), seed=3), torch.tensor([0.0, 12.0], requires_grad=True)  # every place lies on a kink
    n = 4
    for end in (0, 1):
        slopes = torch.autograd.functional.jacobian(lambda b: resize(row, (n,), box=b, **options), box)[:, end]
        step = torch.zeros(2)
        step[end] = 1e-6
        right = (resize(row, (n,), box=(box + step).detach(), **options)
                 - resize(row, (n,), box=box.detach(), **options)) / 1e-6
        inside = slice(1, None) if end == 0 else slice(None, -1)  # the first and last reach beyond the image
        assert close(slopes[inside], right[inside], 1e-4)


# valid ----------------------------------------------------------------------------------------------------------------

KERNELS = pytest.mark.parametrize("kernel", ["nearest", "box", "linear", "area"])


@KERNELS
@pytest.mark.parametrize("antialias", [False, True])
@given(size=st.tuples(st.integers(1, 15), st.integers(1, 15)), seed=st.integers(0, 2**31))
def test_pixels_that_are_not_valid_count_for_nothing(kernel, antialias, size, seed):
    antialias = antialias and kernel not in ("nearest", "area")
    x, valid = noise((2, 3, 9, 11), seed=seed), noise((2, 1, 9, 11), seed=seed + 1) > 0.5
    A, B = (resample_matrix(n, m, kernel=kernel, antialias=antialias) for n, m in zip((9, 11), size, strict=True))
    full = torch.kron(A.contiguous(), B.contiguous())
    weights = full * valid.expand_as(x).flatten(2)[..., None, :]
    expected = ((weights @ x.flatten(2)[..., None])[..., 0] / weights.sum(-1)).unflatten(-1, size)
    found = resize(torch.where(valid, x, math.nan), size, kernel=kernel, antialias=antialias, valid=valid)
    assert torch.equal(found.isnan(), expected.isnan())
    assert close(found.nan_to_num(), expected.nan_to_num(), 1e-10)


def test_valid_means_of_blocks_are_nanmeans():
    photo = load("coffee", size=(60, 90))
    hole = torch.where(photo.mean(1, keepdim=True) < 0.4, math.nan, photo)
    blocks = hole.unflatten(-1, (30, 3)).unflatten(-3, (20, 3)).transpose(-2, -3).flatten(-2)
    found = resize(hole, (20, 30), kernel="area", valid=hole.isfinite())
    assert blocks.isnan().all(-1).any() and torch.equal(found.isnan(), blocks.isnan().all(-1))
    assert close(found.nan_to_num(), blocks.nanmean(-1).nan_to_num(), 1e-12)


@KERNELS
def test_all_valid_is_no_valid(kernel):
    x = noise((2, 3, 9, 11), seed=0)
    valid = torch.ones(11, dtype=torch.bool)
    assert close(resize(x, (4, 25), kernel=kernel, valid=valid), resize(x, (4, 25), kernel=kernel))


@KERNELS
def test_gradients_are_finite_where_nothing_is_valid(kernel):
    valid = torch.ones(1, 1, 6, 8, dtype=torch.bool)
    valid[..., :4] = False
    x = torch.where(valid, noise((1, 1, 6, 8), seed=0), math.nan).requires_grad_()
    box = torch.tensor([0.13, 0.23, 7.7, 5.6], requires_grad=True)
    small = resize(x, (3, 4), kernel=kernel, valid=valid, box=box)
    assert small[..., 0].isnan().all() and small[..., 3].isfinite().all()
    small.nan_to_num().square().sum().backward()
    assert x.grad.isfinite().all() and (x.grad[~valid] == 0).all() and box.grad.isfinite().all()
    met = small.detach().isfinite()
    f = lambda x, b: resize(x, (3, 4), kernel=kernel, valid=valid, box=b)[met]
    assert gradcheck(f, (torch.where(valid, x, 0).detach().requires_grad_(), box))


# one, two, three axes -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [(4, 5, 6), (17, 7, 30), (1, 1, 1)])
def test_three_axes_are_trilinear(size):
    x = noise((2, 3, 8, 9, 10), seed=0)
    assert close(resize(x, size), F.interpolate(x, size, mode="trilinear"))
    scale = tuple((m + 0.4) / n for n, m in zip((8, 9, 10), size, strict=True))
    assert close(resize(x, scale=scale), F.interpolate(x, scale_factor=scale, mode="trilinear"))
    assert close(resize(x, size, coordinates="align_corners"),
                 F.interpolate(x, size, mode="trilinear", align_corners=True))


def test_each_axis_alone_and_all_at_once():
    x = noise((2, 8, 9, 10), seed=0)
    turned = resize(x.movedim(1, -1), (5,), antialias=True).movedim(-1, 1)  # depth alone
    both = F.interpolate(turned, (4, 6), mode="bilinear", antialias=True)
    assert close(resize(x, (5, 4, 6), antialias=True), both)
    assert close(resize(x[0, 0, 0], (7,)), F.interpolate(x[:1, 0, :1], 7, mode="linear")[0, 0])
    assert close(resize(x[0, 0, 0], scale=(0.5,)), F.interpolate(x[:1, 0, :1], scale_factor=0.5, mode="linear")[0, 0])
    assert resize(x, scale=2).shape == (2, 8, 18, 20)  # a number alone means two axes


def test_boxes_of_one_and_three_axes_begin_with_x():
    x = noise((2, 1, 6, 7, 8), seed=0)
    whole = x[..., 1:4, 2:6, 3:8]
    assert close(resize(x, (3, 4, 5), box=(3, 2, 1, 8, 6, 4)), whole)
    boxes = torch.tensor([[3.0, 2, 1, 8, 6, 4], [0.0, 0, 0, 5, 4, 3]])
    each = resize(x, (3, 4, 5), box=boxes)
    assert close(each[0], whole[0]) and close(each[1], x[1, :, :3, :4, :5])
    assert close(resize(x[0, 0, 0, 0], (2,), box=torch.tensor([3.0, 5.0])), x[0, 0, 0, 0, 3:5])


# kernels, precision, layout -------------------------------------------------------------------------------------------

def test_a_cubic_is_a_value():
    assert pickle.loads(pickle.dumps(cubic(-0.75))) == cubic(-0.75) != cubic(-0.5)
    assert repr(cubic(-0.75)) == "cubic(a=-0.75)" and len({cubic(-0.5), cubic(-0.5)}) == 1
    with pytest.raises(AttributeError):
        cubic(-0.5).a = 1


@pytest.mark.parametrize("options", [{}, {"kernel": "cubic", "antialias": True}, {"kernel": "area"}])
def test_autocast_leaves_the_weights_alone(options):
    x = torch.full((1, 1, 8, 8), 0.7, dtype=torch.float32)
    box = torch.tensor([0.3, 0.2, 7.1, 6.6], dtype=torch.float32)
    with torch.autocast(x.device.type, torch.bfloat16):
        for region in (None, box):
            assert (resize(x, (5, 5), box=region, **options) - 0.7).abs().max() < 1e-6
        each = torch.vmap(lambda b: resize(x, (5, 5), box=b, **options))(box[None])
    assert each.dtype == torch.float32 and (each - 0.7).abs().max() < 1e-6


def test_the_result_lies_in_memory_like_any_other():
    x = noise((2, 3, 8, 9), seed=0)
    for images in (x, x.to(memory_format=torch.channels_last), x.mT, x[..., ::2]):
        for kernel in ("linear", "nearest"):
            found = resize(images, (4, 5), kernel=kernel)
            assert found.is_contiguous() and close(found, resize(images.contiguous(), (4, 5), kernel=kernel))


def test_a_box_as_wide_as_the_sea_costs_no_more_than_the_image():
    matrix = resample_matrix(6, 3, antialias=True, box=torch.tensor([-1e9, 1e9]))
    assert close(matrix.sum(-1), torch.ones(3)) and close(matrix[1], torch.full((6,), 1 / 6), 1e-6)


# transforms -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [{}, {"antialias": True}, {"kernel": "cubic"}, {"kernel": "area"},
                                     {"kernel": "nearest"}])
def test_forward_mode_and_hessians_are_those_of_the_backward_pass(options):
    x, box = noise((1, 1, 6, 7), seed=0), torch.tensor([0.31, 0.43, 6.17, 5.71])
    for f, at in ((lambda x: resize(x, (3, 4), **options), x), (lambda b: resize(x, (3, 4), box=b, **options), box)):
        assert close(torch.func.jacfwd(f)(at), torch.autograd.functional.jacobian(f, at))
        square = lambda t, f=f: f(t).square().sum()  # noqa: E731
        assert close(torch.func.hessian(square)(at), torch.autograd.functional.hessian(square, at))


@pytest.mark.parametrize("strict, relative", [(False, True), (True, False)])
@pytest.mark.parametrize("options", [{}, {"antialias": True}, {"kernel": "area"}, {"kernel": "nearest"}])
def test_an_export_serves_images_of_all_sizes(options, strict, relative):
    class Resize(torch.nn.Module):
        def forward(self, x):
            return resize(x, (x.shape[-2] // 2, 2 * x.shape[-1]) if relative else (7, 9), **options)

    free = {axis: torch.export.Dim(name, min=4, max=500) for axis, name in ((2, "h"), (3, "w"))}
    x = noise((2, 3, 16, 20), seed=0)
    program = torch.export.export(Resize(), (x,), dynamic_shapes=(free,), strict=strict).module()
    for size in ((18, 26), (5, 6), (40, 7)):
        x = noise((2, 3, *size), seed=1)
        assert close(program(x), Resize()(x))


def test_shapes_can_be_asked_without_values():
    x, box = torch.zeros(2, 3, 8, 9, device="meta"), torch.zeros(2, 4, device="meta")
    for options in ({}, {"antialias": True}, {"kernel": "area"}, {"kernel": "nearest"}, {"valid": x > 0}):
        assert resize(x, (4, 5), box=box, **options).shape == (2, 3, 4, 5)
    for antialias in (False, True):
        assert crop(x, box, (4, 5), antialias=antialias).shape == (2, 3, 4, 5)


# bad input ------------------------------------------------------------------------------------------------------------

IMAGE, YES = torch.zeros(1, 1, 4, 6), torch.ones(4, 6, dtype=torch.bool)


@pytest.mark.parametrize("options, error, message", [
    ({"images": IMAGE.long()}, TypeError, "images is a int64 tensor.*kernel='nearest'"),
    ({"images": IMAGE.long(), "kernel": "nearest", "valid": YES}, TypeError, "without valid"),
    ({"kernel": "bilinear"}, ValueError, "PyTorch's 'bilinear' is \"linear\""),
    ({"kernel": "area", "antialias": True}, ValueError, "kernel='area' came with .*antialias=True"),
    ({"kernel": "area", "edge": "clamp"}, ValueError, "kernel='area' came with .*edge='clamp'"),
    ({"kernel": "area", "coordinates": "asymmetric"}, ValueError, "kernel='area' came with coordinates='asymmetric'"),
    ({"valid": YES.float()}, TypeError, "valid is torch.float.*isfinite"),
    ({"valid": YES.mT}, ValueError, r"valid has shape \(6, 4\), expected one that broadcasts"),
    ({"valid": YES[None, None, None]}, ValueError, r"valid has shape \(1, 1, 1, 4, 6\)"),
    ({"valid": YES, "kernel": "cubic"}, ValueError, "valid came with kernel='cubic'"),
    ({"valid": YES, "kernel": cubic(-0.5)}, ValueError, r"valid came with kernel=cubic\(a=-0.5\)"),
    ({"size": (2, 2, 2), "images": IMAGE[0, 0]}, ValueError, r"expected \(..., D, H, W\)"),
    ({"size": (2, 2, 2), "box": (0, 0, 4, 4)}, ValueError, "the six numbers"),
    ({"size": (2,), "box": (0, math.nan)}, ValueError, "the two numbers"),
    ({"size": (2, 2), "box": torch.zeros(6)}, ValueError, r"box has shape \(6,\)"),
    ({"size": (2, 2, 2, 2)}, TypeError, "size is .2, 2, 2, 2., expected"),
    ({"size": (True, 2)}, TypeError, "size is .True, 2., expected"),
])
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        resize(**{"images": IMAGE, "size": (2, 2), **options})


def test_what_cannot_be_read_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match="edge='renormalize'"):
        torch.vmap(lambda b: resample_matrix(9, 4, box=b, antialias=True, edge="clamp"))(torch.tensor([[0.0, 9.0]]))
