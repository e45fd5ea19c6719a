"""The crop as an affine matrix: differentiable in the image and in the box."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ._validate import check_boxes, check_crop


def crop_matrix(box: Tensor) -> Tensor:
    """The affine matrix Theta that maps the corners of the output, (-1, -1) and (1, 1), to those of the box.

    [[(x' - x) / 2, 0, (x' + x) / 2],
     [0, (y' - y) / 2, (y' + y) / 2]]

    Convention: box (..., 4) as (x, y, x', y') in normalised coordinates of the image; result (..., 2, 3), as
    affine_grid takes it. It holds for both values of align_corners, provided that the corners are in the same
    convention as the calls. x' < x gives a mirrored crop, x' = x a constant one.
    Gradient: exact and constant, +-1/2.
    Raises: TypeError for an integer box, ValueError for a last axis that is not 4, NaN or infinity.
    Source: eq-crop-theta, chapter "crop/affine_matrix".

    >>> crop_matrix(torch.tensor([-0.5, -0.25, 0.5, 0.75]))
    tensor([[0.5000, 0.0000, 0.0000],
            [0.0000, 0.5000, 0.2500]])
    """
    check_boxes("box", box)
    x, y, x2, y2 = box.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([torch.stack([(x2 - x) / 2, zero, (x2 + x) / 2], -1),
                        torch.stack([zero, (y2 - y) / 2, (y2 + y) / 2], -1)], -2)


def crop(images: Tensor, boxes: Tensor, size: Sequence[int], *, align_corners: bool = False,
         mode: str = "bilinear", padding_mode: str = "border") -> Tensor:
    """Cut boxes out of images and resample each to size, by affine_grid and grid_sample.

    Convention: images (B, C, H, W); boxes in normalised corners (x, y, x', y'), one for all images (4,), one for
    each (B, 4), or K for each (B, K, 4); size (height, width) of a crop. The result is (B, C, h, w), or
    (B, K, C, h, w) for K boxes, with the dtype of images; the grid is computed in float32 at least, also under
    autocast. For a box in pixels, pass normalize_box(box, (H, W)) first. mode is "bilinear", "bicubic" or "nearest"; padding_mode "border",
    "zeros" or "reflection" says what lies outside the image. K boxes of one image share it: no copy is made.
    Gradient: in images exact (the transpose of sampling). In boxes exact where no sample falls on a kink: bilinear
    has one at every integer index, and there autograd returns one of the two one-sided slopes, whichever side
    rounding lands on; "nearest" gives zero; a sample outside the image gives zero with "border" and beyond one pixel
    with "zeros".
    Raises: TypeError for integers, ValueError for shapes that do not match, unknown modes, NaN in boxes.
    Source: eq-crop-sample, chapter "crop/affine_matrix"; Jaderberg et al., "Spatial Transformer Networks" (2015).

    >>> image = torch.arange(16.).reshape(1, 1, 4, 4)
    >>> crop(image, torch.tensor([-0.5, -0.5, 0.5, 0.5]), (2, 2))
    tensor([[[[ 5.,  6.],
              [ 9., 10.]]]])
    """
    check_crop(images, boxes, size, mode, padding_mode)
    many = boxes.ndim == 3
    dtype = torch.promote_types(torch.promote_types(images.dtype, boxes.dtype), torch.float32)
    (b, c), (h, w) = images.shape[:2], size
    if boxes.numel() == 0:  # a detector that found nothing
        return images.new_empty(b, 0, c, h, w)
    boxes = boxes.to(dtype).expand(b, -1) if boxes.ndim == 1 else boxes.to(dtype).reshape(-1, 4)
    with torch.autocast(images.device.type, enabled=False):  # a grid in bfloat16 is half a pixel off
        grid = F.affine_grid(crop_matrix(boxes), [len(boxes), c, h, w], align_corners=align_corners)
        # The K grids of an image stand one below the other, as one tall crop: the image is read in place.
        out = F.grid_sample(images.to(dtype), grid.reshape(b, -1, w, 2), mode, padding_mode, align_corners)
    out = out.to(images.dtype)
    return out.reshape(b, c, -1, h, w).transpose(1, 2) if many else out
