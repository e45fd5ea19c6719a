"""Right and wrong answers to the exercises of chapter "conv/inverse"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import conv_inverse as checks

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


def back(y, kernel, stride):
    return F.conv_transpose2d(y, kernel, stride=stride)


@right(checks.strided_lucy)
def lucy(x, y, kernel, stride):
    return x * back(y / F.conv2d(x, kernel, stride=stride), kernel, stride) / back(torch.ones_like(y), kernel, stride)


@right(checks.strided_lucy)
def lucy_by_autograd(x, y, kernel, stride):
    """One step downhill in Poisson's likelihood, each pixel with a step of its own."""
    x = x.clone().requires_grad_()
    blurred = F.conv2d(x, kernel, stride=stride)
    weight, = torch.autograd.grad(blurred.sum(), x, retain_graph=True)
    downhill, = torch.autograd.grad((blurred - y * blurred.log()).sum(), x)
    return (x - x / weight * downhill).detach()


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


def minimal_solution(C, y):
    return torch.linalg.lstsq(C.cpu(), y[:, None].cpu(), driver="gelsd").solution[:, 0].to(y)  # no such driver on a GPU


right(checks.lost_part)(lambda C, x: x - torch.linalg.pinv(C) @ (C @ x))
right(checks.lost_part)(lambda C, x: x - torch.linalg.lstsq(C @ C.mT, (C @ x)[:, None]).solution[:, 0] @ C)
right(checks.lost_part)(lambda C, x: x - minimal_solution(C, C @ x))
right(checks.lost_part)(lambda C, x: (n := torch.linalg.svd(C)[2][len(C):]).mT @ (n @ x))
wrong(checks.lost_part, "the other one")(lambda C, x: torch.linalg.pinv(C) @ C @ x)
wrong(checks.lost_part, "its sign turned")(lambda C, x: torch.linalg.pinv(C) @ C @ x - x)
wrong(checks.lost_part, "subtracts C\\^T C x")(lambda C, x: x - C.mT @ C @ x)
wrong(checks.lost_part, "the transpose, where")(lambda C, x: C.mT @ C @ x)
wrong(checks.lost_part, "nothing is lost")(lambda C, x: torch.zeros_like(x))
wrong(checks.lost_part, "which you have kept")(lambda C, x: x)
wrong(checks.lost_part, "so it is not lost")(lambda C, x: x / 2)
wrong(checks.lost_part, "more was lost")(lambda C, x: (x - torch.linalg.pinv(C) @ C @ x) / 2)
wrong(checks.lost_part, "an image like x")(lambda C, x: C @ x)

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
