"""Checks of the exercises in chapter "crop/box_gradient"."""

import torch

from ..coords import normalize_box
from ..crop import crop
from ._shared import by_hand, exercise, expect, ramp, recognise, same, told


def _waves(height, width):
    return (0.7 * ramp(height, width, "x") + 1.9 * ramp(height, width, "y")).sin()


def _gradient(image, box, size, G):
    """The oracle: autograd through the crop, in pixels."""
    with torch.enable_grad():
        leaf = box.clone().requires_grad_()
        out = crop(image, normalize_box(leaf, image.shape[-2:]), size)[0, 0]
        return torch.autograd.grad((out * G).sum(), leaf)[0]


@exercise(praise="each sample follows both ends of the box, the nearer one more.",
          hint="Where do the two samples lie, what is the slope of the row there, and what are 1 - tau and tau?")
def slopes_of_squares(solution):
    answer, expected = solution(), torch.tensor([3.5, 4.5])
    expect(answer.shape == (2,), f"the prediction has shape {tuple(answer.shape)}, expected two numbers.")
    recognise(answer, {sentence: torch.tensor(wrong) for sentence, wrong in {
        "those are the slopes under the two samples; each sample follows both ends, by 1 - tau and tau.": [3.0, 5.0],
        "the ends are exchanged: 1 - tau belongs to x0, tau to x1.": [4.5, 3.5],
        "that is the slope of the centre, 8, shared evenly; the nearer end gets more.": [4.0, 4.0],
        "that is the slope of the centre: if one end moves alone, the samples move less.": [8.0, 8.0],
        "half a pixel off: the box is given by edges, the samples lie at 1.5 and 2.5.": [5.5, 6.5],
        "the sign is reversed: moving the box to the right moves the samples to the right.": [-3.5, -4.5]}.items()})
    expect(same(answer, expected), f"{told(answer, expected)}: the slopes are 3 and 5, tau is 1/4 and 3/4.")


@exercise(praise="slopes, weights and sums agree with autograd, on an image and a crop that are not square.",
          hint="The slope of the image under each sample, times G, times 1 - tau or tau, summed.")
def gradient_of_box(solution):
    for (height, width), numbers_of_box, size in (((9, 14), (2.3, 1.2, 11.9, 6.6), (4, 7)),
                                                   ((16, 11), (0.9, 3.7, 8.2, 14.3), (6, 3))):
        image, box = _waves(height, width), torch.tensor(numbers_of_box)
        G = (ramp(*size, "x") - 2 * ramp(*size, "y")).cos()[0, 0]
        answer = by_hand(solution)(image[0, 0], box.clone(), size, G.clone())
        expected = _gradient(image, box, size, G)
        expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected (4,): "
               "one number for each side.")
        recognise(answer, _mistaken_gradients(image, box, size, G))
        expect(same(answer, expected), f"for a {height} x {width} image, the box {numbers_of_box} and size {size} "
               f"{told(answer, expected)}.")


def _mistaken_gradients(image, box, size, G):
    """What the usual mistakes make of the gradient, under the sentence that names each."""
    right, (height, width) = _gradient(image, box, size, G), image.shape[-2:]
    total = right + right[[2, 3, 0, 1]]
    return {
        "that is the gradient in normalised corners: divide by W / 2 and H / 2.":
            right * torch.tensor([width, height, width, height]) / 2,
        "the ends are exchanged: 1 - tau belongs to x0, tau to x1.": right[[2, 3, 0, 1]],
        "x and y are exchanged.": right[[1, 0, 3, 2]],
        "G is missing: each slope counts as much as the loss feels its pixel.":
            _gradient(image, box, size, torch.ones_like(G)),
        "the weights are missing: that is the gradient of the centre, once for each end.": total,
        "that is half the gradient of the centre, for both ends: the nearer end gets more, 1 - tau and tau.": total / 2,
        "half a pixel off: x_j ends with - 1/2, the corners are edges.": _gradient(image, box + 0.5, size, G),
        "the sign is reversed: moving the box to the right moves the samples to the right.": -right,
        "that is the average over the pixels; the loss is a sum.": right / G.numel()}


def _boxes(raw):
    center, extent = raw[:2].tanh(), 2 * raw[2:].sigmoid()
    return torch.cat([center - extent / 2, center + extent / 2])


@exercise(praise="the crop is that of the box before rounding, and all four numbers get their gradient.",
          hint="Which line leaves PyTorch, and which one has the slope 0?")
def repaired_crop(solution):
    image = torch.cat([_waves(12, 17), _waves(12, 17).cos(), _waves(17, 12).mT], 1)
    for start in ((0.1, -0.25, -0.4, 0.3), (-0.3, 0.2, 0.15, -0.7)):
        raw = torch.tensor(start, requires_grad=True)
        answer, expected = solution(image.clone(), raw), crop(image, _boxes(raw), (6, 6))
        expect(answer.shape == expected.shape, f"the result has shape {tuple(answer.shape)}, expected "
               f"{tuple(expected.shape)}.")
        recognise(answer.detach(), {
            "the box is still rounded to eighths: a staircase has the slope 0, and nothing warns.":
                crop(image, (_boxes(raw) * 8).round() / 8, (6, 6)).detach(),
            "all channels show the first one.": expected.detach()[:, :1].expand_as(expected),
            "that is half the box: the size is 2 * sigmoid.":
                crop(image, (_boxes(raw) + raw[:2].tanh().repeat(2)) / 2, (6, 6)).detach()})
        expect(same(answer.detach(), expected.detach()), "the crop itself has changed: apart from the rounding, "
               "centre, size and box must stay as they are.")
        expect(answer.requires_grad, "the crop is right, but it does not require a gradient: something left PyTorch "
               "(float, .item, .tolist, .detach).")
        G = (ramp(6, 6, "x") - 2 * ramp(6, 6, "y")).cos()
        wanted, = torch.autograd.grad((expected * G).sum(), raw)
        found, = torch.autograd.grad((answer * G).sum(), raw, materialize_grads=True)
        expect(not found[:2].any() or bool(found[2:].any()), "the centre gets a gradient, the size gets none: which "
               "line turns it into Python numbers?")
        expect(same(found, wanted), f"the crop is right, but {told(found, wanted, 'its gradient is')}.")
