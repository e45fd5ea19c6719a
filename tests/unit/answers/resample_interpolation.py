"""Right and wrong answers to the exercises of chapter "resample/interpolation", for test_checks.py."""

import torch
import torch.nn.functional as F



def spot(n, place):
    row = torch.zeros(n)
    row[place] = 1
    return row


# right answers, written otherwise than in the book --------------------------------------------------------------------

def by_edges(p, n, m):
    cell = m / n
    return cell / 2 - 0.5 + p * cell * (n - 1) / (m - 1)  # the middle of the first cell, and equal steps


def by_reading_a_ramp(p, n, m):
    ramp = torch.arange(float(n))[None, None]
    places = F.interpolate(ramp, 2 * m - 1, mode="linear", align_corners=True)[0, 0]  # steps of half a pixel
    left = (2 * p).floor().clamp(max=2 * m - 3).long()
    place = places[left] + (2 * p - left) * (places[left + 1] - places[left])
    return (place + 0.5) / (n / m) - 0.5


def by_the_ramp(double):
    ramp = torch.arange(30.0)
    return ((20.25 - double(ramp)[41]) / (0.25 * 0.75 * 0.5) - 1) / 2


def by_the_step(double):
    step = (torch.arange(20) >= 10).double()
    return -(double(step).max() - 1) * 64 / 9  # pixel 9 is 5/4 away from the place 10.25


def by_the_other_lobe(double):
    return double(spot(25, 12))[21] * 64 / 3  # looks at 10.25, 7/4 from pixel 12


def by_least_squares(guess, y, D):
    A, N = torch.kron(D, D), len(guess)
    correction = torch.linalg.lstsq(A.cpu(), (y - D @ guess @ D.mT).flatten()[:, None].cpu(), driver="gelsd").solution
    return guess + correction.to(guess).reshape(N, N)


def by_two_solves(guess, y, D):
    def solve(A, b):
        return torch.linalg.lstsq(A.cpu(), b.cpu(), driver="gelsd").solution.to(b)

    return guess + solve(D, solve(D, y - D @ guess @ D.mT).mT).mT


def by_null_space(guess, y, D):
    up = torch.linalg.pinv(D)
    return up @ y @ up.mT + guess - up @ D @ guess @ (up @ D).mT


def by_gradient_descent(guess, y, D):
    x = guess
    for _ in range(2000):
        x = x - D.mT @ (D @ x @ D.mT - y) @ D / torch.linalg.matrix_norm(D, 2)**4
    return x


RIGHT = [
    ("true_place", by_edges), ("true_place", by_reading_a_ramp),
    ("find_a", by_the_ramp), ("find_a", by_the_step), ("find_a", by_the_other_lobe),
    ("make_consistent", by_least_squares), ("make_consistent", by_two_solves), ("make_consistent", by_null_space),
    ("make_consistent", by_gradient_descent)]


# wrong answers, and words that the reply must contain -----------------------------------------------------------------

def transposed_correction(guess, y, D):
    return guess + D.mT @ (y - D @ guess @ D.mT) @ D


def data_added(guess, y, D):
    up = torch.linalg.pinv(D)
    return guess + up @ y @ up.mT


def data_alone(guess, y, D):
    up = torch.linalg.pinv(D)
    return up @ y @ up.mT


def both_axes_taken_out(guess, y, D):
    up = torch.linalg.pinv(D)
    rest = torch.eye(len(guess)) - up @ D
    return up @ y @ up.mT + rest @ guess @ rest.mT


def stretched(guess, y, D):
    return F.interpolate(y[None, None], guess.shape, mode="bilinear")[0, 0]


WRONG = [
    ("true_place", lambda p, n, m: p, "middle only"),
    ("true_place", lambda p, n, m: p * (n - 1) / (m - 1), "place on the small map"),
    ("true_place", lambda p, n, m: p * (n - 1) / (m - 1) * m / n, "asymmetric"),
    ("true_place", lambda p, n, m: (p * (n - 1) / (m - 1) + 0.5) * m / n, "half pixel of the map"),
    ("true_place", lambda p, n, m: ((p + 0.5) * n / m - 0.5) * (m - 1) / (n - 1), "other way"),
    ("true_place", lambda p, n, m: (p + 0.5) * n / m - 0.5, "align_corners=True"),
    ("true_place", lambda p, n, m: p * m / n, "middle at index"),
    ("true_place", lambda p, n, m: by_edges(p, n, m).round(), "middle at index"),
    ("find_a", lambda double: -0.75, "this program has a = -0.5"),
    ("find_a", lambda double: -0.5, "this program has a = -0.75"),
    ("find_a", lambda double: double(spot(21, 10))[23], "distance 5/4; which multiple"),
    ("find_a", lambda double: double(spot(21, 10))[17], "distance 7/4; which multiple"),
    ("find_a", lambda double: -by_the_step(double), "so is a"),
    ("find_a", lambda double: double(spot(21, 10))[17] * 64 / 9, "divides as for 5/4"),
    ("find_a", lambda double: double(spot(21, 10))[23] * 64 / 3, "divides as for 7/4"),
    ("find_a", lambda double: double(spot(21, 10)), "expected one number"),
    ("find_a", lambda double: double(spot(21, 21)), "raised IndexError"),
    ("make_consistent", lambda guess, y, D: guess, "unchanged"),
    ("make_consistent", lambda guess, y, D: y, "expected (12, 12)"),
    ("make_consistent", data_alone, "nothing of the guess"), ("make_consistent", data_added, "counts twice"),
    ("make_consistent", transposed_correction, "transpose is not the inverse"),
    ("make_consistent", both_axes_taken_out, "one axis only"), ("make_consistent", stretched, "does not shrink to y"),
    ("make_consistent", stretched, "pinv"),
    ("make_consistent", lambda guess, y, D: 2 * guess - by_null_space(guess, y, D), "sign")]
