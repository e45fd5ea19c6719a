"""Resampling along one axis as a matrix: where each output pixel looks, and how it weighs what it finds there."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ._validate import check_resampling

Kernel = Callable[[Tensor], Tensor]


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
    pixel takes the nearest. Result in box's dtype if that is a tensor, else in dtype. Antialiased clamping reads the box's
    size, which waits for a GPU.
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
    places, step = _places(box, n_in, n_out, coordinates)
    if kernel == "nearest":
        return _nearest(places if coordinates == "asymmetric" else places + 0.5, n_in)
    kernel = KERNELS[kernel] if isinstance(kernel, str) else kernel
    width = step.abs().clamp(min=1) if antialias else torch.ones_like(step)
    if (edge or ("renormalize" if antialias else "clamp")) == "renormalize":
        return _renormalized(kernel, places, width, n_in)
    return _clamped(kernel, places, width, n_in, widest=float(width.detach().max()) if antialias else 1.0)


def _places(box: Tensor, n_in: int, n_out: int, coordinates: str) -> tuple[Tensor, Tensor]:
    """Where each output looks, as an index (..., n_out), and the step from one to the next (..., 1)."""
    j = torch.arange(n_out, dtype=box.dtype, device=box.device)
    start, stop = box[..., :1], box[..., 1:]
    step = (stop - start) / n_out
    if coordinates == "align_corners":
        return j * (n_in - 1) / max(n_out - 1, 1), step
    return (j * step if coordinates == "asymmetric" else start + (j + 0.5) * step - 0.5), step


def _nearest(places: Tensor, n_in: int) -> Tensor:
    """One 1 in each row, at the pixel floor(place)."""
    pixels = torch.arange(n_in, dtype=places.dtype, device=places.device)
    return (places.floor().clamp(0, n_in - 1)[..., None] == pixels).to(places.dtype)


def _renormalized(kernel: Kernel, places: Tensor, width: Tensor, n_in: int) -> Tensor:
    """Weights on the pixels of the image alone, divided by their sum.

    Beyond the image the sum of a kernel with negative lobes can be anything, also 0. There the row of the border is
    led over into the nearest pixel, which it reaches where the kernel no longer touches the image.
    """
    pixels = torch.arange(n_in, dtype=places.dtype, device=places.device)
    inside = places.clamp(-0.5, n_in - 0.5)
    weights = kernel((inside[..., None] - pixels) / width[..., None])
    total = weights.sum(-1, keepdim=True)
    nearest, empty = _nearest(places + 0.5, n_in), total == 0  # a box kernel at the right border of the image
    row = torch.where(empty, nearest, weights / torch.where(empty, 1, total))
    beyond = ((places - inside).abs() / (kernel.support * width - 0.5).clamp(min=1e-6)).clamp(max=1)[..., None]
    return (1 - beyond) * row + beyond * nearest


def _clamped(kernel: Kernel, places: Tensor, width: Tensor, n_in: int, widest: float) -> Tensor:
    """The weights that fall outside the image are added to its last pixels."""
    reach = math.ceil(kernel.support * widest) + 1
    near = torch.arange(-reach, reach + 1, dtype=places.dtype, device=places.device)
    pixels = places.detach().round()[..., None] + near
    weights = kernel((places[..., None] - pixels) / width[..., None])
    weights = weights / weights.sum(-1, keepdim=True)
    matrix = weights.new_zeros(*places.shape, n_in)
    return matrix.scatter_add(-1, pixels.clamp(0, n_in - 1).long(), weights)
