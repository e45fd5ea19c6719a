"""Right and wrong answers to the exercises of chapter "crop/antialiasing"."""

import torch
from answering import right, wrong

from diffimg.checks import crop_antialiasing as checks

# right answers --------------------------------------------------------------------------------------------------------

right(checks.same_region)(lambda box: box / 16 + 0.5)


@right(checks.box_rows)
def box_rows(x0, x1, n_in, n_out):
    length, m = (x1 - x0) / n_out, torch.arange(n_in)
    start = x0 + torch.arange(n_out)[:, None] * length
    return (torch.minimum(start + length, m + 1) - torch.maximum(start, m)).clamp(min=0) / length


# wrong answers --------------------------------------------------------------------------------------------------------

@wrong(checks.box_rows, "rows sum to the length of a part")
def overlaps(x0, x1, n_in, n_out):
    return box_rows(x0, x1, n_in, n_out) * (x1 - x0) / n_out


@wrong(checks.box_rows, "each pixel counts by its overlap")
def pixels_about_their_index(x0, x1, n_in, n_out):
    return box_rows(x0 + 0.5, x1 + 0.5, n_in + 1, n_out)[:, :-1]


@wrong(checks.box_rows, "each pixel counts by its overlap|rows sum to")
def whole_pixels_only(x0, x1, n_in, n_out):
    rows = (box_rows(x0, x1, n_in, n_out) > 0).double()
    return rows / rows.sum(1, keepdim=True)


@wrong(checks.box_rows, r"shape \(12, 4\), expected \(4, 12\)")
def rows_and_columns_exchanged(x0, x1, n_in, n_out):
    return box_rows(x0, x1, n_in, n_out).mT


wrong(checks.same_region, "still in pixels of the image")(lambda box: box + 0.5)
wrong(checks.same_region, "half pixel is missing")(lambda box: box / 16)
wrong(checks.same_region, "goes the other way")(lambda box: box / 16 - 0.5)
wrong(checks.same_region, "comes after the division")(lambda box: (box + 0.5) / 16)
wrong(checks.same_region, "multiplies by 16")(lambda box: box * 16 + 0.5)
wrong(checks.same_region, "its left edge must be at")(lambda box: box / 16 + torch.tensor([0.5, 0.5, 0, 0]))
