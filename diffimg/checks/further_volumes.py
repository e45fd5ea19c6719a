"""Checks of the exercises in chapter "further/volumes"."""

import torch

from ._shared import exercise, expect, numbers, recognise, same, told

# x, y, z to millimetres: oblique, with voxels of 2 x 3 x 5
AFFINE = ((-1.6, 1.8, 0.0, 10.0), (1.2, 2.4, 0.0, -20.0), (0.0, 0.0, 5.0, 30.0), (0.0, 0.0, 0.0, 1.0))


@exercise(praise="half of a new slice inside of either edge. The slices reach as far as before.",
          hint="From which edge to which edge do the 100 slices reach? Where is the middle of a slice 1 mm thick?")
def slice_centres(solution):
    answer, right = solution(), torch.tensor([-0.75, 248.25])
    expect(answer.shape == (2,), f"the prediction has shape {tuple(answer.shape)}, expected two numbers.")
    recognise(answer, {
        "the centres of the outer slices stay with align_corners=True; here their edges do.":
            torch.tensor([0.0, 247.5]),
        "that keeps the origin: the slices then reach 0.75 mm too far up, and begin 0.75 mm too late.":
            torch.tensor([0.0, 249.0]),
        "those are the outer edges; the centres lie half a new slice further in.": torch.tensor([-1.25, 248.75]),
        "the new slices are thinner, so their first centre lies nearer to the edge, not further in: mind the sign.":
            torch.tensor([0.75, 246.75]),
        "that is in old slices; a slice is 2.5 mm.": torch.tensor([-0.3, 99.3])})
    expect(same(answer, right), f"{told(answer, right, 'you predicted')}.")


def _scaled(affine, s, shift):
    """affine @ M for the map from index j to s j + shift, x first."""
    matrix = torch.diag(torch.cat([s, torch.ones(1)]))
    matrix[:3, 3] = shift
    return affine @ matrix


def _mistaken_affines(affine, n, m):
    """What the usual mistakes make of an affine, under the sentence that names each; n and m have x first."""
    s, still = n / m, torch.zeros(3)
    along_the_room = _scaled(affine, s, still)
    along_the_room[:3, 3] += (s - 1) / 2 * affine[:3, :3].norm(dim=0)
    return {
        "the affine is unchanged.": affine,
        "the spacing is right and the origin is forgotten: edges are kept, not centres.": _scaled(affine, s, still),
        "that is the affine after align_corners=True.": _scaled(affine, (n - 1) / (m - 1), still),
        "the origin moves the other way: smaller voxels begin nearer to the edge.": _scaled(affine, s, (1 - s) / 2),
        "old and new are exchanged: more voxels are smaller voxels.": _scaled(affine, 1 / s, (1 / s - 1) / 2),
        "the shapes are D, H, W and the columns of the affine x, y, z.":
            _scaled(affine, s.flip(0), (s.flip(0) - 1) / 2),
        "the origin moves along the axes of the volume, which are oblique in the room: its shift is a sum of columns "
        "of the affine.": along_the_room,
        "the map between indices comes first: multiply it from the right.":
            _scaled(torch.eye(4), s, (s - 1) / 2) @ affine}


@exercise(praise="the outer corners of the volume stay where they were, in the room.",
          hint="Voxel j of the new axis looks at index s j + (s - 1) / 2 of the old one. Which matrix is that?")
def new_affine(solution):
    affine, old, new = torch.tensor(AFFINE), (8, 12, 20), (16, 9, 50)
    answer = solution(affine.clone(), old, new)
    expect(answer.shape == (4, 4), f"the result has shape {tuple(answer.shape)}, expected (4, 4).")
    n, m = (torch.tensor(shape[::-1]).to(affine) for shape in (old, new))
    right = _scaled(affine, n / m, (n / m - 1) / 2)
    recognise(answer, _mistaken_affines(affine, n, m))
    expect(same(answer[:3, 3], right[:3, 3]), f"{told(answer[:3, 3], right[:3, 3], 'the origin is')}.")
    expect(same(answer, right), f"the origin is right, the rest not: {told(answer, right)}.")


def _between_voxels(volume, index):
    """Values at index coordinates (K, 3), x first, by hats, with the border repeated."""
    sizes = volume.shape[:1:-1]
    hat = [(1 - (index[:, k].clamp(0, n - 1)[:, None] - torch.arange(n)).abs()).clamp(min=0)
           for k, n in enumerate(sizes)]
    return torch.einsum("kr,kq,kp,pqr->k", *hat, volume[0, 0])


@exercise(praise="from millimetres to an index, from there to grid_sample: any header will do.",
          hint="Which matrix leads from millimetres back to an index? Which coordinate stands first in a grid?")
def read_at(solution):
    z, y, x = torch.meshgrid(torch.arange(4.0), torch.arange(5.0), torch.arange(7.0), indexing="ij")
    volume, affine = (x + 10 * y + 100 * z + (3 * x + 2 * y * z).sin())[None, None], torch.tensor(AFFINE)
    index = torch.tensor([[0.0, 0.0, 0.0], [6.0, 4.0, 3.0], [2.3, 1.6, 0.4], [5.1, 0.2, 2.7], [-1.5, 2.0, 4.5]])
    points = index @ affine[:3, :3].mT + affine[:3, 3]
    answer, right = solution(volume.clone(), affine.clone(), points.clone()), _between_voxels(volume, index)
    expect(answer.shape == (5,), f"for 5 points the result has shape {tuple(answer.shape)}, expected (5,).")
    n = torch.tensor(volume.shape[:1:-1]).to(points)
    inside = torch.where(((index < 0) | (index > n - 1)).any(1), 0, right)
    recognise(answer, {
        "the grid has x first, and you gave it z first.": _between_voxels(volume, index.flip(1) * n / n.flip(0)
                                                                          + (n / n.flip(0) - 1) / 2),
        "grid_sample has align_corners=True, but the coordinates are those of edges.":
            _between_voxels(volume, ((2 * index + 1) / n) * (n - 1) / 2),
        "the coordinates are 2 i / (n - 1) - 1, those of align_corners=True, and grid_sample has False.":
            _between_voxels(volume, index * n / (n - 1) - 0.5),
        "half a voxel off: the centre of voxel i is at (2 i + 1) / n - 1.": _between_voxels(volume, index - 0.5),
        "the affine leads from an index to millimetres; take its inverse.":
            _between_voxels(volume, points @ affine[:3, :3].mT + affine[:3, 3]),
        "those are the nearest voxels; between them it should be linear.":
            _between_voxels(volume, index.round()),
        "outside of the volume it fades to 0: which padding_mode repeats the border?": inside})
    worst = int((answer - right).abs().argmax())
    expect(same(answer, right), f"at the point {numbers(points[worst])} {told(answer[worst], right[worst])}.")
