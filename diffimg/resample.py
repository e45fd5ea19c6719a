"""Resampling as a matrix for each axis: which pixels each output reads, and with which weights."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ._validate import (check_pixels, check_resampling, check_resize, check_unpool, full_precision, is_traced,
                        is_vmapped, pair)

Coordinates = Literal["half_pixel", "align_corners", "asymmetric"]
Edge = Literal["clamp", "renormalize"]
Region = tuple[float | Tensor, float | Tensor]  # where an axis starts and stops: numbers, or tensors (..., 1)


class Kernel(Protocol):
    """A function of the distance in pixels that is 0 where |t| > support."""

    support: float

    def __call__(self, t: Tensor, /) -> Tensor: ...


KernelName = Literal["nearest", "box", "linear", "cubic", "lanczos3", "area"]


def _reaching(support: float) -> Callable[[Callable[[Tensor], Tensor]], Kernel]:
    """Say how far a kernel reaches: kernel(t) is 0 for |t| > support."""
    def mark(kernel):
        kernel.support = support
        return kernel
    return mark


@_reaching(0.5)
def _box(t: Tensor) -> Tensor:
    return ((t >= -0.5) & (t < 0.5)).to(t.dtype)


@_reaching(1)
def _linear(t: Tensor) -> Tensor:
    # written so that autograd finds the slope to the right of each kink
    return torch.where(t < 0, 1 + t, 1 - t) * ((t >= -1) & (t < 1))


@_reaching(3)
def _lanczos3(t: Tensor) -> Tensor:
    return torch.sinc(t) * torch.sinc(t / 3) * (t.abs() < 3)


@dataclass(frozen=True)
class cubic:
    """The cubic convolution kernel with the slope a at distance 1.

    (a + 2)|t|^3 - (a + 3)|t|^2 + 1 up to 1, a|t|^3 - 5a|t|^2 + 8a|t| - 4a up to 2, then 0.

    Convention: a kernel for resample_matrix; t in pixels, any float tensor. a = -1/2 is Keys's choice and that of
    Pillow and of PyTorch with antialias=True; a = -3/4 that of OpenCV and of PyTorch without. Equal coefficients make
    equal kernels; a kernel can be pickled.
    Gradient: exact and continuous in t.
    Raises: nothing.
    Source: eq-antialiasing-row, chapter "crop/antialiasing"; Keys, IEEE Trans. ASSP 29(6), 1153-1160 (1981).

    >>> cubic(-0.5)(torch.tensor([0., 0.5, 1.5]))
    tensor([ 1.0000,  0.5625, -0.0625])
    """

    a: float
    support: ClassVar[float] = 2

    def __call__(self, t: Tensor, /) -> Tensor:
        a, t = self.a, t.abs()
        near, far = ((a + 2) * t - (a + 3)) * t**2 + 1, a * (((t - 5) * t + 8) * t - 4)
        return torch.where(t < 1, near, far) * (t < 2)


KERNELS: dict[str, Kernel | None] = {"nearest": None, "box": _box, "linear": _linear, "cubic": cubic(-0.5),
                                     "lanczos3": _lanczos3}
NAMES = (*KERNELS, "area")  # nearest and area read their pixels in ways of their own


def resample_matrix(n_in: int, n_out: int, *, kernel: KernelName | Kernel = "linear",
                    coordinates: Coordinates = "half_pixel", antialias: bool = False,
                    box: Sequence[float] | Tensor | None = None, edge: Edge | None = None,
                    dtype: torch.dtype = torch.float64, device: torch.device | str | None = None) -> Tensor:
    """The matrix that resamples an axis of n_in pixels to n_out: row j holds the weights of output pixel j.

    W[j, m] = kernel((x_j - m) / s), with the rows brought to sum 1; x_j is where output j looks, and s = 1, or
    s = max(1, pixels of the box / n_out) with antialias, which widens the kernel over all that is to be shrunk.

    Convention: the result is (n_out, n_in). kernel is "nearest", "box", "linear", "cubic" (a = -1/2), "lanczos3",
    cubic(a), a function of the distance in pixels with an attribute support, or "area": the mean of what output j covers,
    each pixel weighted by its share, at any ratio; what of it lies outside the image is left out. coordinates says where
    output j looks, as an index: "half_pixel" x0 + (j + 1/2)(x1 - x0) / n_out - 1/2; "align_corners"
    j (n_in - 1) / (n_out - 1); "asymmetric" j n_in / n_out. box, for half_pixel, is (x0, x1) in edge coordinates, two
    numbers or a tensor (..., 2) with a result (..., n_out, n_in); pixels outside the box but inside the image count, as
    in Pillow. edge says what lies outside the image: "clamp" repeats its last pixel, "renormalize" leaves it out and
    divides by the rest; None is renormalize with antialias and clamp without, as in PyTorch and Pillow; ONNX without
    exclude_outside is antialias with "clamp". A row whose kernel meets no pixel takes the nearest. Result in box's dtype
    if that is a tensor, else in dtype. Antialiased clamping reads how large a box is, which waits for a GPU.
    Gradient: exact in box, where the kernel has a slope; linear and area have kinks, where it is the slope to the right;
    box and nearest: zero.
    Raises: TypeError or ValueError for sizes, kernels, coordinates and edges that are not listed, a support that is no
    number above 0, on the CPU for NaN or infinity in box, a box without half_pixel, antialias with align_corners, antialias with nearest or area, edge with area.
    Source: eq-antialiasing-row, chapter "crop/antialiasing".

    >>> resample_matrix(4, 2, antialias=True)
    tensor([[0.4286, 0.4286, 0.1429, 0.0000],
            [0.0000, 0.1429, 0.4286, 0.4286]], dtype=torch.float64)
    """
    region = check_resampling(n_in, n_out, kernel, coordinates, antialias, box, edge, NAMES)
    matrix = _dense(_taps(n_in, n_out, region, kernel, coordinates, antialias, edge), n_in)
    return matrix.to(box.dtype) if isinstance(box, Tensor) else matrix.to(device or torch.get_default_device(), dtype)


def resize(images: Tensor, size: Sequence[int] | None = None, *, scale: float | Sequence[float] | None = None,
           kernel: KernelName | Kernel = "linear", coordinates: Coordinates = "half_pixel", antialias: bool = False,
           box: Sequence[float] | Tensor | None = None, edge: Edge | None = None, valid: Tensor | None = None) -> Tensor:
    """Resize images, one matrix for each axis: Y = W_v X W_h^T, with the W of resample_matrix.

    Convention: images (..., H, W); size is (height, width), or scale a factor or (vertical, horizontal), one of the two.
    As many trailing axes are resized as size has numbers: (w,), (h, w) or (d, h, w), likewise a sequence of scales. With
    scale the result has floor(H scale) rows and the samples lie 1 / scale apart, also where that is not H / rows, as in
    F.interpolate. kernel, coordinates, antialias and edge as in resample_matrix; F.interpolate's "bilinear" is "linear",
    its "bicubic" is cubic(-0.75), with antialias "cubic"; its "nearest-exact" is "nearest", its "nearest" that with
    coordinates="asymmetric"; its "area" is "area" at integer ratios alone. box is a region (x, y, x', y') in edge
    coordinates, (x, x') for one axis, (x, y, z, x', y', z') for three, as numbers or a tensor, for images (B, C, H, W) also
    (B, 4); it needs size. "nearest" takes every dtype, labels and masks too, and copies. Otherwise the matrices are
    computed in float64 and the product in float32 at least, also under autocast; the result has the images' dtype, and is
    not clamped: kernels with negative lobes overshoot. A pixel whose weight is 0 is not read: NaN and infinities reach no
    further than the kernel. valid is a bool tensor that broadcasts against floating images: pixels that are not valid
    count for nothing, the rest is divided by its weight, and where nothing valid is met the result is NaN; for the kernels
    nearest, box, linear and area.
    Gradient: exact in images, by the transposes W_v^T G W_h; in box as in resample_matrix. With valid too it is finite
    everywhere. Each pixel adds up its own sum in the backward pass, without atomic additions.
    Raises: TypeError for integer images unless kernel is "nearest", ValueError for neither or both of size and scale,
    sizes below 1, valid with a kernel that has negative lobes, and what resample_matrix refuses.
    Source: eq-interpolation-separable, chapter "resample/interpolation".

    >>> resize(torch.tensor([[0., 4.]]), (1, 4))
    tensor([[0., 1., 3., 4.]])
    """
    size, regions = check_resize(images, size, scale, kernel, coordinates, antialias, box, edge, valid, NAMES)
    axes = range(-len(size), 0)
    taps = [_taps(images.shape[axis], n, region, kernel, coordinates, antialias, edge)
            for axis, n, region in zip(axes, size, regions)]
    if kernel == "nearest" and valid is None:
        return _picked(images, taps)
    dtype = torch.promote_types(images.dtype, torch.float32)
    with full_precision(images):
        if valid is None:
            return _resampled(images.to(dtype), taps).to(images.dtype).contiguous()
        total = _resampled(torch.where(valid, images, 0).to(dtype), taps)
        weight = _resampled(valid.expand_as(images).to(dtype), taps)
    met = weight > 0
    return torch.where(met, total / torch.where(met, weight, 1), torch.nan).to(images.dtype)


def unpool(values: Tensor, indices: Tensor, output_size: Sequence[int]) -> Tensor:
    """S^T y, where S selects pixels: each value goes to the place that it came from, zeros elsewhere.

    Convention: values (..., h, w) and indices of the same shape and of integers, as F.max_pool2d(x, k,
    return_indices=True) gives them: row * W + column within an image of output_size (H, W). The result is (..., H, W).
    Where an index occurs twice the values add up, as the transpose demands; F.max_unpool2d keeps one of them.
    Gradient: exact in values: it selects the pixels again.
    Raises: TypeError for indices that are not int64, ValueError for shapes that differ and, on the CPU, for indices
    outside output_size. Indices that belong to another output_size and fit are not noticed.
    Source: eq-learned-unpool, chapter "resample/learned"; torch.nn.MaxUnpool2d.

    >>> unpool(torch.tensor([[5., 7.]]), torch.tensor([[1, 2]]), (2, 2))
    tensor([[0., 5.],
            [7., 0.]])
    """
    h, w = check_unpool(values, indices, output_size)
    flat = values.new_zeros(*values.shape[:-2], h * w)
    return flat.scatter_add(-1, indices.flatten(-2), values.flatten(-2)).unflatten(-1, (h, w))


def fourier_upsample(images: Tensor, factor: int | tuple[int, int]) -> Tensor:
    """Enlarge by the waves that the image consists of: its spectrum, with zeros for all higher frequencies.

    Convention: images (..., H, W); factor an integer or (vertical, horizontal). The asymmetric grid: output j shows
    the place j / factor, so every factor-th pixel is a pixel of the image. The image is taken as periodic, and rings
    where its left and right, or top and bottom borders differ. The wave of the highest frequency of an even size is
    halved between its two signs. A NaN reaches its whole row and column, since every wave does.
    Gradient: exact; the operation is linear.
    Raises: TypeError for integer images, ValueError for less than two axes and a factor below 1.
    Source: eq-aliasing-fourier, chapter "resample/aliasing"; scipy.signal.resample.

    >>> fourier_upsample(torch.tensor([[0., 1., 0., -1.]]), (1, 2)).round(decimals=2).abs()
    tensor([[0.0000, 0.7100, 1.0000, 0.7100, 0.0000, 0.7100, 1.0000, 0.7100]])
    """
    check_pixels("images", images)
    factors = pair("factor", factor, least=1)
    dtype = images.dtype
    if 0 in images.shape:  # the FFT knows no empty batch
        return images.repeat_interleave(factors[0], -2).repeat_interleave(factors[1], -1)
    images = images.to(torch.promote_types(dtype, torch.float32))  # nor half precision on the CPU
    for axis, r in zip((-2, -1), factors):
        n = images.shape[axis]
        spectrum = torch.fft.rfft(images, dim=axis)
        if n % 2 == 0 and r > 1:
            halves = torch.ones(n // 2 + 1, dtype=images.dtype, device=images.device)
            halves[-1] = 0.5
            spectrum = spectrum * halves.reshape(-1, *[1] * (-1 - axis))
        images = r * torch.fft.irfft(spectrum, n * r, dim=axis)
    return images.to(dtype)


# Which pixels, which weights ------------------------------------------------------------------------------------------

class Taps(NamedTuple):
    """The entries of a matrix that has few in each row: weights (..., n_out, taps) at the columns pixels, of that shape.

    Without pixels the weights are the whole matrix, for boxes whose size cannot be read.
    """

    pixels: Tensor | None
    weights: Tensor


def _taps(n_in: int, n_out: int, region: Region, kernel: KernelName | Kernel, coordinates: Coordinates, antialias: bool,
          edge: Edge | None, widest: float | None = None) -> Taps:
    """The matrix of an axis. widest is the largest step of all boxes where the caller has read it."""
    start, stop = region
    step = (stop - start) / n_out
    width = _at_least(1.0, abs(step)) if antialias else 1.0
    if widest is None:
        widest = _largest(step if kernel == "area" else width)
    if kernel == "area":
        taps = _covered(region, n_in, n_out, widest)
    elif kernel == "nearest":
        places = _places(region, n_in, n_out, coordinates) + (0 if coordinates == "asymmetric" else 0.5)
        taps = Taps(_pixel(places, n_in)[..., None], torch.ones_like(places)[..., None])
    else:
        found = KERNELS[kernel] if isinstance(kernel, str) else kernel
        renormalize = (edge or ("renormalize" if antialias else "clamp")) == "renormalize"
        taps = (_renormalized if renormalize else _clamped)(found, _places(region, n_in, n_out, coordinates), width, n_in,
                                                            widest)
    if isinstance(step, Tensor) and step.requires_grad and not taps.weights.requires_grad:
        # a kernel of steps leaves the box out of the graph; its gradient is 0, not missing
        return taps._replace(weights=taps.weights + 0 * step[..., None])
    return taps


def _places(region: Region, n_in: int, n_out: int, coordinates: Coordinates) -> Tensor:
    """Where each output looks, as an index (..., n_out)."""
    start, stop = region
    j, size = _count(n_out, start), stop - start
    if coordinates == "align_corners":
        return j * (n_in - 1) / max(n_out - 1, 1)
    # multiplied before it is divided: where the box is whole pixels, a tie of nearest is exact
    return j * size / n_out if coordinates == "asymmetric" else start + (j + 0.5) * size / n_out - 0.5


def _count(n: int, like: float | Tensor) -> Tensor:
    """0 ... n - 1. Numbers alone are computed on the CPU, where every device gets the same ones."""
    if isinstance(like, Tensor):
        return torch.arange(n, dtype=like.dtype, device=like.device)
    return torch.arange(n, dtype=torch.float64, device="cpu")


def _at_least(least: float, value: float | Tensor) -> float | Tensor:
    return value.clamp(min=least) if isinstance(value, Tensor) else torch.sym_max(value, least)


def _largest(width: float | Tensor) -> float | None:
    """The largest of some numbers, None where a tensor cannot be read; on a GPU this waits."""
    if not isinstance(width, Tensor):
        return abs(width)
    return None if is_traced(width) else float(width.detach().abs().max()) if width.numel() else 1.0


def _window(first: Tensor, reach: float | None, n_in: int) -> Tensor:
    """The pixels of the image from each first one on that a width of `reach` can touch; all where that is unknown."""
    if reach is None:
        return _count(n_in, first)
    return first[..., None] + _count(torch.sym_min(math.ceil(reach) + 1, n_in), first)


def _last(width: float | Tensor) -> float | Tensor:
    return width[..., None] if isinstance(width, Tensor) else width


def _pixel(place: Tensor, n_in: int) -> Tensor:
    return place.detach().floor().clamp(0, n_in - 1).long()


def _renormalized(kernel: Kernel, places: Tensor, width: float | Tensor, n_in: int, widest: float | None) -> Taps:
    """Weights on the pixels of the image alone, divided by their sum.

    Beyond the image the sum of a kernel with negative lobes can be anything, also 0. There the row of the border is
    led over into the nearest pixel, which it reaches where the kernel no longer touches the image.
    """
    inside, reach = places.clamp(-0.5, n_in - 0.5), kernel.support * width
    first = (inside.detach() - (reach.detach() if isinstance(reach, Tensor) else reach)).floor().clamp(min=0)
    pixels = _window(first, None if widest is None else 2 * kernel.support * widest, n_in)
    weights = kernel((inside[..., None] - pixels) / _last(width)) * (pixels < n_in)
    total = weights.sum(-1, keepdim=True)
    empty = total == 0  # a box kernel at the right border of the image
    beyond = ((places - inside).abs() / _at_least(1e-6, reach - 0.5)).clamp(max=1)
    return _with_nearest(pixels, weights / torch.where(empty, 1, total), torch.where(empty, 1, beyond[..., None]),
                         places + 0.5, n_in)


def _with_nearest(pixels: Tensor, weights: Tensor, nearest: Tensor, edges: Tensor, n_in: int) -> Taps:
    """A row that meets no pixel, or little, takes the nearest one instead, with the weight `nearest` (..., 1)."""
    at_edge = _pixel(edges, n_in)[..., None]
    if pixels.ndim == 1:  # all of them
        return Taps(None, ((1 - nearest) * weights).scatter_add(-1, at_edge, nearest))
    pixels = torch.cat([pixels.clamp(max=n_in - 1).long(), at_edge], -1)
    return Taps(pixels, torch.cat([(1 - nearest) * weights, nearest], -1))


def _clamped(kernel: Kernel, places: Tensor, width: float | Tensor, n_in: int, widest: float | None) -> Taps:
    """The weights that fall outside the image go to its last pixels."""
    if widest is None:
        raise ValueError("edge is 'clamp' with antialias=True and a box that cannot be read here (vmap, compile, export): "
                         "use edge='renormalize', or a box of numbers")
    reach = kernel.support * width
    first = (places.detach() - (reach.detach() if isinstance(reach, Tensor) else reach)).floor()
    pixels = first[..., None] + _count(math.ceil(2 * kernel.support * widest) + 1, first)
    weights = kernel((places[..., None] - pixels) / _last(width))
    total = weights.sum(-1, keepdim=True)
    nearest = (pixels == (places.detach()[..., None] + 0.5).floor()).to(weights.dtype)
    weights = torch.where(total == 0, nearest, weights / torch.where(total == 0, 1, total))
    return Taps(pixels.clamp(0, n_in - 1).long(), weights)


def _covered(region: Region, n_in: int, n_out: int, widest: float | None) -> Taps:
    """Each output's share of each pixel: what lies below its upper end, less what lies below its lower end."""
    start, stop = region
    ends = start + _count(n_out + 1, start) * (stop - start) / n_out
    low, high = torch.minimum(ends[..., :-1], ends[..., 1:]), torch.maximum(ends[..., :-1], ends[..., 1:])
    pixels = _window(low.detach().floor().clamp(0, n_in - 1), widest, n_in)

    def below(end: Tensor) -> Tensor:
        part = end[..., None] - pixels
        return torch.where(part < 0, 0, torch.where(part < 1, part, 1))

    shares = (below(high) - below(low)) * (pixels < n_in)
    total = shares.sum(-1, keepdim=True)
    empty = total == 0
    return _with_nearest(pixels, shares / torch.where(empty, 1, total), empty.to(shares.dtype), (low + high) / 2, n_in)


# The matrix and the product -------------------------------------------------------------------------------------------

def _dense(taps: Taps, n_in: int) -> Tensor:
    if taps.pixels is None:
        return taps.weights
    return taps.weights.new_zeros(*taps.weights.shape[:-1], n_in).scatter_add(-1, taps.pixels, taps.weights)


def _picked(images: Tensor, taps: list[Taps]) -> Tensor:
    """Rows of one 1 each, by indexing: no value passes through arithmetic."""
    for axis, (pixels, weights) in zip(range(-len(taps), 0), taps):
        index = pixels[..., 0].to(images.device)
        shape = [1] * images.ndim
        shape[axis] = index.shape[-1]
        if index.ndim == 2:  # one row of places for each image
            shape[0] = len(index)
        images = (images.index_select(axis, index) if index.ndim == 1 else
                  torch.take_along_dim(images, index.reshape(shape), axis))
        if weights.requires_grad and images.is_floating_point():
            images = images + (0 * weights).sum().to(images.dtype)
    return images


def _resampled(x: Tensor, taps: list[Taps]) -> Tensor:
    """One axis after the other, the last len(taps) ones; taps with a leading axis are for each x[b] its own."""
    for axis, (pixels, weights) in zip(range(-len(taps), 0), taps):
        weights = weights.to(x.device, x.dtype)
        each = weights.ndim - 2
        rows = x.movedim(axis, each)
        out = _all_pixels(weights, rows) if pixels is None else _product(weights, pixels.to(x.device), rows)
        x = out.movedim(each, axis)
    return x


def _all_pixels(W: Tensor, rows: Tensor) -> Tensor:
    """W @ rows, with NaN where a weight that is not 0 meets anything that is not finite."""
    shape, flat = rows.shape, rows.reshape(*rows.shape[:W.ndim - 1], -1)
    finite = flat.isfinite()
    met = (W != 0).to(flat.dtype) @ (~finite).to(flat.dtype)
    out = torch.where(met > 0, torch.nan, W @ torch.where(finite, flat, 0))
    return out.reshape(*out.shape[:-1], *shape[W.ndim - 1:])


def _product(weights: Tensor, pixels: Tensor, rows: Tensor) -> Tensor:
    """out[j] = sum over t of weights[j, t] rows[pixels[j, t]], for each image alone where weights has three axes."""
    if weights.ndim == 3:
        shift = rows.shape[1] * torch.arange(len(rows), device=rows.device)[:, None, None]
        out = _product(weights.flatten(0, 1), (pixels + shift).flatten(0, 1), rows.flatten(0, 1))
        return out.unflatten(0, weights.shape[:2])
    n, taps = weights.shape
    j = torch.arange(n, device=rows.device).repeat_interleave(taps)
    return _sparse_product(weights.flatten(), j, pixels.flatten(), rows, n)


def _sparse_product(weights: Tensor, i: Tensor, k: Tensor, x: Tensor, n: int) -> Tensor:
    """A x for the matrix A of n rows with these weights at the places (i, k), in the order of i."""
    if is_traced(weights) or is_traced(x) or is_vmapped() or x.numel() == 0:
        return x.new_zeros(n, *x.shape[1:]).index_add(0, i, _like(weights, x) * _read(x, k, weights))
    return _SparseProduct.apply(weights, i, k, x, n)


def _read(x: Tensor, k: Tensor, weights: Tensor) -> Tensor:
    """The rows x[k], without what is not finite where the weight is 0: 0 times infinity is not 0."""
    rows = x.index_select(0, k)
    return torch.where((_like(weights, x) == 0) & ~rows.isfinite(), 0, rows)


def _like(weights: Tensor, x: Tensor) -> Tensor:
    return weights.reshape(-1, *[1] * (x.ndim - 1))


class _SparseProduct(torch.autograd.Function):
    """A x by gathering, and A^T g in the same way: the transpose is the same list, in the order of the other index."""

    @staticmethod
    def forward(weights: Tensor, i: Tensor, k: Tensor, x: Tensor, n: int) -> Tensor:
        starts = torch.searchsorted(i, torch.arange(n, device=i.device))
        rows = torch.cat([x, x.new_zeros(1, *x.shape[1:])])  # an entry that is 0 reads the row of zeros
        found = F.embedding_bag(torch.where(weights == 0, len(x), k), rows.reshape(len(rows), -1), starts, mode="sum",
                                per_sample_weights=weights)
        return found.reshape(n, *x.shape[1:])

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        *tensors, ctx.n = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx, g: Tensor):
        weights, i, k, x = ctx.saved_tensors
        slope_weights = slope_x = None
        if ctx.needs_input_grad[0]:
            slope_weights = (_read(x, k, weights) * g.index_select(0, i)).reshape(len(k), -1).sum(1)
        if ctx.needs_input_grad[3]:
            order = k.argsort(stable=True)
            slope_x = _sparse_product(weights[order], k[order], i[order], g, len(x))
        return slope_weights, None, None, slope_x, None

    @staticmethod
    def jvp(ctx, weights_t: Tensor | None, i_t: None, k_t: None, x_t: Tensor | None, n_t: None) -> Tensor:
        weights, i, k, x = ctx.saved_tensors
        parts = [(weights, x_t), (weights_t, x)]
        return sum(_sparse_product(w, i, k, y, ctx.n) for w, y in parts if w is not None and y is not None)
