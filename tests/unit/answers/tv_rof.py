"""Right and wrong answers to the exercises of chapter "tv/rof"."""

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
