"""Right and wrong answers to the exercises of chapter "linear/matrices"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import linear_matrices as checks
from diffimg.linear import adjoint

# right answers --------------------------------------------------------------------------------------------------------

@right(checks.average_transposed)
def average_solved(y):
    return y.repeat_interleave(2, 0).repeat_interleave(2, 1) / 4



Y = torch.tensor([1.0, 2.0, 4.0, 8.0], dtype=torch.float64)
right(checks.shift_transposed)(lambda: (3, 4, 8, 0))
right(checks.shift_transposed)(lambda: torch.cat([Y[:1] + Y[1:2], Y[2:], Y.new_zeros(1)]))
right(checks.shift_transposed)(lambda: adjoint(lambda x: torch.cat([x[:1], x[:-1]]), (4,))(Y))
right(checks.shift_transposed)(lambda: Y.new_zeros(4).index_add(0, torch.tensor([0, 0, 1, 2]), Y))

right(checks.fastest_step)(lambda sigma: 2 / (sigma.max() ** 2 + sigma.min() ** 2))


right(checks.average_transposed)(lambda y: F.interpolate(y[None, None], scale_factor=2.0)[0, 0] / 4)
right(checks.average_transposed)(lambda y: torch.kron(y, torch.full((2, 2), 0.25)))
right(checks.average_transposed)(
    lambda y: adjoint(lambda x: F.avg_pool2d(x[None], 2)[0], (2 * y.shape[0], 2 * y.shape[1]))(y))


right(checks.fastest_step)(lambda sigma: 2 / float(sigma.max() ** 2 + sigma.min() ** 2))
right(checks.fastest_step)(lambda sigma: 2 / (sigma.sort().values[[0, -1]] ** 2).sum())
right(checks.fastest_step)(lambda sigma: 1 / ((sigma.max() ** 2 + sigma.min() ** 2) / 2)[None])


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.average_transposed, "weight of each pixel was 1/4")(
    lambda y: y.repeat_interleave(2, 0).repeat_interleave(2, 1))
wrong(checks.average_transposed, "two axes halve twice")(
    lambda y: y.repeat_interleave(2, 0).repeat_interleave(2, 1) / 2)
wrong(checks.average_transposed, "only one pixel")(
    lambda y: F.conv_transpose2d(y[None], torch.ones(1, 1, 1, 1), stride=2, output_padding=1)[0])
wrong(checks.average_transposed, "each with 1/4")(
    lambda y: F.conv_transpose2d(y[None], torch.full((1, 1, 1, 1), 0.25), stride=2, output_padding=1)[0])
wrong(checks.average_transposed, "as in tile")(lambda y: y.tile(2, 2) / 4)
wrong(checks.average_transposed, "sign turned")(lambda y: -average_solved(y))
wrong(checks.average_transposed, "the dot test fails")(
    lambda y: F.interpolate(y[None, None], scale_factor=2.0, mode="bilinear")[0, 0] / 4)
wrong(checks.average_transposed, "the dot test fails")(lambda y: average_solved(y).flip(0))
wrong(checks.average_transposed, r"expected \(4, 6\)")(lambda y: F.avg_pool2d(y[None], 2)[0])
wrong(checks.average_transposed, r"expected \(4, 6\)")(lambda y: average_solved(y)[None])
wrong(checks.average_transposed, r"expected \(4, 6\)")(
    lambda y: F.interpolate(y[None, None], 2 * [2 * len(y)])[0, 0] / 4)
wrong(checks.average_transposed, "dot test fails")(lambda y: average_solved(y).clamp(min=0))
wrong(checks.average_transposed, "dot test fails")(lambda y: (100 * average_solved(y)).round() / 100)
wrong(checks.average_transposed, "dot test fails")(lambda y: average_solved(y).abs())

wrong(checks.shift_transposed, "with the bug")(lambda: (2, 4, 8, 8))
wrong(checks.shift_transposed, r"y\[0\] is lost; who")(lambda: torch.tensor([2.0, 4.0, 8.0, 0.0]))
wrong(checks.shift_transposed, "round to the other end")(lambda: Y.roll(-1))
wrong(checks.shift_transposed, "nobody read the last pixel")(lambda: [3, 4, 8, 8])
wrong(checks.shift_transposed, "to the right again")(lambda: (1, 1, 2, 4))
wrong(checks.shift_transposed, "back to its own place")(lambda: Y)
wrong(checks.shift_transposed, "do not average")(lambda: (1.5, 4, 8, 0))
wrong(checks.shift_transposed, "dot test fails")(lambda: (-1, 4, 8, 0))
wrong(checks.shift_transposed, r"expected \(4,\)")(lambda: (3, 4, 8))

wrong(checks.fastest_step, "safe, but not the fastest")(lambda sigma: 1 / sigma.max() ** 2)
wrong(checks.fastest_step, "never shrinks")(lambda sigma: 2 / sigma.max() ** 2)
wrong(checks.fastest_step, "enters squared: the step meets A twice")(lambda sigma: 2 / (sigma.max() + sigma.min()))
wrong(checks.fastest_step, "that is 2 / norm;")(lambda sigma: 2 / sigma.max())
wrong(checks.fastest_step, "explodes")(lambda sigma: 1 / sigma.min() ** 2)
wrong(checks.fastest_step, "adds up all squares")(lambda sigma: 2 / sigma.square().sum())
wrong(checks.fastest_step, "averages all squares")(lambda sigma: 1 / sigma.square().mean())
wrong(checks.fastest_step, "any order")(lambda sigma: 2 / (sigma[0] ** 2 + sigma[-1] ** 2))
wrong(checks.fastest_step, "more of its error")(lambda sigma: 1.9 / sigma.max() ** 2)
wrong(checks.fastest_step, "more of its error")(lambda sigma: -1)
wrong(checks.fastest_step, "more of its error")(lambda sigma: 2 / (sigma.max() ** 2 + sigma.min()))
wrong(checks.fastest_step, "more of its error")(
    lambda sigma: round(float(2 / (sigma.max() ** 2 + sigma.min() ** 2)), 2))
wrong(checks.fastest_step, "expected one number")(lambda sigma: 2 / sigma ** 2)
