"""The antialiased crop, rotated boxes and boxes that cannot turn inside out."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.autograd import gradcheck

from diffimg.coords import normalize_box, normalized_to_pixel
from diffimg.crop import crop, ordered_box, rotated_crop_matrix
from diffimg.images import noise
from diffimg.linear import dot_test


def close(a, b, tolerance=1e-12):
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance).all())


def test_antialiased_crops_are_pillows():
    image, box = noise((1, 2, 30, 47), seed=0), (3.3, 2.1, 40.7, 28.9)
    found = crop(image, normalize_box(torch.tensor(box), (30, 47)), (7, 9), antialias=True)
    for channel in (0, 1):
        picture = Image.fromarray(image[0, channel].cpu().numpy().astype(np.float32))
        expected = np.asarray(picture.resize((9, 7), Image.BILINEAR, box=box))
        assert np.abs(found[0, channel].cpu().numpy() - expected).max() < 1e-6


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_enlarging_is_the_plain_crop_inside(mode):
    image = noise((1, 1, 12, 15), seed=1)
    box = normalize_box(torch.tensor([4.2, 3.7, 9.1, 8.3]), (12, 15))
    assert close(crop(image, box, (20, 20), mode=mode, antialias=True), crop(image, box, (20, 20), mode=mode), 1e-12)


def test_the_whole_image_shrunk_is_interpolate():
    image = noise((2, 3, 30, 47), seed=2)
    expected = F.interpolate(image, (7, 9), mode="bilinear", antialias=True)
    assert close(crop(image, torch.tensor([-1.0, -1, 1, 1]), (7, 9), antialias=True), expected)


def test_every_shape_of_boxes_is_one_box_after_the_other():
    image, boxes = noise((2, 3, 9, 11), seed=3), 0.5 * noise((2, 4, 4), seed=4)
    many = crop(image, boxes, (3, 2), antialias=True)
    assert many.shape == (2, 4, 3, 3, 2)
    for k in range(4):
        assert close(crop(image, boxes[:, k], (3, 2), antialias=True), many[:, k])
    assert close(crop(image, boxes[0, 0], (3, 2), antialias=True)[0], many[0, 0])


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
def test_antialiased_gradients(mode, leading):
    image = noise((2, 1, 8, 9), seed=5).requires_grad_()
    boxes = (torch.tensor([-0.81, -0.73, 0.77, 0.93]) + 0.05 * noise((*leading, 4), seed=6).tanh()).requires_grad_()
    assert gradcheck(lambda i, b: crop(i, b, (2, 3), mode=mode, antialias=True), (image, boxes))


def test_no_pixel_is_skipped_and_the_adjoint_is_right():
    image, box = torch.ones(1, 1, 60, 60, requires_grad=True), torch.tensor([-1.0, -1, 1, 1])
    gradient, = torch.autograd.grad(crop(image, box, (5, 5), antialias=True).sum(), image)
    assert (gradient > 0).all()
    plain, = torch.autograd.grad(crop(image, box, (5, 5)).sum(), image)
    assert (plain == 0).any()
    shape = (1, 1, 12, 9)
    f = lambda x: crop(x, box, (5, 4), antialias=True)  # noqa: E731
    matrix_rows = torch.stack([f(e.reshape(shape)).flatten() for e in torch.eye(108)], 1)
    assert dot_test(f, lambda y: (matrix_rows.mT @ y.flatten()).reshape(shape), shape) < 1e-15


def test_antialias_keeps_the_dtype_and_float32_weights():
    image, box = noise((1, 1, 40, 40), seed=7), torch.tensor([-0.9, -0.8, 0.7, 0.6])
    half = crop(image.bfloat16(), box.float(), (6, 6), antialias=True)
    exact = crop(image.bfloat16().float(), box.float(), (6, 6), antialias=True)
    assert half.dtype == torch.bfloat16 and torch.equal(half, exact.bfloat16())


@pytest.mark.parametrize("options", [{"align_corners": True}, {"padding_mode": "zeros"}, {"mode": "nearest"}])
def test_antialias_refuses_what_has_no_meaning(options):
    with pytest.raises(ValueError, match="antialias=True came with"):
        crop(noise((1, 1, 8, 8), seed=0), torch.tensor([-1.0, -1, 1, 1]), (2, 2), antialias=True, **options)


# Rotated boxes --------------------------------------------------------------------------------------------------------

def corners_in_pixels(theta, size):
    """Where the four corners of the output lie, in edge coordinates of the image."""
    height, width = size
    p = theta @ torch.tensor([[-1.0, 1, 1, -1], [-1, -1, 1, 1], [1, 1, 1, 1]])
    return torch.stack([normalized_to_pixel(p[0], width), normalized_to_pixel(p[1], height)], -1) + 0.5


@given(cx=st.floats(-20, 90), cy=st.floats(-20, 60), w=st.floats(1, 80), h=st.floats(1, 60), angle=st.floats(-4, 4))
def test_a_rotated_box_keeps_its_sides_and_right_angles_in_pixels(cx, cy, w, h, angle):
    theta = rotated_crop_matrix(torch.tensor([cx, cy]), torch.tensor([w, h]), angle, (36, 64))
    c, s = math.cos(angle), math.sin(angle)
    expected = torch.tensor([[cx + c * a - s * b, cy + s * a + c * b]
                             for a, b in ((-w / 2, -h / 2), (w / 2, -h / 2), (w / 2, h / 2), (-w / 2, h / 2))])
    assert close(corners_in_pixels(theta, (36, 64)), expected, 1e-9)


def test_without_an_angle_it_is_the_crop():
    image, box = noise((1, 1, 9, 13), seed=8), torch.tensor([2.0, 1, 8, 6])
    theta = rotated_crop_matrix((box[:2] + box[2:]) / 2, box[2:] - box[:2], 0.0, (9, 13))
    grid = F.affine_grid(theta[None], (1, 1, 5, 6), align_corners=False)
    found = F.grid_sample(image, grid, padding_mode="border", align_corners=False)
    assert close(found, crop(image, normalize_box(box, (9, 13)), (5, 6)))


def test_a_quarter_turn_of_a_square_is_rot90():
    image = noise((1, 1, 8, 8), seed=9)
    theta = rotated_crop_matrix(torch.tensor([4.0, 4]), torch.tensor([8.0, 8]), math.pi / 2, (8, 8))
    turned = F.grid_sample(image, F.affine_grid(theta[None], (1, 1, 8, 8), align_corners=False), padding_mode="border",
                           align_corners=False)
    # Output +x looks along input +y: the picture turns against the clock.
    assert close(turned, image.rot90(1, (-2, -1)), 1e-12)


def test_rotated_boxes_broadcast_and_have_gradients():
    center, extent = noise((3, 2), seed=1).requires_grad_(), noise((3, 2), seed=2).exp().requires_grad_()
    angle = noise((3,), seed=3).requires_grad_()
    assert rotated_crop_matrix(center, extent, angle, (5, 7)).shape == (3, 2, 3)
    assert gradcheck(lambda c, e, a: rotated_crop_matrix(c, e, a, (5, 7)), (center, extent, angle))


# Ordered boxes --------------------------------------------------------------------------------------------------------

@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4))
def test_an_ordered_box_is_never_inside_out_and_can_be_undone(numbers):
    raw = torch.tensor(numbers)
    x, y, x2, y2 = box = ordered_box(raw)
    assert x < x2 and y < y2
    assert close(torch.cat([(box[:2] + box[2:]) / 2, (box[2:] - box[:2]).log()]), raw, 1e-9)


def test_ordered_box_has_gradients_and_batches():
    raw = noise((2, 3, 4), seed=4).requires_grad_()
    assert ordered_box(raw).shape == (2, 3, 4)
    assert gradcheck(ordered_box, (raw,))


@pytest.mark.parametrize("call, message", [
    (lambda: ordered_box(torch.zeros(3)), r"raw has shape \(3,\)"),
    (lambda: rotated_crop_matrix(torch.zeros(3), torch.ones(2), 0.0, (4, 4)), r"center has shape \(3,\)"),
    (lambda: rotated_crop_matrix(torch.zeros(2), torch.ones(1), 0.0, (4, 4)), r"extent has shape \(1,\)"),
    (lambda: rotated_crop_matrix(torch.zeros(2), torch.ones(2), 0.0, (4, 0)), r"image_size is \(4, 0\)"),
])
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
