"""Right and wrong answers to the exercises of chapter "further/formats"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import further_formats as checks
from diffimg.conv import conv_matrix, same_padding


def ends(x, w, stride):
    (top, bottom), (left, right) = same_padding(tuple(x.shape[-2:]), tuple(w.shape[-2:]), stride=stride)
    return left, right, top, bottom


# right answers, written otherwise than in the book --------------------------------------------------------------------

@right(checks.four_zeros)
def by_counting():
    found = []
    for n in (10, 9):
        missing = max(2 * (-(-n // 2) - 1) + 5 - n, 0)
        found += [missing // 2, (missing + 1) // 2]
    return found


right(checks.four_zeros)(lambda: (1, 2, 2, 2))
right(checks.four_zeros)(lambda: torch.tensor([1, 2, 2, 2]))
right(checks.four_zeros)(lambda: torch.tensor([[1.0, 2.0], [2.0, 2.0]]).flatten().numpy())


@right(checks.conv_same)
def by_the_package(x, w, stride):
    return F.conv2d(F.pad(x, ends(x, w, stride)), w, stride=stride)


@right(checks.conv_same)
def by_a_frame(x, w, stride):
    left, right, top, bottom = ends(x, w, stride)
    framed = x.new_zeros(*x.shape[:2], x.shape[2] + top + bottom, x.shape[3] + left + right)
    framed[..., top:top + x.shape[2], left:left + x.shape[3]] = x
    return F.conv2d(framed, w, stride=stride)


@right(checks.conv_same)
def by_the_matrix(x, w, stride):
    left, right, top, bottom = ends(x, w, stride)
    C = conv_matrix(w, tuple(x.shape[-2:]), stride=stride, padding=((top, bottom), (left, right))).to_dense()
    return (x.flatten(1) @ C.mT).reshape(len(x), len(w), -(-x.shape[2] // stride), -(-x.shape[3] // stride))


@right(checks.conv_same)
def by_patches(x, w, stride):
    patches = F.unfold(F.pad(x, ends(x, w, stride)), w.shape[-2:], stride=stride)
    return (w.flatten(1) @ patches).unflatten(-1, (-(-x.shape[2] // stride), -1))


right(checks.for_one_padding)(lambda w: F.pad(w, (1, 0, 1, 0)))


@right(checks.for_one_padding)
def by_concatenation(w):
    w = torch.cat([torch.zeros_like(w[..., :1]), w], -1)
    return torch.cat([torch.zeros_like(w[..., :1, :]), w], -2)


@right(checks.for_one_padding)
def by_a_larger_kernel(w):
    larger = w.new_zeros(*w.shape[:2], w.shape[2] + 1, w.shape[3] + 1)
    larger[..., 1:, 1:] = w
    return larger


@right(checks.for_one_padding)
def by_turning(w):
    return F.pad(w.flip(-1, -2), (0, 1, 0, 1)).flip(-1, -2)


# wrong answers, and words that the reply must contain -----------------------------------------------------------------

wrong(checks.four_zeros, "halves are exchanged")(lambda: (2, 1, 2, 2))
wrong(checks.four_zeros, "padding=2")(lambda: (2, 2, 2, 2))
wrong(checks.four_zeros, "two sizes are exchanged")(lambda: (2, 2, 1, 2))
wrong(checks.four_zeros, "rounds n / s up")(lambda: (1, 2, 1, 1))
wrong(checks.four_zeros, "four numbers")(lambda: (1, 2))
wrong(checks.four_zeros, "Five outputs span")(lambda: (0, 3, 0, 4))

wrong(checks.conv_same, "equal halves")(
    lambda x, w, stride: F.conv2d(x, w, stride=stride, padding=tuple(k // 2 for k in w.shape[2:])))
wrong(checks.conv_same, "without any zeros")(lambda x, w, stride: F.conv2d(x, w, stride=stride))
wrong(checks.conv_same, "at stride 1")(lambda x, w, stride: F.conv2d(x, w, padding="same")[..., ::stride, ::stride])
wrong(checks.conv_same, "has shape")(lambda x, w, stride: F.conv2d(x, w))
wrong(checks.conv_same, "you returned")(lambda x, w, stride: 2 * by_patches(x, w, stride))


@wrong(checks.conv_same, "SAME_LOWER")
def larger_half_first(x, w, stride):
    left, right, top, bottom = ends(x, w, stride)
    return F.conv2d(F.pad(x, (right, left, bottom, top)), w, stride=stride)


@wrong(checks.conv_same, "width first")
def height_first(x, w, stride):
    left, right, top, bottom = ends(x, w, stride)
    return F.conv2d(F.pad(x, (top, bottom, left, right)), w, stride=stride)


@wrong(checks.conv_same, "all zeros stand behind")
def all_behind(x, w, stride):
    left, right, top, bottom = ends(x, w, stride)
    return F.conv2d(F.pad(x, (0, left + right, 0, top + bottom)), w, stride=stride)


wrong(checks.for_one_padding, "one pixel too far in front")(lambda w: w)
wrong(checks.for_one_padding, "behind the kernel")(lambda w: F.pad(w, (0, 1, 0, 1)))
wrong(checks.for_one_padding, "both sides")(lambda w: F.pad(w, (1, 1, 1, 1)))
wrong(checks.for_one_padding, "rows do not")(lambda w: F.pad(w, (1, 0)))
wrong(checks.for_one_padding, "columns do not")(lambda w: F.pad(w, (0, 0, 1, 0)))
wrong(checks.for_one_padding, "rows and columns")(lambda w: F.pad(w, (1, 0, 1, 0, 1, 0)))
wrong(checks.for_one_padding, "this kernel gives")(lambda w: F.pad(w.flip(-1, -2), (1, 0, 1, 0)))
wrong(checks.for_one_padding, "expected .C_out")(lambda w: w[0])
