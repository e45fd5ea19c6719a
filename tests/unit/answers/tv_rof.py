"""Right and wrong answers to the exercises of chapter "tv/rof"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import tv_rof as checks
from diffimg.tv import denoise_tv, divergence, gradient

# right answers --------------------------------------------------------------------------------------------------------

right(checks.duality_gap)(
    lambda u, p, f, weight: (u - f - weight * divergence(p)).square().sum() / 2 + weight * (
        gradient(u).abs() - gradient(u) * p).sum())

right(checks.dual_ascent)(lambda p, f, weight: in_balls(p + gradient(f + weight * divergence(p)) / (8 * weight)))


def in_balls(p):
    return p / p.norm(dim=-3, keepdim=True).clamp(min=1)


@right(checks.two_levels)
def two_levels(a, b, n1, n2, weight):
    mean = (n1 * a + n2 * b) / (n1 + n2)
    if weight >= abs(b - a) * n1 * n2 / (n1 + n2):
        return mean, mean
    sign = 1 if b > a else -1
    return a + sign * weight / n1, b - sign * weight / n2


@right(checks.two_levels)
def by_the_solver(a, b, n1, n2, weight):
    row = torch.tensor([[[a] * n1 + [b] * n2]], dtype=torch.float64)
    return (300 * denoise_tv(row, weight, tol=1e-13)[0, 0, [0, -1]]).round() / 300  # all values are such fractions


right(checks.duality_gap)(
    lambda u, p, f, weight: (u - f).square().sum() / 2 + weight * gradient(u).abs().sum() - (
        f.square().sum() - (f + weight * divergence(p)).square().sum()) / 2)


@right(checks.duality_gap)
def term_by_term(u, p, f, weight):
    misfit = (u - (f + weight * divergence(p))).norm()
    return (misfit**2 / 2 + sum(weight * (abs(d) - d * q) for d, q in zip(
        gradient(u).flatten(), p.flatten(), strict=True)))[None]


@right(checks.duality_gap)
def by_einsum(u, p, f, weight):
    Du, m = gradient(u), (u - f - weight * divergence(p)).flatten()
    return m @ m / 2 + weight * (Du.abs().sum() - torch.einsum("cdij,cdij->", Du, p))


@right(checks.two_levels)
def by_the_smaller_move(a, b, n1, n2, weight):
    share = min(weight, abs(b - a) / (1 / n1 + 1 / n2))
    share = share if b > a else -share
    return [a + share / n1, b - share / n2]


@right(checks.two_levels)
def clamped_at_the_mean(a, b, n1, n2, weight):
    mean = (n1 * a + n2 * b) / (n1 + n2)
    first, second = (x + max(-weight / n, min(weight / n, mean - x)) for x, n in ((a, n1), (b, n2)))
    return torch.tensor([first, second])


@right(checks.dual_ascent)
def by_renorm(p, f, weight):
    moved = (p + ascent(p, f, weight))[0].flatten(1).mT
    return moved.renorm(2, 0, 1.0).mT.reshape(p.shape)


@right(checks.dual_ascent)
def where_longer(p, f, weight):
    moved = p + weight * gradient(f + weight * divergence(p)) / (8 * weight**2)
    length = torch.linalg.vector_norm(moved, dim=1, keepdim=True)
    return torch.where(length > 1, moved / length, moved)


@right(checks.dual_ascent)
def by_autograd(p, f, weight):
    q = p.clone().requires_grad_()
    slope, = torch.autograd.grad(-(f + weight * divergence(q)).square().sum() / 2, q)
    return in_balls(p + slope / (8 * weight**2))


@right(checks.plateau)
def denoised():
    row = torch.tensor([0.0, 3, 0], dtype=torch.float64).repeat_interleave(4)
    u = denoise_tv(row[None, None], 2.0, tol=1e-13)[0, 0].round(decimals=4)
    return u[0], u[5], 4


right(checks.plateau)(lambda: (0.5, 2, 4))
right(checks.plateau)(lambda: [2 / 4, 3 - 2 * 2 / 4, 3 / (1 / 4 + 2 / 4)])
right(checks.plateau)(lambda: torch.tensor([[0.5, 2.0, 4.0]]))


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.plateau, "four pixels share")(lambda: (2, -1, 1))
wrong(checks.plateau, "two borders")(lambda: (0.5, 2.5, 6))
wrong(checks.plateau, "one border")(lambda: (1, 2, 3))
wrong(checks.plateau, "the sides gain")(lambda: (0, 2, 6))
wrong(checks.plateau, "before it is down at 0")(lambda: (0.5, 2, 6))
wrong(checks.plateau, "come first")(lambda: (2, 0.5, 4))
wrong(checks.plateau, "at which they meet is not")(lambda: (0.5, 2, 3))
wrong(checks.plateau, "for the weight 2 you predicted")(lambda: (0.75, 1.5, 4))


def gap_terms(u, p, f, weight):
    return (u - f - weight * divergence(p)).square().sum(), (gradient(u).abs() - gradient(u) * p).sum()


def ascent(p, f, weight):
    return gradient(f + weight * divergence(p)) / (8 * weight)


wrong(checks.duality_gap, "length of the gradient")(
    lambda u, p, f, w: gap_terms(u, p, f, w)[0] / 2 + w * (gradient(u).norm(dim=-3).sum() - (gradient(u) * p).sum()))
wrong(checks.duality_gap, "where is the misfit")(lambda u, p, f, w: w * gap_terms(u, p, f, w)[1])
wrong(checks.duality_gap, "is missing")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] / 2)
wrong(checks.duality_gap, "factor 1/2")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] + w * gap_terms(u, p, f, w)[1])
wrong(checks.duality_gap, "factor weight")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] / 2 + gap_terms(u, p, f, w)[1])
wrong(checks.duality_gap, "sign of D")(lambda u, p, f, w: gap_terms(u, p, f, -w)[0] / 2 + w * gap_terms(u, p, f, w)[1])
wrong(checks.duality_gap, "multiplied by weight")(
    lambda u, p, f, w: gap_terms(u, p, f, 1)[0] / 2 + w * gap_terms(u, p, f, w)[1])
wrong(checks.duality_gap, "not plus")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] / 2 + w * gap_terms(u, -p, f, w)[1])
wrong(checks.duality_gap, "subtract what p proves")(
    lambda u, p, f, w: (u - f).square().sum() / 2 + w * gradient(u).abs().sum())
wrong(checks.duality_gap, "the objective minus the lower bound")(lambda u, p, f, w: u.sum())
wrong(checks.duality_gap, "expected one number")(lambda u, p, f, w: u)

wrong(checks.two_levels, "a long plateau moves less")(lambda a, b, n1, n2, w: (a + w, b - w))
wrong(checks.two_levels, "lengths are exchanged")(lambda a, b, n1, n2, w: (a + w / n2, b - w / n1))
wrong(checks.two_levels, "move apart")(lambda a, b, n1, n2, w: (a - w / n1, b + w / n2))
wrong(checks.two_levels, "one border, not two")(lambda a, b, n1, n2, w: (a + 2 * w / n1, b - 2 * w / n2))
wrong(checks.two_levels, "mean already")(lambda a, b, n1, n2, w: ((n1 * a + n2 * b) / (n1 + n2),) * 2)
wrong(checks.two_levels, "the first plateau is the higher one")(lambda a, b, n1, n2, w: (a + w / n1, b - w / n2))
wrong(checks.two_levels, "passed each other")(
    lambda a, b, n1, n2, w: (a + (1 if b > a else -1) * w / n1, b - (1 if b > a else -1) * w / n2))
wrong(checks.two_levels, "half-way")(
    lambda a, b, n1, n2, w: ((a + b) / 2,) * 2 if two_levels(a, b, n1, n2, w)[0] == two_levels(
        a, b, n1, n2, w)[1] else two_levels(a, b, n1, n2, w))
wrong(checks.two_levels, "How much do both move together")(
    lambda a, b, n1, n2, w: ((n1 * a + n2 * b) / (n1 + n2),) * 2 if w >= abs(b - a) * (n1 + n2) / 4 else (
        a + (1 if b > a else -1) * w / n1, b - (1 if b > a else -1) * w / n2))
wrong(checks.two_levels, "mean already")(
    lambda a, b, n1, n2, w: ((n1 * a + n2 * b) / (n1 + n2),) * 2 if w >= abs(b - a) / 2 else two_levels(
        a, b, n1, n2, w))
wrong(checks.two_levels, "you returned")(lambda a, b, n1, n2, w: (a, b))
wrong(checks.two_levels, "expected two numbers")(lambda a, b, n1, n2, w: a)

wrong(checks.dual_ascent, "left the unit balls")(lambda p, f, w: p + ascent(p, f, w))
wrong(checks.dual_ascent, "the isotropic ball is round")(lambda p, f, w: (p + ascent(p, f, w)).clamp(-1, 1))
wrong(checks.dual_ascent, "only those that are longer")(lambda p, f, w: F.normalize(p + ascent(p, f, w), dim=-3))
wrong(checks.dual_ascent, "downhill")(lambda p, f, w: in_balls(p - ascent(p, f, w)))
wrong(checks.dual_ascent, "sign of D")(lambda p, f, w: in_balls(p + ascent(-p, f, w)))
wrong(checks.dual_ascent, "slope at p = 0")(lambda p, f, w: in_balls(p + ascent(0 * p, f, w)))
wrong(checks.dual_ascent, "multiplied by weight in u")(lambda p, f, w: in_balls(p + ascent(p / w, f, w)))
wrong(checks.dual_ascent, "one weight remains")(lambda p, f, w: in_balls(p + ascent(p, f, w) / w))
wrong(checks.dual_ascent, "lacks the weight")(lambda p, f, w: in_balls(p + ascent(p, f, w) * w))
wrong(checks.dual_ascent, "a factor weight, and the step")(lambda p, f, w: in_balls(p + ascent(p, f, w) * w**2))
wrong(checks.dual_ascent, "semi-implicit")(
    lambda p, f, w: (p + ascent(p, f, w)) / (1 + ascent(p, f, w).norm(dim=-3, keepdim=True)))
wrong(checks.dual_ascent, r"for noise of shape .* p is")(lambda p, f, w: p)
wrong(checks.dual_ascent, "expected that of p")(lambda p, f, w: f)
