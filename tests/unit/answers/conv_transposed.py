"""Right and wrong answers to the exercises of chapter "conv/transposed"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import conv_transposed as checks
from diffimg.conv import conv_matrix, conv_transpose_same, same_padding

# the solutions of the book, and the same ones written otherwise -------------------------------------------------------

@right(checks.predicted)
def two_stamps():
    full = [1, 10, 100 + 2, 20, 200]
    return full[1:]


@right(checks.predicted)
def by_the_layer():
    y, w = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[1.0, 10.0, 100.0]]])
    return F.conv_transpose1d(y, w, stride=2, padding=1, output_padding=1).flatten()


right(checks.predicted)(lambda: (10, 102, 20, 200))
right(checks.predicted)(lambda: torch.tensor([10, 102, 20, 200]).numpy())


@right(checks.fit_size)
def cut_in_pairs(m, n, k, s):
    excess = (m - 1) * s + k - n
    p = max(0, (excess + 1) // 2)
    return p, 2 * p - excess


@right(checks.fit_size)
def by_search(m, n, k, s):
    return next(torch.tensor([p, a]) for p in range(n + k) for a in range(s) if (m - 1) * s - 2 * p + k + a == n)


@right(checks.fit_size)
def by_inverting_the_size(m, n, k, s):
    p = max(0, -(((n - k) - (m - 1) * s) // 2))
    return float(p), float(n - (m - 1) * s + 2 * p - k)


@right(checks.fit_size)
def one_pair_after_the_other(m, n, k, s):
    p, size = 0, (m - 1) * s + k
    while size > n:
        p, size = p + 1, size - 2
    return [p, n - size]


@right(checks.ported)
def channels_first_and_back(x, kernel, stride):
    return conv_transpose_same(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), stride).permute(0, 2, 3, 1)


@right(checks.ported)
def by_slicing(x, kernel, stride):
    (h, w), beyond = x.shape[1:3], [k - stride for k in kernel.shape[:2]]
    c, d = (max(b, 0) // 2 for b in beyond)
    z = F.conv_transpose2d(x.movedim(-1, 1), kernel.movedim((3, 2), (0, 1)), stride=stride,
                           output_padding=[max(-b, 0) for b in beyond])
    return z[..., c:c + stride * h, d:d + stride * w].movedim(1, -1)


@right(checks.ported)
def by_the_backward_pass(x, kernel, stride):
    image, weight = x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1)
    size = [stride * n for n in image.shape[2:]]
    (top, bottom), (left, right) = same_padding(size, weight.shape[2:], stride=stride)
    C = conv_matrix(weight, size, stride=stride, padding=((top, bottom), (left, right))).to_dense()
    return (image.flatten(1) @ C).reshape(len(x), -1, *size).permute(0, 2, 3, 1)


@right(checks.ported)
def by_stamping(x, kernel, stride):
    (b, h, w, _), (kh, kw, channels, _) = x.shape, kernel.shape
    full = torch.zeros(b, h * stride + kh, w * stride + kw, channels)
    for r in range(h):
        for c in range(w):
            full[:, r * stride:r * stride + kh, c * stride:c * stride + kw] += torch.einsum(
                "bi,uvoi->buvo", x[:, r, c], kernel)
    top, left = max(kh - stride, 0) // 2, max(kw - stride, 0) // 2
    return full[:, top:top + h * stride, left:left + w * stride]


# plausible wrong answers ----------------------------------------------------------------------------------------------

wrong(checks.predicted, "not used yet")(lambda: (10, 102, 20))
wrong(checks.predicted, "adds no zero")(lambda: (10, 102, 20, 0))
wrong(checks.predicted, "full result; padding")(lambda: (1, 10, 102, 20, 200))
wrong(checks.predicted, "with a zero behind")(lambda: (1, 10, 102, 20, 200, 0))
wrong(checks.predicted, "puts zeros around")(lambda: (0, 1, 10, 102, 20, 200, 0))
wrong(checks.predicted, "near end")(lambda: (1, 10, 102, 20))
wrong(checks.predicted, "backwards")(lambda: (10, 201, 20, 2))
wrong(checks.predicted, "one place apart")(lambda: (12, 120, 200))
wrong(checks.predicted, "wipes out")(lambda: (10, 2, 20, 200))
wrong(checks.predicted, "you predicted 10, 102, 20, 100, expected")(lambda: (10, 102, 20, 100))
wrong(checks.predicted, "expected \\(4,\\)")(lambda: 4)


wrong(checks.fit_size, "other order")(lambda m, n, k, s: cut_in_pairs(m, n, k, s)[::-1])
wrong(checks.fit_size, "cannot be negative")(
    lambda m, n, k, s: (max(0, e := (m - 1) * s + k - n) // 2, 2 * (e // 2) - e))
wrong(checks.fit_size, "too short needs output_padding")(
    lambda m, n, k, s: (p := -((n - (m - 1) * s - k) // 2), n - (m - 1) * s - k + 2 * p))
wrong(checks.fit_size, "leads to 25 pixels")(lambda m, n, k, s: ((k - 1) // 2, 0))
wrong(checks.fit_size, "less padding would do")(
    lambda m, n, k, s: (cut_in_pairs(m, n, k, s)[0] + 1, cut_in_pairs(m, n, k, s)[1] + 2))
wrong(checks.fit_size, "not with whole numbers")(lambda m, n, k, s: (((m - 1) * s + k - n) / 2, 0))
wrong(checks.fit_size, "leads to")(
    lambda m, n, k, s: (p := (k - 1) // 2, (n + 2 * p - (k - 1) - 1) % s))  # whatever m is
wrong(checks.fit_size, "not with the smallest padding")(
    lambda m, n, k, s: max((p, a) for p in range(n + k) for a in range(s) if (m - 1) * s - 2 * p + k + a == n))
wrong(checks.fit_size, "expected two numbers")(lambda m, n, k, s: (m - 1) * s + k - n)

wrong(checks.ported, "stand second")(lambda x, kernel, s: channels_first_and_back(x, kernel, s).permute(0, 3, 1, 2))
wrong(checks.ported, "flips the kernel")(lambda x, kernel, s: channels_first_and_back(x, kernel.flip(0, 1), s))
wrong(checks.ported, "rows and columns")(lambda x, kernel, s: channels_first_and_back(x, kernel.transpose(0, 1), s))
wrong(checks.ported, "two channel axes")(lambda x, kernel, s: channels_first_and_back(x, kernel.transpose(2, 3), s))
wrong(checks.ported, "expected \\(2, 4, 6, 2\\)")(
    lambda x, kernel, s: F.conv_transpose2d(
        x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), stride=s).permute(0, 2, 3, 1))


@wrong(checks.ported, "for a kernel of \\(5, 2\\)")
def square_kernels_only(x, kernel, s):
    (h, w), k = x.shape[1:3], kernel.shape[0]
    c = max(k - s, 0) // 2
    z = F.conv_transpose2d(x.movedim(-1, 1), kernel.movedim((3, 2), (0, 1)), stride=s, output_padding=max(s - k, 0))
    return z[..., c:c + s * h, c:c + s * w].movedim(1, -1)


@wrong(checks.ported, "does the cut begin")
def nearest_miss_of_pytorch(x, kernel, s):
    z = F.conv_transpose2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), stride=s, padding=1, output_padding=1)
    return z.permute(0, 2, 3, 1)
