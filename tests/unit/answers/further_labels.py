"""Right and wrong answers to the exercises of chapter "further/labels"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import further_labels as checks
from diffimg.resample import resize


def cells(labels, factor):
    return labels.unfold(0, factor, factor).unfold(1, factor, factor).flatten(2)


# right answers, written otherwise than in the book --------------------------------------------------------------------

@right(checks.feature_five)
def layer_by_layer():
    first = second = 5.0
    for _ in range(4):
        first, second = 2 * first, 2 * second + 0.5
    return first, second


right(checks.feature_five)(lambda: [80, 87.5])
right(checks.feature_five)(lambda: torch.tensor([80, 87.5]).numpy())
right(checks.feature_five)(lambda: (5 * 2**4, (80 + 95) / 2))


@right(checks.shrink_labels)
def by_valid(labels, factor, classes):
    size = [n // factor for n in labels.shape]
    one_hot = F.one_hot(labels.where(labels < 255, 0), classes).movedim(-1, 0).double()
    share = resize(one_hot, size, kernel="area", valid=labels < 255)
    return torch.where(share[0].isnan(), 255, share.nan_to_num().argmax(0))


@right(checks.shrink_labels)
def by_loops(labels, factor, classes):
    result = torch.full([n // factor for n in labels.shape], 255)
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            block = labels[i * factor:(i + 1) * factor, j * factor:(j + 1) * factor]
            seen = block[block != 255]
            if len(seen):
                result[i, j] = torch.bincount(seen, minlength=classes).argmax()
    return result


@right(checks.shrink_labels)
def by_mode(labels, factor, classes):
    blocks = cells(labels, factor).clone()
    result = torch.full(blocks.shape[:2], 255)
    for i, j in torch.cartesian_prod(*map(torch.arange, blocks.shape[:2])).tolist():
        seen = blocks[i, j][blocks[i, j] < classes]
        if len(seen):
            result[i, j] = seen.mode().values
    return result


@right(checks.shrink_labels)
def by_counts_as_floats(labels, factor, classes):
    votes = torch.stack([(cells(labels, factor) == k).sum(-1) for k in range(classes)]).double()
    return torch.where(votes.amax(0) == 0, 255.0, votes.argmax(0).double())


# wrong answers, and words that the reply must contain -----------------------------------------------------------------

wrong(checks.feature_five, "no middle pixel")(lambda: (80, 80))
wrong(checks.feature_five, "nothing added")(lambda: (87.5, 87.5))
wrong(checks.feature_five, "edge coordinates")(lambda: (80, 88))
wrong(checks.feature_five, "exchanged")(lambda: (87.5, 80))
wrong(checks.feature_five, "the first is 0")(lambda: (64, 71.5))
wrong(checks.feature_five, "three layers")(lambda: (40, 43.5))
wrong(checks.feature_five, "strides multiply")(lambda: (40, 43))
wrong(checks.feature_five, "two numbers")(lambda: 80)
wrong(checks.feature_five, "one layer at a time")(lambda: (80, 95))

wrong(checks.shrink_labels, "one pixel of each block")(
    lambda labels, factor, classes: resize(labels, [n // factor for n in labels.shape], kernel="nearest"))
wrong(checks.shrink_labels, "first pixel of each block")(
    lambda labels, factor, classes: labels[::factor, ::factor])
wrong(checks.shrink_labels, "a label is a name")(
    lambda labels, factor, classes: F.avg_pool2d(labels[None].double(), factor)[0].round())
wrong(checks.shrink_labels, "expected")(lambda labels, factor, classes: labels)


@wrong(checks.shrink_labels, "void counts as a class")
def with_void(labels, factor, classes):
    counts = torch.stack([(cells(labels, factor) == k).sum(-1) for k in (*range(classes), 255)])
    return torch.where(counts.argmax(0) == classes, 255, counts.argmax(0))


@wrong(checks.shrink_labels, "should stay 255")
def never_void(labels, factor, classes):
    return torch.stack([(cells(labels, factor) == k).sum(-1) for k in range(classes)]).argmax(0)


@wrong(checks.shrink_labels, "in a tie the higher")
def highest(labels, factor, classes):
    votes = torch.stack([(cells(labels, factor) == k).sum(-1) for k in reversed(range(classes))])
    return torch.where(votes.sum(0) > 0, classes - 1 - votes.argmax(0), 255)


@wrong(checks.shrink_labels, "factor 2 and 3 classes")
def one_more(labels, factor, classes):
    return by_loops(labels, factor, classes) + 1
