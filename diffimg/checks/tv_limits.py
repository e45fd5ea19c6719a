"""Checks of the exercises in chapter "tv/limits"."""

import torch

from ..images import blur
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="the pull of an end is shared by all pixels that it has gathered; the slope between stays.",
          hint="Until the weight is 1 an end moves alone. How fast do two pixels move?")
def ends_of_a_ramp(solution):
    answer, expected = solution(), torch.tensor([1.5, 1.5, 2.0, 2.5, 2.5])
    expect(answer.numel() == 5, f"the result has shape {tuple(answer.shape)}, expected five numbers.")
    answer = answer.flatten()
    recognise(answer, {
        "that is the answer for the weight 1; the two ends of two pixels move on.": torch.tensor([1.0, 1, 2, 3, 3]),
        "two pixels that move together share the pull, so they are half as fast.": torch.tensor([2.0] * 5),
        "the ends passed their neighbours; where they meet, they stay together.": torch.tensor([2.0, 1, 2, 3, 2]),
        "inside a slope nothing pulls: one neighbour is higher, one lower.": torch.tensor([1.0, 1.5, 2, 2.5, 3])})
    expect(same(answer, expected), f"{told(answer, expected, 'you predicted')}.")


def _means(f, which):
    together = (which[:, None] == which).to(f)
    return together @ f / together.sum(1)


@exercise(praise="the pieces stay, the contrast is back, and this is the Jacobian times the data.",
          hint="Where does a new piece of u begin? Take the mean of f over each.")
def refit(solution):
    cases = (([0.3, 0.1, 2.2, 2.0, 1.8, 0.5, 0.1], [0.4, 0.4, 1.5, 1.5, 1.5, 0.4, 0.4]),
             ([1.0, 5.0, 2.0, 4.0], [2.0, 4.0, 3.0, 3.0]), ([3.0, 1.0, 2.0], [2.0, 2.0, 2.0]),
             ([0.1, -0.1, 0.9, 1.3, 0.8, 2.0, 2.2], [0.2, 0.2, 1.0, 1.0, 1.0, 1.9, 1.9]))
    for data, denoised in cases:
        f, u = torch.tensor(data), torch.tensor(denoised)
        answer = solution(f.clone(), u.clone())
        expect(answer.shape == f.shape, f"the result has shape {tuple(answer.shape)}, expected {tuple(f.shape)}: one "
               "number for each pixel.")
        which = torch.cat([torch.zeros(1), (u.diff() != 0).to(f)]).cumsum(0)
        expected = _means(f, which)
        if not same(answer, expected):
            together = (which[:, None] == which).to(f)
            recognise(answer, {
                "two pieces of the same height that do not touch were taken for one.": _means(f, u),
                "that is u: its pieces have lost contrast. Average the data over them.": u,
                "that is the data; average them over each piece of u.": f,
                "that is the mean of everything; each piece has its own.": f.mean().expand(f.shape),
                "that is the sum over each piece; divide by its size.": together @ f})
        expect(same(answer, expected), f"for the data ({numbers(f)}) and the denoised row ({numbers(u)}) "
               f"{told(answer, expected)}.")


def _stripes_with_holes(k, n=16):
    x, y = torch.arange(n)[None], torch.arange(n)[:, None]
    image = torch.where((x + y) % (9 + k) < 5, 0.8, 0.0)[None, None]  # what is known may be black
    mask = ((3 * x + 5 * y + x * y) % 7 < 4).to(image)[None, None]
    return mask * image, mask


def _filled(f, mask, denoise, steps):
    u = f
    for _ in range(steps):
        u = denoise(torch.where(mask > 0, f, u))
    return u


@exercise(praise="each missing pixel moves towards its neighbours, a little further in every iteration.",
          hint="u - A^T(A u - f) with A the mask: what is that where the data are known, and what where they are not?")
def fill_in(solution):
    # A blur is a denoiser too, and has no tolerance: an answer is right or not.
    for k, (sigma, steps) in enumerate(((0.7, 6), (1.0, 3))):
        f, mask = _stripes_with_holes(k)

        def denoise(w, sigma=sigma):
            return blur(w, sigma)

        answer = solution(f.clone(), mask.clone(), denoise, steps)
        expect(answer.shape == f.shape, f"the result has shape {tuple(answer.shape)}, expected {tuple(f.shape)}.")
        expected, again = _filled(f, mask, denoise, steps), f
        for _ in range(steps):
            again = denoise(again)
        recognise(answer, {
            "that denoises the holes as if black were data: put the present guess there.": denoise(f),
            "that denoises again and again without the data: bring them back in every iteration.": again,
            "known and unknown are exchanged: the mask is 1 where the data are known.":
                _filled(f, 1 - mask, denoise, steps),
            "a pixel that is 0 may be known, and black: what is known is said by the mask, not by f.":
                _filled(f, (f != 0).to(f), denoise, steps),
            "the data went back after denoising; they come before it, the denoised pixels are the result.":
                torch.where(mask > 0, f, expected),
            "that is one iteration too few.": _filled(f, mask, denoise, steps - 1),
            "that is one iteration too many.": _filled(f, mask, denoise, steps + 1),
            "nothing was done to f.": f})
        expect(same(answer, expected), f"after {steps} iterations {told(answer, expected)}. Put u - mask * u + f into "
               "denoise, and repeat.")
