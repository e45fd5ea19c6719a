"""Coordinates against affine_grid, grid_sample and numbers that one can check on paper."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from diffimg.coords import convert_crop_matrix, normalize_box, normalized_to_pixel, pixel_to_normalized
from diffimg.images import noise

# PyTorch tells of its change of 2019 whenever an output axis has one pixel and align_corners=True.
pytestmark = pytest.mark.filterwarnings("ignore:Since version 1.3")

flags = pytest.mark.parametrize("align_corners", [False, True])
sides = st.integers(1, 12)
places = st.floats(-50, 50)


# one axis -------------------------------------------------------------------------------------------------------------

def test_four_pixels_lie_where_the_two_conventions_put_them():
    assert [pixel_to_normalized(i, 4) for i in range(4)] == [-0.75, -0.25, 0.25, 0.75]
    assert [pixel_to_normalized(i, 5, align_corners=True) for i in range(5)] == [-1, -0.5, 0, 0.5, 1]
    assert pixel_to_normalized(-0.5, 4) == -1 and pixel_to_normalized(3.5, 4) == 1


@flags
@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_pixel_centres_are_the_grid_of_the_identity(size, align_corners):
    grid = F.affine_grid(torch.eye(2, 3)[None], (1, 1, 1, size), align_corners=align_corners)[0, 0, :, 0]
    ours = pixel_to_normalized(torch.arange(size), size, align_corners=align_corners)
    assert torch.allclose(ours, grid, rtol=0, atol=1e-15)


@flags
@given(size=st.integers(2, 12), fraction=st.floats(0, 1))
def test_grid_sample_reads_a_ramp_at_normalized_to_pixel(align_corners, size, fraction):
    place = pixel_to_normalized(fraction * (size - 1), size, align_corners=align_corners)
    ramp, grid = torch.arange(float(size))[None, None, None], torch.tensor([place, 0.0])[None, None, None]
    seen = F.grid_sample(ramp, grid, align_corners=align_corners).item()
    assert seen == pytest.approx(normalized_to_pixel(place, size, align_corners=align_corners), abs=1e-12)


@flags
@given(size=st.integers(1, 1000), index=places)
def test_normalized_to_pixel_undoes_pixel_to_normalized(align_corners, size, index):
    back = normalized_to_pixel(pixel_to_normalized(index, size, align_corners=align_corners), size,
                               align_corners=align_corners)
    # With align_corners one pixel has one coordinate: every index comes back as 0.
    assert back == pytest.approx(0 if align_corners and size == 1 else index, abs=1e-11)


@flags
@given(size=st.integers(2, 1000), coordinate=st.floats(-3, 3))
def test_pixel_to_normalized_undoes_normalized_to_pixel(align_corners, size, coordinate):
    index = normalized_to_pixel(coordinate, size, align_corners=align_corners)
    assert pixel_to_normalized(index, size, align_corners=align_corners) == pytest.approx(coordinate, abs=1e-12)


@flags
def test_one_pixel_lies_in_the_middle(align_corners):
    assert pixel_to_normalized(0, 1, align_corners=align_corners) == 0
    assert normalized_to_pixel(0.0, 1, align_corners=align_corners) == 0


@flags
def test_the_slopes_are_two_over_the_size_and_its_inverse(align_corners):
    index = torch.tensor([0.3, 7.0], requires_grad=True)
    steps = 9 - 1 if align_corners else 9
    for f, slope in ((pixel_to_normalized, 2 / steps), (normalized_to_pixel, steps / 2)):
        (got,) = torch.autograd.grad(f(index, 9, align_corners=align_corners).sum(), index)
        assert torch.allclose(got, torch.full((2,), slope), rtol=1e-15)


@flags
@pytest.mark.parametrize("f", [pixel_to_normalized, normalized_to_pixel])
@pytest.mark.parametrize("size, error, message", [
    (0, ValueError, "size is 0, expected at least one pixel"), (-3, ValueError, "size is -3"),
    (4.0, TypeError, r"size is 4\.0, expected .* integer"), ("4", TypeError, "size is '4'"),
    (True, TypeError, "size is True"), ((4, 4), TypeError, r"size is \(4, 4\)"),
])
def test_a_bad_size_is_named(f, size, error, message, align_corners):
    with pytest.raises(error, match=message):
        f(0.0, size, align_corners=align_corners)


# boxes ----------------------------------------------------------------------------------------------------------------

@given(h=st.integers(2, 100), w=st.integers(2, 100), corners=st.tuples(places, places, places, places))
def test_a_box_is_normalised_edge_by_edge_or_centre_by_centre(h, w, corners):
    x0, y0, x1, y1 = corners
    edges = [2 * x0 / w - 1, 2 * y0 / h - 1, 2 * x1 / w - 1, 2 * y1 / h - 1]
    # the first pixel of the slice is x0, the last one x1 - 1
    centres = [2 * x0 / (w - 1) - 1, 2 * y0 / (h - 1) - 1, 2 * (x1 - 1) / (w - 1) - 1, 2 * (y1 - 1) / (h - 1) - 1]
    box = torch.tensor(corners, dtype=torch.float64)
    assert normalize_box(box, (h, w)).tolist() == pytest.approx(edges, abs=1e-12)
    assert normalize_box(box, (h, w), align_corners=True).tolist() == pytest.approx(centres, abs=1e-11)


@flags
def test_the_whole_image_is_minus_one_to_one(align_corners):
    assert normalize_box(torch.tensor([0.0, 0, 9, 5]), (5, 9), align_corners=align_corners).tolist() == [-1, -1, 1, 1]


@flags
def test_a_box_narrower_than_a_pixel_is_mirrored_under_align_corners_only(align_corners):
    x, _, x2, _ = normalize_box(torch.tensor([2.0, 0, 2.5, 3]), (5, 9), align_corners=align_corners).tolist()
    assert (x2 < x) == align_corners


@flags
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_boxes_keep_their_leading_axes_and_dtype(align_corners, dtype):
    boxes = noise((2, 3, 4), seed=0).to(dtype)
    whole = normalize_box(boxes, (5, 9), align_corners=align_corners)
    assert whole.shape == (2, 3, 4) and whole.dtype == dtype
    assert torch.equal(whole[1, 2], normalize_box(boxes[1, 2], (5, 9), align_corners=align_corners))


@flags
def test_the_gradient_of_normalize_box_is_constant(align_corners):
    box = torch.tensor([1.0, 2.0, 4.5, 3.0], requires_grad=True)
    assert gradcheck(lambda b: normalize_box(b, (5, 9), align_corners=align_corners), box)
    (slopes,) = torch.autograd.grad(normalize_box(box, (5, 9), align_corners=align_corners).sum(), box)
    assert slopes.tolist() == pytest.approx([2 / 8, 2 / 4] * 2 if align_corners else [2 / 9, 2 / 5] * 2)


def test_an_axis_of_one_pixel_has_the_coordinate_zero_under_align_corners():
    assert normalize_box(torch.tensor([0.0, 0, 1, 1]), (1, 1), align_corners=True).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("box, size, error, message", [
    ([0, 0, 4, 4], (5, 9), TypeError, r"box is a list, expected a tensor.*torch\.tensor"),
    (torch.tensor([0, 0, 4, 4]), (5, 9), TypeError, r"box is a torch\.int64 tensor.*box\.float\(\)"),
    (torch.zeros(4, dtype=torch.uint8), (5, 9), TypeError, r"box is a uint8 tensor.*box\.float\(\) / 255"),
    (torch.zeros(3), (5, 9), ValueError, r"box has shape \(3,\), expected \(\.\.\., 4\).*top-left then bottom-right"),
    (torch.tensor(1.0), (5, 9), ValueError, r"box has shape \(\), expected"),
    (torch.zeros(4), (5.0, 9), TypeError, r"image_size is \(5\.0, 9\), expected \(height, width\)"),
    (torch.zeros(4), 5, TypeError, "image_size is 5"),
    (torch.zeros(4), (5, 0), ValueError, r"image_size is \(5, 0\), expected at least one pixel"),
])
def test_a_bad_box_or_size_is_named(box, size, error, message):
    with pytest.raises(error, match=message):
        normalize_box(box, size)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_box_that_is_not_finite_is_refused_on_the_cpu(bad):
    with pytest.raises(ValueError, match="box contains NaN or infinity"):
        normalize_box(torch.tensor([0.0, 0, bad, 4], device="cpu"), (5, 9))


# from one convention to the other -------------------------------------------------------------------------------------

def sample(image, theta, size, align_corners, padding_mode):
    grid = F.affine_grid(theta[None], (1, 1, *size), align_corners=align_corners)
    return F.grid_sample(image, grid, padding_mode=padding_mode, align_corners=align_corners)


@given(h=sides, w=sides, out=st.tuples(sides, sides), seed=st.integers(0, 2**31),
       padding_mode=st.sampled_from(["zeros", "border"]))
def test_the_converted_matrix_samples_the_same_places(h, w, out, seed, padding_mode):
    # Any affine map: shear, rotation, mirror. Reflection is left out, for it mirrors at other places by design.
    image, theta = noise((1, 1, h, w), seed=seed), noise((2, 3), seed=seed + 1)
    with_centres = sample(image, theta, out, True, padding_mode)
    converted = convert_crop_matrix(theta, (h, w), out, to_align_corners=False)
    assert torch.allclose(sample(image, converted, out, False, padding_mode), with_centres, rtol=0, atol=1e-10)
    if min(h, w) > 1:
        with_edges = sample(image, theta, out, False, padding_mode)
        converted = convert_crop_matrix(theta, (h, w), out, to_align_corners=True)
        assert torch.allclose(sample(image, converted, out, True, padding_mode), with_edges, rtol=0, atol=1e-10)


def test_a_rotation_by_thirty_degrees_samples_the_same_places():
    h, w, out = 16, 24, (5, 7)
    image, (c, s) = noise((1, 1, h, w), seed=0), (math.cos(math.pi / 6), math.sin(math.pi / 6))
    theta = torch.tensor([[0.5 * c, -0.5 * s * h / w, 0.1], [0.5 * s * w / h, 0.5 * c, -0.1]])
    converted = convert_crop_matrix(theta, (h, w), out, to_align_corners=True)
    expected = sample(image, theta, out, False, "zeros")
    assert torch.allclose(sample(image, converted, out, True, "zeros"), expected, rtol=0, atol=1e-13)
    assert not torch.allclose(sample(image, theta, out, True, "zeros"), expected, atol=0.1)


@flags
@given(h=st.integers(2, 12), w=st.integers(2, 12), out=st.tuples(sides, sides), seed=st.integers(0, 2**31))
def test_there_and_back_is_the_same_matrix(align_corners, h, w, out, seed):
    theta = noise((3, 2, 3), seed=seed)
    there = convert_crop_matrix(theta, (h, w), out, to_align_corners=align_corners)
    back = convert_crop_matrix(there, (h, w), out, to_align_corners=not align_corners)
    assert torch.allclose(back, theta, rtol=1e-14)


def test_conversion_scales_rows_by_the_image_and_columns_by_the_crop():
    # S_in Theta S_out^-1 written out, S = diag(size / (size - 1)), x first
    h, w, oh, ow = 5, 9, 3, 4
    s_in = torch.diag(torch.tensor([w / (w - 1), h / (h - 1), 1]))
    s_out = torch.diag(torch.tensor([ow / (ow - 1), oh / (oh - 1), 1]))
    theta = torch.cat([noise((2, 3), seed=0), torch.tensor([[0.0, 0, 1]])])
    got = convert_crop_matrix(theta[:2], (h, w), (oh, ow), to_align_corners=True)
    assert torch.allclose(got, (s_in @ theta @ s_out.inverse())[:2], rtol=1e-14)


@flags
def test_the_conversion_is_differentiable_and_keeps_the_dtype(align_corners):
    theta = noise((2, 2, 3), seed=0)
    convert = lambda t: convert_crop_matrix(t, (5, 9), (3, 4), to_align_corners=align_corners)
    assert gradcheck(convert, theta.clone().requires_grad_())
    assert convert(theta.float()).dtype == torch.float32


def test_an_axis_of_one_pixel_cannot_be_converted_to_align_corners():
    with pytest.raises(ValueError, match=r"in_size is \(1, 9\).*one pixel.*keep align_corners=False"):
        convert_crop_matrix(torch.eye(2, 3), (1, 9), (3, 4), to_align_corners=True)


@pytest.mark.parametrize("theta, in_size, out_size, error, message", [
    (torch.eye(3), (5, 9), (3, 4), ValueError, r"theta has shape \(3, 3\), expected \(\.\.\., 2, 3\)"),
    (torch.zeros(2, 3).int(), (5, 9), (3, 4), TypeError, r"theta is a torch\.int32 tensor"),
    (torch.eye(2, 3), (5,), (3, 4), TypeError, r"in_size is \(5,\), expected \(height, width\)"),
    (torch.eye(2, 3), (5, 9), (3, 0), ValueError, r"out_size is \(3, 0\), expected at least one pixel"),
])
def test_a_bad_matrix_or_size_is_named(theta, in_size, out_size, error, message):
    with pytest.raises(error, match=message):
        convert_crop_matrix(theta, in_size, out_size, to_align_corners=False)
