"""Three names for one place in an image: index, edge and normalised coordinate, and how to change between them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ._validate import check_boxes, check_last_axes, check_length, check_size


def pixel_to_normalized(index, size: int, *, align_corners: bool = False):
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


def normalized_to_pixel(coordinate, size: int, *, align_corners: bool = False):
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

    Convention: box (..., 4) as (x0, y0, x1, y1) in half-open edge coordinates: it means image[y0:y1, x0:x1].
    image_size is (height, width). With align_corners=False the result holds the outer edges. With True it holds the
    centres of the first and last pixel: the same pixels as the slice only when the output has the size of the box,
    and mirrored when the box is narrower than one pixel.
    Gradient: exact and constant, 2 / width in x and 2 / height in y (with True 2 / (width - 1), 2 / (height - 1)).
    Raises: TypeError for an integer box, ValueError for a last axis that is not 4, and on the CPU for NaN or
    infinity.
    Source: eq-crop-pixel-box, chapter "crop/affine_matrix".

    >>> normalize_box(torch.tensor([0., 0., 4., 1.]), (2, 8))
    tensor([-1., -1.,  0.,  0.])
    """
    check_boxes("box", box)
    check_size("image_size", image_size)
    height, width = image_size
    shift = torch.tensor([0, 0, -1, -1] if align_corners else [-0.5] * 4, dtype=box.dtype, device=box.device)
    x, y, x2, y2 = (box + shift).unbind(-1)
    return torch.stack([pixel_to_normalized(x, width, align_corners=align_corners),
                        pixel_to_normalized(y, height, align_corners=align_corners),
                        pixel_to_normalized(x2, width, align_corners=align_corners),
                        pixel_to_normalized(y2, height, align_corners=align_corners)], -1)


def convert_crop_matrix(theta: Tensor, in_size: Sequence[int], out_size: Sequence[int], *,
                        to_align_corners: bool) -> Tensor:
    """The matrix that samples the same places under the other align_corners convention.

    S_in Theta S_out^-1 with S = diag(width / (width - 1), height / (height - 1), 1), or its inverse: the same places
    are sampled when both affine_grid and grid_sample are called with the new flag. The values are the same with
    padding_mode "zeros" and "border"; "reflection" mirrors at the outer edges or centres, as the flag says, and differs
    beyond the outermost centres.

    Convention: theta (..., 2, 3), any affine map; in_size and out_size are (height, width) of the image and of the
    crop. to_align_corners names the convention of the result; theta is in the other.
    Gradient: exact, linear in theta.
    Raises: ValueError when theta is not (..., 2, 3), and for an image of one pixel along an axis when converting to
    align_corners=True, which can only name its centre.
    Source: eq-crop-convert, chapter "crop/affine_matrix".

    >>> whole = torch.tensor([[1., 0., 0.], [0., 1., 0.]])
    >>> convert_crop_matrix(whole, (5, 9), (5, 9), to_align_corners=True)
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    check_last_axes("theta", theta, (2, 3), "the affine matrix that affine_grid takes")
    check_size("in_size", in_size)
    check_size("out_size", out_size)
    if to_align_corners and min(in_size) == 1:
        raise ValueError(f"in_size is {tuple(in_size)}: with align_corners=True an axis of one pixel has one "
                         "coordinate, its centre; keep align_corners=False")
    # Along an axis of one output pixel the base coordinate is 0 under both conventions: any factor is right.
    grow_out = [n / (n - 1) if n > 1 else 1.0 for n in reversed(out_size)]
    shrink_in = [(n - 1) / n for n in reversed(in_size)]
    rows = torch.tensor(shrink_in, dtype=theta.dtype, device=theta.device)[:, None]
    columns = torch.tensor([*grow_out, 1.0], dtype=theta.dtype, device=theta.device)
    return theta / rows / columns if to_align_corners else theta * rows * columns
