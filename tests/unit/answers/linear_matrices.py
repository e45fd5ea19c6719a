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


right(checks.shift_transposed)(lambda y: torch.cat([y[:1] + y[1:2], y[2:], torch.zeros(1)]))

right(checks.fastest_step)(lambda sigma: 2 / (sigma.max() ** 2 + sigma.min() ** 2))


@right(checks.shift_transposed)
def shift_in_place(y):
    y[1] += y[0].clone()
    y[:-1] = y[1:].clone()
    y[-1] = 0
    return y


right(checks.average_transposed)(lambda y: F.interpolate(y[None, None], scale_factor=2.0)[0, 0] / 4)
right(checks.average_transposed)(lambda y: torch.kron(y, torch.full((2, 2), 0.25)))
right(checks.average_transposed)(
    lambda y: adjoint(lambda x: F.avg_pool2d(x[None], 2)[0], (2 * y.shape[0], 2 * y.shape[1]))(y))

right(checks.shift_transposed)(lambda y: F.pad(y[1:], (0, 1)) + F.pad(y[:1], (0, len(y) - 1)))

right(checks.fastest_step)(lambda sigma: 2 / float(sigma.max() ** 2 + sigma.min() ** 2))
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
wrong(checks.average_transposed, "dot test fails")(lambda y: average_solved(y).abs())

wrong(checks.shift_transposed, "with the bug")(lambda y: torch.cat([y[1:], y[-1:]]))
wrong(checks.shift_transposed, r"y\[0\] is lost; who")(lambda y: torch.cat([y[1:], torch.zeros(1)]))
wrong(checks.shift_transposed, "round to the other end")(lambda y: y.roll(-1))
wrong(checks.shift_transposed, "nobody read the last pixel")(lambda y: torch.cat([y[:1] + y[1:2], y[2:], y[-1:]]))
wrong(checks.shift_transposed, "to the right again")(lambda y: torch.cat([y[:1], y[:-1]]))
wrong(checks.shift_transposed, "do not average")(lambda y: torch.cat([(y[:1] + y[1:2]) / 2, y[2:], torch.zeros(1)]))
wrong(checks.shift_transposed, "dot test fails")(lambda y: torch.cat([y[:1] - y[1:2], y[2:], torch.zeros(1)]))
wrong(checks.shift_transposed, "dot test fails")(lambda y: y)
wrong(checks.shift_transposed, r"expected \(5,\)")(lambda y: torch.cat([y[:1] + y[1:2], y[2:]]))

wrong(checks.fastest_step, "safe, but not the fastest")(lambda sigma: 1 / sigma.max() ** 2)
wrong(checks.fastest_step, "never shrinks")(lambda sigma: 2 / sigma.max() ** 2)
wrong(checks.fastest_step, "enters squared: the step meets A twice")(lambda sigma: 2 / (sigma.max() + sigma.min()))
wrong(checks.fastest_step, "that is 2 / norm;")(lambda sigma: 2 / sigma.max())
wrong(checks.fastest_step, "explodes")(lambda sigma: 1 / sigma.min() ** 2)
wrong(checks.fastest_step, "adds up all squares")(lambda sigma: 2 / sigma.square().sum())
wrong(checks.fastest_step, "averages all squares")(lambda sigma: 1 / sigma.square().mean())
wrong(checks.fastest_step, "any order")(lambda sigma: 2 / (sigma[0] ** 2 + sigma[-1] ** 2))
wrong(checks.fastest_step, "factor of .* possible")(lambda sigma: 1.9 / sigma.max() ** 2)
wrong(checks.fastest_step, "factor of .* possible")(lambda sigma: -1)
wrong(checks.fastest_step, "expected one number")(lambda sigma: 2 / sigma ** 2)
