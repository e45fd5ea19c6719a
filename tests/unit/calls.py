"""One call or more of each public function, on small inputs: for tests that ask the same of all functions.

Where a function takes tensors, they are the arguments of `function`, so that a test can move, batch or trace them.
Where it takes a function or builds a matrix, `function` passes on the dtype and the device of a tensor.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from diffimg import conv, coords, crop, images, linear, resample, tv


class Call(NamedTuple):
    name: str  # the public name, then, where a function has several calls, what is special about this one
    function: Callable
    tensors: tuple[Tensor, ...]

    @property
    def public_name(self) -> str:
        return self.name.split()[0]

    @property
    def rounding(self) -> float:
        """How far rounding may take the result: a difference divided by a small step has fewer digits."""
        return 1e-6 if self.public_name == "tv.denoise_tv_vjp" else 1e-12


def as_tuple(result) -> tuple:
    """The tensors and numbers in what a call returns, which may be nested tuples."""
    return sum(map(as_tuple, result), ()) if isinstance(result, tuple) else (result,)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator("cpu").manual_seed(seed), dtype=torch.float64, device="cpu")


def numbers(*values) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, device="cpu")


IMAGES, GRAY = random(2, 3, 6, 7), random(1, 1, 5, 6, seed=1)
FILTERS = random(4, 3, 3, 2, seed=2) - 0.5
BOX, BOXES = numbers(-0.61, -0.42, 0.53, 0.37), random(2, 4, 4, seed=3) - numbers(1, 1, 0, 0)  # corners, off the kinks
PIXELS = numbers(0.3, 1.2, 5.6, 4.1)  # a box in edge coordinates
VOLUME, CUBE = random(1, 2, 4, 5, 6, seed=6), numbers(-0.61, -0.42, -0.71, 0.53, 0.37, 0.81)
MAP = numbers((0.9, 0.1, 0.3), (-0.2, 1.1, 0.4), (0, 0, 1))
INDICES = torch.tensor([[[[1, 2, 5], [13, 15, 22]]]], device="cpu")


def of(kernel: Tensor) -> Callable:
    """A convolution: the linear map on which the functions of linear are tried."""
    return lambda x: F.conv2d(x, kernel, padding=1)


def like(tensor: Tensor) -> dict:
    return {"dtype": tensor.dtype, "device": tensor.device}


CALLS = [Call(*call) for call in (
    ("linear.as_matrix", lambda k: linear.as_matrix(of(k), (1, 3, 4, 4), **like(k)), (FILTERS,)),
    ("linear.adjoint", lambda k, y: linear.adjoint(of(k), (1, 3, 4, 4))(y), (FILTERS, random(1, 4, 4, 5))),
    ("linear.dot_test", lambda k: linear.dot_test(of(k), linear.adjoint(of(k), (1, 3, 4, 4)), (1, 3, 4, 4), **like(k)),
     (FILTERS,)),
    ("linear.operator_norm", lambda k: linear.operator_norm(of(k), (1, 3, 4, 4), **like(k)), (FILTERS,)),

    ("coords.pixel_to_normalized", lambda i: coords.pixel_to_normalized(i, 7), (PIXELS,)),
    ("coords.normalized_to_pixel", lambda x: coords.normalized_to_pixel(x, 7), (BOX,)),
    ("coords.normalize_box", lambda b: coords.normalize_box(b, (6, 7)), (PIXELS,)),
    ("coords.normalize_box align_corners", lambda b: coords.normalize_box(b, (6, 7), align_corners=True), (PIXELS,)),
    ("coords.convert_crop_matrix", lambda t: coords.convert_crop_matrix(t, (6, 7), (3, 4), to_align_corners=True),
     (random(2, 2, 3),)),
    ("coords.pixel_matrix", lambda t: coords.pixel_matrix(t, (6, 7), (3, 4)), (random(2, 2, 3),)),
    ("coords.pixel_matrix volume", lambda t: coords.pixel_matrix(t, (5, 6, 7), (2, 3, 4), align_corners=True),
     (random(3, 4),)),
    ("coords.normalized_matrix", lambda m: coords.normalized_matrix(m, (6, 7), (3, 4)), (MAP,)),
    ("coords.map_points", coords.map_points, (MAP, random(5, 2))),
    ("coords.map_boxes", coords.map_boxes, (MAP, random(5, 4))),

    ("crop.crop_matrix", crop.crop_matrix, (BOXES,)),
    ("crop.rotated_crop_matrix", lambda c, e, a: crop.rotated_crop_matrix(c, e, a, (6, 7)),
     (numbers(3.1, 2.4), numbers(4.2, 3.3), numbers(0.4)[0])),
    ("crop.rotated_crop_matrix angle", lambda c, e: crop.rotated_crop_matrix(c, e, 0.4, (6, 7)),
     (numbers(3.1, 2.4), numbers(4.2, 3.3))),
    ("crop.ordered_box", crop.ordered_box, (BOX,)),
    ("crop.crop", lambda x, b: crop.crop(x, b, (3, 4)), (IMAGES, BOX)),
    ("crop.crop boxes", lambda x, b: crop.crop(x, b, (3, 4), mode="bicubic", padding_mode="zeros"), (IMAGES, BOXES)),
    ("crop.crop antialias", lambda x, b: crop.crop(x, b, (2, 3), antialias=True), (IMAGES, BOXES)),
    ("crop.crop antialias bicubic", lambda x, b: crop.crop(x, b, (2, 3), mode="bicubic", antialias=True),
     (IMAGES, BOX)),
    ("crop.crop volume", lambda x, b: crop.crop(x, b, (2, 3, 4)), (VOLUME, CUBE)),
    ("crop.crop volume antialias", lambda x, b: crop.crop(x, b, (2, 2, 2), antialias=True), (VOLUME, CUBE)),
    ("crop.warp", crop.warp, (IMAGES, random(2, 2, 6, 7, seed=4))),

    ("tv.gradient", tv.gradient, (IMAGES,)),
    ("tv.gradient volume", lambda u: tv.gradient(u, spacing=(3.0, 1.0, 0.5)), (VOLUME,)),
    ("tv.divergence", tv.divergence, (random(2, 3, 2, 6, 7),)),
    ("tv.divergence volume", lambda p: tv.divergence(p, spacing=(3.0, 1.0, 0.5)), (random(1, 2, 3, 4, 5, 6),)),
    ("tv.total_variation", lambda u: tv.total_variation(u, isotropic=False), (IMAGES,)),
    ("tv.total_variation coupled", lambda u: tv.total_variation(u, isotropic=True, coupled=True), (IMAGES,)),
    ("tv.total_variation rows", lambda u: tv.total_variation(u, isotropic=True, spacing=(0.5,)), (random(2, 3, 9),)),
    ("tv.TVLoss", lambda u: tv.TVLoss(0.3)(u), (IMAGES,)),
    ("tv.TVLoss weight", lambda u, w: tv.TVLoss(w, spacing=(1.0, 0.5))(u), (IMAGES, numbers(0.3)[0])),
    ("tv.denoise_tv", lambda f: tv.denoise_tv(f, 0.1, tol=1e-2, return_certificate=True), (IMAGES,)),
    ("tv.denoise_tv weights", lambda f, w: tv.denoise_tv(f, w, tol=1e-2), (IMAGES, numbers(0.1, 0.2))),
    ("tv.denoise_tv volume", lambda f: tv.denoise_tv(f, 0.1, spacing=(3.0, 1.0, 0.5), tol=1e-2), (VOLUME,)),
    ("tv.denoise_tv start", lambda f, p: tv.denoise_tv(f.detach(), 0.1, start=p, tol=1e-2),
     (IMAGES, random(2, 3, 2, 6, 7))),
    # twice halved before it is solved
    ("tv.denoise_tv coarse", lambda f: tv.denoise_tv(f.detach(), 2.0, spacing=(1.0,), return_certificate=True),
     (random(1, 1, 150).cumsum(-1),)),
    # a row of many pixels is not done after the first method, and goes on to the second; not recorded, which takes long
    ("tv.denoise_tv long", lambda f: tv.denoise_tv(f.detach(), 50.0, tol=1e-5), (100 * random(1, 1, 60),)),
    ("tv.denoise_tv_vjp", lambda f, w, g: tv.denoise_tv_vjp(f, w, g, tol=1e-3),
     (IMAGES, numbers(0.1, 0.2), random(2, 3, 6, 7, seed=8))),

    ("conv.conv_matrix", lambda k: conv.conv_matrix(k, (4, 5), stride=2, padding=1).to_dense(), (FILTERS,)),
    ("conv.insert_zeros", lambda x: conv.insert_zeros(x, 2), (GRAY,)),
    ("conv.conv_transpose_scatter", lambda x, k, b: conv.conv_transpose_scatter(x, k, b, 2, 1, 1),
     (random(2, 4, 3, 3), FILTERS, numbers(1, 2, 3))),
    ("conv.conv_transpose_gather", lambda x, k, b: conv.conv_transpose_gather(x, k, b, 2, 1, 1),
     (random(2, 4, 3, 3), FILTERS, numbers(1, 2, 3))),
    ("conv.conv_transpose_same", lambda x, k: conv.conv_transpose_same(x, k, 2), (random(2, 4, 3, 3), FILTERS)),
    ("conv.conv_transpose_same dilated", lambda x, k: conv.conv_transpose_same(x, k, 1, dilation=2, groups=2),
     (random(2, 4, 3, 3), FILTERS)),
    ("conv.bilinear_kernel", lambda x: conv.bilinear_kernel(2, 3, **like(x)) * x, (numbers(2)[0],)),
    ("conv.icnr", lambda k: conv.icnr(k, 2), (FILTERS,)),
    ("conv.subpixel_kernel", lambda k: conv.subpixel_kernel(k, 2), (FILTERS,)),

    ("resample.resample_matrix", lambda b: resample.resample_matrix(7, 3, kernel="cubic", antialias=True, box=b),
     (numbers(0.4, 6.1),)),
    ("resample.resample_matrix device", lambda x: (resample.resample_matrix(6, 4, **like(x)) * x).sum(-1),
     (random(6),)),
    ("resample.resample_matrix clamp",
     lambda x: (resample.resample_matrix(6, 4, kernel="lanczos3", antialias=True, edge="clamp", **like(x)) * x).sum(-1),
     (random(6),)),
    ("resample.cubic", lambda t: resample.cubic(-0.5)(t), (numbers(-1.7, -0.3, 0.2, 1.4, 2.6),)),
    *((f"resample.resize {kernel}", lambda x, kernel=kernel: resample.resize(x, (4, 9), kernel=kernel), (GRAY,))
      for kernel in resample.NAMES),
    ("resample.resize labels", lambda x: resample.resize(x, (4, 9), kernel="nearest"), (INDICES,)),
    ("resample.resize valid", lambda x, v: resample.resize(x, (4, 9), valid=v), (GRAY, GRAY > 0.1)),
    ("resample.resize volume", lambda x: resample.resize(x, (3, 4, 9), antialias=True), (VOLUME,)),
    ("resample.resize area region", lambda x, b: resample.resize(x, (2, 3), box=b, kernel="area"), (IMAGES, PIXELS)),
    ("resample.resize regions", lambda x, b: resample.resize(x, (2, 3), box=b, kernel="cubic", antialias=True),
     (IMAGES, PIXELS + random(2, 4, seed=5))),
    ("resample.resize scale", lambda x: resample.resize(x, scale=0.7, antialias=True), (GRAY,)),
    ("resample.resize region", lambda x, b: resample.resize(x, (2, 3), box=b, antialias=True), (IMAGES, PIXELS)),
    ("resample.unpool", lambda v, i: resample.unpool(v, i, (4, 6)), (random(1, 1, 2, 3), INDICES)),
    ("resample.fourier_upsample", lambda x: resample.fourier_upsample(x, 2), (GRAY,)),

    ("images.blur", lambda x: images.blur(x, 0.8), (IMAGES,)),
    ("images.psnr", lambda u: images.psnr(u, u.flip(-1)), (IMAGES,)),
)]

# public names without a call, and what they have instead of tensors
WITHOUT = {
    "conv.conv_output_size": "integers", "conv.conv_transpose_output_size": "integers", "conv.same_padding": "integers",
    "images.load": "data, on the default device", "images.noise": "data, on the default device",
    "tv.Certificate": "a result of denoise_tv",
}
