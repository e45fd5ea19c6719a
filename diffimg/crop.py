"""The crop as an affine matrix: differentiable in the image and in the box."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ._validate import check_boxes, check_crop, check_last_axes, check_size
from .resample import cubic, resample_matrix


def crop_matrix(box: Tensor) -> Tensor:
    """The affine matrix Theta that maps the corners of the output, (-1, -1) and (1, 1), to those of the box.

    [[(x' - x) / 2, 0, (x' + x) / 2],
     [0, (y' - y) / 2, (y' + y) / 2]]

    Convention: box (..., 4) as (x, y, x', y') in normalised coordinates of the image; result (..., 2, 3), as
    affine_grid takes it. It holds for both values of align_corners, provided that the corners are in the same
    convention as the calls. x' < x gives a mirrored crop, x' = x a constant one.
    Gradient: exact and constant, +-1/2.
    Raises: TypeError for an integer box, ValueError for a last axis that is not 4, and on the CPU for NaN or infinity.
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


def rotated_crop_matrix(center: Tensor, extent: Tensor, angle: Tensor | float, image_size: Sequence[int]) -> Tensor:
    """The affine matrix Theta of a box that is turned about its centre.

    [[w cos / W, -h sin / W, 2 cx / W - 1],
     [w sin / H,  h cos / H, 2 cy / H - 1]]

    Convention: center (..., 2) as (x, y) and extent (..., 2) as (width, height), both in edge coordinates of the
    image; angle (...) in radians, turning +x towards +y (clockwise on the screen); image_size (height, width). The
    result (..., 2, 3) is for align_corners=False in affine_grid and grid_sample. The box keeps its right angles on
    images that are not square, because each row is divided by the side that it belongs to.
    Gradient: exact and smooth in center, extent and angle.
    Raises: TypeError for integers, ValueError for shapes that do not fit.
    Source: eq-fitting-rotated, chapter "crop/fitting".

    >>> rotated_crop_matrix(torch.tensor([4., 1.]), torch.tensor([8., 2.]), 0.5, (2, 8))
    tensor([[ 0.8776, -0.1199,  0.0000],
            [ 1.9177,  0.8776,  0.0000]])
    """
    check_last_axes("center", center, (2,), "the centre (x, y) in edge coordinates")
    check_last_axes("extent", extent, (2,), "the size (width, height) in pixels")
    check_size("image_size", image_size)
    angle = torch.as_tensor(angle, dtype=center.dtype, device=center.device)
    (cx, cy), (w, h), (H, W) = center.unbind(-1), extent.unbind(-1), image_size
    row_x = torch.stack(torch.broadcast_tensors(w * angle.cos() / W, -h * angle.sin() / W, 2 * cx / W - 1), -1)
    row_y = torch.stack(torch.broadcast_tensors(w * angle.sin() / H, h * angle.cos() / H, 2 * cy / H - 1), -1)
    return torch.stack([row_x, row_y], -2)


def ordered_box(raw: Tensor) -> Tensor:
    """A box that cannot turn inside out, from four free numbers: its centre and the logarithms of its size.

    (cx, cy, log w, log h) -> (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), so that x < x' and y < y'.

    Convention: raw (..., 4) in any coordinates, normalised or pixels; the box comes in the same. The inverse is
    torch.cat([(box[..., :2] + box[..., 2:]) / 2, (box[..., 2:] - box[..., :2]).log()], -1).
    Gradient: exact and smooth everywhere; in log w it is w times that in w, so a box that is wide resizes faster.
    Raises: TypeError for integers, ValueError for a last axis that is not 4.
    Source: eq-fitting-ordered, chapter "crop/fitting".

    >>> ordered_box(torch.tensor([1., 2., 0., 0.]))
    tensor([0.5000, 1.5000, 1.5000, 2.5000])
    """
    check_last_axes("raw", raw, (4,), "(cx, cy, log w, log h)")
    center, half = raw[..., :2], raw[..., 2:].exp() / 2
    return torch.cat([center - half, center + half], -1)


def crop(images: Tensor, boxes: Tensor, size: Sequence[int], *, align_corners: bool = False,
         mode: str = "bilinear", padding_mode: str = "border", antialias: bool = False) -> Tensor:
    """Cut boxes out of images and resample each to size, by affine_grid and grid_sample.

    Convention: images (B, C, H, W); boxes in normalised corners (x, y, x', y'), one for all images (4,), one for
    each (B, 4), or K for each (B, K, 4); size (height, width) of a crop. The result is (B, C, h, w), or
    (B, K, C, h, w) for K boxes, with the dtype of images; the grid is computed in float32 at least, also under
    autocast. For a box in pixels, pass normalize_box(box, (H, W)) first. mode is "bilinear", "bicubic" or "nearest";
    padding_mode "border", "zeros" or "reflection" says what lies outside the image. K boxes of one image share it: no
    copy is made when images and boxes have one dtype.
    antialias widens the kernel where a box is shrunk, so that no pixel is skipped: the result is A_y I A_x^T with the
    rows of resample_matrix, for align_corners=False, padding_mode "border", "bilinear" or "bicubic" (a = -3/4, which
    agrees with the plain crop when enlarging, away from the border; Pillow and interpolate antialias with -1/2). Where
    a kernel, widened or not, hangs over the image, what lies outside is left out and not repeated. Every box then costs
    as much as the whole image, B K C H w (h + W) multiplications, and an intermediate of B K C H w numbers.
    Gradient: in images exact (the transpose of sampling). In boxes exact where no sample falls on a kink: bilinear
    has one at every integer index, and there autograd returns one of the two one-sided slopes, whichever side
    rounding lands on; "nearest" gives zero; with "bilinear", so does a sample beyond the outermost centres with
    "border", and one pixel further with "zeros". With antialias it follows the places and the width of the kernel,
    which bends where the box is as large as the output; the linear kernel also where a pixel is 0 or one width away.
    Raises: TypeError for integers, ValueError for shapes that do not match, unknown modes, NaN in boxes on the CPU.
    Source: eq-crop-sample, chapter "crop/affine_matrix"; Jaderberg et al., "Spatial Transformer Networks" (2015).

    >>> image = torch.arange(16.).reshape(1, 1, 4, 4)
    >>> crop(image, torch.tensor([-0.5, -0.5, 0.5, 0.5]), (2, 2))
    tensor([[[[ 5.,  6.],
              [ 9., 10.]]]])
    """
    check_crop(images, boxes, size, align_corners, mode, padding_mode, antialias)
    many = boxes.ndim == 3
    dtype = torch.promote_types(torch.promote_types(images.dtype, boxes.dtype), torch.float32)
    (b, c), (h, w) = images.shape[:2], size
    if boxes.numel() == 0:  # a detector that found nothing
        return images[:, None, :, :1, :1].expand(b, 1, c, h, w)[:, :0]
    boxes = boxes.to(dtype).expand(b, -1) if boxes.ndim == 1 else boxes.to(dtype).reshape(-1, 4)
    with torch.autocast(images.device.type, enabled=False):  # a grid in bfloat16 is half a pixel off
        if antialias:
            out = _widened(images.to(dtype), boxes.reshape(b, -1, 4), size, mode).to(images.dtype)
            return out if many else out[:, 0]
        grid = F.affine_grid(crop_matrix(boxes), [len(boxes), c, h, w], align_corners=align_corners)
        # The K grids of an image stand one below the other, as one tall crop: the image is read in place.
        out = F.grid_sample(images.to(dtype), grid.reshape(b, -1, w, 2), mode, padding_mode, align_corners)
    out = out.to(images.dtype)
    return out.reshape(b, c, -1, h, w).transpose(1, 2) if many else out


def _widened(images: Tensor, boxes: Tensor, size: Sequence[int], mode: str) -> Tensor:
    """A_y I A_x^T for boxes (B, K, 4), each matrix with a kernel as wide as an output pixel."""
    (H, W), (h, w) = images.shape[-2:], size
    x, y = (boxes[..., 0::2] + 1) * W / 2, (boxes[..., 1::2] + 1) * H / 2
    kernel = "linear" if mode == "bilinear" else cubic(-0.75)
    A_x = resample_matrix(W, w, kernel=kernel, antialias=True, box=x)
    A_y = resample_matrix(H, h, kernel=kernel, antialias=True, box=y)
    rows = torch.einsum("bchw,bkxw->bkchx", images, A_x)  # not matmul, which would copy the images K times
    return torch.einsum("bkyh,bkchx->bkcyx", A_y, rows)
