"""Checks of the exercises in chapter "linear/images"."""

import torch
import torch.nn.functional as F

from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="edges 0 and N land on -1 and 1, and every pixel agrees with affine_grid.",
          hint="The left border of the image, e = 0, must land on -1, and the right border, e = N, on 1.")
def edge_to_normalized(solution):
    for n in (4, 7, 1):  # one pixel last: there some mistakes divide by zero
        e = torch.arange(n + 1.0)
        answer = torch.stack([solution(edge, n) for edge in e])
        recognise(answer, {
            "that is the formula for centres: it takes an index, and e is an edge, half a pixel larger.":
                (2 * e + 1) / n - 1,
            "that is a fraction of the width, from 0 to 1; normalised coordinates go from -1 to 1.": e / n,
            "N pixels have N + 1 edges, from 0 to N: which e must land on 1?": 2 * e / (n - 1) - 1})
        ends = torch.tensor([-1.0, 1.0])
        expect(same(answer[[0, -1]], ends),
               f"with N = {n}, {told(answer[[0, -1]], ends, f'the edges 0 and {n} go to')}.")
        centres = F.affine_grid(torch.eye(2, 3)[None], (1, 1, 1, n), align_corners=False)[0, 0, :, 0]
        found = torch.stack([solution(edge + 0.5, n) for edge in e[:-1]])
        recognise(found, {
            "edges may lie between pixels, as 2.5 does: do not round.": torch.stack([answer[:-1], answer[1:]])[0]})
        expect(same(found, centres),
               f"the borders are right, but with N = {n} a pixel centre, at edge i + 1/2, differs from affine_grid's.")
        beyond = torch.stack([solution(edge, n) for edge in torch.tensor([-1.0, n + 2.0])])
        recognise(beyond, {"a box may hang over the image: leave the numbers beyond -1 and 1, do not clamp.": ends})
        expect(same(beyond, torch.tensor([-1 - 2 / n, 1 + 4 / n])),
               "inside the image it is right; outside, the line must go on with the same slope.")


@exercise(praise="the keypoint stays on the same content, for enlarging and for shrinking, between pixels too.",
          hint="Where is the centre of the image, index (N - 1) / 2, after the resize?")
def resize_keypoint(solution):
    for n, m in ((4, 8), (6, 15), (12, 4), (5, 7)):
        ramp = torch.arange(float(n))[None, None]
        # four outputs for each pixel of the new image: places between its pixels
        shown = F.interpolate(ramp, size=4 * m, mode="linear", align_corners=False)[0, 0]
        inside = (shown > 0) & (shown < n - 1)
        i, j = shown[inside], ((torch.arange(4 * m) + 0.5) / 4 - 0.5)[inside]
        answer = torch.stack([solution(place, n, m) for place in i])
        recognise(answer, {
            "that scales the index. The left border of the image stays in place, not the centre of pixel 0: "
            "scale edges.": i * m / n,
            "that goes from the new image to the old one: exchange N and M.": (i + 0.5) * n / m - 0.5,
            "half way: the edge coordinate is scaled, but the result must be an index again.": (i + 0.5) * m / n,
            "that is the formula for align_corners=True.": i * (m - 1) / (n - 1),
            "that is rounded to a pixel. A keypoint lies between pixels, and rounding moves it by up to half of one.":
                j.round(),
            "that is rounded down to a pixel: a keypoint lies between pixels.": j.floor()})
        expect(same(answer, j.to(answer.dtype)), f"from {n} to {m} pixels, index {numbers(i[1])} of the input: "
               f"{told(answer[1], j[1])}.")


@exercise(praise="the centre of each kept pixel and the middle of the block that it fills are (step - 1) / 2 apart.",
          hint="Where is the centre of kept pixel j, in edge coordinates, and where does interpolate put it?")
def shifts_of_slices(solution):
    answer, expected = solution(), torch.tensor([1.0, 1.5])
    expect(answer.shape == (2,), f"the prediction has shape {tuple(answer.shape)}, expected (2,): a shift for the step "
           "3 and one for the step 4.")
    recognise(answer, {sentence: torch.tensor(wrong) for sentence, wrong in {
        "half a pixel belongs to the step 2; a larger step moves the copy further.": [0.5, 0.5],
        "that is half the step: the kept pixel does not start at the edge of its block, its centre is half a pixel in.":
            [1.5, 2.0],
        "that is half of it: the kept pixel has its centre at 3 j + 1/2, the block at 3 j + 3/2.": [0.5, 0.75],
        "that is the distance from the first pixel of a block to the last; the middle lies half as far.": [2.0, 3.0],
        "to the left would be negative: interpolate puts each kept pixel further to the right than it was.":
            [-1.0, -1.5]}.items()})
    expect(same(answer, expected), f"{told(answer, expected)}: kept pixel j has its centre at the edge coordinate "
           "3 j + 1/2, and the block that it fills has its middle at 3 j + 3/2.")
