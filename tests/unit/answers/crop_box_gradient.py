"""Right and wrong answers to the exercises of chapter "crop/box_gradient"."""

import torch
from answering import right, wrong

from diffimg.checks import crop_box_gradient as checks
from diffimg.coords import normalize_box
from diffimg.crop import crop, crop_matrix

# right answers --------------------------------------------------------------------------------------------------------

def slopes_under(image, box, size, half=0.5):
    (x0, y0, x1, y1), (s, t) = box, [(torch.arange(n) + 0.5) / n for n in size]
    x, y = x0 + t * (x1 - x0) - half, y0 + s * (y1 - y0) - half
    c, r = x.floor().long(), y.floor().long()[:, None]
    fx, fy = x - c, y[:, None] - r
    along_x = (1 - fy) * (image[r, c + 1] - image[r, c]) + fy * (image[r + 1, c + 1] - image[r + 1, c])
    along_y = (1 - fx) * (image[r + 1, c] - image[r, c]) + fx * (image[r + 1, c + 1] - image[r, c + 1])
    return along_x, along_y, t, s


@right(checks.gradient_of_box)
def gradient_of_box(image, box, size, G, half=0.5):
    along_x, along_y, t, s = slopes_under(image, box, size, half)
    by_column, by_row = (G * along_x).sum(0), (G * along_y).sum(1)
    return torch.stack([by_column @ (1 - t), by_row @ (1 - s), by_column @ t, by_row @ s])


def trained_box(raw):
    centre, size = raw[:2].tanh(), 2 * raw[2:].sigmoid()
    return torch.cat([centre - size / 2, centre + size / 2])


@right(checks.repaired_crop)
def repaired_crop(image, raw):
    return crop(image, trained_box(raw), (6, 6))


@right(checks.gradient_of_box)
def gradient_by_matrices(image, box, size, G):
    """Rows that read, and rows that take differences, along each axis."""
    (x0, y0, x1, y1), (h, w) = box, size
    t, s = ((torch.arange(n, dtype=box.dtype) + 0.5) / n for n in (w, h))

    def rows(places, n):
        away = places[:, None] - torch.arange(n)
        return (1 - away.abs()).clamp(min=0), -away.sign() * (away.abs() < 1)

    Ax, Dx = rows(x0 + t * (x1 - x0) - 0.5, image.shape[1])
    Ay, Dy = rows(y0 + s * (y1 - y0) - 0.5, image.shape[0])
    along_x, along_y = (G * (Ay @ image @ Dx.mT)).sum(0), (G * (Dy @ image @ Ax.mT)).sum(1)
    return torch.stack([along_x @ (1 - t), along_y @ (1 - s), along_x @ t, along_y @ s])


@right(checks.gradient_of_box)
def gradient_by_loops(image, box, size, G):
    out, (h, w), (x0, y0, x1, y1) = [0.0] * 4, size, box.tolist()
    for i in range(h):
        for j in range(w):
            t, s = (j + 0.5) / w, (i + 0.5) / h
            x, y = x0 + t * (x1 - x0) - 0.5, y0 + s * (y1 - y0) - 0.5
            c, r = int(x), int(y)
            a, b, d, e = (float(image[r + k, c + m]) for k in (0, 1) for m in (0, 1))
            along_x = (1 - (y - r)) * (b - a) + (y - r) * (e - d)
            along_y = (1 - (x - c)) * (d - a) + (x - c) * (e - b)
            for k, value in enumerate((along_x * (1 - t), along_y * (1 - s), along_x * t, along_y * s)):
                out[k] += float(G[i, j]) * value
    return out


@right(checks.gradient_of_box)
def gradient_by_jacobian(image, box, size, G):
    along_x, along_y, t, s = slopes_under(image, box, size)
    columns = [along_x * (1 - t), along_y * (1 - s[:, None]), along_x * t, along_y * s[:, None]]
    return torch.stack(columns, -1).flatten(0, 1).mT @ G.flatten()


right(checks.slopes_of_squares)(lambda: (3.5, 4.5))
right(checks.slopes_of_squares)(lambda: torch.tensor([3.5, 4.5]))
right(checks.slopes_of_squares)(lambda: torch.tensor([[0.75, 0.25], [0.25, 0.75]]) @ torch.tensor([3.0, 5.0]))
right(checks.slopes_of_squares)(
    lambda: gradient_by_matrices((torch.arange(5.0) ** 2).expand(3, 5), torch.tensor([1.5, 0.0, 3.5, 3.0]), (1, 2),
                                 torch.ones(1, 2))[[0, 2]])


@right(checks.repaired_crop)
def repaired_by_the_grid(image, raw):
    theta = crop_matrix(trained_box(raw))[None]
    grid = torch.nn.functional.affine_grid(theta, (1, 3, 6, 6), align_corners=False)
    return torch.nn.functional.grid_sample(image, grid, padding_mode="border", align_corners=False)


right(checks.repaired_crop)(
    lambda image, raw: torch.cat([crop(c, trained_box(raw), (6, 6)) for c in image.split(1, 1)], 1))
right(checks.repaired_crop)(lambda image, raw: crop(image, trained_box(raw.clamp(-9, 9)), (6, 6)))


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.slopes_of_squares, "each sample follows both ends")(lambda: (3, 5))
wrong(checks.slopes_of_squares, "the ends are exchanged")(lambda: (4.5, 3.5))
wrong(checks.slopes_of_squares, "shared evenly")(lambda: (4, 4))
wrong(checks.slopes_of_squares, "if one end moves alone")(lambda: (8, 8))
wrong(checks.slopes_of_squares, "sign is reversed")(lambda: (-3.5, -4.5))
wrong(checks.slopes_of_squares, "half a pixel off")(lambda: (5.5, 6.5))
wrong(checks.slopes_of_squares, "the slopes are 3 and 5")(lambda: (3, 4))
wrong(checks.slopes_of_squares, "expected two numbers")(lambda: (3.5, 0, 4.5, 0))


@wrong(checks.gradient_of_box, "does not require grad")
def by_autograd_switched_on(image, box, size, G):
    with torch.enable_grad():
        return by_autograd(image, box, size, G)


@wrong(checks.gradient_of_box, "ends are exchanged")
def exchanged_ends(*args):
    return gradient_of_box(*args)[[2, 3, 0, 1]]


@wrong(checks.gradient_of_box, "half the gradient of the centre")
def same_for_both_ends(*args):
    g = gradient_of_box(*args)
    return (g + exchanged_ends(*args)) / 2


@wrong(checks.gradient_of_box, "does not require grad")
def by_autograd(image, box, size, G):
    box = box.clone().requires_grad_()
    out = crop(image[None, None], normalize_box(box, image.shape), size)[0, 0]
    return torch.autograd.grad((out * G).sum(), box)[0]


@wrong(checks.gradient_of_box, "divide by W / 2 and H / 2")
def per_normalised_unit(image, box, size, G):
    return gradient_of_box(image, box, size, G) * torch.tensor(image.shape[::-1] * 2) / 2


@wrong(checks.gradient_of_box, "you returned")
def without_bilinear_weights(image, box, size, G):
    along_x, along_y, t, s = slopes_under(image, torch.cat([box[:1], box[1:2].floor(), box[2:]]), size)
    return torch.stack([(G * along_x).sum(0) @ (1 - t), (G * along_y).sum(1) @ (1 - s), (G * along_x).sum(0) @ t,
                        (G * along_y).sum(1) @ s])


wrong(checks.gradient_of_box, "x and y are exchanged")(lambda *args: gradient_of_box(*args)[[1, 0, 3, 2]])
wrong(checks.gradient_of_box, "G is missing")(
    lambda image, box, size, G: gradient_of_box(image, box, size, torch.ones_like(G)))
wrong(checks.gradient_of_box, "weights are missing")(lambda *args: 2 * same_for_both_ends(*args))
wrong(checks.gradient_of_box, "half a pixel off")(lambda *args: gradient_of_box(*args, half=0.0))
wrong(checks.gradient_of_box, "sign is reversed")(lambda *args: -gradient_of_box(*args))
wrong(checks.gradient_of_box, "the loss is a sum")(lambda *args: gradient_of_box(*args) / args[3].numel())
wrong(checks.gradient_of_box, r"expected \(4,\)")(lambda *args: gradient_of_box(*args)[:2])

@wrong(checks.repaired_crop, "still rounded")
def rounding_left(image, raw):
    return crop(image, (trained_box(raw) * 8).round() / 8, (6, 6))


@wrong(checks.repaired_crop, "still rounded")
def rounding_hidden(image, raw):
    box = trained_box(raw)
    return crop(image, box + ((box * 8).round() / 8 - box).detach(), (6, 6))


@wrong(checks.repaired_crop, "the size gets none")
def size_as_numbers(image, raw):
    size = torch.tensor([2 * s.sigmoid().item() for s in raw[2:]])
    centre = raw[:2].tanh()
    return crop(image, torch.cat([centre - size / 2, centre + size / 2]), (6, 6))


wrong(checks.repaired_crop, "all channels show the first")(
    lambda image, raw: repaired_crop(image, raw)[:, :1].expand(-1, 3, -1, -1))
wrong(checks.repaired_crop, r"expected \(1, 3, 6, 6\)")(lambda image, raw: repaired_crop(image, raw)[:, :1])
wrong(checks.repaired_crop, "half the box")(
    lambda image, raw: crop(image, torch.cat([raw[:2].tanh() - raw[2:].sigmoid() / 2,
                                              raw[:2].tanh() + raw[2:].sigmoid() / 2]), (6, 6)))
wrong(checks.repaired_crop, "does not require a gradient")(lambda image, raw: repaired_crop(image, raw.detach()))
wrong(checks.repaired_crop, "its gradient is")(
    lambda image, raw: repaired_crop(image, torch.cat([raw[:2].detach(), raw[2:]])))
wrong(checks.repaired_crop, "the crop itself has changed")(
    lambda image, raw: crop(image, torch.cat([raw[:2] - raw[2:].sigmoid(), raw[:2] + raw[2:].sigmoid()]), (6, 6)))
wrong(checks.repaired_crop, r"expected \(1, 3, 6, 6\)")(lambda image, raw: repaired_crop(image, raw)[0, 0])
