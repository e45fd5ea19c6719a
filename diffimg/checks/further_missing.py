"""Checks of the exercises in chapter "further/missing"."""

import torch

from ..images import noise
from ._shared import exercise, expect, recognise, same, told


@exercise(praise="a mean of means forgets how many each stood for: carry sum and weight, and divide once, at the end.",
          hint="What is the mean of the valid ones of each pair? And the mean of all that are valid?")
def shrunk_twice(solution):
    answer, right = solution(), torch.tensor([4.0, 10.0, 7.0, 6.0])
    expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected four numbers.")
    recognise(answer, {
        "that takes the missing pixel for 0 and divides by all: 5 and 4.5 are too dark.":
            torch.tensor([4.0, 5.0, 4.5, 4.5]),
        "the last is not the mean of the two: at once, each of the three valid pixels counts a third.":
            torch.tensor([4.0, 10.0, 7.0, 7.0]),
        "the third forgets that both of the two are valid now and count alike; only the first step knew the mask.":
            torch.tensor([4.0, 10.0, 6.0, 6.0]),
        "the last two are exchanged.": torch.tensor([4.0, 10.0, 6.0, 7.0]),
        "that fills the gap from its neighbours first; 10 is the only valid pixel of its pair, and its mean.":
            torch.tensor([4.0, 8.0, 6.0, 6.0])})
    expect(same(answer, right), f"{told(answer, right)}. Leave the missing pixel out of each mean.")


@exercise(praise="a hole has no edges, and its NaN reach neither the number nor the gradient.",
          hint="Which of two neighbours may be missing for a difference to count? Where does the NaN have to go?")
def tv_inside(solution):
    u, valid = noise((7, 9), seed=2), torch.ones(7, 9, dtype=torch.bool)
    valid[2:5, 3:6] = valid[0, 0] = valid[6, 4] = False
    right = sum(step[both].abs().sum() for step, both, _ in _pairs(u, valid))
    answer = solution(u.clone(), valid.clone())
    expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
    answer = answer.reshape(())
    zeros = torch.where(valid, u, 0)
    recognise(answer, {
        "that is the total variation of the whole image; what is not valid must not count.":
            sum(step.abs().sum() for step, *_ in _pairs(u, valid)),
        "the hole is filled, and its rim counts as an edge: a pair counts where both pixels are valid.":
            sum(step.abs().sum() for step, *_ in _pairs(zeros, valid)),
        "a pair counts as soon as its first pixel is valid; the second one may be missing too.":
            sum(step[first].abs().sum() for step, _, first in _pairs(u, valid)),
        "those are the squares; this total variation sums absolute values.":
            sum(step[both].square().sum() for step, both, _ in _pairs(u, valid)),
        "that is half of it: each pair counts once, with its whole difference.": right / 2})
    expect(same(answer, right), f"{told(answer, right)}.")
    for bad in (torch.nan, 1e30):
        _survives(solution, torch.where(valid, u, bad).requires_grad_(), valid, right, f"with {bad:g} in the hole")


def _pairs(u, valid):
    """Down and right: the differences, where both pixels are valid, where the first one is."""
    for axis, n in enumerate(u.shape):
        first, second = valid.narrow(axis, 0, n - 1), valid.narrow(axis, 1, n - 1)
        yield u.diff(dim=axis), first & second, first


def _survives(solution, u, valid, right, hole):
    answer = solution(u, valid.clone()).reshape(())
    expect(same(answer.detach(), right), f"{hole} you returned {answer:.4g}, expected {right:.4g}: fill before you "
           "subtract; NaN times 0 is NaN.")
    expect(answer.requires_grad, "the result has lost its graph: u cannot learn.")
    slope, = torch.autograd.grad(answer, u)
    expect(bool(slope.isfinite().all()), f"the number is right, and {hole} the gradient has "
           f"{int((~slope.isfinite()).sum())} entries that are not finite: fill before you subtract.")
    expect(not slope[~valid].any(), "a missing pixel gets a gradient.")
