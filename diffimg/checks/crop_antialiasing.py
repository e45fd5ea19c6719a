"""Checks of the exercises in chapter "crop/antialiasing"."""

import torch

from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="stripes of full contrast, three times too wide: each sample sits on one pixel.",
          hint="Where is x_j = x0 + (j + 1/2) (x1 - x0) / w - 1/2, for 12 pixels and 4 outputs?")
def cropped_stripes(solution):
    answer, expected = solution(), torch.tensor([1.0, 0.0, 1.0, 0.0])
    expect(answer.shape == (4,), f"the prediction has shape {tuple(answer.shape)}, expected four numbers.")
    recognise(answer, {
        "those are the means of three pixels each, what an honest summary would be: the plain crop reads two pixels "
        "at most for each output.": torch.tensor([1.0, 2.0, 1.0, 2.0]) / 3,
        "gray is what averages over many stripes give: the plain crop averages two neighbours at most, by where x_j "
        "lies between them.": torch.full((4,), 0.5),
        "those are the pixels 0, 3, 6 and 9, as the slice [::3] keeps them; a crop samples the middle of each part.":
            1 - expected})
    expect(same(answer, expected), f"{told(answer, expected)}: x_j = 3 j + 1, the places 1, 4, 7, 10.")


@exercise(praise="every row is the exact mean of its part, fractions of pixels included.",
          hint="How much of the pixel [c, c + 1) lies between the two ends of part j?")
def box_rows(solution):
    for x0, x1, n_in, n_out in ((2.0, 10.0, 12, 4), (1.3, 9.8, 11, 3), (3.2, 5.6, 8, 6), (0.0, 7.0, 7, 7)):
        answer, length = solution(x0, x1, n_in, n_out), (x1 - x0) / n_out
        expect(answer.shape == (n_out, n_in), f"the result has shape {tuple(answer.shape)}, expected {(n_out, n_in)}.")
        exact = torch.tensor([[max(0.0, min(x0 + (j + 1) * length, m + 1) - max(x0 + j * length, m)) / length
                               for m in range(n_in)] for j in range(n_out)])
        if same(answer, exact):
            continue
        middles = x0 + (torch.arange(n_out) + 0.5) * length - 0.5
        touched = (exact > 0).to(exact.dtype)
        recognise(answer, {
            "the rows sum to the length of a part: divide by it.": exact * length,
            "each part counts the pixels that it touches alike: a pixel that is cut counts by the piece inside.":
                touched / touched.sum(1, keepdim=True),
            "those are the rows of the plain crop: one sample in the middle of each part.":
                (1 - (middles[:, None] - torch.arange(n_in)).abs()).clamp(min=0)})
        expect(bool((answer >= -1e-6).all()), "some weights are negative: where a pixel does not overlap, it counts 0.")
        ones = torch.ones(n_out)
        expect(same(answer.sum(1), ones), f"{told(answer.sum(1), ones, 'the rows sum to')}.")
        expect(same(answer, exact), f"for the box from {x0} to {x1} in {n_out} parts {told(answer, exact)}: each pixel "
               "counts by its overlap.")


@exercise(praise="scale first, then the half pixel of the feature map.",
          hint="What does spatial_scale do to the box, and which half pixel is missing with aligned=False?")
def same_region(solution):
    for corners in ((32.0, 48.0, 200.0, 120.0), (-9.5, 3.3, 77.7, 250.1)):
        box = torch.tensor(corners)
        answer = solution(box.clone())
        expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected a box (4,).")
        recognise(answer, {
            "the box is still in pixels of the image: spatial_scale divides it by 16.": box + 0.5,
            "the half pixel is missing: without aligned, the samples lie further to the right and down.": box / 16,
            "the half pixel goes the other way: leaving out a - 1/2 is the same as a larger x0.": box / 16 - 0.5,
            "the half pixel belongs to the feature map, so it comes after the division.": (box + 0.5) / 16,
            "the half pixel belongs to the feature map and goes the other way.": (box - 0.5) / 16,
            "the corners are rounded, as RoIPool does; RoIAlign was made to leave them between pixels.":
                (box / 16).round() + 0.5,
            "that multiplies by 16; spatial_scale is 1/16.": box * 16 + 0.5})
        expect(same(answer, box / 16 + 0.5), f"for the box {numbers(box)}, {told(answer, box / 16 + 0.5)}.")
