"""Total variation against loops, bounded least squares, exact solutions, scikit-image and its own certificate."""

import itertools
import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import lsq_linear
from skimage.restoration import denoise_tv_chambolle
from torch.autograd import gradcheck, gradgradcheck

from diffimg import images, tv
from diffimg.images import noise
from diffimg.linear import as_matrix, dot_test, operator_norm
from diffimg.tv import TVLoss, denoise_tv, divergence, gradient, total_variation

kinds = pytest.mark.parametrize(("isotropic", "coupled"), list(itertools.product([False, True], repeat=2)))
shapes = pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 5), (2, 4, 1), (3, 2, 2), (2, 3, 1, 4), (2, 1, 3, 4, 5)])
sides = st.integers(1, 6)
seeds = st.integers(0, 2**31)


def photograph(h=40, w=56, sigma=0.1, gray=True):
    clean = images.load("camera" if gray else "astronaut", size=(h, w), gray=gray)
    return clean + sigma * noise(clean.shape, seed=0)


def objective(u, f, weight, **kind):
    return 0.5 * (u - f).square().sum((-3, -2, -1)) + weight * total_variation(u, **kind)


# Definitions, in Python numbers ---------------------------------------------------------------------------------------

def differences(u, i, j):
    """The vertical and the horizontal difference at a pixel of an (H, W) image, 0 at the last row and column."""
    h, w = u.shape
    down = float(u[i + 1, j] - u[i, j]) if i + 1 < h else 0.0
    right = float(u[i, j + 1] - u[i, j]) if j + 1 < w else 0.0
    return down, right


@shapes
def test_the_gradient_is_a_loop_over_pixels(shape):
    u = noise(shape, seed=0)
    result = gradient(u)
    assert result.shape == (*shape[:-2], 2, *shape[-2:])
    for index in np.ndindex(*shape):
        *lead, i, j = index
        assert tuple(result[*lead, :, i, j].tolist()) == pytest.approx(differences(u[*lead], i, j))


@kinds
@given(c=st.integers(1, 3), h=sides, w=sides, seed=seeds)
def test_total_variation_is_a_loop_over_pixels(isotropic, coupled, c, h, w, seed):
    u = noise((2, c, h, w), seed=seed)
    for k in range(2):
        total = 0.0
        for i, j in np.ndindex(h, w):
            d = [differences(u[k, channel], i, j) for channel in range(c)]
            if isotropic and coupled:
                total += math.hypot(*(x for pair in d for x in pair))
            elif isotropic:
                total += sum(math.hypot(*pair) for pair in d)
            elif coupled:
                total += sum(math.hypot(*column) for column in zip(*d, strict=True))
            else:
                total += sum(abs(x) for pair in d for x in pair)
        assert float(total_variation(u, isotropic=isotropic, coupled=coupled)[k]) == pytest.approx(total)


@shapes
def test_divergence_is_minus_the_transpose_of_gradient(shape):
    assert dot_test(gradient, lambda p: -divergence(p), shape) < 1e-14
    if math.prod(shape) < 40:
        D = as_matrix(gradient, shape)
        p_shape = (*shape[:-2], 2, *shape[-2:])
        assert torch.equal(as_matrix(divergence, p_shape), -D.mT)


@pytest.mark.parametrize(("h", "w"), [(2, 2), (1, 7), (5, 8), (64, 64)])
def test_the_norm_of_the_gradient_is_the_one_of_the_cosine_basis(h, w):
    expected = math.sqrt(4 * math.cos(math.pi / (2 * h))**2 + 4 * math.cos(math.pi / (2 * w))**2)
    assert operator_norm(gradient, (1, h, w)) == pytest.approx(expected, rel=1e-6)
    assert expected**2 < 8


@kinds
def test_where_nothing_varies_the_gradient_is_zero_and_never_nan(isotropic, coupled):
    u = torch.full((2, 3, 4, 5), 0.7).requires_grad_()
    total_variation(u, isotropic=isotropic, coupled=coupled).sum().backward()
    assert torch.equal(u.grad, torch.zeros_like(u))


@kinds
def test_the_gradient_of_total_variation_is_the_finite_difference(isotropic, coupled):
    u = noise((2, 3, 4, 5), seed=1).requires_grad_()
    f = lambda u: total_variation(u, isotropic=isotropic, coupled=coupled)
    assert gradcheck(f, u)
    assert gradgradcheck(f, u)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("isotropic", [False, True])
def test_half_precision_neither_vanishes_nor_overflows(dtype, isotropic):
    """A ramp of 1e-4 a pixel, whose squares are below the smallest half; and a sum beyond the largest."""
    ramp = (1e-4 * torch.arange(64.)).expand(1, 8, 64).to(dtype).requires_grad_()
    tv = total_variation(ramp, isotropic=isotropic)
    slope, = torch.autograd.grad(tv, ramp)
    assert tv.dtype == torch.float32 and slope.dtype == dtype and slope.any()
    assert torch.equal(tv, total_variation(ramp.float(), isotropic=isotropic))
    noisy = (0.5 + 0.1 * noise((1, 3, 512, 512), seed=0)).to(dtype)
    assert torch.equal(TVLoss(isotropic=isotropic)(noisy), TVLoss(isotropic=isotropic)(noisy.float()))


def test_the_isotropic_sum_prefers_one_diagonal():
    # a step edge at 45 degrees costs its length in pixels, its mirror image the square root of 2 times as much
    step = torch.ones(33, 33).tril()[None]
    one, mirrored = (float(total_variation(x, isotropic=True)) for x in (step.flip(-1), step))
    assert max(one, mirrored) / min(one, mirrored) == pytest.approx(math.sqrt(2), rel=1e-2)
    assert float(total_variation(step, isotropic=False)) == float(total_variation(step.flip(-1), isotropic=False))


# values of two 8x8 images, computed by the loop above on paper: an isolated pixel, and a checkerboard
@pytest.mark.parametrize(("image", "isotropic", "expected"), [
    ("pixel", False, 4), ("pixel", True, 2 + math.sqrt(2)),
    ("checkerboard", False, 2 * 8 * 7), ("checkerboard", True, 49 * math.sqrt(2) + 14)])
def test_two_images_whose_variation_can_be_counted(image, isotropic, expected):
    i, j = torch.arange(8.)[:, None], torch.arange(8.)
    u = ((i == 3) & (j == 4)).double() if image == "pixel" else (i + j) % 2
    assert float(total_variation(u[None], isotropic=isotropic)) == pytest.approx(expected)


def test_the_loss_is_the_code_that_circulates():
    u = noise((2, 3, 5, 7), seed=0)
    vertical, horizontal = (u[..., 1:, :] - u[..., :-1, :]).abs().sum(), (u[..., 1:] - u[..., :-1]).abs().sum()
    assert float(TVLoss(0.3)(u)) == pytest.approx(0.3 * float(vertical + horizontal) / (2 * 3 * 5 * 7))
    assert "0.3" in repr(TVLoss(0.3))
    assert not list(TVLoss().parameters())


@pytest.mark.parametrize("weight", [0.3, np.float32(0.3), np.array([0.3])[0], torch.tensor(0.3), torch.tensor([0.3]),
                                    torch.tensor(0.3, dtype=torch.float64)])
def test_the_weight_of_the_loss_is_one_number_of_any_kind(weight):
    u = noise((2, 3, 5, 7), seed=0)
    value = TVLoss(weight)(u)
    assert value.shape == () and float(value) == pytest.approx(float(TVLoss(0.3)(u)), rel=1e-6)
    assert "0.3" in repr(TVLoss(weight))


def test_a_tensor_as_weight_moves_with_the_module_and_a_parameter_is_learned():
    u = noise((2, 3, 5, 7), seed=0)
    module = TVLoss(torch.tensor(0.3))
    assert list(module.state_dict()) == ["weight"] and not list(module.parameters())
    assert module.to(torch.float32).weight.dtype == torch.float32
    module.load_state_dict({"weight": torch.tensor(0.6)})
    assert float(module(u)) == pytest.approx(2 * float(TVLoss(0.3)(u)))
    for shape in ((), (1,)):
        learned = TVLoss(torch.nn.Parameter(torch.full(shape, 0.3)), isotropic=True, coupled=True)
        learned(u).backward()
        slope, = (p.grad for p in learned.parameters())
        mean = total_variation(u, isotropic=True, coupled=True).sum() / u.numel()
        assert slope.shape == shape and float(slope) == pytest.approx(float(mean))


@pytest.mark.parametrize("weight", [0.3, torch.tensor(0.3)])
def test_of_no_images_the_loss_is_zero_and_so_many_its_gradients(weight):
    u = torch.zeros(0, 3, 4, 5, requires_grad=True)
    loss = TVLoss(weight)(u)
    loss.backward()
    assert float(loss.detach()) == 0 and u.grad.shape == u.shape


@pytest.mark.parametrize(("weight", "error"), [(torch.ones(2), ValueError), (torch.tensor(-1.), ValueError),
                                               (torch.tensor(1), TypeError), (math.nan, ValueError), ("1", TypeError)])
def test_the_loss_refuses_the_weights_that_are_none(weight, error):
    with pytest.raises(error, match="weight"):
        TVLoss(weight)


# The denoiser, against others -----------------------------------------------------------------------------------------

def bounded_least_squares(f, weight):
    """The anisotropic dual, 1/2 |f - D^T p|^2 with |p| <= weight, by SciPy's active-set method on the dense matrix."""
    D = as_matrix(gradient, f.shape, device="cpu").numpy()
    D = D[np.abs(D).sum(1) > 0]
    p = lsq_linear(D.T, f.cpu().numpy().ravel(), bounds=(-weight, weight), method="bvls", tol=1e-14).x
    return torch.as_tensor(f.cpu().numpy().ravel() - D.T @ p).reshape(f.shape).to(f.device)


@pytest.mark.parametrize("weight", [0.01, 0.2, 1.0, 5.0])
@pytest.mark.parametrize("shape", [(1, 1, 12), (1, 9, 1), (1, 5, 6)])
def test_the_anisotropic_solution_is_the_one_of_bounded_least_squares(shape, weight):
    f = noise(shape, seed=3)
    u = denoise_tv(f, weight, isotropic=False, tol=1e-13)
    assert torch.allclose(u, bounded_least_squares(f, weight), rtol=0, atol=1e-6)


@pytest.mark.parametrize("weight", [0.02, 0.1])  # at 0.5 scikit-image is 1e-3 away after 20000 iterations
def test_the_isotropic_solution_is_the_one_of_scikit_image_run_to_the_end(weight):
    f = photograph(24, 32)
    other = denoise_tv_chambolle(f[0, 0].cpu().numpy(), weight, eps=1e-14, max_num_iter=20000)
    u = denoise_tv(f, weight, tol=1e-9)
    assert np.abs(u[0, 0].cpu().numpy() - other).max() < 1e-4


def test_three_equal_channels_coupled_are_one_with_a_smaller_weight():
    f = photograph()
    coupled = denoise_tv(f.expand(1, 3, -1, -1), 0.1 * math.sqrt(3), tol=1e-8)
    alone = denoise_tv(f, 0.1, tol=1e-8)
    assert torch.allclose(coupled, alone.expand_as(coupled), atol=1e-4)


@pytest.mark.parametrize("isotropic", [False, True])
def test_uncoupled_channels_are_denoised_one_by_one(isotropic):
    f = photograph(24, 24, gray=False)
    together = denoise_tv(f, 0.1, isotropic=isotropic, coupled=False, tol=1e-7)
    apart = torch.cat([denoise_tv(c, 0.1, isotropic=isotropic, tol=1e-7) for c in f.split(1, 1)], 1)
    assert torch.allclose(together, apart, atol=1e-3)
    assert not torch.allclose(together, denoise_tv(f, 0.1, isotropic=isotropic, tol=1e-7), atol=1e-3)


# Solutions on paper (Strong and Chan, Inverse Problems 19, S165, 2003; the flat parts move by weight / length).
@pytest.mark.parametrize(("f", "weight", "u"), [
    ([0, 0, 1, 1], 0.25, [0.125, 0.125, 0.875, 0.875]),
    ([0, 1, 0], 0.2, [0.2, 0.6, 0.2]),
    ([0, 0, 3, 1], 0.5, [0.25, 0.25, 2, 1.5]),
    ([1, 2, 3, 4], 0.5, [1.5, 2, 3, 3.5]),
    ([0, 1, 2, 3, 4], 1.0, [1, 1, 2, 3, 3]),
    ([0, 0, 1, 1], 1.0, [0.5, 0.5, 0.5, 0.5]),
])
@pytest.mark.parametrize("isotropic", [False, True])
@pytest.mark.parametrize("upright", [False, True])
def test_rows_and_columns_whose_solution_is_known(f, weight, u, isotropic, upright):
    f, u = (torch.tensor(x, dtype=torch.float64).reshape(1, -1, 1) if upright
            else torch.tensor(x, dtype=torch.float64).reshape(1, 1, -1) for x in (f, u))
    assert torch.allclose(denoise_tv(f, weight, isotropic=isotropic, tol=1e-14), u, rtol=0, atol=1e-6)


def test_a_rectangle_loses_its_perimeter_over_its_area():
    H, W, a, b, weight = 28, 36, 8, 12, 0.6
    f = torch.zeros(1, H, W)
    f[:, 9:9 + a, 11:11 + b] = 1
    expected = torch.where(f == 1, 1 - weight * 2 * (a + b) / (a * b), weight * 2 * (a + b) / (H * W - a * b))
    assert torch.allclose(denoise_tv(f, weight, isotropic=False, tol=1e-13), expected, rtol=0, atol=1e-6)


# The certificate ------------------------------------------------------------------------------------------------------

@kinds
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("weight", [0.003, 0.1, 2.0])
def test_the_certificate_is_true(isotropic, coupled, dtype, weight):
    kind = {"isotropic": isotropic, "coupled": coupled}
    f = photograph(20, 28, gray=False).to(dtype)
    weight = float(torch.tensor(weight, dtype=dtype))
    best, nearly = denoise_tv(f.double(), weight, **kind, tol=1e-7, return_certificate=True)
    for tol in (1e-1, 1e-3, 1e-5):
        u, certificate = denoise_tv(f, weight, **kind, tol=tol, return_certificate=True)
        value = objective(u.double(), f.double(), weight, **kind)
        assert torch.allclose(certificate.objective, value, rtol=1e-12)
        assert float(certificate.gap) <= tol * float(value)
        assert float(value - objective(best, f.double(), weight, **kind)) <= float(certificate.gap)
        assert float((u - best).norm()) <= float(certificate.bound + nearly.bound)
        assert float(certificate.bound) == pytest.approx(float(2 * certificate.gap)**0.5)
        assert u.dtype == dtype and certificate.gap.dtype == torch.float64


def test_a_certificate_of_the_wrong_image_would_be_noticed(monkeypatch):
    # were the gap read from the dual field alone, an image that is off would still be certified
    f = photograph()[0]
    weight, axes = torch.full((1, 1, 1, 1), 0.1), (-3,)
    u, p = denoise_tv(f, 0.1, tol=1e-8), torch.zeros(1, 1, 2, *f.shape[-2:])
    assert float(tv._gap((u + 0.1)[None], p, f[None], weight, axes)[0]) > 0.5 * 0.1**2 * f.numel() * 0.9


@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_weight_of_any_shape_serves_all_images(batch, shape):
    f = noise((*batch, 1, 4, 5), seed=0)
    weight = torch.full(shape, 0.2, dtype=f.dtype, requires_grad=True)
    u = denoise_tv(f, weight, tol=1e-8)
    u.square().sum().backward()
    assert weight.grad.shape == shape and torch.allclose(u, denoise_tv(f, 0.2, tol=1e-8), rtol=0, atol=1e-12)


@pytest.mark.parametrize("weight", [1.0, 10.0, 100.0, 1000.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_large_weights_are_no_harder(weight, dtype):
    u, certificate = denoise_tv(photograph(96, 128).to(dtype), weight, return_certificate=True)
    assert int(certificate.iterations) < 1000
    assert float(certificate.gap) <= 1e-4 * float(certificate.objective)


@kinds
def test_both_methods_end_at_the_same_image(monkeypatch, isotropic, coupled):
    f = photograph(20, 28, gray=False)
    kind = {"isotropic": isotropic, "coupled": coupled, "tol": 1e-8}
    usual = denoise_tv(f, 0.05, **kind)
    for limit in (0, 100_000):
        monkeypatch.setattr(tv, "LOCAL_ITERATIONS", limit)
        assert float((denoise_tv(f, 0.05, **kind) - usual).norm()) < 1e-3


def test_the_exact_step_inverts_its_matrix():
    b, rho = noise((2, 3, 5, 4), seed=0), 2.5
    x = tv._filter_mirrored(b, 1 / (1 + rho * tv._mirrored_laplacian((5, 4), (1.0, 1.0), b)))
    assert torch.allclose(x - rho * divergence(gradient(x)), b)


def test_a_tolerance_that_was_not_reached_is_told():
    f = photograph()
    message = r"1 of 1 image\(s\) did not reach tol=1e-12 in 7 iterations.*max_iterations"
    with pytest.warns(RuntimeWarning, match=message):
        _, certificate = denoise_tv(f, 0.1, tol=1e-12, max_iterations=7, return_certificate=True)
    assert int(certificate.iterations) == 7
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        denoise_tv(f, 0.1)


# Batches, shapes, weights ---------------------------------------------------------------------------------------------

def test_images_of_a_batch_stop_one_by_one_each_as_if_alone():
    f = torch.cat([photograph(), photograph(sigma=0.3), torch.full((1, 1, 40, 56), 0.3)])
    together, certificate = denoise_tv(f, 0.2, return_certificate=True)
    assert len(set(certificate.iterations.tolist())) == 3
    for k in range(3):
        alone, own = denoise_tv(f[k:k + 1], 0.2, return_certificate=True)
        assert torch.allclose(together[k:k + 1], alone, rtol=0, atol=1e-12)
        assert int(own.iterations) == int(certificate.iterations[k])


def test_a_weight_for_each_image():
    f, weights = photograph().expand(4, 1, -1, -1), torch.tensor([0., 0.05, 0.1, 50.])
    together = denoise_tv(f, weights)
    assert torch.equal(together[0], f[0])
    for u, weight in zip(together[1:], weights[1:], strict=True):
        assert torch.allclose(u, denoise_tv(f[0], float(weight)), rtol=0, atol=1e-9)


@shapes
@kinds
def test_leading_axes_and_single_pixels(shape, isotropic, coupled):
    f = noise(shape, seed=2)
    u, certificate = denoise_tv(f, 0.1, isotropic=isotropic, coupled=coupled, return_certificate=True)
    assert u.shape == f.shape and u.isfinite().all()
    assert all(x.shape == shape[:-3] for x in certificate[:-1]) and certificate.dual.shape == gradient(f).shape
    if shape[-2:] == (1, 1):
        assert torch.equal(u, f)


def test_no_images_give_no_images():
    u, certificate = denoise_tv(torch.zeros(0, 1, 4, 4), 0.1, return_certificate=True)
    assert u.shape == (0, 1, 4, 4) and certificate.gap.shape == (0,)


@pytest.mark.parametrize("weight", [0.1, np.float32(0.1), torch.tensor(0.1), torch.tensor([0.1]), None])
@pytest.mark.parametrize("shape", [(0, 1, 4, 4), (0, 3, 70, 80), (2, 0, 1, 4, 4)])
def test_of_no_images_any_weight_is_the_weight(shape, weight):
    f = torch.zeros(shape, requires_grad=True)
    weight = torch.zeros(shape[:-3]) if weight is None else weight  # one for each
    u, certificate = denoise_tv(f, weight, return_certificate=True)
    u.sum().backward()
    assert u.shape == f.grad.shape == shape and certificate.dual.shape == (*shape[:-2], 2, *shape[-2:])
    assert all(x.shape == shape[:-3] for x in certificate[:-1])


def test_many_channels_are_coupled_as_two_are():
    """Twenty channels of which each is one of two by a rotation: the length of the gradient is the same."""
    turn = torch.linalg.qr(noise((20, 20), seed=1))[0][:, :2]
    f = noise((2, 9, 8), seed=0)
    many, certificate = denoise_tv(torch.einsum("kc,chw->khw", turn, f), 0.3, tol=1e-6, return_certificate=True)
    few, own = denoise_tv(f, 0.3, tol=1e-6, return_certificate=True)
    assert float((many - torch.einsum("kc,chw->khw", turn, few)).norm()) <= float(certificate.bound + own.bound)


def test_weight_zero_returns_the_image_and_its_gradient():
    f, weight = photograph().requires_grad_(), torch.tensor(0.).requires_grad_()
    u = denoise_tv(f, weight)
    u.sum().backward()
    assert torch.equal(u, f) and torch.equal(f.grad, torch.ones_like(f)) and float(weight.grad) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("weight", [1e-30, 1e-12, 1e12])
def test_extreme_weights_end_in_a_finite_image(weight, dtype):
    f = photograph().to(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        u = denoise_tv(f, weight, max_iterations=400)
    assert torch.allclose(u, f if weight < 1 else f.mean().expand_as(f), atol=1e-5)


# Properties of the proximal map ---------------------------------------------------------------------------------------

small = st.tuples(st.integers(1, 2), sides, sides)
weights = st.sampled_from([0.05, 0.3, 2.0])


@kinds
@given(shape=small, weight=weights, seed=seeds)
def test_the_mean_stays_and_no_value_is_new(isotropic, coupled, shape, weight, seed):
    f = noise(shape, seed=seed)
    u, certificate = denoise_tv(f, weight, isotropic=isotropic, coupled=coupled, return_certificate=True)
    near = float(certificate.bound) + 1e-12
    assert float((u - f).sum((-2, -1)).norm()) <= near * math.sqrt(f.numel())
    assert float(f.min()) - near <= float(u.min()) and float(u.max()) <= float(f.max()) + near


@given(shape=small, weight=weights, scale=st.sampled_from([1e-3, 255.0]), shift=st.floats(-5, 5), seed=seeds)
def test_scale_and_shift_pass_through(shape, weight, scale, shift, seed):
    f = noise(shape, seed=seed)
    u, moved = denoise_tv(f, weight), denoise_tv(scale * f + shift, scale * weight)
    assert torch.allclose(moved, scale * u + shift, rtol=1e-7, atol=1e-7 * scale)


@given(shape=small, weight=weights, seed=seeds)
def test_two_images_come_no_further_apart(shape, weight, seed):
    f, g = noise(shape, seed=seed), noise(shape, seed=seed + 1)
    (u, one), (v, other) = (denoise_tv(x, weight, return_certificate=True) for x in (f, g))
    assert float((u - v).norm()) <= float((f - g).norm() + one.bound + other.bound)


def test_from_the_largest_weight_on_a_row_is_its_mean():
    f = noise((1, 1, 30), seed=0)
    largest = float((f - f.mean()).cumsum(-1).abs().max())
    assert torch.allclose(denoise_tv(f, 1.001 * largest, tol=1e-14), f.mean().expand_as(f), atol=1e-7)
    assert float(denoise_tv(f, 0.99 * largest, tol=1e-14).std()) > 1e-4


# Gradients ------------------------------------------------------------------------------------------------------------

@kinds
def test_the_derivative_is_the_finite_difference(isotropic, coupled):
    f = noise((2, 2, 5, 5), seed=4).requires_grad_()
    weight = torch.tensor([0.2, 0.4]).requires_grad_()

    def denoised(f, weight):  # a fixed number of iterations, near the end
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return denoise_tv(f, weight, isotropic=isotropic, coupled=coupled, tol=0.0, max_iterations=60)
    assert gradcheck(denoised, (f, weight), eps=1e-7, atol=1e-5, fast_mode=True)


@kinds
def test_both_methods_end_with_the_same_derivative(monkeypatch, isotropic, coupled):
    def derivative():
        f, weight = noise((1, 2, 5, 5), seed=6).requires_grad_(), torch.tensor(0.3).requires_grad_()
        u = denoise_tv(f, weight, isotropic=isotropic, coupled=coupled, tol=1e-11)
        return torch.autograd.grad((u * noise(u.shape, seed=7)).sum(), (f, weight))
    usual = derivative()
    monkeypatch.setattr(tv, "LOCAL_ITERATIONS", 0)
    for a, b in zip(usual, derivative(), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-3)


@kinds
def test_the_jacobian_is_symmetric_with_eigenvalues_between_zero_and_one(isotropic, coupled):
    f = noise((1, 1, 4, 5), seed=5)
    J = torch.autograd.functional.jacobian(
        lambda f: denoise_tv(f, 0.3, isotropic=isotropic, coupled=coupled, tol=1e-11), f).reshape(20, 20)
    assert float((J - J.mT).abs().max()) < 1e-4
    eigenvalues = torch.linalg.eigvalsh((J + J.mT) / 2)
    assert -1e-4 < float(eigenvalues.min()) and float(eigenvalues.max()) < 1 + 1e-4


def test_the_derivative_in_the_weight_is_the_signed_boundary_of_each_region():
    f, weight = torch.tensor([[[0., 0., 3., 1.]]]), torch.tensor(0.5).requires_grad_()
    J = torch.autograd.functional.jacobian(lambda w: denoise_tv(f, w, tol=1e-14), weight)
    assert torch.allclose(J, torch.tensor([[[0.5, 0.5, -2., 1.]]]), atol=1e-5)


def test_recorded_and_unrecorded_iterations_are_the_same():
    f = photograph(24, 32)
    for weight in (0.1, 3.0):
        plain, certificate = denoise_tv(f, weight, return_certificate=True)
        recorded, own = denoise_tv(f.clone().requires_grad_(), weight, return_certificate=True)
        assert int(own.iterations) == int(certificate.iterations)
        assert torch.allclose(recorded, plain, rtol=0, atol=1e-9)


def test_a_graph_is_recorded_only_when_asked_for_and_nothing_is_written_to():
    f = photograph(16, 16)
    before = f.clone()
    assert not denoise_tv(f, 0.1).requires_grad and torch.equal(f, before)
    learned = f.clone().requires_grad_()
    with torch.no_grad():
        assert not denoise_tv(learned, 0.1).requires_grad
    u, certificate = denoise_tv(learned, 0.1, return_certificate=True)
    assert u.requires_grad and not any(x.requires_grad for x in certificate)
    assert denoise_tv(f, torch.tensor(0.1).requires_grad_()).requires_grad
    assert torch.equal(learned.detach(), before)


def test_strides_do_not_matter():
    f = photograph(24, 32)
    assert torch.allclose(denoise_tv(f.mT.contiguous().mT, 0.1), denoise_tv(f, 0.1), rtol=0, atol=1e-12)


# Bad input ------------------------------------------------------------------------------------------------------------

IMAGE = torch.zeros(1, 4, 4, dtype=torch.float64)


@pytest.mark.parametrize(("f", "weight", "options", "error", "message"), [
    (IMAGE[0], 0.1, {}, ValueError, r"f has shape \(4, 4\).*add a channel axis with f\[None\]"),
    (IMAGE.to(torch.uint8), 0.1, {}, TypeError, r"uint8.*f.float\(\) / 255"),
    (IMAGE.long(), 0.1, {}, TypeError, "int64"),
    (IMAGE.half(), 0.1, {}, TypeError, "float16.*float32 or float64"),
    (IMAGE.numpy(), 0.1, {}, TypeError, "ndarray, expected a tensor"),
    (IMAGE[:, :0], 0.1, {}, ValueError, "at least one pixel"),
    (IMAGE / 0, 0.1, {}, ValueError, "f contains NaN or infinity, .* would count as data"),
    (IMAGE, -0.1, {}, ValueError, "weight is -0.1"),
    (IMAGE, math.inf, {}, ValueError, "weight is inf"),
    (IMAGE, "much", {}, TypeError, "weight is 'much'"),
    (IMAGE, torch.tensor(-1.), {}, ValueError, "weight is -1.0"),
    (IMAGE, torch.tensor(1), {}, TypeError, "weight is a torch.int64"),
    (IMAGE, torch.ones(2), {}, ValueError, r"weight has shape \(2,\).*each image"),
    (IMAGE, 0.1, {"tol": -1e-3}, ValueError, "tol is -0.001"),
    (IMAGE, 0.1, {"tol": math.nan}, ValueError, "tol is nan"),
    (IMAGE, 0.1, {"max_iterations": 0}, ValueError, "max_iterations is 0"),
    (IMAGE, 0.1, {"max_iterations": 1e3}, TypeError, "max_iterations is 1000.0.*number of iterations"),
])
def test_bad_input_is_named_with_what_came_and_what_to_do(f, weight, options, error, message):
    with pytest.raises(error, match=message):
        denoise_tv(f, weight, **options)


@pytest.mark.parametrize("function", [gradient, lambda u: total_variation(u, isotropic=True), TVLoss()])
def test_the_simpler_functions_refuse_the_same(function):
    with pytest.raises(ValueError, match="add a channel axis"):
        function(IMAGE[0])
    with pytest.raises(TypeError, match="uint8"):
        function(IMAGE.to(torch.uint8))


def test_divergence_and_the_loss_name_a_bad_argument():
    with pytest.raises(ValueError, match=r"p has shape \(1, 4, 4\), expected \(..., C, 2, H, W\)"):
        divergence(IMAGE)
    with pytest.raises(ValueError, match="weight is -1"):
        TVLoss(-1)
    with pytest.raises(TypeError, match="isotropic"):
        total_variation(IMAGE)
