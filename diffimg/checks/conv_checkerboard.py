"""Checks of the exercises in chapter "conv/checkerboard"."""

import torch
import torch.nn.functional as F

from ..images import noise
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="what counts is the sum of the weights that meet: 3 weights at stride 2 can be flat, and 4 uneven.",
          hint="Which weights meet at place 4 of the full output, and which at place 5? How large is their sum?")
def repeating(solution):
    answer, expected = solution(), torch.tensor([2.0, 2, 2, 6])
    expect(answer.numel() == 4, f"the result has shape {tuple(answer.shape)}, expected four numbers, two for each row.")
    answer = answer.flatten()
    recognise(answer, {
        "that counts the weights that meet; add them up.": torch.tensor([2.0, 1, 2, 2]),
        "each is the sum of the whole kernel; at stride 2 only every second weight meets a place.":
            torch.tensor([4.0, 4, 8, 8]),
        "the even places come first: the weights 0, 2, ... of a kernel meet there.": expected[[1, 0, 3, 2]],
        "that the stride divides the second kernel makes the counts even, not the sums.": torch.tensor([2.0, 2, 4, 4]),
        "place 0 alone has its first weight; away from the border the middle weight of the first kernel meets none.":
            torch.tensor([1.0, 2, 1, 3])})
    expect(same(answer, expected), f"{told(answer, expected, 'you predicted')}: the sums of the weights that meet.")


@exercise(praise="equal phase sums, and no flat kernel is nearer.",
          hint="How many sums must agree, and how can one sum change while its weights change as little as possible?")
def flat_kernel(solution):
    for shape, s in (((4, 4), 2), ((6, 3), 3), ((2, 2), 2), ((4, 6), 2)):
        kernel = noise(shape, seed=shape[0])
        answer = solution(kernel.clone(), s)
        case = f"for a kernel {shape} and s = {s}"
        expect(answer.shape == shape, f"{case} the result has shape {tuple(answer.shape)}, expected {shape}.")
        phases = kernel.unflatten(0, (-1, s)).unflatten(2, (-1, s))          # (rows, a, columns, b)
        means, expected = phases.mean((0, 2), keepdim=True), phases - phases.mean((0, 2), keepdim=True) + kernel.mean()
        each, total = shape[0] * shape[1] // s**2, kernel.sum()
        expected, zero = expected.flatten(2).flatten(0, 1), (phases - means).flatten(2).flatten(0, 1)
        if each > 1:
            recognise(answer, {
                f"{case} all phase sums are 0: flat, but black. A common sum near the old ones changes less.": zero,
                f"{case} the sums agree, but every weight changed into the mean; each phase may keep its pattern.":
                    kernel.mean().expand(shape),
                f"{case} the phases were scaled to the common sum; flat, but not the smallest change.":
                    (phases * kernel.mean() / means).flatten(2).flatten(0, 1),
                f"{case} the difference of the sums was subtracted from each weight; {each} weights share it.":
                    (phases - each * means + total / s**2).flatten(2).flatten(0, 1)})
        sums = answer.unflatten(0, (-1, s)).unflatten(2, (-1, s)).sum((0, 2))
        expect(same(sums, sums[:1, :1].expand_as(sums)),
               f"{case} the phase sums are {numbers(sums)}, up to {sums.max() - sums.min():.1g} apart; all "
               f"{s * s} of them must agree, for each pair of phases.")
        moved = told((answer - kernel).norm(), (expected - kernel).norm(), "the kernel moved by")
        expect(same(answer, expected), f"{case} the sums agree, but {moved} as the least.")


@exercise(praise="the transposed convolution starts as a convolution with each pixel repeated.",
          hint="Which weight reaches phase r of the output? Begin with k = 1: what must the s x s kernel be?")
def start_transposed(solution):
    for outs, ins, k, s in ((2, 3, 1, 2), (2, 3, 3, 2), (1, 1, 3, 3)):
        weight, x = noise((outs, ins, k, k), seed=k), noise((1, ins, 5, 6), seed=s)
        answer, shape = solution(weight.clone(), s), (ins, outs, s * k, s * k)
        case = f"for weight {tuple(weight.shape)} and s = {s}"
        reason = f"the sides must be s k = {s * k}" if answer.shape[:2] == shape[:2] else "input channels come first"
        expect(answer.shape == shape, f"{case} the result has shape {tuple(answer.shape)}, expected {shape}: {reason}.")
        swapped = weight.transpose(0, 1)
        wide = torch.kron(swapped, torch.ones(1, 1, s, s))
        if k > 1:
            recognise(answer, {
                f"{case} the kernel is not flipped: a stamp lays weights the other way round than a convolution reads.":
                    wide,
                f"{case} the kernel was repeated as a whole; repeat each weight, so that neighbours are copies.":
                    swapped.flip(-1, -2).repeat(1, 1, s, s),
                f"{case} the kernel was interpolated; nearest-neighbour enlargement wants copies of its weights.":
                    F.interpolate(swapped.flip(-1, -2), scale_factor=float(s), mode="bilinear")})
        recognise(answer, {
            f"{case} the output is {s * s} times too small: every sub-pixel meets one copy, so do not divide.":
                wide.flip(-1, -2) / s**2})
        made = F.conv_transpose2d(x.to(answer), answer, stride=s, padding=s * (k - 1) // 2)
        wanted = F.conv2d(x, weight, padding=k // 2).repeat_interleave(s, -1).repeat_interleave(s, -2)
        expect(same(made, wanted), f"{case} {told(made, wanted, 'the output is')}.")
