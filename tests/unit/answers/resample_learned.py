"""Right and wrong answers to the exercises of chapter "resample/learned"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import resample_learned as checks
from diffimg.resample import unpool

# right answers, written otherwise than in the book --------------------------------------------------------------------

@right(checks.selection_matrix)
def by_gradient(x, k):
    """The Jacobian of pooling, row by row."""
    pool = lambda row: F.max_pool1d(row[None, None], k)[0, 0]
    return torch.autograd.functional.jacobian(pool, x)


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


right(checks.selection_matrix)(lambda x, k: by_gradient(x, k).float())


# wrong answers --------------------------------------------------------------------------------------------------------

@wrong(checks.selection_matrix, "within the window")
def within_the_window(x, k):
    return F.one_hot(x.reshape(-1, k).argmax(1), len(x)).to(x.dtype)


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


wrong(checks.selection_matrix, "numbers themselves")(lambda x, k: by_gradient(x, k) * x)
wrong(checks.selection_matrix, "smallest")(lambda x, k: by_gradient(-x, k))
wrong(checks.selection_matrix, "average pooling")(lambda x, k: torch.eye(len(x) // k).repeat_interleave(k, 1) / k)
wrong(checks.selection_matrix, "a row for each output")(lambda x, k: by_gradient(x, k).mT)
wrong(checks.selection_matrix, "pooling gives")(lambda x, k: by_gradient(x, k).flip(0))

wrong(checks.fit_skip, "the size of the skip")(lambda x, skip: doubled(x))
wrong(checks.fit_skip, "stretches")(lambda x, skip: F.interpolate(x, skip.shape[-2:], mode="bilinear"))
wrong(checks.fit_skip, "align_corners")(lambda x, skip: repeated(doubled(x, align_corners=True), skip))
wrong(checks.fit_skip, "interpolate linearly")(lambda x, skip: repeated(F.interpolate(x, scale_factor=2), skip))
wrong(checks.fit_skip, "double them bilinearly")(lambda x, skip: F.interpolate(x, skip.shape[-2:]))
wrong(checks.fit_skip, "the largest difference is in row")(lambda x, skip: repeated(doubled(x, mode="bicubic"), skip))

wrong(checks.unpool_mean, "that is the sum")(unpool)
wrong(checks.unpool_mean, "count alone")(lambda v, i, size: unpool(torch.ones_like(v), i, size))
wrong(checks.unpool_mean, "not yet")(lambda v, i, size: unpool(v, i, size) / 9)
wrong(checks.unpool_mean, "shape")(lambda v, i, size: unpool(v, i, size)[..., :-1])
