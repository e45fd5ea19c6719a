"""Right and wrong answers to the exercises of chapter "together/superresolution"."""

import torch
from answering import right, wrong

from diffimg.checks import together_superresolution as checks


@right(checks.mirrored_box)
def by_index(box, N):
    answer = box.clone()
    answer[[0, 2]] = N - box[[0, 2]]
    return answer


@right(checks.bound_up_to)
def by_loop(q, c, y, M):
    total = -sum(float(a) * (float(a) / 2 + float(b)) for a, b in zip(q.flatten(), y.flatten(), strict=True))
    return torch.as_tensor(total + sum(min(0.0, M * float(x)) for x in c.flatten()), dtype=c.dtype)


@right(checks.best_gains)
def by_lstsq(predicted, y):
    columns = zip(predicted.flatten(1)[:, :, None], y.flatten(1)[:, :, None], strict=True)
    return torch.stack([torch.linalg.lstsq(v, f).solution[0, 0] for v, f in columns])


right(checks.mirrored_box)(lambda box, N: [N - box[0], box[1], N - box[2], box[3]])

right(checks.bound_up_to)(lambda q, c, y, M: -(q * (q / 2 + y)).sum() - M * (-c).clamp(min=0).sum())

right(checks.best_gains)(lambda v, y: torch.einsum("khw,khw->k", v, y) / torch.einsum("khw,khw->k", v, v))
wrong(checks.mirrored_box, "the image was mirrored")(lambda box, N: box)
wrong(checks.mirrored_box, "the frame comes out mirrored")(
    lambda box, N: torch.stack([N - box[2], box[1], N - box[0], box[3]]))
wrong(checks.mirrored_box, "moved to the other side")(lambda box, N: box[[2, 1, 0, 3]])
wrong(checks.mirrored_box, "left and right")(lambda box, N: torch.stack([box[0], N - box[1], box[2], N - box[3]]))
wrong(checks.mirrored_box, "a box has edges")(
    lambda box, N: torch.stack([N - 1 - box[0], box[1], N - 1 - box[2], box[3]]))
wrong(checks.mirrored_box, "gives another frame")(lambda box, N: box / N)

wrong(checks.bound_up_to, "up to 1")(lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() + c.clamp(max=0).sum())
wrong(checks.bound_up_to, "takes the negative")(
    lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() + M * c.clamp(min=0).sum())
wrong(checks.bound_up_to, "you let those pixels")(
    lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() + M * c.sum())
wrong(checks.bound_up_to, "the sign")(
    lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() - M * c.clamp(max=0).sum())
wrong(checks.bound_up_to, "the factor 1/2")(
    lambda q, c, y, M: -q.square().sum() - (q * y).sum() + M * c.clamp(max=0).sum())
wrong(checks.bound_up_to, "with a minus")(
    lambda q, c, y, M: -q.square().sum() / 2 + (q * y).sum() + M * c.clamp(max=0).sum())
wrong(checks.bound_up_to, "you took the positive")(
    lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() - M * c.clamp(min=0).sum())

wrong(checks.best_gains, "ratio of the means")(lambda v, y: y.mean((1, 2)) / v.mean((1, 2)))
wrong(checks.best_gains, "mean of the ratios")(lambda v, y: (y / v).mean((1, 2)))
wrong(checks.best_gains, "the other way")(lambda v, y: (v * y).sum((1, 2)) / y.square().sum((1, 2)))
wrong(checks.best_gains, "the other regression")(lambda v, y: y.square().sum((1, 2)) / (v * y).sum((1, 2)))
wrong(checks.best_gains, "all frames together")(lambda v, y: ((v * y).sum() / v.square().sum()).expand(3))
wrong(checks.best_gains, "ignores whether")(lambda v, y: y.norm(dim=(1, 2)) / v.norm(dim=(1, 2)))
