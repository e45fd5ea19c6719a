"""Resampling as a matrix for each axis: where each output pixel looks, and how it weighs what it finds there."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ._validate import check_pixels, check_resampling, check_resize, check_unpool, pair

Kernel = Callable[[Tensor], Tensor]
STRIP = 32  # rows of a matrix that are multiplied at once; found by trying 16 to 128


def _reaching(support: float) -> Callable[[Kernel], Kernel]:
    """Say how far a kernel reaches: kernel(t) is 0 for |t| > support."""
    def mark(kernel: Kernel) -> Kernel:
        kernel.support = support
        return kernel
    return mark


@_reaching(0.5)
def _box(t: Tensor) -> Tensor:
    return ((t >= -0.5) & (t < 0.5)).to(t.dtype)


@_reaching(1)
def _linear(t: Tensor) -> Tensor:
    return (1 - t.abs()).clamp(min=0)


@_reaching(3)
def _lanczos3(t: Tensor) -> Tensor:
    return torch.sinc(t) * torch.sinc(t / 3) * (t.abs() < 3)


def cubic(a: float) -> Kernel:
    """The cubic convolution kernel with the slope a at distance 1.

    (a + 2)|t|^3 - (a + 3)|t|^2 + 1 up to 1, a|t|^3 - 5a|t|^2 + 8a|t| - 4a up to 2, then 0.

    Convention: a kernel for resample_matrix; t in pixels, any float tensor. a = -1/2 is Keys's choice and that of
    Pillow and of PyTorch with antialias=True; a = -3/4 that of OpenCV and of PyTorch without.
    Gradient: exact and continuous in t.
    Raises: nothing.
    Source: eq-antialiasing-row, chapter "crop/antialiasing"; Keys, IEEE Trans. ASSP 29(6), 1153-1160 (1981).

    >>> cubic(-0.5)(torch.tensor([0., 0.5, 1.5]))
    tensor([ 1.0000,  0.5625, -0.0625])
    """
    @_reaching(2)
    def keys(t: Tensor) -> Tensor:
        t = t.abs()
        near, far = ((a + 2) * t - (a + 3)) * t**2 + 1, a * (((t - 5) * t + 8) * t - 4)
        return torch.where(t < 1, near, far) * (t < 2)
    return keys


KERNELS = {"nearest": None, "box": _box, "linear": _linear, "cubic": cubic(-0.5), "lanczos3": _lanczos3}


def resample_matrix(n_in: int, n_out: int, *, kernel: str | Kernel = "linear", coordinates: str = "half_pixel",
                    antialias: bool = False, box: Sequence[float] | Tensor | None = None, edge: str | None = None,
                    dtype=torch.float64, device=None) -> Tensor:
    """The matrix that resamples an axis of n_in pixels to n_out: row j holds the weights of output pixel j.

    W[j, m] = kernel((x_j - m) / s), with the rows brought to sum 1; x_j is where output j looks, and s = 1, or
    s = max(1, pixels of the box / n_out) with antialias, which widens the kernel over all that is to be shrunk.

    Convention: the result is (n_out, n_in). kernel is "nearest", "box", "linear", "cubic" (a = -1/2), "lanczos3",
    cubic(a), or a function of the distance in pixels with an attribute support. coordinates says where output j
    looks, as an index: "half_pixel" x0 + (j + 1/2)(x1 - x0) / n_out - 1/2; "align_corners" j (n_in - 1) / (n_out - 1);
    "asymmetric" j n_in / n_out. box, for half_pixel, is (x0, x1) in edge coordinates, two numbers or a tensor
    (..., 2) with a result (..., n_out, n_in); pixels outside the box but inside the image count, as in Pillow. edge
    says what lies outside the image: "clamp" repeats its last pixel, "renormalize" leaves it out and divides by the
    rest; None is renormalize with antialias and clamp without, as in PyTorch and Pillow. A row whose kernel meets no
    pixel takes the nearest. Result in box's dtype if that is a tensor, else in dtype. Antialiased clamping reads the
    box's size, which waits for a GPU.
    Gradient: exact in box, where the kernel has a slope (linear: but for kinks; box and nearest: zero).
    Raises: TypeError or ValueError for sizes, kernels, coordinates and edges that are not listed, a box without
    half_pixel, antialias with align_corners or with nearest.
    Source: eq-antialiasing-row, chapter "crop/antialiasing".

    >>> resample_matrix(4, 2, antialias=True)
    tensor([[0.4286, 0.4286, 0.1429, 0.0000],
            [0.0000, 0.1429, 0.4286, 0.4286]], dtype=torch.float64)
    """
    check_resampling(n_in, n_out, kernel, coordinates, antialias, box, edge, tuple(KERNELS))
    box = (0, n_in) if box is None else box
    box = box if isinstance(box, Tensor) else torch.tensor(box, dtype=dtype, device=device)
    return _matrix(n_in, n_out, box, kernel, coordinates, antialias, edge)


def resize(images: Tensor, size: Sequence[int] | None = None, *, scale: float | Sequence[float] | None = None,
           kernel: str | Kernel = "linear", coordinates: str = "half_pixel", antialias: bool = False,
           box: Sequence[float] | Tensor | None = None, edge: str | None = None) -> Tensor:
    """Resize images, one matrix for each axis: Y = W_v X W_h^T, with the W of resample_matrix.

    Convention: images (..., H, W); size is (height, width), or scale a factor or (vertical, horizontal), one of the
    two. With scale the result has floor(H scale) rows and the samples lie 1 / scale apart, also where that is not
    H / rows, as in F.interpolate. kernel, coordinates, antialias and edge as in resample_matrix; F.interpolate's
    "bilinear" is "linear", its "bicubic" is cubic(-0.75), with antialias "cubic"; its "nearest-exact" is "nearest", its
    "nearest" that with coordinates="asymmetric". box is a region (x, y, x', y') in edge coordinates, four numbers or a
    tensor (4,), for images (B, C, H, W) also (B, 4); it needs size. The matrices are computed in float64; the result
    has the images' dtype, and is not clamped: kernels with negative lobes overshoot.
    Gradient: exact in images, by the transposes W_v^T G W_h; in box as in resample_matrix.
    Raises: TypeError for integer images, ValueError for neither or both of size and scale, sizes below 1, and what
    resample_matrix refuses.
    Source: eq-interpolation-separable, chapter "resample/interpolation".

    >>> resize(torch.tensor([[0., 4.]]), (1, 4))
    tensor([[0., 1., 3., 4.]])
    """
    size, boxes = check_resize(images, size, scale, kernel, coordinates, antialias, box, edge, tuple(KERNELS))
    dtype = torch.promote_types(images.dtype, torch.float32)
    out = images.to(dtype)
    for n_out, region in zip(size, boxes):
        region = torch.as_tensor(region, dtype=torch.float64, device=images.device)
        W = _matrix(out.shape[-2], n_out, region, kernel, coordinates, antialias, edge).to(dtype)
        out = _product(W, out).mT  # the columns have become rows, for the other axis
    return out.to(images.dtype)


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
    check_unpool(values, indices, output_size)
    h, w = output_size
    flat = values.new_zeros(*values.shape[:-2], h * w)
    return flat.scatter_add(-1, indices.flatten(-2), values.flatten(-2)).unflatten(-1, (h, w))


def fourier_upsample(images: Tensor, factor: int | tuple[int, int]) -> Tensor:
    """Enlarge by the waves that the image consists of: its spectrum, with zeros for all higher frequencies.

    Convention: images (..., H, W); factor an integer or (vertical, horizontal). The asymmetric grid: output j shows
    the place j / factor, so every factor-th pixel is a pixel of the image. The image is taken as periodic, and rings
    where its left and right, or top and bottom borders differ. The wave of the highest frequency of an even size is
    halved between its two signs.
    Gradient: exact; the operation is linear.
    Raises: TypeError for integer images, ValueError for less than two axes and a factor below 1.
    Source: eq-aliasing-fourier, chapter "resample/aliasing"; scipy.signal.resample.

    >>> fourier_upsample(torch.tensor([[0., 1., 0., -1.]]), (1, 2)).round(decimals=2).abs()
    tensor([[0.0000, 0.7100, 1.0000, 0.7100, 0.0000, 0.7100, 1.0000, 0.7100]])
    """
    check_pixels("images", images)
    dtype = images.dtype
    images = images.to(torch.promote_types(dtype, torch.float32))  # the FFT knows no half precision on the CPU
    for axis, r in zip((-2, -1), pair("factor", factor, least=1)):
        n = images.shape[axis]
        spectrum = torch.fft.rfft(images, dim=axis)
        if n % 2 == 0 and r > 1:
            halves = torch.ones(n // 2 + 1, dtype=images.dtype, device=images.device)
            halves[-1] = 0.5
            spectrum = spectrum * halves.reshape(-1, *[1] * (-1 - axis))
        images = r * torch.fft.irfft(spectrum, n * r, dim=axis)
    return images.to(dtype)


def _product(W: Tensor, x: Tensor) -> Tensor:
    """W @ x. On the CPU strip by strip, each with the columns that it uses: most of W is zero."""
    if W.ndim > 2:  # one matrix for each image, shared by its channels
        return W[:, None] @ x
    if x.device.type != "cpu":  # to read which columns are used would wait for the device
        return W @ x
    strips = []
    for strip in W.split(STRIP):
        used = strip.detach().any(0).nonzero()
        first, last = int(used[0]), int(used[-1])
        strips.append(strip[:, first:last + 1] @ x[..., first:last + 1, :])
    return torch.cat(strips, -2)


def _matrix(n_in: int, n_out: int, box: Tensor, kernel: str | Kernel, coordinates: str, antialias: bool,
            edge: str | None) -> Tensor:
    places, step = _places(box, n_in, n_out, coordinates)
    if kernel == "nearest":
        W = _nearest(places if coordinates == "asymmetric" else places + 0.5, n_in)
    else:
        kernel = KERNELS[kernel] if isinstance(kernel, str) else kernel
        width = step.abs().clamp(min=1) if antialias else torch.ones_like(step)
        renormalize = (edge or ("renormalize" if antialias else "clamp")) == "renormalize"
        W = (_renormalized if renormalize else _clamped)(kernel, places, width, n_in, read=antialias)
    # a kernel of steps leaves the box out of the graph; its gradient is 0, not missing
    return W + 0 * step[..., None] if box.requires_grad and not W.requires_grad else W


def _places(box: Tensor, n_in: int, n_out: int, coordinates: str) -> tuple[Tensor, Tensor]:
    """Where each output looks, as an index (..., n_out), and the step from one to the next (..., 1)."""
    j = torch.arange(n_out, dtype=box.dtype, device=box.device)
    start, stop = box[..., :1], box[..., 1:]
    size, step = stop - start, (stop - start) / n_out
    if coordinates == "align_corners":
        return j * (n_in - 1) / max(n_out - 1, 1), step
    # multiplied before it is divided: where the box is whole pixels, a tie of nearest is exact
    return (j * size / n_out if coordinates == "asymmetric" else start + (j + 0.5) * size / n_out - 0.5), step


def _nearest(places: Tensor, n_in: int) -> Tensor:
    """One 1 in each row, at the pixel floor(place)."""
    pixels = torch.arange(n_in, dtype=places.dtype, device=places.device)
    return (places.floor().clamp(0, n_in - 1)[..., None] == pixels).to(places.dtype)


def _window(kernel: Kernel, places: Tensor, width: Tensor, widest: float) -> tuple[Tensor, Tensor]:
    """The pixels that the kernel may reach around each place, also outside the image, and its weights there."""
    reach = math.ceil(kernel.support * widest) + 1
    near = torch.arange(-reach, reach + 1, dtype=places.dtype, device=places.device)
    pixels = places.detach().round()[..., None] + near
    return pixels, kernel((places[..., None] - pixels) / width[..., None])


def _scattered(pixels: Tensor, weights: Tensor, n_in: int) -> Tensor:
    """Rows as long as the image; what lies outside is added to its last pixels."""
    return weights.new_zeros(*weights.shape[:-1], n_in).scatter_add(-1, pixels.clamp(0, n_in - 1).long(), weights)


def _renormalized(kernel: Kernel, places: Tensor, width: Tensor, n_in: int, read: bool) -> Tensor:
    """Weights on the pixels of the image alone, divided by their sum.

    Beyond the image the sum of a kernel with negative lobes can be anything, also 0. There the row of the border is
    led over into the nearest pixel, which it reaches where the kernel no longer touches the image.
    """
    inside = places.clamp(-0.5, n_in - 0.5)
    widest = n_in / kernel.support  # no pixel of the image is further away
    if read and places.device.type == "cpu":  # elsewhere to read how wide the kernel is would wait for the device
        widest = min(widest, float(width.detach().max()))
    pixels, weights = _window(kernel, inside, width, widest if read else 1.0)
    weights = weights * ((pixels >= 0) & (pixels < n_in))
    total = weights.sum(-1, keepdim=True)
    empty = total == 0  # a box kernel at the right border of the image
    beyond = ((places - inside).abs() / (kernel.support * width - 0.5).clamp(min=1e-6)).clamp(max=1)[..., None]
    nearest = torch.where(empty, 1, beyond)
    row = _scattered(pixels, (1 - nearest) * weights / torch.where(empty, 1, total), n_in)
    return row.scatter_add(-1, (places + 0.5).floor().clamp(0, n_in - 1).long()[..., None], nearest)


def _clamped(kernel: Kernel, places: Tensor, width: Tensor, n_in: int, read: bool) -> Tensor:
    """The weights that fall outside the image are added to its last pixels."""
    pixels, weights = _window(kernel, places, width, float(width.detach().max()) if read else 1.0)
    return _scattered(pixels, weights / weights.sum(-1, keepdim=True), n_in)
