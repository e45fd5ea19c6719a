"""Checks of the exercises in chapter "crop/affine_matrix"."""

import torch
import torch.nn.functional as F

from ..coords import normalize_box
from ..crop import crop, crop_matrix
from ._shared import close, exercise, expect, ramp

BOX = (-0.5, -0.3, 0.7, 0.8)


@exercise(praise="the crop of the new box is the mirrored crop of the old one.",
          hint="The left edge of the output, u = -1, must now land on the right edge of the box.")
def mirror_box(solution):
    box = torch.tensor(BOX)
    answer = torch.as_tensor(solution(box))
    expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected a box (4,)")
    image = ramp(5, 9, "x") + 10 * ramp(5, 9, "y")
    new, old = crop(image, answer.to(image.dtype), (3, 4)), crop(image, box, (3, 4))
    expect(not close(new, old), "the crop is unchanged; is the order of the four numbers still (left, right)?")
    expect(not close(new, old.flip(-2)), "the crop is upside down: that swaps y and y', which edges are left and right?")
    expect(close(new, old.flip(-1)), f"the first row of the crop is {new[0, 0, 0].tolist()}, expected "
           f"{old.flip(-1)[0, 0, 0].tolist()}: the same places in the opposite order")


@exercise(praise="slices, interpolate and the gradient of the box all agree. You have written crop.",
          hint="Normalise the edges, build Theta with torch.stack, then affine_grid and grid_sample.")
def crop_box_in_pixels(solution):
    image = ramp(6, 9, "x") + 10 * ramp(6, 9, "y")
    answer = solution(image, torch.tensor([2.0, 1.0, 7.0, 4.0]), (3, 5))
    expect(answer.shape == (1, 1, 3, 5), f"the result has shape {tuple(answer.shape)}, expected (1, 1, 3, 5)")
    expect(close(answer, image[..., 1:4, 2:7]), f"the box (2, 1, 7, 4) on a 6 x 9 image must be the slice [1:4, 2:7]; the "
           f"first row is {[round(v, 3) for v in answer[0, 0, 0].tolist()]}, expected {image[0, 0, 1, 2:7].tolist()}: "
           "width with x, height with y, edges, one align_corners")
    whole = solution(image, torch.tensor([0.0, 0.0, 9.0, 6.0]), (12, 18))
    expect(close(whole, F.interpolate(image, (12, 18), mode="bilinear")), "slices are right, but the whole image "
           "enlarged differs from F.interpolate at the border: which padding_mode continues the image?")
    box = torch.tensor([1.3, 0.6, 6.1, 4.9], requires_grad=True)
    cropped = solution(image, box, (4, 4))
    expect(cropped.requires_grad, "the values are right, but the box gets no gradient: something turned its entries "
           "into Python numbers (torch.tensor, float, .item)")
    expected = torch.autograd.grad(crop(image, normalize_box(box, (6, 9)), (4, 4)).square().sum(), box)[0]
    expect(close(torch.autograd.grad(cropped.square().sum(), box)[0], expected), "the gradient of the box is wrong")


@exercise(praise="the two crops cancel: Theta times its inverse is the identity.",
          hint="Solve p = s u + t for u, where s and t are the diagonal and the last column of Theta.")
def undo_box(solution):
    for box in (torch.tensor(BOX), torch.tensor([-1.0, 0.2, 0.5, 0.6])):
        answer = torch.as_tensor(solution(box))
        expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected a box (4,)")
        last = torch.tensor([[0.0, 0.0, 1.0]])
        there, back = (torch.cat([crop_matrix(b.to(last.dtype)), last]) for b in (box, answer))
        expect(close(there @ back, torch.eye(3)), f"for the box {box.tolist()} the product of the two matrices has the "
               f"diagonal {[round(v, 3) for v in (there @ back).diagonal().tolist()]} and the last column "
               f"{[round(v, 3) for v in (there @ back)[:, 2].tolist()]}, expected 1, 1, 1 and 0, 0, 1")
