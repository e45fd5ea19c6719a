"""Checks of the exercises in chapter "resample/rosetta"."""

import torch

from ..images import blur, noise
from ..resample import resize
from ._shared import exercise, expect, numbers, recognise, same


def _shaped(answer, x, size):
    expect(answer.shape == (*x.shape[:-2], *size), f"the result has shape {tuple(answer.shape)}, expected "
           f"{(*x.shape[:-2], *size)}: size is (height, width), and both channels stay.")


@exercise(praise="the corners of both grids lie on each other, as zoom wants it.",
          hint="Which cause does the table name for zoom against half-pixel centres?")
def port_zoom(solution):
    for size, out in (((12, 9), (5, 14)), ((6, 7), (11, 17))):
        x = noise((1, 2, *size), seed=size[0])
        answer = solution(x.clone(), out)
        _shaped(answer, x, out)
        expected = resize(x, out, coordinates="align_corners")
        recognise(answer, {
            "that has half-pixel centres: the corner pixels of the two grids must lie on each other.": resize(x, out),
            "that is antialiased, and zoom only takes samples.": resize(x, out, antialias=True),
            "that is nearest; order=1 is linear.": resize(x, out, kernel="nearest"),
            "that samples at j n/m, so its last column is not the last one of the image.":
                resize(x, out, coordinates="asymmetric")})
        expect(same(answer, expected), f"from {size} to {out} row 0 starts with {numbers(answer[0, 0, 0, :3])}, "
               f"and zoom's with {numbers(expected[0, 0, 0, :3])}.")


@exercise(praise="first a Gaussian of half the surplus of the ratio, then samples.",
          hint="Two steps: what does scikit-image do before it takes samples?")
def port_skimage(solution):
    for size, out in (((24, 30), (8, 10)), ((40, 20), (16, 8))):
        x, s = noise((1, 2, *size), seed=size[0]), size[0] / out[0]
        answer = solution(x.clone(), out)
        _shaped(answer, x, out)
        expected = resize(blur(x, (s - 1) / 2), out)
        recognise(answer, {
            "that takes samples and nothing else; finer detail must be blurred before.": resize(x, out),
            "that widens the triangle, as Pillow does; scikit-image has a Gaussian.": resize(x, out, antialias=True),
            "sigma is s - 1 there, and should be half of that.": resize(blur(x, s - 1), out),
            "sigma is s / 2 there; at s = 1 nothing must be blurred.": resize(blur(x, s / 2), out),
            "sigma is half the surplus of the ratio n/m, not of m/n.": resize(blur(x, abs(1 / s - 1) / 2), out),
            "the blur comes first: behind the samples it is too late.": blur(resize(x, out), (s - 1) / 2)})
        expect(same(answer, expected), f"from {size} to {out} row 0 starts with {numbers(answer[0, 0, 0, :3])}, "
               f"and scikit-image's with {numbers(expected[0, 0, 0, :3])}.")


@exercise(praise="every output is the mean of what it covers, in fractions of pixels.",
          hint="What would be left to do if the new size divided the old one?")
def port_area(solution):
    for size, out in (((7, 8), (3, 5)), ((10, 9), (4, 2)), ((6, 8), (3, 4))):
        x = noise((1, 2, *size), seed=size[0])
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
        expect(same(answer, expected), f"from {size} to {out} row 0 starts with {numbers(answer[0, 0, 0, :3])}, "
               f"and OpenCV's with {numbers(expected[0, 0, 0, :3])}.")


def _overlap(n, m):
    """Row j: how much of output j, in parts of its length, lies in each pixel."""
    W = torch.zeros(m, n)
    for j in range(m * n):  # the axis in m * n equal pieces: piece j lies in output j // n and in pixel j // m
        W[j // n, j // m] += 1 / n
    return W
