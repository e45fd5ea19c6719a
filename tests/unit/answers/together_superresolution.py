"""Right and wrong answers to the exercises of chapter "together/superresolution"."""

import torch
from answering import right, wrong
from scipy.optimize import linprog

from diffimg.checks import together_superresolution as checks


@right(checks.turned_box)
def by_axis():
    box, size = torch.tensor([2, 4, 15, 18]), torch.tensor([20, 30, 20, 30])
    return size - box


right(checks.turned_box)(lambda: [18, 26, 5, 12])
right(checks.turned_box)(lambda: torch.tensor([18.0, 26, 5, 12], dtype=torch.float32))
right(checks.turned_box)(lambda: torch.tensor([18.0, 26, 5, 12]).numpy())
wrong(checks.turned_box, "the image was turned")(lambda: (2, 4, 15, 18))
wrong(checks.turned_box, "shows it upside down")(lambda: (5, 12, 18, 26))
wrong(checks.turned_box, "opposite corner")(lambda: (15, 18, 2, 4))
wrong(checks.turned_box, "above and below too")(lambda: (18, 4, 5, 18))
wrong(checks.turned_box, "left and right too")(lambda: (2, 26, 15, 12))
wrong(checks.turned_box, "a box has edges")(lambda: (17, 25, 4, 11))
wrong(checks.turned_box, "x counts columns")(lambda: (28, 16, 15, 2))
wrong(checks.turned_box, "rows first")(lambda: (26, 18, 12, 5))
wrong(checks.turned_box, "the two frames differ by up to")(lambda: (18, 26, 5, 12.5))
wrong(checks.turned_box, "four numbers of a box")(lambda: (18, 26))


@right(checks.bound_up_to)
def by_loop(q, c, y, M):
    total = -sum(float(a) * (float(a) / 2 + float(b)) for a, b in zip(q.flatten(), y.flatten(), strict=True))
    return torch.as_tensor(total + sum(min(0.0, M * float(x)) for x in c.flatten()), dtype=c.dtype)


@right(checks.bound_up_to)
def by_linear_program(q, c, y, M):
    least = linprog(c.double().cpu().numpy().ravel(), bounds=(0, M)).fun
    return torch.as_tensor(-q.square().sum() / 2 - (q * y).sum() + least, dtype=c.dtype)


@right(checks.bound_up_to)
def by_the_image_itself(q, c, y, M):
    u = torch.where(c < 0, M, 0.0)
    return (c * u).sum() - torch.dot(q.flatten(), (q / 2 + y).flatten())


right(checks.bound_up_to)(lambda q, c, y, M: -(q * (q / 2 + y)).sum() - M * (-c).clamp(min=0).sum())
right(checks.bound_up_to)(lambda q, c, y, M: (y.square().sum() - (q + y).square().sum()) / 2
                          + (M * (c - c.abs()) / 2).sum().reshape(1))


def bound(q, c, y, last, square=0.5, inner=1.0):
    return -square * q.square().sum() - inner * (q * y).sum() + last


wrong(checks.bound_up_to, "up to 1")(lambda q, c, y, M: bound(q, c, y, c.clamp(max=0).sum()))
wrong(checks.bound_up_to, "divides by M")(lambda q, c, y, M: bound(q, c, y, c.clamp(max=0).sum() / M))
wrong(checks.bound_up_to, "the least takes the negative")(lambda q, c, y, M: bound(q, c, y, M * c.clamp(min=0).sum()))
wrong(checks.bound_up_to, "you let those pixels")(lambda q, c, y, M: bound(q, c, y, M * c.sum()))
wrong(checks.bound_up_to, "you took the positive")(lambda q, c, y, M: bound(q, c, y, -M * c.clamp(min=0).sum()))
wrong(checks.bound_up_to, "the sign")(lambda q, c, y, M: bound(q, c, y, -M * c.clamp(max=0).sum()))
wrong(checks.bound_up_to, "to one together")(lambda q, c, y, M: bound(q, c, y, min(0.0, float(M * c.sum()))))
wrong(checks.bound_up_to, "that is the mean")(lambda q, c, y, M: bound(q, c, y, M * c.clamp(max=0).mean()))
wrong(checks.bound_up_to, "least coefficient alone")(lambda q, c, y, M: bound(q, c, y, M * c.min()))
wrong(checks.bound_up_to, "the factor 1/2")(lambda q, c, y, M: bound(q, c, y, M * c.clamp(max=0).sum(), square=1))
wrong(checks.bound_up_to, "only squared")(
    lambda q, c, y, M: bound(q, c, y, M * c.clamp(max=0).sum() - q.norm() / 2, square=0))
wrong(checks.bound_up_to, "with a minus")(lambda q, c, y, M: bound(q, c, y, M * c.clamp(max=0).sum(), inner=-1))
wrong(checks.bound_up_to, "is missing")(lambda q, c, y, M: bound(q, c, y, M * c.clamp(max=0).sum(), inner=0))
wrong(checks.bound_up_to, "the others by M too")(lambda q, c, y, M: M * bound(q, c, y, c.clamp(max=0).sum()))
wrong(checks.bound_up_to, "for M = 2.5 you returned .* expected")(
    lambda q, c, y, M: bound(q, c, y, M * c.round().clamp(max=0).sum()))
wrong(checks.bound_up_to, "for M = 4 you returned .* expected")(
    lambda q, c, y, M: bound(q, c, y, min(M, 3) * c.clamp(max=0).sum()))


@right(checks.best_gains)
def by_lstsq(predicted, y):
    columns = zip(predicted.flatten(1)[:, :, None], y.flatten(1)[:, :, None], strict=True)
    return torch.stack([torch.linalg.lstsq(v, f).solution[0, 0] for v, f in columns])


@right(checks.best_gains)
def by_one_newton_step(predicted, y):
    with torch.enable_grad():
        a = torch.ones(len(y), requires_grad=True)
        error = (a[:, None, None] * predicted - y).square().sum()
        slope, = torch.autograd.grad(error, a)
    return 1 - slope / (2 * predicted.square().sum((1, 2)))


@right(checks.best_gains)
def by_loop_over_frames(predicted, y):
    return [float(v.ravel().dot(f.ravel()) / v.norm() ** 2) for v, f in zip(predicted, y, strict=True)]


right(checks.best_gains)(lambda v, y: torch.einsum("khw,khw->k", v, y) / torch.einsum("khw,khw->k", v, v))
wrong(checks.best_gains, "ratio of the means")(lambda v, y: y.mean((1, 2)) / v.mean((1, 2)))
wrong(checks.best_gains, "mean of the ratios")(lambda v, y: (y / v).mean((1, 2)))
wrong(checks.best_gains, "forgives outliers")(lambda v, y: (y / v).flatten(1).median(1).values)
wrong(checks.best_gains, "the other way")(lambda v, y: (v * y).sum((1, 2)) / y.square().sum((1, 2)))
wrong(checks.best_gains, "the other regression")(lambda v, y: y.square().sum((1, 2)) / (v * y).sum((1, 2)))
wrong(checks.best_gains, "all frames together")(lambda v, y: ((v * y).sum() / v.square().sum()).expand(len(v)))
wrong(checks.best_gains, "ignores whether")(lambda v, y: y.norm(dim=(1, 2)) / v.norm(dim=(1, 2)))
wrong(checks.best_gains, "need not go through 0")(
    lambda v, y: torch.stack([torch.cov(torch.stack([a.ravel(), b.ravel()]))[0, 1] / a.var()
                              for a, b in zip(v, y, strict=True)]))
wrong(checks.best_gains, "relative to the first")(lambda v, y: (a := by_lstsq(v, y)) / a[0])
wrong(checks.best_gains, "larger than 1")(lambda v, y: by_lstsq(v, y).clamp(max=1))
wrong(checks.best_gains, "may be negative")(lambda v, y: by_lstsq(v, y).clamp(min=0))
wrong(checks.best_gains, "may be larger than 1|may lie outside")(lambda v, y: by_lstsq(v, y).clamp(0, 1))
wrong(checks.best_gains, "you found .* expected .* squared error is least")(
    lambda v, y: (by_lstsq(v, y) * 10).round() / 10)
wrong(checks.best_gains, "one factor for each frame")(lambda v, y: by_lstsq(v, y)[:, None])
