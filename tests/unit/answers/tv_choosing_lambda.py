"""Right and wrong answers to the exercises of chapter "tv/choosing_lambda"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import tv_choosing_lambda as checks

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


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.our_weight, "half is missing")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 255)
wrong(checks.our_weight, "channels included")(lambda w, shape: w * shape[1] * shape[2] / 2 / 255)
wrong(checks.our_weight, "from 0 to 255")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2)
wrong(checks.our_weight, "the wrong way")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2 * 255)
wrong(checks.our_weight, "255 twice")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2 / 255**2)
wrong(checks.our_weight, "elements is missing")(lambda w, shape: w / 2 / 255)
wrong(checks.our_weight, "expected 0.01807")(lambda w, shape: 2e-3)

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
