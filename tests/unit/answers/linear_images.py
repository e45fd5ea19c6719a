"""Right and wrong answers to the exercises of chapter "linear/images"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg import coords
from diffimg.checks import linear_images as checks
from diffimg.linear import adjoint

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


Y = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], dtype=torch.float64)
right(checks.repeat_transposed)(lambda: (3, 12, 48))
right(checks.repeat_transposed)(lambda: torch.tensor([3, 12, 48]))
right(checks.repeat_transposed)(lambda: F.avg_pool1d(Y[None], 2)[0] * 2)
right(checks.repeat_transposed)(lambda: adjoint(lambda x: x.repeat_interleave(2), (3,))(Y))


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

wrong(checks.repeat_transposed, "that is the average")(lambda: Y.reshape(3, 2).mean(1))
wrong(checks.repeat_transposed, "drops every second")(lambda: (1, 4, 16))
wrong(checks.repeat_transposed, "gradients that meet add up")(lambda: (2, 8, 32))
wrong(checks.repeat_transposed, "3 apart")(lambda: Y[:3] + Y[3:])
wrong(checks.repeat_transposed, "must meet the same number")(lambda: (3, 12, 47))
wrong(checks.repeat_transposed, r"expected \(3,\)")(lambda: Y.repeat_interleave(2))
wrong(checks.repeat_transposed, r"expected \(3,\)")(lambda: 63)
