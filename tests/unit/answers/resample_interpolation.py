"""Right and wrong answers to the exercises of chapter "resample/interpolation"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import resample_interpolation as checks


def spot(n, place):
    row = torch.zeros(n)
    row[place] = 1
    return row


# right answers, written otherwise than in the book --------------------------------------------------------------------

@right(checks.doubled_peak)
def by_interpolate():
    return F.interpolate(torch.tensor([[[0.0, 12.0, 0.0]]]), scale_factor=2, mode="linear")[0, 0]


@right(checks.doubled_peak)
def by_stamps():
    return F.conv_transpose1d(torch.tensor([[[0.0, 12.0, 0.0]]]), torch.tensor([[[0.25, 0.75, 0.75, 0.25]]]), stride=2,
                              padding=1)[0, 0]


right(checks.doubled_peak)(lambda: (0, 3, 9, 9, 3, 0))
right(checks.doubled_peak)(lambda: torch.tensor([0, 3, 9, 9, 3, 0]).numpy())


@right(checks.find_a)
def by_a_row_of_integers(double):
    return double(spot(21, 10).long())[23] * 64 / 9


@right(checks.find_a)
def by_the_ramp(double):
    ramp = torch.arange(30.0)
    return ((20.25 - double(ramp)[41]) / (0.25 * 0.75 * 0.5) - 1) / 2


@right(checks.find_a)
def by_the_step(double):
    step = (torch.arange(20) >= 10).double()
    return -(double(step).max() - 1) * 64 / 9  # pixel 9 is 5/4 away from the place 10.25


@right(checks.find_a)
def by_the_other_lobe(double):
    return double(spot(25, 12))[21] * 64 / 3  # looks at 10.25, 7/4 from pixel 12


@right(checks.make_consistent)
def by_least_squares(guess, y, D):
    A, N = torch.kron(D, D), len(guess)
    correction = torch.linalg.lstsq(A.cpu(), (y - D @ guess @ D.mT).flatten()[:, None].cpu(), driver="gelsd").solution
    return guess + correction.to(guess).reshape(N, N)


@right(checks.make_consistent)
def by_two_solves(guess, y, D):
    def solve(A, b):
        return torch.linalg.lstsq(A.cpu(), b.cpu(), driver="gelsd").solution.to(b)

    return guess + solve(D, solve(D, y - D @ guess @ D.mT).mT).mT


@right(checks.make_consistent)
def by_null_space(guess, y, D):
    up = torch.linalg.pinv(D)
    return up @ y @ up.mT + guess - up @ D @ guess @ (up @ D).mT


@right(checks.make_consistent)
def by_gradient_descent(guess, y, D):
    x = guess
    for _ in range(2000):
        x = x - D.mT @ (D @ x @ D.mT - y) @ D / torch.linalg.matrix_norm(D, 2)**4
    return x


# wrong answers, and words that the reply must contain -----------------------------------------------------------------

@wrong(checks.make_consistent, "transpose is not the inverse")
def transposed_correction(guess, y, D):
    return guess + D.mT @ (y - D @ guess @ D.mT) @ D


@wrong(checks.make_consistent, "counts twice")
def data_added(guess, y, D):
    up = torch.linalg.pinv(D)
    return guess + up @ y @ up.mT


@wrong(checks.make_consistent, "nothing of the guess")
def data_alone(guess, y, D):
    up = torch.linalg.pinv(D)
    return up @ y @ up.mT


@wrong(checks.make_consistent, "one axis only")
def both_axes_taken_out(guess, y, D):
    up = torch.linalg.pinv(D)
    rest = torch.eye(len(guess)) - up @ D
    return up @ y @ up.mT + rest @ guess @ rest.mT


@wrong(checks.make_consistent, "does not shrink to y")
@wrong(checks.make_consistent, "pinv")
def stretched(guess, y, D):
    return F.interpolate(y[None, None], guess.shape, mode="bilinear")[0, 0]


wrong(checks.doubled_peak, "align_corners=True")(lambda: [0, 4.8, 9.6, 9.6, 4.8, 0])
wrong(checks.doubled_peak, "asymmetric grid")(lambda: [0, 6, 12, 6, 0, 0])
wrong(checks.doubled_peak, "repeats pixels")(lambda: [0, 0, 12, 12, 0, 0])
wrong(checks.doubled_peak, "exchanged")(lambda: [0, 9, 3, 3, 9, 0])
wrong(checks.doubled_peak, "zeros between")(lambda: [0, 0, 12, 0, 0, 0])
wrong(checks.doubled_peak, "six numbers")(lambda: [0, 6, 12, 6, 0])
wrong(checks.doubled_peak, "the places are")(lambda: [0, 3, 9, 9, 3, 1])

wrong(checks.find_a, "you found -0.618")(lambda double: by_the_step(double).round(decimals=3))
wrong(checks.find_a, "expected -0.5, the a")(lambda double: by_the_step(double).clamp(max=0) / 2)
wrong(checks.find_a, "expected -0.5, the a")(lambda double: -0.75)
wrong(checks.find_a, "expected -0.75, the a")(lambda double: -0.5)
wrong(checks.find_a, "distance 5/4; which multiple")(lambda double: double(spot(21, 10))[23])
wrong(checks.find_a, "distance 7/4; which multiple")(lambda double: double(spot(21, 10))[17])
wrong(checks.find_a, "so is a")(lambda double: -by_the_step(double))
wrong(checks.find_a, "divides as for 5/4")(lambda double: double(spot(21, 10))[17] * 64 / 9)
wrong(checks.find_a, "divides as for 7/4")(lambda double: double(spot(21, 10))[23] * 64 / 3)
wrong(checks.find_a, "expected one number")(lambda double: double(spot(21, 10)))
wrong(checks.find_a, "raised IndexError")(lambda double: double(spot(21, 21)))

wrong(checks.make_consistent, "does not shrink to y")(lambda guess, y, D: by_null_space(guess, y, D).round(decimals=2))
wrong(checks.make_consistent, "does not shrink to y")(lambda guess, y, D: by_null_space(guess, y, D).clamp(0, 1))
wrong(checks.make_consistent, "unchanged")(lambda guess, y, D: guess)
wrong(checks.make_consistent, "expected (12, 12)")(lambda guess, y, D: y)
wrong(checks.make_consistent, "sign")(lambda guess, y, D: 2 * guess - by_null_space(guess, y, D))
