"""Checks of the exercises in chapter "resample/interpolation"."""

import torch

from ..images import noise
from ..resample import cubic, resample_matrix
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="an even factor has no output on a pixel: the 12 is nowhere in the result, 9 is the most.",
          hint="At which places do the six outputs look? What is a quarter of the way from 0 to 12, and three?")
def doubled_peak(solution):
    answer, expected = solution(), torch.tensor([0.0, 3.0, 9.0, 9.0, 3.0, 0.0])
    expect(answer.shape == (6,), f"the result has shape {tuple(answer.shape)}, expected six numbers.")
    recognise(answer, {
        "that is align_corners=True, steps of 2/5; without the flag the outer edges coincide, not the outer centres.":
            torch.tensor([0.0, 4.8, 9.6, 9.6, 4.8, 0.0]),
        "that looks at j / 2, the asymmetric grid; output j is half a pixel wide and looks at its own middle.":
            torch.tensor([0.0, 6.0, 12.0, 6.0, 0.0, 0.0]),
        "that repeats pixels, as nearest does; linear mixes the two nearest.":
            torch.tensor([0.0, 0.0, 12.0, 12.0, 0.0, 0.0]),
        "the weights are exchanged: the nearer of two pixels counts three quarters.":
            torch.tensor([0.0, 9.0, 3.0, 3.0, 9.0, 0.0]),
        "that is the row with zeros between; zeros are what a transposed convolution begins with.":
            torch.tensor([0.0, 0.0, 12.0, 0.0, 0.0, 0.0])})
    expect(same(answer, expected), f"{told(answer, expected)}: the places are -1/4, 1/4, 3/4, 5/4, 7/4 and 9/4.")


@exercise(praise="the answer to one bright pixel is the kernel itself, read at a few distances.",
          hint="What does a row that is 1 at one pixel become? Which distances from that pixel are read?")
def find_a(solution):
    for a in (-0.5, -0.75, -0.618034, -0.2):
        def double(x, a=a):
            x = torch.as_tensor(x)
            x = x if x.is_floating_point() else x.to(torch.get_default_dtype())
            return resample_matrix(len(x), 2 * len(x), kernel=cubic(a), dtype=x.dtype, device=x.device) @ x

        answer = solution(double)
        expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
        answer, right = answer.reshape(()), torch.tensor(a, dtype=answer.dtype)
        recognise(answer, {
            "that is the kernel at the distance 5/4; which multiple of a is it?": right * 9 / 64,
            "that is the kernel at the distance 7/4; which multiple of a is it?": right * 3 / 64,
            "the size is right; the lobes of a sharp kernel are negative, and so is a.": -right,
            "that reads the distance 7/4, where the kernel is 3 a / 64, and divides as for 5/4.": right / 3,
            "that reads the distance 5/4, where the kernel is 9 a / 64, and divides as for 7/4.": right * 3})
        expect(same(answer, right), f"{told(answer, right, 'you found')}, the a of this program. Try your function on "
               "several coefficients; near the border other pixels join in.")


@exercise(praise="the guess keeps what the thumbnail cannot see, and the data say the rest.",
          hint="What does the thumbnail of the guess lack? And which image of size N has just that thumbnail?")
def make_consistent(solution):
    for N, n in ((12, 4), (15, 6)):
        guess, y = noise((N, N), seed=N), noise((n, n), seed=n)
        D = resample_matrix(N, n, antialias=True, dtype=y.dtype)
        up = torch.linalg.pinv(D)
        lacking, R = y - D @ guess @ D.mT, up @ D
        expected = guess + up @ lacking @ up.mT
        answer = solution(guess.clone(), y.clone(), D.clone())
        expect(answer.shape == (N, N), f"the result has shape {tuple(answer.shape)}, expected {(N, N)}.")
        recognise(answer, {
            "that is the guess, unchanged.": guess,
            "that has the right thumbnail and nothing of the guess: its part in the null space is missing.":
                up @ y @ up.mT,
            "that adds all of the data to the guess; what the guess already shows of them counts twice.":
                guess + up @ y @ up.mT,
            "the transpose is not the inverse: D D^T is not the identity.": guess + D.mT @ lacking @ D,
            "the sign of the correction is turned.": guess - up @ lacking @ up.mT,
            "the thumbnail is right, but others are nearer: (I - R) guess (I - R) loses what lies in the null space "
            "along one axis only.": up @ y @ up.mT + guess - R @ guess - guess @ R.mT + R @ guess @ R.mT})
        shown = (D @ answer.to(D.dtype) @ D.mT).to(answer.dtype)
        expect(same(shown, y), f"the result does not shrink to y: the thumbnails differ by up to "
               f"{numbers((shown - y).abs().max())}. (If you called torch.linalg.lstsq: on the CPU its "
               "default driver may take D for a matrix of lower rank; pinv does not.)")
        expect(same(answer, expected), "the thumbnail is right, but there is a nearer image: yours lies "
               f"{numbers((answer - guess).norm())} from the guess, the nearest {numbers((expected - guess).norm())}.")
