"""The checks of the exercises accept what is right, and answer what is wrong with a sentence that names the problem."""

import importlib
import importlib.util
import pkgutil
import re
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from answering import keep_in

from diffimg import checks
from diffimg.coords import normalize_box
from diffimg.crop import crop, crop_matrix, ordered_box, rotated_crop_matrix
from diffimg.linear import adjoint
from diffimg.tv import denoise_tv, divergence, gradient, total_variation

MODULES = [importlib.import_module(f"diffimg.checks.{found.name}") for found in pkgutil.iter_modules(checks.__path__)]
CHECKS = {name: check for module in MODULES for name, check in vars(module).items() if hasattr(check, "__wrapped__")}
EXERCISES = sorted(CHECKS)


def load(path):
    spec = importlib.util.spec_from_file_location(f"answers_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The answers to later chapters stand in files of their own, each with lists RIGHT of (exercise, solution) and WRONG of
# (exercise, solution, words of the reply).
ELSEWHERE = [load(path) for path in sorted(Path(__file__).with_name("answers").glob("*.py"))]
ALSO_RIGHT = [answer for module in ELSEWHERE for answer in module.RIGHT]
HERE = [exercise for exercise in EXERCISES if exercise not in {name for name, _ in ALSO_RIGHT}]
RIGHT = {
    "edge_to_normalized": lambda e, n: 2 * e / n - 1,
    "resize_keypoint": lambda i, n, m: (i + 0.5) * m / n - 0.5,
    "repeat_transposed": lambda y: y.reshape(3, 2).sum(1),
    "mirror_box": lambda box: box[[2, 1, 0, 3]],
    "average_transposed": lambda y: y.repeat_interleave(2, 0).repeat_interleave(2, 1) / 4,
    "shift_transposed": lambda y: torch.cat([y[:1] + y[1:2], y[2:], torch.zeros(1)]),
    "fastest_step": lambda sigma: 2 / (sigma.max() ** 2 + sigma.min() ** 2),
    "same_region": lambda box: box / 16 + 0.5,
    "crop_averaged": lambda image, box, size, k: F.avg_pool2d(crop(image, box, (k * size[0], k * size[1])), k),
    "numbers_of_box": lambda box: torch.cat([(box[..., :2] + box[..., 2:]) / 2, (box[..., 2:] - box[..., :2]).log()], -1),
    "gauss_newton_step": lambda J, r: torch.linalg.solve(J.mT @ J, -J.mT @ r),
    "rotated_matrix": rotated_crop_matrix,
    "our_weight": lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2 / 255,
    "sure_of_signal": lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (2 * runs(u) / len(u) - 1),
    "duality_gap": lambda u, p, f, weight: (u - f - weight * divergence(p)).square().sum() / 2 + weight * (
        gradient(u).abs() - gradient(u) * p).sum(),
    "dual_ascent": lambda p, f, weight: in_balls(p + gradient(f + weight * divergence(p)) / (8 * weight)),
}
WRONG = [answer for module in ELSEWHERE for answer in module.WRONG]
wrong = partial(keep_in, WRONG)


def right(solution):
    RIGHT[solution.__name__] = solution
    return solution


# the solutions of the book, and the same ones written otherwise -------------------------------------------------------

def in_balls(p):
    return p / p.norm(dim=-3, keepdim=True).clamp(min=1)


@right
def two_levels(a, b, n1, n2, weight):
    mean = (n1 * a + n2 * b) / (n1 + n2)
    if weight >= abs(b - a) * n1 * n2 / (n1 + n2):
        return mean, mean
    sign = 1 if b > a else -1
    return a + sign * weight / n1, b - sign * weight / n2


def sample(image, theta, size, affine_flag=False, sample_flag=False, padding_mode="border"):
    grid = F.affine_grid(theta[None], (1, image.shape[1], *size), align_corners=affine_flag)
    return F.grid_sample(image, grid, align_corners=sample_flag, padding_mode=padding_mode)


def theta_of_pixels(image, box):
    (h, w), (x0, y0, x1, y1) = image.shape[-2:], box
    zero = torch.zeros_like(x0)
    return torch.stack([torch.stack([(x1 - x0) / w, zero, (x0 + x1) / w - 1]),
                        torch.stack([zero, (y1 - y0) / h, (y0 + y1) / h - 1])])


@right
def crop_box_in_pixels(image, box, size):
    return sample(image, theta_of_pixels(image, box), size)


@right
def undo_box(box):
    (sx, _, tx), (_, sy, ty) = crop_matrix(box)
    return torch.stack([(-1 - tx) / sx, (-1 - ty) / sy, (1 - tx) / sx, (1 - ty) / sy])


def slopes_under(image, box, size, half=0.5):
    (x0, y0, x1, y1), (s, t) = box, [(torch.arange(n) + 0.5) / n for n in size]
    x, y = x0 + t * (x1 - x0) - half, y0 + s * (y1 - y0) - half
    c, r = x.floor().long(), y.floor().long()[:, None]
    fx, fy = x - c, y[:, None] - r
    along_x = (1 - fy) * (image[r, c + 1] - image[r, c]) + fy * (image[r + 1, c + 1] - image[r + 1, c])
    along_y = (1 - fx) * (image[r + 1, c] - image[r, c]) + fx * (image[r + 1, c + 1] - image[r, c + 1])
    return along_x, along_y, t, s


@right
def gradient_of_box(image, box, size, G, half=0.5):
    along_x, along_y, t, s = slopes_under(image, box, size, half)
    by_column, by_row = (G * along_x).sum(0), (G * along_y).sum(1)
    return torch.stack([by_column @ (1 - t), by_row @ (1 - s), by_column @ t, by_row @ s])


@right
def centre_log_gradient(box, g):
    return torch.cat([g[:2] + g[2:], (box[2:] - box[:2]) * (g[2:] - g[:2]) / 2])


def trained_box(raw):
    centre, size = raw[:2].tanh(), 2 * raw[2:].sigmoid()
    return torch.cat([centre - size / 2, centre + size / 2])


@right
def repaired_crop(image, raw):
    return crop(image, trained_box(raw), (6, 6))


@pytest.mark.parametrize("exercise", HERE)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_solution_of_the_book_is_correct(exercise, dtype, capsys):
    torch.set_default_dtype(dtype)
    CHECKS[exercise](RIGHT[exercise])
    assert capsys.readouterr().out.startswith("correct: ")


def mirror_in_place(box):
    box[[0, 2]] = box[[2, 0]]
    return box


def mirror_as_list(box):
    x, y, x2, y2 = box.tolist()
    return [x2, y, x, y2]


def shift_in_place(y):
    y[1] += y[0].clone()
    y[:-1] = y[1:].clone()
    y[-1] = 0
    return y


def resize_with_integers(i, n, m):
    return ((2 * i + 1) * m - n) / (2 * n)


@pytest.mark.parametrize("exercise, solution", [
    ("crop_averaged", lambda image, box, size, k: crop(image, box, (k * size[0], k * size[1])).unfold(2, k, k).unfold(
        3, k, k).mean((-2, -1))),
    ("mirror_box", mirror_in_place), ("mirror_box", mirror_as_list),
    ("mirror_box", lambda box: torch.stack([box[2], box[1], box[0], box[3]])),
    ("resize_keypoint", resize_with_integers),
    ("average_transposed", lambda y: F.interpolate(y[None, None], scale_factor=2.0)[0, 0] / 4),
    ("average_transposed", lambda y: torch.kron(y, torch.full((2, 2), 0.25))),
    ("average_transposed", lambda y: adjoint(lambda x: F.avg_pool2d(x[None], 2)[0], (2 * y.shape[0], 2 * y.shape[1]))(y)),
    ("shift_transposed", shift_in_place), ("shift_transposed", lambda y: F.pad(y[1:], (0, 1)) + F.pad(y[:1], (0, len(y) - 1))),
    ("fastest_step", lambda sigma: 2 / float(sigma.max() ** 2 + sigma.min() ** 2)),
    ("two_levels", lambda a, b, n1, n2, weight: denoise_tv(torch.tensor([[[a] * n1 + [b] * n2]], dtype=torch.float64), weight,
                                                           tol=1e-12)[0, 0, [0, -1]].float()),
    ("duality_gap", lambda u, p, f, weight: (u - f).square().sum() / 2 + weight * gradient(u).abs().sum() - (
        f.square().sum() - (f + weight * divergence(p)).square().sum()) / 2),
    ("fastest_step", lambda sigma: 1 / ((sigma.max() ** 2 + sigma.min() ** 2) / 2)[None]),
    ("repeat_transposed", lambda y: y[::2] + y[1::2]),
    ("centre_log_gradient", lambda box, g: [float(n) for n in centre_log_gradient(box, g)]),
    ("repaired_crop", lambda image, raw: crop(image, trained_box(raw.clamp(-9, 9)), (6, 6))),
    ("repeat_transposed", lambda y: F.avg_pool1d(y[None], 2)[0] * 2),
    ("edge_to_normalized", lambda e, n: (e - n / 2) / (n / 2)),
    ("crop_box_in_pixels", lambda image, box, size: crop(image, normalize_box(box, image.shape[-2:]), size)),
])
def test_a_solution_written_otherwise_is_correct_too(exercise, solution, capsys):
    CHECKS[exercise](solution)
    assert capsys.readouterr().out.startswith("correct: ")


@pytest.mark.parametrize("exercise, solution", ALSO_RIGHT)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_right_answer_is_correct_however_it_is_written(exercise, solution, dtype, capsys):
    torch.set_default_dtype(dtype)
    CHECKS[exercise](solution)
    assert capsys.readouterr().out.startswith("correct: ")


# the stub -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_unsolved_stub_is_told_where_to_begin(exercise, capsys):
    def stub(*_):
        return None

    assert CHECKS[exercise](stub) is None
    said = capsys.readouterr().out
    assert said.startswith("not yet: stub returned None. ") and said.count("\n") == 1 and len(said) > 60


# plausible wrong answers ----------------------------------------------------------------------------------------------

def gap_terms(u, p, f, weight):
    return (u - f - weight * divergence(p)).square().sum(), (gradient(u).abs() - gradient(u) * p).sum()


def ascent(p, f, weight):
    return gradient(f + weight * divergence(p)) / (8 * weight)


wrong("edge_to_normalized", "formula for centres")(lambda e, n: (2 * e + 1) / n - 1)
wrong("edge_to_normalized", "fraction of the width")(lambda e, n: e / n)
wrong("edge_to_normalized", "went to 1, -1")(lambda e, n: 1 - 2 * e / n)
wrong("edge_to_normalized", "pixel centre.* differs")(lambda e, n: 2 * (e / n) ** 2 - 1)
wrong("edge_to_normalized", r"N \+ 1 edges")(lambda e, n: 2 * e / (n - 1) - 1)

wrong("resize_keypoint", "scale edges")(lambda i, n, m: i * m / n)
wrong("resize_keypoint", "align_corners=True")(lambda i, n, m: i * (m - 1) / (n - 1))
wrong("resize_keypoint", "exchange N and M")(lambda i, n, m: (i + 0.5) * n / m - 0.5)
wrong("resize_keypoint", "must be an index again")(lambda i, n, m: (i + 0.5) * m / n)
wrong("resize_keypoint", "but you sent it to")(lambda i, n, m: i)

wrong("repeat_transposed", "that is the average")(lambda y: y.reshape(3, 2).mean(1))
wrong("repeat_transposed", "drops every second")(lambda y: y[::2])
wrong("repeat_transposed", "3 apart")(lambda y: y[:3] + y[3:])
wrong("repeat_transposed", "dot test fails")(lambda y: y[::2] - y[1::2])
wrong("repeat_transposed", r"expected \(3,\)")(lambda y: y.repeat_interleave(2))
wrong("repeat_transposed", r"expected \(3,\)")(lambda y: y.sum())

wrong("duality_gap", "length of the gradient")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] / 2 + w * (
    gradient(u).norm(dim=-3).sum() - (gradient(u) * p).sum()))
wrong("duality_gap", "where is the misfit")(lambda u, p, f, w: w * gap_terms(u, p, f, w)[1])
wrong("duality_gap", "is missing")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] / 2)
wrong("duality_gap", "factor 1/2")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] + w * gap_terms(u, p, f, w)[1])
wrong("duality_gap", "factor weight")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] / 2 + gap_terms(u, p, f, w)[1])
wrong("duality_gap", "sign of D")(lambda u, p, f, w: gap_terms(u, p, f, -w)[0] / 2 + w * gap_terms(u, p, f, w)[1])
wrong("duality_gap", "multiplied by weight")(lambda u, p, f, w: gap_terms(u, p, f, 1)[0] / 2 + w * gap_terms(u, p, f, w)[1])
wrong("duality_gap", "not plus")(lambda u, p, f, w: gap_terms(u, p, f, w)[0] / 2 + w * gap_terms(u, -p, f, w)[1])
wrong("duality_gap", "subtract what p proves")(lambda u, p, f, w: (u - f).square().sum() / 2 + w * gradient(u).abs().sum())
wrong("duality_gap", "the objective minus the lower bound is")(lambda u, p, f, w: u.sum())
wrong("duality_gap", "expected one number")(lambda u, p, f, w: u)

wrong("two_levels", "a long plateau moves less")(lambda a, b, n1, n2, w: (a + w, b - w))
wrong("two_levels", "lengths are exchanged")(lambda a, b, n1, n2, w: (a + w / n2, b - w / n1))
wrong("two_levels", "move apart")(lambda a, b, n1, n2, w: (a - w / n1, b + w / n2))
wrong("two_levels", "one border, not two")(lambda a, b, n1, n2, w: (a + 2 * w / n1, b - 2 * w / n2))
wrong("two_levels", "mean already")(lambda a, b, n1, n2, w: ((n1 * a + n2 * b) / (n1 + n2),) * 2)
wrong("two_levels", "the first plateau is the higher one")(lambda a, b, n1, n2, w: (a + w / n1, b - w / n2))
wrong("two_levels", "passed each other")(
    lambda a, b, n1, n2, w: (a + (1 if b > a else -1) * w / n1, b - (1 if b > a else -1) * w / n2))
wrong("two_levels", "half-way")(lambda a, b, n1, n2, w: ((a + b) / 2,) * 2 if two_levels(a, b, n1, n2, w)[0] == two_levels(
    a, b, n1, n2, w)[1] else two_levels(a, b, n1, n2, w))
wrong("two_levels", "you returned")(lambda a, b, n1, n2, w: (a, b))
wrong("two_levels", "expected two numbers")(lambda a, b, n1, n2, w: a)

wrong("dual_ascent", "left the unit balls")(lambda p, f, w: p + ascent(p, f, w))
wrong("dual_ascent", "the isotropic ball is round")(lambda p, f, w: (p + ascent(p, f, w)).clamp(-1, 1))
wrong("dual_ascent", "only those that are longer")(lambda p, f, w: F.normalize(p + ascent(p, f, w), dim=-3))
wrong("dual_ascent", "downhill")(lambda p, f, w: in_balls(p - ascent(p, f, w)))
wrong("dual_ascent", "sign of D")(lambda p, f, w: in_balls(p + ascent(-p, f, w)))
wrong("dual_ascent", "slope at p = 0")(lambda p, f, w: in_balls(p + ascent(0 * p, f, w)))
wrong("dual_ascent", "multiplied by weight in u")(lambda p, f, w: in_balls(p + ascent(p / w, f, w)))
wrong("dual_ascent", "one weight remains")(lambda p, f, w: in_balls(p + ascent(p, f, w) / w))
wrong("dual_ascent", "lacks the weight")(lambda p, f, w: in_balls(p + ascent(p, f, w) * w))
wrong("dual_ascent", "a factor weight, and the step")(lambda p, f, w: in_balls(p + ascent(p, f, w) * w**2))
wrong("dual_ascent", "semi-implicit")(lambda p, f, w: (p + ascent(p, f, w)) / (1 + ascent(p, f, w).norm(dim=-3, keepdim=True)))
wrong("dual_ascent", "the first vector is")(lambda p, f, w: p)
wrong("dual_ascent", "expected that of p")(lambda p, f, w: f)

wrong("average_transposed", "weight of each pixel was 1/4")(lambda y: y.repeat_interleave(2, 0).repeat_interleave(2, 1))
wrong("average_transposed", "two axes halve twice")(lambda y: y.repeat_interleave(2, 0).repeat_interleave(2, 1) / 2)
wrong("average_transposed", "only one pixel")(lambda y: F.conv_transpose2d(y[None], torch.ones(1, 1, 1, 1), stride=2,
                                                                          output_padding=1)[0])
wrong("average_transposed", "each with 1/4")(lambda y: F.conv_transpose2d(y[None], torch.full((1, 1, 1, 1), 0.25), stride=2,
                                                                         output_padding=1)[0])
wrong("average_transposed", "as in tile")(lambda y: y.tile(2, 2) / 4)
wrong("average_transposed", "sign turned")(lambda y: -average_solved(y))
wrong("average_transposed", "the dot test fails")(
    lambda y: F.interpolate(y[None, None], scale_factor=2.0, mode="bilinear")[0, 0] / 4)
wrong("average_transposed", "the dot test fails")(lambda y: average_solved(y).flip(0))
wrong("average_transposed", r"expected \(4, 6\)")(lambda y: F.avg_pool2d(y[None], 2)[0])
wrong("average_transposed", r"expected \(4, 6\)")(lambda y: average_solved(y)[None])
wrong("average_transposed", "dot test fails")(lambda y: average_solved(y).abs())

wrong("shift_transposed", "with the bug")(lambda y: torch.cat([y[1:], y[-1:]]))
wrong("shift_transposed", r"y\[0\] is lost; who")(lambda y: torch.cat([y[1:], torch.zeros(1)]))
wrong("shift_transposed", "round to the other end")(lambda y: y.roll(-1))
wrong("shift_transposed", "nobody read the last pixel")(lambda y: torch.cat([y[:1] + y[1:2], y[2:], y[-1:]]))
wrong("shift_transposed", "to the right again")(lambda y: torch.cat([y[:1], y[:-1]]))
wrong("shift_transposed", "do not average")(lambda y: torch.cat([(y[:1] + y[1:2]) / 2, y[2:], torch.zeros(1)]))
wrong("shift_transposed", "dot test fails")(lambda y: torch.cat([y[:1] - y[1:2], y[2:], torch.zeros(1)]))
wrong("shift_transposed", "dot test fails")(lambda y: y)
wrong("shift_transposed", r"expected \(5,\)")(lambda y: torch.cat([y[:1] + y[1:2], y[2:]]))

wrong("fastest_step", "safe, but not the fastest")(lambda sigma: 1 / sigma.max() ** 2)
wrong("fastest_step", "never shrinks")(lambda sigma: 2 / sigma.max() ** 2)
wrong("fastest_step", "enters squared: the step meets A twice")(lambda sigma: 2 / (sigma.max() + sigma.min()))
wrong("fastest_step", "that is 2 / norm;")(lambda sigma: 2 / sigma.max())
wrong("fastest_step", "explodes")(lambda sigma: 1 / sigma.min() ** 2)
wrong("fastest_step", "adds up all squares")(lambda sigma: 2 / sigma.square().sum())
wrong("fastest_step", "averages all squares")(lambda sigma: 1 / sigma.square().mean())
wrong("fastest_step", "any order")(lambda sigma: 2 / (sigma[0] ** 2 + sigma[-1] ** 2))
wrong("fastest_step", "factor of .* possible")(lambda sigma: 1.9 / sigma.max() ** 2)
wrong("fastest_step", "factor of .* possible")(lambda sigma: -1)
wrong("fastest_step", "expected one number")(lambda sigma: 2 / sigma ** 2)


def average_solved(y):
    return RIGHT["average_transposed"](y)


wrong("mirror_box", "unchanged")(lambda box: box)
wrong("mirror_box", "upside down")(lambda box: box[[0, 3, 2, 1]])
wrong("mirror_box", "half a turn")(lambda box: box[[2, 3, 0, 1]])
wrong("mirror_box", "exchanges x and y")(lambda box: box[[1, 0, 3, 2]])
wrong("mirror_box", "middle of the image")(lambda box: box * torch.tensor([-1.0, 1, -1, 1]))
wrong("mirror_box", "right edges must be")(lambda box: -box)
wrong("mirror_box", "right edges must be")(lambda box: torch.stack([-box[2], box[1], -box[0], box[3]]))
wrong("mirror_box", r"expected a box \(4,\)")(lambda box: crop_matrix(box))

wrong("undo_box", "magnifies")(lambda box: -box)
wrong("undo_box", "magnifies")(lambda box: 1 / box)
wrong("undo_box", "magnifies")(lambda box: box)
wrong("undo_box", "magnifies")(lambda box: undo_box(box)[[2, 1, 0, 3]])
wrong("undo_box", r"expected a box \(4,\)")(lambda box: crop_matrix(box))


@wrong("undo_box", "shifted by")
def forgets_to_move(box):
    (sx, _, _), (_, sy, _) = crop_matrix(box)
    return torch.stack([-1 / sx, -1 / sy, 1 / sx, 1 / sy])


@wrong("crop_box_in_pixels", "the box was rounded")
def whole_pixels(image, box, size):
    return crop(image, normalize_box(box.round(), image.shape[-2:]), size)


@wrong("crop_box_in_pixels", "N - 1 belongs to centres")
def divides_by_one_pixel_less(image, box, size):
    height, width = image.shape[-2:]
    return crop(image, 2 * box / torch.tensor([width - 1, height - 1] * 2) - 1, size)


@wrong("crop_box_in_pixels", "both calls have align_corners=True")
def align_corners_in_both_calls(image, box, size):
    return sample(image, theta_of_pixels(image, box), size, True, True)


@wrong("crop_box_in_pixels", "for another size the samples sit at the outer centres")
def first_and_last_centres(image, box, size):
    box = normalize_box(box, image.shape[-2:], align_corners=True)
    return crop(image, box, size, align_corners=True)


@wrong("crop_box_in_pixels", "affine_grid has align_corners=False and grid_sample True")
def one_flag_of_two(image, box, size):
    return sample(image, theta_of_pixels(image, box), size, False, True)


@wrong("crop_box_in_pixels", "affine_grid has align_corners=True and grid_sample False")
def the_other_flag_of_two(image, box, size):
    return sample(image, theta_of_pixels(image, box), size, True, False)


@wrong("crop_box_in_pixels", "x and y are exchanged")
def x_and_y_exchanged(image, box, size):
    return crop(image, normalize_box(box, image.shape[-2:])[[1, 0, 3, 2]], size)


@wrong("crop_box_in_pixels", "width and height are exchanged")
def width_and_height_exchanged(image, box, size):
    return sample(image, theta_of_pixels(image.mT, box), size)


@wrong("crop_box_in_pixels", "half a pixel off")
def corners_taken_for_pixel_centres(image, box, size):
    return sample(image, theta_of_pixels(image, box + 0.5), size)


@wrong("crop_box_in_pixels", "which padding_mode")
def zeros_outside(image, box, size):
    return sample(image, theta_of_pixels(image, box), size, padding_mode="zeros")


@wrong("crop_box_in_pixels", "nearest")
def nearest_pixels(image, box, size):
    return crop(image, normalize_box(box, image.shape[-2:]), size, mode="nearest")


@wrong("crop_box_in_pixels", "the box gets no gradient")
def graph_cut_by_torch_tensor(image, box, size):
    return crop_box_in_pixels(image, torch.tensor(box.tolist()), size)


@wrong("crop_box_in_pixels", "gradient")
def box_copied_into_a_new_leaf(image, box, size):
    return crop_box_in_pixels(image, torch.tensor(box.tolist(), requires_grad=True), size)


@wrong("crop_box_in_pixels", r"gradient of the box is 0, 0, .*cut off")
def gradient_of_one_corner_cut(image, box, size):
    return crop_box_in_pixels(image, torch.cat([box[:2].detach(), box[2:]]), size)


@wrong("crop_box_in_pixels", "starts with .* expected")
def a_slice_that_is_enlarged(image, box, size):
    x0, y0, x1, y1 = box.int().tolist()
    return F.interpolate(image[..., y0:y1 + 1, x0:x1 + 1], size, mode="bilinear")


@wrong("crop_box_in_pixels", r"shape \(3, 5\), expected \(1, 1, 3, 5\)")
def without_batch_and_channel(image, box, size):
    return crop_box_in_pixels(image, box, size)[0, 0]


def fine(image, box, size, k):
    return crop(image, box, (k * size[0], k * size[1]))


wrong("crop_averaged", "one sample for each output pixel")(lambda image, box, size, k: crop(image, box, size))
wrong("crop_averaged", "one of every k by k")(lambda *args: fine(*args)[..., ::args[-1], ::args[-1]])
wrong("crop_averaged", "the largest of the samples")(lambda *args: F.max_pool2d(fine(*args), args[-1]))
wrong("crop_averaged", "brings the crop back to size")(fine)
wrong("crop_averaged", "averages the whole image in fixed blocks")(
    lambda image, box, size, k: crop(F.avg_pool2d(image, k), box, size))
wrong("crop_averaged", "must average blocks")(lambda *args: 4 * F.avg_pool2d(fine(*args), args[-1]))


@right
def box_rows(x0, x1, n_in, n_out):
    length, m = (x1 - x0) / n_out, torch.arange(n_in)
    start = x0 + torch.arange(n_out)[:, None] * length
    return (torch.minimum(start + length, m + 1) - torch.maximum(start, m)).clamp(min=0) / length


@wrong("box_rows", "rows sum to the length of a part")
def overlaps(x0, x1, n_in, n_out):
    return box_rows(x0, x1, n_in, n_out) * (x1 - x0) / n_out


@wrong("box_rows", "each pixel counts by its overlap")
def pixels_about_their_index(x0, x1, n_in, n_out):
    return box_rows(x0 + 0.5, x1 + 0.5, n_in + 1, n_out)[:, :-1]


@wrong("box_rows", "each pixel counts by its overlap|rows sum to")
def whole_pixels_only(x0, x1, n_in, n_out):
    rows = (box_rows(x0, x1, n_in, n_out) > 0).double()
    return rows / rows.sum(1, keepdim=True)


@wrong("box_rows", r"shape \(12, 4\), expected \(4, 12\)")
def rows_and_columns_exchanged(x0, x1, n_in, n_out):
    return box_rows(x0, x1, n_in, n_out).mT


wrong("same_region", "still in pixels of the image")(lambda box: box + 0.5)
wrong("same_region", "half pixel is missing")(lambda box: box / 16)
wrong("same_region", "goes the other way")(lambda box: box / 16 - 0.5)
wrong("same_region", "comes after the division")(lambda box: (box + 0.5) / 16)
wrong("same_region", "multiplies by 16")(lambda box: box * 16 + 0.5)
wrong("same_region", "its left edge must be at")(lambda box: box / 16 + torch.tensor([0.5, 0.5, 0, 0]))


def exchanged_ends(*args):
    return gradient_of_box(*args)[[2, 3, 0, 1]]


def same_for_both_ends(*args):
    g = gradient_of_box(*args)
    return (g + exchanged_ends(*args)) / 2


def by_autograd(image, box, size, G):
    box = box.clone().requires_grad_()
    out = crop(image[None, None], normalize_box(box, image.shape), size)[0, 0]
    return torch.autograd.grad((out * G).sum(), box)[0]


def per_normalised_unit(image, box, size, G):
    return gradient_of_box(image, box, size, G) * torch.tensor(image.shape[::-1] * 2) / 2


def without_bilinear_weights(image, box, size, G):
    along_x, along_y, t, s = slopes_under(image, torch.cat([box[:1], box[1:2].floor(), box[2:]]), size)
    return torch.stack([(G * along_x).sum(0) @ (1 - t), (G * along_y).sum(1) @ (1 - s), (G * along_x).sum(0) @ t,
                        (G * along_y).sum(1) @ s])


wrong("gradient_of_box", "divide by W / 2 and H / 2")(per_normalised_unit)
wrong("gradient_of_box", "ends are exchanged")(exchanged_ends)
wrong("gradient_of_box", "x and y are exchanged")(lambda *args: gradient_of_box(*args)[[1, 0, 3, 2]])
wrong("gradient_of_box", "G is missing")(lambda image, box, size, G: gradient_of_box(image, box, size, torch.ones_like(G)))
wrong("gradient_of_box", "weights are missing")(lambda *args: 2 * same_for_both_ends(*args))
wrong("gradient_of_box", "half the gradient of the centre")(same_for_both_ends)
wrong("gradient_of_box", "half a pixel off")(lambda *args: gradient_of_box(*args, half=0.0))
wrong("gradient_of_box", "sign is reversed")(lambda *args: -gradient_of_box(*args))
wrong("gradient_of_box", "the loss is a sum")(lambda *args: gradient_of_box(*args) / args[3].numel())
wrong("gradient_of_box", "does not require grad")(by_autograd)
wrong("gradient_of_box", "you returned")(without_bilinear_weights)
wrong("gradient_of_box", r"expected \(4,\)")(lambda *args: gradient_of_box(*args)[:2])

wrong("centre_log_gradient", "dw / d log w = w")(lambda box, g: torch.cat([g[:2] + g[2:], (g[2:] - g[:2]) / 2]))
wrong("centre_log_gradient", "w multiplies")(lambda box, g: torch.cat([g[:2] + g[2:], (g[2:] - g[:2]) / 2 / (box[2:] - box[:2])]))
wrong("centre_log_gradient", "not their mean")(lambda box, g: centre_log_gradient(box, g) * torch.tensor([0.5, 0.5, 1, 1]))
wrong("centre_log_gradient", "each end by half")(lambda box, g: centre_log_gradient(box, g) * torch.tensor([1, 1, 2, 2]))
wrong("centre_log_gradient", "sign of x0 is minus")(
    lambda box, g: torch.cat([g[:2] + g[2:], (box[2:] - box[:2]) * (g[2:] + g[:2]) / 2]))
wrong("centre_log_gradient", "sign of the size is reversed")(lambda box, g: centre_log_gradient(box, g) * torch.tensor([1, 1, -1, -1]))
wrong("centre_log_gradient", "width and height")(
    lambda box, g: torch.cat([g[:2] + g[2:], (box[2:] - box[:2]).flip(0) * (g[2:] - g[:2]) / 2]))
wrong("centre_log_gradient", "you returned")(lambda box, g: g)


@wrong("repaired_crop", "still rounded")
def rounding_left(image, raw):
    return crop(image, (trained_box(raw) * 8).round() / 8, (6, 6))


@wrong("repaired_crop", "still rounded")
def rounding_hidden(image, raw):
    box = trained_box(raw)
    return crop(image, box + ((box * 8).round() / 8 - box).detach(), (6, 6))


@wrong("repaired_crop", "the size gets none")
def size_as_numbers(image, raw):
    size = torch.tensor([2 * s.sigmoid().item() for s in raw[2:]])
    centre = raw[:2].tanh()
    return crop(image, torch.cat([centre - size / 2, centre + size / 2]), (6, 6))


wrong("repaired_crop", "does not require a gradient")(lambda image, raw: repaired_crop(image, raw.detach()))
wrong("repaired_crop", "its gradient is")(lambda image, raw: repaired_crop(image, torch.cat([raw[:2].detach(), raw[2:]])))
wrong("repaired_crop", "the crop itself has changed")(
    lambda image, raw: crop(image, torch.cat([raw[:2] - raw[2:].sigmoid(), raw[:2] + raw[2:].sigmoid()]), (6, 6)))
wrong("repaired_crop", r"expected \(1, 1, 6, 6\)")(lambda image, raw: repaired_crop(image, raw)[0, 0])


# crop/fitting ---------------------------------------------------------------------------------------------------------

def turned(center, extent, angle, size, *, rows=(0, 1), columns=None, sign=1, scale=1):
    """Theta of a turned box; rows says which side of the image divides which row, columns which divides which column."""
    (cx, cy), (w, h), sides = center, extent, (size[1], size[0])
    c, s = angle.cos(), sign * angle.sin()
    a, b = columns or (None, None)
    first, second = sides[rows[0]], sides[rows[1]]
    return torch.stack([
        torch.stack([scale * w * c / (a or first), -scale * h * s / (b or first), 2 * cx / first - 1]),
        torch.stack([scale * w * s / (a or second), scale * h * c / (b or second), 2 * cy / second - 1])])


def box_centre(box):
    return (box[..., :2] + box[..., 2:]) / 2


def box_size(box):
    return box[..., 2:] - box[..., :2]


@pytest.mark.parametrize("exercise, solution", [
    ("gauss_newton_step", lambda J, r: -torch.linalg.pinv(J) @ r),
    ("gauss_newton_step", lambda J, r: torch.linalg.lstsq(J, -r[:, None]).solution[:, 0]),
    ("numbers_of_box", lambda box: torch.cat([box_centre(box), box_size(box).log()], -1)),
    ("rotated_matrix", turned),
])
def test_a_fitting_solution_written_otherwise_is_correct_too(exercise, solution, capsys):
    CHECKS[exercise](solution)
    assert capsys.readouterr().out.startswith("correct: ")


wrong("numbers_of_box", "the box is unchanged")(lambda box: box)
wrong("numbers_of_box", "that is centre and size")(lambda box: torch.cat([box_centre(box), box_size(box)], -1))
wrong("numbers_of_box", "half the size")(lambda box: torch.cat([box_centre(box), (box_size(box) / 2).log()], -1))
wrong("numbers_of_box", "sum of the corners, halved")(lambda box: torch.cat([2 * box_centre(box), box_size(box).log()], -1))
wrong("numbers_of_box", "are the corner")(lambda box: torch.cat([box[..., :2], box_size(box).log()], -1))
wrong("numbers_of_box", "half their sum")(lambda box: torch.cat([box_size(box) / 2, box_size(box).log()], -1))
wrong("numbers_of_box", "base 2")(lambda box: torch.cat([box_centre(box), box_size(box).log2()], -1))
wrong("numbers_of_box", "ordered_box itself")(ordered_box)
wrong("numbers_of_box", "came back with")(lambda box: torch.cat([box_size(box).log(), box_centre(box)], -1))
wrong("numbers_of_box", "expected the same")(lambda box: torch.stack([*box_centre(box)[..., :2].unbind(-1)], -1))
wrong("numbers_of_box", "gets no gradient")(lambda box: torch.cat([box_centre(box), box_size(box).log()], -1).detach())
wrong("numbers_of_box", "part of the gradient")(lambda box: torch.cat([box_centre(box), box_size(box).log().detach()], -1))

wrong("gauss_newton_step", "the sign")(lambda J, r: torch.linalg.solve(J.mT @ J, J.mT @ r))
wrong("gauss_newton_step", "points uphill")(lambda J, r: J.mT @ r)
wrong("gauss_newton_step", "gradient descent")(lambda J, r: -J.mT @ r)
wrong("gauss_newton_step", "diagonal")(lambda J, r: -(J.mT @ r) / J.square().sum(0))
wrong("gauss_newton_step", "solve for it")(lambda J, r: -(J.mT @ J) @ (J.mT @ r))
wrong("gauss_newton_step", "least-squares solution")(
    lambda J, r: torch.linalg.solve(J.mT @ J + 0.1 * torch.eye(4, dtype=J.dtype), -J.mT @ r))
wrong("gauss_newton_step", "least-squares solution")(lambda J, r: torch.linalg.solve(J[:4], -r[:4]))
wrong("gauss_newton_step", r"expected \(4,\)")(lambda J, r: -r)

wrong("rotated_matrix", "sheared")(
    lambda center, extent, angle, size: turned(center, extent, angle, size, columns=(size[1], size[0])))
wrong("rotated_matrix", "are exchanged")(lambda center, extent, angle, size: turned(center, extent, angle, size, rows=(1, 0)))
wrong("rotated_matrix", "the other way")(lambda center, extent, angle, size: turned(center, extent, angle, size, sign=-1))
wrong("rotated_matrix", "half the size")(lambda center, extent, angle, size: turned(center, extent, angle, size, scale=0.5))
wrong("rotated_matrix", "half a pixel off")(lambda center, extent, angle, size: turned(center + 0.5, extent, angle, size))
wrong("rotated_matrix", "you returned")(lambda center, extent, angle, size: turned(center, extent, torch.deg2rad(angle), size))
wrong("rotated_matrix", "nothing gets a gradient")(
    lambda center, extent, angle, size: turned(center.detach(), extent.detach(), angle.detach(), size))
wrong("rotated_matrix", "gradient of angle")(lambda center, extent, angle, size: turned(center, extent, angle.detach(), size))
wrong("rotated_matrix", "gradient of extent")(lambda center, extent, angle, size: turned(center, extent.detach(), angle, size))
wrong("rotated_matrix", r"expected \(2, 3\)")(lambda center, extent, angle, size: turned(center, extent, angle, size)[None])


@wrong("rotated_matrix", "not to the rows")
def sides_in_rows(center, extent, angle, size):
    (w, h), (H, W) = extent, size
    straight = turned(center, torch.ones_like(extent), angle, size)
    return torch.cat([straight[:, :2] * torch.stack([w, h])[:, None], straight[:, 2:]], 1)


@wrong("rotated_matrix", "still in pixels or from 0 to 1")
def centre_from_0_to_1(center, extent, angle, size):
    matrix = turned(center, extent, angle, size)
    return torch.cat([matrix[:, :2], (matrix[:, 2:] + 1) / 2], 1)


# tv/total_variation ---------------------------------------------------------------------------------------------------

def differences(u):
    """The vertical and the horizontal differences of (H, W), the last ones 0."""
    return F.pad(u.diff(dim=0), (0, 0, 0, 1)), F.pad(u.diff(dim=1), (0, 1))


RIGHT["wrapped_transpose"] = lambda p: p.roll(1, -1) - p
RIGHT["isotropic_without_nan"] = lambda u: torch.linalg.vector_norm(torch.stack(differences(u)), dim=0).sum()
RIGHT["enlarged_weight"] = lambda weight, old, new: weight * (new[0] / old[0]) ** 3


def masked_root(u):
    square = sum(d.square() for d in differences(u))
    return square[square > 0].sqrt().sum()


@pytest.mark.parametrize("exercise, solution", [
    ("wrapped_transpose", lambda p: torch.cat([p[:, -1:], p[:, :-1]], 1) - p),
    ("wrapped_transpose", lambda p: adjoint(lambda u: u.roll(-1, -1) - u, p.shape)(p)),
    ("isotropic_without_nan", masked_root),
    ("isotropic_without_nan", lambda u: total_variation(u[None], isotropic=True)),
    ("isotropic_without_nan", lambda u: torch.complex(*differences(u)).abs().sum()[None]),
    ("enlarged_weight", lambda weight, old, new: weight * (new[0] * new[1] / old[0] / old[1]) ** 1.5),
    ("enlarged_weight", lambda weight, old, new: torch.tensor([weight / (old[1] / new[1]) ** 3])),
])
def test_a_tv_solution_written_otherwise_is_correct_too(exercise, solution, capsys):
    CHECKS[exercise](solution)
    assert capsys.readouterr().out.startswith("correct: ")


wrong("wrapped_transpose", "other sign")(lambda p: p - p.roll(1, -1))
wrong("wrapped_transpose", "looks to the other side")(lambda p: p.roll(-1, -1) - p)
wrong("wrapped_transpose", "with their sign turned")(lambda p: p - p.roll(-1, -1))
wrong("wrapped_transpose", "nothing went round the corner")(lambda p: F.pad(p[:, :-1], (1, 0)) - F.pad(p[:, :-1], (0, 1)))
wrong("wrapped_transpose", "gets nothing from the last")(lambda p: F.pad(p[:, :-1], (1, 0)) - p)
wrong("wrapped_transpose", "over the rows")(lambda p: p.roll(1, 0) - p)
wrong("wrapped_transpose", "opposite signs")(lambda p: p.roll(1, -1) + p)
wrong("wrapped_transpose", "dot test fails")(lambda p: 2 * (p.roll(1, -1) - p))
wrong("wrapped_transpose", "dot test fails")(lambda p: p.roll(1) - p)  # over the flattened field
wrong("wrapped_transpose", r"expected \(3, 5\)")(lambda p: p.roll(1, -1)[0] - p[0])

wrong("isotropic_without_nan", "has NaN in its gradient")(lambda u: sum(d.square() for d in differences(u)).sqrt().sum())
wrong("isotropic_without_nan", "has NaN in its gradient")(lambda u: torch.hypot(*differences(u)).sum())
wrong("isotropic_without_nan", "every flat pixel pays")(
    lambda u: (sum(d.square() for d in differences(u)) + 1e-6).sqrt().sum())
wrong("isotropic_without_nan", "that is the anisotropic TV")(lambda u: sum(d.abs().sum() for d in differences(u)))
wrong("isotropic_without_nan", "last column are lost")(
    lambda u: torch.stack([d[:-1, :-1] for d in differences(u)]).norm(dim=0).sum())
wrong("isotropic_without_nan", "that is the mean")(lambda u: torch.stack(differences(u)).norm(dim=0).mean())
wrong("isotropic_without_nan", "the root is missing")(lambda u: sum(d.square().sum() for d in differences(u)))
wrong("isotropic_without_nan", "outside the sum")(lambda u: torch.stack(differences(u)).norm())
wrong("isotropic_without_nan", "cut it off")(lambda u: masked_root(u.detach()))
wrong("isotropic_without_nan", "but the gradient of")(lambda u: masked_root(u.detach()) + 0 * u.sum())
wrong("isotropic_without_nan", "expected one number")(lambda u: torch.stack(differences(u)).norm(dim=0))

wrong("enlarged_weight", "shrinks as the picture grows")(lambda weight, old, new: weight)
wrong("enlarged_weight", "N grows too")(lambda weight, old, new: weight * new[0] / old[0])
wrong("enlarged_weight", "with the same noise")(lambda weight, old, new: weight * new[0] * new[1] / old[0] / old[1])
wrong("enlarged_weight", "a mean beside a sum")(lambda weight, old, new: weight * old[0] / new[0])
wrong("enlarged_weight", "the way back")(lambda weight, old, new: weight * (old[0] / new[0]) ** 3)
wrong("enlarged_weight", "then grows by")(lambda weight, old, new: weight * (new[0] / old[0]) ** 4)
wrong("enlarged_weight", "then grows by")(lambda weight, old, new: 64 * weight)
wrong("enlarged_weight", "then grows by")(lambda weight, old, new: weight * new[0] ** 3)


# choosing the weight of total variation ------------------------------------------------------------------------------

def runs(u):
    return 1 + int((u.diff() != 0).sum())


def pushed(u):
    """What each pixel does, and which pixels do it together."""
    step, zero = u.diff().sign(), u.new_zeros(1)
    label = torch.cat([zero, step.abs()]).cumsum(0)
    return torch.cat([step, zero]) - torch.cat([zero, step]), (label[:, None] == label).to(u.dtype)


@right
def slope_in_weight(u):
    push, together = pushed(u)
    return together @ push / together.sum(1)


wrong("our_weight", "half is missing")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 255)
wrong("our_weight", "channels included")(lambda w, shape: w * shape[1] * shape[2] / 2 / 255)
wrong("our_weight", "from 0 to 255")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2)
wrong("our_weight", "the wrong way")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2 * 255)
wrong("our_weight", "255 twice")(lambda w, shape: w * shape[0] * shape[1] * shape[2] / 2 / 255**2)
wrong("our_weight", "elements is missing")(lambda w, shape: w / 2 / 255)
wrong("our_weight", "expected 0.01807")(lambda w, shape: 2e-3)
wrong("slope_in_weight", "sign is reversed")(lambda u: -slope_in_weight(u))
wrong("slope_in_weight", "number of pixels")(lambda u: pushed(u)[1] @ pushed(u)[0])
wrong("slope_in_weight", "need their signs")(
    lambda u: -(pushed(u)[1] @ F.pad((u.diff() != 0).to(u.dtype), (1, 1)).unfold(0, 2, 1).sum(1)) / pushed(u)[1].sum(1))
wrong("slope_in_weight", "run of neighbours")(
    lambda u: (u[:, None] == u).to(u.dtype) @ pushed(u)[0] / (u[:, None] == u).sum(1))
wrong("slope_in_weight", "move together")(lambda u: pushed(u)[0])
wrong("slope_in_weight", "you returned")(torch.zeros_like)
wrong("sure_of_signal", "counts the jumps")(
    lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (2 * (runs(u) - 1) / len(u) - 1))
wrong("sure_of_signal", "different values")(
    lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (2 * len(u.unique()) / len(u) - 1))
wrong("sure_of_signal", "counts twice")(lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (runs(u) / len(u) - 1))
wrong("sure_of_signal", "must be subtracted")(lambda f, u, sigma: (u - f).square().mean() + sigma**2 * 2 * runs(u) / len(u))
wrong("sure_of_signal", "divided by N")(lambda f, u, sigma: (u - f).square().mean() + sigma**2 * (2 * runs(u) - 1))
wrong("sure_of_signal", "residual alone")(lambda f, u, sigma: (u - f).square().mean())


@right
def stripe_contrast(height, width, weight):
    return max(height - 4 * weight / width, 0.0)


wrong("stripe_contrast", "stripes that meet have vanished")(lambda height, width, weight: height - 4 * weight / width)
wrong("stripe_contrast", "the dark ones rise as well")(lambda height, width, weight: max(height - 2 * weight / width, 0.0))
wrong("stripe_contrast", "two kinds of stripes")(lambda height, width, weight: height - weight / width)
wrong("stripe_contrast", "what is lost, not")(lambda height, width, weight: 4 * weight / width)
wrong("stripe_contrast", "divide by the width")(lambda height, width, weight: max(height - 4 * weight, 0.0))
wrong("stripe_contrast", "loses 2 weight / width")(lambda height, width, weight: height - 8 * weight / width)
wrong("stripe_contrast", "expected one number")(lambda height, width, weight: [height, 0.0])
wrong("stripe_contrast", "after weight")(lambda height, width, weight: height)


def means_of(f, which):
    together = (which[:, None] == which).to(f)
    return together @ f / together.sum(1)


@right
def refit(f, u):
    return means_of(f, torch.cat([torch.zeros(1), (u.diff() != 0).to(f)]).cumsum(0))


wrong("refit", "do not touch were taken for one")(means_of)
wrong("refit", "that is u")(lambda f, u: u)
wrong("refit", "that is the data")(lambda f, u: f)
wrong("refit", "the mean of everything")(lambda f, u: f.mean().expand(f.shape))
wrong("refit", "for the data .* you returned")(lambda f, u: refit(f, u) + 0.01)
wrong("refit", "that is u")(lambda f, u: refit(u, f))
wrong("refit", r"shape \(\), expected")(lambda f, u: f.mean())


@right
def fill_in(f, mask, weight, steps):
    u = f
    for _ in range(steps):
        u = denoise_tv(u - mask * u + f, weight)
    return u


def denoised_again(f, mask, weight, steps):
    for _ in range(steps):
        f = denoise_tv(f, weight)
    return f


@wrong("fill_in", "exchanged")
def filled_where_known(f, mask, weight, steps):
    u = f
    for _ in range(steps):
        u = denoise_tv(torch.where(mask > 0, u, f), weight)
    return u


wrong("fill_in", "as if black were data")(lambda f, mask, weight, steps: denoise_tv(f, weight))
wrong("fill_in", "bring them back")(denoised_again)
wrong("fill_in", "off by")(lambda f, mask, weight, steps: fill_in(f, 1 - mask, weight, steps))
wrong("fill_in", "went back after denoising")(
    lambda f, mask, weight, steps: torch.where(mask > 0, f, fill_in(f, mask, weight, steps)))
wrong("fill_in", "too few")(lambda f, mask, weight, steps: fill_in(f, mask, weight, steps - 1))
wrong("fill_in", "too many")(lambda f, mask, weight, steps: fill_in(f, mask, weight, steps + 1))
wrong("fill_in", "nothing was done")(lambda f, mask, weight, steps: f)
wrong("fill_in", "off by")(lambda f, mask, weight, steps: fill_in(f, mask, 2 * weight, steps))
wrong("fill_in", "off by")(lambda f, mask, weight, steps: fill_in(torch.where(mask > 0, f, 0.5), mask, weight, steps))


def test_stripes_lose_what_the_check_says():
    light = torch.arange(48) // 6 % 2 == 1
    for weight in (0.3, 1.2, 2.0):
        u = denoise_tv(torch.where(light, 0.9, 0.1)[None, None].double(), weight, tol=1e-10)[0, 0]
        assert checks.close(u[21] - u[27], stripe_contrast(0.8, 6.0, weight), 1e-5)


@pytest.mark.parametrize("exercise, solution, sentence", WRONG, ids=[f"{case[0]}: {case[2]}" for case in WRONG])
def test_a_wrong_answer_is_told_what_is_wrong(exercise, solution, sentence, capsys):
    CHECKS[exercise](solution)
    said = capsys.readouterr().out
    assert said.startswith("not yet: ") and (sentence in said or re.search(sentence, said))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_exercise_rejects_at_least_three_wrong_answers(exercise):
    assert sum(case[0] == exercise for case in WRONG) >= 3


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exception_becomes_a_sentence(exercise, capsys):
    def stumble(*_):
        raise IndexError("index 4 is out of bounds")

    CHECKS[exercise](stumble)
    assert capsys.readouterr().out == "not yet: stumble raised IndexError: index 4 is out of bounds\n"


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("answer", [
    "text", 3, 2.5, (1, 2), [1.0, 2.0, 3.0, 4.0], (None, None), {}, object(), True, torch.tensor([]),
    torch.zeros(2, 2, 2), torch.full((4,), float("nan")), torch.full((3,), float("inf")), torch.zeros(4).int(),
    torch.zeros(4).numpy()],
    ids=["text", "integer", "float", "tuple", "list", "Nones", "dictionary", "object", "True", "empty", "three axes",
         "NaN", "infinity", "integers", "numpy"])
def test_no_answer_makes_a_check_raise(exercise, answer, capsys):
    CHECKS[exercise](lambda *_: answer)
    assert capsys.readouterr().out.startswith("not yet: ")


def test_close_has_an_absolute_tolerance_and_asks_for_one_shape():
    # A relative part would pass a large number that is wrong in the fifth digit.
    assert checks.close(1.0, 1 + 1e-13) and not checks.close(1e6, 1e6 + 1e-5)
    assert checks.close(1e6, 1e6 + 1e-5, 1e-4) and not checks.close(torch.zeros(2), torch.zeros(1))
    assert not checks.close(float("nan"), float("nan"))
