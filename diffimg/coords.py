"""Three names for one place in an image: index, edge and normalised coordinate, and how to change between them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ._types import Coordinate
from ._validate import (
    check_affine,
    check_box_last_axis,
    check_length,
    check_map,
    check_matrix,
    check_size,
    full_precision,
)


def pixel_to_normalized(index: Coordinate, size: int, *, align_corners: bool = False) -> Coordinate:
    """From the index coordinate of one axis (pixel centres at 0 ... size-1) to PyTorch's [-1, 1].

    Convention: align_corners=False puts -1 and 1 at the outer edges of the first and last pixel, (2 i + 1) / size - 1;
    True puts them at their centres, 2 i / (size - 1) - 1. index may be a number or a tensor, fractional, and outside
    the image. size in pixels; size 1 with align_corners gives 0, as affine_grid does.
    Gradient: exact, 2 / size or 2 / (size - 1).
    Raises: TypeError or ValueError for a size that is not a positive integer.
    Source: eq-images-normalized, chapter "linear/images".

    >>> [pixel_to_normalized(i, 4) for i in range(4)]
    [-0.75, -0.25, 0.25, 0.75]
    """
    check_length("size", size)
    if align_corners:
        return 2 * index / (size - 1) - 1 if size > 1 else 0.0 * index
    return (2 * index + 1) / size - 1


def normalized_to_pixel(coordinate: Coordinate, size: int, *, align_corners: bool = False) -> Coordinate:
    """From PyTorch's [-1, 1] back to the index coordinate of one axis; inverse of pixel_to_normalized.

    Convention: as there; this is the formula that grid_sample applies to each coordinate of its grid. With
    align_corners and size 1 every coordinate is index 0.
    Gradient: exact, size / 2 or (size - 1) / 2.
    Raises: TypeError or ValueError for a size that is not a positive integer.
    Source: eq-images-unnormalized, chapter "linear/images".

    >>> normalized_to_pixel(-0.75, 4), normalized_to_pixel(-1.0, 4, align_corners=True)
    (0.0, 0.0)
    """
    check_length("size", size)
    if align_corners:
        return (coordinate + 1) * (size - 1) / 2
    return ((coordinate + 1) * size - 1) / 2


def normalize_box(box: Tensor, image_size: Sequence[int], *, align_corners: bool = False) -> Tensor:
    """From a box in pixels, as a slice has it, to the normalised corners that crop_matrix takes.

    Convention: box (..., 4) as (x0, y0, x1, y1) in half-open edge coordinates: it means image[y0:y1, x0:x1]. image_size
    is (height, width). Of a volume, box (..., 6) is (x0, y0, z0, x1, y1, z1), and image_size (depth, height, width).
    With align_corners=False the result holds the outer edges. With True it holds the centres of the first and last
    pixel: the same pixels as the slice only when the output has the size of the box, and mirrored when the box is
    narrower than one pixel.
    Gradient: exact and constant, 2 / width in x and 2 / height in y (with True 2 / (width - 1), 2 / (height - 1)).
    Raises: TypeError for an integer box, ValueError for a last axis that is not 4, or 6, and on the CPU for NaN or
    infinity.
    Source: eq-crop-pixel-box, chapter "crop/affine_matrix".

    >>> normalize_box(torch.tensor([0., 0., 4., 1.]), (2, 8))
    tensor([-1., -1.,  0.,  0.])
    """
    axes = check_box_last_axis("box", box)
    sizes = check_size("image_size", image_size, axes)[::-1]
    first, last = (0.0, -1.0) if align_corners else (-0.5, -0.5)  # from the edges of the box to index coordinates
    numbers = [pixel_to_normalized(edge + shift, n, align_corners=align_corners)
               for edge, shift, n in zip(box.unbind(-1), [first] * axes + [last] * axes, sizes * 2, strict=True)]
    return torch.stack(numbers, -1)


def convert_crop_matrix(theta: Tensor, in_size: Sequence[int], out_size: Sequence[int], *,
                        to_align_corners: bool) -> Tensor:
    """The matrix that samples the same places under the other align_corners convention.

    S_in Theta S_out^-1 with S = diag(width / (width - 1), height / (height - 1), 1), or its inverse: the same places
    are sampled when both affine_grid and grid_sample are called with the new flag. The values are the same with
    padding_mode "zeros" and "border"; "reflection" mirrors at the outer edges or centres, as the flag says, and differs
    beyond the outermost centres.

    Convention: theta (..., 2, 3), any affine map, or (..., 3, 4) of a volume; in_size and out_size are (height, width),
    or (depth, height, width), of the image and of the crop. to_align_corners names the convention of the result; theta
    is in the other.
    Gradient: exact, linear in theta.
    Raises: ValueError when theta is not (..., 2, 3) or (..., 3, 4), and for an image of one pixel along an axis when
    converting to align_corners=True, which can only name its centre.
    Source: eq-crop-convert, chapter "crop/traps".

    >>> whole = torch.tensor([[1., 0., 0.], [0., 1., 0.]])
    >>> convert_crop_matrix(whole, (5, 9), (5, 9), to_align_corners=True)
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    in_size, out_size = check_affine(theta, in_size, out_size, several=to_align_corners)
    # Along an axis of one output pixel the base coordinate is 0 under both conventions: any factor is right.
    grow_out = [n / (n - 1) if n > 1 else 1.0 for n in reversed(out_size)]
    shrink_in = [(n - 1) / n for n in reversed(in_size)]
    rows = torch.tensor(shrink_in, dtype=theta.dtype, device=theta.device)[:, None]
    columns = torch.tensor([*grow_out, 1.0], dtype=theta.dtype, device=theta.device)
    return theta / rows / columns if to_align_corners else theta * rows * columns


def pixel_matrix(theta: Tensor, in_size: Sequence[int], out_size: Sequence[int], *,
                 align_corners: bool = False) -> Tensor:
    """Theta as a square matrix between index coordinates: from a pixel of the output to where it looks in the input.

    Two maps one after the other are a product: if the first warp has the matrix A and the second, of its result, B, the
    warp that does both at once has A @ B. The way back is torch.linalg.inv.

    Convention: theta (..., 2, 3) for sizes (height, width), or (..., 3, 4) for (depth, height, width), as affine_grid
    takes it with this align_corners; the result is (..., 3, 3) or (..., 4, 4), acts on (x, y, 1), x first, and says
    nothing of align_corners any more. It is the inverse map of scikit-image's warp; OpenCV's warpAffine takes its
    inverse, or, with WARP_INVERSE_MAP, its first two rows.
    Gradient: exact, linear in theta.
    Raises: TypeError for an integer theta, ValueError for shapes and sizes that do not fit.
    Source: eq-images-normalized and eq-images-unnormalized, chapter "linear/images".

    >>> half = torch.tensor([[0.5, 0., -0.5], [0., 0.5, 0.]])
    >>> pixel_matrix(half, (4, 8), (4, 8))
    tensor([[ 0.5000,  0.0000, -0.2500],
            [ 0.0000,  0.5000,  0.7500],
            [ 0.0000,  0.0000,  1.0000]])
    """
    in_size, out_size = check_affine(theta, in_size, out_size)
    last = torch.zeros_like(theta[..., :1, :])
    last[..., -1] = 1
    square = torch.cat([theta, last], -2)
    with full_precision(theta):
        return _to_pixels(in_size, align_corners, theta) @ square @ _to_normalized(out_size, align_corners, theta)


def normalized_matrix(matrix: Tensor, in_size: Sequence[int], out_size: Sequence[int], *,
                      align_corners: bool = False) -> Tensor:
    """From a square matrix between index coordinates to the Theta that affine_grid takes; inverse of pixel_matrix.

    Convention: matrix (..., 3, 3) for sizes (height, width), or (..., 4, 4) for (depth, height, width), from index
    coordinates of the output to those of the input, x first, its last row (0, ..., 0, 1); the result is (..., 2, 3) or
    (..., 3, 4), for affine_grid and grid_sample with this align_corners.
    Gradient: exact, linear in matrix.
    Raises: TypeError for an integer matrix; ValueError for shapes and sizes that do not fit, on the CPU for a last row
    that is another, since Theta cannot say a homography, and for an image of one pixel along an axis with
    align_corners=True, which can only name its centre.
    Source: eq-images-normalized and eq-images-unnormalized, chapter "linear/images".

    >>> normalized_matrix(torch.eye(3), (4, 8), (4, 8))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    in_size, out_size = check_matrix(matrix, in_size, out_size, align_corners)
    with full_precision(matrix):
        theta = _to_normalized(in_size, align_corners, matrix) @ matrix @ _to_pixels(out_size, align_corners, matrix)
    return theta[..., :-1, :]


def map_points(matrix: Tensor, points: Tensor) -> Tensor:
    """Where a matrix between index coordinates sends points.

    Convention: matrix (..., n + 1, n + 1) as pixel_matrix gives it, n = 2 or 3, points (..., K, n) in index
    coordinates, x first; leading axes broadcast. pixel_matrix leads from the output to the input: points that follow an
    image from the input to the output go by torch.linalg.inv of it. The result is divided by its last coordinate, so
    homographies are welcome.
    Gradient: exact in both.
    Raises: TypeError for integers and for two dtypes, ValueError for shapes that do not fit.
    Source: eq-crop-theta, chapter "crop/affine_matrix".

    >>> mirror = torch.tensor([[-1., 0., 7.], [0., 1., 0.], [0., 0., 1.]])
    >>> map_points(mirror, torch.tensor([[0., 2.], [7., 2.]]))
    tensor([[7., 2.],
            [0., 2.]])
    """
    check_map("points", matrix, points, numbers=1)
    with full_precision(points):
        moved = points @ matrix[..., :-1, :-1].mT + matrix[..., None, :-1, -1]
        return moved / (points @ matrix[..., -1:, :-1].mT + matrix[..., None, -1:, -1])


def map_boxes(matrix: Tensor, boxes: Tensor) -> Tensor:
    """The upright boxes around what a matrix between index coordinates makes of upright boxes.

    Convention: matrix as in map_points; boxes (..., 4) as (x, y, x', y'), or (..., 6) as (x, y, z, x', y', z'), in edge
    coordinates, half a pixel away from the index coordinates in which the matrix acts; that is handled here. For a
    matrix with leading axes (B, ...) boxes are (B, K, 4). The result is the smallest upright box around all mapped
    corners: exact for scaling, shifts and flips, larger than what it holds after a rotation.
    Gradient: exact in both; where several corners lie equally far out it is shared among them.
    Raises: TypeError for integers and for two dtypes, ValueError for shapes that do not fit.
    Source: eq-crop-pixel-box, chapter "crop/affine_matrix".

    >>> mirror = torch.tensor([[-1., 0., 7.], [0., 1., 0.], [0., 0., 1.]])
    >>> map_boxes(mirror, torch.tensor([[0., 2., 3., 4.]]))
    tensor([[5., 2., 8., 4.]])
    """
    check_map("boxes", matrix, boxes, numbers=2)
    n = boxes.shape[-1] // 2
    low_or_high = torch.cartesian_prod(*[torch.tensor([0, n], device=boxes.device)] * n)
    corners = boxes[..., low_or_high + torch.arange(n, device=boxes.device)]  # (..., 2^n, n)
    moved = map_points(matrix if boxes.ndim == 1 else matrix[..., None, :, :], corners - 0.5) + 0.5
    return torch.cat([moved.amin(-2), moved.amax(-2)], -1)


def _to_normalized(size: Sequence[int], align_corners: bool, like: Tensor) -> Tensor:
    """The square matrix of pixel_to_normalized, x first."""
    return _axis_by_axis([(pixel_to_normalized(0.0, n, align_corners=align_corners),
                           pixel_to_normalized(1.0, n, align_corners=align_corners)) for n in reversed(size)], like)


def _to_pixels(size: Sequence[int], align_corners: bool, like: Tensor) -> Tensor:
    """The square matrix of normalized_to_pixel, x first."""
    return _axis_by_axis([(normalized_to_pixel(0.0, n, align_corners=align_corners),
                           normalized_to_pixel(1.0, n, align_corners=align_corners)) for n in reversed(size)], like)


def _axis_by_axis(images_of_0_and_1: list[tuple[float, float]], like: Tensor) -> Tensor:
    """The matrix that scales and shifts each coordinate, known by where it sends 0 and 1. What lies between these is
    taken before anything is rounded: in float32 the two are the same to four digits where an axis has thousands.
    """
    scales = [one - zero for zero, one in images_of_0_and_1]
    matrix = torch.diag(torch.tensor([*scales, 1.0], dtype=like.dtype, device=like.device))
    matrix[:-1, -1] = torch.tensor([zero for zero, _ in images_of_0_and_1], dtype=like.dtype, device=like.device)
    return matrix
