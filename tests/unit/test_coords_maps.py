"""Maps between index coordinates against OpenCV, scikit-image and affine_grid; points and boxes that follow."""

import cv2
import nibabel
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from nibabel.affines import rescale_affine
from scipy.ndimage import zoom
from skimage.transform import AffineTransform
from skimage.transform import resize as skimage_resize
from skimage.transform import warp as skimage_warp
from torch.autograd import gradcheck

from diffimg.coords import (
    convert_crop_matrix,
    map_boxes,
    map_points,
    normalize_box,
    normalized_matrix,
    normalized_to_pixel,
    pixel_matrix,
)
from diffimg.crop import crop_matrix, rotated_crop_matrix
from diffimg.images import noise
from diffimg.resample import resize

# PyTorch tells of its change of 2019 whenever an output axis has one pixel and align_corners=True.
pytestmark = pytest.mark.filterwarnings("ignore:Since version 1.3")
flags = pytest.mark.parametrize("align_corners", [False, True])
sides = st.integers(2, 60)


def close(a, b, tolerance=1e-10):
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance).all())


def sample(image, theta, size, align_corners=False, padding_mode="border"):
    grid = F.affine_grid(theta[None], (1, image.shape[1], *size), align_corners=align_corners)
    return F.grid_sample(image, grid, padding_mode=padding_mode, align_corners=align_corners)


def some_theta(axes, seed=0):
    return torch.eye(axes, axes + 1) + 0.2 * noise((axes, axes + 1), seed=seed)


@flags
@pytest.mark.parametrize("axes", [2, 3])
@given(data=st.data())
def test_the_matrix_says_where_affine_grid_looks(align_corners, axes, data):
    in_size, out_size = (data.draw(st.tuples(*[sides] * axes)) for _ in "ab")
    theta = some_theta(axes, data.draw(st.integers(0, 99)))
    grid = F.affine_grid(theta[None], (1, 1, *out_size), align_corners=align_corners)[0]
    expected = torch.stack([normalized_to_pixel(grid[..., a], n, align_corners=align_corners)
                            for a, n in enumerate(reversed(in_size))], -1)
    indices = torch.stack(torch.meshgrid(*[torch.arange(float(n)) for n in out_size], indexing="ij")[::-1], -1)
    matrix = pixel_matrix(theta, in_size, out_size, align_corners=align_corners)
    assert close(map_points(matrix, indices.reshape(-1, axes)), expected.reshape(-1, axes), 1e-9)
    assert close(normalized_matrix(matrix, in_size, out_size, align_corners=align_corners), theta, 1e-11)


@flags
def test_an_output_of_one_pixel_has_one_place(align_corners):
    theta = some_theta(2)
    matrix = pixel_matrix(theta, (5, 9), (1, 1), align_corners=align_corners)
    grid = F.affine_grid(theta[None], (1, 1, 1, 1), align_corners=align_corners).flatten()
    expected = torch.stack([normalized_to_pixel(g, n, align_corners=align_corners)
                            for g, n in zip(grid, (9, 5), strict=True)])
    assert close(map_points(matrix, torch.zeros(1, 2))[0], expected)


def test_it_is_the_inverse_map_of_scikit_image_and_opencv():
    image, theta, size = noise((1, 1, 20, 31), seed=0), some_theta(2), (17, 12)
    matrix, pixels = pixel_matrix(theta, (20, 31), size).cpu().numpy(), image[0, 0].cpu().numpy()
    ours = sample(image, theta, size)[0, 0].cpu().numpy()
    theirs = skimage_warp(pixels, AffineTransform(matrix), output_shape=size, order=1, mode="edge")
    assert np.abs(theirs - ours).max() < 1e-9
    options = {"dsize": size[::-1], "borderMode": cv2.BORDER_REPLICATE}
    forward = cv2.warpAffine(pixels, np.linalg.inv(matrix)[:2], flags=cv2.INTER_LINEAR, **options)
    inverse = cv2.warpAffine(pixels, matrix[:2], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, **options)
    assert np.abs(forward - ours).max() < 0.2 and np.abs(inverse - ours).max() < 0.2  # OpenCV rounds places to 1/32


def test_two_maps_are_a_product_in_this_order():
    A, B = (some_theta(2, seed) for seed in (1, 2))
    ramp = torch.stack([torch.arange(50.0).expand(40, 50), torch.arange(40.0)[:, None].expand(40, 50)])[None]
    first, second = pixel_matrix(A, (40, 50), (33, 44)), pixel_matrix(B, (33, 44), (20, 22))
    both = normalized_matrix(first @ second, (40, 50), (20, 22))
    twice = sample(sample(ramp, A, (33, 44), padding_mode="reflection"), B, (20, 22))
    inside = twice - sample(ramp, both, (20, 22), padding_mode="reflection")
    assert inside[..., 6:14, 6:16].abs().max() < 1e-9  # a ramp stays straight; away from the border nothing is lost
    other = normalized_matrix(second @ first, (40, 50), (20, 22))
    assert (twice - sample(ramp, other, (20, 22))).abs().max() > 1


@flags
def test_it_agrees_with_the_conversion_of_conventions(align_corners):
    for axes, in_size, out_size in ((2, (20, 31), (17, 12)), (3, (6, 20, 31), (4, 17, 12))):
        theta = some_theta(axes)
        matrix = pixel_matrix(theta, in_size, out_size, align_corners=not align_corners)
        converted = normalized_matrix(matrix, in_size, out_size, align_corners=align_corners)
        assert close(convert_crop_matrix(theta, in_size, out_size, to_align_corners=align_corners), converted)


def test_a_volume_converted_is_sampled_at_the_same_places():
    volume, theta = noise((1, 1, 6, 7, 8), seed=0), some_theta(3)
    other = convert_crop_matrix(theta, (6, 7, 8), (4, 5, 6), to_align_corners=True)
    assert close(sample(volume, theta, (4, 5, 6)), sample(volume, other, (4, 5, 6), align_corners=True))


# what follows an image ------------------------------------------------------------------------------------------------

@given(h=sides, w=sides, out=st.tuples(sides, sides))
def test_points_and_boxes_follow_a_resize_and_a_flip(h, w, out):
    whole = pixel_matrix(torch.eye(2, 3), (h, w), out)
    follow = torch.linalg.inv(whole)
    box = torch.tensor([[0.25 * w, 0.5 * h, 0.75 * w, h]])
    assert close(map_boxes(follow, box), box * torch.tensor([out[1] / w, out[0] / h] * 2), 1e-9)
    ramp = torch.arange(float(w)).expand(1, 1, h, w)  # each pixel holds its own column
    at = map_points(whole, torch.tensor([[0.0, 0.0], [out[1] - 1.0, 0.0]]))[:, 0].clamp(0, w - 1)
    assert close(resize(ramp, out)[0, 0, 0, [0, -1]], at, 1e-9)
    mirror = torch.tensor([[-1.0, 0, w - 1], [0, 1, 0], [0, 0, 1]])
    assert close(map_boxes(mirror, torch.tensor([1.0, 2, 3, 4])), torch.tensor([w - 3.0, 2, w - 1, 4]))
    assert close(map_points(mirror, torch.tensor([[1.0, 2.0]])), torch.tensor([[w - 2.0, 2.0]]))


def test_the_box_of_a_crop_becomes_the_whole_and_back():
    for box, size, out in (((3.2, 1.1, 9.7, 6.4), (8, 12), (5, 6)), ((1.0, 2, 0.5, 7, 5, 3), (4, 8, 12), (3, 5, 6))):
        box = torch.tensor(box)
        matrix = pixel_matrix(crop_matrix(normalize_box(box, size)), size, out)
        whole = torch.tensor([*[0.0] * len(size), *map(float, out[::-1])])
        assert close(map_boxes(matrix, whole), box) and close(map_boxes(torch.linalg.inv(matrix), box), whole)


def test_the_box_around_a_turned_box():
    theta = rotated_crop_matrix(torch.tensor([10.0, 8.0]), torch.tensor([6.0, 4.0]), torch.pi / 4, (20, 30))
    around = map_boxes(pixel_matrix(theta, (20, 30), (4, 6)), torch.tensor([[0.0, 0, 6, 4]]))[0]
    half = (6 + 4) / 2 / 2**0.5
    assert close(around, torch.tensor([10 - half, 8 - half, 10 + half, 8 + half]))


def test_matrices_and_points_broadcast():
    matrices = torch.stack([pixel_matrix(some_theta(2, seed), (8, 9), (5, 6)) for seed in range(3)])
    points, boxes = noise((3, 4, 2), seed=0), noise((3, 4, 4), seed=1)
    for b in range(3):
        assert close(map_points(matrices, points)[b], map_points(matrices[b], points[b]))
        assert close(map_boxes(matrices, boxes)[b], map_boxes(matrices[b], boxes[b]))
        assert close(map_boxes(matrices[b], boxes)[1, 2], map_boxes(matrices[b], boxes[1, 2]))
    assert map_points(matrices, points[:, :0]).shape == (3, 0, 2)
    assert map_boxes(matrices, boxes[:, :0]).shape == (3, 0, 4)


def test_a_homography_divides():
    H = torch.tensor([[1.1, 0.2, 3.0], [-0.1, 0.9, 2.0], [0.01, -0.02, 1.0]])
    points = 10 * noise((7, 2), seed=0)
    expected = cv2.perspectiveTransform(points[None].cpu().numpy(), H.cpu().numpy())[0]
    assert close(map_points(H, points).cpu(), torch.tensor(expected))


def test_gradients_of_maps():
    theta, points = some_theta(2).requires_grad_(), noise((3, 2), seed=1).requires_grad_()
    assert gradcheck(lambda t: pixel_matrix(t, (8, 9), (5, 6)), theta)
    assert gradcheck(lambda t, p: map_points(pixel_matrix(t, (8, 9), (5, 6)), p), (theta, points))
    assert gradcheck(lambda t, b: map_boxes(pixel_matrix(t, (8, 9), (5, 6)), b),
                     (theta, noise((3, 4), seed=2).requires_grad_()))


def test_autocast_leaves_places_alone(device):
    theta, points = some_theta(2).float(), 300 * noise((5, 2), seed=1).float()
    boxes = torch.cat([points, points + 9], -1)

    def maps():
        matrix = pixel_matrix(theta, (300, 400), (50, 60))
        theta_again = normalized_matrix(matrix, (300, 400), (50, 60))
        return [matrix, theta_again, map_points(matrix, points), map_boxes(matrix, boxes)]

    expected = maps()
    with torch.autocast(device.type, torch.bfloat16):
        for found, exact in zip(maps(), expected, strict=True):
            assert found.dtype == torch.float32 and torch.equal(found, exact)


@pytest.mark.parametrize("call, error, message", [
    (lambda: pixel_matrix(torch.eye(3), (4, 4), (4, 4)), ValueError, r"theta has shape \(3, 3\), expected \(..., 2"),
    (lambda: pixel_matrix(torch.eye(2, 3), (4, 4, 4), (4, 4)), TypeError, "in_size is .4, 4, 4., expected .height"),
    (lambda: pixel_matrix(torch.eye(3, 4), (4, 4), (4, 4)), TypeError, "expected .depth, height, width."),
    (lambda: normalized_matrix(torch.eye(2, 3), (4, 4), (4, 4)), ValueError, r"matrix has shape \(2, 3\)"),
    (lambda: normalized_matrix(torch.eye(3) + 1, (4, 4), (4, 4)), ValueError, "the last row of matrix is .*homography"),
    (lambda: normalized_matrix(torch.eye(3), (1, 4), (4, 4), align_corners=True), ValueError, "in_size is .1, 4."),
    (lambda: map_points(torch.eye(3), torch.zeros(2, 3)), ValueError, r"points has shape \(2, 3\), expected \(..., 2"),
    (lambda: map_boxes(torch.eye(4), torch.zeros(2, 4)), ValueError, r"boxes has shape \(2, 4\), expected \(..., 6\)"),
    (lambda: map_points(torch.eye(3).float(), torch.zeros(2, 2)), TypeError,
     "matrix is torch.float32, points torch.float64"),
    (lambda: map_points(torch.eye(3).long(), torch.zeros(2, 2)), TypeError, "matrix is a torch.int64"),
    (lambda: normalize_box(torch.zeros(6), (4, 4)), TypeError, "expected .depth, height, width."),
])
def test_bad_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("n, m", [(1501, 640), (4000, 1280), (8192, 2048), (12000, 5000)])
@pytest.mark.parametrize("align_corners", [False, True])
def test_a_resize_of_thousands_of_pixels_keeps_its_place_in_float32(n, m, align_corners):
    """The first and the last pixel, by the formulas of a resize; a float32 of this size is good to 0.0005 pixel."""
    identity = torch.eye(2, 3, dtype=torch.float32)
    matrix = pixel_matrix(identity, (n, n), (m, m), align_corners=align_corners)
    found = map_points(matrix, torch.tensor([[0.0, 0.0], [m - 1.0, m - 1.0]], dtype=torch.float32))
    s = (n - 1) / (m - 1) if align_corners else n / m
    first = 0.0 if align_corners else s / 2 - 0.5
    wanted = torch.tensor([[first] * 2, [first + s * (m - 1)] * 2], dtype=torch.float64)
    assert (found.double() - wanted).abs().max() < 2.5 * n * torch.finfo(torch.float32).eps
    back = normalized_matrix(matrix, (n, n), (m, m), align_corners=align_corners)
    assert (back - identity).abs().max() < 1e-5


def test_the_orders_of_a_volume_are_those_of_the_page_of_conventions():
    d, h, w = 2, 3, 4
    grid = F.affine_grid(torch.eye(3, 4)[None], (1, 1, d, h, w), align_corners=False)[0]
    z, y, x = ((2 * torch.arange(float(n)) + 1) / n - 1 for n in (d, h, w))
    for k, along in enumerate((x, y[:, None], z[:, None, None])):
        assert close(grid[..., k], along.expand(d, h, w).to(grid), 1e-6)
    scan = nibabel.Nifti1Image(np.zeros((w, h, d)), np.diag([1.0, 2.0, 3.0, 1.0]))
    assert scan.header.get_zooms() == tuple(scan.header["pixdim"][1:4]) == (1, 2, 3)
    array = np.zeros((d, h, w))
    assert zoom(array, (1, 2, 3)).shape == skimage_resize(array, (2, 6, 12)).shape == (2, 6, 12)


@pytest.mark.parametrize("n, m", [((32, 31, 9), (160, 7, 12)), ((2, 1201, 5), (5, 3000, 2))])
def test_rescale_affine_keeps_a_voxel_near_the_middle(n, m):
    """Which is neither of the two rules for the origin after a resize."""
    sizes, new = np.array(n), np.array(m)
    moved = rescale_affine(np.eye(4), n, sizes / new, m)
    kept = moved @ [*((new - 1) // 2), 1]
    assert np.allclose(kept[:3], (sizes - 1) // 2, atol=1e-9)
