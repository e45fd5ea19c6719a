"""Checks of the exercises in chapter "further/warps"."""

import torch

from ..coords import map_points, pixel_matrix
from ..crop import warp
from ..images import noise
from ._shared import exercise, expect, numbers, recognise, same, told


@exercise(praise="the edge is 640 - 100, halved; the index takes a half pixel along before it is halved.",
          hint="Does an edge go to W - e or to W - 1 - e? And is the index coordinate halved, or the edge coordinate?")
def edge_and_index(solution):
    answer, right = solution(), torch.tensor([270.0, 269.25])
    expect(answer.shape == (2,), f"the prediction has shape {tuple(answer.shape)}, expected two numbers: edge, index.")
    recognise(answer, {
        "the edge is right; the index was halved like an edge. Its centre is at the edge coordinate 539.5.":
            torch.tensor([270.0, 269.5]),
        "the edge is right; the index lost its half pixel in the mirror: an index goes to W - 1 - i.":
            torch.tensor([270.0, 269.75]),
        "edge and index are not the same place: they lie half a pixel apart, and after halving a quarter.":
            torch.tensor([270.0, 270.0]),
        "an edge goes to W - e: the last edge of 640 columns is 640.": torch.tensor([269.5, 269.25]),
        "both lose one pixel in the mirror; only an index does.": torch.tensor([269.5, 269.5]),
        "these are the places after the mirror; the photograph is halved too.": torch.tensor([540.0, 539.0]),
        "the two are exchanged: first the edge, then the index.": torch.tensor([269.25, 270.0]),
        "this halves and does not mirror.": torch.tensor([50.0, 49.75])})
    for name, place, wanted in zip(("edge", "index"), answer, right, strict=True):
        expect(same(place, wanted), f"the {name} is not yet right: {told(place, wanted)}.")


def _mistaken_keypoints(points, pad, scale):
    """What the usual mistakes make of keypoints in a letterbox, under the sentence that names each."""
    return {
        "half a pixel is missing: a resize scales edges, and a keypoint is an index.": (points - pad) * scale,
        "the half pixel was added and not taken off again.": (points - pad + 0.5) * scale,
        "the half pixel has the other sign: the edge coordinate of an index is i + 1/2.":
            (points - pad - 0.5) * scale + 0.5,
        "the pad was not taken off.": (points + 0.5) * scale - 0.5,
        "the pad was added: in the photograph there is none.": (points + pad + 0.5) * scale - 0.5,
        "corner is (left, top), x first, as the points are.": (points - pad.flip(0) + 0.5) * scale - 0.5,
        "width and height are exchanged: photo and small are (height, width), points x first.":
            (points - pad + 0.5) * scale.flip(0) - 0.5,
        "this is the way from the photograph into the letterbox.": (points + 0.5) / scale - 0.5 + pad,
        "one ratio for both axes is what was meant; the rounded sizes are what was done.":
            (points - pad + 0.5) * scale.max() - 0.5,
        "the pad is in pixels of the small image: take it off before you scale.":
            (points + 0.5) * scale - 0.5 - pad}


@exercise(praise="the pad, the half pixel and the two scales of a resize that was rounded.",
          hint="Undo the two steps from the last to the first: the pad, then the resize.")
def keypoints_back(solution):
    wide = torch.tensor([[16.0, 10.5], [0.0, 9.0], [31.0, 21.25], [12.25, 15.0]])
    for points, photo, small, corner in ((wide, (31, 75), (13, 32), (0, 9)),
                                         (wide.flip(-1), (80, 36), (32, 14), (9, 0))):
        (height, width), (h, w) = photo, small
        shift = torch.eye(3, dtype=torch.float64)
        shift[:2, 2] = -torch.tensor(corner)
        matrix = pixel_matrix(torch.eye(2, 3, dtype=torch.float64), photo, small) @ shift
        right = map_points(matrix, points.double()).to(points)
        answer = solution(points.clone(), photo, small, corner)
        expect(answer.shape == points.shape, f"the result has shape {tuple(answer.shape)}, expected "
               f"{tuple(points.shape)}.")
        if same(answer, right):
            continue
        recognise(answer, _mistaken_keypoints(points, torch.tensor(corner), torch.tensor([width / w, height / h])))
        expect(False, f"for a photograph of {photo} in {small} {told(answer[0], right[0])} for the point "
               f"{numbers(points[0])}.")


@exercise(praise="one field does both, and it reads the first where the second one looks.",
          hint="From p the second warp looks at p + second(p). How far does the first one look from there?")
def one_field(solution):
    height, width = 24, 32
    y, x = torch.arange(float(height))[:, None], torch.arange(float(width))
    bend = torch.stack([(0.5 * y).sin() + 0 * x, (0.4 * x).cos() + 0 * y])[None]
    first, second = 1.7 * bend, torch.stack([0.1 * (y - 9) + 0 * x, 0.05 * (x - 20) + 0 * y])[None]
    answer = solution(first.clone(), second.clone())
    expect(answer.shape == first.shape, f"the result has shape {tuple(answer.shape)}, expected {tuple(first.shape)}.")
    right = second + warp(first, second)
    recognise(answer, {
        "that is the sum: it reads the first field at p, and the second warp does not look there.": first + second,
        "that is the other order, first the second and then the first: which of the two is nearer to the output?":
            first + warp(second, first),
        "that is how far the first one looks; the way of the second is missing.": warp(first, second),
        "the signs differ: both displacements are added.": second - warp(first, second),
        "the first field is read on the other side: at p - second(p).": second + warp(first, -second)})
    image = torch.stack([x + 0 * y, y + 0 * x])[None] + 0 * noise((1,), seed=0)
    inner = (..., slice(6, -6), slice(6, -6))
    expect(same(answer[inner], right[inner]), f"in the inner part {told(answer[inner], right[inner])}.")
    expect(same(warp(image, answer)[inner], (image + right)[inner]), "the field does not give the place of both warps.")
