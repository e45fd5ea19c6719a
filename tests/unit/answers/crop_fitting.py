"""Right and wrong answers to the exercises of chapter "crop/fitting"."""

import torch
from answering import right, wrong

from diffimg.checks import crop_fitting as checks
from diffimg.crop import rotated_crop_matrix

# right answers --------------------------------------------------------------------------------------------------------

right(checks.rotated_matrix)(rotated_crop_matrix)


@right(checks.rotated_matrix)
def turned(center, extent, angle, size, *, rows=(0, 1), columns=None, sign=1, scale=1):
    """Theta of a turned box; rows and columns say which side of the image divides which of them."""
    (cx, cy), (w, h), sides = center, extent, (size[1], size[0])
    c, s = angle.cos(), sign * angle.sin()
    a, b = columns or (None, None)
    first, second = sides[rows[0]], sides[rows[1]]
    return torch.stack([
        torch.stack([scale * w * c / (a or first), -scale * h * s / (b or first), 2 * cx / first - 1]),
        torch.stack([scale * w * s / (a or second), scale * h * c / (b or second), 2 * cy / second - 1])])


@right(checks.rotated_matrix)
def turned_by_corners(center, extent, angle, size):
    """Solved from where the centre and the ends of both axes of the output must land."""
    sides = torch.tensor([size[1], size[0]])
    along = extent[0] / 2 * torch.stack([angle.cos(), angle.sin()])
    down = extent[1] / 2 * torch.stack([-angle.sin(), angle.cos()])
    middle, right_end, lower_end = (2 * place / sides - 1 for place in (center, center + along, center + down))
    return torch.stack([right_end - middle, lower_end - middle, middle], 1)


@right(checks.rotated_matrix)
def turned_by_products(center, extent, angle, size):
    sides, zero, one = torch.tensor([size[1], size[0]]), torch.zeros_like(angle), torch.ones_like(angle)
    turn = torch.stack([angle.cos(), -angle.sin(), zero, angle.sin(), angle.cos(), zero, zero, zero, one]).reshape(3, 3)
    scale = torch.diag(torch.cat([extent / 2, one[None]]))
    shift = torch.cat([torch.eye(3)[:, :2], torch.cat([center, one[None]])[:, None]], 1)
    normal = torch.cat([torch.diag(2 / sides), -torch.ones(2, 1)], 1)
    return normal @ shift @ turn @ scale


right(checks.slopes_of_the_loss)(lambda: (2, -1, 0))
right(checks.slopes_of_the_loss)(lambda: torch.tensor([2.0, -1.0, 0.0]))
right(checks.slopes_of_the_loss)(lambda: [4 * 0.5, -2 * (2 - 1.5), 0.0])


@right(checks.slopes_of_the_loss)
def slopes_by_autograd():
    d = torch.tensor([0.5, 1.5, 2.5], requires_grad=True)
    loss = torch.where(d < 1, 2 * d**2, torch.where(d < 2, 1 + (2 - d) ** 2, 1 + 0 * d))
    return torch.autograd.grad(loss.sum(), d)[0]


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.rotated_matrix, "sheared")(
    lambda center, extent, angle, size: turned(center, extent, angle, size, columns=(size[1], size[0])))
wrong(checks.rotated_matrix, "are exchanged")(
    lambda center, extent, angle, size: turned(center, extent, angle, size, rows=(1, 0)))
wrong(checks.rotated_matrix, "the other way")(
    lambda center, extent, angle, size: turned(center, extent, angle, size, sign=-1))
wrong(checks.rotated_matrix, "half the size")(
    lambda center, extent, angle, size: turned(center, extent, angle, size, scale=0.5))
wrong(checks.rotated_matrix, "half a pixel off")(
    lambda center, extent, angle, size: turned(center + 0.5, extent, angle, size))
wrong(checks.rotated_matrix, "you returned")(
    lambda center, extent, angle, size: turned(center, extent, torch.deg2rad(angle), size))
wrong(checks.rotated_matrix, "nothing gets a gradient")(
    lambda center, extent, angle, size: turned(center.detach(), extent.detach(), angle.detach(), size))
wrong(checks.rotated_matrix, "gradient of angle")(
    lambda center, extent, angle, size: turned(center, extent, angle.detach(), size))
wrong(checks.rotated_matrix, "gradient of extent")(
    lambda center, extent, angle, size: turned(center, extent.detach(), angle, size))
wrong(checks.rotated_matrix, r"expected \(2, 3\)")(
    lambda center, extent, angle, size: turned(center, extent, angle, size)[None])


@wrong(checks.rotated_matrix, "not to the rows")
def sides_in_rows(center, extent, angle, size):
    straight = turned(center, torch.ones_like(extent), angle, size)
    return torch.cat([straight[:, :2] * extent[:, None], straight[:, 2:]], 1)


@wrong(checks.rotated_matrix, "still in pixels or from 0 to 1")
def centre_from_0_to_1(center, extent, angle, size):
    matrix = turned(center, extent, angle, size)
    return torch.cat([matrix[:, :2], (matrix[:, 2:] + 1) / 2], 1)

wrong(checks.slopes_of_the_loss, "three times as much")(lambda: (2 / 3, -1 / 3, 0))
wrong(checks.slopes_of_the_loss, "sign of the second")(lambda: (2, 1, 0))
wrong(checks.slopes_of_the_loss, "values of 3 L")(lambda: (0.5, 1.25, 1))
wrong(checks.slopes_of_the_loss, "nothing pulls any more")(lambda: (2, -1, 1))
wrong(checks.slopes_of_the_loss, "minus the slopes")(lambda: (-2, 1, 0))
wrong(checks.slopes_of_the_loss, "then -2")(lambda: (4, -1, 0))
wrong(checks.slopes_of_the_loss, "expected three numbers")(lambda: 2)
