"""The claims of chapter "further/formats", at more sizes than there: ONNX Runtime, Keras and JAX are the referees, and
ONNX's own evaluator says where ONNX Runtime is another thing than the specification.
"""

import io
import itertools
import logging
import math
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diffimg.checks import close
from diffimg.conv import conv_transpose_same, same_padding
from diffimg.crop import crop
from diffimg.images import noise
from diffimg.resample import cubic, resample_matrix, resize

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
runtime.set_default_logger_severity(4)


@pytest.fixture(autouse=True)
def on_the_cpu(book_defaults):
    """Here the other libraries compute; what the package does elsewhere is asked in other files."""
    torch.set_default_device(None)


def model(op, inputs, opset, attributes):
    arrays = [None if x is None else np.asarray(x) for x in inputs]
    arrays = [x.astype("float32") if x is not None and x.dtype == float else x for x in arrays]
    feed = {f"x{k}": x for k, x in enumerate(arrays) if x is not None}
    names = ["" if x is None else f"x{k}" for k, x in enumerate(arrays)]
    helper = onnx.helper
    infos = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
             for name, x in feed.items()]
    out = helper.make_tensor_value_info("y", infos[0].type.tensor_type.elem_type, None)
    graph = helper.make_graph([helper.make_node(op, names, ["y"], **attributes)], op, infos, [out])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10), feed


def run(op, *inputs, opset=20, **attributes):
    """One operator in ONNX Runtime."""
    built, feed = model(op, inputs, opset, attributes)
    options = runtime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = runtime.InferenceSession(built.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return torch.tensor(session.run(None, feed)[0])


def specified(op, *inputs, opset=20, **attributes):
    """The same in ONNX's reference evaluator."""
    from onnx.reference import ReferenceEvaluator
    built, feed = model(op, inputs, opset, attributes)
    return torch.tensor(np.asarray(ReferenceEvaluator(built).run(None, feed)[0]))


def agree(theirs, ours, tolerance=1e-4):
    return close(theirs.double(), ours.double(), tolerance)


def uniform(*size, seed=0):
    return torch.special.ndtr(noise((1, 1, *size), seed=seed))


# SAME, where a convolution shrinks ------------------------------------------------------------------------------------

def zeros(n, k, s, d=1):
    return max((math.ceil(n / s) - 1) * s + d * (k - 1) + 1 - n, 0)


@given(n=st.integers(1, 1200), k=st.integers(1, 9), s=st.integers(1, 5))
@settings(max_examples=40)
def test_same_of_a_convolution(n, k, s):
    P, x, w = zeros(n, k, s), noise((1, 1, n), seed=n), noise((1, 1, k), seed=k)
    found = {rule: run("Conv", x, w, strides=[s], auto_pad=rule) for rule in ("SAME_UPPER", "SAME_LOWER")}
    for rule, front in (("SAME_UPPER", P // 2), ("SAME_LOWER", P - P // 2)):
        ours = F.conv1d(F.pad(x, (front, P - front)), w, stride=s)
        assert agree(found[rule], ours) and ours.shape[-1] == math.ceil(n / s)
    assert same_padding((n, n), k, stride=s)[0] == (P // 2, P - P // 2)
    assert P % 2 == 0 or not agree(found["SAME_UPPER"], found["SAME_LOWER"], 1e-2)


@pytest.mark.parametrize("n, k, front, behind", [(224, 7, 2, 3), (6, 3, 0, 1), (225, 3, 1, 1), (224, 2, 0, 0)])
def test_same_by_the_numbers_of_the_page(n, k, front, behind):
    assert same_padding((n, n), k, stride=2) == ((front, behind), (front, behind))


CONVOLUTIONS = [((224, 9), (7, 3), 2, 1), ((6, 7), (3, 3), 2, 1), ((5, 1025), (3, 4), 2, 1), ((9, 10), (2, 5), 3, 1),
                ((11, 12), (4, 3), 1, 3)]


@pytest.mark.parametrize("size, kernel, stride, dilation", CONVOLUTIONS)
def test_same_of_keras_and_jax(keras, size, kernel, stride, dilation):
    jax = pytest.importorskip("jax")
    x, w = noise((2, 3, *size), seed=0).float(), noise((4, 3, *kernel), seed=1).float()
    (top, bottom), (left, right) = same_padding(size, kernel, stride=stride, dilation=dilation)
    ours = F.conv2d(F.pad(x, (left, right, top, bottom)), w, stride=stride, dilation=dilation)
    theirs = keras.ops.conv(x, w.permute(2, 3, 1, 0), stride, "same", data_format="channels_first",
                            dilation_rate=dilation)
    assert agree(theirs.cpu(), ours)
    theirs = jax.lax.conv_general_dilated(x.numpy(), w.numpy(), (stride, stride), "SAME",
                                          rhs_dilation=(dilation, dilation))
    assert agree(torch.tensor(np.asarray(theirs)), ours)


def test_onnx_runtime_refuses_same_of_a_dilated_convolution():
    with pytest.raises(Exception, match="Dilation not supported"):
        run("Conv", noise((1, 1, 9), seed=0), noise((1, 1, 3), seed=1), dilations=[2], auto_pad="SAME_UPPER")


def test_the_order_of_pads_is_all_fronts_then_all_backs():
    x, w = noise((1, 1, 5, 6), seed=0), noise((1, 1, 3, 3), seed=1)
    assert agree(run("Conv", x, w, pads=[1, 2, 3, 4]), F.conv2d(F.pad(x, (2, 4, 1, 3)), w))
    y = run("ConvTranspose", x, noise((1, 1, 5, 5), seed=1), pads=[1, 0, 3, 2], strides=[2, 2])
    assert agree(y, F.conv_transpose2d(x, noise((1, 1, 5, 5), seed=1), stride=2)[..., 1:-3, :-2])


@given(n=st.integers(40, 1400), layers=st.integers(1, 5))
@settings(max_examples=40)
def test_a_port_of_same_is_off_by_the_size_less_one_modulo_the_stride(n, layers):
    taps, same = torch.tensor([[[1.0, 2.0, 1.0]]]) / 4, torch.arange(float(n)).reshape(1, 1, n)
    port = same
    for _ in range(layers):
        (front, behind), _ = same_padding((same.shape[-1],) * 2, 3, stride=2)
        same = F.conv1d(F.pad(same, (front, behind)), taps, stride=2)
        port = F.conv1d(port, taps, stride=2, padding=1)
    assert same.shape == port.shape
    middle = same.shape[-1] // 2
    if 0 < middle < same.shape[-1] - 2:
        assert close((same - port)[0, 0, middle], torch.tensor(float((n - 1) % 2**layers)), 1e-9)


def test_pytorchs_same_refuses_a_stride():
    with pytest.raises(RuntimeError, match="strided"):
        F.conv2d(uniform(6, 6), noise((1, 1, 3, 3), seed=0), stride=2, padding="same")


# ConvTranspose --------------------------------------------------------------------------------------------------------

@given(m=st.integers(1, 9), k=st.integers(1, 6), s=st.integers(1, 5), d=st.integers(1, 3), data=st.data())
@settings(max_examples=60)
def test_padding_and_output_padding_of_pytorch(m, k, s, d, data):
    p, a = data.draw(st.integers(0, d * (k - 1))), data.draw(st.integers(0, s - 1))
    assume((m - 1) * s - 2 * p + d * (k - 1) + 1 + a > 0)
    y, w = noise((2, 4, m, m + 2), seed=m), noise((4, 3, k, k), seed=k)
    theirs = run("ConvTranspose", y, w, strides=[s, s], dilations=[d, d], group=2, pads=[p] * 4, output_padding=[a, a])
    assert agree(theirs, F.conv_transpose2d(y, w, None, s, p, a, 2, d))


KERNELS = [(k, s) for k in range(1, 8) for s in range(1, 5)]


def keras_pads(k, s, d=1):
    beyond = d * (k - 1) + 1 - s
    return (beyond // 2, beyond - beyond // 2, 0) if beyond >= 0 else (0, 0, -beyond)


@pytest.mark.parametrize("k, s", KERNELS)
def test_keras_same_in_pads(keras, k, s):
    y, w = noise((1, 3, 5, 301), seed=0), noise((3, 2, k, k), seed=1)
    front, behind, a = keras_pads(k, s)
    theirs = run("ConvTranspose", y, w, strides=[s, s], pads=[front, front, behind, behind], output_padding=[a, a])
    assert agree(theirs, conv_transpose_same(y, w, s))
    by_keras = keras.ops.conv_transpose(y, w.permute(2, 3, 1, 0), s, "same", data_format="channels_first").cpu()
    assert agree(theirs, by_keras)
    if (front, behind) != (behind, front):  # the other half first is another matrix
        other = run("ConvTranspose", y, w, strides=[s, s], pads=[behind, behind, front, front])
        assert other.shape == theirs.shape and not agree(other, theirs, 0.1)


@pytest.mark.parametrize("k, s, d", [(3, 2, 2), (2, 3, 2), (2, 5, 3), (5, 2, 3)])
def test_keras_same_in_pads_with_a_dilation(k, s, d):
    y, w = noise((1, 3, 5, 6), seed=0), noise((3, 2, k, k), seed=1)
    front, behind, a = keras_pads(k, s, d)
    theirs = run("ConvTranspose", y, w, strides=[s, s], dilations=[d, d], pads=[front, front, behind, behind],
                 output_padding=[a, a])
    assert agree(theirs, conv_transpose_same(y, w, s, dilation=d))


@pytest.mark.parametrize("k, s", KERNELS)
def test_auto_pad_is_same_for_kernels_no_shorter_than_the_stride(k, s):
    y, w = noise((1, 1, 5), seed=0), noise((1, 1, k), seed=1)
    same = conv_transpose_same(y[..., None, :], w[..., None, :], (1, s))[..., 0, :]
    theirs = run("ConvTranspose", y, w, strides=[s], auto_pad="SAME_UPPER")
    spec = specified("ConvTranspose", y, w, strides=[s], auto_pad="SAME_UPPER")
    if k >= s:
        assert agree(theirs, same) and agree(spec, same)
        lower = run("ConvTranspose", y, w, strides=[s], auto_pad="SAME_LOWER")
        assert agree(lower, same) == ((k - s) % 2 == 0)
    else:
        assert theirs.shape[-1] == 4 * s + k < 5 * s and agree(theirs, same[..., :4 * s + k])
        front = (s - k + 1) // 2  # the evaluator keeps the size, and zeros stand in front
        assert spec.shape == same.shape and not agree(spec, same, 1e-3)
        assert agree(spec, F.pad(same, (front, 0))[..., :5 * s])
        with_a = run("ConvTranspose", y, w, strides=[s], auto_pad="SAME_UPPER", output_padding=[s - k])
        assert agree(with_a, same)


@pytest.mark.parametrize("k, s", [(k, s) for k, s in KERNELS if k >= s])
def test_output_shape_cuts_the_larger_half_in_front(k, s):
    y, w = noise((1, 1, 5), seed=0), noise((1, 1, k), seed=1)
    theirs = run("ConvTranspose", y, w, strides=[s], output_shape=[5 * s])
    full, front = F.conv_transpose1d(y, w, stride=s), (k - s + 1) // 2
    assert agree(theirs, full[..., front:front + 5 * s])
    upper = run("ConvTranspose", y, w, strides=[s], output_shape=[5 * s], auto_pad="SAME_UPPER")
    assert agree(upper, theirs) == ((k - s) % 2 == 0)
    if (k - s) % 2 and s > 1:
        assert agree(theirs, F.conv_transpose1d(y, w, stride=s, padding=front, output_padding=1))


@given(m=st.integers(1, 9), k=st.integers(1, 9), s=st.integers(2, 8), data=st.data())
@settings(max_examples=25)
def test_padding_the_input_makes_the_output_too_long(m, k, s, data):
    a = data.draw(st.integers(1, s - 1))
    y, w = noise((1, 1, m), seed=m), noise((1, 1, k), seed=k)
    right, wrong = F.conv_transpose1d(y, w, None, s, 0, a), F.conv_transpose1d(F.pad(y, (0, a)), w, stride=s)
    assert wrong.shape[-1] - right.shape[-1] == (s - 1) * a
    assert agree(run("ConvTranspose", y, w, strides=[s], output_padding=[a]), right)
    assert close(wrong[..., :right.shape[-1]], right, 1e-12)


def test_padding_the_input_by_the_numbers_of_the_page():
    y, w = noise((1, 1, 5), seed=0), noise((1, 1, 16), seed=1)
    assert run("ConvTranspose", y, w, strides=[8], output_padding=[1]).shape[-1] == 49
    assert F.conv_transpose1d(F.pad(y, (0, 1)), w, stride=8).shape[-1] == 56


@pytest.mark.parametrize("k, s", KERNELS)
def test_same_of_jaxs_transposed_convolution(k, s):
    jax = pytest.importorskip("jax")
    y, w = noise((1, 3, 5, 6), seed=0).float(), noise((k, k, 2, 3), seed=1).float()  # (kh, kw, out, in)
    theirs = jax.lax.conv_transpose(y.numpy(), w.numpy(), (s, s), "SAME", dimension_numbers=("NCHW", "HWIO", "NCHW"),
                                    transpose_kernel=True)
    assert agree(torch.tensor(np.asarray(theirs)), conv_transpose_same(y, w.permute(3, 2, 0, 1), s))


# Resize ---------------------------------------------------------------------------------------------------------------

GRID = "coordinate_transformation_mode"
KEYS = cubic(-0.75)


def interpolate(**options):
    return lambda x, size: F.interpolate(x, size, **options)


def resized(**options):
    return lambda x, size: resize(x, size, **options)


LINES = {
    "linear": ({"mode": "linear"}, interpolate(mode="bilinear")),
    "linear corners": ({"mode": "linear", GRID: "align_corners"}, interpolate(mode="bilinear", align_corners=True)),
    "linear asymmetric": ({"mode": "linear", GRID: "asymmetric"}, resized(coordinates="asymmetric")),
    "linear antialiased": ({"mode": "linear", "antialias": 1, "exclude_outside": 1},
                           interpolate(mode="bilinear", antialias=True)),
    "linear antialiased, clamped": ({"mode": "linear", "antialias": 1}, resized(antialias=True, edge="clamp")),
    "linear antialiased asymmetric": ({"mode": "linear", "antialias": 1, GRID: "asymmetric"},
                                      resized(antialias=True, edge="clamp", coordinates="asymmetric")),
    "cubic": ({"mode": "cubic"}, interpolate(mode="bicubic")),
    "cubic corners": ({"mode": "cubic", GRID: "align_corners"}, interpolate(mode="bicubic", align_corners=True)),
    "cubic asymmetric": ({"mode": "cubic", GRID: "asymmetric"}, resized(kernel=KEYS, coordinates="asymmetric")),
    "cubic -1/2": ({"mode": "cubic", "cubic_coeff_a": -0.5}, resized(kernel="cubic")),
    "cubic inside": ({"mode": "cubic", "exclude_outside": 1}, resized(kernel=KEYS, edge="renormalize")),
    "cubic -1/2 inside": ({"mode": "cubic", "cubic_coeff_a": -0.5, "exclude_outside": 1},
                          resized(kernel="cubic", edge="renormalize")),
    "cubic -1/2 antialiased": ({"mode": "cubic", "antialias": 1, "exclude_outside": 1, "cubic_coeff_a": -0.5},
                               interpolate(mode="bicubic", antialias=True)),
    "cubic antialiased": ({"mode": "cubic", "antialias": 1, "exclude_outside": 1},
                          resized(kernel=KEYS, antialias=True)),
    "cubic antialiased, clamped": ({"mode": "cubic", "antialias": 1},
                                   resized(kernel=KEYS, antialias=True, edge="clamp")),
    "nearest of PyTorch": ({"mode": "nearest", GRID: "asymmetric", "nearest_mode": "floor"},
                           interpolate(mode="nearest")),
    "nearest": ({"mode": "nearest", "nearest_mode": "round_prefer_ceil"}, resized(kernel="nearest")),
    "nearest by default": ({"mode": "nearest"},
                           lambda x, size: resize(x.flip(-1, -2), size, kernel="nearest").flip(-1, -2))}
PAIRS = [((8, 9), (13, 15)), ((15, 16), (6, 7)), ((24, 6), (37, 3)), ((8, 8), (4, 4)), ((8, 8), (16, 16)),
         ((7, 9), (1, 2)), ((5, 1201), (7, 700)), ((3, 700), (2, 1501)), ((1537, 3), (1024, 2))]


def tolerance(*sizes):
    return 2e-4 if max(max(size) for size in sizes) > 600 else 1e-5


def onnx_resize(x, size, **attributes):
    return run("Resize", x, None, None, [1, 1, *size], **attributes)


@pytest.mark.parametrize("size, out", PAIRS)
@pytest.mark.parametrize("attributes, ours", LINES.values(), ids=LINES)
def test_a_line_of_the_table(attributes, ours, size, out):
    x = uniform(*size)
    assert agree(onnx_resize(x, out, **attributes), ours(x, out), tolerance(size, out))


@given(size=st.tuples(st.integers(1, 40), st.integers(1, 40)), out=st.tuples(st.integers(2, 40), st.integers(2, 40)),
       name=st.sampled_from([name for name in LINES if "asymmetric" not in name and "PyTorch" not in name]))
@settings(max_examples=60)
def test_a_line_of_the_table_at_random_sizes(size, out, name):
    attributes, ours = LINES[name]
    if name.startswith("nearest"):  # in float32 a place near a tie may fall on either side
        ties = [((np.arange(m) + 0.5) * n / m) % 1 == 0 for n, m in zip(size, out, strict=True)]
        assume(not np.concatenate(ties).any())
    x = uniform(*size)
    assert agree(onnx_resize(x, out, **attributes), ours(x, out), 5e-5)


def test_every_two_lines_of_the_table_differ_somewhere():
    pairs = [((8, 9), (13, 15)), ((15, 16), (6, 7)), ((8, 8), (4, 4))]
    theirs = {name: [onnx_resize(uniform(*n), m, **attributes) for n, m in pairs]
              for name, (attributes, _) in LINES.items()}
    for one, other in itertools.combinations(LINES, 2):
        apart = max(float((a - b).abs().max()) for a, b in zip(theirs[one], theirs[other], strict=True))
        assert apart > 1e-3, (one, other)


def test_float32_decides_where_a_place_falls_on_a_border():
    x = torch.arange(320.).expand(1, 1, 2, 320)
    theirs = onnx_resize(x, (2, 96), mode="nearest", **{GRID: "asymmetric"}, nearest_mode="floor")
    off = (theirs - F.interpolate(x, (2, 96), mode="nearest"))[0, 0, 0].abs()
    assert off.count_nonzero() == 12 and off.max() == 1


@pytest.mark.skipif(torch.__version__.split("+")[0] != "2.13.0", reason="a fault of one version")
@pytest.mark.parametrize("mode, kernel", [("bilinear", "linear"), ("bicubic", "cubic")])
def test_pytorch_repeats_a_row_at_a_width_of_one(mode, kernel):
    """Where this ends, the sentence on the page and that of the recipe go."""
    x = uniform(9, 5)
    theirs, ours = F.interpolate(x, (7, 1), mode=mode, antialias=True), resize(x, (7, 1), kernel=kernel, antialias=True)
    assert (theirs == theirs[..., :1, :]).all() and not agree(theirs, ours)
    turned = F.interpolate(x.mT.contiguous(), (1, 7), mode=mode, antialias=True).mT
    assert agree(turned, ours)
    assert agree(onnx_resize(x, (7, 1), mode=kernel, antialias=1, exclude_outside=1, cubic_coeff_a=-0.5), ours)


def test_the_defaults_of_resize():
    x = uniform(8, 8)
    for attributes, told in ((
            {}, {"mode": "nearest", GRID: "half_pixel", "nearest_mode": "round_prefer_floor"}),
            ({"mode": "cubic"}, {"mode": "cubic", GRID: "half_pixel", "cubic_coeff_a": -0.75, "antialias": 0,
                                 "exclude_outside": 0})):
        for out in ((4, 4), (13, 5)):
            assert torch.equal(onnx_resize(x, out, **attributes), onnx_resize(x, out, **told))


GRIDS = {"half_pixel": lambda j, n, m: (j + 0.5) * n / m - 0.5, "asymmetric": lambda j, n, m: j * n / m,
         "align_corners": lambda j, n, m: j * (n - 1) / (m - 1)}
ROUNDED = {"floor": np.floor, "ceil": np.ceil, "round_prefer_ceil": lambda x: np.floor(x + 0.5),
           "round_prefer_floor": lambda x: np.ceil(x - 0.5)}


@pytest.mark.parametrize("n, m", [(8, 4), (4, 8), (9, 12), (16, 10), (1200, 600), (750, 1500)])
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("rounding", ROUNDED)
def test_nearest_on_each_grid(rounding, grid, n, m):
    place = GRIDS[grid](np.arange(m), n, m)
    pixel = ROUNDED[rounding](place.round(9)).clip(0, n - 1)
    found = onnx_resize(torch.arange(float(n)).expand(1, 1, 2, n), (2, m), mode="nearest", nearest_mode=rounding,
                        **{GRID: grid})[0, 0, 0].numpy()
    sure = np.abs(place * 2 - (place * 2).round()) > 1e-3 if grid == "align_corners" else slice(None)
    assert (found == pixel)[sure].all()


@pytest.mark.parametrize("mode, ours", [("linear", "bilinear"), ("cubic", "bicubic")])
def test_pytorch_half_pixel_is_another_grid_for_a_single_output_alone(mode, ours):
    for size, out in PAIRS[:5]:
        x = uniform(*size)
        assert agree(onnx_resize(x, out, mode=mode, **{GRID: "pytorch_half_pixel"}), F.interpolate(x, out, mode=ours),
                     1e-5)
    x = uniform(5, 8)
    corner = onnx_resize(x, (1, 1), mode=mode, **{GRID: "pytorch_half_pixel"})
    assert agree(corner, x[..., :1, :1], 1e-6)
    assert not agree(corner, F.interpolate(x, (1, 1), mode=ours), 1e-2)


SCALES = [(9, 1.7), (9, 0.37), (10, 0.6), (13, 2.25), (1300, 1.234), (900, 1.5)]


def scaled(x, r, **attributes):
    return run("Resize", x, None, torch.tensor([1, 1, 1, r]), **attributes)


@pytest.mark.parametrize("n, r", SCALES)
def test_scales_enter_the_grid(n, r):
    x = uniform(4, n)
    for mode, ours in (("linear", "bilinear"), ("cubic", "bicubic")):
        assert agree(scaled(x, r, mode=mode), F.interpolate(x, scale_factor=(1, r), mode=ours), tolerance((n,)))
    theirs = scaled(x, r, mode="linear", antialias=1, exclude_outside=1)
    assert agree(theirs, F.interpolate(x, scale_factor=(1, r), mode="bilinear", antialias=True), tolerance((n,)))
    if n * r % 1 > 0.1 and n < 100:
        assert not agree(scaled(x, r, mode="linear"), F.interpolate(x, (4, int(n * r)), mode="bilinear"), 1e-3)


@pytest.mark.parametrize("kernel, mode", [("linear", "linear"), (KEYS, "cubic")], ids=["linear", "cubic"])
@pytest.mark.parametrize("n, r", SCALES)
def test_half_pixel_symmetric_keeps_the_middle(n, r, kernel, mode):
    x, m = uniform(4, n), int(n * r)
    start = n / 2 - m / (2 * r)
    W = resample_matrix(n, m, kernel=kernel, box=(start, start + m / r))
    theirs = scaled(x, r, mode=mode, **{GRID: "half_pixel_symmetric"})
    assert agree(theirs, x @ W.mT, tolerance((n,)))
    if n * r % 1 > 0.1 and n < 100:
        assert not agree(theirs, scaled(x, r, mode=mode), 1e-3)
    out = (7, m)
    theirs = onnx_resize(x, out, mode=mode, **{GRID: "half_pixel_symmetric"})  # with sizes nothing is missing
    assert agree(theirs, resize(x, out, kernel=kernel), tolerance((n,)))


def test_scales_are_float32():
    x = uniform(1, 700)
    assert scaled(x, 1.31, mode="linear").shape[-1] == 916 and int(700 * 1.31) == 917


@pytest.mark.parametrize("policy, choose", [("not_larger", min), ("not_smaller", max)])
@pytest.mark.parametrize("size, out", [((20, 30), (40, 40)), ((20, 30), (7, 9)), ((9, 1201), (11, 700)),
                                       ((10, 4), (7, 7)), ((10, 7), (5, 5))])
def test_a_kept_aspect_ratio_puts_the_ratio_into_the_grid(policy, choose, size, out):
    x, r = uniform(*size), choose(m / n for n, m in zip(size, out, strict=True))
    h, w = (int(r * n + 0.5) for n in size)
    for mode, kernel in (("linear", "linear"), ("cubic", KEYS)):
        theirs = run("Resize", x, None, None, list(out), mode=mode, axes=[2, 3], keep_aspect_ratio_policy=policy)
        assert agree(theirs, resize(x, (h, w), kernel=kernel, box=(0, 0, w / r, h / r)), tolerance(size))
        spec = specified("Resize", x, None, None, np.array(out), mode=mode, axes=[2, 3],
                         keep_aspect_ratio_policy=policy)
        assert agree(spec, theirs, tolerance(size))


def tf_crop(x, roi, size, **attributes):
    return run("Resize", x, torch.tensor(roi), None, list(size), axes=[2, 3], **{GRID: "tf_crop_and_resize"},
               **attributes)


@pytest.mark.parametrize("roi", [(0.1, 0.2, 0.8, 0.9), (0.8, 0.2, 0.1, 0.9), (0.0, 0.0, 1.0, 1.0)])
@pytest.mark.parametrize("size, out", [((20, 30), (7, 9)), ((20, 1200), (2, 700)), ((20, 30), (1, 4))])
def test_the_corners_of_roi_are_centres(size, out, roi):
    x, (y0, x0, y1, x1) = uniform(*size), roi

    def edges(n, m, a, b):  # the box whose half-pixel places are those of roi
        step = (b - a) * (n - 1) / (m - 1) if m > 1 else 1.0
        first = a * (n - 1) if m > 1 else (a + b) / 2 * (n - 1)
        return first + 0.5 - step / 2, first + 0.5 - step / 2 + m * step

    (top, bottom), (left, right) = edges(size[0], out[0], y0, y1), edges(size[1], out[1], x0, x1)
    for mode, kernel in (("linear", "linear"), ("cubic", KEYS)):
        assert agree(tf_crop(x, roi, out, mode=mode), resize(x, out, kernel=kernel, box=(left, top, right, bottom)),
                     tolerance(size))
    if min(out) > 1:
        corners = torch.tensor([2 * x0 - 1, 2 * y0 - 1, 2 * x1 - 1, 2 * y1 - 1])
        assert agree(tf_crop(x, roi, out, mode="linear"), crop(x, corners, out, align_corners=True), tolerance(size))
        whole = run("Resize", x, torch.tensor([0, 0, y0, x0, 1, 1, y1, x1]), None, [1, 1, *out], mode="linear",
                    **{GRID: "tf_crop_and_resize"})
        assert agree(whole, tf_crop(x, roi, out, mode="linear"), 1e-6)


def test_outside_of_roi_stands_the_extrapolation_value():
    ramp = torch.arange(30.0).expand(1, 1, 2, 30)
    found = tf_crop(ramp, (0.0, -0.1, 1.0, 1.2), (2, 8), mode="linear", extrapolation_value=-1.0)[0, 0, 0]
    place = 29 * (-0.1 + torch.arange(8) / 7 * 1.3)
    place[(place < 0) | (place > 29)] = -1
    assert agree(found, place)


def test_antialiasing_with_aligned_corners_is_no_call_of_pytorch():
    """The kernel is as wide as n / m, on the other grid; PyTorch takes both flags and drops one."""
    for size, out in (((15, 16), (6, 7)), ((9, 13), (4, 3))):
        x = uniform(*size)
        theirs = onnx_resize(x, out, mode="linear", antialias=1, **{GRID: "align_corners"})
        A_v, A_h = (aligned_and_widened(n, m) for n, m in zip(size, out, strict=True))
        assert agree(theirs, A_v @ x @ A_h.mT, 1e-5)
        assert not agree(theirs, F.interpolate(x, out, mode="bilinear", antialias=True, align_corners=True), 1e-2)


def aligned_and_widened(n, m):
    s, place, beyond = n / m, torch.arange(m) * (n - 1) / (m - 1), n
    pixel = torch.arange(-beyond, n + beyond)
    hat = (1 - ((place[:, None] - pixel) / s).abs()).clamp(min=0)
    return torch.zeros(m, n).index_add(1, pixel.clamp(0, n - 1), hat / hat.sum(1, keepdim=True))


@pytest.mark.parametrize("mode, x, attributes, words", [
    ("linear", np.zeros((1, 1, 8, 8), "float32"), {"exclude_outside": 1}, "exclude_outside"),
    ("cubic", np.zeros((1, 1, 8, 8), "uint8"), {}, "Tensor type mismatch"),
    ("cubic", np.zeros((1, 1, 8, 8, 8), "float32"), {}, "Cubic|cubic")])
def test_what_onnx_runtime_refuses(mode, x, attributes, words):
    with pytest.raises(Exception, match=words):
        run("Resize", x, None, None, [1, 1] + [12] * (x.ndim - 2), mode=mode, **attributes)


def test_onnx_runtime_has_no_resize_for_doubles():
    built, feed = model("Resize", [np.zeros((1, 1, 8, 8), "float32"), None, None, np.array([1, 1, 12, 12])], 19,
                        {"mode": "linear"})
    for info in (*built.graph.input[:1], *built.graph.output):
        info.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    with pytest.raises(Exception, match="Could not find an implementation"):
        runtime.InferenceSession(built.SerializeToString(), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("op, opset", [("Resize", 10), ("Upsample", 9)])
def test_old_operators_have_the_asymmetric_grid(op, opset):
    x = uniform(4, 9)
    theirs = run(op, x, torch.tensor([1, 1, 1, 14 / 9]), opset=opset, mode="linear")
    assert agree(theirs, resize(x, (4, theirs.shape[-1]), coordinates="asymmetric"), 1e-5)
    assert not agree(theirs, resize(x, (4, theirs.shape[-1])), 1e-2)
    theirs = run(op, x, torch.tensor([1, 1, 1, 14 / 9]), opset=opset, mode="nearest")
    assert agree(theirs, F.interpolate(x, (4, theirs.shape[-1])), 1e-6)


class Layer(torch.nn.Module):
    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, x):
        return self.call(x)


@pytest.mark.parametrize("options, grid, more", [
    ({"mode": "nearest"}, b"asymmetric", {"nearest_mode": b"floor"}),
    ({"mode": "bilinear"}, b"half_pixel", {}),
    ({"mode": "bilinear", "align_corners": True}, b"align_corners", {}),
    ({"mode": "bicubic"}, b"half_pixel", {"cubic_coeff_a": -0.75}),
    ({"mode": "bilinear", "antialias": True}, b"half_pixel", {"antialias": 1, "exclude_outside": 1}),
    ({"mode": "bicubic", "antialias": True}, b"half_pixel",
     {"antialias": 1, "exclude_outside": 1, "cubic_coeff_a": -0.5})])
def test_pytorch_exports_the_line_of_the_table(options, grid, more):
    node = exported(lambda x: F.interpolate(x, (5, 14), **options))
    assert node["op"] == "Resize" and node[GRID] == grid
    assert {name: node[name] for name in more} == pytest.approx(more)


@pytest.mark.parametrize("mode", ["nearest-exact", "area"])
def test_pytorch_exports_no_resize_for_two_modes(mode):
    assert "Resize" not in [node.op_type for node in nodes(lambda x: F.interpolate(x, (5, 14), mode=mode))]


def test_pytorch_exports_padding_and_output_padding_as_pads():
    w = noise((1, 1, 3, 3), seed=0).float()
    node = exported(lambda x: F.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1))
    assert (node["op"], node["pads"], node["output_padding"]) == ("ConvTranspose", [1, 1, 1, 1], [1, 1])
    node = exported(lambda x: F.conv2d(x, w[..., :2], padding="same"))
    assert (node["op"], node["pads"]) == ("Conv", [1, 0, 1, 1])


@pytest.mark.parametrize("antialias", [False, True])
def test_an_exported_scale_factor_is_right_without_antialiasing(antialias):
    def call(x):
        return F.interpolate(x, scale_factor=0.37, mode="bilinear", antialias=antialias)
    x = uniform(8, 9).float()
    session = runtime.InferenceSession(saved(call), providers=["CPUExecutionProvider"])
    theirs = torch.tensor(session.run(None, {session.get_inputs()[0].name: x.numpy()})[0])
    off = (theirs - call(x)).abs().max()
    assert off > 0.05 if antialias else off < 1e-5


def exported(call):
    node, = (node for node in nodes(call) if node.op_type != "Constant")
    return {"op": node.op_type, **{a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}}


def nodes(call):
    return onnx.load_from_string(saved(call)).graph.node


def saved(call):
    pytest.importorskip("onnxscript")
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(Layer(call), (torch.zeros(1, 1, 8, 9).float(),), dynamo=True, verbose=False)
        finally:
            logging.disable(logging.NOTSET)
    file = io.BytesIO()
    program.save(file)
    return file.getvalue()


# RoiAlign and GridSample ----------------------------------------------------------------------------------------------

def roi_rows(start, stop, N, w, k, aligned):
    x = start + (torch.arange(k * w) + 0.5) * (stop - start) / (k * w) - (0.5 if aligned else 0)
    inside = (x >= -1) & (x <= N)
    hat = (1 - (x.clamp(0, N - 1)[:, None] - torch.arange(N)).abs()).clamp(min=0)
    return (inside[:, None] * hat).unflatten(0, (w, k)).mean(1)


def roi_align(x, box, size, *, opset=16, mode="half_pixel", **attributes):
    attributes |= {GRID: mode} if mode else {}
    return run("RoiAlign", x, torch.tensor([box]), np.array([0]), opset=opset, output_height=size[0],
               output_width=size[1], **attributes)[0, 0]


corner, length = st.integers(-80, 400).map(lambda i: i / 8 + 0.03), st.integers(12, 300).map(lambda i: i / 8 + 0.02)


@given(x0=corner, y0=corner, w=length, h=length, ratio=st.integers(0, 3), aligned=st.booleans(),
       scale=st.sampled_from([1.0, 0.5]))
@settings(max_examples=60)
def test_roi_align_is_two_matrices(x0, y0, w, h, ratio, aligned, scale):
    x, box = uniform(20, 30), [x0, y0, x0 + w, y0 + h]
    assume(aligned or min(w, h) * scale >= 1)
    theirs = roi_align(x, box, (4, 5), mode="half_pixel" if aligned else "output_half_pixel", sampling_ratio=ratio,
                       spatial_scale=scale)
    a, b, c, d = (scale * edge for edge in box)
    for n, t in ((4, d - b), (5, c - a)):  # at a whole number of samples float32 may round up
        assume(ratio or abs(t / n - round(t / n)) > 1e-3)
    k_x, k_y = ratio or math.ceil((c - a) / 5), ratio or math.ceil((d - b) / 4)
    places = torch.cat([s + (torch.arange(k * m) + 0.5) * (e - s) / (k * m) - 0.5 * aligned
                        for s, e, k, m in ((a, c, k_x, 5), (b, d, k_y, 4))])
    assume(all((places - border).abs().min() > 1e-4 for border in (-1, 20, 30)))
    A_x, A_y = roi_rows(a, c, 30, 5, k_x, aligned), roi_rows(b, d, 20, 4, k_y, aligned)
    assert agree(theirs, (A_y @ x @ A_x.mT)[0, 0], 2e-5)


def test_the_border_of_roi_align_reaches_one_pixel_out():
    ones = torch.ones(1, 1, 4, 4)
    found = [float(roi_align(ones, [at, 1.0, at + 1, 2.0], (1, 1), sampling_ratio=1))
             for at in (-1.25, -1.0, -0.5, 3.5, 4.0, 4.25)]
    assert found == [0, 1, 1, 1, 1, 0]  # the sample lies at the index `at`


def test_a_box_that_is_not_aligned_is_at_least_a_pixel_wide():
    x, box = uniform(20, 30), [5.0, 5.0, 5.3, 5.4]
    theirs = roi_align(x, box, (2, 2), mode="output_half_pixel", sampling_ratio=2)
    A_x, A_y = roi_rows(5.0, 6.0, 30, 2, 2, False), roi_rows(5.0, 6.0, 20, 2, 2, False)
    assert agree(theirs, (A_y @ x @ A_x.mT)[0, 0], 1e-5)
    assert not agree(theirs, (A_y @ x @ roi_rows(5.0, 5.3, 30, 2, 2, False).mT)[0, 0], 1e-2)


def test_the_default_of_roi_align_changed():
    x, box = uniform(20, 30), [3.3, 2.2, 20.1, 14.4]
    old = roi_align(x, box, (4, 5), opset=10, mode=None, sampling_ratio=2)
    new = roi_align(x, box, (4, 5), opset=16, mode=None, sampling_ratio=2)
    assert agree(old, roi_align(x, box, (4, 5), mode="output_half_pixel", sampling_ratio=2), 1e-6)
    assert agree(new, roi_align(x, box, (4, 5), mode="half_pixel", sampling_ratio=2), 1e-6)
    assert not agree(old, new, 1e-2)


def test_max_of_roi_align_takes_the_products_of_weight_and_pixel():
    ones, box = torch.ones(1, 1, 20, 30), [3.0, 2.0, 7.0, 8.0]
    found = roi_align_max(run, ones, box)
    assert found.max() < 0.7 and agree(found, roi_align_max(specified, ones, box), 1e-6)
    place = [np.array([3 + (j + (i + 0.5) / 2) - 0.5 for i in range(2)]) for j in range(4)]
    rows = [np.array([2 + 1.5 * (j + (i + 0.5) / 2) - 0.5 for i in range(2)]) for j in range(4)]
    largest = [[max(max(1 - f, f) * max(1 - g, g) for f in x % 1 for g in y % 1) for x in place] for y in rows]
    assert agree(found, torch.tensor(largest), 1e-6)


def roi_align_max(runner, x, box):
    return runner("RoiAlign", x, torch.tensor([box]), np.array([0]), opset=16, output_height=4, output_width=4,
                  sampling_ratio=2, mode="max", **{GRID: "half_pixel"})[0, 0]


@pytest.mark.parametrize("opset, mode, ours", [
    (16, "bilinear", "bilinear"), (16, "nearest", "nearest"), (16, "bicubic", "bicubic"),
    (20, "linear", "bilinear"), (20, "nearest", "nearest"), (20, "cubic", "bicubic")])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_grid_sample(opset, mode, ours, padding):
    x, grid = noise((1, 2, 9, 12), seed=0).float(), (1.5 * noise((1, 5, 6, 2), seed=1).tanh()).float()
    for flag in (False, True):
        theirs = run("GridSample", x, grid, opset=opset, mode=mode, padding_mode=padding, align_corners=int(flag))
        assert agree(theirs, F.grid_sample(x, grid, ours, padding, flag), 1e-5)
    plain = run("GridSample", x, grid, opset=opset)
    assert agree(plain, F.grid_sample(x, grid, align_corners=False), 1e-5)
    assert not agree(plain, F.grid_sample(x, grid, align_corners=True), 1e-2)


# half precision -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype, unit", [(torch.bfloat16, 2**-8), (torch.float16, 2**-11)])
@pytest.mark.parametrize("options", [{}, {"antialias": True}, {"kernel": "area"}, {"kernel": "box"}])
@pytest.mark.parametrize("size", [(250, 250), (25, 1300), (100, 61)])
def test_resize_rounds_once(dtype, unit, size, options):
    half = (0.1 + 0.9 * uniform(128, 128)).to(dtype)
    exact = resize(half.double(), size, **options)
    within = ((resize(half, size, **options).double() - exact).abs() / (unit * exact)).max()
    assert within < 1 + 1e-3


def test_a_product_of_rounded_matrices_does_not():
    half = (0.1 + 0.9 * uniform(128, 128)).bfloat16()
    W = resample_matrix(128, 250)
    exact = W @ half.double() @ W.mT
    product = W.bfloat16() @ half @ W.mT.bfloat16()
    assert ((product.double() - exact).abs() / (2**-8 * exact)).max() > 1.5


# rows of the appendix -------------------------------------------------------------------------------------------------

STEP = np.repeat(np.array([[0, 255]], "uint8"), 8, 1).repeat(16, 0)  # dark, then bright


def clipping(keras):
    import cv2
    import kornia
    from PIL import Image
    from scipy import ndimage
    bytes_ = torch.tensor(STEP)[None, None]
    return {"PyTorch": F.interpolate(bytes_, (32, 24), mode="bicubic"),
            "PyTorch, antialiased": F.interpolate(bytes_, (32, 24), mode="bicubic", antialias=True),
            "OpenCV": cv2.resize(STEP, (24, 32), interpolation=cv2.INTER_CUBIC),
            "OpenCV, Lanczos": cv2.resize(STEP, (24, 32), interpolation=cv2.INTER_LANCZOS4),
            "Pillow": Image.fromarray(STEP).resize((24, 32), Image.BICUBIC),
            "Pillow, Lanczos": Image.fromarray(STEP).resize((24, 32), Image.LANCZOS),
            "SciPy": ndimage.zoom(STEP, (2, 1.5), order=3),
            "Keras": keras.ops.image.resize(bytes_, (32, 24), "bicubic", data_format="channels_first"),
            "kornia": kornia.geometry.resize(bytes_, (32, 24), "bicubic"),
            "ONNX Runtime": run("Resize", STEP[None, None], None, None, [1, 1, 32, 24], mode="cubic", antialias=1)}


def test_bytes_with_lobes_are_clipped_by_those_who_return_bytes(keras):
    for name, found in clipping(keras).items():
        row = np.asarray(found).reshape(32, 24)[16].astype(int)
        assert np.asarray(found).dtype == np.uint8, name
        assert row[:11].max() < 20 and row[13:].min() > 235, (name, row)  # a wrapped lobe would be bright or dark


def test_floats_with_lobes_wrap_when_they_become_bytes():
    jax, transform = pytest.importorskip("jax"), pytest.importorskip("skimage.transform")
    kept = transform.resize(STEP, (32, 24), order=3, preserve_range=True)
    lobes = transform.resize(STEP, (32, 24), order=3, preserve_range=True, clip=False)
    by_jax = np.asarray(jax.image.resize(STEP, (32, 24), "cubic"))
    assert kept.min() == 0 and kept.max() == 255  # clip=True is its default
    for floats in (lobes, by_jax):
        assert floats.dtype.kind == "f" and floats.min() < -10 and floats.max() > 265
        wrapped = floats.astype(int).astype("uint8")[16]
        assert wrapped[10] > 200 and wrapped[13] < 40


def test_onnx_runtime_cuts_bytes_off_where_pytorch_rounds():
    bytes_ = (255 * uniform(20, 24)).byte()
    exact = F.interpolate(bytes_.double(), (31, 37), mode="bilinear")
    theirs = run("Resize", bytes_, None, None, [1, 1, 31, 37], mode="linear").double() - exact
    ours = F.interpolate(bytes_, (31, 37), mode="bilinear").double() - exact
    assert -1.01 < theirs.min() < -0.9 and theirs.max() < 0.01 and -0.6 < theirs.mean() < -0.4
    assert ours.max() > 0.4 and abs(ours.mean()) < 0.2


def test_scikit_images_range():
    transform = pytest.importorskip("skimage.transform")
    for options in ({}, {"order": 1}, {"order": 3}):
        unit, kept = (transform.resize(STEP, (32, 24), preserve_range=keep, **options) for keep in (False, True))
        assert unit.max() == 1 and kept.max() == 255 and np.allclose(255 * unit, kept)
    nearest = transform.resize(STEP, (32, 24), order=0)
    assert nearest.dtype == np.uint8 and nearest.max() == 255  # the nearest pixel stays a byte
    assert transform.resize(STEP / 200, (32, 24)).max() == 255 / 200  # floats keep theirs


@pytest.mark.parametrize("n, m", [(1077, 1024), (2001, 2000), (3001, 1001), (5003, 1009), (2048, 1024), (1999, 999),
                                  (2003, 2000)])
def test_opencvs_area_leaves_out_what_is_narrower_than_a_thousandth_of_a_pixel(n, m):
    cv2 = pytest.importorskip("cv2")
    row = uniform(1, n)[0, 0].numpy()
    found = cv2.resize(row, (m, 1), interpolation=cv2.INTER_AREA)[0]
    edges, pixel = np.arange(m + 1) * (n / m), np.arange(n)
    overlap = (np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)).clip(min=0)
    kept, close_call = np.where(overlap > 1e-3, overlap, 0), (np.abs(overlap - 1e-3) < 1e-9).any(1)
    assert np.allclose(found[~close_call], (kept @ row[0] * m / n)[~close_call], atol=1e-6)
    lost = 1 - kept.sum(1).min() * m / n
    assert (lost > 1e-6) == (m // math.gcd(n, m) > 1000) and lost < 2e-3
