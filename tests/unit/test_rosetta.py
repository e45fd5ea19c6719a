"""The rows of chapter "resample/rosetta" at random sizes, and those of the libraries that it cites: ONNX and JAX, which
are installed with the tests, and TensorFlow, which is large and was installed once.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from diffimg.checks import close
from diffimg.conv import conv_transpose_same
from diffimg.images import noise
from diffimg.resample import cubic, resize

FLOAT32 = 2e-5
shapes = st.tuples(st.integers(2, 40), st.integers(2, 40))


@pytest.fixture
def tensorflow():
    reason = "TensorFlow is not installed with the tests; these rows passed with TensorFlow 2.21.0 in November 2026"
    return pytest.importorskip("tensorflow", reason=reason)


def uniform(size, seed):
    return torch.special.ndtr(noise((1, 1, *size), seed=seed))


def overlap(n, m):
    """Row j: how much of output j lies in each pixel, counted in m * n equal pieces of the axis."""
    W = torch.zeros(m, n)
    for piece in range(m * n):
        W[piece // n, piece // m] += 1 / n
    return W


def area(x, size):
    return overlap(x.shape[-2], size[0]) @ x @ overlap(x.shape[-1], size[1]).mT


BOOK = {
    "nearest, legacy": lambda x, size: resize(x, size, kernel="nearest", coordinates="asymmetric"),
    "nearest": lambda x, size: resize(x, size, kernel="nearest"),
    "bilinear": resize,
    "align_corners": lambda x, size: resize(x, size, coordinates="align_corners"),
    "bilinear, antialiased": lambda x, size: resize(x, size, antialias=True),
    "bicubic -3/4": lambda x, size: resize(x, size, kernel=cubic(-0.75)),
    "bicubic -1/2": lambda x, size: resize(x, size, kernel="cubic", edge="renormalize"),
    "bicubic, antialiased": lambda x, size: resize(x, size, kernel="cubic", antialias=True),
    "lanczos": lambda x, size: resize(x, size, kernel="lanczos3", antialias=True),
    "area": area,
}


def clear(name, n, m):
    """The outputs of a nearest neighbour that do not hang on a tie, which every library rounds in its own way."""
    if not name.startswith("nearest"):
        return slice(None)
    shift = 0 if "legacy" in name else 0.5
    places = (np.arange(m) + shift) * n / m
    return torch.from_numpy(np.abs(places - np.round(places)) > 1e-4)


def agrees(name, theirs, size, out, seed, tolerance=FLOAT32):
    x = uniform(size, seed)
    expected = BOOK[name](x, out)[0, 0].cpu()
    found = torch.tensor(np.asarray(theirs(x.cpu()))).reshape(out).to(expected)
    rows, columns = (clear(name, n, m) for n, m in zip(size, out, strict=True))
    return close(found[rows][:, columns], expected[rows][:, columns], tolerance)


# the libraries of the notebook ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, flag", [
    ("nearest, legacy", "INTER_NEAREST"), ("nearest", "INTER_NEAREST_EXACT"), ("bilinear", "INTER_LINEAR"),
    ("bicubic -3/4", "INTER_CUBIC"), ("area", "INTER_AREA")])
@given(size=shapes, out=shapes, seed=st.integers(0, 2**31))
@settings(max_examples=25)
def test_opencv(name, flag, size, out, seed):
    cv2 = pytest.importorskip("cv2")
    if name == "area":  # larger it misses ties; with one axis larger and the other smaller it does something else
        out = tuple(min(n, m) for n, m in zip(size, out, strict=True))
    flag = getattr(cv2, flag)
    assert agrees(name, lambda x: cv2.resize(x[0, 0].numpy(), out[::-1], interpolation=flag), size, out, seed)


@pytest.mark.parametrize("name, flag", [
    ("nearest", "NEAREST"), ("bilinear, antialiased", "BILINEAR"), ("bicubic, antialiased", "BICUBIC"),
    ("lanczos", "LANCZOS")])
@given(size=shapes, out=shapes, seed=st.integers(0, 2**31))
@settings(max_examples=25)
def test_pillow(name, flag, size, out, seed):
    from PIL import Image

    def theirs(x):
        return Image.fromarray(x[0, 0].float().numpy()).resize(out[::-1], getattr(Image, flag))
    assert agrees(name, theirs, size, out, seed)


@pytest.mark.parametrize("name, options", [
    ("nearest", {"order": 0}), ("bilinear", {"order": 1, "mode": "edge"})])
@given(size=shapes, out=shapes, seed=st.integers(0, 2**31))
@settings(max_examples=25)
def test_scikit_image(name, options, size, out, seed):
    transform = pytest.importorskip("skimage.transform")
    assert agrees(name, lambda x: transform.resize(x[0, 0].numpy(), out, anti_aliasing=False, **options), size, out,
                  seed, 1e-10)


@given(size=shapes, out=shapes, seed=st.integers(0, 2**31))
@settings(max_examples=25)
def test_scikit_image_local_mean(size, out, seed):
    transform = pytest.importorskip("skimage.transform")
    assert agrees("area", lambda x: transform.resize_local_mean(x[0, 0].numpy(), out), size, out, seed, 1e-10)


@pytest.mark.parametrize("name, options", [
    ("nearest", {"order": 0, "grid_mode": True}), ("bilinear", {"order": 1, "grid_mode": True}),
    ("align_corners", {"order": 1})])
@given(size=shapes, out=shapes, seed=st.integers(0, 2**31))
@settings(max_examples=25)
def test_scipy(name, options, size, out, seed):
    ndimage = pytest.importorskip("scipy.ndimage")
    factors = tuple(m / n for n, m in zip(size, out, strict=True))
    assert agrees(name, lambda x: ndimage.zoom(x[0, 0].numpy(), factors, mode="nearest", **options), size, out, seed,
                  1e-10)


@pytest.mark.parametrize("name, arguments", [
    ("nearest, legacy", {"interpolation": "nearest"}), ("bilinear", {}), ("align_corners", {"align_corners": True}),
    ("bicubic -3/4", {"interpolation": "bicubic"})])
@given(size=shapes, out=shapes, seed=st.integers(0, 2**31))
@settings(max_examples=25)
def test_kornia(name, arguments, size, out, seed):
    geometry = pytest.importorskip("kornia.geometry")
    assert agrees(name, lambda x: geometry.resize(x, out, **arguments), size, out, seed, 1e-10)


@pytest.mark.parametrize("name, arguments", [
    ("nearest", {"interpolation": "nearest"}), ("bilinear", {}), ("bilinear, antialiased", {"antialias": True}),
    ("bicubic -3/4", {"interpolation": "bicubic"}),
    ("bicubic, antialiased", {"interpolation": "bicubic", "antialias": True})])
def test_keras(keras, name, arguments):
    for size, out, seed in (((20, 24), (31, 37), 0), ((41, 47), (17, 19), 1), ((7, 30), (30, 8), 2)):
        def theirs(x, out=out):
            return keras.ops.image.resize(x, out, data_format="channels_first", **arguments).cpu()
        assert agrees(name, theirs, size, out, seed)


def test_keras_reads_the_channels_in_the_order_of_their_layout(keras):
    deep = torch.arange(32.0, device="cpu").reshape(1, 8, 2, 2)
    first = keras.ops.depth_to_space(deep, 2, data_format="channels_first").cpu()
    last = keras.ops.depth_to_space(deep.permute(0, 2, 3, 1), 2, data_format="channels_last").cpu()
    regrouped = deep.reshape(1, 4, 2, 2, 2).transpose(1, 2).flatten(1, 2)
    assert torch.equal(first, torch.pixel_shuffle(deep, 2))
    assert torch.equal(last.permute(0, 3, 1, 2), torch.pixel_shuffle(regrouped, 2))


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_keras_same(keras, kernel, stride):
    x, w = noise((1, 3, 5, 6), seed=0).cpu(), noise((3, 2, kernel, kernel), seed=1).cpu()
    theirs = keras.ops.conv_transpose(x, w.permute(2, 3, 1, 0), stride, "same", data_format="channels_first")
    assert close(theirs.cpu().to(x), conv_transpose_same(x, w, stride), 1e-5)


@pytest.mark.parametrize("size, out", [((20, 24), (31, 37)), ((41, 47), (17, 19)), ((20, 48), (40, 17))])
def test_scikit_images_default_is_a_gaussian_behind_a_mirrored_border(size, out):
    transform = pytest.importorskip("skimage.transform")
    x = uniform(size, 0).cpu()
    W_v, W_h = (gaussian_matrix(n, m).to(x) for n, m in zip(size, out, strict=True))
    theirs = torch.from_numpy(transform.resize(x[0, 0].numpy(), out)).to(x)
    assert close(W_v @ x[0, 0] @ W_h.mT, theirs, 1e-12)


def gaussian_matrix(n, m):
    """Pixel i of the mirrored image, blurred, at the half-pixel places: in NumPy, without the package."""
    sigma, places = max((n / m - 1) / 2, 1e-9), (np.arange(m) + 0.5) * n / m - 0.5
    radius, period = max(int(4 * sigma + 0.5), 1), 2 * n - 2
    near = np.arange(-radius, radius + 1)
    gauss = np.exp(-0.5 * (near / sigma) ** 2)
    W = np.zeros((m, n))
    for j, place in enumerate(places):
        left = int(np.floor(place))
        for pixel, share in ((left, left + 1 - place), (left + 1, place - left)):
            for step, weight in zip(near, gauss / gauss.sum(), strict=True):
                i = (pixel + step) % period
                W[j, min(i, period - i)] += share * weight
    return torch.from_numpy(W)


@pytest.mark.parametrize("out", [(40, 48), (31, 37), (20, 25)])
def test_tensorflows_bicubic_enlarging_is_pytorchs_antialiased_one(out):
    x = uniform((20, 24), 0).cpu()
    antialiased = torch.nn.functional.interpolate(x, out, mode="bicubic", antialias=True)
    assert close(antialiased, BOOK["bicubic -1/2"](x, out), 1e-12)


# what the tables say to differ, differs -------------------------------------------------------------------------------

def test_nearest_exact_of_pytorch_misses_the_tie_of_24_to_37_in_two_dimensions():
    row = torch.arange(24.0, device="cpu").expand(1, 1, 3, 24)
    found = torch.nn.functional.interpolate(row, (3, 37), mode="nearest-exact")[0, 0, 0]
    exact = torch.tensor([(2 * j + 1) * 24 // 74 for j in range(37)], device="cpu").to(found)
    assert (found != exact).nonzero().flatten().tolist() == [18]


def test_pytorchs_area_and_pillows_box_are_other_bins():
    x = uniform((41, 47), 0)
    expected = area(x, (17, 19))
    assert not close(torch.nn.functional.interpolate(x, (17, 19), mode="area"), expected, 0.05)
    assert not close(resize(x, (17, 19), kernel="box", antialias=True), expected, 0.05)
    x = x[..., :40, :40]
    assert close(torch.nn.functional.interpolate(x, (20, 20), mode="area"), area(x, (20, 20)))


def test_opencvs_area_is_no_area_where_one_axis_grows_and_the_other_shrinks():
    cv2 = pytest.importorskip("cv2")
    from diffimg.images import load
    x = load("camera", size=(20, 48)).cpu()
    theirs = cv2.resize(x[0, 0].numpy(), (17, 40), interpolation=cv2.INTER_AREA)
    found = (torch.from_numpy(theirs).to(x) - area(x.to(uniform((1, 1), 0).device), (40, 17))[0, 0].cpu()).abs().max()
    assert 0.27 < found < 0.30


def test_opencvs_area_misses_ties_where_both_axes_grow():
    cv2 = pytest.importorskip("cv2")
    W = np.stack([cv2.resize(np.tile(row, (3, 1)), (40, 3), interpolation=cv2.INTER_AREA)[1] for row in np.eye(26)], 1)
    wrong = np.abs(W - overlap(26, 40).cpu().numpy()).max(1)
    assert np.flatnonzero(wrong > 1e-5).tolist() == [20]
    assert W[20].argmax() == 12  # output 20 begins where pixel 13 begins


def test_zoom_blackens_its_last_column_at_some_sizes():
    ndimage = pytest.importorskip("scipy.ndimage")
    white = np.ones((40, 48))
    assert (ndimage.zoom(white, 0.5, order=1)[:, -1] == 0).all()
    assert np.allclose(ndimage.zoom(white, 0.5, order=1, mode="nearest"), 1)


# TensorFlow, JAX and ONNX, cited in the notebook ----------------------------------------------------------------------

@pytest.mark.parametrize("name, method, antialias, tolerance", [
    ("bilinear", "bilinear", False, FLOAT32), ("bilinear, antialiased", "bilinear", True, FLOAT32),
    ("bicubic -1/2", "bicubic", False, 2e-3), ("bicubic, antialiased", "bicubic", True, FLOAT32),
    ("lanczos", "lanczos3", True, FLOAT32), ("nearest", "nearest", False, FLOAT32), ("area", "area", False, FLOAT32)])
def test_tensorflow(tensorflow, name, method, antialias, tolerance):
    for size, out, seed in (((20, 24), (40, 48), 0), ((20, 24), (31, 37), 1), ((40, 48), (20, 24), 2),
                            ((41, 47), (17, 19), 3)):
        def theirs(x, out=out):
            return tensorflow.image.resize(x[0, 0, ..., None].float().numpy(), out, method, antialias=antialias).numpy()
        assert agrees(name, theirs, size, out, seed, tolerance)


@pytest.mark.parametrize("kernel", [2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_tensorflow_same(tensorflow, kernel, stride):
    x, w = noise((1, 3, 5, 6), seed=0).cpu().float(), noise((3, 2, kernel, kernel), seed=1).cpu().float()
    theirs = tensorflow.nn.conv2d_transpose(x.permute(0, 2, 3, 1).numpy(), w.permute(2, 3, 1, 0).numpy(),
                                            (1, 5 * stride, 6 * stride, 2), stride, "SAME").numpy()
    assert close(torch.tensor(theirs).permute(0, 3, 1, 2), conv_transpose_same(x, w, stride), 1e-4)


@pytest.mark.parametrize("name, method, options", [
    ("bilinear", "linear", {"antialias": False}), ("bilinear, antialiased", "linear", {}),
    ("bicubic -1/2", "cubic", {"antialias": False}), ("bicubic, antialiased", "cubic", {}),
    ("lanczos", "lanczos3", {}), ("nearest", "nearest", {})])
def test_jax(name, method, options):
    jax = pytest.importorskip("jax")
    for size, out, seed in (((20, 24), (40, 48), 0), ((20, 24), (31, 37), 1), ((40, 48), (20, 24), 2),
                            ((41, 47), (17, 19), 3)):
        def theirs(x, out=out):
            return jax.image.resize(x[0, 0].float().numpy(), out, method, **options)
        assert agrees(name, theirs, size, out, seed, 5e-5)


def test_jax_scale_and_translate_aligns_corners():
    jax = pytest.importorskip("jax")
    for size, out, seed in (((20, 24), (40, 48), 0), ((41, 47), (17, 19), 1)):
        scale = (np.array(out) - 1) / (np.array(size) - 1)

        def theirs(x, out=out, scale=scale):
            return jax.image.scale_and_translate(x[0, 0].float().numpy(), out, (0, 1), scale, (1 - scale) / 2, "linear",
                                                 antialias=False)
        assert agrees("align_corners", theirs, size, out, seed, 5e-5)


def onnx_resize(x, out, **attributes):
    """The operator Resize, version 19, in ONNX's reference evaluator."""
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator
    node = onnx.helper.make_node("Resize", ["X", "", "", "S"], ["Y"], **attributes)
    infos = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
             for name, shape in (("X", list(x.shape)), ("Y", None))]
    sizes = onnx.helper.make_tensor("S", onnx.TensorProto.INT64, [4], [1, 1, *out])
    graph = onnx.helper.make_graph([node], "resize", infos[:1], infos[1:], [sizes])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 19)])
    return torch.from_numpy(ReferenceEvaluator(model).run(None, {"X": x.cpu().float().numpy()})[0])


OUTSIDE = {"exclude_outside": 1, "antialias": 1}


@pytest.mark.parametrize("attributes, ours", [
    ({"mode": "linear"}, {"mode": "bilinear"}),
    ({"mode": "linear", "coordinate_transformation_mode": "align_corners"},
     {"mode": "bilinear", "align_corners": True}),
    ({"mode": "linear", "coordinate_transformation_mode": "asymmetric"}, {"coordinates": "asymmetric"}),
    ({"mode": "cubic"}, {"mode": "bicubic"}),
    ({"mode": "cubic", **OUTSIDE}, {"kernel": cubic(-0.75), "antialias": True}),
    ({"mode": "linear", "antialias": 1}, {"antialias": True, "edge": "clamp"}),
    ({"mode": "cubic", "antialias": 1}, {"kernel": cubic(-0.75), "antialias": True, "edge": "clamp"}),
    ({"mode": "linear", **OUTSIDE}, {"mode": "bilinear", "antialias": True}),
    ({"mode": "cubic", "cubic_coeff_a": -0.5, **OUTSIDE}, {"mode": "bicubic", "antialias": True}),
    ({"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}, {"mode": "nearest"}),
    ({"mode": "nearest", "nearest_mode": "round_prefer_ceil"}, {"kernel": "nearest"})])
@pytest.mark.parametrize("size, out", [((8, 9), (13, 15)), ((15, 16), (6, 7)), ((24, 6), (37, 3))])
def test_onnx(attributes, ours, size, out):
    x = uniform(size, 0).reshape(1, 1, *size).cpu()
    line = torch.nn.functional.interpolate if "mode" in ours else resize
    assert close(onnx_resize(x, out, **attributes).double(), line(x, out, **ours), 1e-5)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_jax_conv_transpose_is_no_transpose_unless_told(stride, kernel):
    jax = pytest.importorskip("jax")
    x, w = noise((1, 3, 5, 6), seed=0).cpu(), noise((kernel, kernel, 3, 2), seed=1).cpu()  # (kh, kw, in, out)

    def theirs(w, **options):
        y = jax.lax.conv_transpose(x.float().numpy(), w.float().numpy(), (stride, stride), "VALID",
                                   dimension_numbers=("NCHW", "HWIO", "NCHW"), **options)
        return torch.tensor(np.asarray(y)).to(x)

    def same(y, ours):  # behind a stride wider than the kernel VALID has zeros
        return close(y[..., :ours.shape[-2], :ours.shape[-1]], ours, 1e-5)

    ours = torch.nn.functional.conv_transpose2d
    assert same(theirs(w), ours(x, w.permute(2, 3, 0, 1).flip(-1, -2), stride=stride))
    turned = w.permute(0, 1, 3, 2)  # (kh, kw, out, in), as TensorFlow's
    assert same(theirs(turned, transpose_kernel=True), ours(x, turned.permute(3, 2, 0, 1), stride=stride))
    assert kernel == 1 or not same(theirs(w), ours(x, w.permute(2, 3, 0, 1), stride=stride))


# above 1,000 pixels, and bytes ----------------------------------------------------------------------------------------

LARGE = [((3, 751), (4, 1502)), ((1537, 3), (1024, 2)), ((3, 1030), (2, 515))]


@pytest.mark.parametrize("size, out", LARGE)
@pytest.mark.parametrize("name, mode, options", [
    ("bilinear", "bilinear", {}), ("align_corners", "bilinear", {"align_corners": True}),
    ("bilinear, antialiased", "bilinear", {"antialias": True}), ("bicubic -3/4", "bicubic", {}),
    ("bicubic, antialiased", "bicubic", {"antialias": True}), ("nearest, legacy", "nearest", {})])
def test_pytorch_at_large_sizes(name, mode, options, size, out):
    def theirs(x):
        return torch.nn.functional.interpolate(x, out, mode=mode, **options)[0, 0]
    assert agrees(name, theirs, size, out, 0, 1e-11)


def test_opencvs_bicubic_loses_digits_with_the_size():
    cv2 = pytest.importorskip("cv2")
    for n, m, least, most in ((24, 37, 0, 2e-6), (1500, 2930, 2e-5, 5e-4)):
        row = uniform((1, n), 0).cpu()[0, 0].numpy()
        theirs = torch.from_numpy(cv2.resize(row, (m, 1), interpolation=cv2.INTER_CUBIC))
        expected = resize(torch.from_numpy(row), (1, m), kernel=cubic(-0.75))
        assert least < (theirs - expected).abs().max() < most


def test_opencvs_area_drops_overlaps_from_1000_outputs_on():
    cv2 = pytest.importorskip("cv2")
    for n, m, least in ((1077, 1024, 0.99907), (2001, 2000, 0.9990005), (1077, 999, 1), (5001, 900, 1)):
        ones = cv2.resize(np.ones((1, n)), (m, 1), interpolation=cv2.INTER_AREA)
        assert abs(ones.min() - least) < 2e-6


@pytest.fixture
def scan():
    from diffimg.images import load
    return (load("page").cpu() > 0.55).byte() * 255  # black and white


@pytest.mark.parametrize("name, kernel", [("BILINEAR", "linear"), ("BICUBIC", "cubic"), ("LANCZOS", "lanczos3")])
@pytest.mark.parametrize("size, columns_first", [((382, 768), True), ((95, 192), True), ((133, 499), False)])
def test_pillow_rounds_and_clips_bytes_between_the_axes(scan, name, kernel, size, columns_first):
    from PIL import Image
    theirs = Image.fromarray(scan[0, 0].numpy()).resize(size[::-1], getattr(Image, name))
    theirs, x = torch.tensor(np.asarray(theirs)).double(), scan.double()
    once = resize(x, size, kernel=kernel, antialias=True).round().clamp(0, 255)
    between = (191, size[1]) if columns_first else (size[0], 384)
    twice = resize(resize(x, between, kernel=kernel, antialias=True).round().clamp(0, 255), size, kernel=kernel,
                   antialias=True).round().clamp(0, 255)
    assert (theirs - twice).abs().max() <= 2
    if kernel == "linear":
        assert (theirs - once).abs().max() <= 1
    else:
        assert (theirs - once).abs().max() > 15 and ((theirs - once).abs() > 1).double().mean() > 0.04


@pytest.mark.parametrize("size", [(382, 768), (95, 192)])
def test_bytes_of_pytorch_are_pillows_with_antialiasing_and_not_opencvs_without(scan, size):
    cv2 = pytest.importorskip("cv2")
    from PIL import Image
    interpolate = torch.nn.functional.interpolate

    def apart(theirs, y):
        return (torch.tensor(np.asarray(theirs)).double() - y[0, 0].double()).abs().max()

    pillow = Image.fromarray(scan[0, 0].numpy()).resize(size[::-1], Image.BICUBIC)
    opencv = cv2.resize(scan[0, 0].numpy(), size[::-1], interpolation=cv2.INTER_CUBIC)
    assert apart(pillow, interpolate(scan, size, mode="bicubic", antialias=True)) <= 1
    assert apart(opencv, interpolate(scan, size, mode="bicubic")) > 30
    assert apart(opencv, interpolate(scan.double(), size, mode="bicubic").round().clamp(0, 255)) <= 1


def test_a_thumbnail_averages_first_and_scikit_image_changes_the_range():
    from PIL import Image
    transform = pytest.importorskip("skimage.transform")
    from diffimg.images import load
    array = (255 * load("coffee").cpu()).byte()[0].permute(1, 2, 0).numpy()
    image = Image.fromarray(array)
    for gap, least, most in ((2.0, 3, 30), (None, 0, 0)):
        small = image.copy()
        small.thumbnail((150, 150), reducing_gap=gap)
        d = np.abs(np.asarray(small).astype(int) - np.asarray(image.resize(small.size)).astype(int)).max()
        assert small.size == (150, 100) and least <= d <= most
    small = image.copy()
    small.thumbnail((150, 150))
    assert (np.asarray(small) == np.asarray(image.resize((150, 100), reducing_gap=2.0))).all()
    assert transform.resize(array, (20, 30)).max() <= 1 < transform.resize(array, (20, 30), preserve_range=True).max()
