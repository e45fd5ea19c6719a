"""Crops of volumes, what an antialiased crop reads and costs, crops without boxes, and warps."""

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import map_coordinates
from torch.autograd import gradcheck
from torch.utils._python_dispatch import TorchDispatchMode

from diffimg.coords import normalize_box
from diffimg.crop import crop, crop_matrix, warp
from diffimg.images import load, noise
from diffimg.resample import cubic, resize

# PyTorch tells of its change of 2019 whenever an output axis has one pixel and align_corners=True.
pytestmark = pytest.mark.filterwarnings("ignore:Since version 1.3")
flags = pytest.mark.parametrize("align_corners", [False, True])


def close(a, b, tolerance=1e-12):
    return a.shape == b.shape and bool(((a - b).abs() <= tolerance).all())


# volumes --------------------------------------------------------------------------------------------------------------

@flags
def test_a_whole_volume_is_trilinear(align_corners):
    x = noise((2, 3, 5, 6, 7), seed=0)
    found = crop(x, torch.tensor([-1.0, -1, -1, 1, 1, 1]), (4, 9, 3), align_corners=align_corners)
    assert close(found, F.interpolate(x, (4, 9, 3), mode="trilinear", align_corners=align_corners))


@flags
@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@given(corner=st.tuples(*[st.integers(0, 3)] * 3), size=st.tuples(*[st.integers(1, 5)] * 3))
def test_a_box_of_whole_voxels_is_a_slice(align_corners, mode, corner, size):
    x = noise((1, 2, 8, 8, 8), seed=0)
    (z, y, x0), (d, h, w) = corner, size
    box = torch.tensor([x0, y, z, x0 + w, y + h, z + d], dtype=x.dtype)
    found = crop(x, normalize_box(box, (8, 8, 8), align_corners=align_corners), size, mode=mode,
                 align_corners=align_corners)
    assert close(found, x[..., z:z + d, y:y + h, x0:x0 + w])


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
def test_any_box_of_a_volume_is_map_coordinates(shape):
    x, box = noise((2, 1, 6, 7, 8), seed=1), torch.tensor([1.3, -0.8, 2.1, 9.4, 5.2, 4.9])
    boxes = box + 0.3 * noise((*shape, 6), seed=2)
    found = crop(x, normalize_box(boxes, (6, 7, 8)), (3, 4, 5))
    assert found.shape == (2, *shape[1:], 1, 3, 4, 5)
    for b, k in itertools.product((0, 1), range(shape[1] if len(shape) == 2 else 1)):
        edges = (boxes[b, k] if len(shape) == 2 else boxes.expand(2, 6)[b]).tolist()
        places = [a + (np.arange(n) + 0.5) * (c - a) / n - 0.5 for a, c, n in zip(edges[2::-1], edges[:2:-1], (3, 4, 5))]
        expected = map_coordinates(x[b, 0].cpu().numpy(), np.stack(np.meshgrid(*places, indexing="ij")), order=1,
                                   mode="nearest")
        ours = found[b, k, 0] if len(shape) == 2 else found[b, 0]
        assert np.abs(ours.cpu().numpy() - expected).max() < 1e-12


def test_theta_of_a_volume_has_three_rows():
    theta = crop_matrix(torch.tensor([-1.0, -0.5, 0.0, 1.0, 0.5, 0.5]))
    assert theta.tolist() == [[1, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 0.25, 0.25]]


@pytest.mark.parametrize("antialias", [False, True])
def test_gradients_of_volumes(antialias):
    x = noise((1, 1, 4, 5, 6), seed=0).requires_grad_()
    box = torch.tensor([-0.91, -0.83, -0.87, 0.93, 0.81, 0.79], requires_grad=True)
    assert gradcheck(lambda x, b: crop(x, b, (2, 3, 2), antialias=antialias), (x, box))


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_an_antialiased_volume_is_one_axis_after_the_other(mode):
    x, size = noise((1, 2, 12, 9, 14), seed=0), (3, 4, 5)
    found = crop(x, torch.tensor([-1.0, -1, -1, 1, 1, 1]), size, antialias=True)
    planes = F.interpolate(x.flatten(1, 2), size[1:], mode="bilinear", antialias=True).unflatten(1, (2, 12))
    turned = F.interpolate(planes.movedim(2, -1).flatten(1, 2), (5, 3), mode="bilinear", antialias=True)
    assert close(found, turned.unflatten(1, (2, 4)).movedim(-1, 2))
    if mode == "bicubic":
        with pytest.raises(ValueError, match="mode is 'bicubic' for volumes.*antialias=True"):
            crop(x, torch.tensor([-1.0, -1, -1, 1, 1, 1]), size, mode=mode)
        assert crop(x, torch.tensor([-1.0, -1, -1, 1, 1, 1]), size, mode=mode, antialias=True).shape == (1, 2, *size)


# the antialiased crop reads its boxes and no more ---------------------------------------------------------------------

def test_small_boxes_of_a_large_image_are_pillows():
    photo = load("camera", size=(1200, 900))
    picture = Image.fromarray(photo[0, 0].cpu().numpy().astype(np.float32))
    boxes = [(3.3, 2.1, 140.7, 128.9), (700.0, 1100.0, 900.0, 1200.0), (0.0, 0.0, 900.0, 1200.0), (400.5, 600.5, 408, 604)]
    found = crop(photo, normalize_box(torch.tensor(boxes), (1200, 900))[None], (7, 9), antialias=True)
    for k, box in enumerate(boxes):
        expected = np.asarray(picture.resize((9, 7), Image.BILINEAR, box=box))
        assert np.abs(found[0, k, 0].cpu().numpy() - expected).max() < 1e-6


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@given(boxes=st.lists(st.tuples(*[st.floats(-3, 3)] * 4), min_size=1, max_size=4), size=st.tuples(*[st.integers(1, 6)] * 2))
def test_boxes_read_together_are_the_matrices_of_each(mode, boxes, size):
    image, boxes = noise((1, 1, 31, 23), seed=0), torch.tensor(boxes)
    found = crop(image, boxes[None], size, antialias=True, mode=mode)[0]
    unread = torch.vmap(lambda box: crop(image, box, size, antialias=True, mode=mode)[0])(boxes)  # whole matrices
    assert close(found, unread, 1e-9)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_small_boxes_turned_over_and_in_every_image(mode):
    x = noise((2, 3, 400, 300), seed=0)
    box = torch.tensor([-0.92, -0.94, -0.81, -0.83])
    turned = torch.stack([box, box[[2, 1, 0, 3]] + 1.7, box[[0, 3, 2, 1]] + 0.6, box[[2, 3, 0, 1]] + 0.2])
    boxes = torch.stack([turned, turned.flip(0) + 0.01])
    found = crop(x, boxes, (5, 6), antialias=True, mode=mode)
    unread = torch.vmap(lambda dx: crop(x, boxes + dx, (5, 6), antialias=True, mode=mode))(torch.zeros(1))[0]
    assert close(found, unread)
    for b, k in itertools.product((0, 1), range(4)):
        edges = ((boxes[b, k] + 1) * torch.tensor([300, 400, 300, 400]) / 2).tolist()
        kernel = "linear" if mode == "bilinear" else cubic(-0.75)
        assert close(found[b, k], resize(x[b], (5, 6), kernel=kernel, antialias=True, box=edges))


class Largest(TorchDispatchMode):
    """The largest tensor that anything inside makes."""

    def __init__(self, image):
        super().__init__()
        self.numel, self.image = 0, image.untyped_storage().data_ptr()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor) and out.untyped_storage().data_ptr() != self.image:
            self.numel = max(self.numel, out.untyped_storage().nbytes() // out.element_size())
        return out


def test_memory_follows_the_boxes_and_not_the_image():
    numbers = []
    for n in (512, 1024):
        image, boxes = noise((1, 3, n, n), seed=0), torch.tensor([[[100.0, 200, 164, 264]] * 5])
        with Largest(image) as largest:
            crop(image, normalize_box(boxes, (n, n)).requires_grad_(), (16, 16), antialias=True).sum().backward()
        numbers.append(largest.numel)
    assert numbers[0] == numbers[1] < 5 * 3 * (16 * 11) * 80  # boxes, channels, the taps of all rows, columns with a margin


# no boxes, no images --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("space", [(6, 7), (5, 6, 7)])
def test_without_boxes_the_graph_goes_on(antialias, space):
    n = len(space)
    for frozen in (True, False):
        image = noise((2, 3, *space), seed=0).requires_grad_(not frozen)
        boxes = torch.zeros(2, 0, 2 * n, requires_grad=True)
        found = crop(image, boxes, (4,) * n, antialias=antialias)
        assert found.shape == (2, 0, 3, *(4,) * n)
        found.sum().backward()
        assert boxes.grad.shape == boxes.shape and (frozen or not image.grad.any())
    for boxes in (torch.zeros(0, 2 * n), torch.zeros(0, 5, 2 * n), torch.zeros(2 * n)):
        empty = crop(noise((0, 3, *space), seed=0), boxes, (4,) * n, antialias=antialias)
        assert empty.shape == (0, *boxes.shape[1:-1], 3, *(4,) * n)


# warps ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("space", [(7, 9), (5, 6, 7), (1, 8)])
def test_a_warp_is_map_coordinates(space):
    x, flow = noise((2, 3, *space), seed=0), 3 * noise((2, len(space), *space), seed=1)
    found = warp(x, flow)
    for b, c in itertools.product((0, 1), (0, 1, 2)):
        places = np.indices(space) + flow[b].flip(0).cpu().numpy()  # z, y, x
        expected = map_coordinates(x[b, c].cpu().numpy(), places, order=1, mode="nearest")
        assert np.abs(found[b, c].cpu().numpy() - expected).max() < 1e-10


def test_a_constant_flow_moves_the_picture_the_other_way():
    x = noise((1, 1, 4, 6), seed=0)
    flow = torch.tensor([1.0, 0.0]).reshape(1, 2, 1, 1).expand(1, 2, 4, 6)
    assert close(warp(x, flow)[..., :-1], x[..., 1:]) and close(warp(x, flow)[..., -1], x[..., -1])
    assert close(warp(x, flow, padding_mode="zeros")[..., -1], torch.zeros(1, 1, 4))
    assert close(warp(x, 0 * flow), x)


def test_a_warp_has_gradients_and_keeps_the_dtype():
    x, flow = noise((1, 2, 5, 6), seed=0).requires_grad_(), (0.7 * noise((1, 2, 5, 6), seed=1)).requires_grad_()
    assert gradcheck(warp, (x, flow))
    half = warp(x.detach().bfloat16(), flow.detach().float())
    assert half.dtype == torch.bfloat16 and close(half.double(), warp(x, flow).detach(), 0.03)
    assert warp(x[:0], flow[:0]).shape == (0, 2, 5, 6)


IMAGE, FLOW = torch.zeros(1, 1, 4, 6), torch.zeros(1, 2, 4, 6)


@pytest.mark.parametrize("images, flow, options, error, message", [
    (IMAGE, FLOW.movedim(1, -1), {}, ValueError, r"flow has shape \(1, 4, 6, 2\), expected \(1, 2, 4, 6\).*x first"),
    (IMAGE, FLOW.long(), {}, TypeError, "flow is a torch.int64"),
    (IMAGE, FLOW.expand(2, -1, -1, -1), {}, ValueError, r"flow has shape \(2, 2, 4, 6\)"),
    (IMAGE, FLOW / 0, {}, ValueError, "flow contains NaN or infinity, 48 of 48"),
    (IMAGE, FLOW, {"padding_mode": "edge"}, ValueError, "padding_mode is 'edge'"),
    (IMAGE[0], FLOW, {}, ValueError, r"images has shape \(1, 4, 6\)"),
    (IMAGE[None], FLOW, {}, ValueError, r"flow has shape \(1, 2, 4, 6\), expected \(1, 3, 1, 4, 6\)"),
])
def test_bad_arguments_of_warp_are_named(images, flow, options, error, message):
    with pytest.raises(error, match=message):
        warp(images, flow, **options)


@pytest.mark.parametrize("images, boxes, size, message", [
    (IMAGE[None], torch.zeros(4), (2, 2), r"expected \(B, C, H, W\) for boxes of four numbers; a volume"),
    (IMAGE, torch.zeros(6), (2, 2), r"boxes has shape \(6,\), expected \(..., 4\)"),
    (IMAGE[None], torch.zeros(5), (2, 2, 2), r"boxes has shape \(5,\), expected \(..., 6\)"),
])
def test_volumes_and_images_are_told_apart(images, boxes, size, message):
    with pytest.raises(ValueError, match=message):
        crop(images, boxes, size)


def test_a_message_about_many_boxes_is_short():
    boxes = torch.zeros(1, 10_000, 4)
    boxes[0, 5, 2] = math.nan
    with pytest.raises(ValueError, match=r"boxes contains NaN or infinity, in 1 of 10000 box\(es\), first \[0.0") as caught:
        crop(IMAGE, boxes, (2, 2))
    assert len(str(caught.value)) < 120
