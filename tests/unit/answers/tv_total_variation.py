"""Right and wrong answers to the exercises of chapter "tv/total_variation"."""

import math

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import tv_total_variation as checks
from diffimg.linear import adjoint
from diffimg.tv import total_variation

# right answers --------------------------------------------------------------------------------------------------------

right(checks.wrapped_transpose)(lambda p: p.roll(1, -1) - p)

right(checks.enlarged_weight)(lambda weight, old, new: weight * (new[0] / old[0]) ** 3)


right(checks.wrapped_transpose)(lambda p: torch.cat([p[:, -1:], p[:, :-1]], 1) - p)
right(checks.wrapped_transpose)(lambda p: -torch.stack([p[:, k] - p[:, k - 1] for k in range(p.shape[1])], 1))


@right(checks.wrapped_transpose)
def by_a_convolution(p):
    return F.conv1d(F.pad(p[:, None], (1, 0), mode="circular"), p.new_tensor([[[1.0, -1.0]]]))[:, 0]


root = math.sqrt(2)
right(checks.bright_pixel)(lambda: (2 + root, root, 2))
right(checks.bright_pixel)(lambda: [2 + 2**0.5, 2**0.5, 2.0])


@right(checks.bright_pixel)
def measured():
    spots = torch.zeros(3, 1, 5, 5)
    for k, place in enumerate((2, 0, 4)):
        spots[k, 0, place, place] = 1
    return total_variation(spots, isotropic=True)


@right(checks.bright_pixel)
def by_arrows():
    return torch.tensor([[math.hypot(1, 1) + 1 + 1], [math.hypot(1, 1)], [1 + 1]])


right(checks.enlarged_weight)(lambda weight, old, new: weight * (new[0] * new[1] / old[0] / old[1]) ** 1.5)
right(checks.enlarged_weight)(lambda weight, old, new: weight / (old[0] / new[0]) * (new[1] / old[1]) ** 2)
right(checks.enlarged_weight)(lambda weight, old, new: torch.tensor([weight / (old[1] / new[1]) ** 3]))


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.bright_pixel, "the anisotropic TV")(lambda: (4, 2, 2))
wrong(checks.bright_pixel, "exchanged")(lambda: (2 + root, 2, root))
wrong(checks.bright_pixel, "the corners differ")(lambda: (2 + root, root, root))
wrong(checks.bright_pixel, "above and to the left")(lambda: (root, root, 0))
wrong(checks.bright_pixel, "does not go on with 0")(lambda: [2 + root] * 3)
wrong(checks.bright_pixel, "the last row and column count")(lambda: (2 + root, root, 0))
wrong(checks.bright_pixel, r"may stay as 2\*\*0.5")(lambda: (3.41, 1.41, 2))
wrong(checks.bright_pixel, "three numbers")(lambda: (2 + root, root))

wrong(checks.wrapped_transpose, "other sign")(lambda p: p - p.roll(1, -1))
wrong(checks.wrapped_transpose, "looks to the other side")(lambda p: p.roll(-1, -1) - p)
wrong(checks.wrapped_transpose, "with their sign turned")(lambda p: p - p.roll(-1, -1))
wrong(checks.wrapped_transpose, "nothing went round the corner")(
    lambda p: F.pad(p[:, :-1], (1, 0)) - F.pad(p[:, :-1], (0, 1)))
wrong(checks.wrapped_transpose, "gets nothing from the last")(lambda p: F.pad(p[:, :-1], (1, 0)) - p)
wrong(checks.wrapped_transpose, "over the rows")(lambda p: p.roll(1, 0) - p)
wrong(checks.wrapped_transpose, "opposite signs")(lambda p: p.roll(1, -1) + p)
wrong(checks.wrapped_transpose, "cuts the autograd graph")(
    lambda p: adjoint(lambda u: u.roll(-1, -1) - u, p.shape)(p))
wrong(checks.wrapped_transpose, "dot test fails")(lambda p: 2 * (p.roll(1, -1) - p))
wrong(checks.wrapped_transpose, "dot test fails")(lambda p: p.roll(1) - p)  # over the flattened field
wrong(checks.wrapped_transpose, r"expected \(3, 5\)")(lambda p: p.roll(1, -1)[0] - p[0])

wrong(checks.enlarged_weight, "shrinks as the picture grows")(lambda weight, old, new: weight)
wrong(checks.enlarged_weight, "N grows too")(lambda weight, old, new: weight * new[0] / old[0])
wrong(checks.enlarged_weight, "with the same noise")(
    lambda weight, old, new: weight * new[0] * new[1] / old[0] / old[1])
wrong(checks.enlarged_weight, "a mean beside a sum")(lambda weight, old, new: weight * old[0] / new[0])
wrong(checks.enlarged_weight, "the way back")(lambda weight, old, new: weight * (old[0] / new[0]) ** 3)
wrong(checks.enlarged_weight, "then grows by")(lambda weight, old, new: weight * (new[0] / old[0]) ** 4)
wrong(checks.enlarged_weight, "then grows by")(lambda weight, old, new: 64 * weight)
wrong(checks.enlarged_weight, "then grows by")(lambda weight, old, new: weight * new[0] ** 3)
wrong(checks.enlarged_weight, "// drops it")(lambda weight, old, new: weight * (new[0] // old[0]) ** 3)
wrong(checks.enlarged_weight, "// drops it")(
    lambda weight, old, new: weight * (new[0] // old[0]) ** 3 if new > old else weight * (new[0] / old[0]) ** 3)
