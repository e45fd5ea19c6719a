"""Matrices of linear maps, their transposes, the dot test and the norm, against explicit matrices and loops."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from diffimg.checks import close
from diffimg.images import noise
from diffimg.linear import adjoint, as_matrix, dot_test, operator_norm

sides = st.integers(1, 6)
seeds = st.integers(0, 2**31)


def gradient(u):
    """Forward differences of an (H, W) image, the last one 0: (2, H, W)."""
    return torch.stack([F.pad(u[1:] - u[:-1], (0, 0, 0, 1)), F.pad(u[:, 1:] - u[:, :-1], (0, 1))])


def minus_divergence(p):
    """The transpose of gradient: each difference p flows out of one pixel and into the next."""
    down, right = p[0, :-1], p[1, :, :-1]
    return F.pad(down, (0, 0, 1, 0)) - F.pad(down, (0, 0, 0, 1)) + F.pad(right, (1, 0)) - F.pad(right, (0, 1))


def correlate(x, kernel):
    return F.conv2d(x[None, None], kernel[None, None], padding=1)[0, 0]


# as_matrix ------------------------------------------------------------------------------------------------------------

@given(m=sides, n=sides, seed=seeds)
def test_the_matrix_of_a_matrix_product_is_the_matrix(m, n, seed):
    matrix = noise((m, n), seed=seed)
    assert torch.allclose(as_matrix(lambda x: matrix @ x, (n,)), matrix, rtol=0, atol=1e-15)


@given(h=sides, w=sides, seed=seeds)
def test_the_matrix_applied_to_the_flattened_image_is_the_function(h, w, seed):
    kernel, x = noise((3, 3), seed=seed), noise((h, w), seed=seed + 1)
    f = lambda x: correlate(x, kernel).flip(0)
    assert torch.allclose(as_matrix(f, (h, w)) @ x.flatten(), f(x).flatten(), rtol=0, atol=1e-12)


def test_the_matrix_of_a_convolution_has_the_kernel_where_loops_over_the_pixels_put_it():
    h, w, kernel = 4, 5, noise((3, 3), seed=1)
    expected = torch.zeros(h * w, h * w)
    for i in range(h):
        for j in range(w):
            for a in (-1, 0, 1):
                for b in (-1, 0, 1):
                    if 0 <= i + a < h and 0 <= j + b < w:
                        expected[i * w + j, (i + a) * w + j + b] = kernel[a + 1, b + 1]
    assert torch.equal(as_matrix(lambda x: correlate(x, kernel), (h, w)), expected)


def test_pixel_row_column_is_element_row_times_width_plus_column():
    assert as_matrix(lambda x: x[1, 2], (3, 5)).flatten().nonzero().item() == 1 * 5 + 2


def test_f_is_called_once_for_each_element_and_once_to_check_linearity():
    calls = []
    as_matrix(lambda x: calls.append(1) or 2 * x, (2, 3))
    assert len(calls) == 2 * 3 + 1


def test_the_matrix_is_differentiable_in_the_kernel():
    kernel = noise((3, 3), seed=2).requires_grad_()
    assert gradcheck(lambda k: as_matrix(lambda x: correlate(x, k), (3, 4)), kernel)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_matrix_has_the_dtype_asked_for(dtype):
    matrix = as_matrix(lambda x: x.cumsum(0), (50,), dtype=dtype)
    assert matrix.dtype == dtype and torch.equal(matrix, torch.ones(50, 50, dtype=dtype).tril())


def test_a_matrix_above_one_gibibyte_is_refused_with_the_alternative():
    with pytest.raises(ValueError, match=r"12100 x 12100 and take 1\.1 GiB.*smaller in_shape.*adjoint"):
        as_matrix(lambda x: x, (110, 110))


@pytest.mark.parametrize("f", [torch.abs, torch.relu, torch.square, lambda x: x + 1, lambda x: x + 1e-6,
                               lambda x: x.sort().values, lambda x: x / x.norm()],
                         ids=["abs", "relu", "square", "x+1", "x+1e-6", "sort", "normalise"])
def test_a_nonlinear_function_is_refused(f):
    with pytest.raises(ValueError, match="f is not linear"):
        as_matrix(f, (6,))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("f", [lambda x: x.clamp(-100, 100), lambda x: x.clamp(-1e6, 1e6), lambda x: x.clamp(min=-100),
                               lambda x: x.clamp(max=1e4), lambda x: x.half().to(x.dtype), torch.round, F.relu6],
                         ids=["clamp", "wide clamp", "lower clamp", "upper clamp", "half", "round", "relu6"])
def test_a_function_that_saturates_or_rounds_is_refused(f, dtype):
    with pytest.raises(ValueError, match="f is not linear"):
        as_matrix(f, (4,), dtype=dtype)


def test_half_precision_has_a_matrix_too_and_saturations_show():
    matrix = as_matrix(lambda x: 60 * x.flip(0), (3,), dtype=torch.float16)
    assert matrix.dtype == torch.float16 and matrix.tolist() == [[0, 0, 60], [0, 60, 0], [60, 0, 0]]
    with pytest.raises(ValueError, match="f is not linear"):
        as_matrix(lambda x: x.clamp(-10, 10), (4,), dtype=torch.float16)


@pytest.mark.parametrize("dtype, smallest", [(torch.float32, 1e-3), (torch.float64, 1e-12)])
def test_a_thousand_roundings_are_not_linear(dtype, smallest):
    with pytest.raises(ValueError, match="f is not linear"):
        as_matrix(lambda x: x + smallest * x.abs(), (6,), dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_roundings_of_a_long_computation_are_linear(dtype):
    a = torch.tensor(1.0, dtype=dtype)

    def turned(x):
        for _ in range(1000):
            x = torch.stack([a.cos() * x[0] - a.sin() * x[1], a.sin() * x[0] + a.cos() * x[1]])
        return x

    angle = torch.tensor(1000.0)
    expected = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    assert close(as_matrix(turned, (2,), dtype=dtype), expected.to(dtype), 1000 * torch.finfo(dtype).eps)


def test_zeros_have_no_sign():
    assert not as_matrix(lambda x: x.flip(0), (4,)).signbit().any()


@pytest.mark.parametrize("user", [as_matrix, operator_norm, lambda f, s: adjoint(f, s)(torch.ones(3, 4)),
                                  lambda f, s: dot_test(f, f, s)],
                         ids=["as_matrix", "operator_norm", "adjoint", "dot_test"])
def test_numpy_integers_are_a_shape(user):
    user(lambda x: 2 * x, (np.int64(3), np.int32(4)))
    user(lambda x: 2 * x, torch.Size((3, 4)))


@pytest.mark.parametrize("user", [as_matrix, operator_norm, lambda f, s, dtype: dot_test(f, f, s, dtype=dtype)])
@pytest.mark.parametrize("dtype", [torch.int64, torch.complex64, None])
def test_a_dtype_that_is_not_real_and_floating_is_refused(user, dtype):
    with pytest.raises(TypeError, match=f"dtype is {dtype}, expected a real floating point one"):
        user(lambda x: x, (3,), dtype=dtype)


def test_autocast_changes_nothing(device):
    kernel, y = noise((3, 3), seed=0).float(), noise((4, 5), seed=1).float()
    f = lambda x: correlate(x, kernel)
    flipped = lambda y: correlate(y, kernel.flip(0, 1))
    matrix, backward = as_matrix(f, (4, 5), dtype=torch.float32), adjoint(f, (4, 5))(y)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        assert correlate(y, kernel).dtype == torch.bfloat16
        assert torch.equal(as_matrix(f, (4, 5), dtype=torch.float32), matrix)
        assert torch.equal(adjoint(f, (4, 5))(y), backward)
        assert dot_test(f, flipped, (4, 5), dtype=torch.float32) < 1e-6
        norm = operator_norm(f, (4, 5), dtype=torch.float32, tol=1e-4)
    assert norm == pytest.approx(float(torch.linalg.matrix_norm(matrix, 2)), rel=1e-4)


@pytest.mark.parametrize("user", [as_matrix, adjoint, operator_norm, lambda f, s: dot_test(f, f, s)],
                         ids=["as_matrix", "adjoint", "operator_norm", "dot_test"])
@pytest.mark.parametrize("shape, error, message", [
    (5, TypeError, "in_shape is 5, expected .* tuple of integers"),
    ((3.0, 4), TypeError, r"in_shape is \(3\.0, 4\), expected"),
    ((0, 3), ValueError, r"in_shape is \(0, 3\), expected at least one element"),
])
def test_a_bad_in_shape_is_named(user, shape, error, message):
    with pytest.raises(error, match=message):
        user(lambda x: x, shape)


# adjoint --------------------------------------------------------------------------------------------------------------

@given(m=sides, n=sides, seed=seeds)
def test_the_adjoint_of_a_matrix_is_its_transpose(m, n, seed):
    matrix = noise((m, n), seed=seed)
    assert torch.allclose(as_matrix(adjoint(lambda x: matrix @ x, (n,)), (m,)), matrix.mT, rtol=0, atol=1e-15)


def test_the_adjoint_of_the_gradient_is_minus_the_divergence():
    p = noise((2, 4, 5), seed=0)
    assert torch.allclose(adjoint(gradient, (4, 5))(p), minus_divergence(p), rtol=0, atol=1e-14)


def test_the_adjoint_sends_nothing_to_elements_that_f_does_not_read():
    assert adjoint(lambda x: x[:2], (4,))(torch.tensor([5.0, 6.0])).tolist() == [5, 6, 0, 0]


def test_the_adjoint_of_a_zero_map_is_zero_even_if_f_does_not_read_its_argument():
    kernel = noise((3,), seed=0).requires_grad_()
    assert adjoint(lambda x: 0 * kernel, (2,))(torch.ones(3)).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_adjoint_has_the_dtype_of_y(dtype):
    assert adjoint(lambda x: 2 * x, (3,))(torch.ones(3, dtype=dtype)).dtype == dtype


def test_the_adjoint_works_where_gradients_are_switched_off():
    with torch.no_grad():
        assert adjoint(lambda x: 2 * x, (3,))(torch.ones(3)).tolist() == [2, 2, 2]


def test_the_adjoint_is_differentiable_in_y_and_in_the_kernel():
    kernel, y = noise((3, 3), seed=0).requires_grad_(), noise((4, 5), seed=1).requires_grad_()
    assert gradcheck(lambda k, y: adjoint(lambda x: correlate(x, k), (4, 5))(y), (kernel, y))


def test_the_adjoint_is_differentiable_in_the_kernel_when_y_is_data():
    kernel, y = noise((3, 3), seed=0).requires_grad_(), noise((4, 5), seed=1)
    assert gradcheck(lambda k: adjoint(lambda x: correlate(x, k), (4, 5))(y), kernel)


@pytest.mark.parametrize("f", [lambda x: x.detach() * 2, lambda x: torch.tensor([x[0].item()]),
                               lambda x: torch.as_tensor(x.detach().cpu().numpy() * 2)],
                         ids=["detach", "item", "numpy"])
def test_a_function_that_cuts_the_graph_is_refused(f):
    with pytest.raises(ValueError, match="f cuts the autograd graph.*torch operations only"):
        adjoint(f, (3,))(torch.ones(1))


def test_the_adjoint_maps_under_vmap_and_exports_with_sizes_that_are_not_known_yet():
    def differences(y):
        return adjoint(lambda x: x[..., 1:] - x[..., :-1], (*y.shape[:-1], y.shape[-1] + 1))(y)

    y = noise((3, 2, 5), seed=0)
    assert close(torch.vmap(differences)(y), differences(y), 0.0)
    module = torch.nn.Module()
    module.forward = differences
    free = {axis: torch.export.Dim.DYNAMIC for axis in range(3)}
    program = torch.export.export(module, (y,), strict=False, dynamic_shapes=(free,)).module()
    assert close(program(y[:2, :, :4]), differences(y[:2, :, :4]), 0.0)


@pytest.mark.parametrize("y, error, message", [
    (torch.ones(4), ValueError, r"y has shape \(4,\), expected that of f's result, \(3,\)"),
    (torch.ones(3, dtype=torch.complex64), TypeError, "y is a torch.complex64 tensor, expected a real one"),
    (torch.ones(3, dtype=torch.int64), TypeError, "y is a torch.int64 tensor"),
    ([1.0, 2.0, 3.0], TypeError, "y is a list, expected a tensor"),
])
def test_the_adjoint_names_a_bad_y(y, error, message):
    with pytest.raises(error, match=message):
        adjoint(lambda x: x[1:], (4,))(y)


# dot_test -------------------------------------------------------------------------------------------------------------

@given(m=sides, n=sides, seed=seeds)
def test_the_dot_test_of_a_true_pair_is_rounding(m, n, seed):
    matrix = noise((m, n), seed=seed)
    assert dot_test(lambda x: matrix @ x, lambda y: matrix.mT @ y, (n,), seed=seed) < 1e-15


def test_the_dot_test_of_the_gradient_and_its_transpose_is_rounding():
    assert dot_test(gradient, minus_divergence, (7, 9)) < 1e-15
    assert dot_test(gradient, minus_divergence, (7, 9), dtype=torch.float32) < 1e-6


KERNEL = torch.tensor([[1.0, 2, 0], [0, 3, 1], [4, 0, 0]], dtype=torch.float64)
PLANTED = {
    "the kernel is not flipped": (lambda x: correlate(x, KERNEL.to(x)), lambda y: correlate(y, KERNEL.to(y))),
    "the sign is forgotten": (gradient, lambda p: -minus_divergence(p)),
    "the divergence is off by one": (gradient, lambda p: minus_divergence(p.roll(1, -1))),
    "the last difference is not zero": (lambda u: u.roll(-1, 0) - u,
                                        lambda p: minus_divergence(torch.stack([p, 0 * p]))),
    "the two axes are exchanged": (gradient, lambda p: minus_divergence(p.flip(0))),
    "the mean is not divided": (lambda x: x.mean(0), lambda y: y.expand(7, 9)),
    "the factor is ten per cent off": (lambda x: x, lambda y: 1.1 * y),
}


@pytest.mark.parametrize("f, wrong", PLANTED.values(), ids=PLANTED.keys())
@pytest.mark.parametrize("seed", [0, 1])
def test_the_dot_test_finds_a_planted_bug(f, wrong, seed):
    assert dot_test(f, wrong, (7, 9), seed=seed) > 1e-3


@pytest.mark.parametrize("factor", [-1.0, 0.0, 0.5, 3.0])
def test_on_one_element_the_dot_test_is_a_number_one_can_work_out(factor):
    # |xy - c xy| / (|xy| + |c xy|), whatever x and y were drawn
    expected = abs(1 - factor) / (1 + abs(factor))
    assert dot_test(lambda x: x, lambda y: factor * y, (1,)) == pytest.approx(expected, abs=1e-15)


def test_the_dot_test_of_two_zero_maps_is_zero():
    assert dot_test(lambda x: 0 * x, lambda y: 0 * y, (3,)) == 0.0


def test_the_dot_test_draws_the_same_pair_from_the_same_seed_and_another_one_from_another():
    def pair(seed):
        seen = []
        dot_test(lambda x: seen.append(x) or x, lambda y: seen.append(y) or y, (4,), seed=seed)
        return torch.stack(seen)

    assert torch.equal(pair(3), pair(3))
    assert (pair(3) != pair(5)).all() and (pair(3)[0] != pair(3)[1]).all()


def test_an_adjoint_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"f_adjoint returned shape \(4,\), expected in_shape \(5,\)"):
        dot_test(lambda x: x[1:], lambda y: y, (5,))


# operator_norm --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("h, w", [(1, 1), (1, 7), (2, 2), (5, 3), (64, 64), (48, 80)])
def test_the_norm_of_the_gradient_has_its_closed_form(h, w):
    closed = math.sqrt(4 * math.cos(math.pi / (2 * h)) ** 2 + 4 * math.cos(math.pi / (2 * w)) ** 2)
    assert operator_norm(gradient, (h, w)) == pytest.approx(closed, rel=1e-6, abs=1e-15)


@given(m=sides, n=sides, seed=seeds)
def test_the_norm_of_a_matrix_is_the_one_of_numpy(m, n, seed):
    matrix = noise((m, n), seed=seed)
    expected = np.linalg.svd(matrix.cpu().numpy(), compute_uv=False)[0]
    assert operator_norm(lambda x: matrix @ x, (n,)) == pytest.approx(expected, rel=1e-6)


@given(m=sides, n=sides, seed=seeds)
def test_the_norm_of_a_rank_one_map_is_the_product_of_the_lengths(m, n, seed):
    a, b = noise((m,), seed=seed), noise((n,), seed=seed + 1)
    assert operator_norm(lambda x: a * (b @ x), (n,)) == pytest.approx(float(a.norm() * b.norm()), rel=1e-6)


@pytest.mark.parametrize("f, shape, norm", [
    (lambda x: 0 * x, (4,), 0), (lambda x: -3 * x, (1,), 3), (lambda x: x.flip(0), (9,), 1),
    (lambda x: 1e-9 * x, (4,), 1e-9), (lambda x: x.sum(), (2, 8), 4),
    # nilpotent: the shift has no eigenvalue but 0, and still the norm 1
    (lambda x: F.pad(x[1:], (0, 1)), (5,), 1),
], ids=["zero", "one element", "flip", "tiny", "sum", "shift"])
def test_norms_known_by_heart(f, shape, norm):
    assert operator_norm(f, shape) == pytest.approx(norm, rel=1e-6, abs=0)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e6])
@pytest.mark.parametrize("power, error, enough", [(1, 1e-12, 50), (2, 1e-9, 125)])
def test_the_norm_stops_by_its_residual(size, power, error, enough):
    # The error goes with the square of the residual. A rule that watches the value, or a residual ten times as large,
    # stops with more than this; one that waits for beta alone does not stop.
    values = size * (1 - (torch.arange(100) / 100) ** power)
    norm = operator_norm(lambda x: values * x, (100,), max_iterations=enough)
    assert norm == pytest.approx(size, rel=error, abs=0)


def test_too_few_iterations_are_an_error_and_not_a_wrong_number():
    with pytest.raises(ValueError, match="did not reach tol=1e-06 in 3 iterations"):
        operator_norm(gradient, (20, 20), max_iterations=3)


def test_the_norm_refuses_a_function_that_cuts_the_graph():
    with pytest.raises(ValueError, match="f cuts the autograd graph"):
        operator_norm(lambda x: x.detach(), (3,))


@pytest.mark.filterwarnings("error")
def test_a_kernel_that_requires_grad_can_be_measured():
    # A warning would appear in the output of a notebook.
    torch.set_warn_always(True)  # else PyTorch warns once a process, perhaps in another test
    kernel = noise((3, 3), seed=0).requires_grad_()
    f = lambda x: correlate(x, kernel)
    assert type(operator_norm(f, (4, 5))) is type(dot_test(f, adjoint(f, (4, 5)), (4, 5))) is float
    assert not as_matrix(f, (4, 5)).isnan().any()


@pytest.mark.parametrize("call", [lambda f: as_matrix(f, (4,)), lambda f: dot_test(f, f, (4,)),
                                  lambda f: dot_test(lambda x: x, f, (4,)), lambda f: operator_norm(f, (4,))])
def test_complex_results_are_refused(call):
    with pytest.raises(TypeError, match="complex128 tensor, expected a real one"):
        call(torch.fft.fft)


def test_the_adjoint_records_nothing_that_nobody_asked_for():
    """A convolution saves its input, which would tie every answer of a loop to the one before."""
    kernel, y = torch.randn(1, 1, 3, 3), torch.randn(1, 1, 5, 5)
    f_adjoint = adjoint(lambda x: F.conv2d(x, kernel * 2, padding=1), (1, 1, 5, 5))
    assert not f_adjoint(y).requires_grad
    assert f_adjoint(y.clone().requires_grad_()).requires_grad
    kernel.requires_grad_()
    assert f_adjoint(y).requires_grad
    with torch.no_grad():
        assert not f_adjoint(y).requires_grad
