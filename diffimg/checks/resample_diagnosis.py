"""Checks of the exercises in chapter "resample/diagnosis"."""

import numpy as np
import torch

from ..images import noise
from ..resample import cubic, resample_matrix
from ._shared import exercise, expect, recognise, same, told

GRIDS = "half_pixel", "asymmetric", "align_corners"


@exercise(praise="a ramp that comes back is a list of places, and its two ends tell the three grids apart.",
          hint="At which place of the input does output 0 look on each grid, and at which output 9?")
def ramp_ends(solution):
    answer = solution()
    expect(answer.shape == (3, 2), f"there are numbers of shape {tuple(answer.shape)}, expected three pairs.")
    right = torch.tensor([[1.0, 28], [0, 27], [0, 29]]).to(answer)
    recognise(answer, {
        "that is nearly it, but the half-pixel places are (j + ½)·3 − ½: the last ½ is missing.":
            right + torch.tensor([[0.5, 0.5], [0, 0], [0, 0]]).to(answer),
        "the ramp has 30 pixels and ends with 29; nothing lies at 30.": right.where(right != 29, 30),
        "the half-pixel grid does not reach the outer pixels when an image is made smaller.":
            torch.tensor([[0.0, 29], [0, 27], [0, 29]]).to(answer),
        "the ten pixels are 0 to 9: the last output is j = 9.":
            right + torch.tensor([[0.0, 3], [0, 3], [0, 0]]).to(answer)})
    for pair, expected, grid in zip(answer, right, GRIDS, strict=True):
        expect(same(pair, expected), f"for {grid} {told(pair, expected)}.")


@exercise(praise="the nearest of the three maps, whatever the kernel does between pixels.",
          hint="Write the places of the three maps as tensors. Which is nearest to the ramp, without its ends?")
def which_grid(solution):
    for n, m in ((24, 60), (60, 24), (30, 40), (72, 24), (700, 1050), (1540, 1024)):
        for kernel in ("linear", cubic(-0.75)):
            for number, grid in enumerate(GRIDS):
                W = resample_matrix(n, m, kernel=kernel, coordinates=grid).cpu()
                ramp = W @ torch.arange(n, device="cpu").to(W)
                ramp[:2], ramp[-3:] = ramp[:2] - 0.4, 0
                answer = solution(ramp.clone(), n)
                expect(answer.numel() == 1, f"one number was expected, and {answer.numel()} came.")
                named = GRIDS[int(answer)] if answer.item() in (0, 1, 2) else answer.item()
                expect(answer.item() == number, f"from {n} to {m} pixels ({kernel}) you found {named} for {grid}. "
                       "Do its ends mislead you? Up to three outputs there are spoilt.")


@exercise(praise="a matrix for each axis, read off and transposed, is the backward pass of a library that has none.",
          hint="What does f make of an image whose rows are all (0, …, 1, …, 0)?")
def gradient_through(solution):
    for (H, W), (h, w), kernel in (((7, 9), (11, 4), "linear"), ((8, 6), (5, 13), cubic(-0.75)),
                                   ((12, 5), (12, 8), "box")):
        W_v, W_h = (resample_matrix(n, m, kernel=kernel, antialias=kernel == "box").cpu().double().numpy()
                    for n, m in ((H, h), (W, w)))
        calls = []

        def f(a, V=W_v, U=W_h, size=(H, W), calls=calls):
            a = np.asarray(a)
            expect(a.shape == size, f"f was called with shape {a.shape}; its images have {size}.")
            calls.append(1)
            return V @ a @ U.T
        x, G = (noise(size, seed=3).cpu().double().numpy() for size in ((H, W), (h, w)))
        answer = solution(f, x.copy(), G.copy()).cpu()
        right = torch.from_numpy(W_v.T @ G @ W_h)
        expect(answer.shape == right.shape, f"the gradient has shape {tuple(answer.shape)}, expected that of x, "
               f"{(H, W)}.")
        recognise(answer, {"that is f(x) pulled back, and not G.": torch.from_numpy(W_v.T @ (W_v @ x @ W_h.T) @ W_h),
                           "the gradient of <G, f(x)> is there with the other sign.": -right})
        expect(same(answer, right), f"for images {(H, W)} to {(h, w)} {told(answer, right)}.")
        expect(len(calls) < H + W + 4, f"right, in {len(calls)} calls of f for {(H, W)}: a line for each column and "
               f"each row is enough, {H + W} calls.")
