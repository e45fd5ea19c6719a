"""Right and wrong answers to the exercises of chapter "further/missing"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg import tv
from diffimg.checks import further_missing as checks
from diffimg.resample import resize

# right answers, written otherwise than in the book --------------------------------------------------------------------

@right(checks.shrunk_twice)
def by_resize():
    row = torch.tensor([6.0, 2.0, torch.nan, 10.0])
    two = resize(row, (2,), kernel="area", valid=~row.isnan())
    return torch.cat([two, resize(two, (1,), kernel="area"), resize(row, (1,), kernel="area", valid=~row.isnan())])


right(checks.shrunk_twice)(lambda: [4, 10, 7, 6])
right(checks.shrunk_twice)(lambda: torch.tensor([4, 10, 7, 6]).numpy())
right(checks.shrunk_twice)(lambda: ((6 + 2) / 2, 10 / 1, (4 + 10) / 2, (6 + 2 + 10) / 3))


@right(checks.tv_inside)
def by_package(u, valid):
    pairs = tv.gradient(valid[None].to(u)) + 1  # 1 where both or none
    here = torch.stack([valid, valid])
    return (tv.gradient(u.masked_fill(~valid, 0)[None])[0].abs() * here * (pairs[0] == 1)).sum()


@right(checks.tv_inside)
def by_picked_pairs(u, valid):
    down, right_ = valid[1:] & valid[:-1], valid[:, 1:] & valid[:, :-1]
    return (u[1:][down] - u[:-1][down]).abs().sum() + (u[:, 1:][right_] - u[:, :-1][right_]).abs().sum()


@right(checks.tv_inside)
def by_convolution(u, valid):
    both = [torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0], [1.0]])]
    total = 0
    for ones in both:
        k = ones.to(u)[None, None]
        step = k.clone()
        step.view(-1)[0] = -1
        count = F.conv2d(valid[None, None].to(u), k)
        total = total + (F.conv2d(torch.where(valid, u, 0)[None, None], step).abs() * (count == 2)).sum()
    return total


@right(checks.tv_inside)
def by_loops(u, valid):
    total = 0
    for i in range(u.shape[0]):
        for j in range(u.shape[1]):
            for k, m in ((i + 1, j), (i, j + 1)):
                if k < u.shape[0] and m < u.shape[1] and valid[i, j] and valid[k, m]:
                    total = total + (u[k, m] - u[i, j]).abs()
    return total


# wrong answers, and words that the reply must contain -----------------------------------------------------------------

wrong(checks.shrunk_twice, "takes the missing pixel for 0")(lambda: (4, 5, 4.5, 4.5))
wrong(checks.shrunk_twice, "counts a third")(lambda: (4, 10, 7, 7))
wrong(checks.shrunk_twice, "count alike")(lambda: (4, 10, 6, 6))
wrong(checks.shrunk_twice, "exchanged")(lambda: (4, 10, 6, 7))
wrong(checks.shrunk_twice, "fills the gap")(lambda: (4, 8, 6, 6))
wrong(checks.shrunk_twice, "four numbers")(lambda: (4, 10, 7))
wrong(checks.shrunk_twice, "Leave the missing pixel out")(lambda: (4, 10, 7, 6.5))

wrong(checks.tv_inside, "whole image")(lambda u, valid: tv.total_variation(u[None], isotropic=False))
wrong(checks.tv_inside, "counts as an edge")(
    lambda u, valid: tv.total_variation(torch.where(valid, u, 0)[None], isotropic=False))
wrong(checks.tv_inside, "first pixel is valid")(
    lambda u, valid: (tv.gradient(u[None])[0].abs() * valid).sum())
wrong(checks.tv_inside, "those are the squares")(
    lambda u, valid: (tv.gradient(u[None])[0]**2 * both(valid)).sum())
wrong(checks.tv_inside, "half of it")(
    lambda u, valid: (tv.gradient(u[None])[0].abs() * both(valid)).sum() / 2)
wrong(checks.tv_inside, "fill before you subtract")(
    lambda u, valid: (tv.gradient(u[None])[0].abs() * both(valid)).sum())
wrong(checks.tv_inside, "lost its graph")(lambda u, valid: by_picked_pairs(u.detach(), valid))
wrong(checks.tv_inside, "one number")(lambda u, valid: tv.gradient(u[None])[0].abs() * both(valid))


@wrong(checks.tv_inside, "entries that are not finite")
def hidden_behind(u, valid):
    return torch.where(both(valid), tv.gradient(u[None])[0].square().sqrt(), 0).sum()


def both(valid):
    down, right_ = torch.zeros_like(valid), torch.zeros_like(valid)
    down[:-1], right_[:, :-1] = valid[1:] & valid[:-1], valid[:, 1:] & valid[:, :-1]
    return torch.stack([down, right_])
