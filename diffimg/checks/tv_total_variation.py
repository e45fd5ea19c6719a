"""Checks of the exercises in chapter "tv/total_variation"."""

import torch

from ..images import noise
from ._shared import by_hand, exercise, expect, recognise, same, told


@exercise(praise="a border pixel lacks differences, and forward differences treat the two corners differently.",
          hint="Which differences are not 0, and which two belong to one pixel? At the border there is no next pixel.")
def bright_pixel(solution):
    answer, root = solution(), 2**0.5
    expect(answer.numel() == 3, f"the result has shape {tuple(answer.shape)}, expected three numbers, one for each "
           "place.")
    answer, expected = answer.flatten(), torch.tensor([2 + root, root, 2.0])
    recognise(answer, {
        "that is the anisotropic TV, the pixel sides around it; differences of one pixel meet under a root.":
            torch.tensor([4.0, 2, 2]),
        "the corners are exchanged: the next pixels lie below and to the right.": expected[[0, 2, 1]],
        "the corners differ: at the last one the two differences belong to two other pixels.":
            torch.tensor([2 + root, root, root]),
        "in the middle the pixels above and to the left differ from it too.": torch.tensor([root, root, 0.0]),
        "at the border there is no next pixel, so no difference: the image does not go on with 0.":
            torch.tensor([2 + root, 2 + root, 2 + root]),
        "the last row and column count: the differences to the corner belong to the pixels before it.":
            torch.tensor([2 + root, root, 0.0])})
    expect(same(answer, expected), f"{told(answer, expected, 'you predicted')}; the root of 2 may stay as 2**0.5.")


@exercise(praise="each p goes back to the two pixels it was computed from, round the corner too.",
          hint="Pixel k went into difference k with the sign -, and into difference k - 1 with the sign +.")
def wrapped_transpose(solution):
    for n in (5, 3, 7):
        p = noise((3, n), seed=n)
        expected = torch.zeros(3, n)
        for k in range(n):
            expected[:, (k + 1) % n] += p[:, k]
            expected[:, k] -= p[:, k]
        answer = by_hand(solution)(p.clone())
        expect(answer.shape == p.shape, f"the result has shape {tuple(answer.shape)}, expected {tuple(p.shape)}.")
        right, down, zero = p.roll(1, -1), p.roll(1, 0), torch.zeros(3, 1)
        last = torch.cat([p[:, :-1], zero], -1)
        recognise(answer, {
            "that is the divergence; the transpose has the other sign.": p - right,
            "those are the differences once more, with their sign turned; p[k] belongs to pixels k and k + 1.":
                p - p.roll(-1, -1),
            "those are the differences once more; the transpose looks to the other side.": p.roll(-1, -1) - p,
            "inside it is right, but nothing went round the corner: here the last difference is not 0.":
                torch.cat([zero, p[:, :-1]], -1) - last,
            "pixel 0 gets nothing from the last difference; it went round the corner.":
                torch.cat([zero, p[:, :-1]], -1) - p,
            "the roll goes over the rows; the differences were taken along the last axis.": down - p,
            "a difference has two ends with opposite signs.": right + p})
        expect(same(answer, expected), f"the dot test fails for {n} pixels: {told(answer, expected)}; pixel 0 gets "
               f"p[{n - 1}] - p[0].")


@exercise(praise="the minimiser of the enlarged picture is the enlarged minimiser.",
          hint="Multiply the loss by 1 / 2 and read off lambda. How must it change, and what else changes?")
def enlarged_weight(solution):
    for weight, old, new in ((0.4, (64, 64), (256, 256)), (1.0, (30, 20), (60, 40)), (500.0, (80, 60), (40, 30)),
                             (0.7, (64, 48), (96, 72)), (3.0, (90, 60), (75, 50))):
        answer = solution(weight, old, new)
        expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
        answer, r = answer.reshape(()), new[0] / old[0]
        scaled = answer / weight
        expect(r == new[0] // old[0] or not same(scaled, scaled.new_tensor(float(new[0] // old[0]) ** 3)),
               f"from {old} to {new} the sides grow by {r:g}: / keeps the fraction, // drops it.")
        recognise(scaled, {
            "the weight is unchanged: then lambda = weight / (2 N) shrinks as the picture grows.":
                scaled.new_tensor(1.0),
            "that is how lambda must grow; but lambda = weight / (2 N), and N grows too.": scaled.new_tensor(r),
            "that keeps lambda = weight / (2 N) the same. Right for a larger photograph with the same noise in each "
            "pixel; here the picture itself is enlarged, and its edges got longer.": scaled.new_tensor(r**2),
            "that is the rule for the opening, a mean beside a sum. Here it is a sum beside a mean.":
                scaled.new_tensor(1 / r),
            "that is the way back, from new to old.": scaled.new_tensor(r**-3)})
        expect(same(scaled, scaled.new_tensor(r**3)), f"from {old} to {new}, weight {weight} became "
               f"{float(answer):.3g}; lambda = weight / (2 N) then grows by {float(scaled) / r**2:.3g} "
               f"instead of {r:g}.")
