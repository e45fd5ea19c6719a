"""Checks of the exercises in chapter "conv/matrix"."""

import torch

from ..images import noise
from ._shared import exercise, expect, recognise, same, told


@exercise(praise="a row for each output and channel, a column for each pixel and channel, the kernel in each row.",
          hint="How many outputs are there along each axis, in how many channels, and which pixels meet in one?")
def shape_of_C(solution):
    answer, expected = solution(), torch.tensor([1200, 1800, 75])
    expect(answer.shape == (3,), f"the result has shape {tuple(answer.shape)}, expected three numbers: rows, columns, "
           "stored numbers in a row.")
    rows, columns, stored = answer = answer.to(torch.get_default_dtype())
    expect(not same(answer, expected[[1, 0, 2]]), "rows and columns are exchanged, that is the transpose: C has a row "
           "for each number that comes out.")
    expect(not same(rows, expected[0] / 8), "those are the rows of one channel of the result; there are 8.")
    expect(not same(columns, expected[1] / 3), "those are the columns of one channel of the image; there are 3.")
    expect(not same(stored, expected[2] / 3), "an output adds up all 3 channels of the image, not one.")
    expect(not same(stored, 8 * expected[2]), "a row belongs to one channel of the result, not to all 8.")
    expect(not same(rows, 8.0 * torch.tensor(20 * 30)), "that leaves out the stride: it halves each axis.")
    expect(not same(rows, 8.0 * torch.tensor(8 * 13)), "that leaves out the padding, 2 zeros on each side.")
    for came, number, wanted, rule in (("rows", rows, expected[0], "8 channels of floor((n + 2p - k) / 2) + 1 places"),
                                       ("columns", columns, expected[1], "the numbers of the image"),
                                       ("stored numbers", stored, expected[2], "the weights that meet in one output")):
        expect(same(number, wanted.to(number)), f"{told(number, wanted, f'{came}: you predicted')}: {rule}.")


@exercise(praise="what the mirrors copied comes back to where it came from, and adds.",
          hint="Pixel 1 was copied to the place just before pixel 0. What comes back to it from there?")
def fold_back(solution):
    for n, p in ((6, 2), (5, 1), (4, 3)):
        z, expected = noise((n + 2 * p,), seed=n), torch.zeros(n)
        for place in range(-p, n + p):
            expected[n - 1 - abs(n - 1 - abs(place))] += z[place + p]
        answer = solution(z.clone(), p)
        expect(answer.shape == (n,), f"for {n + 2 * p} numbers and p = {p} the result has shape {tuple(answer.shape)}, "
               f"expected ({n},): the transpose goes back to the image.")
        index, ones = torch.arange(-p, n + p), torch.ones(n + 2 * p)
        at_edge = torch.where(index < 0, -1 - index, torch.where(index >= n, 2 * n - 1 - index, index))
        mirror = n - 1 - (n - 1 - index.abs()).abs()
        recognise(answer, {
            "that folds back the padding that repeats the border pixel; a mirror image has its sources inside.":
                _collect(z, index.clamp(0, n - 1), n),
            "that folds back circular padding; a mirror image comes from the same side.": _collect(z, index % n, n),
            "your mirror stands at the edge and repeats that pixel; reflect leaves it out.": _collect(z, at_edge, n),
            "that cuts the frame off, the transpose of zero padding; here the frame held copies.": z[p:p + n],
            "that averages the copies; gradients add up.": expected / _collect(ones, mirror, n),
            "the middle is counted twice; only the frame is folded.": expected + z[p:p + n]})
        if p > 1:  # else there is nothing to reverse
            recognise(answer, {"the frame comes back in its own order; a mirror reverses it.": _in_order(z, n, p)})
        for pixel in range(n):
            expect(same(answer[pixel], expected[pixel]), f"for n = {n}, p = {p} "
                   f"{told(answer[pixel], expected[pixel], f'pixel {pixel} gets')}. Which places were copied from it?")


def _in_order(z, n, p):
    """The frame added to its sources without the reversal of a mirror."""
    x = z[p:p + n].clone()
    x[1:p + 1] += z[:p]
    x[n - 1 - p:n - 1] += z[p + n:]
    return x


def _collect(z, source, n):
    """The transpose of a padding that copies place j from pixel source[j]."""
    return torch.zeros(n).index_add(0, source, z)
