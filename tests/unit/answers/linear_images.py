"""Right and wrong answers to the exercises of chapter "linear/images"."""

import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import linear_images as checks

# right answers --------------------------------------------------------------------------------------------------------

right(checks.edge_to_normalized)(lambda e, n: 2 * e / n - 1)

right(checks.resize_keypoint)(lambda i, n, m: (i + 0.5) * m / n - 0.5)

right(checks.repeat_transposed)(lambda y: y.reshape(3, 2).sum(1))


@right(checks.resize_keypoint)
def resize_with_integers(i, n, m):
    return ((2 * i + 1) * m - n) / (2 * n)



right(checks.repeat_transposed)(lambda y: y[::2] + y[1::2])
right(checks.repeat_transposed)(lambda y: F.avg_pool1d(y[None], 2)[0] * 2)

right(checks.edge_to_normalized)(lambda e, n: (e - n / 2) / (n / 2))


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.edge_to_normalized, "formula for centres")(lambda e, n: (2 * e + 1) / n - 1)
wrong(checks.edge_to_normalized, "fraction of the width")(lambda e, n: e / n)
wrong(checks.edge_to_normalized, "went to 1, -1")(lambda e, n: 1 - 2 * e / n)
wrong(checks.edge_to_normalized, "pixel centre.* differs")(lambda e, n: 2 * (e / n) ** 2 - 1)
wrong(checks.edge_to_normalized, r"N \+ 1 edges")(lambda e, n: 2 * e / (n - 1) - 1)

wrong(checks.resize_keypoint, "scale edges")(lambda i, n, m: i * m / n)
wrong(checks.resize_keypoint, "align_corners=True")(lambda i, n, m: i * (m - 1) / (n - 1))
wrong(checks.resize_keypoint, "exchange N and M")(lambda i, n, m: (i + 0.5) * n / m - 0.5)
wrong(checks.resize_keypoint, "must be an index again")(lambda i, n, m: (i + 0.5) * m / n)
wrong(checks.resize_keypoint, "but you sent it to")(lambda i, n, m: i)

wrong(checks.repeat_transposed, "that is the average")(lambda y: y.reshape(3, 2).mean(1))
wrong(checks.repeat_transposed, "drops every second")(lambda y: y[::2])
wrong(checks.repeat_transposed, "3 apart")(lambda y: y[:3] + y[3:])
wrong(checks.repeat_transposed, "dot test fails")(lambda y: y[::2] - y[1::2])
wrong(checks.repeat_transposed, r"expected \(3,\)")(lambda y: y.repeat_interleave(2))
wrong(checks.repeat_transposed, r"expected \(3,\)")(lambda y: y.sum())
