"""Right and wrong answers to the exercises of chapter "resample/diagnosis"."""

import numpy as np
import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import resample_diagnosis as checks

# what the ramp becomes ------------------------------------------------------------------------------------------------

right(checks.ramp_ends)([[1, 28], [0, 27], [0, 29]])
right(checks.ramp_ends)(((1.0, 28.0), (0.0, 27.0), (0.0, 29.0)))
right(checks.ramp_ends)(np.array([[1, 28], [0, 27], [0, 29]]))


@right(checks.ramp_ends)
def by_pytorch():
    ramp = torch.arange(30.0).reshape(1, 1, 30)
    half, corners = (F.interpolate(ramp, 10, mode="linear", align_corners=flag)[0, 0, [0, -1]]
                     for flag in (False, True))
    return torch.stack([half, ramp[0, 0, ::3][[0, -1]], corners])


wrong(checks.ramp_ends, "last ½ is missing")([[1.5, 28.5], [0, 27], [0, 29]])
wrong(checks.ramp_ends, "nothing lies at 30")([[1, 28], [0, 27], [0, 30]])
wrong(checks.ramp_ends, "does not reach")([[0, 29], [0, 27], [0, 29]])
wrong(checks.ramp_ends, "j = 9")([[1, 31], [0, 30], [0, 29]])
wrong(checks.ramp_ends, "for align_corners")([[1, 28], [0, 27], [0, 28]])
wrong(checks.ramp_ends, "three pairs")([1, 28, 0, 27, 0, 29])


# the grid of a ramp ---------------------------------------------------------------------------------------------------

def maps(m, n):
    j = torch.arange(float(m))
    return torch.stack([(j + 0.5) * n / m - 0.5, j * n / m, j * (n - 1) / (m - 1)])


@right(checks.which_grid)
def by_median(ramp, n):
    return (maps(len(ramp), n).to(ramp) - ramp)[:, 3:-3].abs().median(1).values.argmin()


@right(checks.which_grid)
def by_means_of_the_halves(ramp, n):
    off = (ramp - maps(len(ramp), n).to(ramp))[:, 4:-4]
    half = off.shape[1] // 2
    return int((off[:, :half].mean(1).abs() + off[:, half:].mean(1).abs()).argmin())


@right(checks.which_grid)
def by_a_fitted_line(ramp, n):
    m = len(ramp)
    j, y = np.arange(m)[3:-3], ramp.cpu().numpy()[3:-3]
    slope, start = np.polyfit(j, y, 1)
    lines = [(n / m, n / m / 2 - 0.5), (n / m, 0), ((n - 1) / (m - 1), 0)]
    return int(np.argmin([abs(start + slope * j - a * j - b).sum() for a, b in lines]))


@right(checks.which_grid)
def by_absolute_differences(ramp, n):
    return torch.tensor([float((ramp - x.to(ramp))[3:-3].abs().sum()) for x in maps(len(ramp), n)]).argmin()


wrong(checks.which_grid, "Do its ends mislead you")(lambda ramp, n: (maps(len(ramp), n).to(ramp) - ramp).abs().max(1)
                                                    .values.argmin())
wrong(checks.which_grid, "for asymmetric")(lambda ramp, n: 0)
wrong(checks.which_grid, "one number")(lambda ramp, n: maps(len(ramp), n).to(ramp) - ramp)
wrong(checks.which_grid, "you found")(lambda ramp, n: int(ramp[5] > 0))
wrong(checks.which_grid, "you found")(
    lambda ramp, n: 0 if abs(ramp[len(ramp) // 2] - (n - 1) / 2) < 0.1 else 1)


# the gradient through a library ---------------------------------------------------------------------------------------

def matrices(f, H, W):
    """The two matrices, transposed: row i is what became of line i."""
    W_h = np.stack([f(np.repeat(e[None], H, 0))[0] for e in np.eye(W)])
    W_v = np.stack([f(np.repeat(e[:, None], W, 1))[:, 0] for e in np.eye(H)])
    return W_v, W_h


@right(checks.gradient_through)
def by_matrices(f, x, G):
    W_v, W_h = matrices(f, *x.shape)
    return W_v @ G @ W_h.T


@right(checks.gradient_through)
def by_einsum(f, x, G):
    W_v, W_h = map(torch.from_numpy, matrices(f, *x.shape))
    return torch.einsum("ia,ab,jb->ij", W_v, torch.from_numpy(G), W_h)


@right(checks.gradient_through)
def by_autograd(f, x, G):
    W_v, W_h = map(torch.from_numpy, matrices(f, *x.shape))
    image = torch.from_numpy(x).requires_grad_()
    return torch.autograd.grad(W_v.mT @ image @ W_h, image, torch.from_numpy(G))[0]


@right(checks.gradient_through)
def by_differences_from_gray(f, x, G):
    H, W = x.shape
    gray = f(np.full((H, W), 0.5))
    W_h = np.stack([(f(0.5 + np.repeat(e[None], H, 0)) - gray).mean(0) for e in np.eye(W)])
    W_v = np.stack([(f(0.5 + np.repeat(e[:, None], W, 1)) - gray).mean(1) for e in np.eye(H)])
    return W_v @ G @ W_h.T


def pixel_by_pixel(f, x, G):
    g = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[place] = 1
        g[place] = (G * f(e)).sum()
    return g


wrong(checks.gradient_through, "right, in 63 calls")(pixel_by_pixel)
wrong(checks.gradient_through, "and not G")(lambda f, x, G: by_matrices(f, x, f(x)))
wrong(checks.gradient_through, "other sign")(lambda f, x, G: -by_matrices(f, x, G))
wrong(checks.gradient_through, "has shape")(lambda f, x, G: by_matrices(f, x, G).T)
wrong(checks.gradient_through, "to")(lambda f, x, G: 2 * by_matrices(f, x, G))
