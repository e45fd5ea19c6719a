"""Checks of the exercises in chapter "conv/transposed"."""

import torch

from ..conv import conv_transpose_same
from ..images import noise
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="stamps add up where they meet; what padding cut at the far end, output_padding handed back.",
          hint="Write down 1 times the kernel, and 2 times the kernel two places further. What is cut?")
def predicted(solution):
    answer = solution()
    recognise(answer, {
        "output_padding is not used yet: it hands back one number at the far end.": torch.tensor([10.0, 102, 20]),
        "output_padding adds no zero where padding has cut a number: it hands that back.":
            torch.tensor([10.0, 102, 20, 0]),
        "that is the full result; padding cuts it.": torch.tensor([1.0, 10, 102, 20, 200]),
        "that is the full result with a zero behind; padding cuts it.": torch.tensor([1.0, 10, 102, 20, 200, 0]),
        "padding puts zeros around, as in a convolution; here it cuts.": torch.tensor([0.0, 1, 10, 102, 20, 200, 0]),
        "that hands back at the near end; output_padding does it at the far one.": torch.tensor([1.0, 10, 102, 20]),
        "that stamps the kernel backwards; only the view from the output flips it.": torch.tensor([10.0, 201, 20, 2]),
        "the stamps lie one place apart, whatever the stride.": torch.tensor([12.0, 120, 200]),
        "the second stamp wipes out the first; where they meet they add up.": torch.tensor([10.0, 2, 20, 200])})
    expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected (4,): (m - 1)s + k - 2p + a.")
    expect(same(answer, torch.tensor([10.0, 102, 20, 200])),
           f"{told(answer, torch.tensor([10.0, 102, 20, 200]), 'you predicted')}.")


@exercise(praise="padding cuts in pairs, output_padding hands back the one that was too many.",
          hint="How long is the full result, and how much of it is too much? What if that is odd?")
def fit_size(solution):
    for m, n, k, s in ((13, 26, 4, 2), (13, 26, 3, 2), (6, 17, 5, 3), (8, 16, 5, 2), (5, 15, 1, 3), (7, 7, 3, 1),
                       (6, 16, 5, 3), (4, 4, 7, 2), (5, 9, 7, 3)):
        answer = solution(m, n, k, s)
        expect(answer.shape == (2,), f"the result has shape {tuple(answer.shape)}, expected two numbers: padding and "
               "output_padding.")
        excess = (m - 1) * s + k - n
        p = max(0, -(-excess // 2))
        right, case = (p, 2 * p - excess), f"m = {m}, n = {n}, k = {k}, s = {s}"
        got = tuple(answer.tolist())
        if got == right:
            continue
        expect(got != right[::-1], f"for {case} the two numbers come in the other order: padding first.")
        expect(got[1] >= 0, f"for {case} output_padding would be {got[1]:g}, and cannot be negative: cut a pair more.")
        expect(got[0] >= 0, f"for {case} padding would be {got[0]:g}: a result that is too short needs output_padding.")
        reached = (m - 1) * s - 2 * got[0] + k + got[1]
        expect(got[1] < s, f"for {case} output_padding {got[1]:g} is not below the stride: less padding would do.")
        expect(reached == n, f"for {case} your answer {numbers(answer)} leads to {reached:g} pixels.")
        expect(False, f"for {case} your answer {numbers(answer)} reaches {n} pixels, but not with whole numbers or not "
               "with the smallest padding.")


@exercise(praise="axes move, numbers stay: both libraries stamp the kernel as it stands.",
          hint="Where do the channels stand in conv_transpose_same, for the image and for the kernel?")
def ported(solution):
    for (h, w), k, s, (c_in, c_out) in (((2, 3), (3, 3), 2, (2, 2)), ((3, 2), (4, 5), 2, (3, 2)),
                                        ((2, 2), (2, 2), 3, (1, 4)), ((2, 3), (5, 2), 2, (2, 3))):
        x, kernel = noise((2, h, w, c_in), seed=k[0]), noise((*k, c_out, c_in), seed=s)
        image, weight = x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1)
        first = conv_transpose_same(image, weight, s)
        right = first.permute(0, 2, 3, 1)
        answer = solution(x.clone(), kernel.clone(), s)
        recognise(answer, {
            "the channels of the result still stand second, as in PyTorch; TensorFlow has them last.": first,
            "that flips the kernel; the transpose needs no flip.":
                conv_transpose_same(image, weight.flip(-1, -2), s).permute(0, 2, 3, 1),
            "rows and columns of the kernel are exchanged.":
                conv_transpose_same(image, weight.mT, s).permute(0, 2, 3, 1)})
        if c_in == c_out:
            recognise(answer, {"the kernel's two channel axes are exchanged: the one that the layer takes stands last.":
                               conv_transpose_same(image, weight.transpose(0, 1), s).permute(0, 2, 3, 1)})
        expect(answer.shape == right.shape, f"for a kernel of {k} the result has shape {tuple(answer.shape)}, expected "
               f"{tuple(right.shape)}: batch, s times the rows, s times the columns, C_out.")
        expect(same(answer, right), f"for a kernel of {k} and stride {s} the shape is right, but "
               f"{told(answer, right, 'there is')}; does the cut begin at floor(max(k - s, 0) / 2), on each axis?")
