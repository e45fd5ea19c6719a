"""Right and wrong answers to the exercises of chapter "resample/aliasing", for test_checks.py."""

import math

import torch
import torch.nn.functional as F

from diffimg.linear import adjoint, as_matrix
from diffimg.resample import fourier_upsample, resample_matrix


def enlarge(x, r):
    return F.interpolate(x[None, None], scale_factor=float(r), mode="bilinear")[0, 0]


def recover_by_pinv(y, r):
    left, right = [torch.linalg.pinv(resample_matrix(n // r, n, dtype=y.dtype)) for n in y.shape]
    return left @ y @ right.mT


def recover_by_lstsq(y, r):
    """All unknowns at once, with a matrix that resample_matrix did not make."""
    h, w = (n // r for n in y.shape)
    U = as_matrix(lambda x: enlarge(x, r), (h, w), dtype=y.dtype)
    return torch.linalg.lstsq(U, y.flatten()[:, None]).solution.reshape(h, w)


def transposed(y, r):
    return adjoint(lambda x: enlarge(x, r), (y.shape[0] // r, y.shape[1] // r))(y)


def delay(row, d):
    spectrum = torch.fft.rfft(row)
    return torch.fft.irfft(spectrum * torch.exp(-2j * math.pi * d * torch.arange(len(spectrum)) / len(row)), len(row))


def large(row, r):
    return fourier_upsample(row[None], (1, r))[0]


def sum_of_waves(row, r, shift=0.5):
    """With complex waves of both signs, the fastest shared."""
    n = len(row)
    X = torch.fft.fft(row.double())
    place = (torch.arange(n * r) + 0.5) / r - shift
    total = torch.zeros(n * r, dtype=torch.complex128)
    for k in range(-(n // 2), n // 2 + 1):
        total += (0.5 if 2 * abs(k) == n else 1) * X[k % n] * torch.exp(2j * math.pi * k * place.double() / n) / n
    return total.real.to(row.dtype)


def zero_padded_with_phase(row, r):
    n = len(row)
    X = torch.fft.rfft(row)
    X = X * torch.exp(-1j * math.pi * (r - 1) * torch.arange(len(X)) / (n * r))
    if n % 2 == 0:
        X = torch.cat([X[:-1], X[-1:] / 2])
    return r * torch.fft.irfft(X, n * r)


def full_delay(row, r, signed):
    """With all k of the FFT, the upper half as negative frequencies (right) or as it stands (wrong)."""
    N = len(row) * r
    k = torch.fft.fftfreq(N) * N if signed else torch.arange(N)
    return torch.fft.ifft(torch.fft.fft(large(row, r)) * torch.exp(-1j * math.pi * (r - 1) * k / N)).real


RIGHT = [
    ("seen_as", lambda f, r: (r * f - (r * f).round()).abs()),
    ("seen_as", lambda f, r: 0.5 - ((r * f) % 1 - 0.5).abs()),
    ("seen_as", lambda f, r: torch.minimum((r * f) % 1, 1 - (r * f) % 1)),
    ("recover", recover_by_pinv), ("recover", recover_by_lstsq),
    ("fourier_half_pixel", lambda row, r: delay(large(row, r), (r - 1) / 2)),
    ("fourier_half_pixel", sum_of_waves), ("fourier_half_pixel", zero_padded_with_phase),
    ("fourier_half_pixel", lambda row, r: large(row, 2 * r).roll(r - 1)[::2]),
    ("fourier_half_pixel", lambda row, r: full_delay(row, r, signed=True)),
]


WRONG = [
    ("seen_as", lambda f, r: r * f, "beyond 1/2 nobody can see"),
    ("seen_as", lambda f, r: (r * f) % 1, "0.2 backwards"),
    ("seen_as", lambda f, r: (r * f - (r * f).round()).abs() / r, "cycles per pixel of the photograph"),
    ("seen_as", lambda f, r: (r * f).clamp(max=0.5), "do not stop at it"),
    ("seen_as", lambda f, r: torch.where(r * f > 0.5, 0, r * f), "does not vanish"),
    ("seen_as", lambda f, r: (r * f) % 0.5, "without turning round"),
    ("seen_as", lambda f, r: f / r, "faster for the viewer"),
    ("seen_as", lambda f, r: f, "frequency in the photograph"),
    ("seen_as", lambda f, r: r * f - (r * f).round(), "no sign"),
    ("seen_as", lambda f, r: (r * f - (r * f).round()).abs() + 0.01, "the viewer sees .* you returned"),
    ("seen_as", lambda f, r: (r * f).sum(), "one frequency for each"),
    ("recover", lambda y, r: F.interpolate(y[None, None], scale_factor=1 / r, mode="bilinear", antialias=True)[0, 0],
     "antialiased thumbnail: U"),
    ("recover", lambda y, r: F.interpolate(y[None, None], scale_factor=1 / r, mode="bilinear")[0, 0], "for an even r"),
    ("recover", lambda y, r: F.avg_pool2d(y[None], r)[0], "averages blocks"),
    ("recover", lambda y, r: y[::r, ::r], "pixel r i of y"),
    ("recover", lambda y, r: transposed(y, r), "not an inverse"),
    ("recover", lambda y, r: transposed(y, r) / r**2, "but for the border"),
    ("recover", lambda y, r: y, "the result has shape"),
    ("recover", lambda y, r: recover_by_pinv(y, r) + 0.01, "up to 0.01 away"),
    ("fourier_half_pixel", large, "without the delay"),
    ("fourier_half_pixel", lambda row, r: delay(large(row, r), -(r - 1) / 2), "sign of the delay"),
    ("fourier_half_pixel", lambda row, r: delay(large(row, r), 0.5), "half a pixel of the result"),
    ("fourier_half_pixel", lambda row, r: delay(large(row, r), r / 2), "half a pixel of the row"),
    ("fourier_half_pixel", lambda row, r: delay(large(row, r), (1 - 1 / r) / 2), "pixels of the small row"),
    ("fourier_half_pixel", lambda row, r: full_delay(row, r, signed=False), "only the mean is left"),
    ("fourier_half_pixel", lambda row, r: sum_of_waves(row, r, shift=0), "an index, not an edge"),
    ("fourier_half_pixel", lambda row, r: large(delay(row, (r - 1) / (2 * r)), r), "on the small grid"),
    ("fourier_half_pixel", lambda row, r: large(row, r).to(torch.complex128), "is complex"),
    ("fourier_half_pixel", lambda row, r: delay(row, 0.5), "the result has shape"),
    ("fourier_half_pixel", lambda row, r: sum_of_waves(row, r) / r, "result begins"),
]
