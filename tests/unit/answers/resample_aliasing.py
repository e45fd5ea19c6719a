"""Right and wrong answers to the exercises of chapter "resample/aliasing"."""

import math

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import resample_aliasing as checks
from diffimg.linear import adjoint, as_matrix
from diffimg.resample import resample_matrix, resize


def enlarge(x, r):
    return F.interpolate(x[None, None], scale_factor=float(r), mode="bilinear")[0, 0]


@right(checks.recover)
def recover_by_pinv(y, r):
    left, right = [torch.linalg.pinv(resample_matrix(n // r, n, dtype=y.dtype)) for n in y.shape]
    return left @ y @ right.mT


@right(checks.recover)
def recover_by_lstsq(y, r):
    """All unknowns at once, with a matrix that resample_matrix did not make."""
    h, w = (n // r for n in y.shape)
    U = as_matrix(lambda x: enlarge(x, r), (h, w), dtype=y.dtype)
    return torch.linalg.lstsq(U, y.flatten()[:, None]).solution.reshape(h, w)


@right(checks.recover)
def recover_axis_by_axis(y, r):
    """Back substitution: each pair of pixels of a row gives two of the row before."""
    for _ in range(2):
        U = resample_matrix(y.shape[0] // r, y.shape[0], dtype=torch.float64)
        y = torch.linalg.solve(U.mT @ U, U.mT @ y.double()).to(y.dtype).mT
    return y


@right(checks.recover)
def recover_by_qr(y, r):
    for _ in range(2):
        Q, R = torch.linalg.qr(resample_matrix(y.shape[0] // r, y.shape[0], dtype=y.dtype))
        y = torch.linalg.solve_triangular(R, Q.mT @ y, upper=True).mT
    return y


@right(checks.averaged_stripes)
def by_pooling():
    return F.avg_pool1d(torch.tensor([[1.0, 1, 0, 0] * 3]), 3)[0]


@right(checks.averaged_stripes)
def by_area():
    return resize(torch.tensor([1.0, 1, 0, 0] * 3), (4,), kernel="area")


right(checks.averaged_stripes)(lambda: (2 / 3, 2 / 3, 1 / 3, 1 / 3))
right(checks.averaged_stripes)(lambda: torch.tensor([4, 4, 2, 2]) / 6)


def transposed(y, r):
    return adjoint(lambda x: enlarge(x, r), (y.shape[0] // r, y.shape[1] // r))(y)


right(checks.seen_as)(lambda f, r: (r * f - (r * f).round()).abs())
right(checks.seen_as)(lambda f, r: (2 * math.pi * r * f).cos().clamp(-1, 1).double().arccos().to(f) / (2 * math.pi))
right(checks.seen_as)(lambda f, r: 0.5 - ((r * f) % 1 - 0.5).abs())
right(checks.seen_as)(lambda f, r: torch.minimum((r * f) % 1, 1 - (r * f) % 1))


wrong(checks.seen_as, "beyond 1/2 nobody can see")(lambda f, r: r * f)
wrong(checks.seen_as, "0.2 backwards")(lambda f, r: (r * f) % 1)
wrong(checks.seen_as, "cycles per pixel of the photograph")(lambda f, r: (r * f - (r * f).round()).abs() / r)
wrong(checks.seen_as, "do not stop at it")(lambda f, r: (r * f).clamp(max=0.5))
wrong(checks.seen_as, "does not vanish")(lambda f, r: torch.where(r * f > 0.5, 0, r * f))
wrong(checks.seen_as, "without turning round")(lambda f, r: (r * f) % 0.5)
wrong(checks.seen_as, "faster for the viewer")(lambda f, r: f / r)
wrong(checks.seen_as, "frequency in the photograph")(lambda f, r: f)
wrong(checks.seen_as, "no sign")(lambda f, r: r * f - (r * f).round())
wrong(checks.seen_as, "as the viewer sees")(lambda f, r: (r * f - (r * f).round()).abs() + 0.01)
wrong(checks.seen_as, "one frequency for each")(lambda f, r: (r * f).sum())

wrong(checks.recover, "antialiased thumbnail: U")(
    lambda y, r: F.interpolate(y[None, None], scale_factor=1 / r, mode="bilinear", antialias=True)[0, 0])
wrong(checks.recover, "for an even r")(
    lambda y, r: F.interpolate(y[None, None], scale_factor=1 / r, mode="bilinear")[0, 0])
wrong(checks.recover, "averages blocks")(lambda y, r: F.avg_pool2d(y[None], r)[0])
wrong(checks.recover, "pixel r i of y")(lambda y, r: y[::r, ::r])
wrong(checks.recover, "not an inverse")(lambda y, r: transposed(y, r))
wrong(checks.recover, "but for the border")(lambda y, r: transposed(y, r) / r**2)
wrong(checks.recover, "the result has shape")(lambda y, r: y)
wrong(checks.recover, "up to 0.01 away")(lambda y, r: recover_by_pinv(y, r) + 0.01)

wrong(checks.averaged_stripes, "every third pixel; averages")(lambda: [1, 0, 0, 1])
wrong(checks.averaged_stripes, "from the second on")(lambda: [1, 0, 1, 0])
wrong(checks.averaged_stripes, "do not remove")(lambda: [0.5, 0.5, 0.5, 0.5])
wrong(checks.averaged_stripes, "unchanged")(lambda: [1, 1, 0, 0])
wrong(checks.averaged_stripes, "divides by three")(lambda: [2, 2, 1, 1])
wrong(checks.averaged_stripes, "begin anew")(lambda: [2 / 3, 1 / 3, 2 / 3, 1 / 3])
wrong(checks.averaged_stripes, "four numbers")(lambda: 0.5)
wrong(checks.averaged_stripes, "the threes are")(lambda: [0.67, 0.67, 0.33, 0.33])
wrong(checks.seen_as, "as the viewer sees")(lambda f, r: (r * f - (r * f).round()).abs().round(decimals=3))
wrong(checks.recover, "away from x")(lambda y, r: recover_by_pinv(y, r).round(decimals=2))
wrong(checks.recover, "the result has shape")(lambda y, r: recover_by_pinv(y, r).mT)
