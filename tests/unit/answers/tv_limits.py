"""Right and wrong answers to the exercises of chapter "tv/limits"."""

import itertools

import torch
from answering import right, wrong

from diffimg.checks import tv_limits as checks
from diffimg.tv import denoise_tv

# right answers --------------------------------------------------------------------------------------------------------

@wrong(checks.refit, "do not touch were taken for one")
def means_of(f, which):
    together = (which[:, None] == which).to(f)
    return together @ f / together.sum(1)


@right(checks.refit)
def refit(f, u):
    return means_of(f, torch.cat([torch.zeros(1), (u.diff() != 0).to(f)]).cumsum(0))


@right(checks.fill_in)
def fill_in(f, mask, denoise, steps):
    u = f
    for _ in range(steps):
        u = denoise(u - mask * u + f)
    return u


@right(checks.fill_in)
def by_steps_down(f, mask, denoise, steps):
    u = f.clone()
    for _ in range(steps):
        slope = mask * (mask * u - f)
        u = denoise(u - slope)
    return u


@right(checks.fill_in)
def in_place(f, mask, denoise, steps):
    u, known = f.clone(), mask.bool()
    for _ in range(steps):
        u[known] = f[known]
        u = denoise(u)
    return u


@right(checks.fill_in)
def by_recursion(f, mask, denoise, steps):
    u = by_recursion(f, mask, denoise, steps - 1) if steps > 1 else f
    return denoise(f + (1 - mask) * u)


@right(checks.refit)
def piece_by_piece(f, u):
    answer = f.clone()
    edges = [0, *((u.diff() != 0).nonzero().flatten() + 1).tolist(), len(u)]
    for first, last in itertools.pairwise(edges):
        answer[first:last] = f[first:last].mean()
    return answer


@right(checks.refit)
def by_counts(f, u):
    _, which, size = u.unique_consecutive(return_inverse=True, return_counts=True)
    return (torch.bincount(which, f) / size)[which].to(f)


@right(checks.refit)
def by_split(f, u):
    sizes = u.unique_consecutive(return_counts=True)[1].tolist()
    return torch.cat([part.mean().expand(len(part)) for part in f.split(sizes)])


@right(checks.ends_of_a_ramp)
def denoised():
    return denoise_tv(torch.arange(5.0).double()[None, None], 2.0, tol=1e-13).round(decimals=4)


right(checks.ends_of_a_ramp)(lambda: (1.5, 1.5, 2, 2.5, 2.5))
right(checks.ends_of_a_ramp)(lambda: [[0.5 + 2 / 2] * 2 + [2.0] + [3.5 - 2 / 2] * 2])
right(checks.ends_of_a_ramp)(lambda: torch.arange(5.0).clamp(1.5, 2.5))


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.ends_of_a_ramp, "for the weight 1")(lambda: (1, 1, 2, 3, 3))
wrong(checks.ends_of_a_ramp, "half as fast")(lambda: [2] * 5)
wrong(checks.ends_of_a_ramp, "passed their neighbours")(lambda: (2, 1, 2, 3, 2))
wrong(checks.ends_of_a_ramp, "inside a slope nothing pulls")(lambda: (1, 1.5, 2, 2.5, 3))
wrong(checks.ends_of_a_ramp, "you predicted 0, 1, 2, 3, 4, expected")(lambda: range(5))
wrong(checks.ends_of_a_ramp, "five numbers")(lambda: (1.5, 2, 2.5))

wrong(checks.refit, "that is u")(lambda f, u: u)
wrong(checks.refit, "that is the data")(lambda f, u: f)
wrong(checks.refit, "the mean of everything")(lambda f, u: f.mean().expand(f.shape))
wrong(checks.refit, "for the data .* you returned")(lambda f, u: refit(f, u) + 0.01)
wrong(checks.refit, "that is u")(lambda f, u: refit(u, f))
wrong(checks.refit, r"shape \(\), expected")(lambda f, u: f.mean())


@wrong(checks.fill_in, "bring them back")
def denoised_again(f, mask, denoise, steps):
    for _ in range(steps):
        f = denoise(f)
    return f


@wrong(checks.fill_in, "exchanged")
def filled_where_known(f, mask, denoise, steps):
    u = f
    for _ in range(steps):
        u = denoise(torch.where(mask > 0, u, f))
    return u


wrong(checks.fill_in, "as if black were data")(lambda f, mask, denoise, steps: denoise(f))
wrong(checks.fill_in, "into denoise, and repeat|exchanged")(
    lambda f, mask, denoise, steps: fill_in(f, 1 - mask, denoise, steps))
wrong(checks.fill_in, "went back after denoising")(
    lambda f, mask, denoise, steps: torch.where(mask > 0, f, fill_in(f, mask, denoise, steps)))
wrong(checks.fill_in, "may be known, and black")(
    lambda f, mask, denoise, steps: fill_in(f, (f != 0).to(f), denoise, steps))
wrong(checks.fill_in, "into denoise, and repeat")(
    lambda f, mask, denoise, steps: fill_in(f, mask, denoise, steps).round(decimals=2))
wrong(checks.fill_in, "too few")(lambda f, mask, denoise, steps: fill_in(f, mask, denoise, steps - 1))
wrong(checks.fill_in, "too many")(lambda f, mask, denoise, steps: fill_in(f, mask, denoise, steps + 1))
wrong(checks.fill_in, "nothing was done")(lambda f, mask, denoise, steps: f)
wrong(checks.fill_in, "into denoise, and repeat")(
    lambda f, mask, denoise, steps: denoise_tv(fill_in(f, mask, denoise, steps), 0.1))
wrong(checks.fill_in, "into denoise, and repeat|exchanged")(
    lambda f, mask, denoise, steps: fill_in(torch.where(mask > 0, f, 0.5), mask, denoise, steps))
