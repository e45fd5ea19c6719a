"""Differentiable image operations, derived by hand and executed in PyTorch: the package of the book.

Images are float tensors (..., H, W); sizes are (height, width); points are (x, y); boxes are (x, y, x', y').
Pixel i covers [i, i + 1) in edge coordinates, and its centre has index coordinate i. y points down.
"""

from . import checks, conv, coords, crop, device, images, linear, plot, resample, tv
from .device import setup

__version__ = "0.1.0"
__all__ = ["checks", "conv", "coords", "crop", "device", "images", "linear", "plot", "resample", "setup", "tv"]
