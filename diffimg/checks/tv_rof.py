"""Checks of the exercises in chapter "tv/rof"."""

import torch

from ..images import noise
from ..tv import divergence, gradient
from ._shared import exercise, expect, recognise, same, told


def _length(field):
    return field.square().sum(-3, keepdim=True).sqrt()


def _wrong_gaps(u, p, f, weight):
    Du, div = gradient(u), divergence(p)
    fit, inner, variation = (u - f - weight * div).square().sum(), (Du * p).sum(), Du.abs().sum()
    slack = variation - inner
    return {
        "that takes the length of the gradient; the anisotropic TV has an absolute value for each component.":
            fit / 2 + weight * (_length(Du).sum() - inner),
        "the slack is there, but u need not belong to p: where is the misfit?": weight * slack,
        "the misfit is there; the slack |Du| - <Du, p> is missing.": fit / 2,
        "the square of the misfit has the factor 1/2.": fit + weight * slack,
        "the slack has the factor weight.": fit / 2 + slack,
        "the misfit has its sign of D^T p turned: f - weight * D^T p is f + weight * divergence(p).":
            (u - f + weight * div).square().sum() / 2 + weight * slack,
        "D^T p is multiplied by weight in the misfit.": (u - f - div).square().sum() / 2 + weight * slack,
        "the slack is |Du| minus <Du, p>, not plus.": fit / 2 + weight * (variation + inner),
        "that is the objective; subtract what p proves.": (u - f).square().sum() / 2 + weight * variation,
        "that is the lower bound, not its distance from the objective.":
            f.square().sum() / 2 - (f + weight * div).square().sum() / 2,
        "that is the mean; the gap is a sum.": (fit / 2 + weight * slack) / u.numel()}


@exercise(praise="it is P(u) - Q(p).",
          hint="Which size of Du belongs to the anisotropic TV? The rest of the gap stays.")
def duality_gap(solution):
    for seed, shape, weight in ((0, (1, 4, 5), 0.3), (5, (1, 3, 2), 1.7)):
        u, f = noise(shape, seed=seed), noise(shape, seed=seed + 1)
        p = noise((1, 2, *shape[1:]), seed=seed + 2).clamp(-1, 1)
        answer = solution(u.clone(), p.clone(), f.clone(), weight)
        expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
        answer, Du = answer.reshape(()), gradient(u)
        objective = (u - f).square().sum() / 2 + weight * Du.abs().sum()
        lower = f.square().sum() / 2 - (f + weight * divergence(p)).square().sum() / 2
        if same(answer, objective - lower):
            continue
        recognise(answer, _wrong_gaps(u, p, f, weight))
        expect(False, f"for noise of shape {shape} and weight {weight} {told(answer, objective - lower)}, the "
               "objective minus the lower bound.")


@exercise(praise="each border lifts one side and lowers the other by the weight, shared among the pixels of a plateau.",
          hint="How many borders has the plateau, how many each side, and how many pixels share what a border pays?")
def plateau(solution):
    answer, expected = solution(), torch.tensor([0.5, 2.0, 4.0])
    expect(answer.numel() == 3, f"the result has shape {tuple(answer.shape)}, expected three numbers.")
    answer = answer.flatten()
    recognise(answer, {
        "four pixels share what a border pays.": torch.tensor([2.0, -1.0, 1.0]),
        "the plateau has two borders, and pays for both.": torch.tensor([0.5, 2.5, 6.0]),
        "a side has one border: where the row ends, nothing pulls.": torch.tensor([1.0, 2.0, 3.0]),
        "what the plateau gives up, the sides gain.": torch.tensor([0.0, 2.0, 6.0]),
        "the sides rise as well, and meet the plateau before it is down at 0.": torch.tensor([0.5, 2.0, 6.0]),
        "the sides come first, then the plateau.": expected[[1, 0, 2]]})
    expect(same(answer[:2], expected[:2]), f"{told(answer[:2], expected[:2], 'for the weight 2 you predicted')}.")
    expect(same(answer, expected), "the two values are right, the weight at which they meet is not.")


def _gap_of_row(f, u, weight, p):
    """The gap of a row, from p between its pixels, feasible or not."""
    misfit = u - f - weight * (torch.cat([p, p.new_zeros(1)]) - torch.cat([p.new_zeros(1), p]))
    return misfit.square().sum() / 2 + weight * (u.diff().abs() - u.diff() * p).sum()


@exercise(praise="whatever u is, the number holds, and no solver had to return a p.",
          hint="Which p belongs to the running sums of u - f, and what does its gap bound?")
def proved(solution):
    for seed, weight in ((0, 0.3), (4, 0.8)):
        f = torch.tensor([0.0, 1, 0.4]).repeat_interleave(4) + 0.2 * noise((12,), seed=seed)
        for u in (f / 2 + 0.1 * noise((12,), seed=seed + 1), 0.9 * f, f.mean() + noise((12,), seed=seed + 2)):
            answer, sums = solution(f.clone(), u.clone(), weight), (u - f).cumsum(0)[:-1] / weight
            expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
            answer = answer.reshape(())
            gap, uncut, turned, nothing = (
                _gap_of_row(f, u, weight, p) for p in (sums.clamp(-1, 1), sums, -sums.clamp(-1, 1), 0 * sums))
            if same(answer, (2 * gap).sqrt()):
                continue
            recognise(answer, {
                "that is the gap; what does it say about the distance?": gap,
                "the gap bounds half the square of the distance.": gap.sqrt(),
                "that is the distance to the data, not to the solution.": (u - f).norm(),
                "cut p to [-1, 1]: one that is longer proves nothing.": (2 * uncut).sqrt(),
                "p is U - F, not F - U, over the weight.": (2 * turned).sqrt(),
                "p = 0 is feasible and proves little; take the p of the running sums.": (2 * nothing).sqrt()})
            expect(bool(answer.isfinite()), "the root of a negative number: is p feasible, and the gap P - Q?")
            expect(False, f"for a row of 12 pixels and weight {weight} {told(answer, (2 * gap).sqrt())}.")
