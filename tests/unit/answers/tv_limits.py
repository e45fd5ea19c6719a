"""Right and wrong answers to the exercises of chapter "tv/limits"."""

import torch
from answering import right, wrong

from diffimg.checks import tv_limits as checks
from diffimg.tv import denoise_tv

# right answers --------------------------------------------------------------------------------------------------------

@right(checks.stripe_contrast)
def stripe_contrast(height, width, weight):
    return max(height - 4 * weight / width, 0.0)


@wrong(checks.refit, "do not touch were taken for one")
def means_of(f, which):
    together = (which[:, None] == which).to(f)
    return together @ f / together.sum(1)


@right(checks.refit)
def refit(f, u):
    return means_of(f, torch.cat([torch.zeros(1), (u.diff() != 0).to(f)]).cumsum(0))


@right(checks.fill_in)
def fill_in(f, mask, weight, steps):
    u = f
    for _ in range(steps):
        u = denoise_tv(u - mask * u + f, weight)
    return u


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.stripe_contrast, "stripes that meet have vanished")(
    lambda height, width, weight: height - 4 * weight / width)
wrong(checks.stripe_contrast, "the dark ones rise as well")(
    lambda height, width, weight: max(height - 2 * weight / width, 0.0))
wrong(checks.stripe_contrast, "two kinds of stripes")(lambda height, width, weight: height - weight / width)
wrong(checks.stripe_contrast, "what is lost, not")(lambda height, width, weight: 4 * weight / width)
wrong(checks.stripe_contrast, "divide by the width")(lambda height, width, weight: max(height - 4 * weight, 0.0))
wrong(checks.stripe_contrast, "loses 2 weight / width")(lambda height, width, weight: height - 8 * weight / width)
wrong(checks.stripe_contrast, "expected one number")(lambda height, width, weight: [height, 0.0])
wrong(checks.stripe_contrast, "after weight")(lambda height, width, weight: height)

wrong(checks.refit, "that is u")(lambda f, u: u)
wrong(checks.refit, "that is the data")(lambda f, u: f)
wrong(checks.refit, "the mean of everything")(lambda f, u: f.mean().expand(f.shape))
wrong(checks.refit, "for the data .* you returned")(lambda f, u: refit(f, u) + 0.01)
wrong(checks.refit, "that is u")(lambda f, u: refit(u, f))
wrong(checks.refit, r"shape \(\), expected")(lambda f, u: f.mean())


@wrong(checks.fill_in, "bring them back")
def denoised_again(f, mask, weight, steps):
    for _ in range(steps):
        f = denoise_tv(f, weight)
    return f


@wrong(checks.fill_in, "exchanged")
def filled_where_known(f, mask, weight, steps):
    u = f
    for _ in range(steps):
        u = denoise_tv(torch.where(mask > 0, u, f), weight)
    return u


wrong(checks.fill_in, "as if black were data")(lambda f, mask, weight, steps: denoise_tv(f, weight))
wrong(checks.fill_in, "off by")(lambda f, mask, weight, steps: fill_in(f, 1 - mask, weight, steps))
wrong(checks.fill_in, "went back after denoising")(
    lambda f, mask, weight, steps: torch.where(mask > 0, f, fill_in(f, mask, weight, steps)))
wrong(checks.fill_in, "too few")(lambda f, mask, weight, steps: fill_in(f, mask, weight, steps - 1))
wrong(checks.fill_in, "too many")(lambda f, mask, weight, steps: fill_in(f, mask, weight, steps + 1))
wrong(checks.fill_in, "nothing was done")(lambda f, mask, weight, steps: f)
wrong(checks.fill_in, "off by")(lambda f, mask, weight, steps: fill_in(f, mask, 2 * weight, steps))
wrong(checks.fill_in, "off by")(
    lambda f, mask, weight, steps: fill_in(torch.where(mask > 0, f, 0.5), mask, weight, steps))
