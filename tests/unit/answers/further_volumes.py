"""Right and wrong answers to the exercises of chapter "further/volumes"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import further_volumes as checks
from diffimg.coords import map_points, pixel_matrix, pixel_to_normalized

# right answers --------------------------------------------------------------------------------------------------------

right(checks.slice_centres)(lambda: (-0.75, 248.25))
right(checks.slice_centres)(lambda: torch.tensor([-0.75, 248.25]))
right(checks.slice_centres)(lambda: [2.5 * ((j + 0.5) * 0.4 - 0.5) for j in (0, 249)])


@right(checks.slice_centres)
def by_the_map():
    matrix = torch.diag(torch.tensor([0.4, 1.0]))
    matrix[0, 1] = -0.3
    return 2.5 * (matrix @ torch.tensor([[0.0, 249.0], [1.0, 1.0]]))[0]


@right(checks.new_affine)
def by_pixel_matrix(affine, old, new):
    return affine @ pixel_matrix(torch.eye(4)[:3].to(affine), old, new)


@right(checks.new_affine)
def column_by_column(affine, old, new):
    result = affine.clone()
    for column, (n, m) in enumerate(zip(old[::-1], new[::-1], strict=True)):
        result[:, column] *= n / m
        result[:, 3] += (n / m - 1) / 2 * affine[:, column]
    return result


@right(checks.new_affine)
def by_the_middle(affine, old, new):
    n, m = (torch.tensor([*shape[::-1], 1.0]).to(affine) for shape in (old, new))
    result = affine * torch.cat([n[:3] / m[:3], torch.ones(1)])
    result[:3, 3] += affine[:3, :3] @ ((n - 1) / 2)[:3] - result[:3, :3] @ ((m - 1) / 2)[:3]
    return result


@right(checks.new_affine)
def by_four_corners(affine, old, new):
    def corners(shape):
        d, h, w = (k - 0.5 for k in shape)
        return torch.tensor([[-0.5, w, -0.5, -0.5], [-0.5, -0.5, h, -0.5], [-0.5, -0.5, -0.5, d], [1.0, 1, 1, 1]])
    return (affine @ corners(old).to(affine)) @ torch.linalg.inv(corners(new).to(affine))


def sampled(volume, index, **options):
    grid = torch.stack([pixel_to_normalized(index[:, k], n) for k, n in enumerate(volume.shape[:1:-1])], -1)
    return F.grid_sample(volume, grid[None, None, None], **{"padding_mode": "border", "align_corners": False, **options}
                         ).flatten()


def indices(affine, points):
    return map_points(torch.linalg.inv(affine), points)


right(checks.read_at)(lambda volume, affine, points: sampled(volume, indices(affine, points)))


@right(checks.read_at)
def by_solving(volume, affine, points):
    index = torch.linalg.solve(affine[:3, :3], (points - affine[:3, 3]).mT).mT
    return sampled(volume, index)


@right(checks.read_at)
def with_aligned_corners(volume, affine, points):
    sizes = torch.tensor(volume.shape[:1:-1]).to(points)
    grid = 2 * indices(affine, points) / (sizes - 1) - 1
    return F.grid_sample(volume, grid.reshape(1, -1, 1, 1, 3), padding_mode="border", align_corners=True)[0, 0, :, 0, 0]


@right(checks.read_at)
def by_eight_neighbours(volume, affine, points):
    index = indices(affine, points)
    index = index.clamp(min=0).minimum(torch.tensor(volume.shape[:1:-1]).to(points) - 1)
    low, total = index.floor().long(), torch.zeros(len(points)).to(points)
    for corner in torch.cartesian_prod(*[torch.arange(2)] * 3):
        weight = (1 - (index - low - corner).abs()).prod(1)
        x, y, z = (low + corner).minimum(torch.tensor(volume.shape[:1:-1]) - 1).unbind(1)
        total = total + weight * volume[0, 0, z, y, x]
    return total


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.slice_centres, "align_corners=True")(lambda: (0, 247.5))
wrong(checks.slice_centres, "keeps the origin")(lambda: (0, 249))
wrong(checks.slice_centres, "outer edges")(lambda: (-1.25, 248.75))
wrong(checks.slice_centres, "mind the sign")(lambda: (0.75, 246.75))
wrong(checks.slice_centres, "in old slices")(lambda: (-0.3, 99.3))
wrong(checks.slice_centres, "expected two numbers")(lambda: -0.75)
wrong(checks.slice_centres, "you predicted")(lambda: (-0.5, 248.5))


def scaled(affine, s, shift):
    matrix = torch.diag(torch.cat([s, torch.ones(1)]))
    matrix[:3, 3] = shift
    return affine @ matrix


def ratio(old, new):
    return torch.tensor([n / m for n, m in zip(old, new, strict=True)]).flip(0)


wrong(checks.new_affine, "unchanged")(lambda affine, old, new: affine)
wrong(checks.new_affine, "the origin is forgotten")(lambda affine, old, new: scaled(affine, ratio(old, new), 0.0))
wrong(checks.new_affine, "after align_corners=True")(
    lambda affine, old, new: affine @ pixel_matrix(torch.eye(4)[:3], old, new, align_corners=True))
wrong(checks.new_affine, "the other way")(
    lambda affine, old, new: scaled(affine, ratio(old, new), (1 - ratio(old, new)) / 2))
wrong(checks.new_affine, "old and new are exchanged")(
    lambda affine, old, new: affine @ pixel_matrix(torch.eye(4)[:3], new, old))
wrong(checks.new_affine, "the shapes are D, H, W")(
    lambda affine, old, new: affine @ pixel_matrix(torch.eye(4)[:3], old[::-1], new[::-1]))
wrong(checks.new_affine, "from the right")(
    lambda affine, old, new: pixel_matrix(torch.eye(4)[:3], old, new) @ affine)
wrong(checks.new_affine, "the origin is right, the rest not")(
    lambda affine, old, new: torch.cat([affine[:, :3], by_pixel_matrix(affine, old, new)[:, 3:]], 1))
wrong(checks.new_affine, r"expected \(4, 4\)")(lambda affine, old, new: by_pixel_matrix(affine, old, new)[:3])


@wrong(checks.new_affine, "oblique")
def along_the_room(affine, old, new):
    result = scaled(affine, ratio(old, new), 0.0)
    result[:3, 3] += (ratio(old, new) - 1) / 2 * affine[:3, :3].norm(dim=0)
    return result


wrong(checks.read_at, "z first")(lambda volume, affine, points: F.grid_sample(
    volume, ((2 * indices(affine, points) + 1) / torch.tensor(volume.shape[:1:-1]) - 1).flip(1)[None, None, None],
    padding_mode="border", align_corners=False).flatten())
wrong(checks.read_at, "has align_corners=True")(
    lambda volume, affine, points: sampled(volume, indices(affine, points), align_corners=True))
wrong(checks.read_at, "and grid_sample has False")(lambda volume, affine, points: F.grid_sample(
    volume, (2 * indices(affine, points) / (torch.tensor(volume.shape[:1:-1]) - 1) - 1)[None, None, None],
    padding_mode="border", align_corners=False).flatten())
wrong(checks.read_at, "half a voxel off")(
    lambda volume, affine, points: sampled(volume, indices(affine, points) - 0.5))
wrong(checks.read_at, "take its inverse")(lambda volume, affine, points: sampled(volume, map_points(affine, points)))
wrong(checks.read_at, "nearest")(
    lambda volume, affine, points: sampled(volume, indices(affine, points), mode="nearest"))
wrong(checks.read_at, "padding_mode")(
    lambda volume, affine, points: sampled(volume, indices(affine, points), padding_mode="zeros"))
wrong(checks.read_at, r"expected \(5,\)")(
    lambda volume, affine, points: sampled(volume, indices(affine, points))[:, None])
wrong(checks.read_at, "at the point")(
    lambda volume, affine, points: sampled(volume, indices(affine, points)) + 1)
