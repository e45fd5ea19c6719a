"""Right and wrong answers to the exercises of chapter "linear/images"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg import coords
from diffimg.checks import linear_images as checks

# right answers --------------------------------------------------------------------------------------------------------

right(checks.edge_to_normalized)(lambda e, n: 2 * e / n - 1)
right(checks.edge_to_normalized)(lambda e, n: (e - n / 2) / (n / 2))
right(checks.edge_to_normalized)(lambda e, n: coords.pixel_to_normalized(e - 0.5, n))
right(checks.edge_to_normalized)(lambda e, n: float(e) * 2 / n - 1)

right(checks.resize_keypoint)(lambda i, n, m: (i + 0.5) * m / n - 0.5)
right(checks.resize_keypoint)(lambda i, n, m: i * (m / n) + (m / n - 1) / 2)
right(checks.resize_keypoint)(lambda i, n, m: coords.normalized_to_pixel(coords.pixel_to_normalized(i, n), m))


@right(checks.resize_keypoint)
def resize_with_integers(i, n, m):
    return ((2 * i + 1) * m - n) / (2 * n)


right(checks.shifts_of_slices)(lambda: (1, 1.5))
right(checks.shifts_of_slices)(lambda: [(step - 1) / 2 for step in (3, 4)])
right(checks.shifts_of_slices)(lambda: torch.tensor([3.0, 4.0]) / 2 - 0.5)


@right(checks.shifts_of_slices)
def measured_on_a_ramp():
    def shift(step):
        ramp = torch.arange(8.0 * step)[None, None]
        return (ramp - F.interpolate(ramp[..., ::step], scale_factor=step, mode="linear"))[0, 0, 4 * step]
    return torch.stack([shift(3), shift(4)])


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.edge_to_normalized, "formula for centres")(lambda e, n: (2 * e + 1) / n - 1)
wrong(checks.edge_to_normalized, "fraction of the width")(lambda e, n: e / n)
wrong(checks.edge_to_normalized, "go to 1, -1")(lambda e, n: 1 - 2 * e / n)
wrong(checks.edge_to_normalized, "pixel centre.* differs")(lambda e, n: 2 * (e / n) ** 2 - 1)
wrong(checks.edge_to_normalized, r"N \+ 1 edges")(lambda e, n: 2 * e / (n - 1) - 1)
wrong(checks.edge_to_normalized, "do not round")(lambda e, n: 2 * e.floor() / n - 1)
wrong(checks.edge_to_normalized, "do not clamp")(lambda e, n: (2 * e / n - 1).clamp(-1, 1))
wrong(checks.edge_to_normalized, "the same slope")(lambda e, n: 2 * e / n - 1 if 0 <= e <= n else 1.5 * e.sign())

wrong(checks.resize_keypoint, "scale edges")(lambda i, n, m: i * m / n)
wrong(checks.resize_keypoint, "align_corners=True")(lambda i, n, m: i * (m - 1) / (n - 1))
wrong(checks.resize_keypoint, "exchange N and M")(lambda i, n, m: (i + 0.5) * n / m - 0.5)
wrong(checks.resize_keypoint, "must be an index again")(lambda i, n, m: (i + 0.5) * m / n)
wrong(checks.resize_keypoint, "you returned")(lambda i, n, m: i)
wrong(checks.resize_keypoint, "is rounded to a pixel")(lambda i, n, m: ((i + 0.5) * m / n - 0.5).round())
wrong(checks.resize_keypoint, "rounded down")(lambda i, n, m: int((i + 0.5) * m / n - 0.5 + 9) - 9)
wrong(checks.resize_keypoint, "you returned")(lambda i, n, m: (i + 0.5) * (m // n) - 0.5)

wrong(checks.shifts_of_slices, "belongs to the step 2")(lambda: (0.5, 0.5))
wrong(checks.shifts_of_slices, "half the step")(lambda: (1.5, 2))
wrong(checks.shifts_of_slices, "half of it")(lambda: (0.5, 0.75))
wrong(checks.shifts_of_slices, "half as far")(lambda: (2, 3))
wrong(checks.shifts_of_slices, "would be negative")(lambda: (-1, -1.5))
wrong(checks.shifts_of_slices, "has its middle")(lambda: (1, 2))
wrong(checks.shifts_of_slices, r"expected \(2,\)")(lambda: 1)
