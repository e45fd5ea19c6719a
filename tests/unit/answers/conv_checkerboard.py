"""Right and wrong answers to the exercises of chapter "conv/checkerboard", for test_checks.py."""

import itertools
import math

import torch
import torch.nn.functional as F

from diffimg.conv import conv_matrix, icnr, subpixel_kernel


# right answers, written otherwise than in the book ------------------------------------------------------------------

def by_matrix(n, k, s, p):
    return conv_matrix(torch.ones(1, 1, 1, k), (1, n), stride=(1, s), padding=(0, p)).to_dense().sum(0)


def by_counting(n, k, s, p):
    outputs = (n + 2 * p - k) // s + 1
    return [sum(0 <= i + p - s * o < k for o in range(outputs)) for i in range(n)]


def by_a_projection(kernel, s):
    rows, columns = (torch.arange(n) % s for n in kernel.shape)
    phase = (rows[:, None] * s + columns).flatten()
    A = (phase == torch.arange(s * s)[:, None]).to(kernel.dtype)
    A = A[1:] - A[:-1]                                   # differences of neighbouring phase sums
    return kernel - (torch.linalg.pinv(A) @ (A @ kernel.flatten())).reshape(kernel.shape)


def by_the_mean_of_each_phase(kernel, s):
    means = kernel.unflatten(0, (-1, s)).unflatten(2, (-1, s)).mean((0, 2))
    return kernel + (kernel.mean() - means).repeat(kernel.shape[0] // s, kernel.shape[1] // s)


def by_a_box(weight, r):
    return torch.kron(weight.flip(-1, -2).transpose(0, 1).contiguous(), torch.ones(1, 1, r, r))


RIGHT = [
    ("times_read", by_matrix), ("times_read", by_counting),
    ("flat_kernel", by_a_projection), ("flat_kernel", by_the_mean_of_each_phase),
    ("start_transposed", by_a_box), ("start_transposed", lambda weight, r: subpixel_kernel(icnr(weight, r), r)),
    ("start_transposed", lambda weight, r: F.interpolate(weight.transpose(0, 1).flip(2, 3), scale_factor=r))]


# wrong answers, with words of the reply -----------------------------------------------------------------------------

def inside_only(n, k, s, p):
    return [math.ceil((k - (i + p) % s) / s) for i in range(n)]


def too_short(n, k, s, p):
    counts = torch.tensor(by_counting(n, k, s, p))
    return counts[:int(counts.nonzero().max()) + 1]


def padding_to_the_right(n, k, s, p):
    return [sum(0 <= i - p - s * o < k for o in range((n + 2 * p - k) // s + 1)) for i in range(n)]


def one_output_more(n, k, s, p):
    return [sum(0 <= i + p - s * o < k for o in range((n + 2 * p - k) // s + 2)) for i in range(n)]


def for_each_phase(change):
    def solution(kernel, s):
        flat = kernel.clone()
        for a, b in itertools.product(range(s), repeat=2):
            flat[a::s, b::s] = change(kernel[a::s, b::s], kernel, s)
        return flat
    return solution


def one_weight_pays(kernel, s):
    flat = kernel.clone()
    for a, b in itertools.product(range(s), repeat=2):
        flat[a, b] += kernel.sum() / s**2 - kernel[a::s, b::s].sum()
    return flat


def even_along_each_axis(kernel, s):
    for axis in (0, 1):
        means = kernel.mean(1 - axis, keepdim=True).unflatten(axis, (-1, s)).mean(axis, keepdim=True)
        excess = (means - kernel.mean()).expand_as(kernel.mean(1 - axis, keepdim=True).unflatten(axis, (-1, s)))
        kernel = kernel - excess.flatten(axis, axis + 1)
    return kernel


def resize_kernel(weight, r):
    full = F.conv_transpose2d(turned(weight, r).flatten(0, 1)[:, None], torch.ones(1, 1, r, r))
    return full[:, 0].unflatten(0, (weight.shape[1], weight.shape[0]))


def turned(weight, r):
    return weight.transpose(0, 1).flip(-1, -2)


WRONG = [
    ("times_read", inside_only, "at the border fewer outputs"),
    ("times_read", too_short, "a count for each pixel"),
    ("times_read", lambda n, k, s, p: by_counting(n, k, s, 0), "the padding is missing"),
    ("times_read", padding_to_the_right, "moves the outputs to the left"),
    ("times_read", one_output_more, "one output more than there is"),
    ("times_read", lambda n, k, s, p: torch.ones(n), "pixel by pixel"),
    ("times_read", lambda n, k, s, p: None, "returned None"),
    ("flat_kernel", lambda kernel, s: kernel, "the phase sums are"),
    ("flat_kernel", even_along_each_axis, "all 4 of them must agree"),
    ("flat_kernel", for_each_phase(lambda phase, kernel, s: phase - phase.mean()), "flat, but black"),
    ("flat_kernel", lambda kernel, s: kernel.mean().expand(kernel.shape), "every weight changed into the mean"),
    ("flat_kernel", for_each_phase(lambda phase, kernel, s: phase * kernel.mean() / phase.mean()), "were scaled"),
    ("flat_kernel", for_each_phase(lambda phase, kernel, s: phase - phase.sum() + kernel.sum() / s**2), "share it"),
    ("flat_kernel", one_weight_pays, "the sums agree, but the kernel moved"),
    ("flat_kernel", for_each_phase(lambda phase, kernel, s: phase / phase.sum()), "but the kernel moved"),
    ("flat_kernel", lambda kernel, s: F.avg_pool2d(kernel[None], s)[0], "the result has shape"),
    ("start_transposed", lambda weight, r: icnr(weight, r), "input channels come first"),
    ("start_transposed", resize_kernel, "the sides must be r k = 6"),
    ("start_transposed", lambda weight, r: turned(weight, r), "the result has shape"),
    ("start_transposed", lambda weight, r: turned(weight, r).repeat(1, 1, r, r), "repeat each weight"),
    ("start_transposed", lambda weight, r: F.interpolate(weight.transpose(0, 1), scale_factor=r), "not flipped"),
    ("start_transposed", lambda weight, r: F.interpolate(turned(weight, r), scale_factor=r, mode="bilinear"),
     "interpolated"),
    ("start_transposed", lambda weight, r: by_a_box(weight, r) / r**2, "4 times too small"),
    ("start_transposed", lambda weight, r: by_a_box(weight, r).flip(-1), "begins")]
