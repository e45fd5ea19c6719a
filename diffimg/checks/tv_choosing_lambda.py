"""Checks of the exercises in chapter "tv/choosing_lambda"."""

import math

import torch

from ._shared import exercise, expect, numbers, recognise, same, told

# Some values return in another place: a region is a run of equal neighbours, not a value.
SIGNALS = ([0.6, 0.6, 0.6, 0.1, 0.4, 0.4, 0.1, 0.4, 0.4], [0.2, 0.2, 0.2, 0.7, 0.7, 0.2, 0.2, 0.9],
           [0.25, 0.25, 2.0, 1.5], [0.3] * 5)


@exercise(praise="the trace is the number of regions, and the mean of all data is one region.",
          hint="Which pixels are one region at each weight? The mean of a region moves with each of its data.")
def traces(solution):
    answer, expected = solution(), torch.tensor([3.0, 2.0, 1.0])
    expect(answer.numel() == 3, f"the result has shape {tuple(answer.shape)}, expected three numbers.")
    answer = answer.flatten()
    recognise(answer, {
        "those are the jumps; there is one region more.": expected - 1,
        "the mean of all data moves with the data: the last trace is 1, not 0.": torch.tensor([3.0, 2.0, 0.0]),
        "two equal pixels are one region, and count once.": torch.tensor([4.0, 3.0, 1.0]),
        "at 2/3 the peak meets the last pixel, and they are one region from there on.": torch.tensor([3.0, 3.0, 1.0]),
        "that is tr J / N; the trace is a sum over the pixels.": expected / 4,
        "each pixel keeps 1/|R| of its own value, and a region has |R| pixels.": torch.tensor([4.0, 4.0, 4.0])})
    expect(same(answer, expected), f"{told(answer, expected, 'you predicted')}.")


@exercise(praise="mean, sum and range are all accounted for.",
          hint="Multiply the loss so that 1/2 |u - f|^2 stands alone; then divide the image by 255.")
def our_weight(solution):
    for w, shape in ((2e-3, (3, 32, 48)), (0.05, (1, 10, 7))):
        answer, n = solution(w, shape), math.prod(shape)
        expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
        answer, expected = answer.reshape(()), torch.tensor(w * n / 2 / 255, dtype=torch.float64)
        if not same(answer, expected):
            recognise(answer, {
                "the half is missing: mse has no 1/2 before it.": 2 * expected,
                "that is the weight for the image from 0 to 255; from 0 to 1 it is 255 times smaller.": 255 * expected,
                "the wrong way: the image becomes 255 times smaller, and so does the weight.": 255**2 * expected,
                "divided by 255 twice: the squares shrink by 255^2, but the variation by 255.": expected / 255,
                "mse divides by the number of all elements, channels included.": expected / shape[0],
                "the number of elements is missing: mse is a mean, the variation is a sum.": expected / n,
                "divided by the number of elements: multiply the whole loss by N.": expected / n**2})
        expect(same(answer, expected), f"for w = {w} and the shape {shape} {told(answer, expected)}.")


def _runs(u):
    """The runs of equal neighbours as (first, one past the last), found pixel by pixel."""
    starts = [i for i in range(len(u)) if i == 0 or u[i] != u[i - 1]]
    return list(zip(starts, [*starts[1:], len(u)], strict=True))


def _slopes(u):
    """For each pixel -s of its region, the number of its boundaries, and |R|."""
    signed, sizes, counts = ([0.0] * len(u) for _ in range(3))
    for first, last in _runs(u):
        outside = [u[k] for k in (first - 1, last) if 0 <= k < len(u)]
        s = sum(1 if u[first] > v else -1 for v in outside)
        for i in range(first, last):
            signed[i], sizes[i], counts[i] = -s, last - first, len(outside)
    return (torch.tensor(x, dtype=torch.float64) for x in (signed, counts, sizes))


@exercise(praise="each region moves towards its neighbours, the more slowly the larger it is.",
          hint="What is s_R for each run of equal pixels?")
def slope_in_weight(solution):
    for values in SIGNALS:
        u = torch.tensor(values, dtype=torch.float64)
        answer = solution(u.clone())
        expect(answer.shape == u.shape, f"the result has shape {tuple(answer.shape)}, expected {tuple(u.shape)}: one "
               "slope for each pixel.")
        signed, counts, sizes = _slopes(values)
        expected = signed / sizes
        if not same(answer, expected):
            recognise(answer, {
                "the sign is reversed: a peak falls when lambda grows.": -expected,
                "divide by the number of pixels: the region shares one push.": signed,
                "the boundaries need their signs: higher than the neighbour counts 1, lower -1.": -counts / sizes,
                "that is right at single pixels; inside a region all pixels move together.": _each_pixel(u),
                "a region is a run of neighbours: equal values in other places do not belong to it.":
                    _by_value(u, signed)})
        expect(same(answer, expected), f"for u = ({numbers(u)}) {told(answer, expected)}.")


def _each_pixel(u):
    step, zero = u.diff().sign(), torch.zeros(1, dtype=u.dtype)
    return torch.cat([step, zero]) - torch.cat([zero, step])


def _by_value(u, signed):
    """As if all pixels of one value were one region."""
    total = {}
    for first, _ in _runs(u.tolist()):
        total[float(u[first])] = total.get(float(u[first]), 0.0) + float(signed[first])
    return torch.tensor([total[v] / float((u == v).sum()) for v in u.tolist()], dtype=u.dtype)


@exercise(praise="the error is estimated without the truth.",
          hint="Look at the SURE equation; what is the trace for a signal?")
def sure_of_signal(solution):
    for values, sigma in zip(SIGNALS, (0.3, 0.2, 0.5, 0.1), strict=True):
        u, n = torch.tensor(values, dtype=torch.float64), len(values)
        f = u + sigma * torch.arange(1.0, n + 1, dtype=torch.float64).sin()
        answer = solution(f.clone(), u.clone(), sigma)
        expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
        answer = answer.reshape(())
        fit, count, different = (u - f).square().mean(), len(_runs(values)), len(set(values))
        expected = fit - sigma**2 + 2 * sigma**2 * count / n
        if not same(answer, expected):
            recognise(answer, {
                "that counts the jumps; there is one region more.": expected - 2 * sigma**2 / n,
                "that counts the different values; two regions may have the same one.":
                    expected + 2 * sigma**2 * (different - count) / n,
                "the energy of the noise, sigma^2, must be subtracted.": expected + sigma**2,
                "the trace counts twice: 2 sigma^2 tr J / N.": expected - sigma**2 * count / n,
                "the trace must be divided by N, like the squares.": fit - sigma**2 + 2 * sigma**2 * count,
                "that is N times the error: divide all by N.": n * expected,
                "sigma is not squared.": fit - sigma + 2 * sigma * count / n,
                "that is the residual alone, which is smallest without any smoothing.": fit,
                "without the trace it is the discrepancy: the residual minus the energy of the noise.": fit - sigma**2})
        expect(same(answer, expected), f"for u = ({numbers(u)}) and sigma = {sigma} {told(answer, expected)}.")
