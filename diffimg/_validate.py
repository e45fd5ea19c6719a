"""Argument checks: every message names the argument, what came, what was expected, and what to do."""

import contextlib
import math
import numbers
import re
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor

from ._types import Pads, Pair, Two

Sizes = tuple[int, ...]
Region = tuple[Any, Any]  # where an axis starts and stops: two numbers, or tensors (..., 1)

KERNEL_NAMES = {"bilinear": '"linear"', "trilinear": '"linear"', "bicubic": 'cubic(-0.75), with antialias "cubic"',
                "lanczos": '"lanczos3"', "nearest-exact": '"nearest"'}
LABELS = (torch.bool, torch.int8, torch.int16, torch.int32, torch.int64)


# What can be known ----------------------------------------------------------------------------------------------------

def is_traced(value: Tensor) -> bool:
    """Whether a tensor stands for values that are not there: under compile, export, vmap or on the meta device."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return True
    while torch._C._functorch.is_functorch_wrapped_tensor(value):  # grad and jvp wrap a tensor that can be read
        if torch._C._functorch.is_batchedtensor(value):
            return True
        value = torch._C._functorch.get_unwrapped(value)
    return value.device.type == "meta" or isinstance(value, torch._subclasses.FakeTensor)


def is_vmapped() -> bool:
    """Whether anything is under vmap, also what no argument shows: jacfwd batches only the tangents."""
    vmap = torch._C._functorch.TransformType.Vmap
    return any(level.key() == vmap for level in torch._C._functorch.get_interpreter_stack() or [])


def is_known(value: Tensor) -> bool:
    """Whether the values of a tensor can be looked at without waiting for a GPU."""
    return not is_traced(value) and value.device.type == "cpu"


def full_precision(value: Tensor) -> contextlib.AbstractContextManager[Any]:
    """Nothing inside is computed in half precision, whatever autocast says."""
    kind = value.device.type
    return torch.autocast(kind, enabled=False) if torch.amp.is_autocast_available(kind) else contextlib.nullcontext()


def is_integer(value: object) -> bool:
    return isinstance(value, (numbers.Integral, torch.SymInt)) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    return isinstance(value, (numbers.Real, torch.SymInt, torch.SymFloat)) and not isinstance(value, bool)


def as_integer(value: Any) -> int:
    """NumPy's integers as Python's, which all of PyTorch takes."""
    return cast(int, value) if isinstance(value, (int, torch.SymInt)) else int(value)


def several(value: Any) -> tuple[Any, ...]:
    """What can be counted as a tuple; anything else alone, for a message to name it."""
    try:
        return tuple(value)
    except TypeError:
        return (value,)


# Arguments ------------------------------------------------------------------------------------------------------------

def check_live(name: str, fallback: str, known: Sequence[str]) -> None:
    if name not in known:
        raise ValueError(f"name is {name!r}, expected one of the figures in diffimg/live: {', '.join(known)}")
    if not isinstance(fallback, str) or not re.fullmatch(r"\s*<table\b[\s\S]*</table>\s*", fallback):
        raise ValueError(f"fallback is {fallback!r:.60}, expected an HTML table: plot.table makes one")


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


def check_boxes(name: str, boxes: Tensor, axes: int = 2) -> None:
    meaning = "(x, y, x', y'), top-left then bottom-right" if axes == 2 else "(x, y, z, x', y', z')"
    check_last_axes(name, boxes, (2 * axes,), f"a box is {meaning}")
    if is_known(boxes) and not (finite := boxes.isfinite()).all():
        bad = boxes.reshape(-1, 2 * axes)[~finite.reshape(-1, 2 * axes).all(-1)]
        raise ValueError(f"{name} contains NaN or infinity, in {len(bad)} of {boxes.numel() // (2 * axes)} box(es), "
                         f"first {bad[0].tolist()}")


def check_box_last_axis(name: str, boxes: Tensor) -> int:
    """How many axes boxes of four or six numbers have."""
    check_float(name, boxes)
    axes = 3 if boxes.ndim > 0 and boxes.shape[-1] == 6 else 2
    check_boxes(name, boxes, axes)
    return axes


def check_affine(theta: Tensor, in_size: Sequence[int], out_size: Sequence[int], *,
                 several: bool = False) -> tuple[Sizes, Sizes]:
    """Both sizes in Python's integers."""
    axes = 3 if isinstance(theta, Tensor) and theta.shape[-2:] == (3, 4) else 2
    check_last_axes("theta", theta, (axes, axes + 1), "the matrix that affine_grid takes, (..., 3, 4) for volumes")
    sizes = check_size("in_size", in_size, axes), check_size("out_size", out_size, axes)
    if several:
        check_several_pixels(sizes[0])
    return sizes


def check_several_pixels(in_size: Sizes) -> None:
    if min(in_size) == 1:
        raise ValueError(f"in_size is {in_size}: with align_corners=True an axis of one pixel has one coordinate, its "
                         "centre; keep align_corners=False")


def check_matrix(matrix: Tensor, in_size: Sequence[int], out_size: Sequence[int],
                 align_corners: bool) -> tuple[Sizes, Sizes]:
    """Both sizes in Python's integers."""
    axes = 3 if isinstance(matrix, Tensor) and matrix.shape[-1:] == (4,) else 2
    check_last_axes("matrix", matrix, (axes + 1, axes + 1), "from index to index coordinates, (..., 4, 4) for volumes")
    sizes = check_size("in_size", in_size, axes), check_size("out_size", out_size, axes)
    if align_corners:
        check_several_pixels(sizes[0])
    if is_known(matrix) and (matrix[..., -1, :] != matrix.new_tensor([0] * axes + [1])).any():
        raise ValueError(f"the last row of matrix is {matrix[..., -1, :].reshape(-1, axes + 1)[0].tolist()}, expected "
                         f"{[0] * axes + [1]}: affine_grid knows no homography, map a grid of points instead")
    return sizes


def check_map(name: str, matrix: Tensor, values: Tensor, numbers: int) -> None:
    """Points or boxes, with as many numbers for each axis, and the matrix that moves them."""
    axes = 3 if isinstance(matrix, Tensor) and matrix.shape[-1:] == (4,) else 2
    check_last_axes("matrix", matrix, (axes + 1, axes + 1), "from index to index coordinates, as pixel_matrix gives it")
    check_last_axes(name, values, (numbers * axes,), "x first, as many axes as the matrix has")
    if matrix.dtype != values.dtype:
        raise TypeError(f"matrix is {matrix.dtype}, {name} {values.dtype}: convert one with .to(dtype)")


def check_images(name: str, images: Tensor) -> None:
    check_float(name, images)
    if images.ndim != 4:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected (B, C, H, W): "
                         "add the missing axes with images[None]")
    if 0 in images.shape[1:]:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected at least one element along each axis")


def check_size(name: str, size: Sequence[int], axes: int = 2) -> Sizes:
    """The size in Python's integers."""
    meaning = {1: "(width,) as an integer", 2: "(height, width) as two integers",
               3: "(depth, height, width) as three integers"}[axes]
    if not (isinstance(size, Sequence) and len(size) == axes and all(map(is_integer, size))):
        raise TypeError(f"{name} is {size!r}, expected {meaning}")
    for n in size:
        if n < 1:
            raise ValueError(f"{name} is {tuple(size)}, expected at least one pixel along each axis")
    return tuple(map(as_integer, size))


def check_length(name: str, length: int, unit: str = "pixel") -> None:
    if not is_integer(length):
        raise TypeError(f"{name} is {length!r}, expected a number of {unit}s as an integer")
    if length < 1:
        raise ValueError(f"{name} is {length}, expected at least one {unit}")


def check_choice(name: str, value: object, choices: Sequence[object], hint: str = "") -> None:
    if not any(value is choice or (isinstance(value, str) and value == choice) for choice in choices):
        raise ValueError(f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}{hint}")


def check_non_negative(name: str, value: float) -> None:
    if not is_number(value):
        raise TypeError(f"{name} is {value!r}, expected a number")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} is {value}, expected a finite number, zero or more")


def check_crop(images: Tensor, boxes: Tensor, size: Sequence[int], align_corners: bool, mode: str, padding_mode: str,
               antialias: bool) -> Sizes:
    """The size in Python's integers."""
    axes = check_stack(images, boxes)
    check_boxes("boxes", boxes, axes)
    if boxes.ndim > 3 or (boxes.ndim > 1 and boxes.shape[0] != images.shape[0]):
        n = 2 * axes
        raise ValueError(f"boxes has shape {tuple(boxes.shape)} for {images.shape[0]} image(s), expected ({n},) for "
                         f"one box shared by all, (B, {n}) for one box for each image, (B, K, {n}) for K boxes for "
                         "each image (boxes[None] for one image)")
    check_device("boxes", boxes, images)
    hint = {"linear": ": 'linear' is a kernel of resize, here it is 'bilinear'",
            "cubic": ": 'cubic' is a kernel of resize, here it is 'bicubic', with a = -3/4"}.get(mode, "")
    check_choice("mode", mode, ("bilinear", "bicubic", "nearest"), hint)
    check_choice("padding_mode", padding_mode, ("border", "zeros", "reflection"))
    if antialias and (align_corners or padding_mode != "border" or mode == "nearest"):
        raise ValueError(f"antialias=True came with align_corners={align_corners}, padding_mode={padding_mode!r}, "
                         f"mode={mode!r}; it works with align_corners=False, padding_mode='border' and mode 'bilinear' "
                         "or 'bicubic'")
    if axes == 3 and mode == "bicubic" and not antialias:
        raise ValueError("mode is 'bicubic' for volumes, which grid_sample does not know: use 'bilinear', or "
                         "antialias=True")
    return check_size("size", size, axes)


def check_stack(images: Tensor, boxes: object) -> int:
    """How many axes of the images are space: 2, or 3 for volumes."""
    if isinstance(images, Tensor) and images.dtype in LABELS:
        raise TypeError(f"images is a {images.dtype} tensor, expected floating point: labels and masks go through "
                        "diffimg.resample.resize(..., kernel='nearest', box=...), numbers through images.float()")
    check_float("images", images)
    axes = images.ndim - 2
    four = isinstance(boxes, Tensor) and boxes.ndim > 0 and boxes.shape[-1] == 4
    if axes == 3 and four:
        raise ValueError(f"images has shape {tuple(images.shape)}, expected (B, C, H, W) for boxes of four numbers; "
                         "a volume (B, C, D, H, W) takes boxes of six, (x, y, z, x', y', z')")
    if axes not in (2, 3):
        raise ValueError(f"images has shape {tuple(images.shape)}, expected (B, C, H, W), or (B, C, D, H, W) for a "
                         "volume: add the axes of the batch and the channels, with images[None] one in front")
    if 0 in images.shape[1:]:
        raise ValueError(f"images has shape {tuple(images.shape)}, expected at least one element along each axis but "
                         "the first")
    return axes


def check_device(name: str, value: Tensor, images: Tensor) -> None:
    if value.device != images.device:
        raise ValueError(f"{name} is on {value.device}, images on {images.device}: move one with .to(device)")


def check_warp(images: Tensor, flow: Tensor, padding_mode: str) -> None:
    axes = check_stack(images, None)
    check_float("flow", flow)
    expected = (len(images), axes, *images.shape[2:])
    if flow.shape != expected:
        raise ValueError(f"flow has shape {tuple(flow.shape)}, expected {expected}: for each pixel of the result how "
                         "far to go in pixels, x first")
    check_device("flow", flow, images)
    check_choice("padding_mode", padding_mode, ("border", "zeros", "reflection"))
    if is_known(flow) and not flow.isfinite().all():
        raise ValueError(f"flow contains NaN or infinity, {int((~flow.isfinite()).sum())} of {flow.numel()} numbers: "
                         "where there is no flow, send the pixel outside (a large number) with padding_mode='zeros'")


def check_resampling(n_in: int, n_out: int, kernel: object, coordinates: str, antialias: bool,
                     box: Sequence[float] | Tensor | None, edge: str | None, kernels: tuple[str, ...]) -> Region:
    """Where the axis starts and stops: two numbers, or tensors (..., 1)."""
    check_length("n_in", n_in)
    check_length("n_out", n_out)
    check_kernel(kernel, coordinates, antialias, box, edge, kernels)
    if box is None:
        return 0, n_in
    if isinstance(box, Tensor):
        check_last_axes("box", box, (2,), "the two edges (x0, x1) along this axis")
        if is_known(box) and not box.isfinite().all():
            raise ValueError(f"box contains NaN or infinity, {int((~box.isfinite()).sum())} of {box.numel()} edges")
        box = box.to(torch.promote_types(box.dtype, torch.float32))
        return box[..., :1], box[..., 1:]
    edges = several(box)
    if not (len(edges) == 2 and all(is_number(e) and math.isfinite(e) for e in edges)):
        raise ValueError(f"box is {box}, expected two finite edges (x0, x1)")
    return float(edges[0]), float(edges[1])


def check_kernel(kernel: object, coordinates: str, antialias: bool, box: object, edge: str | None,
                 kernels: tuple[str, ...]) -> None:
    if not (callable(kernel) and hasattr(kernel, "support")):
        name = KERNEL_NAMES.get(kernel) if isinstance(kernel, str) else None
        check_choice("kernel", kernel, (*kernels, "or a function with an attribute support"),
                     f": PyTorch's {kernel!r} is {name}" if name else "")
    elif not (is_number(kernel.support) and 0 < kernel.support < math.inf):
        raise ValueError(f"the support of kernel is {kernel.support!r}, expected the distance in pixels, above 0, "
                         "from which on the kernel is 0")
    check_choice("coordinates", coordinates, ("half_pixel", "align_corners", "asymmetric"))
    check_choice("edge", edge, ("clamp", "renormalize", None))
    plain = isinstance(kernel, str) and kernel in ("nearest", "area")
    if kernel == "area" and (coordinates != "half_pixel" or edge is not None or antialias):
        raise ValueError(f"kernel='area' came with coordinates={coordinates!r}, antialias={antialias}, edge={edge!r}: "
                         "it is the mean of what each output covers on the half-pixel grid, and takes none of them")
    if antialias and (coordinates == "align_corners" or plain):
        raise ValueError(f"antialias=True came with coordinates={coordinates!r} and kernel={kernel!r}: a widened "
                         "kernel needs the half-pixel grid and a width; use coordinates='half_pixel' and kernel='box'")
    if box is not None and coordinates != "half_pixel":
        raise ValueError(f"box came with coordinates={coordinates!r}; a box has edges, which only 'half_pixel' knows")


def check_real(name: str, value: Tensor) -> None:
    if value.is_complex():
        raise TypeError(f"{name} is a {value.dtype} tensor, expected a real one: stack its parts with "
                        "torch.view_as_real")


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


def check_spacing(spacing: Sequence[float]) -> tuple[float, ...]:
    """One positive number for each spatial axis, as Python's floats."""
    message = f"spacing is {spacing!r}, expected one positive number for each spatial axis: (1.0,) for rows, " \
              "(1.0, 1.0) for images, (1.0, 1.0, 1.0) for volumes"
    if isinstance(spacing, str) or not all(is_number(h) for h in several(spacing)) or is_number(spacing):
        raise TypeError(message)
    numbers = tuple(float(h) for h in several(spacing))
    if len(numbers) not in (1, 2, 3) or not all(math.isfinite(h) and h > 0 for h in numbers):
        raise ValueError(message)
    return numbers


AXES = {1: "W", 2: "H, W", 3: "D, H, W"}


def check_tv_images(name: str, images: Tensor, spacing: Sequence[float]) -> tuple[float, ...]:
    """The spacing, checked."""
    spacing = check_spacing(spacing)
    n = len(spacing)
    check_float(name, images)
    if images.ndim <= n:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected (..., C, {AXES[n]}): add a channel axis "
                         f"with {name}[None]")
    if 0 in images.shape[-n - 1:]:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected at least one pixel and one channel")
    return spacing


def check_gradient_field(name: str, field: Tensor, spacing: Sequence[float]) -> tuple[float, ...]:
    """The spacing, checked."""
    spacing = check_spacing(spacing)
    n = len(spacing)
    check_float(name, field)
    if field.ndim < n + 2 or field.shape[-n - 1] != n:
        order = {1: "one component", 2: "vertical, then horizontal component", 3: "components in array order"}[n]
        raise ValueError(f"{name} has shape {tuple(field.shape)}, expected (..., C, {n}, {AXES[n]}), as gradient "
                         f"returns it with a spacing of {n} number(s): {order}")
    return spacing


def check_denoise(f: Tensor, weight: float | Tensor, spacing: Sequence[float], tol: float,
                  max_iterations: int) -> tuple[float, ...]:
    """The spacing, checked."""
    spacing = check_tv_images("f", f, spacing)
    if f.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"f is a {f.dtype} tensor, expected float32 or float64: convert with f.float()")
    if not f.isfinite().all():  # the solver waits for a GPU anyway
        bad = int((~f.isfinite()).sum())
        raise ValueError(f"f contains NaN or infinity, {bad} of {f.numel()} numbers: a number in their place would "
                         "count as data; exercise fill_in of the chapter tv/limits fills missing pixels in")
    check_non_negative("tol", tol)
    check_length("max_iterations", max_iterations, "iteration")
    check_weight(weight, tuple(f.shape[:-len(spacing) - 1]))
    return spacing


def check_weight(weight: float | Tensor, batch: Sizes | None) -> None:
    if not isinstance(weight, Tensor):
        return check_non_negative("weight", weight)
    check_float("weight", weight)
    if weight.numel() != 1 and weight.shape != batch:
        several = "" if batch is None else f", or one for each image: {batch}"
        raise ValueError(f"weight has shape {tuple(weight.shape)}, expected one number{several}")
    if is_known(weight) and not ((weight >= 0) & weight.isfinite()).all():
        raise ValueError(f"weight is {weight.tolist()}, expected finite numbers, zero or more")


def check_direction(g: Tensor, f: Tensor) -> None:
    check_float("g", g)
    if g.shape != f.shape:
        raise ValueError(f"g has shape {tuple(g.shape)}, expected that of f, {tuple(f.shape)}: the gradient of a loss "
                         "in the denoised image")


def check_start(start: Tensor, field: Sizes, record: bool) -> None:
    check_float("start", start)
    if tuple(start.shape) != field:
        raise ValueError(f"start has shape {tuple(start.shape)}, expected {field}, a dual field: the dual of a "
                         "Certificate for an image of this shape")
    if not start.isfinite().all():
        raise ValueError("start contains NaN or infinity, expected a dual field, finite everywhere")
    if record:
        raise ValueError("start is given while f or weight requires grad, but an image that is certified after few "
                         "iterations has no derivative yet: use denoise_tv_vjp for the gradient, or detach both")


def pair(name: str, value: Any, *, least: int = 0, also: str = "") -> Two:
    """(height, width) of an argument that may be one integer for both."""
    values = (value, value) if is_integer(value) else value
    if not (isinstance(values, Sequence) and len(values) == 2 and all(map(is_integer, values))):
        raise TypeError(f"{name} is {value!r}, expected an integer, or two as (height, width){also}")
    if any(n < least for n in values):
        raise ValueError(f"{name} is {value}, expected {least} or more along each axis")
    height, width = map(as_integer, values)
    return height, width


def pads(value: Any) -> tuple[Two, Two]:
    """((top, bottom), (left, right)) of a padding that may be one number for both sides, or for all four."""
    if isinstance(value, Sequence) and len(value) == 2 and all(isinstance(side, Sequence) for side in value):
        rows, columns = (pair(f"padding[{i}]", side) for i, side in enumerate(value))
    else:
        rows, columns = ((p, p) for p in pair("padding", value, also=", or ((top, bottom), (left, right))"))
    return rows, columns


def check_conv_geometry(in_size: Pair, kernel_size: Pair, stride: Pair, padding: Pads,
                        dilation: Pair) -> tuple[Two, Two, Two, tuple[Two, Two], Two]:
    """Size, kernel size, stride and dilation as pairs, padding as a pair of pairs."""
    n, k = pair("in_size", in_size, least=1), pair("kernel_size", kernel_size, least=1)
    s, p, d = pair("stride", stride, least=1), pads(padding), pair("dilation", dilation, least=1)
    for i in (0, 1):
        if (span := d[i] * (k[i] - 1) + 1) > (padded := n[i] + sum(p[i])):
            raise ValueError(f"the kernel is larger than the padded image: kernel_size {k[i]} with dilation {d[i]} "
                             f"spans d(k - 1) + 1 = {span} pixels, in_size {n[i]} with padding {_sides(p[i])} = "
                             f"{padded}; raise padding")
    return n, k, s, p, d


def _sides(p: tuple[int, int]) -> str:
    return f"{p[0]} has n + 2p" if p[0] == p[1] else f"{p} has n + {p[0]} + {p[1]}"


def check_conv_transpose_geometry(in_size: Pair, kernel_size: Pair, stride: Pair, padding: Pair, output_padding: Pair,
                                  dilation: Pair) -> tuple[tuple[int, int], ...]:
    n, k = pair("in_size", in_size, least=1), pair("kernel_size", kernel_size, least=1)
    s, p, d = pair("stride", stride, least=1), pair("padding", padding), pair("dilation", dilation, least=1)
    extra = pair("output_padding", output_padding)
    for i in (0, 1):
        if extra[i] >= s[i] and extra[i] >= d[i]:
            raise ValueError(f"output_padding is {extra[i]} with stride {s[i]} and dilation {d[i]}, expected less than "
                             "the larger of the two: it chooses among the sizes that the convolution maps to one")
        if (out := (n[i] - 1) * s[i] - 2 * p[i] + d[i] * (k[i] - 1) + extra[i] + 1) < 1:
            raise ValueError(f"padding {p[i]} cuts off everything: (n - 1)s - 2p + d(k - 1) + output_padding + 1 = "
                             f"{out} with n = {n[i]}, k = {k[i]}, s = {s[i]}, d = {d[i]}; expected 1 or more: "
                             "lower padding")
    return n, k, s, p, extra, d


def check_filters(name: str, weight: Tensor) -> None:
    check_float(name, weight)
    if weight.ndim != 4 or 0 in weight.shape:
        raise ValueError(f"{name} has shape {tuple(weight.shape)}, expected four axes, the last two the height and "
                         "width of the kernel, none of them empty")


def check_subpixels(weight: Tensor, factor: int, *, shuffled: bool = False) -> int:
    """The factor as Python's integer."""
    check_filters("weight", weight)
    check_length("factor", factor)
    if shuffled and weight.shape[0] % factor**2 != 0:
        raise ValueError(f"weight has {weight.shape[0]} filters, expected a multiple of factor^2 = {factor**2}: one "
                         "for each sub-pixel")
    return as_integer(factor)


def check_conv(kernel: Tensor, in_size: Pair, stride: Pair, padding: Pads, dilation: Pair,
               groups: int) -> tuple[Two, Two, tuple[Two, Two], Two, int]:
    """Size, stride, padding and dilation as check_conv_geometry gives them, and groups."""
    check_filters("kernel", kernel)
    check_length("groups", groups, "group")
    if kernel.shape[0] % groups != 0:
        raise ValueError(f"kernel has {kernel.shape[0]} output channels, expected a multiple of groups = {groups}")
    kernel_size = kernel.shape[-2], kernel.shape[-1]
    n, _, s, p, d = check_conv_geometry(in_size, kernel_size, stride, padding, dilation)
    return n, s, p, d, as_integer(groups)


def check_pixels(name: str, images: Tensor) -> None:
    check_float(name, images)
    if images.ndim < 2 or 0 in images.shape[-2:]:
        raise ValueError(f"{name} has shape {tuple(images.shape)}, expected (..., H, W) with at least one pixel")


def check_conv_transpose(x: Tensor, weight: Tensor, bias: Tensor | None, stride: Pair, padding: Pair,
                         output_padding: Pair, groups: int, dilation: Pair, *,
                         names: tuple[str, str] = ("input", "weight")) -> tuple[Two, Two, Two, Two, int]:
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
                         f"{weight.shape[0]} on its first axis, groups is {groups}: expected weight (C_in, "
                         "C_out / groups, kh, kw), groups a divisor of C_in")
    if bias is not None:
        _check_bias(bias, weight.dtype, weight.shape[1] * groups)
    in_size, kernel_size = (x.shape[-2], x.shape[-1]), (weight.shape[-2], weight.shape[-1])
    _, _, s, p, extra, d = check_conv_transpose_geometry(in_size, kernel_size, stride, padding, output_padding,
                                                         dilation)
    return s, p, d, extra, as_integer(groups)


def _check_bias(bias: Tensor, dtype: torch.dtype, channels: int) -> None:
    check_float("bias", bias)
    if bias.shape != (channels,):
        raise ValueError(f"bias has shape {tuple(bias.shape)}, expected one number for each of the {channels} output "
                         "channels")
    if bias.dtype != dtype:
        raise TypeError(f"bias is {bias.dtype}, weight {dtype}: convert one with .to(dtype)")


def check_resize(images: Tensor, size: Sequence[int] | None, scale: Any, kernel: object, coordinates: str,
                 antialias: bool, box: Any, edge: str | None, valid: Tensor | None,
                 kernels: tuple[str, ...]) -> tuple[Sizes, list[Region]]:
    """The size of the output in Python's integers, and for each axis where it starts and stops."""
    if (size is None) == (scale is None):
        raise ValueError(f"size is {size} and scale is {scale}, expected one of the two")
    if size is None and box is not None:
        raise ValueError("box came with scale: give the size of the result instead")
    factors = None if size is not None else _factors(scale)
    axes = len(factors or cast(Sizes, size)) if factors or isinstance(size, Sequence) and 1 <= len(size) <= 3 else 2
    sizes = () if size is None else check_size("size", size, axes)
    check_kernel(kernel, coordinates, antialias, box, edge, kernels)
    check_resized(images, axes, kernel, valid)
    shape = images.shape[-axes:]
    if factors is None:
        return sizes, [(0, n) for n in shape] if box is None else _regions(images, box, axes)
    sizes = tuple(math.floor(n * f) for n, f in zip(shape, factors, strict=True))
    if min(sizes) < 1:
        least = tuple(max(m, 1) for m in sizes)
        raise ValueError(f"scale {scale} leaves no pixel of {tuple(shape)}: use size={least}")
    return sizes, [(0, m / f) for m, f in zip(sizes, factors, strict=True)]


def _factors(scale: Any) -> tuple[float, ...]:
    factors = (scale, scale) if is_number(scale) else several(scale)
    if len(factors) not in (1, 2, 3) or not all(is_number(f) and math.isfinite(f) and f > 0 for f in factors):
        raise ValueError(f"scale is {scale!r}, expected a positive number, or two as (vertical, horizontal); one or "
                         "three numbers for as many axes")
    return factors


def check_resized(images: Tensor, axes: int, kernel: object, valid: Tensor | None) -> None:
    names = "H, W" if axes == 2 else "W" if axes == 1 else "D, H, W"
    if kernel == "nearest" and isinstance(images, Tensor) and valid is None:
        pass  # it copies, whatever the dtype
    elif isinstance(images, Tensor) and not images.is_floating_point():
        raise TypeError(f"images is a {str(images.dtype).removeprefix('torch.')} tensor, expected floating point: "
                        "labels and masks go with kernel='nearest' and without valid, bytes of a photograph as "
                        "images.float() / 255")
    else:
        check_float("images", images)
    if images.ndim < axes or 0 in images.shape[-axes:]:
        raise ValueError(f"images has shape {tuple(images.shape)}, expected (..., {names}) with at least one pixel")
    if valid is None:
        return
    if not (isinstance(valid, Tensor) and valid.dtype == torch.bool):
        raise TypeError(f"valid is {getattr(valid, 'dtype', type(valid).__name__)}, expected a bool tensor, True where "
                        "images may be read, for instance images.isfinite()")
    if kernel not in ("nearest", "box", "linear", "area"):
        raise ValueError(f"valid came with kernel={kernel!r}, expected nearest, box, linear or area: where a kernel "
                         "has negative weights, those of the valid pixels can add up to 0")
    trailing = images.shape[-valid.ndim:] if valid.ndim else ()
    if valid.ndim > images.ndim or any(v not in (1, n) for v, n in zip(valid.shape, trailing, strict=True)):
        raise ValueError(f"valid has shape {tuple(valid.shape)}, expected one that broadcasts against images "
                         f"{tuple(images.shape)}")
    check_device("valid", valid, images)


def _regions(images: Tensor, box: Any, axes: int) -> list[Region]:
    """Where each axis of a box starts and stops, in the order of the axes, which is the other way round."""
    n, meaning = 2 * axes, {1: "(x, x')", 2: "(x, y, x', y')", 3: "(x, y, z, x', y', z')"}[axes]
    if isinstance(box, Tensor):
        check_boxes("box", box, axes)
        if box.ndim > 2 or (box.ndim == 2 and (images.ndim != axes + 2 or len(box) != len(images))):
            stack = "(B, C, " + ("W)", "H, W)", "D, H, W)")[axes - 1]
            raise ValueError(f"box has shape {tuple(box.shape)} for images {tuple(images.shape)}, expected ({n},), or "
                             f"(B, {n}) for images {stack}")
        check_device("box", box, images)
        box = box.to(torch.float64)
        return [(box[..., a:a + 1], box[..., axes + a:axes + a + 1]) for a in reversed(range(axes))]
    edges = several(box)
    if len(edges) != n or not all(is_number(e) and math.isfinite(e) for e in edges):
        raise ValueError(f"box is {box}, expected the {('two', 'four', 'six')[axes - 1]} numbers {meaning}, finite")
    return [(float(edges[a]), float(edges[axes + a])) for a in reversed(range(axes))]


def check_unpool(values: Tensor, indices: Tensor, output_size: Sequence[int]) -> Sizes:
    """The size in Python's integers."""
    check_pixels("values", values)
    size = check_size("output_size", output_size)
    if not isinstance(indices, Tensor) or indices.dtype != torch.int64:
        raise TypeError(f"indices is {getattr(indices, 'dtype', type(indices).__name__)}, expected a tensor of int64, "
                        "as F.max_pool2d(..., return_indices=True) gives it")
    if indices.shape != values.shape:
        raise ValueError(f"indices has shape {tuple(indices.shape)}, values {tuple(values.shape)}: expected the same")
    if is_known(indices) and indices.numel() and not ((indices >= 0) & (indices < math.prod(size))).all():
        raise ValueError(f"indices go from {int(indices.min())} to {int(indices.max())}, expected 0 to "
                         f"{math.prod(size) - 1}: row * width + column within output_size {size}")
    return size
