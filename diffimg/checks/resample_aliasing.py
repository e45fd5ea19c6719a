"""Checks of the exercises in chapter "resample/aliasing"."""

import torch
import torch.nn.functional as F

from ..images import noise
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="as wide as before, in pixels three times as large: the old stripes are gone, their alias is there.",
          hint="Cut 1 1 0 0 1 1 0 0 1 1 0 0 in threes. How many ones does each hold?")
def averaged_stripes(solution):
    answer, expected = solution(), torch.tensor([2.0, 2.0, 1.0, 1.0]) / 3
    expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected four numbers.")
    recognise(answer, {
        "that is every third pixel; averages read the two between as well.": torch.tensor([1.0, 0.0, 0.0, 1.0]),
        "that is every third pixel, from the second on; averages read all three.": torch.tensor([1.0, 0.0, 1.0, 0.0]),
        "that are the stripes unchanged; three pixels never hold three ones here.": torch.tensor([1.0, 1.0, 0.0, 0.0]),
        "a mean of three holds one or two ones, never one and a half: averages do not remove the stripes.":
            torch.full((4,), 0.5),
        "those are sums; a mean divides by three.": 3 * expected,
        "black and white are exchanged.": 1 - expected,
        "that repeats after two; after how many threes do the stripes begin anew?": expected[[0, 2, 0, 2]]})
    expect(same(answer, expected), f"{told(answer, expected)}: the threes are 110, 011, 001, 100.")


@exercise(praise="whole cycles from one pixel of the thumbnail to the next do not show, only what is left of them.",
          hint="How many cycles does the wave run through between two pixels of the thumbnail? Which of them show?")
def seen_as(solution):
    f = torch.tensor([0.05, 0.45, 0.3, 0.123456, 0.0, 0.5, 0.38])
    for r in (4, 3, 2):
        cycles = r * f
        mirrored = cycles - cycles.floor()
        expected = torch.minimum(mirrored, 1 - mirrored)
        answer = solution(f.clone(), r)
        expect(answer.shape == f.shape, f"the result has shape {tuple(answer.shape)}, expected {tuple(f.shape)}: one "
               "frequency for each.")
        recognise(answer, {
            "that counts all cycles between two pixels of the thumbnail; beyond 1/2 nobody can see them.": cycles,
            "whole cycles are gone, but 0.8 of a cycle forwards looks like 0.2 backwards.": mirrored,
            "0.2 of a cycle backwards looks like 0.2 forwards: the viewer reads no sign off.": cycles - cycles.round(),
            "that is what is seen, but in cycles per pixel of the photograph.": expected / r,
            "waves above the limit do not stop at it; they come back below it.": cycles.clamp(max=0.5),
            "what is too fast does not vanish: decimation keeps the height of every wave.": cycles * (cycles <= 0.5),
            "that folds at 1/2 without turning round: 0.7 of a cycle looks like 0.3 backwards, not 0.2.":
                cycles.remainder(0.5),
            "a longer step makes a wave faster for the viewer, not slower.": f / r,
            "that is still the frequency in the photograph.": f})
        expect(same(answer, expected), f"for f = {numbers(f)} and r = {r} {told(answer, expected)}, as "
               "the viewer sees.")


@exercise(praise="bilinear upsampling loses nothing; only the transpose is no way back.",
          hint="How many equations does y give for the h w unknowns of x, and can they be solved one axis at a time?")
def recover(solution):
    for r, h, w in ((4, 5, 6), (3, 4, 7), (2, 6, 3)):
        x = noise((h, w), seed=r)
        y = F.interpolate(x[None, None], scale_factor=float(r), mode="bilinear")
        answer = solution(y[0, 0].clone(), r)
        expect(answer.shape == x.shape, f"for y of shape {tuple(y.shape[2:])} and r = {r} the result has shape "
               f"{tuple(answer.shape)}, expected {tuple(x.shape)}.")
        mistakes = {
            "that is the antialiased thumbnail: U^T U / r is a blur, not the identity.":
                F.interpolate(y, (h, w), mode="bilinear", antialias=True)[0, 0],
            "that averages blocks, which undoes repetition, not bilinear upsampling.": F.avg_pool2d(y, r)[0, 0],
            "on the half-pixel grid pixel r i of y does not lie on pixel i of x.": y[0, 0, ::r, ::r],
            "that is the transpose, and a transpose is not an inverse.": _transposed(y, x),
            "that is the transpose divided by r^2: the antialiased thumbnail but for the border, a blur.":
                _transposed(y, x) / r**2}
        if r % 2 == 0:
            mistakes["that reads y at the places of the pixels of x; for an even r no pixel of y lies there."] = (
                F.interpolate(y, (h, w), mode="bilinear")[0, 0])
        recognise(answer, mistakes)
        error = (answer - x).detach().abs().max()
        expect(same(answer, x), f"for r = {r} and x of shape {(h, w)} the result is up to {error:.2g} away from x.")


def _transposed(y, x):
    start = torch.zeros_like(x)[None, None].requires_grad_()
    large = F.interpolate(start, y.shape[2:], mode="bilinear")
    return torch.autograd.grad(large, start, y)[0][0, 0]
