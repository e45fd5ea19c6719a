"""Right and wrong answers to the exercises of chapter "resample/learned"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import resample_learned as checks
from diffimg.resample import resample_matrix, resize, unpool

# right answers, written otherwise than in the book --------------------------------------------------------------------

@right(checks.fit_skip)
def by_clamped_places(x, skip):
    """Read the features where each pixel lies, by grid_sample with a border."""
    (h, w), (H, W) = x.shape[-2:], skip.shape[-2:]
    v = (torch.arange(H).clamp(max=2 * h - 1) + 0.5) / h - 1
    u = (torch.arange(W).clamp(max=2 * w - 1) + 0.5) / w - 1
    grid = torch.stack([u.expand(H, W), v[:, None].expand(H, W)], -1).expand(len(x), H, W, 2)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


@right(checks.fit_skip)
def by_indexing(x, skip):
    x = F.interpolate(x, scale_factor=2, mode="bilinear")
    rows, columns = (torch.arange(n).clamp(max=m - 1) for n, m in zip(skip.shape[-2:], x.shape[-2:], strict=True))
    return x[..., rows, :][..., columns]


@right(checks.fit_skip)
def by_matrices(x, skip):
    W_v, W_h = (resample_matrix(n, 2 * n, dtype=x.dtype)[torch.arange(m).clamp(max=2 * n - 1)]
                for n, m in zip(x.shape[-2:], skip.shape[-2:], strict=True))
    return W_v @ x @ W_h.mT


@right(checks.fit_skip)
def by_resize(x, skip):
    H, W = skip.shape[-2:]
    return resize(x, (H, W), box=(0, 0, W / 2, H / 2))  # the box of an odd skip ends half a feature outside


@right(checks.sent_back)
def by_unpool():
    y, at = F.max_pool2d(torch.tensor([[[1.0, 5.0, 2.0, 4.0, 3.0]]]), (1, 3), 1, return_indices=True)
    return unpool(y, at, (1, 5))[0, 0]


@right(checks.sent_back)
def by_backward():
    row = torch.tensor([[1.0, 5.0, 2.0, 4.0, 3.0]], requires_grad=True)
    y = F.max_pool1d(row, 3, 1)
    return torch.autograd.grad(y, row, y)[0][0]


right(checks.sent_back)(lambda: [0, 10, 0, 4, 0])
right(checks.sent_back)(lambda: torch.tensor([0, 10, 0, 4, 0], dtype=torch.uint8))


# wrong answers --------------------------------------------------------------------------------------------------------

def doubled(x, **options):
    return F.interpolate(x, scale_factor=2, **{"mode": "bilinear", **options})


def at_the_end(x, skip):
    return 0, skip.shape[-1] - x.shape[-1], 0, skip.shape[-2] - x.shape[-2]


def repeated(x, skip):
    return F.pad(x, at_the_end(x, skip), mode="replicate")


@wrong(checks.fit_skip, "dropped the last")
def padded_in_front(x, skip):
    x = doubled(x)
    return F.pad(x, (skip.shape[-1] - x.shape[-1], 0, skip.shape[-2] - x.shape[-2], 0), mode="replicate")


@wrong(checks.fit_skip, "zeros")
def padded_with_zeros(x, skip):
    x = doubled(x)
    return F.pad(x, at_the_end(x, skip))


wrong(checks.sent_back, "What keeps one is max_unpool2d")(lambda: [0, 5, 0, 4, 0])
wrong(checks.sent_back, "not at the pixels that won")(lambda: [0, 5, 5, 4, 0])
wrong(checks.sent_back, "does not come back")(lambda: [1, 5, 2, 4, 3])
wrong(checks.sent_back, "won; they send the maximum")(lambda: [0, 2, 0, 1, 0])
wrong(checks.sent_back, "five numbers")(lambda: [5, 5, 4])
wrong(checks.sent_back, "the windows are")(lambda: [0, 10, 0, 4.5, 0])

wrong(checks.fit_skip, "the size of the skip")(lambda x, skip: doubled(x))
wrong(checks.fit_skip, "stretches")(lambda x, skip: F.interpolate(x, skip.shape[-2:], mode="bilinear"))
wrong(checks.fit_skip, "align_corners")(lambda x, skip: repeated(doubled(x, align_corners=True), skip))
wrong(checks.fit_skip, "interpolate linearly")(lambda x, skip: repeated(F.interpolate(x, scale_factor=2), skip))
wrong(checks.fit_skip, "double them bilinearly")(lambda x, skip: F.interpolate(x, skip.shape[-2:]))
wrong(checks.fit_skip, "the channels of x")(lambda x, skip: repeated(doubled(x[:, :1]), skip))
wrong(checks.fit_skip, "expected .*")(lambda x, skip: repeated(doubled(x), skip).round(decimals=3))
wrong(checks.fit_skip, "expected .*")(lambda x, skip: repeated(doubled(x[:, :1]).expand(-1, 3, -1, -1), skip))
wrong(checks.fit_skip, "expected .*")(lambda x, skip: repeated(doubled(x, mode="bicubic"), skip))
