"""Checks of the exercises in chapter "conv/inverse"."""

import torch
import torch.nn.functional as F

from ..conv import conv_matrix
from ..images import noise
from ._shared import exercise, expect, recognise, same, told


@exercise(praise="the box deletes the two waves of period 3, which fit into a circular row of 9 pixels only.",
          hint="By which number does the box multiply a wave of f cycles per pixel, and for which f is it 0?")
def ranks(solution):
    answer, expected = solution(), torch.tensor([8.0, 7.0, 10.0])
    expect(answer.shape == (3,), f"the result has shape {tuple(answer.shape)}, expected three numbers, for n = 8, 9, "
           "10.")
    recognise(answer, {
        "a blur may delete a wave: three neighbours of a wave of period 3 add up to 0.": torch.tensor([8.0, 9, 10]),
        "the wave of period 3 has a cosine and a sine, and both are lost.": torch.tensor([8.0, 8, 10]),
        "those are the windows that fit into the row; here it is circular.": torch.tensor([6.0, 7, 8]),
        "those are the waves that are deleted; the rank counts those that are left.": torch.tensor([0.0, 2, 0]),
        "at n = 9 only the wave of period 3 is deleted; the one of period 9 is not.": torch.tensor([8.0, 6, 10])})
    expect(same(answer, expected), f"{told(answer, expected, 'you predicted')}: all waves but those that become 0.")


@exercise(praise="the conjugate undoes the shift, and mu restrains the waves that the differences find.",
          hint="D is a circular convolution too. Which number does it multiply each wave by, and where does mu stand "
               "in Wiener's formula?")
def deblur_smooth(solution):
    for (h, w), k, mu in (((9, 8), 5, 0.1), ((7, 10), 3, 0.5)):
        psf, y = noise((k, k), seed=k).abs(), noise((1, 1, h, w), seed=h)
        psf = psf / psf.sum()
        H = torch.fft.fft2(F.pad(psf, (0, w - k, 0, h - k)).roll((-(k // 2), -(k // 2)), (0, 1)))
        down, right = ((2 * torch.sin(torch.pi * torch.fft.fftfreq(n))) ** 2 for n in (h, w))
        both = down[:, None] + right
        answer = solution(y.clone(), psf.clone(), mu)
        expect(answer.shape == y.shape, f"the result has shape {tuple(answer.shape)}, expected that of y, "
               f"{tuple(y.shape)}.")
        expect(not answer.is_complex(), "the result is complex: take the real part of the inverse transform.")
        recognise(answer, {sentence: _filtered(y, H, turned, mu * power)
                           for sentence, (turned, power) in _mistaken_filters(H, down[:, None], right).items()})
        right_one = _filtered(y, H, H.conj(), mu * both)
        shifts = [(a, b) for a in range(-k, k + 1) for b in range(-k, k + 1) if (a, b) != (0, 0)]
        recognise(answer, {f"the result is right and lies ({a}, {b}) pixels off: roll the PSF so that its centre is at "
                           "pixel (0, 0).": right_one.roll((a, b), (-2, -1)) for a, b in shifts})
        expect(same(answer, right_one), "|C u - y|^2 + mu |D u|^2 is not at its least: its gradient there is not zero.")


@exercise(praise="the quotient is sent back by the transpose and divided by what each pixel sends out.",
          hint="C is F.conv2d with this stride. Which call is its transpose, and what does that make of an image of "
               "ones?")
def strided_lucy(solution):
    for size, k, s, black in (((7, 9), (3, 3), 2, 0), ((10, 7), (4, 4), 3, 0), ((9, 8), (3, 2), 2, 5)):
        kernel, x = noise((1, 1, *k), seed=k[0]).abs(), noise((1, 1, *size), seed=s).abs() + 0.1
        x[..., 2:2 + black, 2:2 + black] = 0
        blurred = F.conv2d(x, kernel, stride=s)
        y = blurred * (1 + 0.5 * noise(blurred.shape, seed=6).tanh())
        C = conv_matrix(kernel, size, stride=s).to_dense()
        quotient = torch.where(blurred == 0, 0.0, y / blurred)
        ratio, weight = _back(C, quotient, x), _back(C, torch.ones_like(y), x)
        answer = solution(x.clone(), y.clone(), kernel.clone(), s)
        expect(answer.shape == x.shape, f"for x of shape {tuple(x.shape)} and stride {s} the result has shape "
               f"{tuple(answer.shape)}, expected that of x.")
        expect(not (black and answer.isnan().any()), "where x is black under the whole kernel, y and C x are 0, and "
               "0 / 0 is not a number: the quotient must count as 0 there.")
        recognise(answer, _mistaken_steps(x, y, blurred, quotient, kernel, s, C))
        light = F.conv2d(answer, kernel, stride=s).sum()
        expect(same(light, y.sum()), f"the light is not kept: {told(light, y.sum(), 'C x then sums to')}, the "
               "sum of y.")
        expect(same(answer, x * ratio / weight), f"{told(answer, x * ratio / weight, 'there is')}.")


def _mistaken_steps(x, y, blurred, quotient, kernel, s, C):
    ratio, weight = _back(C, quotient, x), _back(C, torch.ones_like(y), x)
    stamped, turned = (F.conv_transpose2d(z, kernel.flip(2, 3), stride=s) for z in (quotient, torch.ones_like(y)))
    return {
        "that leaves out the division by C^T 1, which is not 1 here.": x * ratio,
        "that divides by the sum of the kernel; C^T 1 differs from pixel to pixel.": x * ratio / kernel.sum(),
        "that is the factor alone; x is multiplied by it.": ratio / weight,
        "that stamps the flipped kernel; conv_transpose2d takes it as it is.": x * stamped / weight,
        "the kernel of C^T is flipped, above and below; conv_transpose2d takes it as it is.": x * stamped / turned,
        "that divides C^T y by C^T C x; the quotient y / C x comes first, then C^T.":
            x * _back(C, y, x) / _back(C, blurred, x),
        "that is a step of Landweber: the residual is added, where the quotient multiplies.":
            x + _back(C, y - blurred, x),
        "the quotient is upside down: y stands above C x.": x * _back(C, blurred / y, x) / weight}


def _mistaken_filters(H, down, right):
    """What each mistake has in place of the conjugate, and beside mu."""
    both, one = down + right, torch.ones(H.shape)
    f2 = sum(torch.meshgrid(*(torch.fft.fftfreq(n) ** 2 for n in H.shape), indexing="ij"))
    d_down, d_right = (torch.exp(2j * torch.pi * torch.fft.fftfreq(n)) - 1 for n in H.shape)
    smooth = "the difference of a smooth function; D takes it between neighbouring pixels."
    return {
        f"that has f^2 for |d|^2, {smooth}": (H.conj(), f2),
        f"that has 4 pi^2 f^2 for |d|^2, {smooth}": (H.conj(), 4 * torch.pi**2 * f2),
        "that adds the two differences before it squares them; each has its own square.":
            (H.conj(), (d_down[:, None] + d_right).abs() ** 2),
        "that is Wiener's filter with one mu for all waves; mu must stand beside |d|^2 of D.": (H.conj(), one),
        "that lacks the conjugate.": (H, both),
        "the differences enter squared: that has |d| where |d|^2 belongs.": (H.conj(), both.sqrt()),
        "that has |d|^4, as the Laplacian would; the squared differences give |d|^2.": (H.conj(), both**2),
        "that takes the vertical differences only.": (H.conj(), down * one),
        "that takes the horizontal differences only.": (H.conj(), right * one),
        "that is the exact inverse: where is mu?": (H.conj(), 0 * one)}


def _filtered(y, H, turned, restraint):
    return torch.fft.ifft2(turned * torch.fft.fft2(y) / (H.abs() ** 2 + restraint)).real


def _back(C, y, like):
    return (C.mT @ y.flatten()).reshape(like.shape)
