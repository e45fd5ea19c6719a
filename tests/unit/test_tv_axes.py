"""Rows, images and volumes, and the spacing of their pixels: loops, scikit-image, and answers known for images."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.restoration import denoise_tv_chambolle

from diffimg import tv
from diffimg.images import noise
from diffimg.linear import as_matrix, dot_test, operator_norm
from diffimg.tv import TVLoss, denoise_tv, denoise_tv_vjp, divergence, gradient, total_variation

kinds = pytest.mark.parametrize(("isotropic", "coupled"), list(itertools.product([False, True], repeat=2)))
spacings = st.lists(st.sampled_from([0.25, 1.0, 1.7]), min_size=1, max_size=3).map(tuple)
SHAPES = [((3, 7), (2.0,)), ((2, 1, 5), (0.5,)), ((2, 3, 4), (2.0, 0.5)), ((2, 1, 3, 4, 5), (3.0, 2.0, 0.5)),
          ((2, 4, 1, 3), (1.0, 1.0, 0.3)), ((1, 1, 1, 1), (1.0, 2.0, 3.0))]
shapes = pytest.mark.parametrize(("shape", "spacing"), SHAPES)


def field_shape(shape, spacing):
    n = len(spacing)
    return (*shape[:-n], n, *shape[-n:])


def certified(f, weight, **options):
    return denoise_tv(f, weight, return_certificate=True, **options)


# Definitions ----------------------------------------------------------------------------------------------------------

@shapes
def test_the_gradient_is_a_loop_along_each_axis_in_array_order(shape, spacing):
    u, n = noise(shape, seed=0), len(spacing)
    result = gradient(u, spacing=spacing)
    assert result.shape == field_shape(shape, spacing)
    for index in np.ndindex(*shape):
        for k, h in enumerate(spacing):
            axis = len(shape) - n + k
            following = (*index[:axis], index[axis] + 1, *index[axis + 1:])
            expected = (u[following] - u[index]) / h if following[axis] < shape[axis] else 0.0
            assert float(result[(*index[:-n], k, *index[-n:])]) == pytest.approx(float(expected))


@kinds
@given(c=st.integers(1, 3), spacing=spacings, data=st.data())
def test_total_variation_is_a_loop_over_pixels(isotropic, coupled, c, spacing, data):
    shape = (2, c, *data.draw(st.tuples(*[st.integers(1, 4)] * len(spacing))))
    u = noise(shape, seed=data.draw(st.integers(0, 1000)))
    du, total = gradient(u, spacing=spacing), [0.0, 0.0]
    for k, pixel in itertools.product(range(2), np.ndindex(*shape[2:])):
        d = [[float(du[(k, channel, axis, *pixel)]) for axis in range(len(spacing))] for channel in range(c)]
        if isotropic and coupled:
            total[k] += math.hypot(*(x for row in d for x in row))
        elif isotropic:
            total[k] += sum(math.hypot(*row) for row in d)
        elif coupled:
            total[k] += sum(math.hypot(*column) for column in zip(*d, strict=True))
        else:
            total[k] += sum(abs(x) for row in d for x in row)
    result = total_variation(u, isotropic=isotropic, coupled=coupled, spacing=spacing)
    assert result.tolist() == pytest.approx(total)
    loss = TVLoss(0.3, isotropic=isotropic, coupled=coupled, spacing=spacing)
    assert float(loss(u)) == pytest.approx(0.3 * sum(total) / u.numel()) and str(spacing) in repr(loss)


@shapes
def test_divergence_is_minus_the_transpose_of_gradient(shape, spacing):
    D = lambda u: gradient(u, spacing=spacing)
    assert dot_test(D, lambda p: -divergence(p, spacing=spacing), shape) < 1e-14
    matrix = as_matrix(lambda p: divergence(p, spacing=spacing), field_shape(shape, spacing))
    assert torch.equal(matrix, -as_matrix(D, shape).mT)


@pytest.mark.parametrize(("shape", "spacing"), [((9,), (0.5,)), ((5, 8), (2.0, 0.5)), ((4, 5, 6), (3.0, 1.0, 0.5))])
def test_the_norm_of_the_gradient_is_the_one_of_the_cosine_basis(shape, spacing):
    norm = operator_norm(lambda u: gradient(u, spacing=spacing), (1, *shape))
    each = [(2 * math.cos(math.pi / (2 * n)) / h)**2 for n, h in zip(shape, spacing, strict=True)]
    assert norm**2 == pytest.approx(sum(each), rel=1e-6)
    assert norm**2 < 4 * sum(h**-2 for h in spacing)


def test_spacing_is_in_array_order_and_never_x_first():
    """Layers 3 apart, rows 2 apart, columns 1 apart, and a ramp of one unit of intensity per unit of length."""
    d, i, j = torch.meshgrid(torch.arange(4.), torch.arange(5.), torch.arange(6.), indexing="ij")
    for k, ramp in enumerate((3 * d, 2 * i, j)):
        du = gradient(ramp[None], spacing=(3.0, 2.0, 1.0))[0]
        inside = du[k, *(slice(n - 1) if axis == k else slice(None) for axis, n in enumerate((4, 5, 6)))]
        assert torch.equal(inside, torch.ones_like(inside))
        assert not du[[axis for axis in range(3) if axis != k]].any()
    image = gradient((2 * i[0])[None], spacing=(2.0, 1.0))
    assert float(image[0, 0, 0, 0]) == 1 and not image[0, 1].any()
    # vertical neighbours that are far apart are smoothed less: a wall of rows stays, one of columns goes
    rows = (torch.arange(6.) >= 3).double()[:, None].expand(6, 6)[None]
    kept, lost = (float(denoise_tv(u, 0.3, spacing=(10.0, 1.0)).std()) for u in (rows, rows.mT))
    assert kept > 0.45 and lost < 0.42


# The denoiser ---------------------------------------------------------------------------------------------------------

@kinds
@pytest.mark.parametrize(("shape", "spacing"), [((2, 1, 90), (0.7,)), ((2, 2, 9, 70), (2.0, 0.5)),
                                                ((1, 2, 5, 7, 66), (3.0, 1.0, 0.5))])
@pytest.mark.parametrize("limit", [1000, 0])
def test_the_solution_meets_the_conditions_of_optimality(isotropic, coupled, shape, spacing, limit, monkeypatch):
    """The field is along the gradient where there is one, its divergence is the change of the image; both by their
    definitions and not by the gap of the package.
    """
    monkeypatch.setattr(tv, "LOCAL_ITERATIONS", limit)
    tol = 1e-6 if limit else 1e-4
    f, kind = noise(shape, seed=0), {"isotropic": isotropic, "coupled": coupled, "spacing": spacing}
    weights = torch.full(shape[:-len(spacing) - 1], 0.2)
    u, certificate = certified(f, weights, **kind, tol=tol)
    p = certificate.dual
    value = (u - f).square().sum() / 2 + 0.2 * total_variation(u, **kind).sum()
    change = u - f - 0.2 * divergence(p, spacing=spacing)
    work = total_variation(u, **kind).sum() - (gradient(u, spacing=spacing) * p).sum()
    assert float(change.square().sum()) / 2 + 0.2 * float(work) <= 1.01 * tol * float(value)
    assert float(work) >= -1e-12


@kinds
@pytest.mark.parametrize("n", [1, 2, 3])
def test_one_spacing_for_all_axes_is_a_smaller_weight(isotropic, coupled, n):
    f, kind = noise((2, 2, 5, 6, 7)[:2 + n], seed=1), {"isotropic": isotropic, "coupled": coupled}
    far, near = (certified(f, weight, **kind, spacing=(h,) * n, tol=1e-7) for weight, h in ((0.4, 2.0), (0.2, 1.0)))
    assert float((far[0] - near[0]).norm()) <= float((far[1].bound + near[1].bound).norm())
    assert torch.equal(far[1].iterations, near[1].iterations)


@pytest.mark.parametrize("weight", [0.05, 0.2])
def test_a_volume_is_the_one_of_scikit_image_run_to_the_end(weight):
    f = 0.3 * noise((6, 7, 8), seed=2) + (torch.arange(8) > 3)
    other = denoise_tv_chambolle(f.cpu().numpy(), weight, eps=1e-12, max_num_iter=8000)
    u, certificate = certified(f[None], weight, spacing=(1.0, 1.0, 1.0), tol=1e-9)
    assert np.abs(u[0].cpu().numpy() - other).max() < 1e-3
    theirs = torch.as_tensor(other, device=f.device)[None]
    value = (theirs - f).square().sum() / 2 + weight * total_variation(theirs, isotropic=True, spacing=(1.0,) * 3)
    assert float(value) >= float(certificate.objective - certificate.gap)


@kinds
def test_a_volume_of_one_slice_is_the_image_and_an_image_of_one_line_the_row(isotropic, coupled):
    kind = {"isotropic": isotropic, "coupled": coupled, "tol": 1e-5}
    f, fine = noise((2, 3, 9, 10), seed=3), (0.5, 2.0)
    u, certificate = certified(f, 0.2, spacing=fine, **kind)
    for axis in (-3, -2, -1):
        spacing = (*fine[:axis + 3], 0.1, *fine[axis + 3:])
        v, other = certified(f.unsqueeze(axis), 0.2, spacing=spacing, **kind)
        distance = (v.squeeze(axis) - u).flatten(1).norm(dim=1)
        assert (distance <= certificate.bound + other.bound).all()
    row, of_row = certified(f[..., 0, :], 0.2, spacing=(2.0,), **kind)
    flat, of_flat = certified(f[..., :1, :], 0.2, spacing=(0.1, 2.0), **kind)
    assert ((row - flat[..., 0, :]).flatten(1).norm(dim=1) <= of_row.bound + of_flat.bound).all()


@pytest.mark.parametrize("axis", [-3, -2, -1])
def test_a_volume_that_is_constant_along_an_axis_is_the_image(axis):
    f = noise((1, 9, 10), seed=4)
    u, certificate = certified(f, 0.3, spacing=(0.5, 2.0), tol=1e-6)
    spacing = [0.5, 2.0]
    spacing.insert(axis + 3, 0.8)
    v, other = certified(torch.stack([f] * 5, axis), 0.3, spacing=tuple(spacing), tol=1e-6)
    assert float((v - u.unsqueeze(axis)).norm()) <= float(5**0.5 * certificate.bound + other.bound)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_each_pixel_as_two_at_half_the_distance_is_the_same_volume(axis):
    """Anisotropic: twice as many pixels, and the differences along the axis are as many and twice as large, so TV
    along it counts twice, like all the rest.
    """
    f, spacing = noise((1, 4, 5, 6), seed=5), [1.0, 0.6, 2.0]
    u, certificate = certified(f, 0.3, isotropic=False, spacing=tuple(spacing), tol=1e-7)
    spacing[axis] /= 2
    v, other = certified(f.repeat_interleave(2, axis + 1), 0.3, isotropic=False, spacing=tuple(spacing), tol=1e-7)
    assert float((v - u.repeat_interleave(2, axis + 1)).norm()) <= float(2**0.5 * certificate.bound + other.bound)


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_turned_axes_take_their_spacing_along(order):
    f, spacing = noise((1, 5, 6, 7), seed=6), (0.5, 1.0, 2.0)
    turned = lambda x: x.permute(0, *(k + 1 for k in order))
    u, certificate = certified(f, 0.4, isotropic=False, spacing=spacing, tol=1e-7)
    v, other = certified(turned(f), 0.4, isotropic=False, spacing=tuple(spacing[k] for k in order), tol=1e-7)
    assert float((turned(u) - v).norm()) <= float(certificate.bound + other.bound)
    swapped = denoise_tv(turned(f), 0.4, isotropic=False, spacing=spacing, tol=1e-7)
    assert float((turned(u) - swapped).norm()) > 0.1


def test_with_two_numbers_a_volume_is_a_batch_of_slices():
    f = noise((2, 3, 1, 6, 7), seed=7)
    u, certificate = certified(f, 0.2)
    assert certificate.gap.shape == (2, 3) and certificate.dual.shape == (2, 3, 1, 2, 6, 7)
    assert torch.allclose(u[1, 2], denoise_tv(f[1, 2], 0.2), rtol=0, atol=1e-12)
    through = denoise_tv(f[:, :, 0], 0.2, spacing=(1.0, 1.0, 1.0))  # two volumes? no: one of two channels
    assert through.shape == (2, 3, 6, 7) and not torch.allclose(through, u[:, :, 0], atol=0.05)


@pytest.mark.parametrize("spacing", [[1, 2], np.array([1.0, 2.0]), (np.float32(1), 2)])
def test_numbers_of_any_kind_are_a_spacing(spacing):
    f = noise((1, 5, 6), seed=8)
    assert torch.equal(gradient(f, spacing=spacing), gradient(f, spacing=(1.0, 2.0)))
    assert torch.equal(denoise_tv(f, 0.1, spacing=spacing), denoise_tv(f, 0.1, spacing=(1.0, 2.0)))


@shapes
def test_the_exact_step_inverts_its_matrix(shape, spacing):
    b, n, rho = noise(shape, seed=0), len(spacing), 2.5
    x = tv._filter_mirrored(b, 1 / (1 + rho * tv._mirrored_laplacian(shape[-n:], spacing, b)), n)
    assert torch.allclose(x - rho * divergence(gradient(x, spacing=spacing), spacing=spacing), b)


# Bad input ------------------------------------------------------------------------------------------------------------

CALLS = {
    "gradient": gradient, "divergence": lambda u, spacing: divergence(gradient(u), spacing=spacing),
    "total_variation": lambda u, spacing: total_variation(u, isotropic=True, spacing=spacing),
    "TVLoss": lambda u, spacing: TVLoss(spacing=spacing)(u), "denoise_tv": lambda u, spacing: denoise_tv(
        u, 0.1, spacing=spacing), "denoise_tv_vjp": lambda u, spacing: denoise_tv_vjp(u, 0.1, u, spacing=spacing),
}


@pytest.mark.parametrize("function", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("spacing", "error"), [
    (1.0, TypeError), (2, TypeError), ("11", TypeError), (None, TypeError), (("1", 1.0), TypeError),
    ((1.0, 0.0), ValueError), ((1.0, -1.0), ValueError), ((1.0, math.inf), ValueError), ((1.0, math.nan), ValueError),
    ((), ValueError), ((1.0,) * 4, ValueError)])
def test_a_spacing_is_one_positive_number_for_each_axis(function, spacing, error):
    with pytest.raises(error, match=r"spacing is .*expected one positive number for each spatial axis: \(1.0,\) for r"):
        function(noise((2, 3, 4, 5), seed=0), spacing=spacing)


def test_shapes_must_fit_the_spacing():
    u = noise((3, 4, 5), seed=0)
    with pytest.raises(ValueError, match=r"u has shape \(3, 4, 5\), expected \(..., C, D, H, W\): add a channel axis"):
        gradient(u, spacing=(1.0,) * 3)
    with pytest.raises(ValueError, match=r"f has shape \(5,\), expected \(..., C, W\): add a channel axis with f\[N"):
        denoise_tv(u[0, 0], 0.1, spacing=(1.0,))
    for n in (1, 3):
        with pytest.raises(ValueError, match=rf"p has shape \(3, 2, 4, 5\), expected \(..., C, {n}, .*spacing of {n} "):
            divergence(gradient(u), spacing=(1.0,) * n)
    with pytest.raises(ValueError, match=r"weight has shape \(3,\), expected one number, or one for each image: \(\)"):
        denoise_tv(u, torch.ones(3), spacing=(1.0, 1.0))
    assert denoise_tv(u, torch.ones(3), spacing=(1.0,)).shape == u.shape
