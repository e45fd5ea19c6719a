"""Right and wrong answers to the exercises of chapter "conv/checkerboard"."""

import itertools

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import conv_checkerboard as checks
from diffimg.conv import icnr, subpixel_kernel

# right answers, written otherwise than in the book ------------------------------------------------------------------

@right(checks.repeating)
def sums_of_both():
    kernels = [1, 2, 1], [1, 3, 1, 3]
    return [sum(w[r::2]) for w in kernels for r in (0, 1)]


@right(checks.repeating)
def by_the_layer():
    rows = [F.conv_transpose1d(torch.ones(1, 1, 9), torch.tensor([[w]]), stride=2)[0, 0, 8:10]
            for w in ([1.0, 2, 1], [1.0, 3, 1, 3])]
    return torch.stack(rows)


right(checks.repeating)(lambda: (2, 2, 2, 6))
right(checks.repeating)(lambda: [[2, 2], [2, 6]])


@right(checks.flat_kernel)
def by_a_projection(kernel, s):
    rows, columns = (torch.arange(n) % s for n in kernel.shape)
    phase = (rows[:, None] * s + columns).flatten()
    A = (phase == torch.arange(s * s)[:, None]).to(kernel.dtype)
    A = A[1:] - A[:-1]                                   # differences of neighbouring phase sums
    return kernel - (torch.linalg.pinv(A) @ (A @ kernel.flatten())).reshape(kernel.shape)


@right(checks.flat_kernel)
def by_the_mean_of_each_phase(kernel, s):
    means = kernel.unflatten(0, (-1, s)).unflatten(2, (-1, s)).mean((0, 2))
    return kernel + (kernel.mean() - means).repeat(kernel.shape[0] // s, kernel.shape[1] // s)


@right(checks.flat_kernel)
def with_equal_means(kernel, s):
    flat = kernel.clone()
    for a, b in itertools.product(range(s), repeat=2):
        phase = kernel[a::s, b::s]
        flat[a::s, b::s] = phase - phase.mean() + kernel.mean()
    return flat


@right(checks.flat_kernel)
def by_the_spectrum(kernel, s):
    spectrum, (h, w) = torch.fft.fft2(kernel), kernel.shape
    kept = spectrum[0, 0].clone()
    spectrum[::h // s, ::w // s] = 0                     # the frequencies 2 pi m / s
    spectrum[0, 0] = kept
    return torch.fft.ifft2(spectrum).real


@right(checks.start_transposed)
def place_by_place(weight, r):
    outs, ins, k, _ = weight.shape
    kernel = torch.zeros(ins, outs, r * k, r * k)
    for i, j in itertools.product(range(r * k), repeat=2):
        kernel[:, :, i, j] = weight[:, :, k - 1 - i // r, k - 1 - j // r].mT
    return kernel


@right(checks.start_transposed)
def by_a_box(weight, r):
    return torch.kron(weight.flip(-1, -2).transpose(0, 1).contiguous(), torch.ones(1, 1, r, r))


right(checks.start_transposed)(lambda weight, r: subpixel_kernel(icnr(weight, r), r))
right(checks.start_transposed)(lambda weight, r: F.interpolate(weight.transpose(0, 1).flip(2, 3), scale_factor=r))


# wrong answers, with words of the reply -----------------------------------------------------------------------------

wrong(checks.repeating, "counts the weights")(lambda: (2, 1, 2, 2))
wrong(checks.repeating, "sum of the whole kernel")(lambda: (4, 4, 8, 8))
wrong(checks.repeating, "even places come first")(lambda: (2, 2, 6, 2))
wrong(checks.repeating, "makes the counts even")(lambda: (2, 2, 4, 4))
wrong(checks.repeating, "place 0 alone")(lambda: (1, 2, 1, 3))
wrong(checks.repeating, "you predicted 1, 1, 1, 1, expected 2, 2, 2, 6")(lambda: (1, 1, 1, 1))
wrong(checks.repeating, "two for each row")(lambda: (2, 6))


def for_each_phase(change):
    def solution(kernel, s):
        flat = kernel.clone()
        for a, b in itertools.product(range(s), repeat=2):
            flat[a::s, b::s] = change(kernel[a::s, b::s], kernel, s)
        return flat
    return solution


@wrong(checks.flat_kernel, "the sums agree, but the kernel moved")
def one_weight_pays(kernel, s):
    flat = kernel.clone()
    for a, b in itertools.product(range(s), repeat=2):
        flat[a, b] += kernel.sum() / s**2 - kernel[a::s, b::s].sum()
    return flat


@wrong(checks.flat_kernel, "all 4 of them must agree")
def even_along_each_axis(kernel, s):
    for axis in (0, 1):
        means = kernel.mean(1 - axis, keepdim=True).unflatten(axis, (-1, s)).mean(axis, keepdim=True)
        excess = (means - kernel.mean()).expand_as(kernel.mean(1 - axis, keepdim=True).unflatten(axis, (-1, s)))
        kernel = kernel - excess.flatten(axis, axis + 1)
    return kernel


@wrong(checks.start_transposed, "the sides must be s k = 6")
def resize_kernel(weight, r):
    full = F.conv_transpose2d(turned(weight, r).flatten(0, 1)[:, None], torch.ones(1, 1, r, r))
    return full[:, 0].unflatten(0, (weight.shape[1], weight.shape[0]))


def turned(weight, r):
    return weight.transpose(0, 1).flip(-1, -2)


wrong(checks.flat_kernel, "the phase sums are")(lambda kernel, s: kernel)
wrong(checks.flat_kernel, "apart; all 4 of them must agree|as the least")(
    lambda kernel, s: with_equal_means(kernel, s).clamp(min=0))
wrong(checks.flat_kernel, "apart; all 4 of them must agree")(
    lambda kernel, s: with_equal_means(kernel, s).round(decimals=3))
wrong(checks.flat_kernel, "flat, but black")(for_each_phase(lambda phase, kernel, s: phase - phase.mean()))
wrong(checks.flat_kernel, "every weight changed into the mean")(lambda kernel, s: kernel.mean().expand(kernel.shape))
wrong(checks.flat_kernel, "were scaled")(for_each_phase(lambda phase, kernel, s: phase * kernel.mean() / phase.mean()))
wrong(checks.flat_kernel, "share it")(
    for_each_phase(lambda phase, kernel, s: phase - phase.sum() + kernel.sum() / s**2))
wrong(checks.flat_kernel, "but the kernel moved")(for_each_phase(lambda phase, kernel, s: phase / phase.sum()))
wrong(checks.flat_kernel, "the result has shape")(lambda kernel, s: F.avg_pool2d(kernel[None], s)[0])

wrong(checks.start_transposed, "input channels come first")(lambda weight, r: icnr(weight, r))
wrong(checks.start_transposed, "the result has shape")(lambda weight, r: turned(weight, r))
wrong(checks.start_transposed, "repeat each weight")(lambda weight, r: turned(weight, r).repeat(1, 1, r, r))
wrong(checks.start_transposed, "not flipped")(lambda weight, r: F.interpolate(weight.transpose(0, 1), scale_factor=r))
wrong(checks.start_transposed, "interpolated")(
    lambda weight, r: F.interpolate(turned(weight, r), scale_factor=r, mode="bilinear"))
wrong(checks.start_transposed, "4 times too small")(lambda weight, r: by_a_box(weight, r) / r**2)
wrong(checks.start_transposed, "the output is")(lambda weight, r: by_a_box(weight, r).flip(-1))
