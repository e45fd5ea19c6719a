"""Resizing by matrices against F.interpolate, Pillow and OpenCV; the memory of the matrices; what separable saves."""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from timing import medians, report, table

from diffimg import images
from diffimg.resample import _resampled, _taps, resample_matrix, resize

try:
    import cv2
    cv2.setNumThreads(2)
except ImportError:
    cv2 = None

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
torch.set_num_threads(2)


def photograph(channels: int, size: int) -> torch.Tensor:
    photo = images.load("astronaut", size=(size, size)).float().to(DEVICE)
    return photo.repeat(1, -(-channels // 3), 1, 1)[:, :channels].contiguous()


def contestants(channels: int, n: int, m: int):
    x, W = photograph(channels, n), resample_matrix(n, m, antialias=True, dtype=torch.float32, device=DEVICE)
    taps = _taps(n, m, (0, n), "linear", "half_pixel", True, None)
    planes = [Image.fromarray(plane) for plane in x[0].cpu().numpy()]
    return {"F.interpolate": lambda: F.interpolate(x, (m, m), mode="bilinear", antialias=True),
            "resize": lambda: resize(x, (m, m), antialias=True),
            "entries": lambda: _taps(n, m, (0, n), "linear", "half_pixel", True, None),
            "before": lambda: _resampled(x, [taps, taps]),
            "whole": lambda: W @ x @ W.mT,
            "Pillow": lambda: [plane.resize((m, m), Image.BILINEAR) for plane in planes]}


def antialiased():
    """Shrinking and enlarging, bilinear and antialiased, as multiples of the time of F.interpolate."""
    rows = []
    for channels, n, m in ((3, 512, 224), (3, 1024, 224), (3, 2048, 512), (1, 512, 224), (64, 128, 64), (3, 224, 448)):
        times = medians(contestants(channels, n, m))
        base = times.pop("F.interpolate")
        rows.append([f"{channels}×{n}×{n}", f"{m}×{m}", f"{1000 * base:.1f}",
                     *(f"{t / base:.1f}" for t in times.values())])
    return table("Bilinear, antialiased, float32, as multiples of the time of F.interpolate",
                 ["image", "to", "F.interpolate, ms", "resize, matrices built in the call", "the entries of one matrix",
                  "resize, entries found before", "W X Wᵀ with the whole matrices", "Pillow, plane by plane"], rows)


def backward():
    rows = []
    for channels, n, m in ((3, 512, 224), (64, 128, 64)):
        x = photograph(channels, n).requires_grad_()

        def trained(f, x=x):
            def run():
                x.grad = None
                f().square().mean().backward()
            return run

        times = medians({"F": trained(lambda: F.interpolate(x, (m, m), mode="bilinear", antialias=True)),
                         "ours": trained(lambda: resize(x, (m, m), antialias=True))})
        rows.append([f"{channels}×{n}×{n}", f"{m}×{m}", f"{times['ours'] / times['F']:.1f}"])
    return table("Forward and backward, as multiples of the time of F.interpolate", ["image", "to", "resize"], rows)


def plain():
    """Without antialiasing, where OpenCV can take part."""
    rows = []
    for name, mode, kernel, flag in (("bilinear", "bilinear", "linear", "INTER_LINEAR"),
                                     ("nearest", "nearest-exact", "nearest", "INTER_NEAREST_EXACT")):
        for n, m in ((512, 224), (224, 448)):
            x = photograph(3, n)
            pixels = np.ascontiguousarray(x[0].permute(1, 2, 0).cpu().numpy())
            contestants = {"F": lambda: F.interpolate(x, (m, m), mode=mode),
                           "ours": lambda: resize(x, (m, m), kernel=kernel)}
            if cv2:
                contestants["cv2"] = lambda: cv2.resize(pixels, (m, m), interpolation=getattr(cv2, flag))
            times = medians(contestants)
            rows.append([name, f"3×{n}×{n}", f"{m}×{m}", f"{times['ours'] / times['F']:.1f}",
                         f"{times['cv2'] / times['F']:.1f}" if cv2 else "not installed"])
    return table("Not antialiased, as multiples of the time of F.interpolate",
                 ["", "image", "to", "resize", "OpenCV"], rows)


def volume_contestants():
    x = photograph(1, 128).expand(-1, 128, -1, -1)[None].contiguous()
    return {"F.interpolate": lambda: F.interpolate(x, (96, 96, 96), mode="trilinear"),
            "resize": lambda: resize(x, (96, 96, 96))}


def volumes():
    times = medians(volume_contestants(), rounds=7)
    return table("A volume, 128³ to 96³, trilinear", ["F.interpolate, ms", "resize, as a multiple"],
                 [[f"{1000 * times['F.interpolate']:.1f}", f"{times['resize'] / times['F.interpolate']:.1f}"]])


def memory():
    """What the matrices take, how much of them is zero; one matrix for both axes would be their Kronecker product."""
    rows = []
    for n, m in ((512, 224), (2048, 512), (224, 448)):
        W = resample_matrix(n, m, antialias=True)
        used = int((W != 0).sum())
        rows.append([f"{n} to {m}", f"{W.numel() * 8 / 2**20:.1f}", f"{100 * used / W.numel():.1f} %",
                     f"{8 * used**2 / 2**20:,.0f}", f"{8 * W.numel()**2 / 2**30:,.0f}"])
    return table("Memory of a matrix in float64", ["pixels", "dense, MiB", "not zero",
                                                   "both axes as one sparse matrix, MiB", "dense, GiB"], rows)


def separable():
    """One axis after the other against all taps of both at once, as a convolution does it at an integer ratio."""
    rows = []
    for r in (2, 4, 8):
        x = photograph(3, 512)
        row = resample_matrix(512, 512 // r, antialias=True, dtype=torch.float32, device=DEVICE)
        taps = row[10][row[10] != 0]
        k, both = len(taps), torch.outer(taps, taps).expand(3, 1, -1, -1)
        pad = (k - r) // 2
        column, row = taps.reshape(1, 1, -1, 1).expand(3, 1, -1, -1), taps.reshape(1, 1, 1, -1).expand(3, 1, -1, -1)
        contestants = {"one": lambda: F.conv2d(F.conv2d(x, column, stride=(r, 1), padding=(pad, 0), groups=3),
                                               row, stride=(1, r), padding=(0, pad), groups=3),
                       "both": lambda: F.conv2d(x, both, stride=r, padding=pad, groups=3)}
        times = medians(contestants)
        rows.append([f"1/{r}", str(k), f"{k + k * r}", f"{k * k}", f"{times['both'] / times['one']:.1f}"])
    return table("Separable against 2-D, 3×512×512, by strided convolution",
                 ["scale", "taps", "multiplications for each output, one axis after the other", "both at once",
                  "time of both at once, ratio"], rows)


if __name__ == "__main__":
    report("resample", [antialiased(), backward(), plain(), volumes(), memory(), separable()])
