"""Right and wrong answers to the exercises of chapter "conv/inverse", for test_checks.py."""

import torch
import torch.nn.functional as F


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


def smooth(y, psf, mu, power=lambda down, right: down + right, phase=torch.conj, roll=True):
    h = transfer(psf, y.shape[-2:], roll)
    return ifft(phase(h) * fft(y) / (h.abs() ** 2 + mu * power(*powers(y.shape[-2:]))))


def dense_smooth(y, psf, mu):
    """The normal equations, with a matrix whose columns are shifted points."""
    (h, w), k = y.shape[-2:], psf.shape[-1]
    points = torch.eye(h * w).reshape(h * w, h, w)
    C = sum(psf[a, b] * points.roll((a - k // 2, b - k // 2), (1, 2)) for a in range(k) for b in range(k)).flatten(1).mT
    D = torch.cat([(points.roll(-1, 1) - points).flatten(1), (points.roll(-1, 2) - points).flatten(1)], 1).mT
    return torch.linalg.solve(C.mT @ C + mu * D.mT @ D, C.mT @ y.flatten()).reshape(y.shape)


def back(y, kernel, stride):
    return F.conv_transpose2d(y, kernel, stride=stride)


def lucy(x, y, kernel, stride):
    return x * back(y / F.conv2d(x, kernel, stride=stride), kernel, stride) / back(torch.ones_like(y), kernel, stride)


def lucy_by_autograd(x, y, kernel, stride):
    """One step downhill in Poisson's likelihood, each pixel with a step of its own."""
    x = x.clone().requires_grad_()
    blurred = F.conv2d(x, kernel, stride=stride)
    weight, = torch.autograd.grad(blurred.sum(), x, retain_graph=True)
    downhill, = torch.autograd.grad((blurred - y * blurred.log()).sum(), x)
    return (x - x / weight * downhill).detach()


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


RIGHT = [
    ("lost_part", lambda C, x: x - torch.linalg.pinv(C) @ (C @ x)),
    ("lost_part", lambda C, x: x - torch.linalg.lstsq(C @ C.mT, (C @ x)[:, None]).solution[:, 0] @ C),
    ("lost_part", lambda C, x: x - minimal_solution(C, C @ x)),
    ("lost_part", lambda C, x: (n := torch.linalg.svd(C)[2][len(C):]).mT @ (n @ x)),
    ("deblur_smooth", smooth), ("deblur_smooth", dense_smooth),
    ("strided_lucy", lucy), ("strided_lucy", lucy_by_autograd),
]
WRONG = [
    ("lost_part", lambda C, x: torch.linalg.pinv(C) @ C @ x, "the other one"),
    ("lost_part", lambda C, x: torch.linalg.pinv(C) @ C @ x - x, "its sign turned"),
    ("lost_part", lambda C, x: x - C.mT @ C @ x, "subtracts C\\^T C x"),
    ("lost_part", lambda C, x: C.mT @ C @ x, "the transpose, where"),
    ("lost_part", lambda C, x: torch.zeros_like(x), "nothing is lost"),
    ("lost_part", lambda C, x: x, "which you have kept"),
    ("lost_part", lambda C, x: x / 2, "so it is not lost"),
    ("lost_part", lambda C, x: (x - torch.linalg.pinv(C) @ C @ x) / 2, "more was lost"),
    ("lost_part", lambda C, x: C @ x, "an image like x"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: torch.ones_like(a)), "one mu for all waves"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, phase=lambda h: h), "lacks the conjugate"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: (a + b).sqrt()), "enter squared"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: (a + b) ** 2), "as the Laplacian would"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: a), "vertical differences only"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, lambda a, b: b), "horizontal differences only"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, squared_frequency), "has f\\^2 for .* smooth function"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, 4 * torch.pi**2 * mu, squared_frequency), "4 pi\\^2 f\\^2"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, summed_differences), "before it squares them"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, 0), "where is mu"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu, roll=False), "pixels off"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, 2 * mu), "not at its least"),
    ("deblur_smooth", lambda y, psf, mu: smooth(y, psf, mu) + 0j, "real part"),
    ("strided_lucy", lambda x, y, w, s: x * back(y / F.conv2d(x, w, stride=s), w, s), "leaves out the division"),
    ("strided_lucy", lambda x, y, w, s: x * back(y / F.conv2d(x, w, stride=s), w, s) / w.sum(), "from pixel to pixel"),
    ("strided_lucy", lambda x, y, w, s: lucy(x, y, w, s) / x, "factor alone"),
    ("strided_lucy", lambda x, y, w, s: x * back(y / F.conv2d(x, w, stride=s), w.flip(-1, -2), s) / back(
        torch.ones_like(y), w, s), "stamps the flipped kernel"),
    ("strided_lucy", flipped_lucy, "flipped, above and below"),
    ("strided_lucy", lambda x, y, w, s: x * back(y, w, s) / back(F.conv2d(x, w, stride=s), w, s),
     "quotient y / C x comes first"),
    ("strided_lucy", lambda x, y, w, s: x + back(y - F.conv2d(x, w, stride=s), w, s), "step of Landweber"),
    ("strided_lucy", lambda x, y, w, s: x * back(F.conv2d(x, w, stride=s) / y, w, s) / back(
        torch.ones_like(y), w, s), "upside down"),
    ("strided_lucy", lambda x, y, w, s: 2 * lucy(x, y, w, s), "light is not kept"),
]
