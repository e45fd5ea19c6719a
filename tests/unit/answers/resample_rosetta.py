"""Right and wrong answers to the exercises of chapter "resample/rosetta"."""

import numpy as np
import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import resample_rosetta as checks
from diffimg.images import blur
from diffimg.resample import resize


def planes(f):
    """A function of arrays (H, W), applied to every channel."""
    def port(x, size):
        done = [f(plane.cpu().numpy(), size) for plane in x[0]]
        return torch.tensor(np.stack(done), dtype=x.dtype, device=x.device)[None]
    return port


# right answers: the libraries themselves, and others ------------------------------------------------------------------

@right(checks.port_zoom)
@planes
def zoom(a, size):
    from scipy import ndimage
    return ndimage.zoom(a, (size[0] / a.shape[0], size[1] / a.shape[1]), order=1, mode="nearest")


@right(checks.port_zoom)
def upsampling_module(x, size):
    return torch.nn.UpsamplingBilinear2d(size)(x)


@right(checks.port_skimage)
@planes
def skimage_resize(a, size):
    from skimage import transform
    return transform.resize(a, size, mode="edge")


@right(checks.port_skimage)
def blur_and_resize(x, size):
    return resize(blur(x, (x.shape[-2] / size[0] - 1) / 2), size)


@right(checks.port_area)
@planes
def local_mean(a, size):
    from skimage import transform
    return transform.resize_local_mean(a, size)


@right(checks.port_area)
def enlarge_and_average(x, size):
    fine = F.interpolate(x, (x.shape[-2] * size[0], x.shape[-1] * size[1]))
    return F.adaptive_avg_pool2d(fine, size)


wrong(checks.port_zoom, "half-pixel centres")(lambda x, size: F.interpolate(x, size, mode="bilinear"))
wrong(checks.port_zoom, "antialiased")(lambda x, size: resize(x, size, antialias=True))
wrong(checks.port_zoom, "row 0 starts with")(lambda x, size: F.interpolate(x, size))
wrong(checks.port_zoom, "nearest; order=1")(lambda x, size: F.interpolate(x, size, mode="nearest-exact"))
wrong(checks.port_zoom, "has shape")(lambda x, size: F.interpolate(x, size[::-1], mode="bilinear", align_corners=True))
wrong(checks.port_zoom, "has shape")(lambda x, size: x[0, 0])

wrong(checks.port_skimage, "takes samples and nothing else")(lambda x, size: F.interpolate(x, size, mode="bilinear"))
wrong(checks.port_skimage, "widens the triangle")(lambda x, size: resize(x, size, antialias=True))
wrong(checks.port_skimage, "half of that")(lambda x, size: resize(blur(x, x.shape[-1] / size[1] - 1), size))
wrong(checks.port_skimage, "s / 2")(lambda x, size: resize(blur(x, x.shape[-1] / size[1] / 2), size))
wrong(checks.port_skimage, "blur comes first")(lambda x, size: blur(resize(x, size), (x.shape[-1] / size[1] - 1) / 2))

wrong(checks.port_area, "weighs all pixels of a bin alike")(lambda x, size: F.interpolate(x, size, mode="area"))
wrong(checks.port_area, "centres are covered")(lambda x, size: resize(x, size, kernel="box", antialias=True))
wrong(checks.port_area, "no tent")(lambda x, size: resize(x, size, antialias=True))
wrong(checks.port_area, "that is the sum")(lambda x, size: local_mean(x, size) * x[0, 0].numel() / (size[0] * size[1]))
wrong(checks.port_area, "row 0 starts with")(lambda x, size: F.interpolate(x, size, mode="bilinear"))
