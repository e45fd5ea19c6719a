"""Checks of the exercises in chapter "crop/affine_matrix"."""

import torch
import torch.nn.functional as F

from ..coords import normalize_box
from ..crop import crop, crop_matrix
from ._shared import colours, crop_by_matrices, exercise, expect, numbers, recognise, same, told

BOX = (-0.5, -0.3, 0.7, 0.8)


@exercise(praise="the crop of the new box is the mirrored crop of the old one, also of one that is mirrored already.",
          hint="The left edge of the output, u = -1, must now land on the right edge of the box.")
def mirror_box(solution):
    for corners in (BOX, (0.7, -0.3, -0.5, 0.8), (-1.5, 0.9, -0.25, -1.25)):
        box, right = torch.tensor(corners), torch.tensor(corners)[[2, 1, 0, 3]]
        x, y, x2, y2 = corners
        answer = solution(box.clone())
        expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected a box (4,).")
        if not same(answer, right):
            recognise(answer, {
                f"the box {corners} is mirrored already, and its mirror image is not: exchange the ends, do not sort "
                "them.": torch.tensor([max(x, x2), y, min(x, x2), y2 if x2 < x else 2.0])})
        recognise(answer, {
            "the box is unchanged, and so is the crop.": box,
            "the crop is upside down: y and y' are top and bottom.": box[[0, 3, 2, 1]],
            "the crop is turned by half a turn: leave y and y' alone.": box[[2, 3, 0, 1]],
            "that exchanges x and y: the crop is transposed, not mirrored.": box[[1, 0, 3, 2]],
            "that mirrors about the middle of the image, not of the box: another part of the image is shown.":
                torch.tensor([-x, y, -x2, y2]),
            **({} if same(right, right.clamp(-1, 1)) else {
                "that clamps the box to the image: a crop may reach beyond it.": right.clamp(-1, 1)})})
        expect(same(answer, right), f"for the box {corners} {told(answer, right)}.")


def _mistaken_boxes(box, height, width):
    """What the usual mistakes make of normalised corners, under the sentence that names each."""
    normal = normalize_box(box, (height, width))
    return {
        "width and height are exchanged: x is divided by the width W = image.shape[-1].":
            normalize_box(box, (width, height)),
        "x and y are exchanged: the grid has x first.": normal[[1, 0, 3, 2]],
        "the edges go from 0 to 1 here; normalised coordinates go from -1 to 1.": (normal + 1) / 2,
        "half a pixel off: the corners are edges, e goes to 2 e / W - 1.": normalize_box(box + 0.5, (height, width)),
        "the box was rounded: between pixels it must move the samples smoothly.":
            normalize_box(box.round(), (height, width)),
        "the box was clamped to the image: beyond it the border repeats, and the parts keep their size.":
            normalize_box(box.clamp(min=0).minimum(torch.tensor([width, height] * 2)), (height, width)),
        "N - 1 belongs to centres: N pixels have the edges 0 to N.":
            2 * box / torch.tensor([width - 1, height - 1] * 2) - 1,
    }


def _mistaken_crops(image, box, size):
    """What the usual mistakes make of a crop, under the sentence that names each."""
    shape = image.shape[-2:]
    normal, centres = normalize_box(box, shape), normalize_box(box, shape, align_corners=True)
    grid, true_grid = (F.affine_grid(crop_matrix(normal)[None], (1, 1, *size), align_corners=a) for a in (False, True))
    return {mistake: crop(image, wrong, size) for mistake, wrong in _mistaken_boxes(box, *shape).items()} | {
        "the corners are edges, but both calls have align_corners=True.": crop(image, normal, size, align_corners=True),
        "with align_corners=True the slices come out right, but for another size the samples sit at the outer centres "
        "and not at the middles of equal parts; use False.": crop(image, centres, size, align_corners=True),
        "affine_grid has align_corners=False and grid_sample True.": F.grid_sample(image, grid, align_corners=True),
        "affine_grid has align_corners=True and grid_sample False.":
            F.grid_sample(image, true_grid, align_corners=False),
        "mode=\"nearest\" has no gradient in the box; leave the mode at bilinear.":
            crop(image, normal, size, mode="nearest"),
        "the border fades to black: which padding_mode continues the image?":
            crop(image, normal, size, padding_mode="zeros"),
        "all channels show the first one.": crop(image, normal, size)[:, :1].expand(-1, image.shape[1], -1, -1),
    }


@exercise(praise="slices, interpolate and the gradient of the box all agree. You have written crop.",
          hint="Normalise the edges, build Theta with torch.stack, then affine_grid and grid_sample.")
def crop_box_in_pixels(solution):
    image = colours(6, 9)
    for box, size in (((2.0, 1.0, 7.0, 4.0), (3, 5)), ((1.3, 0.6, 6.2, 4.9), (4, 3)), ((0.0, 0.0, 9.0, 6.0), (12, 18)),
                      ((-1.5, 2.0, 4.0, 7.5), (5, 4))):
        answer, expected = solution(image, torch.tensor(box), size), crop_by_matrices(image, box, size)
        expect(answer.shape == expected.shape, f"the result has shape {tuple(answer.shape)}, expected "
               f"{tuple(expected.shape)}.")
        if not same(answer, expected):
            recognise(answer, _mistaken_crops(image, torch.tensor(box), size))
        expect(same(answer, expected), f"the box {box} of a 6 x 9 image, cropped to {size}: "
               f"{told(answer, expected)}.")
    box = torch.tensor([1.3, 0.6, 6.2, 4.9], requires_grad=True)
    answer = solution(image, box, (4, 4))
    expect(answer.requires_grad, "the values are right, but the box gets no gradient: something cut it off "
           "(torch.tensor, float, .item, .detach).")
    expected = torch.autograd.grad(crop(image, normalize_box(box, (6, 9)), (4, 4)).square().sum(), box)[0]
    found, = torch.autograd.grad(answer.square().sum(), box, materialize_grads=True)
    expect(same(found, expected), f"the values are right, but the gradient of the box is {numbers(found)}, expected "
           f"{numbers(expected)}: part of Theta was cut off from the box (detach, round, float).")


@exercise(praise="the two crops cancel: Theta(box) Theta(undo) is the identity.",
          hint="Solve p = s u + t for u, where s and t are the diagonal and the last column of Theta.")
def undo_box(solution):
    answer, box = solution(), torch.tensor([-0.5, -0.5, 0.5, 0.0])
    expect(answer.shape == (4,), f"the prediction has shape {tuple(answer.shape)}, expected a box (4,).")
    recognise(answer, {
        "that is the frame as the photograph counts it; seen from the crop it is larger.":
            torch.tensor([-1.0, -1.0, 1.0, 1.0]),
        "that is as large as it must be, but about the middle of the photograph: the box lies above it.":
            torch.tensor([-2.0, -4.0, 2.0, 4.0]),
        "y points down: the frame reaches further below the box than above it.": torch.tensor([-2.0, -5.0, 2.0, 3.0])})
    last = torch.tensor([[0.0, 0.0, 1.0]])
    there, back = (torch.cat([crop_matrix(b.to(last.dtype)), last]) for b in (box, answer))
    product = there @ back
    scale, shift = product.diagonal()[:2], product[:2, 2]
    expect(same(scale, torch.ones(2)), f"cropping twice {told(1 / scale, torch.ones(2), 'magnifies by')}: "
           "the box must be as much larger than the crop as the photograph is larger than the box.")
    expect(same(shift, torch.zeros(2)), f"the size is right, but the photograph is shifted by {numbers(shift)}: "
           "where are its corners, p = -1 and 1, as seen from the crop?")
