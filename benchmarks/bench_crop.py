"""The crop against bare affine_grid and grid_sample, kornia and F.interpolate, and against its own size."""

import subprocess
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from timing import medians, report, table

from diffimg import coords, images
from diffimg.crop import crop, crop_matrix

try:
    from kornia.geometry.transform import crop_and_resize
except ImportError:
    crop_and_resize = None

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
torch.set_num_threads(2)


def photographs(count: int, size: int) -> torch.Tensor:
    photo = images.load("astronaut", size=(size, size)).float().to(DEVICE)
    return photo.repeat(count, 1, 1, 1).requires_grad_()


def forward_and_backward(f, *leaves):
    def run():
        for leaf in leaves:
            leaf.grad = None
        f().square().mean().backward()
    return run


def bare(pictures, boxes, size):
    grid = F.affine_grid(crop_matrix(boxes), (len(pictures), 3, *size), align_corners=False)
    return F.grid_sample(pictures, grid, "bilinear", "border", align_corners=False)


def kornia_corners(boxes, size):
    """Kornia's corners are the centres of the first and last pixel, clockwise from top-left."""
    x, y, x2, y2 = ((boxes + 1) * torch.tensor([size[1], size[0]] * 2, device=boxes.device) / 2).unbind(-1)
    return torch.stack([torch.stack(p, -1) for p in ((x, y), (x2 - 1, y), (x2 - 1, y2 - 1), (x, y2 - 1))], -2)


def contestants():
    """Forward and backward, 16×3×224×224 to 112×112."""
    pictures = photographs(16, 224)
    boxes = torch.tensor([-0.5, -0.3, 0.7, 0.8], device=DEVICE).repeat(16, 1).requires_grad_()
    size = (112, 112)
    found = {"affine_grid + grid_sample": lambda: bare(pictures, boxes, size),
             "diffimg crop": lambda: crop(pictures, boxes, size),
             "diffimg crop, antialias=True": lambda: crop(pictures, boxes, size, antialias=True)}
    if crop_and_resize:
        found["kornia crop_and_resize"] = lambda: crop_and_resize(pictures, kornia_corners(boxes, (224, 224)), size)
    return {name: forward_and_backward(f, pictures, boxes) for name, f in found.items()}


def against_others():
    times = medians(contestants())
    base = times["affine_grid + grid_sample"]
    return table("16×3×224×224 to 112×112, forward and backward, float32", ["", "milliseconds", "ratio"],
                 [[name, f"{1000 * t:.1f}", f"{t / base:.2f}"] for name, t in times.items()])


def growth():
    rows = []
    for count, k, size in ((1, 1, 64), (4, 1, 64), (16, 1, 64), (1, 4, 64), (1, 16, 64), (1, 64, 64), (4, 4, 128),
                           (4, 4, 256)):
        pictures = photographs(count, 512)
        pixel = 40 + 20 * torch.rand(count, k, 4, device=DEVICE) + torch.tensor([0., 0, 256, 256], device=DEVICE)
        boxes = coords.normalize_box(pixel, (512, 512)).requires_grad_()
        copied = boxes.detach().reshape(-1, 4).requires_grad_()
        times = medians({
            "shared": forward_and_backward(lambda: crop(pictures, boxes, (size, size)), pictures, boxes),
            "copied": forward_and_backward(lambda: crop(pictures.repeat_interleave(k, 0), copied, (size, size)),
                                           pictures, copied),
        }, rounds=9)
        pixels = count * k * size**2
        rows.append([str(count), str(k), f"{size}×{size}", f"{1000 * times['shared']:.1f}",
                     f"{1e9 * times['shared'] / pixels:.0f}", f"{times['copied'] / times['shared']:.2f}"])
    return table("Growth: images of 3×512×512, K boxes each, forward and backward",
                 ["images", "K", "size", "milliseconds", "nanoseconds per output pixel",
                  "with K copies of each image, ratio"], rows)


SIDE, BOX, OUT, MARGIN = 4096, 256, 64, 8


def boxes_of(count: int) -> torch.Tensor:
    corners = torch.rand(1, count, 2, generator=torch.Generator().manual_seed(0)) * (SIDE - BOX - 2 * MARGIN) + MARGIN
    return coords.normalize_box(torch.cat([corners, corners + BOX], -1), (SIDE, SIDE)).to(DEVICE)


def small_box_contestants():
    """An antialiased crop of a small part of a large image, and F.interpolate of the slice with a margin."""
    picture, box = photographs(1, SIDE).detach(), boxes_of(1)
    x, y = (int(edge) - MARGIN for edge in ((box[0, 0, :2] + 1) * SIDE / 2).tolist())
    part = picture[..., y:y + BOX + 2 * MARGIN, x:x + BOX + 2 * MARGIN]
    return {"F.interpolate": lambda: F.interpolate(part, (OUT, OUT), mode="bilinear", antialias=True),
            "crop": lambda: crop(picture, box[:, 0], (OUT, OUT), antialias=True),
            "crop, not antialiased": lambda: crop(picture, box[:, 0], (OUT, OUT))}


def peak_memory(count: int) -> float:
    """Megabytes that antialiased crops and the gradients of their boxes add to the process, the image apart."""
    code = f"""
import resource
import bench_crop as b
picture, boxes = b.photographs(1, b.SIDE).detach(), b.boxes_of({count}).requires_grad_()
b.crop(picture, boxes[:, :1], (b.OUT, b.OUT), antialias=True).sum().backward()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
b.crop(picture, boxes, (b.OUT, b.OUT), antialias=True).square().sum().backward()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)"""
    return float(subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True,
                                check=True).stdout)


def small_boxes():
    times = medians(small_box_contestants())
    base = times["F.interpolate"]
    rows = [[name, f"{1000 * t:.2f}", f"{t / base:.1f}"] for name, t in times.items()]
    return table(f"Antialiased: a box of {BOX} pixels in 3×{SIDE}×{SIDE}, to {OUT}×{OUT}; {peak_memory(64):.0f} MB for "
                 "64 boxes with their gradients", ["", "milliseconds", "ratio"], rows)


if __name__ == "__main__":
    report("crop", [against_others(), small_boxes(), growth()])
