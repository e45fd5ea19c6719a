"""Checks of the exercises in chapter "together/superresolution"."""

import torch

from ..images import noise
from ..resample import resize
from ._shared import exercise, expect, recognise, same, told


@exercise(praise="the same frame, from the turned image through a turned box.",
          hint="Where does the left edge of the box land when the image is turned, and where the upper one?")
def turned_box(solution):
    box, size = torch.tensor([2.0, 4.0, 15.0, 18.0]), (30, 20)
    x, y, x2, y2 = box
    answer, right = solution(), torch.stack([20 - x, 30 - y, 20 - x2, 30 - y2])
    expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected the four numbers of a box.")
    recognise(answer, {
        "that is the box unchanged; the image was turned.": box,
        "that box holds the right region, in order, and so shows it upside down; which edge must stay first?":
            right[[2, 3, 0, 1]],
        "that turns the box where it is; the region has moved to the opposite corner.": box[[2, 3, 0, 1]],
        "that mirrors left and right; half a turn exchanges above and below too.":
            torch.stack([20 - x, y, 20 - x2, y2]),
        "that mirrors above and below; half a turn exchanges left and right too.":
            torch.stack([x, 30 - y, x2, 30 - y2]),
        "centres go to N - 1 - i, edges to N - e, and a box has edges.": right - 1,
        "x counts columns, of which there are 20, and y rows.": torch.stack([30 - x, 20 - y, 30 - x2, 20 - y2]),
        "the four numbers are x, y, x', y'; you have the rows first.": right[[1, 0, 3, 2]]})
    image = noise(size, seed=4)
    frame, other = resize(image, (6, 5), box=box), resize(image.flip(-2, -1), (6, 5), box=answer.to(image.dtype))
    expect(same(answer, right) and same(other, frame), f"{told(answer, right, 'you predicted')}; the two frames differ "
           f"by up to {(other - frame).abs().max():.1g}.")


@exercise(praise="pixels with a negative coefficient go to M, all others to 0.",
          hint="For fixed q and p the objective is linear in u. Which u in [0, M] makes it least?")
def bound_up_to(solution):
    for seed, M in enumerate((2.5, 1.0, 4.0, 0.0)):
        q, c, y = 0.1 * noise((3, 2, 4), seed=seed), noise((7, 5), seed=seed + 5) + 0.2, noise((3, 2, 4), seed=seed + 9)
        c[2:4, 1:4] = 0  # a black area, where any gray value is as good
        fixed, low = -q.square().sum() / 2 - (q * y).sum(), c.clamp(max=0).sum()
        answer, right = solution(q.clone(), c.clone(), y.clone(), M), fixed + M * low
        expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
        answer = answer.reshape(())
        if not same(answer, right):
            recognise(answer, _wrong_bounds(q, c, y, M))
        expect(same(answer, right), f"for M = {M:g} {told(answer, right)}.")


def _wrong_bounds(q, c, y, M):
    square, inner, low, high = q.square().sum() / 2, (q * y).sum(), c.clamp(max=0).sum(), c.clamp(min=0).sum()
    fixed = -square - inner
    return {
        "that is the bound for images up to 1.": fixed + low,
        "that divides by M; a brighter image makes the bound fall.": fixed + low / M if M else fixed,
        "that adds what the positive coefficients could give; the least takes the negative ones.": fixed + M * high,
        "the linear term is least at 0 where c is positive; you let those pixels go to M too.": fixed + M * c.sum(),
        "the pixels that go to M are those with a negative coefficient; you took the positive ones.": fixed - M * high,
        "the sign of the last term: the smallest value of the linear term is negative.": fixed - M * low,
        "every pixel goes to its own end; you let all of them go to one together.": fixed + M * c.sum().clamp(max=0),
        "the last term is a sum over the pixels; that is the mean.": fixed + M * low / c.numel(),
        "the last term is a sum over the pixels; that takes the least coefficient alone.": fixed + M * c.min(),
        "the conjugate of half a square has the factor 1/2.": fixed - square + M * low,
        "q is large only squared: the term is |q|^2 / 2, not |q| / 2.": -q.norm() / 2 - inner + M * low,
        "<q, y> enters with a minus: q stands against A u - y.": -square + inner + M * low,
        "<q, y> is missing: q stands against A u - y.": -square + M * low,
        "only the last term depends on the range; you multiply the others by M too.": M * (fixed + low)}


@exercise(praise="the projection of each frame on its prediction.",
          hint="For one frame the squared error is a parabola in its factor. Where is its lowest point?")
def best_gains(solution):
    for frames, h, w in ((3, 4, 5), (4, 6, 3)):
        true = torch.tensor([1.6, 0.4, 1.0, 0.7])[:frames, None, None]
        v = noise((frames, h, w), seed=1).abs() + 0.1
        y = true * v + 0.2 * noise(v.shape, seed=2)
        if frames == 4:
            v[:, 1:4, :2] = 0  # black in all frames
            y[2] = -0.02 * v[2] + 0.01 * noise((h, w), seed=3)  # a lens cap: noise alone
        vy, vv = ((v * b).sum((1, 2)) for b in (y, v))
        answer = solution(v.clone(), y.clone())
        expect(answer.shape == (frames,), f"the result has shape {tuple(answer.shape)}, expected ({frames},): "
               "one factor for each frame.")
        if not same(answer, vy / vv):
            recognise(answer, _wrong_gains(v, y))
        expect(same(answer, vy / vv), f"{told(answer, vy / vv, 'you found')}, where the squared error is least.")


def _wrong_gains(v, y):
    vy, vv, yy = ((a * b).sum((1, 2)) for a, b in ((v, y), (v, v), (y, y)))
    v_mean, y_mean = v.mean((1, 2)), y.mean((1, 2))
    ratio, gains, count = y / v, vy / vv, v[0].numel()
    return {
        "that is the ratio of the means, which has no least squared error.": y_mean / v_mean,
        "that is the mean of the ratios; dark pixels, where noise is large, count too much.": ratio.mean((1, 2)),
        "that is the median of the ratios, which forgives outliers; its squared error is not the least.":
            ratio.flatten(1).median(1).values,
        "that is the factor from the frame to the prediction; it goes the other way.": vy / yy,
        "that is the other regression, as if the prediction were noisy and not the frame.": yy / vy,
        "that is one factor for all frames together.": (vy.sum() / vv.sum()).expand(len(v)),
        "that is the ratio of the sizes, which ignores whether the two agree.": (yy / vv).sqrt(),
        "that is the slope of a line that need not go through 0; here there is a factor alone.":
            (vy - count * v_mean * y_mean) / (vv - count * v_mean.square()),
        "those are relative to the first frame's; the exercise asks for the factors themselves.": gains / gains[0],
        "a factor may be larger than 1: cut at 1, its squared error is not the least.": gains.clamp(max=1),
        "in a frame of noise alone the best factor may be negative; you cut it at 0.": gains.clamp(min=0),
        "that is in [0, 1]; the factor with the least squared error may lie outside.": gains.clamp(0, 1)}
