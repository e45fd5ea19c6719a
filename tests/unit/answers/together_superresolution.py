"""Right and wrong answers to the exercises of chapter "together/superresolution", for test_checks.py."""

import torch


def by_index(box, N):
    answer = box.clone()
    answer[[0, 2]] = N - box[[0, 2]]
    return answer


def by_loop(q, c, y, M):
    total = -sum(float(a) * (float(a) / 2 + float(b)) for a, b in zip(q.flatten(), y.flatten()))
    return torch.as_tensor(total + sum(min(0.0, M * float(x)) for x in c.flatten()), dtype=c.dtype)


def by_lstsq(predicted, y):
    return torch.stack([torch.linalg.lstsq(v.reshape(-1, 1), f.reshape(-1, 1)).solution[0, 0] for v, f in zip(predicted, y)])


RIGHT = [
    ("mirrored_box", by_index),
    ("mirrored_box", lambda box, N: [N - box[0], box[1], N - box[2], box[3]]),
    ("bound_up_to", by_loop),
    ("bound_up_to", lambda q, c, y, M: -(q * (q / 2 + y)).sum() - M * (-c).clamp(min=0).sum()),
    ("best_gains", by_lstsq),
    ("best_gains", lambda v, y: torch.einsum("khw,khw->k", v, y) / torch.einsum("khw,khw->k", v, v)),
]
WRONG = [
    ("mirrored_box", lambda box, N: box, "the image was mirrored"),
    ("mirrored_box", lambda box, N: torch.stack([N - box[2], box[1], N - box[0], box[3]]), "the frame comes out mirrored"),
    ("mirrored_box", lambda box, N: box[[2, 1, 0, 3]], "moved to the other side"),
    ("mirrored_box", lambda box, N: torch.stack([box[0], N - box[1], box[2], N - box[3]]), "left and right"),
    ("mirrored_box", lambda box, N: torch.stack([N - 1 - box[0], box[1], N - 1 - box[2], box[3]]), "a box has edges"),
    ("mirrored_box", lambda box, N: box / N, "gives another frame"),
    ("bound_up_to", lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() + c.clamp(max=0).sum(), "up to 1"),
    ("bound_up_to", lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() + M * c.clamp(min=0).sum(), "takes the negative"),
    ("bound_up_to", lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() + M * c.sum(), "you let those pixels"),
    ("bound_up_to", lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() - M * c.clamp(max=0).sum(), "the sign"),
    ("bound_up_to", lambda q, c, y, M: -q.square().sum() - (q * y).sum() + M * c.clamp(max=0).sum(), "the factor 1/2"),
    ("bound_up_to", lambda q, c, y, M: -q.square().sum() / 2 + (q * y).sum() + M * c.clamp(max=0).sum(), "with a minus"),
    ("bound_up_to", lambda q, c, y, M: -q.square().sum() / 2 - (q * y).sum() - M * c.clamp(min=0).sum(), "you took the positive"),
    ("best_gains", lambda v, y: y.mean((1, 2)) / v.mean((1, 2)), "ratio of the means"),
    ("best_gains", lambda v, y: (y / v).mean((1, 2)), "mean of the ratios"),
    ("best_gains", lambda v, y: (v * y).sum((1, 2)) / y.square().sum((1, 2)), "the other way"),
    ("best_gains", lambda v, y: y.square().sum((1, 2)) / (v * y).sum((1, 2)), "the other regression"),
    ("best_gains", lambda v, y: ((v * y).sum() / v.square().sum()).expand(3), "all frames together"),
    ("best_gains", lambda v, y: y.norm(dim=(1, 2)) / v.norm(dim=(1, 2)), "ignores whether"),
]
