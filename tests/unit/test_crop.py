"""The crop against loops over pixels, slices, F.interpolate, scikit-image and its own derivative worked out by hand."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import AffineTransform, warp
from torch.autograd import gradcheck, gradgradcheck

from diffimg.coords import normalize_box
from diffimg.crop import crop, crop_matrix
from diffimg.images import noise
from diffimg.linear import adjoint, as_matrix, dot_test

# PyTorch tells of its change of 2019 whenever an output axis has one pixel and align_corners=True.
pytestmark = pytest.mark.filterwarnings("ignore:Since version 1.3")

flags = pytest.mark.parametrize("align_corners", [False, True])
modes = pytest.mark.parametrize("mode", ["bilinear", "bicubic", "nearest"])
paddings = pytest.mark.parametrize("padding_mode", ["border", "zeros", "reflection"])
sides = st.integers(1, 9)
seeds = st.integers(0, 2**31)
coordinates = st.floats(-2, 2)

# Reaches beyond the image on every side, is not centred, and no sample of it falls on an index: no kinks nearby.
BOX = torch.tensor([-1.27, -1.13, 1.21, 1.37], dtype=torch.float64)


def box_like(*leading):
    """Boxes near BOX, on the default device."""
    return BOX.to(torch.get_default_device()) + 0.1 * noise((*leading, 4), seed=len(leading)).tanh()


def pixels(box, image, size, **options):
    """Crop of a box in pixels."""
    box = torch.as_tensor(box, dtype=image.dtype)
    flag = options.get("align_corners", False)
    return crop(image, normalize_box(box, image.shape[-2:], align_corners=flag), size, **options)


def ramp(h, w):
    """An image whose first channel is its own column and whose second is its own row: crops show where they look."""
    columns, rows = torch.arange(float(w)).expand(h, w), torch.arange(float(h))[:, None].expand(h, w)
    return torch.stack([columns, rows])[None]


# The same operation in Python numbers, one output pixel at a time. ----------------------------------------------------

def reflect(i, n, align_corners):
    """Mirror a coordinate at the centres (align_corners) or at the outer edges of the first and last pixel."""
    low, high = (0, n - 1) if align_corners else (-0.5, n - 0.5)
    if low == high:
        return 0
    i = abs(i - low) % (2 * (high - low))
    return min(max(low + min(i, 2 * (high - low) - i), 0), n - 1)


def inside(i, n, padding_mode, align_corners):
    if padding_mode == "border":
        return min(max(i, 0), n - 1)
    return reflect(i, n, align_corners) if padding_mode == "reflection" else i


def cubic_weight(t):
    """Keys' kernel with a = -3/4, which is PyTorch's."""
    t, a = abs(t), -0.75
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * (t**3 - 5 * t**2 + 8 * t - 4) if t < 2 else 0.0


def taps(i, n, mode, padding_mode, align_corners):
    """The pixels that a coordinate reads along one axis, with their weights."""
    if mode == "bicubic":
        neighbours = [math.floor(i) + k for k in (-1, 0, 1, 2)]
        found = [(inside(k, n, padding_mode, align_corners), cubic_weight(i - k)) for k in neighbours]
    else:
        i = inside(i, n, padding_mode, align_corners)
        k = math.floor(i)
        found = [(round(i), 1.0)] if mode == "nearest" else [(k, 1 - (i - k)), (k + 1, i - k)]
    return [(int(k), weight) for k, weight in found if 0 <= k < n]


def looped_crop(image, box, size, align_corners, mode, padding_mode):
    def indices(low, high, count, n):
        for j in range(count):
            if align_corners:
                u = 2 * j / (count - 1) - 1 if count > 1 else 0
                yield ((low + high + u * (high - low)) / 2 + 1) * (n - 1) / 2
            else:
                u = (2 * j + 1) / count - 1
                yield (((low + high + u * (high - low)) / 2 + 1) * n - 1) / 2

    (height, width), (x, y, x2, y2) = image.shape, box.tolist()
    rule = mode, padding_mode, align_corners
    return torch.tensor([[sum(p * q * float(image[row, column])
                              for row, p in taps(i, height, *rule) for column, q in taps(j, width, *rule))
                          for j in indices(x, x2, size[1], width)]
                         for i in indices(y, y2, size[0], height)])


@flags
@modes
@paddings
@pytest.mark.parametrize("shape, size", [((4, 6), (5, 3)), ((7, 5), (4, 8)), ((2, 9), (1, 1))])
def test_the_crop_is_a_loop_over_output_pixels(align_corners, mode, padding_mode, shape, size):
    image = noise(shape, seed=0)
    for box in box_like(3):
        expected = looped_crop(image, box, size, align_corners, mode, padding_mode)
        got = crop(image[None, None], box, size, align_corners=align_corners, mode=mode, padding_mode=padding_mode)
        assert torch.allclose(got[0, 0], expected, rtol=0, atol=1e-12)


@flags
@modes
@given(box=st.tuples(coordinates, coordinates, coordinates, coordinates), h=sides, w=sides,
       size=st.tuples(sides, sides), seed=seeds)
def test_any_box_of_any_image_is_that_loop(align_corners, mode, box, h, w, size, seed):
    image, box = noise((h, w), seed=seed), torch.tensor(box)
    got = crop(image[None, None], box, size, align_corners=align_corners, mode=mode)[0, 0]
    # Rounding may tip a sample that lies half-way between two pixels to either of them.
    tips = itertools.product([-1e-9, 1e-9], repeat=2) if mode == "nearest" else [(0.0, 0.0)]
    agree = [(got - looped_crop(image, box + torch.tensor(tip * 2), size, align_corners, mode, "border")).abs() < 1e-9
             for tip in tips]
    assert torch.stack(agree).any(0).all()


# crop_matrix ----------------------------------------------------------------------------------------------------------

@given(box=st.tuples(coordinates, coordinates, coordinates, coordinates))
def test_theta_maps_the_corners_of_the_output_to_the_corners_of_the_box(box):
    theta = crop_matrix(torch.tensor(box))
    assert (theta @ torch.tensor([-1.0, -1, 1])).tolist() == pytest.approx(box[:2], abs=1e-15)
    assert (theta @ torch.tensor([1.0, 1, 1])).tolist() == pytest.approx(box[2:], abs=1e-15)
    assert theta[0, 1] == theta[1, 0] == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_theta_keeps_leading_axes_and_dtype(dtype):
    boxes = box_like(2, 3).to(dtype)
    theta = crop_matrix(boxes)
    assert theta.shape == (2, 3, 2, 3) and theta.dtype == dtype
    assert torch.equal(theta[1, 2], crop_matrix(boxes[1, 2]))


def test_theta_is_linear_in_the_box():
    jacobian = torch.autograd.functional.jacobian(crop_matrix, box_like())
    assert torch.equal(jacobian[0, 0], torch.tensor([-0.5, 0, 0.5, 0]))
    assert torch.equal(jacobian[1, 1], torch.tensor([0, -0.5, 0, 0.5]))
    assert torch.equal(jacobian[0, 2], torch.tensor([0.5, 0, 0.5, 0]))
    assert torch.equal(jacobian[1, 2], torch.tensor([0, 0.5, 0, 0.5]))
    assert gradcheck(crop_matrix, box_like(2).requires_grad_())


# slices and other libraries -------------------------------------------------------------------------------------------

@flags
@modes
@given(left=sides, width=sides, right=sides, top=sides, height=sides, bottom=sides, seed=seeds)
def test_an_integer_box_of_its_own_size_is_the_slice(
        align_corners, mode, left, width, right, top, height, bottom, seed):
    # no margin less than 0, and sometimes none at all
    left, right, top, bottom = left - 1, right - 1, top - 1, bottom - 1
    image = noise((2, 3, top + height + bottom, left + width + right), seed=seed)
    x1, y1 = left + width, top + height
    cut = pixels([left, top, x1, y1], image, (height, width), align_corners=align_corners, mode=mode)
    assert torch.allclose(cut, image[..., top:y1, left:x1], rtol=0, atol=1e-12)


def test_the_slice_is_exact_in_float32_when_the_sides_are_powers_of_two():
    image = noise((1, 1, 16, 32), seed=0).float()
    assert torch.equal(pixels([3, 2, 21, 13], image, (11, 18)), image[..., 2:13, 3:21])


@pytest.mark.parametrize("ratio", [3, 5])
def test_an_odd_ratio_is_a_strided_slice(ratio):
    image = noise((1, 1, 20, 30), seed=0)
    middle = (ratio - 1) // 2
    cut = pixels([2, 1, 2 + 4 * ratio, 1 + 3 * ratio], image, (3, 4))
    expected = image[..., 1 + middle:1 + 3 * ratio:ratio, 2 + middle:2 + 4 * ratio:ratio]
    assert torch.allclose(cut, expected, rtol=0, atol=1e-12)


@flags
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@given(h=sides, w=sides, size=st.tuples(sides, sides), seed=seeds)
def test_the_whole_image_is_interpolate(align_corners, mode, h, w, size, seed):
    if align_corners and 1 in size:
        size = (size[0] + 1, size[1] + 1)  # interpolate then takes the first pixel, affine_grid the middle
    image = noise((2, 3, h, w), seed=seed)
    got = crop(image, torch.tensor([-1.0, -1, 1, 1]), size, align_corners=align_corners, mode=mode)
    assert torch.allclose(got, F.interpolate(image, size, mode=mode, align_corners=align_corners), rtol=0, atol=1e-12)


@given(x0=st.floats(0, 8), y0=st.floats(0, 6), w=st.floats(0.5, 9), h=st.floats(0.5, 9), seed=seeds)
def test_the_crop_is_the_warp_of_scikit_image(x0, y0, w, h, seed):
    image, size = noise((7, 9), seed=seed), (5, 6)
    # scikit-image maps output indices to input indices: scale, then half a pixel each way
    sx, sy = w / size[1], h / size[0]
    to_input = AffineTransform(scale=(sx, sy), translation=(x0 + sx / 2 - 0.5, y0 + sy / 2 - 0.5))
    expected = torch.from_numpy(warp(image.cpu().numpy(), to_input, output_shape=size, order=1, mode="edge"))
    got = pixels([x0, y0, x0 + w, y0 + h], image[None, None], size)[0, 0].cpu()
    assert torch.allclose(got, expected, rtol=0, atol=1e-10)


def test_the_bilinear_crop_is_two_triangle_matrices():
    h, w, (x0, y0, x1, y1) = 6, 8, (1.3, 0.4, 6.9, 4.7)

    def rows(low, high, count, n):
        # at least half a pixel inside the image, so that no padding enters
        at = low + (torch.arange(count) + 0.5) * (high - low) / count - 0.5
        return (1 - (at[:, None] - torch.arange(n)).abs()).clamp(min=0)

    expected = torch.kron(rows(y0, y1, 3, h).contiguous(), rows(x0, x1, 5, w).contiguous())
    matrix = as_matrix(lambda image: pixels([x0, y0, x1, y1], image, (3, 5)), (1, 1, h, w))
    assert torch.allclose(matrix, expected, rtol=0, atol=1e-12)


# numbers that one can check on paper ----------------------------------------------------------------------------------

def test_zeros_padding_darkens_the_border_of_an_enlarged_white_image():
    white, whole = torch.ones(1, 1, 8, 8), torch.tensor([-1.0, -1, 1, 1])
    dark = crop(white, whole, (32, 32), padding_mode="zeros")[0, 0]
    # The outermost sample lies 3/8 of a pixel outside the last centre: 5/8 along an edge, 25/64 in a corner.
    assert dark[0, 16].item() == pytest.approx(0.625) and dark[0, 0].item() == pytest.approx(0.390625)
    assert torch.allclose(crop(white, whole, (32, 32)), torch.ones(1, 1, 32, 32))


def test_the_crop_of_tensorflow_issue_26278_sees_the_context_of_the_box():
    # github.com/tensorflow/tensorflow/issues/26278: the box around [[6, 7], [11, 12]] of a 5 x 5 arange, to 4 x 4
    image = torch.arange(25.0).reshape(1, 1, 5, 5)
    assert pixels([1, 1, 3, 3], image, (4, 4))[0, 0].tolist() == [
        [4.5, 5, 5.5, 6], [7, 7.5, 8, 8.5], [9.5, 10, 10.5, 11], [12, 12.5, 13, 13.5]]


@flags
def test_a_ramp_shows_where_the_samples_lie(align_corners):
    x0, y0, x1, y1 = 2.0, 1.0, 7.0, 4.0
    columns, rows = pixels([x0, y0, x1, y1], ramp(6, 9), (4, 8), align_corners=align_corners)[0]
    j, i = torch.arange(8), torch.arange(4)
    if align_corners:
        x, y = x0 + j * (x1 - 1 - x0) / (8 - 1), y0 + i * (y1 - 1 - y0) / (4 - 1)
    else:
        x, y = x0 + (j + 0.5) * (x1 - x0) / 8 - 0.5, y0 + (i + 0.5) * (y1 - y0) / 4 - 0.5
    assert torch.allclose(columns, x.expand(4, 8), rtol=0, atol=1e-12)
    assert torch.allclose(rows, y[:, None].expand(4, 8), rtol=0, atol=1e-12)


@flags
@modes
def test_exchanged_sides_are_a_mirrored_crop(align_corners, mode):
    image, (x, y, x2, y2) = noise((1, 2, 6, 8), seed=0), box_like()
    cut = lambda *box: crop(image, torch.stack(box), (5, 7), align_corners=align_corners, mode=mode)
    assert torch.allclose(cut(x2, y, x, y2), cut(x, y, x2, y2).flip(-1), rtol=0, atol=1e-12)
    assert torch.allclose(cut(x, y2, x2, y), cut(x, y, x2, y2).flip(-2), rtol=0, atol=1e-12)


@flags
def test_a_box_without_width_is_one_column_repeated_with_a_finite_gradient(align_corners):
    box = torch.tensor([0.13, -0.7, 0.13, 0.8], requires_grad=True)
    cut = crop(noise((1, 1, 6, 8), seed=0), box, (4, 5), align_corners=align_corners)
    assert torch.allclose(cut, cut[..., :1].expand_as(cut), rtol=0, atol=1e-14)
    (slope,) = torch.autograd.grad(cut.square().sum(), box)
    assert slope.isfinite().all() and (slope != 0).all()


def test_outside_the_image_the_border_goes_on_and_the_box_gets_no_gradient():
    box = torch.tensor([2.0, 2.0, 3.0, 4.0], requires_grad=True)
    image = noise((1, 1, 6, 8), seed=0)
    cut = crop(image, box, (2, 3))
    assert torch.equal(cut, image[..., -1:, -1:].expand(1, 1, 2, 3))
    assert torch.autograd.grad(cut.sum(), box)[0].tolist() == [0, 0, 0, 0]


# batches --------------------------------------------------------------------------------------------------------------

@flags
@modes
@given(b=st.integers(1, 3), k=st.integers(1, 4), c=st.integers(1, 3), size=st.tuples(sides, sides), seed=seeds)
def test_many_boxes_are_a_loop_over_single_boxes(align_corners, mode, b, k, c, size, seed):
    images, boxes = noise((b, c, 5, 7), seed=seed), noise((b, k, 4), seed=seed + 1)
    options = {"align_corners": align_corners, "mode": mode}
    many, each, shared = (crop(images, q, size, **options) for q in (boxes, boxes[:, 0], boxes[0, 0]))
    assert many.shape == (b, k, c, *size) and each.shape == shared.shape == (b, c, *size)
    for n, m in itertools.product(range(b), range(k)):
        single = crop(images[n:n + 1], boxes[n, m], size, **options)[0]
        assert torch.allclose(many[n, m], single, rtol=0, atol=1e-12)
    for n in range(b):
        assert torch.allclose(each[n], crop(images[n:n + 1], boxes[n, 0], size, **options)[0], rtol=0, atol=1e-12)
        assert torch.allclose(shared[n], crop(images[n:n + 1], boxes[0, 0], size, **options)[0], rtol=0, atol=1e-12)


def test_no_boxes_give_no_crops():
    # a detector that found nothing
    assert crop(noise((2, 3, 5, 7), seed=0), torch.zeros(2, 0, 4), (4, 6)).shape == (2, 0, 3, 4, 6)


@flags
@pytest.mark.parametrize("shape", [(1, 7), (6, 1), (1, 1)])
@pytest.mark.parametrize("size", [(1, 1), (1, 3), (4, 1)])
def test_axes_of_one_pixel_are_no_special_case(align_corners, shape, size):
    image, box = noise(shape, seed=0), box_like()
    expected = looped_crop(image, box, size, align_corners, "bilinear", "border")
    got = crop(image[None, None], box, size, align_corners=align_corners)
    assert torch.allclose(got[0, 0], expected, rtol=0, atol=1e-12)


def test_strides_do_not_matter_and_nothing_is_written_to():
    images, boxes = noise((1, 2, 8, 6), seed=0).mT, box_like(1, 2)
    before = images.clone(), boxes.clone()
    assert torch.equal(crop(images, boxes, [3, 4]), crop(images.contiguous(), boxes, torch.Size([3, 4])))
    assert torch.equal(images, before[0]) and torch.equal(boxes, before[1])


# gradients ------------------------------------------------------------------------------------------------------------

@flags
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@paddings
@pytest.mark.parametrize("leading", [(), (2,), (2, 2)], ids=["(4,)", "(B,4)", "(B,K,4)"])
def test_the_gradient_in_images_and_boxes_is_the_finite_difference(align_corners, mode, padding_mode, leading):
    images, boxes = noise((2, 1, 3, 4), seed=0).requires_grad_(), box_like(*leading).requires_grad_()
    options = {"align_corners": align_corners, "mode": mode, "padding_mode": padding_mode}
    assert gradcheck(lambda i, b: crop(i, b, (2, 3), **options), (images, boxes), nondet_tol=1e-12)


@flags
@paddings
def test_nearest_has_an_exact_gradient_in_images_and_none_in_boxes(align_corners, padding_mode):
    images, boxes = noise((2, 1, 3, 4), seed=0).requires_grad_(), box_like(2).requires_grad_()
    f = lambda i: crop(i, boxes, (2, 3), mode="nearest", padding_mode=padding_mode, align_corners=align_corners)
    assert gradcheck(f, images, nondet_tol=1e-12)
    assert torch.equal(torch.autograd.grad(f(images).square().sum(), boxes)[0], torch.zeros(2, 4))


@flags
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@paddings
def test_the_second_derivative_is_right_too(align_corners, mode, padding_mode):
    images, box = noise((1, 1, 3, 4), seed=0).requires_grad_(), box_like().requires_grad_()
    options = {"align_corners": align_corners, "mode": mode, "padding_mode": padding_mode}
    assert gradgradcheck(lambda i, b: crop(i, b, (2, 2), **options), (images, box), nondet_tol=1e-12)


def test_the_gradient_of_the_box_is_the_one_worked_out_by_hand():
    h, w, size, (x0, y0, x1, y1) = 7, 9, (4, 5), (1.3, 0.9, 7.2, 5.4)
    image, upstream = noise((h, w), seed=0), noise(size, seed=1)
    by_hand = torch.zeros(4)
    for i, j in itertools.product(range(size[0]), range(size[1])):
        tau_x, tau_y = (j + 0.5) / size[1], (i + 0.5) / size[0]
        x, y = x0 + tau_x * (x1 - x0) - 0.5, y0 + tau_y * (y1 - y0) - 0.5
        n, m, fx, fy = math.floor(y), math.floor(x), x % 1, y % 1
        (a, b), (c, d) = image[n:n + 2, m:m + 2]
        slope_x, slope_y = (1 - fy) * (b - a) + fy * (d - c), (1 - fx) * (c - a) + fx * (d - b)
        # each sample hangs on both sides of the box, by barycentric weights
        by_hand += upstream[i, j] * torch.stack(
            [slope_x * (1 - tau_x), slope_y * (1 - tau_y), slope_x * tau_x, slope_y * tau_y])
    box = torch.tensor([x0, y0, x1, y1], requires_grad=True)
    cut = pixels(box, image[None, None], size)[0, 0]
    assert torch.allclose(torch.autograd.grad((cut * upstream).sum(), box)[0], by_hand, rtol=0, atol=1e-12)


@pytest.mark.parametrize("side", [8, 9, 10, 11, 12])
def test_on_a_kink_the_gradient_is_one_of_the_two_slopes(side):
    squares = torch.arange(float(side)).square().expand(1, 1, side, side)
    box = torch.tensor([2.0, 2, 3, 3], requires_grad=True)
    # one sample at index 2, between the slopes 4 - 1 and 9 - 4; the two sides of the box carry half of it each
    (slope,) = torch.autograd.grad(pixels(box, squares, (1, 1)).sum(), box)
    assert slope.tolist() in (pytest.approx([2.5, 0, 2.5, 0]), pytest.approx([1.5, 0, 1.5, 0]))
    # Which one is a matter of rounding; where a power of two leaves none, it is the slope to the right.
    assert side != 8 or slope[0] == 2.5


@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_the_jacobian_of_gauss_newton_is_available():
    image, box = noise((1, 1, 6, 8), seed=0), box_like()
    f = lambda b: crop(image, b, (3, 4)).flatten()
    step = 1e-6
    differences = [(f(box + step * e) - f(box - step * e)) / (2 * step) for e in torch.eye(4)]
    assert torch.allclose(torch.func.jacrev(f)(box), torch.stack(differences, 1), rtol=0, atol=1e-7)


@flags
@modes
@paddings
def test_the_backward_pass_is_the_transpose(align_corners, mode, padding_mode):
    boxes = box_like(2, 3)
    f = lambda i: crop(i, boxes, (3, 5), align_corners=align_corners, mode=mode, padding_mode=padding_mode)
    assert dot_test(f, adjoint(f, (2, 2, 5, 7)), (2, 2, 5, 7)) < 1e-14


# dtypes ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("image_dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("box_dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_crop_is_computed_in_the_wider_dtype_and_returned_in_that_of_the_images(image_dtype, box_dtype):
    images, boxes = noise((2, 1, 5, 7), seed=0).to(image_dtype), box_like(2).to(box_dtype)
    wide = torch.float64 if torch.float64 in (image_dtype, box_dtype) else torch.float32
    got = crop(images, boxes, (3, 4))
    assert got.dtype == image_dtype
    assert torch.equal(got, crop(images.to(wide), boxes.to(wide), (3, 4)).to(image_dtype))


def test_a_grid_in_bfloat16_would_be_wrong_by_half_a_pixel():
    # not a power of two, whose fractions bfloat16 would hold exactly
    image, box = ramp(500, 500)[:, :1].float(), torch.tensor([401.0, 303, 465, 367])
    normalized = normalize_box(box, (500, 500)).float()
    grid = F.affine_grid(crop_matrix(normalized)[None].bfloat16(), (1, 1, 64, 64), align_corners=False).float()
    coarse = F.grid_sample(image, grid, align_corners=False, padding_mode="border")
    error = lambda cut: (cut - image[..., 303:367, 401:465]).abs().max().item()
    assert error(coarse) > 0.4
    assert error(crop(image, normalized, (64, 64))) < 1e-3
    # A bfloat16 image at a float32 box: the only loss is that of rounding the result.
    half = image.bfloat16()
    assert torch.equal(crop(half, normalized, (64, 64)), crop(half.float(), normalized, (64, 64)).bfloat16())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_does_not_reach_the_grid(device, dtype):
    image, box = ramp(50, 50).float(), box_like().float()
    expected = crop(image, box, (9, 9))
    with torch.autocast(device.type, dtype=dtype):
        assert torch.equal(crop(image, box, (9, 9)), expected)


# bad input ------------------------------------------------------------------------------------------------------------

IMAGE, WHOLE = torch.zeros(2, 3, 6, 8), torch.tensor([-1.0, -1, 1, 1])


@pytest.mark.parametrize("images, boxes, size, options, error, message", [
    (IMAGE.to(torch.uint8), WHOLE, (3, 4), {}, TypeError, r"images is a uint8 tensor.*images\.float\(\) / 255"),
    (IMAGE.long(), WHOLE, (3, 4), {}, TypeError, r"images is a torch\.int64 tensor.*images\.float\(\)"),
    (IMAGE.numpy(), WHOLE, (3, 4), {}, TypeError, r"images is a ndarray, expected a tensor"),
    (IMAGE[0], WHOLE, (3, 4), {}, ValueError, r"images has shape \(3, 6, 8\), expected \(B, C, H, W\).*images\[None\]"),
    (IMAGE[None], WHOLE, (3, 4), {}, ValueError, r"images has shape \(1, 2, 3, 6, 8\), expected \(B, C, H, W\)"),
    (IMAGE[..., :0], WHOLE, (3, 4), {}, ValueError, r"images has shape \(2, 3, 6, 0\), expected at least one element"),
    (IMAGE, [-1, -1, 1, 1], (3, 4), {}, TypeError, "boxes is a list, expected a tensor"),
    (IMAGE, WHOLE.long(), (3, 4), {}, TypeError, r"boxes is a torch\.int64 tensor.*boxes\.float\(\)"),
    (IMAGE, torch.zeros(5), (3, 4), {}, ValueError, r"boxes has shape \(5,\), expected \(\.\.\., 4\).*bottom-right"),
    (IMAGE, torch.zeros(3, 4), (3, 4), {}, ValueError, r"boxes has shape \(3, 4\) for 2 image.*one box for each image"),
    (IMAGE, torch.zeros(1, 4), (3, 4), {}, ValueError, r"boxes has shape \(1, 4\) for 2 image"),
    (IMAGE, torch.zeros(3, 2, 4), (3, 4), {}, ValueError, r"boxes has shape \(3, 2, 4\) for 2 image.*\(B, K, 4\)"),
    (IMAGE, torch.zeros(2, 1, 1, 4), (3, 4), {}, ValueError, r"boxes has shape \(2, 1, 1, 4\)"),
    (IMAGE, WHOLE, (3.0, 4), {}, TypeError, r"size is \(3\.0, 4\), expected \(height, width\) as two integers"),
    (IMAGE, WHOLE, 3, {}, TypeError, "size is 3, expected"),
    (IMAGE, WHOLE, (3, 4, 5), {}, TypeError, r"size is \(3, 4, 5\), expected"),
    (IMAGE, WHOLE, (3, 0), {}, ValueError, r"size is \(3, 0\), expected at least one pixel"),
    (IMAGE, WHOLE, (-3, 4), {}, ValueError, r"size is \(-3, 4\), expected at least one pixel"),
    (IMAGE, WHOLE, (3, 4), {"mode": "cubic"}, ValueError, "mode is 'cubic', expected one of 'bilinear', 'bicubic'"),
    (IMAGE, WHOLE, (3, 4), {"padding_mode": "edge"}, ValueError, "padding_mode is 'edge', expected one of 'border'"),
])
def test_bad_input_is_named_with_what_came_and_what_to_do(images, boxes, size, options, error, message):
    with pytest.raises(error, match=message):
        crop(images, boxes, size, **options)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("f", [crop_matrix, lambda b: crop(torch.zeros(1, 1, 4, 4, device="cpu"), b, (2, 2))],
                         ids=["crop_matrix", "crop"])
def test_a_box_that_is_not_finite_is_refused_on_the_cpu(f, bad):
    with pytest.raises(ValueError, match="box(es)? contains NaN or infinity"):
        f(torch.tensor([-1.0, bad, 1, 1], device="cpu"))


@pytest.mark.parametrize("box, error, message", [
    ([0, 0, 1, 1], TypeError, "box is a list, expected a tensor"),
    (torch.tensor([0, 0, 1, 1]), TypeError, r"box is a torch\.int64 tensor"),
    (torch.zeros(4, 2), ValueError, r"box has shape \(4, 2\), expected \(\.\.\., 4\)"),
])
def test_crop_matrix_names_a_bad_box(box, error, message):
    with pytest.raises(error, match=message):
        crop_matrix(box)


def test_tensors_on_two_devices_are_refused_with_advice():
    with pytest.raises(ValueError, match=r"boxes is on meta, images on .*\.to\(device\)"):
        crop(torch.zeros(1, 1, 4, 4), torch.zeros(4, device="meta"), (2, 2))
