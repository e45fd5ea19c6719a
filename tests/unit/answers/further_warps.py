"""Right and wrong answers to the exercises of chapter "further/warps"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import further_warps as checks
from diffimg.coords import map_points, pixel_matrix
from diffimg.crop import warp

# right answers --------------------------------------------------------------------------------------------------------

right(checks.edge_and_index)(lambda: (270, 269.25))
right(checks.edge_and_index)(lambda: torch.tensor([270.0, 269.25]))
right(checks.edge_and_index)(lambda: [(640 - 100) / 2, (640 - (100 + 0.5)) / 2 - 0.5])


@right(checks.edge_and_index)
def read_from_a_ramp():
    """The place of each column of the result, in the photograph, is looked up."""
    ramp = torch.arange(640, dtype=torch.float64).reshape(1, 1, 640).flip(-1)
    seen = F.interpolate(ramp, size=320, mode="linear")[0, 0]  # falls by 2 in each column
    return (seen[0] - 99.5) / 2 + 0.5, (seen[0] - 100) / 2


@right(checks.keypoints_back)
def axis_by_axis(points, photo, small, corner):
    x = (points[:, 0] - corner[0] + 0.5) * photo[1] / small[1] - 0.5
    y = (points[:, 1] - corner[1] + 0.5) * photo[0] / small[0] - 0.5
    return torch.stack([x, y], -1)


@right(checks.keypoints_back)
def by_an_inverse(points, photo, small, corner):
    into = torch.eye(3)
    for axis in (0, 1):
        into[axis, axis] = small[1 - axis] / photo[1 - axis]
        into[axis, 2] = into[axis, axis] / 2 - 0.5 + corner[axis]
    return map_points(torch.linalg.inv(into), points.to(into))


@right(checks.keypoints_back)
def by_lists(points, photo, small, corner):
    return [[(x + 0.5 - corner[0]) / small[1] * photo[1] - 0.5, (y + 0.5 - corner[1]) / small[0] * photo[0] - 0.5]
            for x, y in points.tolist()]


@right(checks.keypoints_back)
def by_one_matrix(points, photo, small, corner):
    resized = pixel_matrix(torch.eye(2, 3), photo, small)
    return map_points(resized, points - torch.tensor(corner))


def places_of(field):
    height, width = field.shape[-2:]
    y, x = torch.arange(float(height))[:, None], torch.arange(float(width))
    return torch.stack([x.expand(height, width), y.expand(height, width)])[None]


right(checks.one_field)(lambda first, second: second + warp(first, second))
right(checks.one_field)(lambda first, second: warp(first, second) + second + 0 * first)
right(checks.one_field)(lambda first, second: warp(first, second, padding_mode="border").add(second))


@right(checks.one_field)
def by_grid_sample(first, second):
    size = torch.tensor(list(first.shape[:-3:-1]))[:, None, None]
    grid = (2 * (places_of(first) + second) + 1) / size - 1
    return second + F.grid_sample(first, grid.movedim(1, -1), padding_mode="border", align_corners=False)


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.edge_and_index, "halved like an edge")(lambda: (270, 269.5))
wrong(checks.edge_and_index, "lost its half pixel")(lambda: (270, 269.75))
wrong(checks.edge_and_index, "half a pixel apart")(lambda: (270, 270))
wrong(checks.edge_and_index, "the last edge of 640 columns")(lambda: (269.5, 269.25))
wrong(checks.edge_and_index, "only an index does")(lambda: (269.5, 269.5))
wrong(checks.edge_and_index, "the photograph is halved too")(lambda: (540, 539))
wrong(checks.edge_and_index, "exchanged")(lambda: (269.25, 270))
wrong(checks.edge_and_index, "does not mirror")(lambda: (50, 49.75))
wrong(checks.edge_and_index, "index is not yet right")(lambda: (270, 268))
wrong(checks.edge_and_index, "edge is not yet right")(lambda: (271, 269.25))


def recipe(change):
    def keypoints(points, photo, small, corner):
        scale = torch.tensor([photo[1] / small[1], photo[0] / small[0]])
        return change(points, torch.tensor(corner), scale)
    return keypoints


wrong(checks.keypoints_back, "half a pixel is missing")(recipe(lambda p, pad, s: (p - pad) * s))
wrong(checks.keypoints_back, "not taken off again")(recipe(lambda p, pad, s: (p - pad + 0.5) * s))
wrong(checks.keypoints_back, "other sign")(recipe(lambda p, pad, s: (p - pad - 0.5) * s + 0.5))
wrong(checks.keypoints_back, "the pad was not taken off")(recipe(lambda p, pad, s: (p + 0.5) * s - 0.5))
wrong(checks.keypoints_back, "the pad was added")(recipe(lambda p, pad, s: (p + pad + 0.5) * s - 0.5))
wrong(checks.keypoints_back, "x first, as the points are")(recipe(lambda p, pad, s: (p - pad.flip(0) + 0.5) * s - 0.5))
wrong(checks.keypoints_back, "width and height are exchanged")(
    recipe(lambda p, pad, s: (p - pad + 0.5) * s.flip(0) - 0.5))
wrong(checks.keypoints_back, "into the letterbox")(recipe(lambda p, pad, s: (p + 0.5) / s - 0.5 + pad))
wrong(checks.keypoints_back, "what was meant")(recipe(lambda p, pad, s: (p - pad + 0.5) * s.max() - 0.5))
wrong(checks.keypoints_back, "before you scale")(recipe(lambda p, pad, s: (p + 0.5) * s - 0.5 - pad))
wrong(checks.keypoints_back, "you returned")(lambda points, photo, small, corner: points.round())
wrong(checks.keypoints_back, r"expected \(4, 2\)")(lambda points, photo, small, corner: points[0])

wrong(checks.one_field, "that is the sum")(lambda first, second: first + second)
wrong(checks.one_field, "the other order")(lambda first, second: first + warp(second, first))
wrong(checks.one_field, "the way of the second is missing")(lambda first, second: warp(first, second))
wrong(checks.one_field, "the signs differ")(lambda first, second: second - warp(first, second))
wrong(checks.one_field, "on the other side")(lambda first, second: second + warp(first, -second))
wrong(checks.one_field, "in the inner part .*you returned")(lambda first, second: second)
wrong(checks.one_field, r"shape \(2, 24, 32\)")(lambda first, second: (second + warp(first, second))[0])
