"""Checks of the exercises in chapter "tv/rof"."""

import torch

from ..images import noise
from ..tv import divergence, gradient
from ._shared import close, exercise, expect, recognise, same, told


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


def _pair(x, y):
    return torch.tensor([x, y])


def _wrong_moves(a, b, n1, n2, weight, sign):
    wrong = {"here the first plateau is the higher one, and comes down.": _pair(a + weight / n1, b - weight / n2)}
    return (wrong if sign < 0 else {}) | {
        "both move by the whole weight; a long plateau moves less.": _pair(a + sign * weight, b - sign * weight),
        "the lengths are exchanged: each plateau shares the weight among its own pixels.":
            _pair(a + sign * weight / n2, b - sign * weight / n1),
        "they move apart; TV pulls them together.": _pair(a - sign * weight / n1, b + sign * weight / n2),
        "a plateau at the end of the row has one border, not two.":
            _pair(a + 2 * sign * weight / n1, b - 2 * sign * weight / n2)}


@exercise(praise="the plateaus approach each other, each by weight over its own length, "
                 "and stay together once they meet.",
          hint="How many borders does each plateau have, and how many pixels share what a border pays?")
def two_levels(solution):
    for a, b, n1, n2, weight in ((0.0, 1.0, 2, 3, 0.3), (0.9, 0.1, 4, 2, 0.4), (0.2, 1.4, 1, 5, 0.0),
                                 (0.0, 1.0, 2, 3, 1.1), (0.0, 1.0, 2, 3, 1.3), (2.0, -1.0, 1, 3, 9.0),
                                 (0.4, 0.4, 3, 1, 0.2), (0.0, 1.0, 1, 4, 1.0), (0.0, 1.0, 5, 1, 0.8)):
        answer = solution(a, b, n1, n2, weight)
        where = f"{n1} pixels of {a:g}, then {n2} of {b:g}, with the weight {weight:g}"
        expect(answer.shape == (2,), f"the result has shape {tuple(answer.shape)}, expected two numbers.")
        mean, sign = (n1 * a + n2 * b) / (n1 + n2), (b > a) - (b < a)
        meet = weight * (1 / n1 + 1 / n2) >= abs(b - a)
        free = _pair(a + sign * weight / n1, b - sign * weight / n2)
        expected = _pair(mean, mean) if meet else free
        if same(answer, expected):
            continue
        if weight > 0 and not meet:
            recognise(answer, _wrong_moves(a, b, n1, n2, weight, sign))
            recognise(answer, {"that is the mean already; the weight is not large enough for it.": _pair(mean, mean)})
        if meet and sign:
            recognise(answer, {
                "they have passed each other; once they meet, they stay. How much do both move together?": free,
                "they meet half-way between the two values; the mean of the pixels counts the longer one more.":
                    _pair((a + b) / 2, (a + b) / 2)})
        expect(False, f"{where}: {told(answer, expected)}.")


def _to_balls(v):
    return v / _length(v).clamp(min=1)


def _wrong_steps(p, f, weight):
    u, turned = f + weight * divergence(p), f - weight * divergence(p)
    step = gradient(u) / (8 * weight)
    return {
        "the step is right, but p may have left the unit balls: project.": p + step,
        "that shortens each component by itself: the isotropic ball is round.": (p + step).clamp(-1, 1),
        "that makes every vector 1 long; shorten only those that are longer.":
            (p + step) / _length(p + step).clamp(min=1e-12),
        "that goes downhill.": _to_balls(p - step),
        "the sign of D^T p is turned: u = f + weight * divergence(p).": _to_balls(p + gradient(turned) / (8 * weight)),
        "that is the slope at p = 0: use u = f - weight * D^T p.": _to_balls(p + gradient(f) / (8 * weight)),
        "D^T p is multiplied by weight in u.": _to_balls(p + gradient(f + divergence(p)) / (8 * weight)),
        "the slope is weight * D u, and the step 1/(8 weight^2): one weight remains below.":
            _to_balls(p + gradient(u) / (8 * weight**2)),
        "the step lacks the weight: 1/(8 weight^2) times the slope weight * D u.": _to_balls(p + gradient(u) / 8),
        "the slope of Q has a factor weight, and the step 1/(8 weight^2).": _to_balls(p + weight * gradient(u) / 8),
        "that is Chambolle's semi-implicit step.": (p + step) / (1 + _length(step)),
        "the step is 1/8, not 1/4, of 1/weight^2.": _to_balls(p + gradient(u) / (4 * weight))}


@exercise(praise="uphill by 1/(8 weight^2) times weight D u, and back into the balls.",
          hint="Which u belongs to p, and what is the slope of Q there? A step may leave the balls.")
def dual_ascent(solution):
    for seed, shape, weight in ((0, (1, 4, 5), 0.1), (3, (1, 3, 4), 0.5), (6, (1, 2, 3), 2.0)):
        f, p = noise(shape, seed=seed), _to_balls(noise((1, 2, *shape[1:]), seed=seed + 1))
        answer = solution(p.clone(), f.clone(), weight)
        expect(answer.shape == p.shape, f"the result has shape {tuple(answer.shape)}, expected that of p, "
               f"{tuple(p.shape)}.")
        right = _to_balls(p + gradient(f + weight * divergence(p)) / (8 * weight))
        if same(answer, right) or close(answer, right, 1.5e-7):  # torch.renorm adds 1e-7 to a length
            continue
        recognise(answer, _wrong_steps(p, f, weight))
        expect(False, f"for noise of shape {shape} and weight {weight} {told(answer, right, 'p is')}.")
