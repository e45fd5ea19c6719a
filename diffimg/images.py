"""Photographs to work on, noise to add to them, and a number for how close two images are."""

import math
from collections.abc import Sequence
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from ._extras import extra
from ._validate import check_choice, check_float, check_images, check_non_negative, check_size, full_precision

# Those that come inside the scikit-image package, so that nothing is downloaded.
PHOTOGRAPHS = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "moon", "page", "rocket", "text")


def load(name: str, *, size: Sequence[int] | None = None, gray: bool = False) -> Tensor:
    """A photograph that comes with scikit-image, as a tensor.

    Convention: the result is (1, C, H, W) in [0, 1], C = 3 for a colour photograph, 1 for a gray one or with
    gray=True (0.2126 R + 0.7152 G + 0.0722 B of the stored values), of the default dtype and on the default device.
    size (height, width) first cuts the largest centred region of that shape, then resamples it with antialiasing.
    Gradient: none, it is data.
    Raises: ValueError for an unknown name, with the list; ImportError without scikit-image.
    Source: skimage.data; authors and licences as far as they are stated: page "appendix/photographs".

    >>> load("camera", size=(64, 96)).shape
    torch.Size([1, 1, 64, 96])
    """
    check_choice("name", name, PHOTOGRAPHS)
    image = _read(name).to(device=torch.get_default_device(), copy=True)  # the cache keeps its own
    if gray and image.shape[1] == 3:
        image = (image * image.new_tensor([0.2126, 0.7152, 0.0722]).reshape(3, 1, 1)).sum(1, keepdim=True)
    if size is not None:
        check_size("size", size)
        image = F.interpolate(_cut(image, *size), tuple(size), mode="bilinear", antialias=True)
    return image.to(torch.get_default_dtype())


@cache
def _read(name: str) -> Tensor:
    with extra("images", "images.load"):
        from skimage import data

    pixels = torch.as_tensor(getattr(data, name)(), device="cpu").to(torch.float64) / 255
    return pixels.permute(2, 0, 1)[None] if pixels.ndim == 3 else pixels[None, None]


def _cut(image: Tensor, height: int, width: int) -> Tensor:
    """The largest centred region whose sides are as height to width."""
    h, w = image.shape[-2:]
    scale = min(h / height, w / width)
    rows, columns = round(height * scale), round(width * scale)
    top, left = (h - rows) // 2, (w - columns) // 2
    return image[..., top:top + rows, left:left + columns]


def noise(shape: Sequence[int], *, seed: int) -> Tensor:
    """Standard normal noise that is the same on every device and for every dtype.

    Convention: mean 0, standard deviation 1, drawn on the CPU in float64 from the seed, then moved to the default
    dtype and device. Multiply by the sigma that you want.
    Gradient: none.
    Raises: TypeError without a seed.
    Source: chapter "linear/images".

    >>> noise((2,), seed=0)
    tensor([ 1.5410, -0.2934])
    """
    generator = torch.Generator("cpu").manual_seed(seed)
    drawn = torch.randn(tuple(shape), generator=generator, dtype=torch.float64, device="cpu")
    return drawn.to(dtype=torch.get_default_dtype(), device=torch.get_default_device())


def blur(images: Tensor, sigma: float) -> Tensor:
    """Gaussian blur: each axis is convolved with exp(-t^2 / (2 sigma^2)), cut at 4 sigma and normalised to sum 1.

    Convention: images (B, C, H, W); sigma in pixels; pixels outside repeat the border ("nearest" in SciPy). sigma 0
    returns the images.
    Gradient: exact in images; none in sigma.
    Raises: TypeError for integer images, ValueError for shapes other than (B, C, H, W) and negative sigma.
    Source: scipy.ndimage.gaussian_filter with mode="nearest", which it reproduces.

    >>> blur(torch.tensor([[[[0., 1., 0.]]]]), 0.5).squeeze()
    tensor([0.1065, 0.7866, 0.1065])
    """
    check_images("images", images)
    check_non_negative("sigma", sigma)
    radius = int(4 * sigma + 0.5)
    if radius == 0:
        return images
    t = torch.arange(-radius, radius + 1, dtype=images.dtype, device=images.device)
    weights = torch.softmax(-t**2 / (2 * sigma**2), 0)
    (b, c, h, w), padded = images.shape, F.pad(images, [radius] * 4, mode="replicate")
    with full_precision(images):
        rows = F.conv2d(padded.reshape(b * c, 1, h + 2 * radius, w + 2 * radius), weights.reshape(1, 1, -1, 1))
        return F.conv2d(rows, weights.reshape(1, 1, 1, -1)).reshape(b, c, h, w)


def psnr(u: Tensor, reference: Tensor) -> float:
    """Peak signal-to-noise ratio in decibels, 10 log10(1 / mean((u - reference)^2)), for images in [0, 1].

    Convention: both of one shape, the mean is taken over all elements, colours and batch included; equal images give
    infinity. It returns a Python number, so on a GPU it waits for the computation.
    Gradient: none; use the mean squared error as a loss.
    Raises: TypeError for integer images, ValueError for different shapes.
    Source: skimage.metrics.peak_signal_noise_ratio with data_range=1.

    >>> round(psnr(torch.full((2, 2), 0.6, dtype=torch.float64), torch.full((2, 2), 0.5, dtype=torch.float64)), 6)
    20.0
    """
    check_float("u", u)
    check_float("reference", reference)
    if u.shape != reference.shape:
        raise ValueError(f"u has shape {tuple(u.shape)}, reference {tuple(reference.shape)}: expected the same")
    error = float((u - reference).detach().square().mean())
    return -10 * math.log10(error) if error != 0 else math.inf
