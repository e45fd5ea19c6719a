"""Checks of the exercises in chapter "crop/antialiasing"."""

import torch

from ._shared import exercise, expect, numbers, recognise, same


@exercise(praise="every row is the exact mean of its part, fractions of pixels included.",
          hint="How much of the pixel [m, m + 1) lies between the two ends of part j?")
def box_rows(solution):
    for x0, x1, n_in, n_out in ((2.0, 10.0, 12, 4), (1.3, 9.8, 11, 3), (3.2, 5.6, 8, 6)):
        answer, length = solution(x0, x1, n_in, n_out), (x1 - x0) / n_out
        expect(answer.shape == (n_out, n_in), f"the result has shape {tuple(answer.shape)}, expected {(n_out, n_in)}.")
        exact = torch.tensor([[max(0.0, min(x0 + (j + 1) * length, m + 1) - max(x0 + j * length, m)) / length
                               for m in range(n_in)] for j in range(n_out)])
        recognise(answer, {"the rows sum to the length of a part: divide by it.": exact * length})
        expect(bool((answer >= 0).all()), "some weights are negative: where a pixel does not overlap, it counts 0.")
        expect(same(answer.sum(1), torch.ones(n_out)), f"the rows sum to {numbers(answer.sum(1))}, "
               "expected 1 for each.")
        expect(same(answer, exact), f"for the box from {x0} to {x1} in {n_out} parts, row 0 is {numbers(answer[0])}, "
               f"expected {numbers(exact[0])}: each pixel counts by its overlap.")


@exercise(praise="scale first, then the half pixel of the feature map.",
          hint="What does spatial_scale do to the box, and which half pixel is missing with aligned=False?")
def same_region(solution):
    box = torch.tensor([32.0, 48.0, 200.0, 120.0])
    answer = solution(box.clone())
    expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected a box (4,).")
    recognise(answer, {
        "the box is still in pixels of the image: spatial_scale divides it by 16.": box + 0.5,
        "the half pixel is missing: without aligned, the samples lie further to the right and down.": box / 16,
        "the half pixel goes the other way: leaving out a - 1/2 is the same as a larger x0.": box / 16 - 0.5,
        "the half pixel belongs to the feature map, so it comes after the division.": (box + 0.5) / 16,
        "the half pixel belongs to the feature map and goes the other way.": (box - 0.5) / 16,
        "that multiplies by 16; spatial_scale is 1/16.": box * 16 + 0.5})
    expect(same(answer, box / 16 + 0.5), f"for the box {numbers(box)} you returned {numbers(answer)}; its left edge "
           f"must be at {numbers(box[0] / 16 + 0.5)} on the feature map.")
