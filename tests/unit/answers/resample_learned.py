"""Right and wrong answers to the exercises of chapter "resample/learned", for test_checks.py."""

import torch
import torch.nn.functional as F

from diffimg.resample import unpool


# right answers, written otherwise than in the book --------------------------------------------------------------------

def by_gradient(x, k):
    """The Jacobian of pooling, row by row."""
    pool = lambda row: F.max_pool1d(row[None, None], k)[0, 0]
    return torch.autograd.functional.jacobian(pool, x)


def by_clamped_places(x, skip):
    """Read the features where each pixel lies, by grid_sample with a border."""
    (h, w), (H, W) = x.shape[-2:], skip.shape[-2:]
    v = (torch.arange(H).clamp(max=2 * h - 1) + 0.5) / h - 1
    u = (torch.arange(W).clamp(max=2 * w - 1) + 0.5) / w - 1
    grid = torch.stack([u.expand(H, W), v[:, None].expand(H, W)], -1).expand(len(x), H, W, 2)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def by_scatter_mean(values, indices, output_size):
    flat = values.new_zeros(*values.shape[:-2], output_size[0] * output_size[1])
    mean = flat.scatter_reduce(-1, indices.flatten(-2), values.flatten(-2), "mean", include_self=False)
    return mean.unflatten(-1, output_size)


RIGHT = [
    ("selection_matrix", by_gradient),
    ("selection_matrix", lambda x, k: by_gradient(x, k).float()),
    ("fit_skip", by_clamped_places),
    ("unpool_mean", by_scatter_mean),
]


# wrong answers --------------------------------------------------------------------------------------------------------

def within_the_window(x, k):
    return F.one_hot(x.reshape(-1, k).argmax(1), len(x)).to(x.dtype)


def doubled(x, **options):
    return F.interpolate(x, scale_factor=2, **{"mode": "bilinear", **options})


def at_the_end(x, skip):
    return 0, skip.shape[-1] - x.shape[-1], 0, skip.shape[-2] - x.shape[-2]


def repeated(x, skip):
    return F.pad(x, at_the_end(x, skip), mode="replicate")


def padded_in_front(x, skip):
    x = doubled(x)
    return F.pad(x, (skip.shape[-1] - x.shape[-1], 0, skip.shape[-2] - x.shape[-2], 0), mode="replicate")


def padded_with_zeros(x, skip):
    x = doubled(x)
    return F.pad(x, at_the_end(x, skip))


def count_without_clamp(values, indices, output_size):
    return unpool(values, indices, output_size) / unpool(torch.ones_like(values), indices, output_size)


def last_writer(values, indices, output_size):
    flat = torch.zeros(*values.shape[:-2], output_size[0] * output_size[1])
    rows = flat.reshape(-1, flat.shape[-1])
    for row, v, at in zip(rows, values.reshape(len(rows), -1), indices.reshape(len(rows), -1)):
        for value, place in zip(v, at):
            row[place] = value
    return rows.reshape(flat.shape).unflatten(-1, output_size)


def counting_what_is_not_zero(values, indices, output_size):
    some = unpool((values != 0).to(values.dtype), indices, output_size)
    return unpool(values, indices, output_size) / some.clamp(min=1)


WRONG = [
    ("selection_matrix", within_the_window, "within the window"),
    ("selection_matrix", lambda x, k: by_gradient(x, k) * x, "numbers themselves"),
    ("selection_matrix", lambda x, k: by_gradient(-x, k), "smallest"),
    ("selection_matrix", lambda x, k: torch.eye(len(x) // k).repeat_interleave(k, 1) / k, "average pooling"),
    ("selection_matrix", lambda x, k: by_gradient(x, k).mT, "a row for each output"),
    ("selection_matrix", lambda x, k: by_gradient(x, k).flip(0), "pooling gives"),
    ("fit_skip", lambda x, skip: doubled(x), "the size of the skip"),
    ("fit_skip", lambda x, skip: F.interpolate(x, skip.shape[-2:], mode="bilinear"), "stretches"),
    ("fit_skip", lambda x, skip: repeated(doubled(x, align_corners=True), skip), "align_corners"),
    ("fit_skip", padded_with_zeros, "zeros"),
    ("fit_skip", padded_in_front, "dropped the last"),
    ("fit_skip", lambda x, skip: repeated(F.interpolate(x, scale_factor=2), skip), "interpolate linearly"),
    ("fit_skip", lambda x, skip: F.interpolate(x, skip.shape[-2:]), "double them bilinearly"),
    ("fit_skip", lambda x, skip: repeated(doubled(x, mode="bicubic"), skip), "the largest difference is in row"),
    ("unpool_mean", unpool, "that is the sum"),
    ("unpool_mean", counting_what_is_not_zero, "leaves zeros out"),
    ("unpool_mean", count_without_clamp, "NaN"),
    ("unpool_mean", last_writer, "keeps one"),
    ("unpool_mean", lambda v, i, size: unpool(torch.ones_like(v), i, size), "count alone"),
    ("unpool_mean", lambda v, i, size: unpool(v, i, size) / 9, "not yet"),
    ("unpool_mean", lambda v, i, size: unpool(v, i, size)[..., :-1], "shape"),
]
