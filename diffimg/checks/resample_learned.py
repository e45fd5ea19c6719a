"""Checks of the exercises in chapter "resample/learned"."""

import torch
import torch.nn.functional as F

from ..images import noise
from ._shared import exercise, expect, recognise, same, told


@exercise(praise="the 5 won two windows, the transpose adds up what both send, and the other pixels get nothing.",
          hint="Which pixel won each of the three windows? Where do the three maxima go, and what if two meet?")
def sent_back(solution):
    answer, expected = solution(), torch.tensor([0.0, 10.0, 0.0, 4.0, 0.0])
    expect(answer.shape == (5,), f"the result has shape {tuple(answer.shape)}, expected five numbers.")
    recognise(answer, {
        "that is the row itself; what won no window does not come back.": torch.tensor([1.0, 5.0, 2.0, 4.0, 3.0]),
        "the 5 won two windows, and each of them sends it: a transpose adds. What keeps one is max_unpool2d.":
            torch.tensor([0.0, 5.0, 0.0, 4.0, 0.0]),
        "the three maxima stand at the windows they come from, not at the pixels that won.":
            torch.tensor([0.0, 5.0, 5.0, 4.0, 0.0]),
        "that counts how many windows each pixel won; they send the maximum.": torch.tensor([0.0, 2.0, 0.0, 1.0, 0.0])})
    expect(same(answer, expected), f"{told(answer, expected)}: the windows are 1 5 2, 5 2 4 and 2 4 3.")


@exercise(praise="every feature lies over its two pixels, and the end is repeated where a row or column was dropped.",
          hint="Which pixels did feature m come from, and which pixel of an odd size did no feature come from?")
def fit_skip(solution):
    for h, w, H, W in ((4, 5, 9, 10), (3, 4, 6, 9), (3, 3, 7, 7), (2, 3, 4, 6)):
        x, skip = noise((2, 3, h, w), seed=h), noise((2, 1, H, W), seed=w)
        twice = F.interpolate(x, scale_factor=2, mode="bilinear")
        rows, columns = torch.arange(H).clamp(max=2 * h - 1), torch.arange(W).clamp(max=2 * w - 1)
        answer = solution(x.clone(), skip.clone())
        expect(answer.shape == (2, 3, H, W), f"for features of {h}x{w} and a skip of {H}x{W} the result has shape "
               f"{tuple(answer.shape)}, expected {(2, 3, H, W)}: the size of the skip, the channels of x.")
        expected, end = twice[..., rows[:, None], columns], (0, W - 2 * w, 0, H - 2 * h)
        corners = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        first = F.pad(twice, (W - 2 * w, 0, H - 2 * h, 0), "replicate")
        blocks = F.interpolate(x, scale_factor=2)
        mistakes = {"align_corners=True stretches; a feature must stay over its two pixels.":
                    F.pad(corners, end, "replicate"),
                    "that repeats pixels; interpolate linearly.": F.pad(blocks, end, "replicate")}
        if (H, W) != (2 * h, 2 * w):
            mistakes |= {"that stretches the features over the pixel that was dropped; double, then repeat the end.":
                         F.interpolate(x, (H, W), mode="bilinear"),
                         "that repeats pixels; double them bilinearly.": F.interpolate(x, (H, W)),
                         "a border of zeros is not a repeated row.": F.pad(twice, end),
                         "that repeats the first row or column; pooling dropped the last.": first}
        recognise(answer, mistakes)
        expect(same(answer, expected), f"for {h}x{w} features and a skip of {H}x{W} {told(answer, expected)}.")
