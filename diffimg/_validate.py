"""Argument checks: every message names the argument, what came, what was expected, and what to do."""

import contextlib
import math
import numbers
from collections.abc import Sequence

import torch
from torch import Tensor


def full_precision(value: Tensor) -> contextlib.AbstractContextManager:
    """Nothing inside is computed in half precision, whatever autocast says."""
    return torch.autocast(value.device.type, enabled=False)


def is_integer(value: object) -> bool:
    return isinstance(value, (numbers.Integral, torch.SymInt)) and not isinstance(value, bool)


def as_integer(value):
    """NumPy's integers as Python's, which all of PyTorch takes."""
    return value if isinstance(value, (int, torch.SymInt)) else int(value)


def check_float(name: str, value: Tensor) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} is a {type(value).__name__}, expected a tensor: wrap it in torch.tensor(...)")
    if value.dtype == torch.uint8:
        raise TypeError(f"{name} is a uint8 tensor, expected floating point: convert with {name}.float() / 255")
    check_real(name, value)
    if not value.is_floating_point():
        raise TypeError(f"{name} is a {value.dtype} tensor, expected floating point: convert with {name}.float()")


def check_last_axes(name: str, value: Tensor, shape: tuple[int, ...], meaning: str) -> None:
    check_float(name, value)
    if value.shape[-len(shape):] != shape:
        expected = ", ".join(map(str, shape))
        raise ValueError(f"{name} has shape {tuple(value.shape)}, expected (..., {expected}): {meaning}")


def check_boxes(name: str, boxes: Tensor) -> None:
    check_last_axes(name, boxes, (4,), "a box is (x, y, x', y'), top-left then bottom-right")
    if boxes.device.type == "cpu" and not torch.compiler.is_compiling() and not boxes.isfinite().all():
        raise ValueError(f"{name} contains NaN or infinity: {boxes.tolist()}")


def check_images(name: str, images: Tensor) -> None:
    check_float(name, images)
    if images.ndim != 4:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected (B, C, H, W): "
                         "add the missing axes with images[None]")
    if 0 in images.shape:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected at least one element along each axis")


def check_size(name: str, size: Sequence[int]) -> None:
    if not (isinstance(size, Sequence) and len(size) == 2 and all(type(n) is int for n in size)):
        raise TypeError(f"{name} is {size!r}, expected (height, width) as two integers")
    if min(size) < 1:
        raise ValueError(f"{name} is {tuple(size)}, expected at least one pixel along each axis")


def check_length(name: str, length: int, unit: str = "pixel") -> None:
    if not is_integer(length):
        raise TypeError(f"{name} is {length!r}, expected a number of {unit}s as an integer")
    if length < 1:
        raise ValueError(f"{name} is {length}, expected at least one {unit}")


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}")


def check_non_negative(name: str, value: float) -> None:
    if not (isinstance(value, (int, float)) and not isinstance(value, bool)):
        raise TypeError(f"{name} is {value!r}, expected a number")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} is {value}, expected a finite number, zero or more")


def check_crop(images: Tensor, boxes: Tensor, size: Sequence[int], align_corners: bool, mode: str, padding_mode: str,
               antialias: bool) -> None:
    check_images("images", images)
    check_boxes("boxes", boxes)
    if boxes.ndim > 3 or (boxes.ndim > 1 and boxes.shape[0] != images.shape[0]):
        raise ValueError(f"boxes has shape {tuple(boxes.shape)} for {images.shape[0]} image(s), expected (4,) for one "
                         "box shared by all, (B, 4) for one box for each image, (B, K, 4) for K boxes for each image "
                         "(boxes[None] for one image)")
    if boxes.device != images.device:
        raise ValueError(f"boxes is on {boxes.device}, images on {images.device}: move one with .to(device)")
    check_size("size", size)
    check_choice("mode", mode, ("bilinear", "bicubic", "nearest"))
    check_choice("padding_mode", padding_mode, ("border", "zeros", "reflection"))
    if antialias and (align_corners or padding_mode != "border" or mode == "nearest"):
        raise ValueError(f"antialias=True came with align_corners={align_corners}, padding_mode={padding_mode!r}, "
                         f"mode={mode!r}; it works with align_corners=False, padding_mode='border' and mode 'bilinear' "
                         "or 'bicubic'")


def check_resampling(n_in: int, n_out: int, kernel, coordinates: str, antialias: bool, box, edge,
                     kernels: tuple[str, ...]) -> None:
    check_length("n_in", n_in)
    check_length("n_out", n_out)
    if not (callable(kernel) and hasattr(kernel, "support")):
        check_choice("kernel", kernel, (*kernels, "or a function with an attribute support"))
    check_choice("coordinates", coordinates, ("half_pixel", "align_corners", "asymmetric"))
    check_choice("edge", edge, ("clamp", "renormalize", None))
    if antialias and (coordinates == "align_corners" or kernel == "nearest"):
        raise ValueError(f"antialias=True came with coordinates={coordinates!r} and kernel={kernel!r}: a widened kernel "
                         "needs the half-pixel grid and a width; use coordinates='half_pixel' and kernel='box'")
    if box is not None and coordinates != "half_pixel":
        raise ValueError(f"box came with coordinates={coordinates!r}; a box has edges, which only 'half_pixel' knows")
    if isinstance(box, Tensor):
        check_last_axes("box", box, (2,), "the two edges (x0, x1) along this axis")
    elif box is not None and not (len(box) == 2 and all(math.isfinite(edge) for edge in box)):
        raise ValueError(f"box is {tuple(box)}, expected two finite edges (x0, x1)")


def check_real(name: str, value: Tensor) -> None:
    if value.is_complex():
        raise TypeError(f"{name} is a {value.dtype} tensor, expected a real one: stack its parts with torch.view_as_real")


def check_in_shape(in_shape: Sequence[int]) -> tuple[int, ...]:
    """The shape in Python's integers."""
    if not (isinstance(in_shape, Sequence) and all(map(is_integer, in_shape))):
        raise TypeError(f"in_shape is {in_shape!r}, expected the shape of the input as a tuple of integers")
    if any(n < 1 for n in in_shape):
        raise ValueError(f"in_shape is {tuple(in_shape)}, expected at least one element along each axis")
    return tuple(map(as_integer, in_shape))


def check_dtype(dtype: torch.dtype) -> None:
    if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise TypeError(f"dtype is {dtype}, expected a real floating point one, for instance torch.float64")


def check_tv_images(name: str, images: Tensor) -> None:
    check_float(name, images)
    if images.ndim < 3:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected (..., C, H, W): add a channel axis with "
                         f"{name}[None]")
    if 0 in images.shape[-3:]:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected at least one pixel and one channel")


def check_gradient_field(name: str, field: Tensor) -> None:
    check_float(name, field)
    if field.ndim < 4 or field.shape[-3] != 2:
        raise ValueError(f"{name} has shape {tuple(field.shape)}, expected (..., C, 2, H, W), as gradient returns it: "
                         "vertical, then horizontal component")


def check_denoise(f: Tensor, weight: float | Tensor, tol: float, max_iterations: int) -> None:
    check_tv_images("f", f)
    if f.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"f is a {f.dtype} tensor, expected float32 or float64: convert with f.float()")
    if not f.isfinite().all():  # the solver waits for a GPU anyway
        raise ValueError("f contains NaN or infinity: replace them first, for instance with torch.nan_to_num")
    check_non_negative("tol", tol)
    check_length("max_iterations", max_iterations, "iteration")
    if not isinstance(weight, Tensor):
        return check_non_negative("weight", weight)
    check_float("weight", weight)
    if weight.numel() != 1 and weight.shape != f.shape[:-3]:
        raise ValueError(f"weight has shape {tuple(weight.shape)}, expected one number, or one for each image: "
                         f"{tuple(f.shape[:-3])}")
    if weight.device.type == "cpu" and not ((weight >= 0) & weight.isfinite()).all():
        raise ValueError(f"weight is {weight.tolist()}, expected finite numbers, zero or more")


def pair(name: str, value: int | Sequence[int], *, least: int = 0, also: str = "") -> tuple[int, int]:
    """(height, width) of an argument that may be one integer for both."""
    values = (value, value) if is_integer(value) else value
    if not (isinstance(values, Sequence) and len(values) == 2 and all(map(is_integer, values))):
        raise TypeError(f"{name} is {value!r}, expected an integer, or two as (height, width){also}")
    if any(n < least for n in values):
        raise ValueError(f"{name} is {value}, expected {least} or more along each axis")
    return tuple(map(as_integer, values))


def pads(value) -> tuple[tuple[int, int], tuple[int, int]]:
    """((top, bottom), (left, right)) of a padding that may be one number for both sides, or for all four."""
    if isinstance(value, Sequence) and len(value) == 2 and all(isinstance(side, Sequence) for side in value):
        return tuple(pair(f"padding[{i}]", side) for i, side in enumerate(value))
    return tuple((p, p) for p in pair("padding", value, also=", or ((top, bottom), (left, right))"))


def check_conv_geometry(in_size, kernel_size, stride, padding, dilation) -> tuple[tuple, ...]:
    """Size, kernel size, stride and dilation as pairs, padding as a pair of pairs."""
    n, k = pair("in_size", in_size, least=1), pair("kernel_size", kernel_size, least=1)
    s, p, d = pair("stride", stride, least=1), pads(padding), pair("dilation", dilation, least=1)
    for i in (0, 1):
        if (span := d[i] * (k[i] - 1) + 1) > (padded := n[i] + sum(p[i])):
            raise ValueError(f"the kernel is larger than the padded image: kernel_size {k[i]} with dilation {d[i]} spans "
                             f"d(k - 1) + 1 = {span} pixels, in_size {n[i]} with padding {_sides(p[i])} = {padded}; "
                             "raise padding")
    return n, k, s, p, d


def _sides(p: tuple[int, int]) -> str:
    return f"{p[0]} has n + 2p" if p[0] == p[1] else f"{p} has n + {p[0]} + {p[1]}"


def check_conv_transpose_geometry(in_size, kernel_size, stride, padding, output_padding,
                                  dilation) -> tuple[tuple[int, int], ...]:
    n, k = pair("in_size", in_size, least=1), pair("kernel_size", kernel_size, least=1)
    s, p, d = pair("stride", stride, least=1), pair("padding", padding), pair("dilation", dilation, least=1)
    extra = pair("output_padding", output_padding)
    for i in (0, 1):
        if extra[i] >= s[i] and extra[i] >= d[i]:
            raise ValueError(f"output_padding is {extra[i]} with stride {s[i]} and dilation {d[i]}, expected less than the "
                             "larger of the two: it chooses among the sizes that the convolution maps to one")
        if (out := (n[i] - 1) * s[i] - 2 * p[i] + d[i] * (k[i] - 1) + extra[i] + 1) < 1:
            raise ValueError(f"padding {p[i]} cuts off everything: (n - 1)s - 2p + d(k - 1) + output_padding + 1 = {out} "
                             f"with n = {n[i]}, k = {k[i]}, s = {s[i]}, d = {d[i]}; expected 1 or more: lower padding")
    return n, k, s, p, extra, d


def check_filters(name: str, weight: Tensor) -> None:
    check_float(name, weight)
    if weight.ndim != 4 or 0 in weight.shape:
        raise ValueError(f"{name} has shape {tuple(weight.shape)}, expected four axes, the last two the height and width "
                         "of the kernel, none of them empty")


def check_subpixels(weight: Tensor, factor: int, *, shuffled: bool = False) -> int:
    """The factor as Python's integer."""
    check_filters("weight", weight)
    check_length("factor", factor)
    if shuffled and weight.shape[0] % factor**2 != 0:
        raise ValueError(f"weight has {weight.shape[0]} filters, expected a multiple of factor^2 = {factor**2}: one "
                         "for each sub-pixel")
    return as_integer(factor)


def check_conv(kernel: Tensor, in_size, stride, padding, dilation, groups: int) -> tuple:
    """Size, stride, padding and dilation as check_conv_geometry gives them, and groups."""
    check_filters("kernel", kernel)
    check_length("groups", groups, "group")
    if kernel.shape[0] % groups != 0:
        raise ValueError(f"kernel has {kernel.shape[0]} output channels, expected a multiple of groups = {groups}")
    size, _, *others = check_conv_geometry(in_size, tuple(kernel.shape[-2:]), stride, padding, dilation)
    return size, *others, as_integer(groups)


def check_pixels(name: str, images: Tensor) -> None:
    check_float(name, images)
    if images.ndim < 2 or 0 in images.shape[-2:]:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected (..., H, W) with at least one pixel")


def check_conv_transpose(x: Tensor, weight: Tensor, bias: Tensor | None, stride, padding, output_padding, groups: int,
                         dilation, *, names: tuple[str, str] = ("input", "weight")) -> tuple:
    """Stride, padding, dilation and output_padding as pairs, and groups."""
    check_float(names[0], x)
    check_filters(names[1], weight)
    check_length("groups", groups, "group")
    if x.ndim not in (3, 4) or 0 in x.shape[-3:]:
        raise ValueError(f"{names[0]} has shape {tuple(x.shape)}, expected (B, C, H, W) or (C, H, W) with at least one "
                         "pixel")
    if x.dtype != weight.dtype:
        raise TypeError(f"{names[0]} is {x.dtype}, {names[1]} {weight.dtype}: convert one with .to(dtype)")
    if x.shape[-3] != weight.shape[0] or weight.shape[0] % groups != 0:
        raise ValueError(f"{names[0]} and {names[1]} do not fit: input has {x.shape[-3]} channels, weight "
                         f"{weight.shape[0]} on its first axis, groups is {groups}: expected weight (C_in, C_out / "
                         "groups, kh, kw), groups a divisor of C_in")
    if bias is not None:
        _check_bias(bias, weight.dtype, weight.shape[1] * groups)
    _, _, s, p, extra, d = check_conv_transpose_geometry(tuple(x.shape[-2:]), tuple(weight.shape[-2:]), stride, padding,
                                                         output_padding, dilation)
    return s, p, d, extra, as_integer(groups)


def _check_bias(bias: Tensor, dtype: torch.dtype, channels: int) -> None:
    check_float("bias", bias)
    if bias.shape != (channels,):
        raise ValueError(f"bias has shape {tuple(bias.shape)}, expected one number for each of the {channels} output "
                         "channels")
    if bias.dtype != dtype:
        raise TypeError(f"bias is {bias.dtype}, weight {dtype}: convert one with .to(dtype)")


def check_resize(images: Tensor, size, scale, kernel, coordinates: str, antialias: bool, box, edge,
                 kernels: tuple[str, ...]):
    """The size of the output, and for each axis the region that it shows."""
    check_pixels("images", images)
    if (size is None) == (scale is None):
        raise ValueError(f"size is {size} and scale is {scale}, expected one of the two")
    if size is None:
        if box is not None:
            raise ValueError("box came with scale: give the size of the result instead")
        factors = (scale, scale) if isinstance(scale, (int, float)) else tuple(scale)
        if len(factors) != 2 or not all(math.isfinite(f) and f > 0 for f in factors):
            raise ValueError(f"scale is {scale}, expected a positive number, or two as (vertical, horizontal)")
        size = tuple(math.floor(n * f) for n, f in zip(images.shape[-2:], factors))
        if min(size) < 1:
            raise ValueError(f"scale {scale} leaves no pixel of {tuple(images.shape[-2:])}: use size=(1, 1)")
        boxes = [(0, m / f) for m, f in zip(size, factors)]
    else:
        check_size("size", size)
        boxes = _regions(images, box)
    for n, m, region in zip(images.shape[-2:], size, boxes):
        check_resampling(n, m, kernel, coordinates, antialias, None if box is None else region, edge, kernels)
    return size, boxes


def _regions(images: Tensor, box):
    """The vertical and the horizontal edges of a box, or the whole image."""
    if box is None:
        return [(0, n) for n in images.shape[-2:]]
    if isinstance(box, Tensor):
        check_boxes("box", box)
        if box.ndim > 2 or (box.ndim == 2 and (images.ndim != 4 or len(box) != len(images))):
            raise ValueError(f"box has shape {tuple(box.shape)} for images {tuple(images.shape)}, expected (4,), or (B, 4) "
                             "for images (B, C, H, W)")
        return [box[..., 1::2], box[..., 0::2]]
    if len(box) != 4:
        raise ValueError(f"box is {box}, expected the four numbers (x, y, x', y')")
    return [tuple(box[1::2]), tuple(box[0::2])]


def check_unpool(values: Tensor, indices: Tensor, output_size: Sequence[int]) -> None:
    check_pixels("values", values)
    check_size("output_size", output_size)
    if not isinstance(indices, Tensor) or indices.dtype != torch.int64:
        raise TypeError(f"indices is {getattr(indices, 'dtype', type(indices).__name__)}, expected a tensor of int64, as "
                        "F.max_pool2d(..., return_indices=True) gives it")
    if indices.shape != values.shape:
        raise ValueError(f"indices has shape {tuple(indices.shape)}, values {tuple(values.shape)}: expected the same")
    if indices.device.type == "cpu" and not ((indices >= 0) & (indices < math.prod(output_size))).all():
        raise ValueError(f"indices go from {int(indices.min())} to {int(indices.max())}, expected 0 to "
                         f"{math.prod(output_size) - 1}: row * width + column within output_size {tuple(output_size)}")
