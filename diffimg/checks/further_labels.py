"""Checks of the exercises in chapter "further/labels"."""

import torch

from ..images import noise
from ._shared import exercise, expect, recognise, same, told

VOID = 255


@exercise(praise="the strides alone do not say it: half padding keeps centres, poolings keep edges.",
          hint="What is the stride of the four together? Where does a 3 with padding 1 look, and a 2 without?")
def feature_five(solution):
    answer, right = solution(), torch.tensor([80.0, 87.5])
    expect(answer.shape == (2,), f"the result has shape {tuple(answer.shape)}, expected two numbers.")
    recognise(answer, {
        "both say 80: a window of 2 has no middle pixel, its centre lies half-way between its two.":
            torch.tensor([80.0, 80.0]),
        "both say 87.5, the half-pixel grid; a 3 with padding 1 is centred on pixel 2j, with nothing added.":
            torch.tensor([87.5, 87.5]),
        "88 is the middle in edge coordinates; as an index it is half less.": torch.tensor([80.0, 88.0]),
        "the two are exchanged.": torch.tensor([87.5, 80.0]),
        "feature 5 is the sixth: the first is 0.": torch.tensor([64.0, 71.5]),
        "that is three layers; four strides of 2 make 16.": torch.tensor([40.0, 43.5]),
        "that is the stride 4 * 2; strides multiply.": torch.tensor([40.0, 43.0])})
    expect(same(answer, right), f"{told(answer, right)}. Go one layer at a time: j to 2j, or to 2j + 1/2.")


@exercise(praise="a pixel without a label has no vote, and a block of them no class.",
          hint="How many pixels of each class has a block? What are the counts of a void pixel?")
def shrink_labels(solution):
    for factor, classes, seed in ((2, 3, 0), (4, 5, 1), (3, 2, 2)):
        labels = _with_void(factor, classes, seed)
        blocks = labels.unfold(0, factor, factor).unfold(1, factor, factor).flatten(2)
        counts = torch.stack([(blocks == k).sum(-1) for k in (*range(classes), VOID)])
        votes, met = counts[:-1], counts[:-1].sum(0) > 0
        right = torch.where(met, votes.argmax(0), VOID)
        answer = solution(labels.clone(), factor, classes)
        case = f"for labels {tuple(labels.shape)}, factor {factor} and {classes} classes"
        expect(answer.shape == right.shape,
               f"{case} the result has shape {tuple(answer.shape)}, expected {tuple(right.shape)}.")
        mistakes = {
            "that is nearest, one pixel of each block; ask all of them.": _every(labels, factor, factor // 2),
            "that is nearest, the first pixel of each block; ask all of them.": _every(labels, factor, 0),
            "void counts as a class: where it is the most frequent one you return 255.":
                torch.where(counts.argmax(0) == classes, VOID, counts.argmax(0)),
            "a block that is void altogether gets a class; it should stay 255.": votes.argmax(0),
            "in a tie the higher number wins; the lower one should.":
                torch.where(met, classes - 1 - votes.flip(0).argmax(0), VOID),
            "that is the mean of the numbers; a label is a name.": blocks.double().mean(-1).round().long()}
        recognise(answer, {sentence: wrong.to(answer.dtype) for sentence, wrong in mistakes.items()
                           if not torch.equal(wrong, right)})
        expect(same(answer, right.to(answer.dtype)), f"{case} {told(answer, right.to(answer.dtype))}.")


def _with_void(factor, classes, seed):
    shape = (5 * factor, 4 * factor)
    labels = (noise(shape, seed=seed) * 1000).long() % classes
    labels[noise(shape, seed=seed + 9) > 0.4] = VOID
    labels[:factor, :factor] = VOID
    return labels


def _every(labels, factor, start):
    return labels[start::factor, start::factor]
