"""Checks of the exercises in chapter "crop/fitting"."""

from math import cos, sin

import torch

from ..crop import rotated_crop_matrix
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="back to the goal, away from it, nowhere: descent must start less than a detail away.",
          hint="Differentiate the three cases of the equation, without the 1/3.")
def slopes_of_the_loss(solution):
    answer, expected = solution(), torch.tensor([2.0, -1.0, 0.0])
    expect(answer.shape == (3,), f"the prediction has shape {tuple(answer.shape)}, expected three numbers.")
    recognise(answer, {sentence: torch.tensor(wrong) for sentence, wrong in {
        "those are the slopes of L itself; three times as much is asked for.": [2 / 3, -1 / 3, 0.0],
        "the sign of the second: the loss falls there, and descent goes on, away from the goal.": [2.0, 1.0, 0.0],
        "those are the values of 3 L; its slopes are asked for.": [0.5, 1.25, 1.0],
        "beyond 2 the loss is constant: nothing pulls any more.": [2.0, -1.0, 1.0],
        "those are the steps of descent, minus the slopes.": [-2.0, 1.0, 0.0]}.items()})
    expect(same(answer, expected), f"{told(answer, expected)}: 4 d, then -2 (2 - d), then 0.")


def _expect_gradients(answer, expected, given):
    weights = torch.arange(1.0, 7.0).reshape(2, 3)
    found = torch.autograd.grad((weights * answer).sum(), given, materialize_grads=True)
    wanted = torch.autograd.grad((weights * expected).sum(), given)
    for name, one, other in zip(("center", "extent", "angle"), found, wanted, strict=True):
        expect(same(one, other), f"the values are right, but the gradient of {name} is {numbers(one)}, expected "
               f"{numbers(other)}: it was cut off (float, .item, torch.tensor, math.cos).")


def _mistaken_matrices(center, extent, angle, size):
    """What the usual mistakes make of a turned box, under the sentence that names each."""
    (cx, cy), (w, h), (H, W), (c, s) = center, extent, size, (cos(angle), sin(angle))
    last = [2 * cx / W - 1, 2 * cy / H - 1]

    def matrix(a, b, d, e, x=last[0], y=last[1]):
        return torch.tensor([[a, b, x], [d, e, y]])

    right = w * c / W, -h * s / W, w * s / H, h * c / H
    return {
        "the box is sheared: the first row belongs to x and is divided by W, the second by H, in both columns.":
            matrix(w * c / W, -h * s / H, w * s / W, h * c / H),
        "width and height of the image are exchanged: image_size is (height, width).":
            matrix(w * c / H, -h * s / H, w * s / W, h * c / W, 2 * cx / H - 1, 2 * cy / W - 1),
        "it turns the other way: y points down, and the angle turns +x towards +y.":
            matrix(right[0], -right[1], -right[2], right[3]),
        "w belongs to the first column and h to the second, not to the rows.":
            matrix(w * c / W, -w * s / W, h * s / H, h * c / H),
        "twice too large: the output goes from -1 to 1, so the columns are half sides, and 2 / W makes them w / W.":
            2 * matrix(*right, last[0] / 2, last[1] / 2),
        "half the size: w / 2 pixels are w / W in normalised coordinates, which are two wide.":
            matrix(*[value / 2 for value in right]),
        "the centre is still in pixels or from 0 to 1: an edge e goes to 2 e / W - 1.":
            matrix(*right, cx / W, cy / H),
        "half a pixel off: the centre is given in edges, e goes to 2 e / W - 1.":
            matrix(*right, (2 * cx + 1) / W - 1, (2 * cy + 1) / H - 1)}


@exercise(praise="the box keeps its right angles, and centre, extent and angle get their gradient.",
          hint="Write the two sides of the box in pixels, then divide the first row by W and the second by H.")
def rotated_matrix(solution):
    cases = (((160.0, 105.0), (120.0, 60.0), 0.4, (200, 300)), ((50.0, 90.0), (30.0, 60.0), -1.1, (180, 100)),
             ((10.0, 20.0), (8.0, 6.0), 2.5, (40, 40)))
    for center, extent, angle, size in cases:
        given = [torch.tensor(value, requires_grad=True) for value in (center, extent, angle)]
        answer, expected = solution(*given, size), rotated_crop_matrix(*given, size)
        expect(answer.shape == (2, 3), f"the result has shape {tuple(answer.shape)}, expected (2, 3).")
        if not same(answer, expected):
            recognise(answer, _mistaken_matrices(center, extent, angle, size))
        expect(same(answer, expected), f"for the centre {center}, the extent {extent} and the angle {angle} "
               f"{told(answer, expected)}.")
        expect(answer.requires_grad, "the values are right, but nothing gets a gradient: stack tensors, torch.tensor "
               "of tensors cuts the graph.")
        _expect_gradients(answer, expected, given)
