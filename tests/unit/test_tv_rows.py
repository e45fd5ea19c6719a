"""denoise_tv on rows, where a taut string knows the answer: steps, noise, walks and lines of a photograph."""

import warnings

import pytest
import torch
from taut import taut_rows, taut_string

from diffimg import images
from diffimg.images import noise
from diffimg.tv import denoise_tv, denoise_tv_vjp, divergence

WEIGHTS = [0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def rows(n):
    """Seven kinds of rows (7, n)."""
    lines = images.load("camera", size=(512, 512), gray=True)[0, 0, [100, 200, 300]].flatten()
    block = torch.arange(n) * 7 // n
    step, terraces, photograph = (torch.arange(n) >= n // 2).double(), block * (-1.0)**block, lines[512:512 + n]
    photograph = torch.cat([photograph, lines])[:n]
    return torch.stack([step, step + 0.1 * noise((n,), seed=0), terraces, photograph,
                        photograph + 0.1 * noise((n,), seed=3), noise((n,), seed=1), noise((n,), seed=2).cumsum(0)])


def with_each_weight(n, weights=WEIGHTS):
    """(7 k, 1, n) and (7 k,)"""
    return rows(n).repeat_interleave(len(weights), 0)[:, None], torch.tensor(weights).repeat(7)


@pytest.mark.parametrize("weight", [0.02, 0.3, 2.0, 9.0])
@pytest.mark.parametrize("n", [1, 2, 3, 40, 500])
def test_the_referee_meets_the_conditions_of_optimality(n, weight):
    """The cumulated difference to the data is a dual field: nowhere longer than the weight, and there it is the weight
    where the answer rises, minus the weight where it falls.
    """
    f = noise((n,), seed=n) + torch.arange(n) // 9
    u = torch.tensor(taut_string(f.tolist(), weight))
    p, du = (u - f).cumsum(0), u.diff()
    assert abs(float(p[-1])) < 1e-9 and (n == 1 or float(p.abs().max()) <= weight + 1e-9)
    steep = du.abs() > 1e-9
    assert torch.allclose(p[:-1][steep], weight * du[steep].sign(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("h", [1.0, 0.25, 3.0])
@pytest.mark.parametrize("n", [2, 3, 17, 63, 64, 65, 130])
def test_random_rows_are_those_of_the_taut_string(n, h):
    f, weights = noise((12, 1, n), seed=n), torch.tensor([0.01, 0.1, 0.5, 2.0]).repeat(3)
    u, certificate = denoise_tv(f, weights, spacing=(h,), tol=1e-8, return_certificate=True)
    exact = taut_rows(f, weights, h)
    assert ((u - exact).flatten(1).norm(dim=1) <= certificate.bound + 1e-12).all()
    assert torch.allclose(u, exact, rtol=0, atol=2e-3)


@dtypes
@pytest.mark.parametrize(("n", "h"), [(300, 1.0), (300, 2.5), (1300, 1.0)])
def test_the_bound_holds_against_the_taut_string(n, h, dtype):
    f, weights = (x.to(dtype) for x in with_each_weight(n))
    u, certificate = denoise_tv(f, h * weights, spacing=(h,), return_certificate=True)
    exact = taut_rows(f, h * weights, h)
    value = 0.5 * (exact - f).square().flatten(1).sum(1) + weights * exact.diff().abs().flatten(1).sum(1)
    assert ((u - exact).flatten(1).norm(dim=1) <= certificate.bound + 1e-9).all()
    assert (certificate.objective - value <= certificate.gap + 1e-9 * value).all()
    assert (certificate.objective - value >= -1e-6 * value - 1e-9).all()


@pytest.mark.parametrize("n", [60, 257, 1000, 1300])
def test_in_single_precision_the_default_call_ends_on_every_row(n):
    """Certified, or with a warning and nearly so."""
    f, weights = (x.float() for x in with_each_weight(n))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        _, certificate = denoise_tv(f, weights, spacing=(1.0,), return_certificate=True)
    rounding = torch.finfo(f.dtype).eps * f.double().flatten(1).norm(dim=1)
    missed = (certificate.gap > 1e-4 * certificate.objective) & (certificate.bound > rounding)
    assert int(certificate.iterations.max()) <= 3000
    assert bool(missed.any()) == bool(told)
    assert (certificate.gap[missed] <= 5e-4 * certificate.objective[missed]).all()


def test_what_only_more_digits_would_help_is_told_so():
    walk = rows(1300)[6].float()[None]
    with pytest.warns(RuntimeWarning, match=r"rounding of float32\. More iterations do not help: raise tol, or use f"):
        u, certificate = denoise_tv(walk, 1.0, spacing=(1.0,), tol=1e-8, return_certificate=True)
    assert int(certificate.iterations) < 3000 and certificate.gap <= 1e-6 * certificate.objective
    exact = taut_rows(walk[None], torch.ones(1))[0]
    assert float((u - exact).norm()) <= float(certificate.bound) + 1e-9
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        denoise_tv(walk.double(), 1.0, spacing=(1.0,), tol=1e-8)
        denoise_tv(walk, 1.0, spacing=(1.0,))


def test_what_more_iterations_would_help_is_told_so_also_in_single_precision():
    f = rows(300)[3].float()[None]
    with pytest.warns(RuntimeWarning, match=r"in 1100 iterations;.*Raise max_iterations or tol"):
        denoise_tv(f, 1.0, spacing=(1.0,), tol=1e-13, max_iterations=1100)


def test_rows_of_a_batch_stop_as_if_alone_with_a_coarse_start():
    f, weights = with_each_weight(200, [0.1, 3.0, 100.0, 1e4])
    together, certificate = denoise_tv(f, weights, spacing=(1.0,), return_certificate=True)
    assert len(set(certificate.iterations.tolist())) > 5
    for k in range(len(f)):
        alone, own = denoise_tv(f[k], float(weights[k]), spacing=(1.0,), return_certificate=True)
        assert torch.allclose(together[k], alone, rtol=0, atol=1e-9)
        assert int(own.iterations) == int(certificate.iterations[k])


# The mean -------------------------------------------------------------------------------------------------------------

def with_its_largest_weight(n):
    """Rows, and for each the weight from which on the mean is the answer: the only field with the right divergence is
    then nowhere longer than 1.
    """
    f = torch.cat([rows(n), (-1.0)**torch.arange(n)[None]])[:, None]
    return f, (f - f.mean(-1, keepdim=True)).cumsum(-1).abs().amax((1, 2))


@dtypes
@pytest.mark.parametrize(("n", "h"), [(2, 1.0), (30, 0.3), (63, 1.0), (64, 1.0), (65, 0.3), (200, 1.0), (301, 1.0),
                                      (1300, 1.0)])
def test_above_the_largest_weight_a_row_is_its_mean_at_once(n, h, dtype):
    f, largest = (x.to(dtype) for x in with_its_largest_weight(n))
    weights = 1.001 * h * largest
    u, certificate = denoise_tv(f, weights, spacing=(h,), return_certificate=True)
    mean, eps = f.double().mean(-1, keepdim=True), torch.finfo(dtype).eps
    assert not certificate.iterations.any()
    assert ((u - mean).abs() <= 4 * eps * f.abs().amax(-1, keepdim=True)).all() and not u.diff().any()
    p = certificate.dual.double()
    assert float(p.abs().max()) <= 1 and certificate.dual.dtype == dtype
    wrong = weights.double()[:, None, None] * divergence(p, spacing=(h,)) - (mean - f)
    # rounded where p is, and where the sums of a row are: however long the row
    assert (wrong.abs().amax((1, 2)) <= (16 * eps + 1e-14) * (weights / h).clamp(min=1)).all()
    below, certificate = denoise_tv(f, 0.99 * h * largest, spacing=(h,), tol=1e-7, return_certificate=True)
    assert certificate.iterations.all()
    assert (below.double() - mean).abs().amax((1, 2)).gt(1e-3 / n * largest / h).all()


def test_no_weight_below_the_largest_gives_the_mean_of_a_photograph_and_one_above_it_does():
    f = images.load("camera", size=(96, 72), gray=True)
    for weight, exact in ((2.0, False), (30.0, True), (1e4, True)):
        u, certificate = denoise_tv(f, weight, return_certificate=True)
        assert (int(certificate.iterations) == 0) is exact
        assert bool((u == u.flatten()[0]).all()) is exact
        if exact:
            assert float((u - f.mean()).abs().max()) < 1e-15
            p = certificate.dual
            assert float(p.square().sum(-3).max()) <= 1
            assert torch.allclose(weight * divergence(p), f.mean() - f, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_in_single_precision_the_mean_of_a_large_image_is_rounded_once(seed):
    f = (0.5 + noise((1, 300, 300), seed=seed)).float()
    u, mean = denoise_tv(f, 1e5), float(f.double().mean())
    assert float((u.double() - mean).abs().max()) <= 0.6 * torch.finfo(f.dtype).eps * mean


@pytest.mark.parametrize("shape", [(1, 30), (1, 100), (2, 70, 9)])
def test_where_the_answer_is_the_mean_the_derivative_is_averaging(shape):
    spacing, f, g = (1.0,) * (len(shape) - 1), noise(shape, seed=0), noise(shape, seed=1)
    space = tuple(range(1, len(shape)))
    f.requires_grad_()
    weight = torch.tensor(1e3).requires_grad_()
    u, certificate = denoise_tv(f, weight, spacing=spacing, return_certificate=True)
    recorded = torch.autograd.grad(u, (f, weight), g)
    assert int(certificate.iterations) == 0
    for grad_f, grad_weight in (recorded, denoise_tv_vjp(f, weight, g, spacing=spacing)):
        assert torch.allclose(grad_f, g.mean(space, keepdim=True).expand_as(g), rtol=0, atol=1e-9)
        assert abs(float(grad_weight)) < 1e-9
