"""Checks of the exercises in chapter "further/formats"."""

import torch
import torch.nn.functional as F

from ..conv import same_padding
from ..images import noise
from ._shared import exercise, expect, recognise, same, told


@exercise(praise="as many as the outputs need, the smaller half in front; one pixel less, and the halves are equal.",
          hint="How many outputs are there? How many pixels do they span, and how many are missing to that?")
def four_zeros(solution):
    answer, right = solution(), torch.tensor([1.0, 2.0, 2.0, 2.0])
    expect(answer.shape == (4,), f"the result has shape {tuple(answer.shape)}, expected four numbers.")
    recognise(answer, {
        "for 10 pixels the halves are exchanged; the smaller one stands in front.": torch.tensor([2.0, 1.0, 2.0, 2.0]),
        "2 and 2 is k // 2 at both ends, PyTorch's padding=2; count what 5 outputs of 10 pixels need.":
            torch.tensor([2.0, 2.0, 2.0, 2.0]),
        "that is SAME at stride 1, or of the other size; the two sizes are exchanged.":
            torch.tensor([2.0, 2.0, 1.0, 2.0]),
        "those are the zeros for four outputs of 9 pixels; SAME rounds n / s up.": torch.tensor([1.0, 2.0, 1.0, 1.0])})
    expect(same(answer, right), f"{told(answer, right)}. Five outputs span 4 * 2 + 5 pixels.")


CASES = [((10, 15), (8, 6), 5), ((6, 7), (3, 3), 2), ((8, 224), (7, 7), 2),
         ((9, 10), (3, 5), 3), ((12, 5), (2, 4), 1), ((10, 11), (1, 2), 3)]


@exercise(praise="the zeros follow the size, and the smaller half stands in front.",
          hint="How many zeros does SAME ask for along each axis? In which order does F.pad take them?")
def conv_same(solution):
    for seed, (size, kernel, stride) in enumerate(CASES):
        x, w = noise((2, 3, *size), seed=seed), noise((4, 3, *kernel), seed=seed + 9)
        answer = solution(x.clone(), w.clone(), stride)
        left, right, top, bottom = _ends(size, kernel, stride)
        expected = _padded(x, w, stride, (left, right, top, bottom))
        case = f"for an image of {size[0]}x{size[1]}, a kernel of {kernel[0]}x{kernel[1]} and stride {stride}"
        mistakes = {
            "that is padding = k // 2, with equal halves: a picture that is shifted.":
                F.conv2d(x, w, stride=stride, padding=(kernel[0] // 2, kernel[1] // 2)),
            "the larger half stands in front, as in SAME_LOWER.": _padded(x, w, stride, (right, left, bottom, top)),
            "the axes are exchanged: F.pad takes the width first.": _padded(x, w, stride, (top, bottom, left, right)),
            "that is padding='same' at stride 1, of which every so many are kept; SAME of a stride pads less.":
                _padded(x, w, 1, _ends(size, kernel, 1))[..., ::stride, ::stride],
            "all zeros stand behind; the smaller half belongs in front.":
                _padded(x, w, stride, (0, left + right, 0, top + bottom)),
            "that is the convolution without any zeros.": F.conv2d(x, w, stride=stride)}
        recognise(answer, {f"{case}: {sentence}": wrong for sentence, wrong in mistakes.items()
                           if wrong.shape != expected.shape or not same(wrong, expected)})
        expect(answer.shape == expected.shape,
               f"{case} the result has shape {tuple(answer.shape)}, expected {tuple(expected.shape)}.")
        expect(same(answer, expected), f"{case} {told(answer, expected)}.")


def _ends(size, kernel, stride):
    """The zeros of SAME in the order of F.pad."""
    (top, bottom), (left, right) = same_padding(size, kernel, stride=stride)
    return left, right, top, bottom


def _padded(x, w, stride, pads):
    return F.conv2d(F.pad(x, pads), w, stride=stride)


@exercise(praise="what the padding adds too much in front, a zero of the kernel leaves out.",
          hint="At which pixel does output 0 begin with SAME, and at which with the larger half? What may stand there?")
def for_one_padding(solution):
    for seed, (size, k, stride) in enumerate((((6, 8), 3, 2), ((224, 10), 7, 2), ((9, 12), 4, 3))):
        x, w = noise((1, 2, *size), seed=seed), noise((3, 2, k, k), seed=seed + 5)
        left, right, top, bottom = _ends(size, (k, k), stride)
        expected, p = _padded(x, w, stride, (left, right, top, bottom)), (bottom, right)
        kernel = solution(w.clone())
        case = f"for {size[0]}x{size[1]} pixels, k = {k} and stride {stride}"
        expect(kernel.dim() == 4, f"the result has shape {tuple(kernel.shape)}, expected (C_out, C_in, rows, columns).")
        expect(kernel.shape[:2] == w.shape[:2], f"the channels are {tuple(kernel.shape[:2])}, expected "
               f"{tuple(w.shape[:2])}: the zeros belong to the rows and columns.")
        recognise(kernel, {
            "that is the kernel as it was: output 0 begins one pixel too far in front.": w,
            "the zeros stand behind the kernel; there they change nothing.": F.pad(w, (0, 1, 0, 1)),
            "there are zeros on both sides; only the front has one too many.": F.pad(w, (1, 1, 1, 1)),
            "the columns have their zero, and the rows do not.": F.pad(w, (1, 0)),
            "the rows have their zero, and the columns do not.": F.pad(w, (0, 0, 1, 0))})
        found = F.conv2d(x, kernel.to(x), stride=stride, padding=p)
        expect(found.shape == expected.shape,
               f"{case} this kernel gives {tuple(found.shape)}, expected {tuple(expected.shape)}.")
        expect(same(found, expected), f"{case} {told(found, expected, came='this kernel gives')}.")
