"""Right and wrong answers to the exercises of chapter "tv/rof"."""

import math

import torch
from answering import right, wrong

from diffimg.checks import tv_rof as checks
from diffimg.tv import denoise_tv, divergence, gradient

# right answers --------------------------------------------------------------------------------------------------------

right(checks.duality_gap)(
    lambda u, p, f, weight: (u - f - weight * divergence(p)).square().sum() / 2 + weight * (
        gradient(u).abs() - gradient(u) * p).sum())

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


@right(checks.plateau)
def denoised():
    row = torch.tensor([0.0, 3, 0], dtype=torch.float64).repeat_interleave(4)
    u = denoise_tv(row[None, None], 2.0, tol=1e-13)[0, 0].round(decimals=4)
    return u[0], u[5], 4


right(checks.plateau)(lambda: (0.5, 2, 4))
right(checks.plateau)(lambda: [2 / 4, 3 - 2 * 2 / 4, 3 / (1 / 4 + 2 / 4)])
right(checks.plateau)(lambda: torch.tensor([[0.5, 2.0, 4.0]]))


def row_terms(f, u, weight, cut=True, sign=1):
    """The field of a row as (2, 1, n), and its gap as |misfit|^2 and slack."""
    p = sign * (u - f).cumsum(0) / weight
    p = p.clamp(-1, 1) if cut else p
    field = torch.stack([0 * p, p])[:, None]
    Du = gradient(u[None, None])[0]
    return (u - f - weight * divergence(field[None]).flatten()).square().sum(), (Du.abs() - Du * field).sum()


@right(checks.proved)
def by_terms(f, u, weight):
    fit, slack = row_terms(f, u, weight)
    return (fit + 2 * weight * slack).sqrt()


@right(checks.proved)
def by_objectives(f, u, weight):
    p = torch.cumsum(u - f, 0)[:-1].div(weight).clamp(-1, 1)
    v = f.clone()
    v[:-1] += weight * p
    v[1:] -= weight * p
    primal = (u - f).square().sum() / 2 + weight * u.diff().abs().sum()
    return math.sqrt(max(0.0, 2 * float(primal - (f.square().sum() - v.square().sum()) / 2)))


@right(checks.proved)
def pixel_by_pixel(f, u, weight):
    p = [max(-1.0, min(1.0, float((u[:k] - f[:k]).sum()) / weight)) for k in range(1, len(f))]
    p, steps = [0.0, *p, 0.0], u.diff().tolist()
    fit = sum((float(u[k] - f[k]) - weight * (p[k + 1] - p[k]))**2 for k in range(len(f)))
    return [(fit + 2 * weight * sum(abs(d) - d * x for d, x in zip(steps, p[1:-1], strict=True)))**0.5]


@right(checks.proved)
def by_padding(f, u, weight):
    p = torch.nn.functional.pad(((u.cumsum(0) - f.cumsum(0)) / weight)[:-1].clamp(-1, 1), (1, 1))
    return torch.hypot((u - f - weight * p.diff()).norm(), (
        2 * weight * (u.diff().abs() - u.diff() * p[1:-1]).sum()).sqrt())


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

wrong(checks.proved, "what does it say about the distance")(
    lambda f, u, w: row_terms(f, u, w)[0] / 2 + w * row_terms(f, u, w)[1])
wrong(checks.proved, "half the square")(lambda f, u, w: (row_terms(f, u, w)[0] / 2 + w * row_terms(f, u, w)[1]).sqrt())
wrong(checks.proved, "distance to the data")(lambda f, u, w: (u - f).norm())
wrong(checks.proved, "cut p to|root of a negative")(
    lambda f, u, w: (row_terms(f, u, w, cut=False)[0] + 2 * w * row_terms(f, u, w, cut=False)[1]).sqrt())
wrong(checks.proved, "root of a negative")(
    lambda f, u, w: (-row_terms(f, u, w)[0] - 2 * w * row_terms(f, u, w)[1]).sqrt())
wrong(checks.proved, "not F - U")(
    lambda f, u, w: (row_terms(f, u, w, sign=-1)[0] + 2 * w * row_terms(f, u, w, sign=-1)[1]).sqrt())
wrong(checks.proved, "proves little")(
    lambda f, u, w: ((u - f).square().sum() + 2 * w * u.diff().abs().sum()).sqrt())
wrong(checks.proved, "for a row of 12 pixels")(lambda f, u, w: row_terms(f, u, w)[0].sqrt())
wrong(checks.proved, "expected one number")(lambda f, u, w: u)
