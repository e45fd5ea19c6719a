"""Right and wrong answers to the exercises of chapter "conv/inverse"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import conv_inverse as checks
from diffimg.conv import conv_matrix

fft = torch.fft.fft2


def ifft(spectrum):
    return torch.fft.ifft2(spectrum).real


def transfer(psf, size, roll=True):
    k = psf.shape[-1]
    h = F.pad(psf, (0, size[1] - k, 0, size[0] - k))
    return fft(h.roll((-(k // 2), -(k // 2)), (0, 1)) if roll else h)


def powers(size):
    down, right = torch.zeros(size), torch.zeros(size)
    down[0, 0], down[-1, 0], right[0, 0], right[0, -1] = -1, 1, -1, 1
    return fft(down).abs() ** 2, fft(right).abs() ** 2


@right(checks.ranks)
def by_the_matrix():
    rows = [F.pad(torch.ones(3) / 3, (0, n - 3)) for n in (8, 9, 10)]
    return torch.stack([torch.linalg.matrix_rank(torch.stack([row.roll(i) for i in range(len(row))])) for row in rows])


@right(checks.ranks)
def waves_left():
    rows = [F.pad(torch.ones(3) / 3, (0, n - 3)) for n in (8, 9, 10)]
    return [(torch.fft.fft(row).abs() > 1e-6).sum() for row in rows]


right(checks.ranks)(lambda: (8, 7, 10))
right(checks.ranks)(lambda: [n - 2 * (n % 3 == 0) for n in (8.0, 9.0, 10.0)])


@right(checks.deblur_smooth)
def smooth(y, psf, mu, power=lambda down, right: down + right, phase=torch.conj, roll=True):
    h = transfer(psf, y.shape[-2:], roll)
    return ifft(phase(h) * fft(y) / (h.abs() ** 2 + mu * power(*powers(y.shape[-2:]))))


@right(checks.deblur_smooth)
def dense_smooth(y, psf, mu):
    """The normal equations, with a matrix whose columns are shifted points."""
    (h, w), k = y.shape[-2:], psf.shape[-1]
    points = torch.eye(h * w).reshape(h * w, h, w)
    C = sum(psf[a, b] * points.roll((a - k // 2, b - k // 2), (1, 2)) for a in range(k) for b in range(k)).flatten(1).mT
    D = torch.cat([(points.roll(-1, 1) - points).flatten(1), (points.roll(-1, 2) - points).flatten(1)], 1).mT
    return torch.linalg.solve(C.mT @ C + mu * D.mT @ D, C.mT @ y.flatten()).reshape(y.shape)


@right(checks.deblur_smooth)
def smooth_by_the_real_transform(y, psf, mu):
    (h, w), k = y.shape[-2:], psf.shape[-1]
    rolled = F.pad(psf, (0, w - k, 0, h - k)).roll((-(k // 2), -(k // 2)), (0, 1))
    H = torch.fft.rfft2(rolled)
    d2 = 4 - 2 * torch.cos(2 * torch.pi * torch.fft.fftfreq(h))[:, None] - 2 * torch.cos(
        2 * torch.pi * torch.fft.rfftfreq(w))
    return torch.fft.irfft2(H.conj() * torch.fft.rfft2(y) / (H.abs() ** 2 + mu * d2), s=(h, w))


@right(checks.deblur_smooth)
def smooth_by_conjugate_gradients(y, psf, mu):
    """The normal equations, by steps that call the convolutions alone; in float64, for the last digits."""
    dtype, y, w, p = y.dtype, y.double(), psf.double().flip(0, 1)[None, None], psf.shape[-1] // 2

    def blur(x, kernel):
        return F.conv2d(F.pad(x, (p,) * 4, mode="circular"), kernel)

    def normal(x):
        lap = 4 * x - sum(x.roll(d, a) for d in (1, -1) for a in (-1, -2))
        return blur(blur(x, w), w.flip(-1, -2)) + mu * lap

    u, r = torch.zeros_like(y), blur(y, w.flip(-1, -2))
    d = r.clone()
    for _ in range(200):
        if (r2 := r.square().sum()) < 1e-26:
            break
        step = r2 / (d * normal(d)).sum()
        u, new = u + step * d, r - step * normal(d)
        d, r = new + new.square().sum() / r2 * d, new
    return u.to(dtype)


def back(y, kernel, stride):
    return F.conv_transpose2d(y, kernel, stride=stride)


@right(checks.strided_lucy)
def lucy(x, y, kernel, stride):
    return x * back(quotient(y, F.conv2d(x, kernel, stride=stride)), kernel, stride) / back(
        torch.ones_like(y), kernel, stride)


def quotient(y, expected):
    dark = expected == 0
    return torch.where(dark, 0, y / torch.where(dark, 1, expected))


@right(checks.strided_lucy)
def lucy_by_autograd(x, y, kernel, stride):
    """One step downhill in Poisson's likelihood, each pixel with a step of its own."""
    x = x.clone().requires_grad_()
    blurred = F.conv2d(x, kernel, stride=stride)
    weight, = torch.autograd.grad(blurred.sum(), x, retain_graph=True)
    downhill, = torch.autograd.grad((blurred - y * (blurred + 1e-30).log()).sum(), x)
    return (x - x / weight * downhill).detach()


@right(checks.strided_lucy)
def lucy_with_a_matrix(x, y, kernel, stride):
    C = conv_matrix(kernel, tuple(x.shape[-2:]), stride=stride).to_dense()
    ratio = (y.flatten() / (C @ x.flatten())).nan_to_num(0)
    return x * ((C.mT @ ratio) / C.sum(0)).reshape(x.shape)


@right(checks.strided_lucy)
def lucy_with_a_floor(x, y, kernel, stride):
    ratio = y / F.conv2d(x, kernel, stride=stride).clamp(min=1e-30)
    return x * back(ratio, kernel, stride) / back(torch.ones_like(y), kernel, stride)


@wrong(checks.strided_lucy, "0 / 0 is not a number")
def lucy_in_the_dark(x, y, kernel, stride):
    return x * back(y / F.conv2d(x, kernel, stride=stride), kernel, stride) / back(torch.ones_like(y), kernel, stride)


@wrong(checks.strided_lucy, "light is not kept")
def lucy_with_light_added(x, y, kernel, stride):
    ratio = y / (F.conv2d(x, kernel, stride=stride) + 0.01)
    return x * back(ratio, kernel, stride) / back(torch.ones_like(y), kernel, stride)


@wrong(checks.strided_lucy, "flipped, above and below")
def flipped_lucy(x, y, kernel, stride):
    ratio, turned = y / F.conv2d(x, kernel, stride=stride), kernel.flip(-1, -2)
    return x * back(ratio, turned, stride) / back(torch.ones_like(y), turned, stride)


def squared_frequency(down, right):
    return torch.fft.fftfreq(down.shape[0])[:, None] ** 2 + torch.fft.fftfreq(down.shape[1]) ** 2


def summed_differences(down, right):
    d = torch.zeros(down.shape)
    d[0, 0], d[-1, 0], d[0, -1] = -2, 1, 1
    return fft(d).abs() ** 2


wrong(checks.ranks, "may delete a wave")(lambda: (8, 9, 10))
wrong(checks.ranks, "a cosine and a sine")(lambda: (8, 8, 10))
wrong(checks.ranks, "windows that fit")(lambda: (6, 7, 8))
wrong(checks.ranks, "waves that are deleted")(lambda: (0, 2, 0))
wrong(checks.ranks, "of period 9 is not")(lambda: (8, 6, 10))
wrong(checks.ranks, "you predicted 3, 3, 3, expected 8, 7, 10")(lambda: (3, 3, 3))
wrong(checks.ranks, "three numbers")(lambda: 7)

wrong(checks.deblur_smooth, "one mu for all waves")(
    lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: torch.ones_like(a)))
wrong(checks.deblur_smooth, "lacks the conjugate")(lambda y, psf, mu: smooth(y, psf, mu, phase=lambda h: h))
wrong(checks.deblur_smooth, "enter squared")(lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: (a + b).sqrt()))
wrong(checks.deblur_smooth, "as the Laplacian would")(lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: (a + b) ** 2))
wrong(checks.deblur_smooth, "vertical differences only")(lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: a))
wrong(checks.deblur_smooth, "horizontal differences only")(lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: b))
wrong(checks.deblur_smooth, "has f\\^2 for .* smooth function")(
    lambda y, psf, mu: smooth(y, psf, mu, squared_frequency))
wrong(checks.deblur_smooth, "4 pi\\^2 f\\^2")(
    lambda y, psf, mu: smooth(y, psf, 4 * torch.pi**2 * mu, squared_frequency))
wrong(checks.deblur_smooth, "before it squares them")(lambda y, psf, mu: smooth(y, psf, mu, summed_differences))
wrong(checks.deblur_smooth, "where is mu")(lambda y, psf, mu: smooth(y, psf, 0))
wrong(checks.deblur_smooth, "pixels off")(lambda y, psf, mu: smooth(y, psf, mu, roll=False))
wrong(checks.deblur_smooth, "not at its least")(lambda y, psf, mu: smooth(y, psf, 2 * mu))
wrong(checks.deblur_smooth, "not at its least")(lambda y, psf, mu: smooth(y, psf, mu).clamp(min=0))
wrong(checks.deblur_smooth, "real part")(lambda y, psf, mu: smooth(y, psf, mu) + 0j)

wrong(checks.strided_lucy, "leaves out the division")(lambda x, y, w, s: x * back(y / F.conv2d(x, w, stride=s), w, s))
wrong(checks.strided_lucy, "from pixel to pixel")(
    lambda x, y, w, s: x * back(y / F.conv2d(x, w, stride=s), w, s) / w.sum())
wrong(checks.strided_lucy, "factor alone")(lambda x, y, w, s: lucy(x, y, w, s) / x)
wrong(checks.strided_lucy, "stamps the flipped kernel")(
    lambda x, y, w, s: x * back(y / F.conv2d(x, w, stride=s), w.flip(-1, -2), s) / back(torch.ones_like(y), w, s))
wrong(checks.strided_lucy, "quotient y / C x comes first")(
    lambda x, y, w, s: x * back(y, w, s) / back(F.conv2d(x, w, stride=s), w, s))
wrong(checks.strided_lucy, "step of Landweber")(lambda x, y, w, s: x + back(y - F.conv2d(x, w, stride=s), w, s))
wrong(checks.strided_lucy, "upside down")(
    lambda x, y, w, s: x * back(F.conv2d(x, w, stride=s) / y, w, s) / back(torch.ones_like(y), w, s))
wrong(checks.strided_lucy, "light is not kept")(lambda x, y, w, s: 2 * lucy(x, y, w, s))
