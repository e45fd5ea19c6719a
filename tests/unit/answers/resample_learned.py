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


@right(checks.unpool_mean)
def by_scatter_mean(values, indices, output_size):
    flat = values.new_zeros(*values.shape[:-2], output_size[0] * output_size[1])
    mean = flat.scatter_reduce(-1, indices.flatten(-2), values.flatten(-2), "mean", include_self=False)
    return mean.unflatten(-1, output_size)






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


@right(checks.unpool_mean)
def by_matrix(values, indices, output_size):
    pixels = output_size[0] * output_size[1]
    S = F.one_hot(indices.flatten(-2), pixels).to(values.dtype)
    mean = (S.mT @ values.flatten(-2)[..., None])[..., 0] / S.sum(-2).clamp(min=1)
    return mean.unflatten(-1, output_size)


@right(checks.unpool_mean)
def by_pinv(values, indices, output_size):
    S = F.one_hot(indices.flatten(-2), output_size[0] * output_size[1]).to(values.dtype)
    return (torch.linalg.pinv(S) @ values.flatten(-2)[..., None])[..., 0].unflatten(-1, output_size)


@right(checks.unpool_mean)
def nan_to_zero(values, indices, output_size):
    count = unpool(torch.ones_like(values), indices, output_size)
    return torch.where(count > 0, unpool(values, indices, output_size) / count, 0)


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


@wrong(checks.unpool_mean, "NaN")
def count_without_clamp(values, indices, output_size):
    return unpool(values, indices, output_size) / unpool(torch.ones_like(values), indices, output_size)


@wrong(checks.unpool_mean, "keeps one")
def last_writer(values, indices, output_size):
    flat = torch.zeros(*values.shape[:-2], output_size[0] * output_size[1])
    rows = flat.reshape(-1, flat.shape[-1])
    for row, v, at in zip(rows, values.reshape(len(rows), -1), indices.reshape(len(rows), -1), strict=True):
        for value, place in zip(v, at, strict=True):
            row[place] = value
    return rows.reshape(flat.shape).unflatten(-1, output_size)


@wrong(checks.unpool_mean, "leaves zeros out")
def counting_what_is_not_zero(values, indices, output_size):
    some = unpool((values != 0).to(values.dtype), indices, output_size)
    return unpool(values, indices, output_size) / some.clamp(min=1)




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

wrong(checks.unpool_mean, "that is the sum")(unpool)
wrong(checks.unpool_mean, "count alone")(lambda v, i, size: unpool(torch.ones_like(v), i, size))
wrong(checks.unpool_mean, "not yet")(lambda v, i, size: unpool(v, i, size) / 9)
wrong(checks.unpool_mean, "for windows of")(lambda v, i, size: nan_to_zero(v, i, size).round(decimals=2))
wrong(checks.unpool_mean, "shape")(lambda v, i, size: unpool(v, i, size)[..., :-1])
