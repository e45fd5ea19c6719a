"""The recipes, cut out of their page: each against a library that it does not use, and the usual short cut differs."""

import ast
import itertools
import re

import book
import cv2
import numpy as np
import pytest
import scipy.ndimage as ndi
import torch
import torch.nn.functional as F
from PIL import Image

from diffimg import conv, coords, linear, tv
from diffimg import crop as cropping
from diffimg.resample import resize

PAGE = (book.ROOT / "chapters/appendix/recipes.md").read_text(encoding="utf-8")
IMPORTS, *_ = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
RECIPES = {title: re.search(r"```python\n(.*?)```", text, flags=re.S)[1]
           for title, text in re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE, flags=re.M | re.S)}
TOL = {torch.float32: 2e-5, torch.float64: 1e-10}
SIZES = ((9, 14), (24, 17), (40, 64))
each_dtype = pytest.mark.parametrize("dtype", TOL, ids=["float32", "float64"])
each_size = pytest.mark.parametrize("size", SIZES, ids=str)


@pytest.fixture(autouse=True)
def as_a_reader():
    """float32, on the CPU."""
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.manual_seed(0)


def recipe(name):
    """The functions of the recipe that defines this name."""
    found: dict = {}
    code = next(code for code in RECIPES.values() if f"def {name}(" in code)
    exec(IMPORTS + code, found)
    return found


def near(a, b, dtype=torch.float32, scale=1.0):
    a, b = (torch.tensor(np.array(x), dtype=torch.float64) for x in (a, b))
    return torch.allclose(a, b, rtol=0, atol=TOL[dtype] * scale, equal_nan=True)


# the page -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_is_short_and_stands_alone(title):
    code = RECIPES[title]
    lines = [line for line in code.splitlines() if line]
    assert len(lines) <= 10 and max(map(len, lines)) <= 83, "ten lines that a page shows whole"
    assert "diffimg" not in code
    assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(ast.parse(code)))
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert section.count("```python") == 1 and "**The trap.**" in section and re.search(r"\{doc\}`\.\./", section)


def test_there_are_recipes_enough_and_each_is_tested():
    tests = (book.ROOT / "tests/unit/test_recipes.py").read_text(encoding="utf-8")
    untested = [title for title, code in RECIPES.items() if not any(f'recipe("{name}")' in tests for name in
                                                                   re.findall(r"^def (\w+)", code, flags=re.M))]
    assert len(RECIPES) >= 12 and not untested


# geometry -------------------------------------------------------------------------------------------------------------

@each_dtype
@pytest.mark.parametrize("size", [(1571, 3775), (375, 500), (427, 640), (90, 61)], ids=str)
def test_letterbox(size, dtype):
    """The referee maps boxes as the package maps them, by the matrix of the resize, in index coordinates."""
    found, (H, W), side = recipe("letterbox"), size, 128
    image = torch.rand(1, 1, H, W, dtype=dtype)
    boxed, scale, offset = found["letterbox"](image, side)
    h, w = (round(n * side / max(size)) for n in size)
    inner = boxed[..., (side - h) // 2 : (side - h) // 2 + h, (side - w) // 2 : (side - w) // 2 + w]
    assert boxed.shape == (1, 1, side, side) and near(inner, resize(image, (h, w), antialias=True), dtype)
    assert near(boxed.sum() - inner.sum(), 114 / 255 * (side * side - h * w), torch.float32, 100)
    shift = torch.eye(3, dtype=torch.float64)
    shift[:2, 2] = offset[:2]
    there = shift @ coords.pixel_matrix(torch.eye(2, 3, dtype=torch.float64), size, (h, w)).inverse()
    box = torch.tensor([3., 5, W - 7, H - 9], dtype=torch.float64)
    mapped = box * scale + offset
    assert near(mapped, coords.map_boxes(there, box), scale=10) and near((mapped - offset) / scale, box, scale=100)
    back = found["unletterbox"](boxed, scale, offset, H, W)
    assert near(back, F.interpolate(resize(image, (h, w), antialias=True), size, mode="bilinear"), dtype)


def test_the_unrounded_letterbox_is_off_by_pixels():
    (H, W), side = (1571, 3775), 1280
    _, scale, offset = recipe("letterbox")["letterbox"](torch.zeros(1, 1, H, W), side)
    gain, box = side / W, torch.tensor([1000., 700, 1200, 800])
    naive = (box * scale + offset - torch.tensor([0, round((side - H * gain) / 2)] * 2)) / gain
    assert (naive - box).abs().max() > 2


@each_dtype
@each_size
def test_into_a_turned_box_and_back(size, dtype):
    found, (H, W), angle = recipe("turned_box"), size, 0.4
    image = ndi.gaussian_filter(np.random.default_rng(0).random(size), 2)
    image = torch.tensor(image, dtype=dtype)[None, None]
    theta = found["turned_box"](W / 2, H / 2, 6, 4, angle, H, W)
    package = cropping.rotated_crop_matrix(torch.tensor([W / 2, H / 2]), torch.tensor([6., 4]), angle, size)
    assert near(theta[:2], package)
    patch = found["warp"](image, theta, (8, 12))
    M = coords.pixel_matrix(theta[:2], size, (8, 12)).numpy()
    opencv = cv2.warpAffine(image[0, 0].float().numpy(), M[:2], (12, 8), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    assert near(patch[0, 0], opencv, scale=50)
    marked = found["paste"](image, patch + 1, theta) - image
    assert 0.95 < float(marked.sum()) / 24 < 1.05  # the area of the box, each pixel raised by 1
    naive = found["turned_box"](W / 2, H / 2, 6, 4, -angle, H, W)  # the opposite angle, where the inverse is wanted
    wrong = image + found["warp"](patch + 1, naive, size)
    assert (wrong - image - marked).abs().max() > 0.5


@each_dtype
@each_size
def test_a_crop_is_a_slice_and_learns(size, dtype):
    crop, (H, W) = recipe("crop")["crop"], size
    images, box = torch.rand(2, 3, H, W, dtype=dtype), torch.tensor([[2., 3, 7, 8], [1, 0, 6, 5]], dtype=dtype)
    cut = crop(images, box, (5, 5))
    assert near(cut[0], images[0, :, 3:8, 2:7], dtype) and near(cut[1], images[1, :, :5, 1:6], dtype)
    box = (box + 0.3).requires_grad_()
    ours, theirs = crop(images, box, (4, 6)), cropping.crop(images, coords.normalize_box(box, size), (4, 6))
    assert near(ours.detach(), theirs.detach(), dtype)
    gradients = [torch.autograd.grad(y.square().sum(), box)[0] for y in (ours, theirs)]
    assert near(*gradients, dtype, 100) and gradients[0].abs().min() > 0
    naive = 2 * box.detach() / torch.tensor([W - 1, H - 1] * 2) - 1
    assert (cropping.crop(images, naive.to(dtype), (4, 6)) - ours).abs().max() > 0.01


@each_dtype
@each_size
def test_a_warp_by_a_flow_is_opencvs_remap(size, dtype):
    warp, (H, W) = recipe("warp_flow")["warp_flow"], size
    images, flow = torch.rand(2, 1, H, W, dtype=dtype), 3 * torch.randn(2, 2, H, W, dtype=dtype)
    ours = warp(images, flow)
    y, x = np.mgrid[:H, :W]
    for image, field, result in zip(images, flow, ours, strict=True):
        places = [(field[k].numpy() + base).astype(np.float32) for k, base in enumerate((x, y))]
        opencv = cv2.remap(image[0].float().numpy(), *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        assert near(result[0], opencv, scale=50)
    assert near(ours, cropping.warp(images, flow), dtype, 10)
    naive = torch.stack([torch.linspace(-1, 1, W).expand(H, W), torch.linspace(-1, 1, H)[:, None].expand(H, W)], -1)
    still = F.grid_sample(images, naive.expand(2, -1, -1, -1).to(dtype), padding_mode="border", align_corners=False)
    assert (still - images).abs().max() > 0.05 and near(warp(images, 0 * flow), images, dtype)


@each_dtype
def test_a_volume_is_sampled_as_scipy_does(dtype):
    sample, shape = recipe("sample_volume")["sample_volume"], (5, 7, 9)
    volume, places = torch.rand(2, 2, *shape, dtype=dtype), torch.rand(2, 30, 3, dtype=dtype) * 10 - 1
    ours = sample(volume, places)
    for b, c in itertools.product(range(2), range(2)):
        at = places[b].double().numpy().T
        scipys = ndi.map_coordinates(volume[b, c].double().numpy(), at, order=1, mode="nearest")
        assert near(ours[b, c], scipys, dtype, 10)
    assert not near(sample(volume, places.flip(-1)), ours, dtype, 100)


def test_what_belongs_to_an_image_is_mirrored_with_it():
    mirror = recipe("mirror")["mirror"]
    image, box, point = torch.rand(1, 1, 6, 11), torch.tensor([2, 1, 5, 4]), torch.tensor([7, 3])
    flipped, (x0, y0, x1, y1), (x, y) = mirror(image, box, point)
    assert torch.equal(flipped[..., y0:y1, x0:x1], image[..., 1:4, 2:5].flip(-1))
    assert flipped[0, 0, y, x] == image[0, 0, 3, 7]
    assert not torch.equal(flipped[..., y0:y1, x0 - 1 : x1 - 1], image[..., 1:4, 2:5].flip(-1))  # W - 1 - x for edges


# resizing -------------------------------------------------------------------------------------------------------------

@each_size
@pytest.mark.parametrize("ratio", [2, 3, 8])
def test_shrunk_labels_are_the_majority(size, ratio):
    shrink, (h, w) = recipe("shrink_labels")["shrink_labels"], size
    labels = torch.randint(5, (2, ratio * h, ratio * w))
    blocks = labels.unfold(1, ratio, ratio).unfold(2, ratio, ratio).flatten(-2).reshape(-1, ratio * ratio)
    counted = torch.stack([block.bincount(minlength=5).argmax() for block in blocks]).view(2, h, w)
    assert torch.equal(shrink(labels, size, 5), counted)
    assert not torch.equal(F.interpolate(labels[:, None].double(), size)[:, 0].long(), counted)
    invented = F.interpolate(2 * (labels[:, None] > 2).double(), (h + 1, w + 1), mode="bilinear").round()
    assert (invented == 1).any()  # a class between 0 and 2


@each_size
def test_enlarged_scores_are_opencvs(size):
    enlarge, (h, w) = recipe("enlarge_scores")["enlarge_scores"], size
    scores = torch.randn(2, 4, h, w)
    ours = enlarge(scores, (3 * h + 1, 4 * w))
    for one, found in zip(scores, ours, strict=True):
        big = np.stack([cv2.resize(c.numpy(), (4 * w, 3 * h + 1)) for c in one])
        first, second = np.sort(big, 0)[::-1][:2]
        clear = first - second > 1e-4
        assert clear.mean() > 0.99 and (big.argmax(0) == found.numpy())[clear].all()
    naive = F.interpolate(scores.argmax(1, keepdim=True).float(), (3 * h + 1, 4 * w))[:, 0]
    assert (naive != ours).float().mean() > 0.02


@each_dtype
@each_size
@pytest.mark.parametrize("factor", [0.37, 1, 2.3])
def test_missing_pixels_are_left_out(size, dtype, factor):
    resize_valid, new = recipe("resize_valid")["resize_valid"], [round(factor * n) for n in size]
    x = torch.rand(1, 2, *size, dtype=dtype) + 1
    x[torch.rand_like(x) < 0.2] = torch.nan
    x[..., : size[0] // 2, : size[1] // 2] = torch.nan
    ours, package = resize_valid(x, new), resize(x, new, valid=~x.isnan(), antialias=True)
    both = ~ours.isnan() & ~package.isnan()
    assert near(ours[both], package[both], dtype, 100) and (ours.isnan() == package.isnan()).float().mean() > 0.98
    assert ours[both].min() >= 1 - 1e-5
    naive = F.interpolate(x.nan_to_num(), new, mode="bilinear", antialias=True)
    assert factor == 1 or (naive[both] - ours[both]).abs().max() > 0.1
    x.requires_grad_()
    gradient = torch.autograd.grad(resize_valid(x, new)[both].sum(), x)[0]
    assert gradient.isfinite().all()


@each_size
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("factor", [0.31, 0.5, 1.7])
def test_pillows_resize(size, mode, factor):
    pillow_resize, (h, w) = recipe("pillow_resize")["pillow_resize"], [round(factor * n) for n in size]
    x = np.random.default_rng(1).random(size, dtype=np.float32)
    pil = np.asarray(Image.fromarray(x).resize((w, h), getattr(Image, mode.upper())))
    assert near(pillow_resize(torch.tensor(x)[None, None], (h, w), mode)[0, 0], pil)
    bytes_ = (255 * x).round().astype(np.uint8)
    pil = np.asarray(Image.fromarray(bytes_).resize((w, h), getattr(Image, mode.upper()))).astype(int)
    assert np.abs(pillow_resize(torch.tensor(bytes_)[None, None], (h, w), mode)[0, 0].numpy() - pil).max() <= 1
    naive = F.interpolate(torch.tensor(x)[None, None], (h, w), mode=mode)[0, 0].numpy()
    assert mode == "bilinear" and factor in (0.5, 1.7) or np.abs(naive * 255 - pil).max() > 5


@each_size
@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("factor", [0.41, 1.7])
def test_opencvs_resize(size, interpolation, factor):
    opencv_resize, (h, w) = recipe("opencv_resize")["opencv_resize"], [round(factor * n) for n in size]
    x = np.random.default_rng(2).random(size, dtype=np.float32)
    opencv = cv2.resize(x, (w, h), interpolation=getattr(cv2, f"INTER_{interpolation.upper()}"))
    ours = opencv_resize(torch.tensor(x)[None, None], (h, w), interpolation)[0, 0]
    assert near(ours, opencv, scale=5)
    if interpolation != "nearest" and factor < 1:
        mode = {"linear": "bilinear", "cubic": "bicubic"}[interpolation]
        naive = F.interpolate(torch.tensor(x)[None, None], (h, w), mode=mode, antialias=True)[0, 0]
        assert not near(naive, opencv, scale=1e3)


@each_size
def test_opencvs_area(size):
    opencv_resize, (h, w) = recipe("opencv_resize")["opencv_resize"], size
    x = np.random.default_rng(3).random((3 * h, 2 * w), dtype=np.float32)
    opencv = cv2.resize(x, (w, h), interpolation=cv2.INTER_AREA)
    assert near(opencv_resize(torch.tensor(x)[None, None], size, "area")[0, 0], opencv)
    with pytest.raises(AssertionError):
        opencv_resize(torch.zeros(1, 1, 3 * h + 1, 2 * w), size, "area")
    torchs = F.interpolate(torch.tensor(x)[None, None], (h + 2, w + 1), mode="area")[0, 0]
    assert not near(torchs, cv2.resize(x, (w + 1, h + 2), interpolation=cv2.INTER_AREA), scale=1e3)


# convolutions ---------------------------------------------------------------------------------------------------------

@each_dtype
@pytest.mark.parametrize("k, s", list(itertools.product(range(1, 8), range(1, 5))))
def test_a_transposed_convolution_with_same(k, s, dtype):
    same = recipe("conv_transpose_same")["conv_transpose_same"]
    x, kernel, bias = (torch.randn(*shape, dtype=dtype) for shape in ((2, 3, 4, 5), (k, k, 2, 3), (2,)))
    package = conv.conv_transpose_same(x, kernel.permute(3, 2, 0, 1), s)
    assert near(same(x, kernel, s), package, dtype, 10)
    assert near(same(x, kernel, s, bias), package + bias.view(-1, 1, 1), dtype, 10)


@pytest.mark.parametrize("kernel, s", [((3, 3), 2), ((5, 2), 3), ((4, 4), 2), ((2, 3), 4)])
def test_a_transposed_convolution_of_keras(kernel, s, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("KERAS_TORCH_DEVICE", "cpu")
    import keras
    x = torch.randn(1, 4, 6, 3)
    layer = keras.layers.Conv2DTranspose(5, kernel, strides=s, padding="same", bias_initializer="normal")
    theirs = torch.as_tensor(layer(x)).detach().movedim(-1, 1)
    w, b = map(torch.as_tensor, layer.get_weights())
    ours = recipe("conv_transpose_same")["conv_transpose_same"](x.movedim(-1, 1), w, s, b)
    assert near(ours, theirs)
    if (kernel, s) == ((3, 3), 2):
        naive = F.conv_transpose2d(x.movedim(-1, 1), w.permute(3, 2, 0, 1), b, s, padding=1, output_padding=1)
        assert naive.shape == theirs.shape and not near(naive, theirs, scale=1e3)


@each_dtype
@pytest.mark.parametrize("k, s, d", [(3, 2, 1), (7, 2, 1), (2, 3, 1), (3, 2, 3), (5, 1, 2), (1, 4, 1), (4, 2, 1)])
@pytest.mark.parametrize("size", [(24, 17)])
def test_a_strided_convolution_with_same(k, s, d, size, dtype):
    jax = pytest.importorskip("jax")
    same = recipe("conv2d_same")["conv2d_same"]
    x, w = torch.randn(1, 2, *size, dtype=dtype), torch.randn(3, 2, k, k, dtype=dtype)
    ours = same(x, w, stride=s, dilation=d)
    theirs = jax.lax.conv_general_dilated(x.float().numpy(), w.float().numpy(), (s, s), "SAME", rhs_dilation=(d, d))
    assert ours.shape == theirs.shape and near(ours, theirs, scale=10)
    pads = conv.same_padding(size, k, stride=s, dilation=d)
    package = F.conv2d(F.pad(x, (*pads[1], *pads[0])), w, stride=s, dilation=d)
    assert near(ours, package, dtype)
    if (k, s, d) == (3, 2, 1) and size[0] % 2 == 0:
        naive = F.conv2d(x, w, stride=2, padding=1)
        assert naive.shape == ours.shape and not near(naive, ours, scale=1e3)


@pytest.mark.parametrize("r", [2, 3, 4, 5])
def test_a_layer_that_starts_bilinear(r):
    layer, x = recipe("bilinear_layer")["bilinear_layer"](3, r), torch.rand(1, 3, 7, 9)
    y, z = layer(x).detach(), F.interpolate(x, scale_factor=r, mode="bilinear")
    assert y.shape == z.shape and near(y[..., r:-r, r:-r], z[..., r:-r, r:-r]) and not near(y, z, scale=1e3)
    assert near(layer.weight.detach(), conv.bilinear_kernel(r, 3))
    naive = F.conv_transpose2d(x, layer.weight.detach().expand(3, 3, -1, -1), stride=r, padding=r // 2)
    assert not near(naive[..., r:-r, r:-r], z[..., r:-r, r:-r], scale=1e3)


@pytest.mark.parametrize("r", [2, 3])
def test_subpixels_that_start_as_nearest(r):
    block, x = recipe("subpixel")["subpixel"](4, 3, r), torch.rand(1, 4, 6, 7)
    y = block(x).detach()
    assert y.shape == (1, 3, 6 * r, 7 * r) and near(y, F.interpolate(y[..., ::r, ::r], scale_factor=r))
    assert near(block[0].weight.detach(), conv.icnr(block[0].weight.detach()[:: r * r], r))
    naive = torch.nn.Sequential(torch.nn.Conv2d(4, 3 * r * r, 3, padding=1), torch.nn.PixelShuffle(r))(x).detach()
    assert not near(naive, F.interpolate(naive[..., ::r, ::r], scale_factor=r), scale=1e3)


# losses and adjoints --------------------------------------------------------------------------------------------------

@each_dtype
@each_size
@pytest.mark.parametrize("isotropic", [True, False])
def test_a_total_variation_loss(size, dtype, isotropic):
    tv_loss = recipe("tv_loss")["tv_loss"]
    u = torch.rand(2, 3, *size, dtype=dtype)
    package = tv.total_variation(u, isotropic=isotropic).sum() / u.numel()
    assert near(tv_loss(u, isotropic), package, dtype)
    u[..., :4, :4] = 0.5  # flat
    u.requires_grad_()
    assert torch.autograd.grad(tv_loss(u, isotropic), u)[0].isfinite().all()
    by_hand = torch.sqrt(u.diff(dim=-1)[..., :-1, :] ** 2 + u.diff(dim=-2)[..., :-1] ** 2).mean()
    assert torch.autograd.grad(by_hand, u)[0].isnan().any()


def test_a_mean_survives_a_change_of_size_and_a_sum_does_not():
    tv_loss = recipe("tv_loss")["tv_loss"]
    small, large = torch.rand(1, 1, 64, 64), torch.rand(1, 1, 256, 256)
    assert 0.95 < tv_loss(large) / tv_loss(small) < 1.05
    sums = [tv.total_variation(u, isotropic=True).item() for u in (small, large)]
    assert 15 < sums[1] / sums[0] < 17


@each_dtype
@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_the_adjoint_of_a_padded_convolution(mode, dtype):
    found, w = recipe("adjoint"), torch.randn(2, 3, 3, 3, dtype=dtype)
    x = torch.zeros(1, 3, 7, 8, dtype=dtype)

    def f(x):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode=mode), w)

    g, y = found["adjoint"](f, x), torch.randn(1, 2, 7, 8, dtype=dtype)
    assert near(g(y), linear.adjoint(f, x.shape)(y), dtype, 10)
    assert found["dot_test"](f, g, x) < TOL[dtype] / 10
    naive = found["dot_test"](f, lambda y: F.conv_transpose2d(y, w, padding=1), x)
    assert (naive < TOL[dtype] / 10) == (mode == "constant")
