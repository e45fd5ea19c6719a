"""Checks of the exercises in chapter "crop/traps"."""

import torch
import torch.nn.functional as F

from ..coords import normalize_box
from ..crop import crop
from ._shared import colours, crop_by_matrices, exercise, expect, numbers, ramp, recognise, same, told

BOX = (-0.5, -0.3, 0.7, 0.8)


@exercise(praise="the error slopes from minus one half to plus one half, and the middle is right.",
          hint="Which u does affine_grid give to the five columns, and which index has u = -1 for grid_sample?")
def mixed_flags(solution):
    answer, j = solution(), torch.arange(5.0)
    expect(answer.shape == (5,), f"the prediction has shape {tuple(answer.shape)}, expected (5,): one place for each "
           "output column.")
    expected = 1.25 * j - 0.5
    recognise(answer, {
        "that is where both calls read when their flags agree; here they do not.": j,
        "that is the other mix, False in affine_grid and True in grid_sample: it shrinks, and this one stretches.":
            0.8 * j + 0.4,
        "those are normalised coordinates, the u of affine_grid; at which indices does grid_sample read them?":
            0.5 * j - 1,
        "those are edge coordinates: an index is half a pixel less.": 1.25 * j,
        "those are the values that border padding shows; the first and last samples lie beyond the outer centres.":
            expected.clamp(0, 4)})
    expect(same(answer, expected), f"{told(answer, expected)}: u = -1 is a centre for affine_grid, and the outer edge, "
           "index -0.5, for grid_sample.")


@exercise(praise="stripes finer than the output turn into their mean, and blocks are averaged exactly.",
          hint="Crop to k times the size, then average blocks of k by k.")
def crop_averaged(solution):
    stripes, box = (ramp(48, 48, "x") % 2).expand(1, 3, 48, 48), torch.tensor([-1.0, -1.0, 1.0, 1.0])
    answer = solution(stripes, box, (12, 12), 4)
    expect(answer.shape == (1, 3, 12, 12), f"the result has shape {tuple(answer.shape)}, expected (1, 3, 12, 12): the "
           "average brings the crop back to size, and every channel has its own.")
    image = colours(48, 48)
    found, expected = solution(image, box, (12, 12), 4), F.avg_pool2d(image, 4)
    recognise(found, {
        "that is one sample for each output pixel: the fine detail is still skipped.": crop(image, box, (12, 12)),
        "that keeps one of every k by k samples; average them.": crop(image, box, (48, 48))[..., ::4, ::4],
        "that keeps the largest of the samples; average them.": F.max_pool2d(image, 4),
        "all channels show the first one.": expected[:, :1].expand_as(expected),
        "that averages the channels too.": expected.mean(1, keepdim=True).expand_as(expected)})
    expect(same(found, expected), "shrinking 48 pixels to 12 with k = 4 must average blocks of 4 by 4; yours differs "
           f"by {numbers((found - expected).abs().max())}.")
    expect(same(answer, torch.full_like(answer, 0.5)), "stripes of width 1 must turn into their mean, 0.5.")
    box = torch.tensor(BOX)
    found, blocks = solution(image, box, (6, 5), 3), crop(F.avg_pool2d(image, 3), box, (6, 5))
    recognise(found, {
        "that averages the whole image in fixed blocks before it is cropped; spread the samples over each output "
        "pixel's part of the box.": blocks})
    edges = ((box + 1) * 24).tolist()
    expect(same(found, F.avg_pool2d(crop_by_matrices(image, edges, (18, 15)), 3)),
           f"blocks are averaged, but for the box {BOX}, which begins between pixels, the samples are elsewhere.")


def _mistaken_boxes(first, last, width, height):
    """What the usual mistakes make of a box from its first and last samples, under the sentence that names each."""
    def edges(step=0.5, pixel=0.5, n=(width - 1, height - 1), low=first, high=last):
        s = (high - low) / torch.tensor(n)
        return torch.cat([low - step * s + pixel, high + step * s + pixel])
    return edges(), {
        "those are the samples themselves: a box ends half a step further out, and its edges are half a pixel more "
        "than an index.": edges(0, 0),
        "half a pixel is added, half a step is missing: the box begins before its first sample.": edges(0),
        "half a step is there, half a pixel is missing: an edge is an index and a half.": edges(pixel=0),
        "from the first of w samples to the last there are w - 1 steps.": edges(n=(width, height)),
        "width and height are exchanged: the size has the height first, the points have x first.":
            edges(n=(height - 1, width - 1)),
        "the box was put in order: where the last point lies left of the first, the crop is a mirror image.":
            edges(low=torch.minimum(first, last), high=torch.maximum(first, last))}


@exercise(praise="the first and last samples lie on the two points, and half a step leads to the edges.",
          hint="How many steps lead from the first sample to the last, and how far is an edge from the next sample?")
def box_of_corners(solution):
    where = torch.cat([ramp(20, 30, "x"), ramp(20, 30, "y")], 1)
    for first, last, size in (((3.25, 2.0), (21.75, 15.5), (5, 9)), ((0.0, 0.0), (29.0, 19.0), (20, 30)),
                              ((24.5, 3.0), (6.0, 12.0), (7, 4))):
        answer = solution(torch.tensor(first), torch.tensor(last), size)
        expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected a box (4,).")
        expected, mistakes = _mistaken_boxes(torch.tensor(first), torch.tensor(last), size[1], size[0])
        if not same(answer, expected):
            recognise(answer, mistakes)
        expect(same(answer, expected), f"from {first} to {last} with the size {size}: {told(answer, expected)}.")
        read = crop(where, normalize_box(answer, (20, 30)), size)[0]
        ends = torch.stack([read[:, 0, 0], read[:, -1, -1]])
        expect(same(ends, torch.tensor([first, last])), "the first and last samples lie elsewhere.")
