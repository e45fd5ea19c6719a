"""Right and wrong answers to the exercises of chapter "tv/choosing_lambda"."""

import itertools
import math

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import tv_choosing_lambda as checks
from diffimg.tv import denoise_tv

# right answers --------------------------------------------------------------------------------------------------------

right(checks.our_weight)(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2 / 255)

right(checks.sure_of_signal)(lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (2 * runs(u) / len(u) - 1))


def runs(u):
    return 1 + int((u.diff() != 0).sum())


def pushed(u):
    """What each pixel does, and which pixels do it together."""
    step, zero = u.diff().sign(), u.new_zeros(1)
    label = torch.cat([zero, step.abs()]).cumsum(0)
    return torch.cat([step, zero]) - torch.cat([zero, step]), (label[:, None] == label).to(u.dtype)


@right(checks.slope_in_weight)
def slope_in_weight(u):
    push, together = pushed(u)
    return together @ push / together.sum(1)


@right(checks.slope_in_weight)
def run_by_run(u):
    slopes, at = [], 0
    for value, run in itertools.groupby(u.tolist()):
        n = len(list(run))
        beside = [u[k].item() for k in (at - 1, at + n) if 0 <= k < len(u)]
        slopes += [sum((v > value) - (v < value) for v in beside) / n] * n
        at += n
    return torch.tensor(slopes, dtype=u.dtype)


@right(checks.slope_in_weight)
def by_index_add(u):
    values, label, size = u.unique_consecutive(return_inverse=True, return_counts=True)
    up = values.diff().sign()
    s = F.pad(up, (1, 0)) - F.pad(up, (0, 1))
    return -(s / size)[label]


@right(checks.slope_in_weight)
def by_a_projection(u):
    label = u.unique_consecutive(return_inverse=True)[1]
    member = F.one_hot(label).to(u.dtype)
    push = -torch.diff(F.pad(-u.diff().sign(), (1, 1)))
    return member @ torch.linalg.lstsq(member, push[:, None]).solution[:, 0]


right(checks.our_weight)(lambda w, shape: torch.tensor([w * math.prod(shape) / 510], dtype=torch.float64))
right(checks.our_weight)(lambda w, shape: w / 2 * torch.Size(shape).numel() * (1 / 255))
right(checks.our_weight)(lambda w, shape: torch.ones(shape, dtype=torch.float64).sum() * w / 2 / 255)


@right(checks.sure_of_signal)
def by_the_labels(f, u, sigma):
    n = len(u)
    return ((u - f) ** 2).sum() / n - sigma**2 + 2 * sigma**2 / n * len(u.unique_consecutive())


@right(checks.sure_of_signal)
def by_the_trace(f, u, sigma):
    together = pushed(u)[1]
    trace = (together / together.sum(1)).trace()
    return (F.mse_loss(u, f) - sigma**2 + 2 * sigma**2 * trace / len(f))[None]


@right(checks.sure_of_signal)
def pixel_by_pixel(f, u, sigma):
    u, f = u.tolist(), f.tolist()
    new = sum(a != b for a, b in itertools.pairwise(u)) + 1
    return (sum((a - b) ** 2 for a, b in zip(u, f, strict=True)) + sigma**2 * (2 * new - len(u))) / len(u)


@right(checks.traces)
def counted():
    u = denoise_tv(torch.tensor([0.0, 0, 3, 1]).expand(3, 1, 1, 4), torch.tensor([0.5, 1, 3]), tol=1e-10)
    return 1 + (u.diff().abs() > 1e-3).sum(-1)


@right(checks.traces)
def probed():
    x, step = torch.tensor([0.0, 0, 3, 1], dtype=torch.float64), 0.01
    moved = [denoise_tv((x + step * torch.eye(4))[:, None, None], w, tol=1e-14)[:, 0, 0].trace()
             - denoise_tv(x[None, None], w, tol=1e-14).sum() for w in (0.5, 1, 3)]
    return (torch.stack(moved) / step).round(decimals=2)


right(checks.traces)(lambda: (3, 2, 1))
right(checks.traces)(lambda: [[3.0], [2.0], [1.0]])


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.traces, "one region more")(lambda: (2, 1, 0))
wrong(checks.traces, "the last trace is 1, not 0")(lambda: (3, 2, 0))
wrong(checks.traces, "count once")(lambda: (4, 3, 1))
wrong(checks.traces, "at 2/3 the peak meets")(lambda: (3, 3, 1))
wrong(checks.traces, "tr J / N")(lambda: (0.75, 0.5, 0.25))
wrong(checks.traces, "each pixel keeps")(lambda: (4, 4, 4))
wrong(checks.traces, "you predicted 1, 2, 3, expected 3, 2, 1")(lambda: (1, 2, 3))

wrong(checks.our_weight, "half is missing")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 255)
wrong(checks.our_weight, "channels included")(lambda w, shape: w * shape[1] * shape[2] / 2 / 255)
wrong(checks.our_weight, "from 0 to 255")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2)
wrong(checks.our_weight, "the wrong way")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2 * 255)
wrong(checks.our_weight, "255 twice")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2 / 255**2)
wrong(checks.our_weight, "elements is missing")(lambda w, shape: w / 2 / 255)
wrong(checks.our_weight, "expected 0.01807")(lambda w, shape: 2e-3)

wrong(checks.our_weight, "expected one number")(lambda w, shape: (w, shape[0]))
wrong(checks.our_weight, "off by up to|expected")(lambda w, shape: round(w * math.prod(shape) / 510, 5))

wrong(checks.slope_in_weight, "sign is reversed")(lambda u: -slope_in_weight(u))
wrong(checks.slope_in_weight, "number of pixels")(lambda u: pushed(u)[1] @ pushed(u)[0])
wrong(checks.slope_in_weight, "need their signs")(
    lambda u: -(pushed(u)[1] @ F.pad((u.diff() != 0).to(u.dtype), (1, 1)).unfold(0, 2, 1).sum(1)) / pushed(u)[1].sum(1))
wrong(checks.slope_in_weight, "run of neighbours")(
    lambda u: (u[:, None] == u).to(u.dtype) @ pushed(u)[0] / (u[:, None] == u).sum(1))
wrong(checks.slope_in_weight, "move together")(lambda u: pushed(u)[0])
wrong(checks.slope_in_weight, "you returned")(torch.zeros_like)

wrong(checks.sure_of_signal, "counts the jumps")(
    lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (2 * (runs(u) - 1) / len(u) - 1))
wrong(checks.sure_of_signal, "different values")(
    lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (2 * len(u.unique()) / len(u) - 1))
wrong(checks.sure_of_signal, "counts twice")(
    lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (runs(u) / len(u) - 1))
wrong(checks.sure_of_signal, "must be subtracted")(
    lambda f, u, sigma: (u - f).square().mean() + sigma**2 * 2 * runs(u) / len(u))
wrong(checks.sure_of_signal, "divided by N")(lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (2 * runs(u) - 1))
wrong(checks.sure_of_signal, "residual alone")(lambda f, u, sigma: (u - f).square().mean())
wrong(checks.sure_of_signal, "expected one number")(lambda f, u, sigma: (u - f).square())
wrong(checks.sure_of_signal, "for u = ")(lambda f, u, sigma: by_the_labels(f, u, sigma).clamp(min=0.2))
