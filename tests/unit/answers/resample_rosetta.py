"""Right and wrong answers to the exercises of chapter "resample/rosetta", for test_checks.py."""

import numpy as np
import torch
import torch.nn.functional as F

from diffimg.images import blur
from diffimg.resample import resize


def planes(f):
    """A function of arrays (H, W), applied to every channel."""
    def port(x, size):
        done = [f(plane.cpu().numpy(), size) for plane in x[0]]
        return torch.tensor(np.stack(done), dtype=x.dtype, device=x.device)[None]
    return port


# right answers: the libraries themselves, and others ------------------------------------------------------------------

@planes
def zoom(a, size):
    from scipy import ndimage
    return ndimage.zoom(a, (size[0] / a.shape[0], size[1] / a.shape[1]), order=1, mode="nearest")


def upsampling_module(x, size):
    return torch.nn.UpsamplingBilinear2d(size)(x)


@planes
def skimage_resize(a, size):
    from skimage import transform
    return transform.resize(a, size, mode="edge")


def blur_and_resize(x, size):
    return resize(blur(x, (x.shape[-2] / size[0] - 1) / 2), size)


@planes
def local_mean(a, size):
    from skimage import transform
    return transform.resize_local_mean(a, size)


def enlarge_and_average(x, size):
    fine = F.interpolate(x, (x.shape[-2] * size[0], x.shape[-1] * size[1]))
    return F.adaptive_avg_pool2d(fine, size)


RIGHT = [
    ("port_zoom", zoom), ("port_zoom", upsampling_module), ("port_skimage", skimage_resize),
    ("port_skimage", blur_and_resize), ("port_area", local_mean), ("port_area", enlarge_and_average)]


WRONG = [
    ("port_zoom", lambda x, size: F.interpolate(x, size, mode="bilinear"), "half-pixel centres"),
    ("port_zoom", lambda x, size: resize(x, size, antialias=True), "antialiased"),
    ("port_zoom", lambda x, size: F.interpolate(x, size), "row 0 starts with"),
    ("port_zoom", lambda x, size: F.interpolate(x, size, mode="nearest-exact"), "nearest; order=1"),
    ("port_zoom", lambda x, size: F.interpolate(x, size[::-1], mode="bilinear", align_corners=True), "has shape"),
    ("port_zoom", lambda x, size: x[0, 0], "has shape"),
    ("port_skimage", lambda x, size: F.interpolate(x, size, mode="bilinear"), "takes samples and nothing else"),
    ("port_skimage", lambda x, size: resize(x, size, antialias=True), "widens the triangle"),
    ("port_skimage", lambda x, size: resize(blur(x, x.shape[-1] / size[1] - 1), size), "half of that"),
    ("port_skimage", lambda x, size: resize(blur(x, x.shape[-1] / size[1] / 2), size), "s / 2"),
    ("port_skimage", lambda x, size: blur(resize(x, size), (x.shape[-1] / size[1] - 1) / 2), "blur comes first"),
    ("port_area", lambda x, size: F.interpolate(x, size, mode="area"), "weighs all pixels of a bin alike"),
    ("port_area", lambda x, size: resize(x, size, kernel="box", antialias=True), "centres are covered"),
    ("port_area", lambda x, size: resize(x, size, antialias=True), "no tent"),
    ("port_area", lambda x, size: local_mean(x, size) * x[0, 0].numel() / (size[0] * size[1]), "that is the sum"),
    ("port_area", lambda x, size: F.interpolate(x, size, mode="bilinear"), "row 0 starts with"),
]
