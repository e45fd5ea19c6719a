"""Right and wrong answers to the exercises of chapter "crop/antialiasing"."""

import torch
from answering import right, wrong

from diffimg.checks import crop_antialiasing as checks
from diffimg.crop import crop
from diffimg.resample import resample_matrix

# right answers --------------------------------------------------------------------------------------------------------

right(checks.same_region)(lambda box: box / 16 + 0.5)
right(checks.same_region)(lambda box: (box + 8) / 16)
right(checks.same_region)(lambda box: [value * 0.0625 + 0.5 for value in box.tolist()])
right(checks.same_region)(lambda box: torch.lerp(box, torch.full_like(box, 8 / 15), 15 / 16))

right(checks.cropped_stripes)(lambda: (1, 0, 1, 0))
right(checks.cropped_stripes)(lambda: torch.tensor([True, False, True, False]))
right(checks.cropped_stripes)(lambda: torch.arange(12.0)[1::3] % 2)
right(checks.cropped_stripes)(
    lambda: crop(torch.arange(12.0).remainder(2).expand(1, 1, 1, 12), torch.tensor([-1.0, -1, 1, 1]), (1, 4)).flatten())


@right(checks.box_rows)
def box_rows(x0, x1, n_in, n_out):
    length, m = (x1 - x0) / n_out, torch.arange(n_in)
    start = x0 + torch.arange(n_out)[:, None] * length
    return (torch.minimum(start + length, m + 1) - torch.maximum(start, m)).clamp(min=0) / length


@right(checks.box_rows)
def by_two_clamps(x0, x1, n_in, n_out):
    ends, m = torch.linspace(x0, x1, n_out + 1, dtype=torch.float64), torch.arange(n_in)
    covered = (ends[:, None] - m).clamp(0, 1)
    return covered.diff(dim=0) * n_out / (x1 - x0)


@right(checks.box_rows)
def with_a_rounding_below_zero(x0, x1, n_in, n_out):
    rows = box_rows(x0, x1, n_in, n_out)
    return torch.where(rows == 0, -1e-17, rows)


right(checks.box_rows)(
    lambda x0, x1, n_in, n_out: resample_matrix(n_in, n_out, kernel="area", box=(x0, x1)))


# wrong answers --------------------------------------------------------------------------------------------------------

@wrong(checks.box_rows, "rows sum to the length of a part")
def overlaps(x0, x1, n_in, n_out):
    return box_rows(x0, x1, n_in, n_out) * (x1 - x0) / n_out


@wrong(checks.box_rows, "each pixel counts by its overlap")
def pixels_about_their_index(x0, x1, n_in, n_out):
    return box_rows(x0 + 0.5, x1 + 0.5, n_in + 1, n_out)[:, :-1]


@wrong(checks.box_rows, "a pixel that is cut counts by the piece inside")
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
wrong(checks.same_region, "you returned")(lambda box: box / 16 + torch.tensor([0.5, 0.5, 0, 0]))
wrong(checks.same_region, "the corners are rounded")(lambda box: (box / 16).round() + 0.5)
wrong(checks.same_region, "you returned")(lambda box: (box / 16 + 0.5).clamp(min=0))
wrong(checks.same_region, r"expected a box \(4,\)")(lambda box: box[0] / 16 + 0.5)

wrong(checks.cropped_stripes, "the means of three pixels")(lambda: torch.tensor([1, 2, 1, 2]) / 3)
wrong(checks.cropped_stripes, "gray is what averages")(lambda: 4 * [0.5])
wrong(checks.cropped_stripes, "samples the middle of each part")(lambda: (0, 1, 0, 1))
wrong(checks.cropped_stripes, "the places 1, 4, 7, 10")(lambda: (1, 0, 0, 1))
wrong(checks.cropped_stripes, "expected four numbers")(lambda: (1, 0, 1))

wrong(checks.box_rows, "one sample in the middle")(lambda *args: resample_matrix(*args[2:], box=args[:2]))
wrong(checks.box_rows, "each pixel counts by its overlap|rows sum to")(lambda *args: box_rows(*args).roll(1, 1))
