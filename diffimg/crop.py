"""The crop as an affine matrix: differentiable in the image and in the box."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ._types import Kernel, Mode, PaddingMode
from ._validate import (
    check_box_last_axis,
    check_crop,
    check_last_axes,
    check_size,
    check_warp,
    full_precision,
    is_traced,
)
from .coords import pixel_to_normalized
from .resample import KernelName, _resampled, _Taps, _taps, cubic


def crop_matrix(box: Tensor) -> Tensor:
    """The affine matrix Theta that maps the corners of the output, (-1, -1) and (1, 1), to those of the box.

    [[(x' - x) / 2, 0, (x' + x) / 2],
     [0, (y' - y) / 2, (y' + y) / 2]]

    Convention: box (..., 4) as (x, y, x', y') in normalised coordinates of the image; result (..., 2, 3), as
    affine_grid takes it. Of a volume (..., 6) as (x, y, z, x', y', z'), result (..., 3, 4). It holds for both values of
    align_corners, provided that the corners are in the same convention as the calls. x' < x gives a mirrored crop, x' =
    x a constant one.
    Gradient: exact and constant, +-1/2.
    Raises: TypeError for an integer box, ValueError for a last axis that is not 4, or 6, and on the CPU for NaN or
    infinity.
    Source: eq-crop-theta, chapter "crop/affine_matrix".

    >>> crop_matrix(torch.tensor([-0.5, -0.25, 0.5, 0.75]))
    tensor([[0.5000, 0.0000, 0.0000],
            [0.0000, 0.5000, 0.2500]])
    """
    axes = check_box_last_axis("box", box)
    low, high = box[..., :axes], box[..., axes:]
    return torch.cat([torch.diag_embed((high - low) / 2), ((high + low) / 2)[..., None]], -1)


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
         mode: Mode = "bilinear", padding_mode: PaddingMode = "border", antialias: bool = False) -> Tensor:
    """Cut boxes out of images and resample each to size, by affine_grid and grid_sample.

    Convention: images (B, C, H, W); boxes in normalised corners (x, y, x', y'), one for all images (4,), one for each
    (B, 4), or K for each (B, K, 4); size (height, width) of a crop. The result is (B, C, h, w), or (B, K, C, h, w) for
    K boxes, with the dtype of images; the grid is computed in float32 at least, also under autocast. Volumes are (B, C,
    D, H, W), with boxes of six numbers (x, y, z, x', y', z') and size (depth, height, width). For a box in pixels, pass
    normalize_box(box, (H, W)) first. mode is "bilinear", "bicubic" (a = -3/4) or "nearest": in resize these kernels are
    called "linear", cubic(-0.75) and "nearest"; padding_mode "border", "zeros" or "reflection" says what lies outside
    the image. K boxes of one image share it: no copy is made when images and boxes have one dtype. antialias widens the
    kernel where a box is shrunk, so that no pixel is skipped: the result is A_y I A_x^T with the rows of
    resample_matrix, for align_corners=False, padding_mode "border", "bilinear" or "bicubic" (a = -3/4, which agrees
    with the plain crop when enlarging, away from the border; Pillow and interpolate antialias with -1/2). Where a
    kernel, widened or not, hangs over the image, what lies outside is left out and not repeated. Time and memory follow
    the boxes, each the largest of them, and not the images; to know how large they are it reads them once, for which a
    GPU is waited for. Under vmap, compile, export and ONNX, where nothing can be read, each box costs as much as the
    image. NaN and infinities then reach no further than the kernel; where nothing can be read an infinity comes out as
    NaN.
    Gradient: in images exact (the transpose of sampling); on a GPU atomic additions make up its last digits, also in
    deterministic mode, which grid_sample refuses there; with antialias=True that mode makes it reproducible. In boxes
    exact where no sample falls on a kink: bilinear has one at every integer index, and there autograd returns one of
    the two one-sided slopes, whichever side rounding lands on; "nearest" gives zero; with "bilinear", so does a sample
    beyond the outermost centres with "border", and one pixel further with "zeros". With antialias it follows the places
    and the width of the kernel, which bends where the box is as large as the output; the linear kernel also where a
    pixel is 0 or one width away.
    Raises: TypeError for integers, ValueError for shapes that do not match, unknown modes, bicubic volumes without
    antialias, NaN in boxes on the CPU.
    Source: eq-crop-sample, chapter "crop/affine_matrix"; Jaderberg et al., "Spatial Transformer Networks" (2015).

    >>> image = torch.arange(16.).reshape(1, 1, 4, 4)
    >>> crop(image, torch.tensor([-0.5, -0.5, 0.5, 0.5]), (2, 2))
    tensor([[[[ 5.,  6.],
              [ 9., 10.]]]])
    """
    size = check_crop(images, boxes, size, align_corners, mode, padding_mode, antialias)
    many, b = boxes.ndim == 3, len(images)
    dtype = torch.promote_types(torch.promote_types(images.dtype, boxes.dtype), torch.float32)
    boxes = boxes.expand(b, 1, -1) if boxes.ndim == 1 else boxes if many else boxes[:, None]
    if boxes.numel() == 0:  # a detector that found nothing, or no image; the graph goes on
        corner = images.flatten(2)[:, None, :, 0] * boxes.sum(-1, keepdim=True).to(images.dtype)
        nothing = corner.reshape(*corner.shape, *[1] * len(size)).expand(*corner.shape, *size)
        return nothing if many else nothing[:, 0]
    with full_precision(images):  # a grid in bfloat16 is half a pixel off
        if antialias:
            out = _widened(images.to(dtype), boxes.to(dtype), size, mode)
        else:
            out = _sampled(images.to(dtype), boxes.to(dtype), size, align_corners, mode, padding_mode)
    return (out if many else out[:, 0]).to(images.dtype)


def _sampled(images: Tensor, boxes: Tensor, size: tuple[int, ...], align_corners: bool, mode: str,
             padding_mode: str) -> Tensor:
    """Crops (B, K, C, h, w). The K grids of an image stand one below the other, as one tall crop: no copy is made."""
    (b, c), n = images.shape[:2], len(size)
    theta = crop_matrix(boxes.reshape(-1, 2 * n))
    grid = F.affine_grid(theta, [len(theta), c, *size], align_corners=align_corners)
    out = F.grid_sample(images, grid.reshape(b, -1, *size[1:], n), mode, padding_mode, align_corners)
    return out.reshape(b, c, -1, *size).transpose(1, 2)


def _widened(images: Tensor, boxes: Tensor, size: tuple[int, ...], mode: str) -> Tensor:
    """Crops (B, K, C, h, w) by A_y I A_x^T, each matrix with a kernel as wide as an output pixel."""
    (b, k), shape, n = boxes.shape[:2], images.shape[2:], len(size)
    scale = torch.tensor(shape[::-1], dtype=boxes.dtype, device=boxes.device) / 2
    low, high = ((boxes.reshape(b * k, 2, n) + 1) * scale).flip(-1).unbind(1)  # edges, in the order of the axes
    pixels = (high - low).abs().detach() / torch.tensor(size, dtype=boxes.dtype, device=boxes.device)
    known = not is_traced(boxes)
    widest: list[Any] = pixels.amax(0).clamp(min=1).tolist() if known else [None] * n
    kernel: KernelName | Kernel = "linear" if mode == "bilinear" else cubic(-0.75)
    taps = [_taps(shape[a], size[a], (low[:, a:a + 1], high[:, a:a + 1]), kernel, "half_pixel", True, None, widest[a])
            for a in range(n)]
    patches, taps = _patches(images, taps, widest, k) if known else (images.repeat_interleave(k, 0), taps)
    return _resampled(patches, taps).unflatten(0, (b, k))


def _patches(images: Tensor, taps: list[_Taps], widest: list[float], k: int) -> tuple[Tensor, list[_Taps]]:
    """What the boxes reach of the images, (B K, C, h', w'), and the same taps counted from there."""
    shape, inside = images.shape[2:], []
    index = torch.zeros(len(taps[0].weights), dtype=torch.long, device=images.device)
    for a, (pixels, weights) in enumerate(taps):
        assert pixels is not None  # the boxes were read
        # from the first to the last place, and the kernel on both sides of them
        length = min(shape[a], int(widest[a] * (weights.shape[1] - 1)) + weights.shape[2] + 2)
        first = pixels.flatten(1).amin(1).clamp(max=shape[a] - length)
        inside.append(_Taps(pixels - first[:, None, None], weights))
        along = first[:, None] + torch.arange(length, device=images.device)
        index = (index * shape[a])[..., None] + along.reshape(-1, *[1] * a, length)
    if index[0].numel() == images[0, 0].numel():  # all of it
        return images.repeat_interleave(k, 0), inside
    found = torch.take_along_dim(images.flatten(2), index.reshape(len(images), 1, -1), -1)
    return found.unflatten(-1, (k, *index.shape[1:])).transpose(1, 2).flatten(0, 1), inside


def warp(images: Tensor, flow: Tensor, *, padding_mode: PaddingMode = "border") -> Tensor:
    """Warp images by a field of displacements in pixels: the result at pixel p shows the image at p + flow(p).

    Convention: images (B, C, H, W); flow (B, 2, H, W), in pixels, x first, then y: (1, 0) everywhere shows at each
    pixel what stands one pixel to its right, so the picture moves to the left. Volumes are (B, C, D, H, W), with flow
    (B, 3, D, H, W), x, y, z. Linear interpolation; padding_mode "border", "zeros" or "reflection" says what lies
    outside. The result has the images' dtype; places are computed in float32 at least. A field for an image of another
    size wants its values scaled too.
    Gradient: exact in images; in flow exact where no place falls on a pixel, 0 beyond the outermost centres with
    "border".
    Raises: TypeError for integers, ValueError for shapes that do not match, an unknown padding_mode, on the CPU for NaN
    or infinity in flow.
    Source: eq-images-normalized, chapter "linear/images".

    >>> warp(torch.tensor([[[[1., 2., 4.]]]]), torch.tensor([0.5, 0.]).reshape(1, 2, 1, 1).expand(1, 2, 1, 3))
    tensor([[[[1.5000, 3.0000, 4.0000]]]])
    """
    check_warp(images, flow, padding_mode)
    dtype = torch.promote_types(torch.promote_types(images.dtype, flow.dtype), torch.float32)
    if len(images) == 0:
        return images + 0 * flow[:, :1].to(images.dtype)
    sizes = images.shape[2:]
    with full_precision(images):
        places = torch.stack(torch.meshgrid(*[torch.arange(n, dtype=dtype, device=flow.device) for n in sizes],
                                            indexing="ij")[::-1]) + flow.to(dtype)
        numbers = [pixel_to_normalized(x, n) for x, n in zip(places.unbind(1), reversed(sizes), strict=True)]
        grid = torch.stack(numbers, -1)
        out = F.grid_sample(images.to(dtype), grid, "bilinear", padding_mode, align_corners=False)
    return out.to(images.dtype)
