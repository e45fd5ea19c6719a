"""Convolution and its transpose against PyTorch, Keras, Toeplitz matrices, loops and TensorFlow's published numbers."""

import itertools
import math
import os
import warnings

import numpy as np
import pytest
import scipy.linalg
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck

from diffimg import images
from diffimg.checks import close
from diffimg.conv import (
    bilinear_kernel,
    conv_matrix,
    conv_output_size,
    conv_transpose_gather,
    conv_transpose_output_size,
    conv_transpose_same,
    conv_transpose_scatter,
    icnr,
    insert_zeros,
    same_padding,
    subpixel_kernel,
)
from diffimg.images import noise
from diffimg.linear import as_matrix, dot_test

VIEWS = [conv_transpose_scatter, conv_transpose_gather]
views = pytest.mark.parametrize("view", VIEWS)
NINE = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def geometries(draw):
    """Size, kernel, stride, padding, dilation and groups of a convolution that has an output."""
    size, k, s = draw(pairs(1, 9)), draw(pairs(1, 5)), draw(pairs(1, 4))
    p, d, groups = draw(pairs(0, 4)), draw(pairs(1, 3)), draw(st.integers(1, 3))
    assume(all(n + 2 * q > e * (m - 1) for n, q, e, m in zip(size, p, d, k, strict=True)))
    kernel = noise((groups * draw(st.integers(1, 2)), draw(st.integers(1, 2)), *k), seed=draw(st.integers(0, 2**31)))
    return size, kernel, dict(stride=s, padding=p, dilation=d, groups=groups)


@pytest.fixture(scope="module")
def keras():
    os.environ["KERAS_BACKEND"] = "torch"
    return pytest.importorskip("keras", minversion="3.15")


# Sizes ----------------------------------------------------------------------------------------------------------------

def tried(n, k, s, p, d):
    """How many places a kernel can be put at, counted."""
    return sum(1 for start in range(-p, n + p) if (start + p) % s == 0 and start + d * (k - 1) < n + p)


def test_the_output_size_counts_the_places_of_the_kernel():
    for n, k, s, p, d in itertools.product(range(1, 9), range(1, 5), range(1, 4), range(3), range(1, 4)):
        if n + 2 * p > d * (k - 1):
            assert conv_output_size(n, k, stride=s, padding=p, dilation=d) == tried(n, k, s, p, d)


def test_the_sizes_of_the_transpose_are_those_that_the_convolution_maps_to_one():
    for k, s, p, d, m in itertools.product(range(1, 5), range(1, 5), range(3), range(1, 3), range(2, 6)):
        sizes = [n for n in range(1, 40) if n + 2 * p > d * (k - 1) and tried(n, k, s, p, d) == m]
        smallest = (m - 1) * s - 2 * p + d * (k - 1) + 1
        if smallest >= 1:
            found = [conv_transpose_output_size(m, k, stride=s, padding=p, dilation=d, output_padding=op)
                     for op in range(s)]
            assert found == sizes == list(range(smallest, smallest + s))


def test_the_claim_that_equal_arguments_restore_the_shape_fails():
    # Dive into Deep Learning, section 14.10, on a convolution and a transposed one with the same hyper-parameters
    m = conv_output_size(17, 5, stride=3, padding=2)
    assert (m, conv_transpose_output_size(m, 5, stride=3, padding=2)) == (6, 16)
    assert conv_transpose_output_size(m, 5, stride=3, padding=2, output_padding=1) == 17


def test_integers_give_an_integer_and_a_pair_gives_a_pair():
    assert conv_output_size(7, 3) == 5
    assert conv_output_size(7, (3, 2)) == conv_output_size((7, 7), (3, 2)) == (5, 6)
    assert conv_output_size(torch.Size([7, 8]), 3) == (5, 6)
    assert conv_transpose_output_size(7, 3, padding=(0, 1)) == (9, 7)


# One-sided padding ----------------------------------------------------------------------------------------------------

four_pads = st.tuples(pairs(0, 3), pairs(0, 3))


@given(size=pairs(1, 8), k=pairs(1, 4), s=pairs(1, 3), d=pairs(1, 3), p=four_pads, seed=st.integers(0, 2**31))
def test_one_sided_padding_is_that_of_pad(size, k, s, d, p, seed):
    assume(all(n + sum(q) > e * (m - 1) for n, q, e, m in zip(size, p, d, k, strict=True)))
    kernel, x = noise((2, 2, *k), seed=seed), noise((1, 2, *size), seed=seed + 1)
    y = F.conv2d(F.pad(x, (*p[1], *p[0])), kernel, stride=s, dilation=d)
    C = conv_matrix(kernel, size, stride=s, padding=p, dilation=d)
    assert conv_output_size(size, k, stride=s, padding=p, dilation=d) == y.shape[-2:]
    assert close(C @ x.flatten(), y.flatten())


def test_two_numbers_stay_height_and_width():
    assert conv_output_size(7, 3, padding=(0, 1)) == (5, 7)
    assert conv_output_size(7, 3, padding=((0, 0), (1, 1))) == (5, 7)
    assert conv_output_size(7, 3, padding=[[0, 0], [1, 1]]) == (5, 7)
    assert conv_output_size(7, 3, padding=((1, 0), (0, 0))) == (6, 5)


@pytest.mark.parametrize("n, k, s, expected", [(224, 7, 2, (2, 3)), (6, 3, 2, (0, 1)), (5, 3, 2, (1, 1)),
                                               (5, 2, 1, (0, 1)),
                                               (8, 2, 4, (0, 0)), (1, 1, 1, (0, 0))])
def test_same_padding_puts_the_smaller_half_first(n, k, s, expected):
    assert same_padding(n, k, stride=s) == same_padding((n, n), (k, k), stride=(s, s)) == (expected, expected)


def test_the_axes_of_same_padding_are_height_and_width():
    assert same_padding((6, 7), (3, 4), stride=(2, 1), dilation=(1, 2)) == ((0, 1), (3, 3))


@given(n=pairs(1, 12), k=pairs(1, 6), s=pairs(1, 4), d=pairs(1, 3))
def test_same_padding_leaves_a_pixel_for_every_stride(n, k, s, d):
    padding = same_padding(n, k, stride=s, dilation=d)
    expected = tuple(math.ceil(m / t) for m, t in zip(n, s, strict=True))
    assert conv_output_size(n, k, stride=s, padding=padding, dilation=d) == expected


@pytest.mark.parametrize("s, d", [(1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (1, 3)])  # TensorFlow has either, not both
@pytest.mark.parametrize("n, k", [((5, 8), 1), ((5, 8), 2), ((6, 7), 3), ((6, 9), 4), ((9, 4), 5), ((9, 7), 6),
                                  ((6, 5), 7)])
def test_a_padded_convolution_is_the_layer_of_keras(keras, n, k, s, d):
    x, kernel = noise((2, 3, *n), seed=k).cpu(), noise((2, 3, k, k), seed=s).cpu()
    with torch.device("cpu"):
        theirs = keras.ops.conv(x.permute(0, 2, 3, 1), kernel.permute(2, 3, 1, 0), strides=s, padding="same",
                                data_format="channels_last", dilation_rate=d)
    (top, bottom), (left, right) = padding = same_padding(n, k, stride=s, dilation=d)
    ours = F.conv2d(F.pad(x, (left, right, top, bottom)), kernel, stride=s, dilation=d)
    assert close(ours, torch.as_tensor(theirs).cpu().permute(0, 3, 1, 2), 1e-10)
    C = conv_matrix(kernel, n, stride=s, padding=padding, dilation=d)
    assert close(C @ x[0].flatten(), ours[0].flatten())


# The matrix -----------------------------------------------------------------------------------------------------------

@settings(max_examples=1000)
@given(case=geometries(), seed=st.integers(0, 2**31))
def test_matrix_scatter_gather_and_pytorch_agree(case, seed):
    size, kernel, options = case
    s, p, d, groups = options.values()
    x = noise((2, kernel.shape[1] * groups, *size), seed=seed)
    C = conv_matrix(kernel, size, **options)
    y = F.conv2d(x, kernel, **options)
    assert tuple(y.shape[-2:]) == conv_output_size(size, tuple(kernel.shape[-2:]), stride=s, padding=p, dilation=d)
    assert close(torch.stack([C @ image.flatten() for image in x]), y.flatten(1))
    # of the sizes that the convolution maps to one, output_padding chooses that of x
    axes = zip(size, p, d, kernel.shape[-2:], s, strict=True)
    extra = tuple((n + 2 * q - e * (k - 1) - 1) % t for n, q, e, k, t in axes)
    g = noise(y.shape, seed=seed + 1)
    transposed = F.conv_transpose2d(g, kernel, None, s, p, extra, groups, d)
    assert transposed.shape == x.shape
    assert close(torch.stack([C.mT @ image.flatten() for image in g]), transposed.flatten(1))
    for view in VIEWS:
        assert close(view(g, kernel, None, s, p, extra, groups, d), transposed)


@views
@given(k=st.integers(1, 3), s=st.integers(1, 2), d=st.integers(2, 5), p=st.integers(0, 2), m=st.integers(1, 4),
       seed=st.integers(0, 99))
def test_more_output_padding_than_the_stride_is_the_transpose_of_a_larger_size(view, k, s, d, p, m, seed):
    assume((m - 1) * s - 2 * p + d * (k - 1) + s >= 1 and s < d)
    kernel = noise((1, 1, k, k), seed=seed)
    for extra in range(s, d):
        n = conv_transpose_output_size(m, k, stride=s, padding=p, output_padding=extra, dilation=d)
        y = noise((1, 1, m, m), seed=seed + 1)
        C = conv_matrix(kernel, n, stride=s, padding=p, dilation=d)
        larger = conv_output_size(n, k, stride=s, padding=p, dilation=d)
        assert larger > m
        extended = F.pad(y, [0, larger - m] * 2)
        expected = (C.mT @ extended.flatten()).reshape(1, 1, n, n)
        assert close(view(y, kernel, None, s, p, extra, 1, d), expected)
        assert close(F.conv_transpose2d(y, kernel, None, s, p, extra, 1, d), expected)


def test_the_matrix_of_the_four_by_four_image():
    rows = conv_matrix(NINE, 4).to_dense().int().tolist()
    first = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0]
    assert rows == [first[-shift:] + first[:-shift] if shift else first for shift in (0, 1, 4, 5)]


def test_the_matrix_is_doubly_block_toeplitz():
    n, kernel = 6, noise((1, 1, 3, 3), seed=0)
    C = conv_matrix(kernel, n).to_dense().reshape(4, 4, 6, 6)
    for i, j in itertools.product(range(4), range(6)):
        u = j - i
        row = np.zeros(6) if not 0 <= u < 3 else np.append(kernel[0, 0, u].cpu(), np.zeros(3))
        block = scipy.linalg.toeplitz(np.append(row[0], np.zeros(3)), row)
        assert np.array_equal(C[i, :, j].cpu().numpy(), block)


@given(case=geometries())
def test_the_matrix_is_what_the_columns_of_conv2d_say(case):
    size, kernel, options = case
    shape = (kernel.shape[1] * options["groups"], *size)
    C = conv_matrix(kernel, size, **options)
    assert close(C.to_dense(), as_matrix(lambda x: F.conv2d(x[None], kernel, **options), shape), 0.0)


def test_the_matrix_is_a_valid_csr_tensor_whose_numbers_are_counted():
    C = conv_matrix(noise((2, 3, 3, 3), seed=0), (7, 5), stride=(2, 1), padding=1)
    torch._validate_sparse_csr_tensor_args(C.crow_indices(), C.col_indices(), C.values(), C.shape)
    assert C.layout == torch.sparse_csr and C.shape == (2 * 4 * 5, 3 * 7 * 5)
    # the rows of the image that three rows of the kernel meet: 2 + 3 + 3 + 2 of 4 outputs; columns 2 + 3 + 3 + 3 + 2
    assert len(C.values()) == 2 * 3 * 10 * 13
    assert conv_matrix(torch.zeros(1, 1, 3, 3), 4).values().shape == (36,)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_the_matrix_has_the_dtype_of_the_kernel(dtype):
    assert conv_matrix(NINE.to(dtype), 4).dtype == dtype


def test_the_matrix_is_built_without_a_warning():
    torch.set_warn_always(True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        conv_matrix(NINE, 4)


def test_memory_is_proportional_to_the_stored_numbers():
    # A dense 512 x 512 image to 512 x 512 would take half a terabyte, one vector of that length is nothing.
    C = conv_matrix(NINE.float(), 512, padding=1)
    assert C.shape == (512**2, 512**2) and len(C.values()) == (3 * 512 - 2)**2


# Gradients ------------------------------------------------------------------------------------------------------------

def test_the_matrix_is_differentiable_in_the_kernel():
    kernel, x = noise((2, 1, 2, 3), seed=0).requires_grad_(), noise((2, 4, 5), seed=1)
    options = dict(stride=(2, 1), padding=1, groups=2)

    def weighed(k):
        return conv_matrix(k, (4, 5), **options) @ x.flatten()

    def transposed(k):
        C = conv_matrix(k, (4, 5), **options)
        return C.mT @ noise((C.shape[0],), seed=2)

    assert gradcheck(weighed, kernel) and gradcheck(transposed, kernel)
    assert gradcheck(lambda k: conv_matrix(k, (4, 5), **options).values().square(), kernel)
    theirs, = torch.autograd.grad(F.conv2d(x, kernel, **options).square().sum(), kernel)
    ours, = torch.autograd.grad(weighed(kernel).square().sum(), kernel)
    assert close(ours, theirs)


@views
def test_both_views_have_exact_gradients(view):
    y, kernel = noise((1, 4, 3, 2), seed=0).requires_grad_(), noise((4, 1, 2, 3), seed=1).requires_grad_()
    bias = noise((2,), seed=2).requires_grad_()

    def f(*arguments):
        return view(*arguments, (2, 3), 1, (1, 2), 2, (1, 2))

    assert gradcheck(f, (y, kernel, bias)) and gradgradcheck(f, (y, kernel, bias))


@views
def test_the_backward_pass_is_the_convolution(view):
    kernel = noise((3, 2, 3, 2), seed=0)

    def f(y):
        return view(y, kernel, None, 2, 1, 1)

    assert dot_test(f, lambda x: F.conv2d(x, kernel, stride=2, padding=1), (2, 3, 4, 5)) < 1e-15
    assert dot_test(f, lambda x: F.conv2d(x, kernel.flip(-1), stride=2, padding=1), (2, 3, 4, 5)) > 1e-3


def test_inserting_zeros_is_the_transpose_of_keeping_every_third():
    assert dot_test(lambda x: x[..., ::2, ::3], lambda y: insert_zeros(y, (2, 3)), (2, 5, 7)) < 1e-15
    assert gradcheck(lambda y: insert_zeros(y, (2, 3)), noise((2, 2, 3), seed=0).requires_grad_())
    assert close(insert_zeros(NINE, 1), NINE, 0.0)


def test_the_other_gradients():
    x, weight = noise((1, 2, 3, 3), seed=0).requires_grad_(), noise((2, 3, 3, 2), seed=1).requires_grad_()
    assert gradcheck(lambda x, w: conv_transpose_same(x, w, 2), (x, weight))
    filters = noise((8, 2, 3, 3), seed=2).requires_grad_()
    assert gradcheck(lambda w: subpixel_kernel(w, 2), filters) and gradcheck(lambda w: icnr(w, 2), filters)


# Arguments of F.conv_transpose2d --------------------------------------------------------------------------------------

@views
def test_bias_and_images_without_batch(view):
    y, kernel, bias = noise((3, 4, 5), seed=0), noise((3, 2, 3, 3), seed=1), noise((2,), seed=2)
    assert close(view(y, kernel, bias, 2), F.conv_transpose2d(y, kernel, bias, 2))
    assert close(view(y[None], kernel, bias, stride=2, padding=1, output_padding=1),
                 F.conv_transpose2d(y[None], kernel, bias, stride=2, padding=1, output_padding=1))


@views
def test_padding_may_cut_into_the_stamps(view):
    y, kernel = noise((1, 1, 5, 5), seed=0), noise((1, 1, 2, 2), seed=1)
    for p in (2, 3, 4):
        assert close(view(y, kernel, None, 3, p), F.conv_transpose2d(y, kernel, None, 3, p))


@views
def test_float32_and_empty_batches(view):
    y, kernel = noise((2, 3, 4, 4), seed=0).float(), noise((3, 2, 3, 3), seed=1).float()
    assert view(y, kernel, None, 2).dtype == torch.float32
    assert close(view(y, kernel, None, 2), F.conv_transpose2d(y, kernel, None, 2), 1e-5)
    assert view(y[:0], kernel, None, 2).shape == (0, 2, 9, 9)


# SAME -----------------------------------------------------------------------------------------------------------------

def test_same_gives_the_published_numbers():
    # tf.nn.conv2d_transpose of [[1, 2], [3, 4]] with a 3x3 kernel of ones, stride 2, SAME, output 4x4
    published = torch.tensor([[1., 1, 3, 2], [1, 1, 3, 2], [4, 4, 10, 6], [3, 3, 7, 4]])
    x, ones = torch.tensor([[[[1., 2.], [3., 4.]]]]), torch.ones(1, 1, 3, 3)
    assert close(conv_transpose_same(x, ones, 2)[0, 0], published, 0.0)
    # what PyTorch gives with the same size, and what Keras before 3.15 gave on PyTorch: shifted by a pixel
    shifted = F.conv_transpose2d(x, ones, stride=2, padding=1, output_padding=1)[0, 0]
    assert shifted.tolist() == [[1, 3, 2, 2], [4, 10, 6, 6], [3, 7, 4, 4], [3, 7, 4, 4]]


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("k", range(1, 8))
def test_same_is_that_of_keras(keras, k, stride):
    x, kernel = noise((2, 3, 4, 5), seed=k).cpu(), noise((3, 2, k, k), seed=stride).cpu()
    with torch.device("cpu"):
        theirs = keras.ops.conv_transpose(x.permute(0, 2, 3, 1), kernel.permute(2, 3, 1, 0), strides=stride,
                                          padding="same", data_format="channels_last")
    ours = conv_transpose_same(x, kernel, stride)
    assert ours.shape == (2, 2, 4 * stride, 5 * stride)
    assert close(ours, torch.as_tensor(theirs).cpu().permute(0, 3, 1, 2), 1e-10)


@given(n=pairs(1, 6), k=pairs(1, 7), s=pairs(1, 5), seed=st.integers(0, 2**31))
def test_same_is_the_transpose_of_the_padded_convolution(n, k, s, seed):
    # TensorFlow's forward rule: max(k - s, 0) zeros for sizes that the stride divides, the smaller half before
    x, kernel = noise((1, 2, n[0] * s[0], n[1] * s[1]), seed=seed), noise((3, 2, *k), seed=seed)
    beyond = [max(m - t, 0) for m, t in zip(k, s, strict=True)]
    around = [beyond[1] // 2, beyond[1] - beyond[1] // 2, beyond[0] // 2, beyond[0] - beyond[0] // 2]

    def forward(x):
        return F.conv2d(F.pad(x, around), kernel, stride=s)

    assert dot_test(forward, lambda y: conv_transpose_same(y, kernel, s), tuple(x.shape)) < 1e-14


@pytest.mark.parametrize("dilation", [2, 3, (1, 2)])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("k", [(1, 7), (2, 6), (3, 5), (4, 4)])
def test_same_with_dilation_is_that_of_keras(keras, k, stride, dilation):
    x, kernel = noise((2, 3, 4, 5), seed=k[0]).cpu(), noise((3, 2, *k), seed=stride).cpu()
    with torch.device("cpu"):
        theirs = keras.ops.conv_transpose(x.permute(0, 2, 3, 1), kernel.permute(2, 3, 1, 0), strides=stride,
                                          padding="same", data_format="channels_last", dilation_rate=dilation)
    ours = conv_transpose_same(x, kernel, stride, dilation=dilation)
    assert close(ours, torch.as_tensor(theirs).cpu().permute(0, 3, 1, 2), 1e-10)


@given(n=pairs(1, 5), k=pairs(1, 5), s=pairs(1, 4), d=pairs(1, 3), groups=st.integers(1, 3), seed=st.integers(0, 2**31))
def test_same_with_dilation_and_groups_is_the_transpose_of_the_padded_convolution(n, k, s, d, groups, seed):
    size = tuple(m * t for m, t in zip(n, s, strict=True))
    kernel = noise((2 * groups, 2, *k), seed=seed)
    (top, bottom), (left, right) = same_padding(size, k, stride=s, dilation=d)

    def forward(x):
        return F.conv2d(F.pad(x, (left, right, top, bottom)), kernel, stride=s, dilation=d, groups=groups)

    def transposed(y):
        return conv_transpose_same(y, kernel, s, dilation=d, groups=groups)

    assert dot_test(forward, transposed, (1, 2 * groups, *size)) < 1e-14


@pytest.mark.parametrize("k, stride", [((3, 4), (2, 2)), ((2, 5), (3, 1)), ((4, 4), (2, 3))])
def test_jax_correlates_with_inserted_zeros_and_transposes_when_told(k, stride):
    lax = pytest.importorskip("jax").lax  # what chapter "conv/transposed" says of it
    y, kernel = noise((2, 4, 5, 3), seed=0).float().cpu(), noise((*k, 3, 2), seed=1).float().cpu()

    def theirs(kernel, padding="VALID", **options):
        z = lax.conv_transpose(y.numpy(), kernel.numpy(), stride, padding,
                               dimension_numbers=("NHWC", "HWIO", "NHWC"), **options)
        return torch.as_tensor(np.array(z)).permute(0, 3, 1, 2)

    def ours(weight, **options):
        return F.conv_transpose2d(y.permute(0, 3, 1, 2), weight, stride=stride, **options)

    beyond = [max(s - n, 0) for n, s in zip(k, stride, strict=True)]  # VALID counts a longer result, as Keras does
    turned = kernel.permute(2, 3, 0, 1).flip(-1, -2)
    assert close(theirs(kernel), ours(turned, output_padding=beyond), 1e-5)
    assert close(theirs(kernel, [(1, 1), (0, 0)]), ours(turned, padding=(k[0] - 2, k[1] - 1)), 1e-5)
    swapped = kernel.permute(0, 1, 3, 2)                              # the layout of the convolution that is transposed
    plain = ours(kernel.permute(2, 3, 0, 1), output_padding=beyond)
    assert close(theirs(swapped, transpose_kernel=True), plain, 1e-5)


def test_each_group_of_same_sees_its_own_channels():
    x, kernel = noise((2, 6, 3, 4), seed=0), noise((6, 2, 4, 3), seed=1)
    parts = [conv_transpose_same(x[:, i:i + 2], kernel[i:i + 2], (3, 2), dilation=2) for i in (0, 2, 4)]
    assert close(conv_transpose_same(x, kernel, (3, 2), dilation=2, groups=3), torch.cat(parts, 1))


# Compilers, transforms, precision, sizes of other kinds ---------------------------------------------------------------

def scattered(x, weight):
    return conv_transpose_scatter(x, weight, None, (2, 3), 1, 1, 2, (1, 2))


def gathered(x, weight):
    return conv_transpose_gather(x, weight, None, (2, 3), 1, 1, 2, (1, 2))


def same(x, weight):
    return conv_transpose_same(x, weight, 2, dilation=2, groups=2)


def padded(x, weight):
    (top, bottom), (left, right) = same_padding(x.shape[-2:], weight.shape[-2:], stride=3)
    return F.conv2d(F.pad(x, (left, right, top, bottom)), weight.transpose(0, 1)[:, :2], stride=3, groups=2)[:, :2]


def drawn(x, weight):
    return insert_zeros(x, (2, 3)) * weight.mean() + x.new_zeros(conv_output_size(
        conv_transpose_output_size(x.shape[-2:], 1, stride=(2, 3)), 3, padding=((1, 1), (0, 2))))


def filters(x, weight):
    return subpixel_kernel(icnr(weight, 2), 2) * x.mean()


FUNCTIONS = pytest.mark.parametrize("f", [scattered, gathered, same, padded, drawn, filters], ids=lambda f: f.__name__)


def arguments(*size, dtype=torch.float64):
    return noise((2, 4, *(size or (5, 6))), seed=0).to(dtype), noise((4, 4, 3, 2), seed=1).to(dtype)


def module(f):
    wrapped = torch.nn.Module()
    wrapped.forward = f
    return wrapped


@FUNCTIONS
@pytest.mark.parametrize("dynamic", [False, True])
def test_they_compile_without_a_break(f, dynamic):
    torch.compiler.reset()
    assert close(torch.compile(f, fullgraph=True, backend="eager", dynamic=dynamic)(*arguments()), f(*arguments()))


@FUNCTIONS
def test_they_export_with_sizes_that_are_not_known_yet(f):
    free = {axis: torch.export.Dim.DYNAMIC for axis in (0, 2, 3)}
    program = torch.export.export(module(f), arguments(), strict=False, dynamic_shapes=(free, None)).module()
    for size in ((5, 6), (9, 8), (7, 15)):
        assert close(program(*arguments(*size)), f(*arguments(*size)))


@FUNCTIONS
def test_vmap_takes_either_argument(f):
    x, weight = arguments()
    factors = torch.tensor([1.0, -2.0, 3.0])
    for dims in ((0, None), (None, 0)):
        many = [t if dim is None else t * factors.view(3, 1, 1, 1, 1) for t, dim in zip((x, weight), dims, strict=True)]
        expected = [f(*(m if dim is None else m[i] for m, dim in zip(many, dims, strict=True))) for i in range(3)]
        assert close(torch.vmap(f, in_dims=dims)(*many), torch.stack(expected))


@FUNCTIONS
def test_they_have_second_derivatives(f):
    x, weight = noise((1, 4, 2, 3), seed=0).requires_grad_(), noise((4, 4, 2, 1), seed=1).requires_grad_()
    assert gradgradcheck(f, (x, weight))


@pytest.mark.parametrize("f", [scattered, gathered, same], ids=lambda f: f.__name__)
def test_autocast_changes_nothing(f, device):
    x, weight = arguments(dtype=torch.float32)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        inside = f(x, weight)
        assert F.conv_transpose2d(x, weight).dtype == torch.bfloat16  # what would have happened
    assert inside.dtype == torch.float32 and close(inside, f(x, weight), 0.0)


@FUNCTIONS
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_and_is_right_to_its_digits(f, dtype):
    x, weight = arguments(dtype=dtype)
    result = f(x, weight)
    assert result.dtype == dtype
    assert float((result.double() - f(x.double(), weight.double())).abs().max()) < 40 * torch.finfo(dtype).eps


@pytest.mark.parametrize("f", [scattered, gathered, same, drawn], ids=lambda f: f.__name__)
def test_an_empty_batch_keeps_its_shape_and_the_graph(f):
    x, weight = arguments()
    weight.requires_grad_()
    empty = f(x[:0], weight)
    assert empty.shape == (0, *f(x, weight).shape[1:])
    assert close(torch.autograd.grad(empty.sum(), weight)[0], torch.zeros_like(weight), 0.0)


def test_numpy_integers_are_integers():
    one, two, seven = np.int64(1), np.int32(2), np.uint8(7)
    size = conv_output_size(seven, np.int64(3), stride=two, padding=one)
    assert size == 4 and type(size) is int
    assert conv_output_size((seven, 8), 3, padding=((one, 0), (0, two))) == (6, 8)
    padding = same_padding(np.int64(224), np.int64(7), stride=two)
    assert padding == ((2, 3), (2, 3)) and type(padding[0][0]) is int
    assert type(conv_transpose_output_size(seven, 3, stride=two)) is int
    x, weight = arguments()
    assert conv_matrix(weight, (seven, 6), stride=two, groups=two).shape == (4 * 3 * 3, 8 * 7 * 6)
    for view in VIEWS:
        assert close(view(x, weight, None, two, one, one, two, one), view(x, weight, None, 2, 1, 1, 2, 1), 0.0)
    assert close(conv_transpose_same(x, weight, two, dilation=two, groups=two), same(x, weight), 0.0)
    assert insert_zeros(x, two).shape == (2, 4, 9, 11)
    assert bilinear_kernel(two, two).shape == (2, 1, 4, 4)
    assert icnr(weight, two).shape == (16, 4, 3, 2) and subpixel_kernel(weight, two).shape == (4, 1, 6, 4)


@views
def test_a_nan_reaches_no_further_than_the_kernel(view):
    x, weight = noise((1, 1, 5, 6), seed=0), torch.ones(1, 1, 2, 3)
    x[0, 0, 2, 3] = float("nan")
    theirs = F.conv_transpose2d(x, weight, stride=2)
    assert torch.equal(view(x, weight, None, 2).isnan(), theirs.isnan()) and theirs.isnan().sum() == 2 * 3


def test_the_backward_pass_of_the_matrix_is_dense_only_for_the_kernel():
    def most_allocated(kernel, x):
        with torch.profiler.profile(profile_memory=True, activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            (conv_matrix(kernel, 32, padding=1) @ x).sum().backward()
        return max(event.cpu_memory_usage for event in profile.events())

    kernel, x, dense = noise((1, 1, 3, 3), seed=0).cpu(), noise((1024,), seed=1).cpu(), 8 * 1024**2
    with torch.device("cpu"):
        assert most_allocated(kernel, x.clone().requires_grad_()) < dense / 10
        assert most_allocated(kernel.clone().requires_grad_(), x) >= dense


# Interpolation, sub-pixels --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 8, (2, 3), (1, 4)])
def test_the_bilinear_kernel_interpolates(factor):
    photo = images.load("astronaut", size=(12, 10))
    r = (factor, factor) if isinstance(factor, int) else factor
    kernel, p = bilinear_kernel(factor, 3), tuple(math.ceil((f - 1) / 2) for f in r)
    enlarged = F.interpolate(photo, scale_factor=r, mode="bilinear")
    extended = F.pad(photo, [1] * 4, mode="replicate")
    ours = F.conv_transpose2d(extended, kernel, stride=r, padding=p, groups=3)
    assert close(ours[..., r[0]:-r[0], r[1]:-r[1]], enlarged)
    bare = F.conv_transpose2d(photo, kernel, stride=r, padding=p, groups=3)
    inside = (..., slice(r[0], -r[0]), slice(r[1], -r[1]))
    assert bare.shape == enlarged.shape and close(bare[inside], enlarged[inside])
    if max(r) > 1:
        assert float((bare - enlarged).abs().max()) > 0.05


def test_the_bilinear_kernel_of_fcn():
    assert bilinear_kernel(32, 2).shape == (2, 1, 64, 64)
    assert conv_transpose_output_size(13, 64, stride=32, padding=16) == 416
    assert bilinear_kernel(2, 1, dtype=torch.float32).dtype == torch.float32


@given(r=st.integers(1, 4), k=pairs(1, 4), c=st.integers(1, 2), seed=st.integers(0, 2**31))
def test_a_subpixel_convolution_is_one_transposed_convolution(r, k, c, seed):
    x, weight = noise((2, 3, 6, 5), seed=seed), noise((c * r * r, 3, *k), seed=seed + 1)
    for p in range(min(k)):
        p = (p, p)
        shuffled = F.pixel_shuffle(F.conv2d(x, weight, padding=p), r)
        padding = tuple(r * (m - 1 - q) for m, q in zip(k, p, strict=True))
        assert close(F.conv_transpose2d(x, subpixel_kernel(weight, r), stride=r, padding=padding), shuffled)


@given(r=st.integers(1, 4), seed=st.integers(0, 2**31))
def test_icnr_starts_as_nearest_neighbour(r, seed):
    x, weight = noise((2, 3, 6, 5), seed=seed), noise((2, 3, 3, 3), seed=seed + 1)
    shuffled = F.pixel_shuffle(F.conv2d(x, icnr(weight, r), padding=1), r)
    expected = F.conv2d(x, weight, padding=1).repeat_interleave(r, -1).repeat_interleave(r, -2)
    assert close(shuffled, expected)


# Bad input ------------------------------------------------------------------------------------------------------------

IMAGE, WEIGHT = torch.ones(1, 2, 4, 4, dtype=torch.float64), torch.ones(2, 3, 3, 3, dtype=torch.float64)
BAD = [
    (lambda: conv_output_size(4, 5), ValueError,
     "kernel_size 5 with dilation 1 spans d.k - 1. . 1 = 5 pixels, in_size 4"),
    (lambda: conv_output_size(4, 3, padding=1, dilation=3), ValueError,
     "spans .* = 7 pixels, in_size 4 with padding 1 has n . 2p = 6"),
    (lambda: conv_output_size(4, 3, stride=0), ValueError, "stride is 0, expected 1 or more"),
    (lambda: conv_output_size(4, 3, stride=(1, -1)), ValueError, r"stride is \(1, -1\), expected 1 or more"),
    (lambda: conv_output_size(4, 3, padding=-1), ValueError, "padding is -1, expected 0 or more"),
    (lambda: conv_output_size(4, 3, padding="same"), TypeError, "padding is 'same', expected an integer, or two"),
    (lambda: conv_output_size(4.0, 3), TypeError, "in_size is 4.0, expected an integer"),
    (lambda: conv_output_size(True, 3), TypeError, "in_size is True, expected an integer"),
    (lambda: conv_output_size(4, 3, padding=(0, 1, 0, 1)), TypeError,
     r"padding is \(0, 1, 0, 1\).*or \(\(top, bottom\), \(left, right\)\)"),
    (lambda: conv_output_size(4, 3, padding=((0, 1), 1)), TypeError, r"padding is \(\(0, 1\), 1\)"),
    (lambda: conv_output_size(4, 3, padding=((0, 1), (0, -1))), ValueError, r"padding\[1\] is \(0, -1\), expected 0"),
    (lambda: conv_output_size(3, 5, padding=((0, 1), (2, 2))), ValueError,
     r"in_size 3 with padding \(0, 1\) has n . 0 . 1 = 4"),
    (lambda: conv_transpose_output_size(3, 3, padding=((0, 1), (0, 1))), TypeError, "padding is"),
    (lambda: same_padding(0, 3), ValueError, "in_size is 0, expected 1 or more"),
    (lambda: same_padding(4, 3, dilation=0), ValueError, "dilation is 0"),
    (lambda: conv_transpose_same(IMAGE, WEIGHT.float(), 2), TypeError, "x is torch.float64, kernel torch.float32"),
    (lambda: conv_transpose_same(IMAGE.int(), WEIGHT, 2), TypeError, "x is a torch.int32 tensor"),
    (lambda: conv_transpose_same(IMAGE, WEIGHT, 2, groups=3), ValueError, "x and kernel do not fit: .* groups is 3"),
    (lambda: conv_matrix(NINE * torch.tensor(1j), 4), TypeError, "kernel is a torch.complex64 tensor, expected a real"),
    (lambda: conv_output_size((1, 2, 3), 3), TypeError, "in_size is"),
    (lambda: conv_transpose_output_size(3, 3, stride=2, output_padding=2), ValueError,
     "output_padding is 2 with stride 2 and dilation 1, expected less than the larger"),
    (lambda: conv_transpose_output_size(1, 3, padding=2), ValueError,
     r"padding 2 cuts off everything: .* = -1 with n = 1"),
    (lambda: conv_matrix(NINE.int(), 4), TypeError, "kernel is a torch.int32 tensor"),
    (lambda: conv_matrix(NINE[0], 4), ValueError, r"kernel has shape \(1, 3, 3\), expected four axes"),
    (lambda: conv_matrix(NINE, 2), ValueError, "the kernel is larger than the padded image"),
    (lambda: conv_matrix(NINE, 4, groups=2), ValueError,
     "kernel has 1 output channels, expected a multiple of groups = 2"),
    (lambda: conv_matrix(NINE, 4, groups=0), ValueError, "groups is 0"),
    (lambda: insert_zeros(torch.ones(3), 2), ValueError, r"x has shape \(3,\), expected \(..., H, W\)"),
    (lambda: insert_zeros(torch.ones(3, 3), 0), ValueError, "stride is 0"),
    (lambda: insert_zeros(torch.ones(3, 3, dtype=torch.uint8), 2), TypeError, "x is a uint8 tensor"),
    (lambda: bilinear_kernel(0, 1), ValueError, "factor is 0"),
    (lambda: bilinear_kernel(2, 0), ValueError, "channels is 0, expected at least one channel"),
    (lambda: subpixel_kernel(WEIGHT, 2), ValueError, r"weight has 2 filters, expected a multiple of factor\^2 = 4"),
    (lambda: icnr(WEIGHT[0], 2), ValueError, "weight has shape"),
    (lambda: icnr(WEIGHT, 0), ValueError, "factor is 0"),
    (lambda: conv_transpose_same(IMAGE, WEIGHT[:1], 2), ValueError, "input has 2 channels, weight 1"),
]


@pytest.mark.parametrize("call, error, words", BAD)
def test_bad_input_is_refused_with_the_rule_and_the_numbers(call, error, words):
    with pytest.raises(error, match=words) as refusal:
        call()
    assert len(str(refusal.value)) < 230


@views
@pytest.mark.parametrize("change, error, words", [
    (dict(input=IMAGE[:, :1]), ValueError, "input has 1 channels, weight 2 on its first axis"),
    (dict(groups=3), ValueError, "groups is 3: expected weight .C_in, C_out / groups"),
    (dict(input=IMAGE[0, 0]), ValueError, r"input has shape \(4, 4\), expected \(B, C, H, W\) or \(C, H, W\)"),
    (dict(input=IMAGE.byte()), TypeError, "input is a uint8 tensor"),
    (dict(input=IMAGE.float()), TypeError, "input is torch.float32, weight torch.float64"),
    (dict(weight=WEIGHT[0]), ValueError, "weight has shape"),
    (dict(bias=torch.ones(2)), ValueError, "bias has shape .*each of the 3 output channels"),
    (dict(bias=torch.ones(3, dtype=torch.float32)), TypeError, "bias is torch.float32, weight torch.float64"),
    (dict(bias=[1.0, 2.0, 3.0]), TypeError, "bias is a list"),
    (dict(stride=0), ValueError, "stride is 0"),
    (dict(stride=2, output_padding=2), ValueError, "output_padding is 2"),
    (dict(padding=-1), ValueError, "padding is -1"),
    (dict(padding=3), ValueError, "padding 3 cuts off everything"),
])
def test_bad_arguments_of_the_views_are_refused(view, change, error, words):
    arguments = dict(input=IMAGE, weight=WEIGHT) | change
    with pytest.raises(error, match=words):
        view(**arguments)
