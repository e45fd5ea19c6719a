"""denoise_tv_vjp against recorded iterations, against the exact Jacobian of a row, and in what shapes and types."""

import itertools
import warnings

import pytest
import torch
from taut import regions, taut_rows

from diffimg import tv
from diffimg.images import noise
from diffimg.tv import denoise_tv, denoise_tv_vjp

kinds = pytest.mark.parametrize(("isotropic", "coupled"), list(itertools.product([False, True], repeat=2)))


def recorded(f, weight, g, **options):
    f, weight = f.clone().requires_grad_(), torch.as_tensor(weight).clone().requires_grad_()
    return torch.autograd.grad(denoise_tv(f, weight, **options), (f, weight), g)


def near(found, expected, tolerance):
    return float((found - expected).norm()) <= tolerance * max(float(expected.norm()), 1e-3)


@kinds
@pytest.mark.parametrize(("shape", "spacing"), [((2, 1, 12), (1.0,)), ((2, 2, 5, 6), (1.0, 0.7)),
                                                ((2, 3, 4, 3), (2.0, 1.0, 1.0))])
def test_it_is_the_derivative_of_the_recorded_iterations(isotropic, coupled, shape, spacing):
    f, g = noise(shape, seed=4), noise(shape, seed=5)
    options = {"isotropic": isotropic, "coupled": coupled, "spacing": spacing, "tol": 1e-8}
    found = denoise_tv_vjp(f, 0.3, g, **options)
    for one, other in zip(found, recorded(f, 0.3, g, **options), strict=True):
        assert one.shape == other.shape and near(one, other, 0.01)


def exact_on_rows(u, g, h):
    """J averages within each region; the value of a region changes by its upper less its lower neighbours, divided by
    its length.
    """
    J_g, slope = torch.zeros_like(g), torch.zeros_like(g)
    for k in range(len(u)):
        region, steps = regions(u[k, 0]), u[k, 0].diff()
        count = torch.bincount(region)
        J_g[k, 0] = (torch.bincount(region, g[k, 0]) / count)[region]
        rises = torch.where(steps.abs() > 1e-9, steps.sign(), 0)
        change = torch.bincount(region[:-1], rises, len(count)) - torch.bincount(region[1:], rises, len(count))
        slope[k, 0] = (change / count / h)[region]
    return J_g, (slope * g).sum((1, 2))


@pytest.mark.parametrize("h", [1.0, 0.4])
@pytest.mark.parametrize("n", [20, 130])  # the longer ones with a coarse start
def test_on_rows_it_is_the_exact_jacobian(n, h):
    f, g = noise((4, 1, n), seed=n).cumsum(-1) / 4, noise((4, 1, n), seed=1)
    weights = h * torch.tensor([0.05, 0.2, 1.0, 3.0])
    grad_f, grad_weight = denoise_tv_vjp(f, weights, g, spacing=(h,), tol=1e-8)
    J_g, slope = exact_on_rows(taut_rows(f, weights, h), g, h)
    assert near(grad_f, J_g, 0.01) and near(grad_weight, slope, 0.01)
    default = denoise_tv_vjp(f, weights, g, spacing=(h,))
    assert near(default[0], J_g, 0.03) and near(default[1], slope, 0.03)


def test_the_example_on_paper():
    f, g = torch.tensor([[[0., 0., 3., 1.]]]), torch.tensor([[[1., 2., 4., 8.]]])
    grad_f, grad_weight = denoise_tv_vjp(f, 0.5, g, tol=1e-12)
    assert torch.allclose(grad_f, torch.tensor([[[1.5, 1.5, 4., 8.]]]), rtol=0, atol=1e-4)
    assert float(grad_weight) == pytest.approx(0.5 * 1 + 0.5 * 2 - 2 * 4 + 8, abs=1e-3)


def test_weights_of_every_shape():
    f, g = noise((2, 3, 1, 5, 6), seed=0), noise((2, 3, 1, 5, 6), seed=1)
    call = lambda weight: denoise_tv_vjp(f, weight, g)
    grad_f, total = call(0.3)
    assert total.shape == () and total.dtype == f.dtype
    for shape in ((), (1,), (1, 1)):
        again, grad_weight = call(torch.full(shape, 0.3))
        assert torch.equal(again, grad_f) and grad_weight.shape == shape
        assert torch.equal(grad_weight.flatten()[0], total)
    again, each = call(torch.full((2, 3), 0.3))
    assert torch.equal(again, grad_f) and each.shape == (2, 3)
    assert float(each.sum()) == pytest.approx(float(total)) and len(set(each.flatten().tolist())) == 6
    for k in range(2):
        one_f, one_weight = denoise_tv_vjp(f[k], torch.full((3,), 0.3), g[k])
        assert torch.allclose(one_f, grad_f[k], atol=1e-6) and torch.allclose(one_weight, each[k], atol=1e-6)
    alone_f, alone_weight = denoise_tv_vjp(f[1, 2], torch.tensor(0.3), g[1, 2])
    assert alone_f.shape == (1, 5, 6) and alone_weight.shape == ()
    assert torch.allclose(alone_f, grad_f[1, 2], atol=1e-6) and torch.allclose(alone_weight, each[1, 2], atol=1e-6)


def test_images_are_as_if_alone_also_where_weights_and_directions_differ():
    f, g = noise((3, 1, 6, 7), seed=2), noise((3, 1, 6, 7), seed=3) * torch.tensor([1e-6, 1., 1e6]).reshape(3, 1, 1, 1)
    weights = torch.tensor([0.1, 5.0, 0.02])
    together = denoise_tv_vjp(f, weights, g)
    for k in range(3):
        alone = denoise_tv_vjp(f[k], weights[k], g[k])
        for one, other in zip(together, alone, strict=True):
            assert torch.allclose(one[k], other, rtol=1e-5, atol=1e-5 * float(g[k].abs().max()))


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_a_direction_of_any_length_is_measured_alike(scale):
    f, g = noise((1, 1, 6, 7), seed=2), noise((1, 1, 6, 7), seed=3)
    usual, scaled = denoise_tv_vjp(f, 0.2, g), denoise_tv_vjp(f, 0.2, scale * g)
    for one, other in zip(usual, scaled, strict=True):
        assert near(other / scale, one, 1e-5)


def test_weight_zero_passes_the_direction_on_and_no_direction_gives_none():
    f, g = noise((2, 1, 5, 6), seed=0), noise((2, 1, 5, 6), seed=1)
    grad_f, grad_weight = denoise_tv_vjp(f, torch.tensor([0.0, 0.2]), g)
    assert torch.allclose(grad_f[0], g[0], rtol=1e-9, atol=1e-9) and float(grad_weight[0]) == 0
    assert float(grad_weight[1]) != 0
    for value in denoise_tv_vjp(f, 0.2, torch.zeros_like(g)):
        assert float(value.abs().max()) < 1e-9
    with_one = g.clone()
    with_one[0] = 0
    assert not denoise_tv_vjp(f, 0.2, with_one)[0][0].any()


def test_of_a_constant_image_the_derivative_is_the_mean():
    """Around it the mean is the answer for every direction and step that is small against the weight."""
    g = noise((1, 2, 5, 6), seed=1)
    grad_f, grad_weight = denoise_tv_vjp(torch.full((1, 2, 5, 6), 7.0), 0.3, g)
    assert torch.allclose(grad_f, g.mean((2, 3), keepdim=True).expand_as(g), atol=1e-7)
    assert abs(float(grad_weight)) < 1e-6


def test_single_precision_comes_back_as_it_came_and_is_computed_in_double():
    f, g, weight = noise((1, 1, 9, 8), seed=0).float(), noise((1, 1, 9, 8), seed=1).float(), torch.tensor(0.3).float()
    grad_f, grad_weight = denoise_tv_vjp(f, weight, g)
    assert grad_f.dtype == grad_weight.dtype == torch.float32
    wide_f, wide_weight = denoise_tv_vjp(f.double(), weight.double(), g.double())
    assert torch.equal(grad_f, wide_f.float()) and torch.equal(grad_weight, wide_weight.float())
    assert denoise_tv_vjp(f, 0.3, g)[1].dtype == torch.float32
    assert [x.dtype for x in denoise_tv_vjp(f, weight.double(), g.double())] == [torch.float32, torch.float64]


def test_nothing_is_recorded_nor_written_to():
    f, g = noise((1, 1, 9, 8), seed=0).requires_grad_(), noise((1, 1, 9, 8), seed=1).requires_grad_()
    weight, kept = torch.tensor(0.3, requires_grad=True), []
    before = [x.detach().clone() for x in (f, weight, g)]

    def keep(x):
        kept.append(x)
        return x
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        results = denoise_tv_vjp(f, weight, g)
    assert not kept and not any(x.requires_grad for x in results)
    assert all(torch.equal(x, old) for x, old in zip((f, weight, g), before, strict=True))
    assert torch.is_grad_enabled()


def test_it_serves_as_the_backward_pass_of_a_function():
    class Denoise(torch.autograd.Function):
        @staticmethod
        def forward(ctx, f, weight):
            ctx.save_for_backward(f, weight)
            return denoise_tv(f, weight, tol=1e-8)

        @staticmethod
        def backward(ctx, g):
            return denoise_tv_vjp(*ctx.saved_tensors, g)
    f, weight, g = noise((1, 1, 6, 7), seed=0), torch.tensor(0.3), noise((1, 1, 6, 7), seed=1)
    f.requires_grad_(), weight.requires_grad_()
    found = torch.autograd.grad(Denoise.apply(f, weight), (f, weight), g)
    for one, other in zip(found, recorded(f.detach(), weight.detach(), g, tol=1e-8), strict=True):
        assert near(one, other, 0.01)


def test_no_images_give_no_gradients():
    none = torch.zeros(0, 1, 4, 5)
    grad_f, grad_weight = denoise_tv_vjp(none, 0.1, none)
    assert grad_f.shape == none.shape and float(grad_weight) == 0
    assert denoise_tv_vjp(none, torch.zeros(0), none)[1].shape == (0,)


def test_too_few_iterations_are_told_under_its_own_name():
    f = noise((2, 1, 9, 8), seed=0)
    with pytest.warns(RuntimeWarning, match=r"denoise_tv_vjp: 6 of 6 image\(s\) .* tol=1e-06 in 3 iterations"):
        denoise_tv_vjp(f, 0.3, f, max_iterations=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        denoise_tv_vjp(f, 0.3, f)


@pytest.mark.parametrize(("g", "error", "message"), [
    (torch.zeros(1, 4, 4), ValueError, r"g has shape \(1, 4, 4\), expected that of f, \(1, 4, 5\)"),
    (torch.zeros(2, 1, 4, 5), ValueError, r"g has shape \(2, 1, 4, 5\)"),
    (torch.zeros(1, 4, 5).long(), TypeError, "g.*int64"), (1.0, TypeError, "g.*expected a tensor"),
])
def test_a_bad_direction_is_refused(g, error, message):
    f = noise((1, 4, 5), seed=0)
    with pytest.raises(error, match=message):
        denoise_tv_vjp(f, 0.1, g)


@pytest.mark.parametrize(("f", "weight", "options", "error", "message"), [
    (torch.zeros(4, 5), 0.1, {}, ValueError, "f has shape .*add a channel axis"),
    (torch.zeros(1, 4, 5).half(), 0.1, {}, TypeError, "float16"),
    (torch.zeros(1, 4, 5), -0.1, {}, ValueError, "weight is -0.1"),
    (torch.zeros(1, 4, 5), torch.ones(2), {}, ValueError, "weight has shape"),
    (torch.zeros(1, 4, 5), 0.1, {"tol": -1.0}, ValueError, "tol is"),
])
def test_the_rest_is_refused_as_by_denoise_tv(f, weight, options, error, message):
    for call in (lambda: denoise_tv(f, weight, **options), lambda: denoise_tv_vjp(f, weight, f, **options)):
        with pytest.raises(error, match=message):
            call()


def test_it_uses_no_start_that_would_be_certified_too_early(monkeypatch):
    """The three images take their coarse start together: were their iterations different, so would be their errors."""
    f, g = noise((1, 1, 130), seed=0).cumsum(-1), noise((1, 1, 130), seed=1)
    warm = denoise_tv_vjp(f, 5.0, g, spacing=(1.0,), tol=1e-9)
    monkeypatch.setattr(tv, "HALVED_FROM", 10**6)
    for one, other in zip(warm, denoise_tv_vjp(f, 5.0, g, spacing=(1.0,), tol=1e-9), strict=True):
        assert near(one, other, 0.01)
