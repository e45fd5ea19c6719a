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

@right(checks.port_skimage)
@planes
def skimage_resize(a, size):
    from skimage import transform
    return transform.resize(a, size, mode="edge")


def gaussians(x, *sigmas):
    """SciPy's, which stands behind scikit-image's."""
    from scipy import ndimage
    return torch.tensor(ndimage.gaussian_filter(x[0].cpu().numpy(), (0, *sigmas), mode="nearest")).to(x)[None]


def surplus(x, size):
    return [(n / m - 1) / 2 for n, m in zip(x.shape[-2:], size, strict=True)]


@right(checks.port_skimage)
def blur_and_resize(x, size):
    return resize(gaussians(x, *surplus(x, size)), size)


@right(checks.port_skimage)
def blur_and_sample(x, size):
    return F.interpolate(gaussians(x, *surplus(x, size)), size, mode="bilinear")


@right(checks.port_skimage)
def by_one_convolution(x, size):
    for n, sigma in zip(reversed(size), reversed(surplus(x, size)), strict=True):
        radius = int(4 * sigma + 0.5)
        t = torch.arange(-radius, radius + 1)
        kernel = torch.softmax(-t**2 / (2 * sigma**2), 0).to(x)
        padded = F.pad(x, (radius, radius, 0, 0), mode="replicate").unfold(-1, 2 * radius + 1, 1)
        x = resize(padded @ kernel, (x.shape[-2], n)).mT
    return x


@right(checks.three_middles)
def by_the_libraries():
    import cv2
    from PIL import Image
    row = np.zeros((1, 9), np.float32)
    row[0, 3] = 12
    opencv = [cv2.resize(row, (3, 1), interpolation=flag) for flag in (cv2.INTER_LINEAR, cv2.INTER_AREA)]
    pillow = np.asarray(Image.fromarray(row).resize((3, 1), Image.BILINEAR))
    return [float(y.ravel()[1]) for y in (*opencv, pillow)]


@right(checks.three_middles)
def by_torch():
    row = F.one_hot(torch.tensor(3), 9).to(torch.get_default_dtype()).reshape(1, 1, 1, 9) * 12
    return torch.stack([F.interpolate(row, (1, 3), mode=mode, antialias=flag)[0, 0, 0, 1]
                        for mode, flag in (("bilinear", False), ("area", False), ("bilinear", True))])


right(checks.three_middles)(lambda: (0, 4, 8 / 3))
right(checks.three_middles)(lambda: np.array([0, 12 / 3, 24 / 9]))


@right(checks.port_area)
@planes
def local_mean(a, size):
    from skimage import transform
    return transform.resize_local_mean(a, size)


@right(checks.port_area)
@planes
def inter_area(a, size):
    import cv2
    return cv2.resize(a, size[::-1], interpolation=cv2.INTER_AREA)


@right(checks.port_area)
def area_of_the_package(x, size):
    return resize(x, size, kernel="area")


@right(checks.port_area)
def by_sums(x, size):
    """Differences of the integral of each row, read linearly at the edges."""
    for m in reversed(size):
        n = x.shape[-1]
        total = F.pad(x.cumsum(-1), (1, 0))
        edge = torch.arange(m + 1) * n / m
        left = edge.floor().long().clamp(max=n - 1)
        x = torch.lerp(total[..., left], total[..., left + 1], (edge - left).to(x)).diff(dim=-1).mul(m / n).mT
    return x


@right(checks.port_area)
def enlarge_and_average(x, size):
    fine = F.interpolate(x, (x.shape[-2] * size[0], x.shape[-1] * size[1]))
    return F.adaptive_avg_pool2d(fine, size)


wrong(checks.port_skimage, "takes samples and nothing else")(lambda x, size: F.interpolate(x, size, mode="bilinear"))
wrong(checks.port_skimage, "widens the triangle")(lambda x, size: resize(x, size, antialias=True))
wrong(checks.port_skimage, "half of that")(
    lambda x, size: resize(gaussians(x, *(2 * s for s in surplus(x, size))), size))
wrong(checks.port_skimage, "s / 2")(lambda x, size: resize(gaussians(x, *(s + 0.5 for s in surplus(x, size))), size))
wrong(checks.port_skimage, "blur comes first")(lambda x, size: gaussians(resize(x, size), *surplus(x, size)))
wrong(checks.port_skimage, "sigma of the height")(lambda x, size: resize(blur(x, surplus(x, size)[0]), size))
wrong(checks.port_skimage, "sigma of the width")(lambda x, size: resize(blur(x, surplus(x, size)[1]), size))
wrong(checks.port_skimage, "exchanged")(lambda x, size: resize(gaussians(x, *surplus(x, size)[::-1]), size))
wrong(checks.port_skimage, "as scikit-image has it")(lambda x, size: blur_and_resize(x, size).clamp(0, 1))

wrong(checks.three_middles, "averages nothing")(lambda: [4, 4, 8 / 3])
wrong(checks.three_middles, "that is not 3")(lambda: [12, 4, 8 / 3])
wrong(checks.three_middles, "not the sum")(lambda: [0, 12, 8 / 3])
wrong(checks.three_middles, "reads five pixels")(lambda: [0, 4, 0])
wrong(checks.three_middles, "mean of three pixels")(lambda: [0, 4, 4])
wrong(checks.three_middles, "sum to 1")(lambda: [0, 4, 8])
wrong(checks.three_middles, "in ninths")(lambda: [0, 4, 2.67])
wrong(checks.three_middles, "three numbers")(lambda: 4)

wrong(checks.port_area, "weighs all pixels of a bin alike")(lambda x, size: F.interpolate(x, size, mode="area"))
wrong(checks.port_area, "centres are covered")(lambda x, size: resize(x, size, kernel="box", antialias=True))
wrong(checks.port_area, "no tent")(lambda x, size: resize(x, size, antialias=True))
wrong(checks.port_area, "that is the sum")(lambda x, size: local_mean(x, size) * x[0, 0].numel() / (size[0] * size[1]))
wrong(checks.port_area, "as OpenCV has it")(lambda x, size: enlarge_and_average(x, size).round(decimals=2))
wrong(checks.port_area, "both channels stay")(lambda x, size: enlarge_and_average(x, size).mean(1, keepdim=True))
wrong(checks.port_area, "as OpenCV has it")(lambda x, size: F.interpolate(x, size, mode="bilinear"))
