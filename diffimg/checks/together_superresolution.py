"""Checks of the exercises in chapter "together/superresolution"."""

import torch

from ..images import noise
from ..resample import resize
from ._shared import exercise, expect, numbers, recognise, same


@exercise(praise="the same frame, from the mirrored image through a turned box.",
          hint="Where does an edge of the box land when the image is mirrored? Which of the two must stay first?")
def mirrored_box(solution):
    for N, corners in ((20, (2.3, 4.1, 15.2, 17.9)), (13, (9.4, 1.0, 3.3, 8.5))):
        box = torch.tensor(corners)
        x, y, x2, y2 = box
        answer = solution(box.clone(), N)
        expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected the four numbers of a box.")
        recognise(answer, {
            "that is the box unchanged; the image was mirrored.": box,
            "that box holds the right region, but not turned: the frame comes out mirrored.":
                torch.stack([N - x2, y, N - x, y2]),
            "that turns the box where it is; the region has moved to the other side.": torch.stack([x2, y, x, y2]),
            "that mirrors up and down; left and right were exchanged.": torch.stack([x, N - y, x2, N - y2]),
            "centres go to N - 1 - i, edges to N - e, and a box has edges.":
                torch.stack([N - 1 - x, y, N - 1 - x2, y2])})
        image = noise((N, N), seed=N)
        frame = resize(image, (5, 6), box=box)
        other = resize(image.flip(-1), (5, 6), box=answer.to(image.dtype))
        expect(same(other, frame), f"for the box {numbers(box)} and N = {N} yours, {numbers(answer)}, gives another "
               f"frame; the largest difference is {numbers((other - frame).abs().max())}.")


@exercise(praise="pixels with a negative coefficient go to M, all others to 0.",
          hint="For fixed q and p the objective is linear in u. Which u in [0, M] makes it least?")
def bound_up_to(solution):
    for M in (2.5, 1.0, 0.0):
        q, c, y = 0.1 * noise((2, 3, 3), seed=1), noise((5, 5), seed=2), noise((2, 3, 3), seed=3)
        fixed, low = -q.square().sum() / 2 - (q * y).sum(), c.clamp(max=0).sum()
        answer = solution(q.clone(), c.clone(), y.clone(), M)
        expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
        answer = answer.reshape(())
        if M == 2.5:
            recognise(answer, {
                "that is the bound for images up to 1.": fixed + low,
                "that adds what the positive coefficients could give; the least value takes the negative ones.":
                    fixed + M * c.clamp(min=0).sum(),
                "the linear term is least at 0 where c is positive; you let those pixels go to M too.":
                    fixed + M * c.sum(),
                "the pixels that go to M are those with a negative coefficient; you took the positive ones.":
                    fixed - M * c.clamp(min=0).sum(),
                "the sign of the last term: the smallest value of the linear term is negative.": fixed - M * low,
                "the conjugate of half a square has the factor 1/2.": fixed - q.square().sum() / 2 + M * low,
                "<q, y> enters with a minus: q stands against A u - y.": fixed + 2 * (q * y).sum() + M * low})
        expect(same(answer, fixed + M * low), f"for M = {M:g} you found {numbers(answer)}, expected "
               f"{numbers(fixed + M * low)}.")


@exercise(praise="the projection of each frame on its prediction.",
          hint="For one frame the squared error is a parabola in its factor. Where is its lowest point?")
def best_gains(solution):
    v, y = noise((3, 4, 5), seed=1) + 1, noise((3, 4, 5), seed=2) + 0.5
    vy, vv, yy = ((a * b).sum((1, 2)) for a, b in ((v, y), (v, v), (y, y)))
    answer = solution(v.clone(), y.clone())
    expect(answer.shape == (3,), f"the result has shape {tuple(answer.shape)}, expected (3,): "
           "one factor for each frame.")
    recognise(answer, {
        "that is the ratio of the means, which has no least squared error.": y.mean((1, 2)) / v.mean((1, 2)),
        "that is the mean of the ratios; dark pixels, where noise is large, count too much.": (y / v).mean((1, 2)),
        "that is the factor from the frame to the prediction; it goes the other way.": vy / yy,
        "that is the other regression, as if the prediction were noisy and not the frame.": yy / vy,
        "that is one factor for all frames together.": (vy.sum() / vv.sum()).expand(3),
        "that is the ratio of the sizes, which ignores whether the two agree.": (yy / vv).sqrt()})
    expect(same(answer, vy / vv), f"you found {numbers(answer)}; the least squared error has {numbers(vy / vv)}.")
