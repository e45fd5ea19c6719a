"""Right and wrong answers to the exercises of chapter "crop/traps"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import crop_traps as checks
from diffimg.coords import normalized_to_pixel
from diffimg.crop import crop

# right answers --------------------------------------------------------------------------------------------------------

right(checks.mixed_flags)(lambda: (-0.5, 0.75, 2, 3.25, 4.5))
right(checks.mixed_flags)(lambda: torch.linspace(-0.5, 4.5, 5))
right(checks.mixed_flags)(lambda: normalized_to_pixel(torch.linspace(-1, 1, 5), 5))
right(checks.mixed_flags)(lambda: [2 + 1.25 * (j - 2) for j in range(5)])

right(checks.crop_averaged)(lambda image, box, size, k: F.avg_pool2d(crop(image, box, (k * size[0], k * size[1])), k))

right(checks.crop_averaged)(
    lambda image, box, size, k: crop(image, box, (k * size[0], k * size[1])).unfold(2, k, k).unfold(
        3, k, k).mean((-2, -1)))

right(checks.crop_averaged)(
    lambda image, box, size, k: F.interpolate(crop(image, box, (k * size[0], k * size[1])), size, mode="area"))

right(checks.crop_averaged)(lambda image, box, size, k: sum(
    crop(image, box, (k * size[0], k * size[1]))[..., i::k, j::k] for i in range(k) for j in range(k)) / k**2)


@right(checks.box_of_corners)
def by_the_step(first, last, size):
    s = (last - first) / (torch.tensor(size[::-1]) - 1)
    return torch.cat([first + 0.5 - s / 2, last + 0.5 + s / 2])


@right(checks.box_of_corners)
def in_numbers(first, last, size):
    (x, y), (x2, y2), (h, w) = first.tolist(), last.tolist(), size
    s, t = (x2 - x) / (w - 1), (y2 - y) / (h - 1)
    return x - (s - 1) / 2, y - (t - 1) / 2, x2 + (s + 1) / 2, y2 + (t + 1) / 2


@right(checks.box_of_corners)
def by_the_middle(first, last, size):
    n = torch.tensor([size[1], size[0]])
    middle, half = (first + last + 1) / 2, (last - first) / (n - 1) * n / 2
    return torch.cat([middle - half, middle + half])


@right(checks.box_of_corners)
def by_two_equations(first, last, size):
    box = []
    for a, b, n in zip(first, last, size[::-1], strict=True):
        half = 0.5 / n        # index = x0 (1 - t) + x1 t - 1/2 at t = half and 1 - half
        matrix = torch.tensor([[1 - half, half], [half, 1 - half]])
        box.append(torch.linalg.solve(matrix, torch.stack([a, b]) + 0.5))
    return torch.stack(box, 1).flatten()


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.mixed_flags, "when their flags agree")(lambda: range(5))
wrong(checks.mixed_flags, "the other mix")(lambda: (0.4, 1.2, 2, 2.8, 3.6))
wrong(checks.mixed_flags, "normalised coordinates")(lambda: (-1, -0.5, 0, 0.5, 1))
wrong(checks.mixed_flags, "edge coordinates")(lambda: (0, 1.25, 2.5, 3.75, 5))
wrong(checks.mixed_flags, "border padding shows")(lambda: (0, 0.75, 2, 3.25, 4))
wrong(checks.mixed_flags, "outer edge")(lambda: (0, 1, 2, 3, 5))
wrong(checks.mixed_flags, r"expected \(5,\)")(lambda: (-0.5, 4.5))

@wrong(checks.crop_averaged, "brings the crop back to size")
def fine(image, box, size, k):
    return crop(image, box, (k * size[0], k * size[1]))

wrong(checks.crop_averaged, "one sample for each output pixel")(lambda image, box, size, k: crop(image, box, size))

wrong(checks.crop_averaged, "one of every k by k")(lambda *args: fine(*args)[..., ::args[-1], ::args[-1]])

wrong(checks.crop_averaged, "the largest of the samples")(lambda *args: F.max_pool2d(fine(*args), args[-1]))

wrong(checks.crop_averaged, "averages the whole image in fixed blocks")(
    lambda image, box, size, k: crop(F.avg_pool2d(image, k), box, size))

wrong(checks.crop_averaged, "all channels show the first")(
    lambda *args: F.avg_pool2d(fine(*args), args[-1])[:, :1].expand(-1, 3, -1, -1))

wrong(checks.crop_averaged, "every channel has its own")(lambda *args: F.avg_pool2d(fine(*args), args[-1])[:, :1])

wrong(checks.crop_averaged, "must average blocks")(lambda *args: 4 * F.avg_pool2d(fine(*args), args[-1]))


def edges(first, last, size, step=0.5, pixel=0.5, less=1, flip=True):
    n = torch.tensor(size[::-1] if flip else size)
    s = (last - first) / (n - less)
    return torch.cat([first - step * s + pixel, last + step * s + pixel])


wrong(checks.box_of_corners, "the samples themselves")(lambda *args: edges(*args, step=0, pixel=0))
wrong(checks.box_of_corners, "half a step is missing")(lambda *args: edges(*args, step=0))
wrong(checks.box_of_corners, "half a pixel is missing")(lambda *args: edges(*args, pixel=0))
wrong(checks.box_of_corners, "w - 1 steps")(lambda *args: edges(*args, less=0))
wrong(checks.box_of_corners, "exchanged")(lambda *args: edges(*args, flip=False))
wrong(checks.box_of_corners, "put in order")(lambda first, last, size: edges(
    torch.minimum(first, last), torch.maximum(first, last), size))
wrong(checks.box_of_corners, "you returned")(lambda *args: edges(*args, pixel=1))
wrong(checks.box_of_corners, r"expected a box \(4,\)")(lambda first, last, size: first)
