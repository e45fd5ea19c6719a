"""Right and wrong answers to the exercises of chapter "crop/affine_matrix"."""

import torch
import torch.nn.functional as F
from answering import right, wrong

from diffimg.checks import crop_affine_matrix as checks
from diffimg.coords import normalize_box
from diffimg.crop import crop, crop_matrix

# right answers --------------------------------------------------------------------------------------------------------

right(checks.mirror_box)(lambda box: box[[2, 1, 0, 3]])


def sample(image, theta, size, affine_flag=False, sample_flag=False, padding_mode="border"):
    grid = F.affine_grid(theta[None], (1, image.shape[1], *size), align_corners=affine_flag)
    return F.grid_sample(image, grid, align_corners=sample_flag, padding_mode=padding_mode)


def theta_of_pixels(image, box):
    (h, w), (x0, y0, x1, y1) = image.shape[-2:], box
    zero = torch.zeros_like(x0)
    return torch.stack([torch.stack([(x1 - x0) / w, zero, (x0 + x1) / w - 1]),
                        torch.stack([zero, (y1 - y0) / h, (y0 + y1) / h - 1])])


@right(checks.crop_box_in_pixels)
def crop_box_in_pixels(image, box, size):
    return sample(image, theta_of_pixels(image, box), size)


def undone(*box):
    (sx, _, tx), (_, sy, ty) = crop_matrix(torch.tensor(box, dtype=torch.float64)).tolist()
    return (-1 - tx) / sx, (-1 - ty) / sy, (1 - tx) / sx, (1 - ty) / sy


right(checks.undo_box)(lambda: (-2, -3, 2, 5))
right(checks.undo_box)(lambda: torch.tensor([-2.0, -3.0, 2.0, 5.0]))
right(checks.undo_box)(lambda: undone(-0.5, -0.5, 0.5, 0.0))


@right(checks.undo_box)
def undone_by_the_inverse():
    theta = torch.eye(3, dtype=torch.float64)
    theta[:2] = crop_matrix(torch.tensor([-0.5, -0.5, 0.5, 0.0], dtype=torch.float64))
    corners = torch.tensor([[-1.0, 1.0], [-1.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    return (theta.inverse() @ corners)[:2].mT.flatten()


@right(checks.mirror_box)
def mirror_in_place(box):
    box[[0, 2]] = box[[2, 0]]
    return box


@right(checks.mirror_box)
def mirror_as_list(box):
    x, y, x2, y2 = box.tolist()
    return [x2, y, x, y2]


right(checks.mirror_box)(lambda box: torch.stack([box[2], box[1], box[0], box[3]]))

@right(checks.crop_box_in_pixels)
def crop_by_repeated_channels(image, box, size):
    channels = image[0][:, None]
    theta = theta_of_pixels(image, box).expand(len(channels), 2, 3)
    grid = F.affine_grid(theta, (len(channels), 1, *size), align_corners=False)
    return F.grid_sample(channels, grid, padding_mode="border", align_corners=False)[:, 0][None]


@right(checks.crop_box_in_pixels)
def crop_by_places(image, box, size):
    (x0, y0, x1, y1), (h, w) = box, size
    x = (x0 + (torch.arange(w) + 0.5) * (x1 - x0) / w) * 2 / image.shape[3] - 1
    y = (y0 + (torch.arange(h) + 0.5) * (y1 - y0) / h) * 2 / image.shape[2] - 1
    grid = torch.stack([x.expand(h, w), y[:, None].expand(h, w)], -1)[None]
    return F.grid_sample(image, grid, padding_mode="border", align_corners=False)


right(checks.crop_box_in_pixels)(lambda image, box, size: crop(image, normalize_box(box, image.shape[-2:]), size))


# wrong answers --------------------------------------------------------------------------------------------------------

wrong(checks.mirror_box, "unchanged")(lambda box: box)
wrong(checks.mirror_box, "upside down")(lambda box: box[[0, 3, 2, 1]])
wrong(checks.mirror_box, "half a turn")(lambda box: box[[2, 3, 0, 1]])
wrong(checks.mirror_box, "exchanges x and y")(lambda box: box[[1, 0, 3, 2]])
wrong(checks.mirror_box, "middle of the image")(lambda box: box * torch.tensor([-1.0, 1, -1, 1]))
wrong(checks.mirror_box, "you returned")(lambda box: -box)
wrong(checks.mirror_box, "you returned")(lambda box: torch.stack([-box[2], box[1], -box[0], box[3]]))
wrong(checks.mirror_box, r"expected a box \(4,\)")(lambda box: crop_matrix(box))

wrong(checks.mirror_box, "do not sort them")(
    lambda box: torch.stack([box[[0, 2]].max(), box[1], box[[0, 2]].min(), box[3]]))
wrong(checks.mirror_box, "clamps the box")(lambda box: box[[2, 1, 0, 3]].clamp(-1, 1))
wrong(checks.mirror_box, "you returned")(lambda box: (10 * box[[2, 1, 0, 3]]).round() / 10)

wrong(checks.undo_box, "magnifies")(lambda: (0.5, 0.5, -0.5, 0))
wrong(checks.undo_box, "magnifies")(lambda: (-0.5, -0.5, 0.5, 0))
wrong(checks.undo_box, "magnifies")(lambda: (2, -3, -2, 5))
wrong(checks.undo_box, "as the photograph counts it")(lambda: (-1, -1, 1, 1))
wrong(checks.undo_box, "the box lies above it")(lambda: (-2, -4, 2, 4))
wrong(checks.undo_box, "y points down")(lambda: (-2, -5, 2, 3))
wrong(checks.undo_box, "shifted by")(lambda: (-2, -3.5, 2, 4.5))
wrong(checks.undo_box, r"expected a box \(4,\)")(lambda: (4, 8))


@wrong(checks.crop_box_in_pixels, "the box was rounded")
def whole_pixels(image, box, size):
    return crop(image, normalize_box(box.round(), image.shape[-2:]), size)


@wrong(checks.crop_box_in_pixels, "N - 1 belongs to centres")
def divides_by_one_pixel_less(image, box, size):
    height, width = image.shape[-2:]
    return crop(image, 2 * box / torch.tensor([width - 1, height - 1] * 2) - 1, size)


@wrong(checks.crop_box_in_pixels, "both calls have align_corners=True")
def align_corners_in_both_calls(image, box, size):
    return sample(image, theta_of_pixels(image, box), size, True, True)


@wrong(checks.crop_box_in_pixels, "for another size the samples sit at the outer centres")
def first_and_last_centres(image, box, size):
    box = normalize_box(box, image.shape[-2:], align_corners=True)
    return crop(image, box, size, align_corners=True)


@wrong(checks.crop_box_in_pixels, "affine_grid has align_corners=False and grid_sample True")
def one_flag_of_two(image, box, size):
    return sample(image, theta_of_pixels(image, box), size, False, True)


@wrong(checks.crop_box_in_pixels, "affine_grid has align_corners=True and grid_sample False")
def the_other_flag_of_two(image, box, size):
    return sample(image, theta_of_pixels(image, box), size, True, False)


@wrong(checks.crop_box_in_pixels, "x and y are exchanged")
def x_and_y_exchanged(image, box, size):
    return crop(image, normalize_box(box, image.shape[-2:])[[1, 0, 3, 2]], size)


@wrong(checks.crop_box_in_pixels, "width and height are exchanged")
def width_and_height_exchanged(image, box, size):
    return sample(image, theta_of_pixels(image.mT, box), size)


@wrong(checks.crop_box_in_pixels, "half a pixel off")
def corners_taken_for_pixel_centres(image, box, size):
    return sample(image, theta_of_pixels(image, box + 0.5), size)


@wrong(checks.crop_box_in_pixels, "which padding_mode")
def zeros_outside(image, box, size):
    return sample(image, theta_of_pixels(image, box), size, padding_mode="zeros")


@wrong(checks.crop_box_in_pixels, "nearest")
def nearest_pixels(image, box, size):
    return crop(image, normalize_box(box, image.shape[-2:]), size, mode="nearest")


@wrong(checks.crop_box_in_pixels, "the box gets no gradient")
def graph_cut_by_torch_tensor(image, box, size):
    return crop_box_in_pixels(image, torch.tensor(box.tolist()), size)


@wrong(checks.crop_box_in_pixels, "gradient")
def box_copied_into_a_new_leaf(image, box, size):
    return crop_box_in_pixels(image, torch.tensor(box.tolist(), requires_grad=True), size)


@wrong(checks.crop_box_in_pixels, r"gradient of the box is 0, 0, .*cut off")
def gradient_of_one_corner_cut(image, box, size):
    return crop_box_in_pixels(image, torch.cat([box[:2].detach(), box[2:]]), size)


@wrong(checks.crop_box_in_pixels, "at .* you returned .* expected")
def a_slice_that_is_enlarged(image, box, size):
    x0, y0, x1, y1 = box.int().tolist()
    return F.interpolate(image[..., y0:y1 + 1, x0:x1 + 1], size, mode="bilinear")


@wrong(checks.crop_box_in_pixels, r"shape \(3, 5\), expected \(1, 3, 3, 5\)")
def without_batch_and_channel(image, box, size):
    return crop_box_in_pixels(image, box, size)[0, 0]


@wrong(checks.crop_box_in_pixels, "all channels show the first")
def one_channel(image, box, size):
    return crop_box_in_pixels(image[:, :1], box, size).expand(-1, image.shape[1], -1, -1)


@wrong(checks.crop_box_in_pixels, r"expected \(1, 3, 3, 5\)")
def one_channel_of_three(image, box, size):
    return crop_box_in_pixels(image[:, :1], box, size)


@wrong(checks.crop_box_in_pixels, "clamped to the image")
def box_clamped_to_the_image(image, box, size):
    height, width = image.shape[-2:]
    return crop_box_in_pixels(image, box.clamp(min=0).minimum(torch.tensor([width, height] * 2)), size)
