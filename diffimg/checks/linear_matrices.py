"""Checks of the exercises in chapter "linear/matrices"."""

import torch

from ..images import noise
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="every pixel gets back a quarter of the mean that it went into.",
          hint="Input pixel (0, 0) went into output (0, 0) only, with the weight 1/4. What comes back to it?")
def average_transposed(solution):
    for h, w in ((2, 3), (3, 1)):
        y = noise((h, w), seed=h)
        copies = torch.stack([y[i // 2, j // 2] for i in range(2 * h) for j in range(2 * w)]).reshape(2 * h, 2 * w)
        answer = solution(y.clone())
        expect(answer.shape == copies.shape, f"for y of shape {(h, w)} the result has shape {tuple(answer.shape)}, "
               f"expected {(2 * h, 2 * w)}: the transpose goes back to the pixels of the input.")
        corners = torch.zeros_like(copies)
        corners[::2, ::2] = y
        recognise(answer, {
            "that copies each mean back in full, which is the inverse for a flat image; "
            "the weight of each pixel was 1/4.": copies,
            "that halves; two axes halve twice, and the weight of each pixel was 1/4.": copies / 2,
            "only one pixel of each block gets something, but all four went into the mean.": corners,
            "only one pixel of each block gets something, but all four went into the mean, each with 1/4.": corners / 4,
            "the blocks lie side by side as in tile; block (i, j) of the image belongs to y[i, j].": y.repeat(2, 2) / 4,
            "that is the transpose with its sign turned.": -copies / 4})
        expect(same(answer, copies / 4), f"for y of shape {(h, w)} the dot test fails: "
               f"{told(answer, copies / 4)}, a quarter of what its block sends back.")


@exercise(praise="pixel 0 collects what both its copies send, the pixel that was pushed out gets 0.",
          hint="Which outputs read input pixel 0? And which read the last one?")
def shift_transposed(solution):
    answer, expected = solution(), torch.tensor([3.0, 4.0, 8.0, 0.0])
    expect(answer.shape == (4,), f"the prediction has shape {tuple(answer.shape)}, expected (4,): "
           "a row as long as y.")
    recognise(answer, {sentence: torch.tensor(wrong) for sentence, wrong in {
        "that is the backward pass with the bug: its border is repeated at the right, and y[0] is lost.":
            [2.0, 4.0, 8.0, 8.0],
        "nobody read the last pixel: it gets 0. But y[0] is lost; who was read by output 0?": [2.0, 4.0, 8.0, 0.0],
        "that sends y[0] round to the other end; output 0 read input 0.": [2.0, 4.0, 8.0, 1.0],
        "pixel 0 is right, but nobody read the last pixel: it gets 0.": [3.0, 4.0, 8.0, 8.0],
        "that shifts to the right again; backwards, the numbers go to the left.": [1.0, 1.0, 2.0, 4.0],
        "that sends each number back to its own place; output 1 read input 0.": [1.0, 2.0, 4.0, 8.0],
        "pixel 0 was read twice, and gradients add up; do not average them.": [1.5, 4.0, 8.0, 0.0]}.items()})
    expect(same(answer, expected), "the dot test fails: output 0 read pixel 0, output 1 read pixel 0, output 2 read "
           "pixel 1, output 3 read pixel 2. Send 1, 2, 4, 8 back along these ways.")


@exercise(praise="the largest and the smallest singular value shrink equally fast, and all others faster.",
          hint="Which singular values have the largest |1 - tau sigma^2|, when tau is small, and when it is large?")
def fastest_step(solution):
    for values in ((1.0, 3.0, 2.0), (0.5, 0.2, 0.9, 0.4), (2.0, 2.0)):
        sigma = torch.tensor(values)
        largest, smallest = sigma.max(), sigma.min()
        best = 2 / (largest**2 + smallest**2)
        answer = solution(sigma.clone())
        expect(answer.numel() == 1, f"the result has shape {tuple(answer.shape)}, expected one number.")
        answer = answer.reshape(())
        if len(set(values)) > 1:
            recognise(answer, {
                "that is safe, but not the fastest: the smallest singular value could shrink faster.": 1 / largest**2,
                "that is the limit 2 / norm^2: the direction of the largest singular value never shrinks.":
                    2 / largest**2,
                "sigma enters squared: the step meets A twice, once forwards and once backwards.":
                    2 / (largest + smallest),
                "that is 2 / norm; sigma enters squared.": 2 / largest,
                "that suits the smallest singular value alone, and the largest explodes.": 1 / smallest**2,
                "that adds up all squares; only the largest and the smallest matter.": 2 / sigma.square().sum(),
                "that takes the first and the last; they come in any order.": 2 / (sigma[0]**2 + sigma[-1]**2),
                "that averages all squares; only the largest and the smallest matter.": 1 / sigma.square().mean()})
        factor, reachable = ((1 - tau * sigma**2).abs().max() for tau in (answer, best))
        expect(same(answer, best), f"for the singular values {numbers(sigma)}, {told(answer, best, 'your step is')}; "
               f"the slowest direction keeps {float(factor - reachable):.1g} more of its error at each step.")
