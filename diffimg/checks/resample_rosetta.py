"""Checks of the exercises in chapter "resample/rosetta"."""

import torch

from ..images import blur, noise
from ..resample import resize
from ._shared import close, exercise, expect, recognise, same, told


def _shaped(answer, x, size):
    expect(answer.shape == (*x.shape[:-2], *size), f"the result has shape {tuple(answer.shape)}, expected "
           f"{(*x.shape[:-2], *size)}: size is (height, width), and both channels stay.")


@exercise(praise="a sample, the mean of what is covered, and a triangle three pixels wide to each side.",
          hint="At which place does output 1 look? Which of the nine pixels does each library read for it?")
def three_middles(solution):
    answer = solution()
    expect(answer.shape == (3,), f"the result has shape {tuple(answer.shape)}, expected three numbers.")
    linear, area, pillow = answer
    expect(not close(linear, 4.0, 1e-6), "INTER_LINEAR averages nothing: it reads at most two pixels, however many lie "
           "between.")
    expect(not close(linear, 12.0, 1e-6), "output 1 looks at 3/2 * 3 - 1/2, an index; that is not 3.")
    expect(same(linear, torch.zeros_like(linear)), f"{told(linear, torch.tensor(0.0), 'for INTER_LINEAR you returned')}"
           ": output 1 looks at pixel 4 exactly.")
    expect(not close(area, 12.0, 1e-6), "INTER_AREA takes the mean of what is covered, not the sum.")
    expect(same(area, torch.full_like(area, 4)), f"{told(area, torch.tensor(4.0), 'for INTER_AREA you returned')}: "
           "output 1 covers pixels 3, 4 and 5.")
    expect(not close(pillow, 0.0, 1e-6), "Pillow widens the triangle by the ratio, and reads five pixels.")
    expect(not close(pillow, 4.0, 1e-6), "BILINEAR weighs by the distance; that is the mean of three pixels.")
    expect(not close(pillow, 8.0, 1e-6), "at distance 1 of 3 the triangle is 2/3; its weights still have to sum to 1.")
    expect(close(pillow, 8 / 3, 3e-7), f"{told(pillow, torch.tensor(8 / 3), 'for Pillow you returned')}"
           ": the weights are 1, 2, 3, 2, 1 in ninths.")


@exercise(praise="first a Gaussian of half the surplus of the ratio along each axis, then samples.",
          hint="Two steps: what does scikit-image do before it takes samples?")
def port_skimage(solution):
    for size, out in (((24, 30), (8, 15)), ((40, 20), (10, 8)), ((18, 12), (6, 4))):
        x, (v, h) = noise((1, 2, *size), seed=size[0]), (n / m for n, m in zip(size, out, strict=True))
        answer = solution(x.clone(), out)
        _shaped(answer, x, out)
        expected = resize(_blurred(x, (v - 1) / 2, (h - 1) / 2), out)
        mistakes = {
            "that takes samples and nothing else; finer detail must be blurred before.": resize(x, out),
            "that widens the triangle, as Pillow does; scikit-image has a Gaussian.": resize(x, out, antialias=True),
            "sigma is s - 1 there, and should be half of that.": resize(_blurred(x, v - 1, h - 1), out),
            "sigma is s / 2 there; at s = 1 nothing must be blurred.": resize(_blurred(x, v / 2, h / 2), out),
            "sigma is half the surplus of the ratio n/m, not of m/n.":
                resize(_blurred(x, abs(1 / v - 1) / 2, abs(1 / h - 1) / 2), out),
            "the blur comes first: behind the samples it is too late.":
                _blurred(resize(x, out), (v - 1) / 2, (h - 1) / 2)}
        if v != h:
            mistakes |= {
                "both axes have the sigma of the height; each has its own ratio.": resize(blur(x, (v - 1) / 2), out),
                "both axes have the sigma of the width; each has its own ratio.": resize(blur(x, (h - 1) / 2), out),
                "the sigmas of the two axes are exchanged.": resize(_blurred(x, (h - 1) / 2, (v - 1) / 2), out)}
        recognise(answer, mistakes)
        expect(same(answer, expected), f"from {size} to {out} {told(answer, expected)}, as scikit-image has it.")


def _blurred(x, vertical, horizontal):
    """A Gaussian of its own along each axis: of an image one row high, blur blurs the row."""
    for sigma in (horizontal, vertical):
        x = blur(x.reshape(-1, 1, 1, x.shape[-1]), sigma).reshape(x.shape).mT
    return x


@exercise(praise="every output is the mean of what it covers, in fractions of pixels.",
          hint="What would be left to do if the new size divided the old one?")
def port_area(solution):
    for size, out in (((7, 8), (3, 5)), ((10, 9), (4, 2)), ((6, 8), (3, 4))):
        x = noise((1, 2, *size), seed=size[0]) / 10  # small, so that OpenCV's float32 weights are right
        answer = solution(x.clone(), out)
        _shaped(answer, x, out)
        W_v, W_h = (_overlap(n, m) for n, m in zip(size, out, strict=True))
        expected = W_v @ x @ W_h.mT
        recognise(answer, {
            "that weighs all pixels of a bin alike; those at its ends count with their overlap.":
                torch.nn.functional.interpolate(x, out, mode="area"),
            "that takes the pixels whose centres are covered, as Pillow does.":
                resize(x, out, kernel="box", antialias=True),
            "that is the sum; divide by the n/m of each axis.": expected * size[0] / out[0] * size[1] / out[1],
            "that is bilinear; a mean has no tent.": resize(x, out, antialias=True)}
            if size[0] % out[0] else {})
        expect(close(answer, expected, 1e-8 if answer.dtype == torch.float64 else 5e-6), f"from {size} to {out} "
               f"{told(answer, expected)}, as OpenCV has it.")


def _overlap(n, m):
    """Row j: how much of output j, in parts of its length, lies in each pixel."""
    W = torch.zeros(m, n)
    for j in range(m * n):  # the axis in m * n equal pieces: piece j lies in output j // n and in pixel j // m
        W[j // n, j // m] += 1 / n
    return W
