"""The taut string: TV denoising of a row without iterations, as a referee that knows nothing of the package."""

import itertools
import math

import torch
from torch import Tensor


def taut_string(y: list[float], weight: float) -> list[float]:
    """The minimiser of 1/2 |u - y|^2 + weight * sum |u[i+1] - u[i]|: the slopes of the shortest path through the tube
    |path - cumulated sum of y| <= weight, whose two ends are fixed (Davies and Kovac, Annals of Statistics 29, 2001).
    """
    n, sums = len(y), [0.0, *itertools.accumulate(y)]
    floor, ceiling = ([*sums[:1], *(s + w for s in sums[1:-1]), sums[-1]] for w in (-weight, weight))
    u, height = [], 0.0
    while (at := len(u)) < n:
        least, most, corners = -math.inf, math.inf, [(n, sums[-1])] * 2
        end, reached = n, sums[-1]  # unless the tube bends
        for k in range(at + 1, n + 1):
            low, high = (floor[k] - height) / (k - at), (ceiling[k] - height) / (k - at)
            if low > most or high < least:
                end, reached = corners[low > most]
                break
            if low >= least:
                least, corners[0] = low, (k, floor[k])
            if high <= most:
                most, corners[1] = high, (k, ceiling[k])
        u += [(reached - height) / (end - at)] * (end - at)
        height = reached
    return u


def taut_rows(f: Tensor, weights: Tensor, spacing: float = 1.0) -> Tensor:
    """Rows (B, 1, W) and a weight for each, in float64."""
    solved = [taut_string(row.tolist(), float(w) / spacing)
              for row, w in zip(f.double()[:, 0], weights.double(), strict=True)]
    return torch.tensor(solved, dtype=torch.float64)[:, None]


def regions(u: Tensor) -> Tensor:
    """For a row (W,) the number of the flat piece that each pixel belongs to."""
    changes = (u.diff().abs() > 1e-9).long()
    return torch.cat([changes.new_zeros(1), changes.cumsum(0)])
