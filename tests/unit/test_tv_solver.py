"""How denoise_tv gets there: how many iterations it takes, where it starts, the dual field, and what of it is kept."""

import itertools
import warnings

import pytest
import torch
from taut import regions, taut_rows

from diffimg import images, tv
from diffimg.images import noise
from diffimg.tv import denoise_tv, denoise_tv_vjp, divergence, gradient, total_variation

kinds = pytest.mark.parametrize(("isotropic", "coupled"), list(itertools.product([False, True], repeat=2)))
dtypes = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def photograph(*size, sigma=0.1, gray=True):
    clean = images.load("camera" if gray else "astronaut", size=size, gray=gray)
    return clean + sigma * noise(clean.shape, seed=0)


def iterations(f, weight, **options):
    return int(denoise_tv(f, weight, return_certificate=True, **options)[1].iterations)


# Speed ----------------------------------------------------------------------------------------------------------------

def walk(n):
    return noise((1, 1, 600), seed=1).cumsum(-1)[..., :n]


def noisy_step(n):
    return (torch.arange(n) >= n // 2) + 0.1 * noise((1, 1, n), seed=0)


# Each is one reading above what is needed, so that a part of the method that no longer works is noticed.
@pytest.mark.parametrize(("make", "size", "weight", "options", "most"), [
    (photograph, (64, 64), 0.1, {}, 80),
    (photograph, (64, 64), 1.0, {}, 240),
    (photograph, (256, 256), 0.1, {}, 90),
    (photograph, (256, 256), 1.0, {}, 320),
    (walk, (600,), 300.0, {"spacing": (1.0,)}, 320),
    (noisy_step, (600,), 30.0, {"spacing": (1.0,)}, 360),
    (photograph, (48, 48), 1.0, {"tol": 1e-7}, 1800),  # the first method does not reach it
], ids=["64", "64 far", "256", "256 far", "walk", "step", "both methods"])
def test_it_takes_no_more_iterations_than_it_did(make, size, weight, options, most):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert iterations(make(*size), weight, max_iterations=2 * most, **options) <= most


def test_the_docstring_knows_when_the_method_changes():
    assert denoise_tv.__doc__.count(str(tv.LOCAL_ITERATIONS)) == 2


@kinds
@pytest.mark.parametrize("spacing", [(1.0,), (1.0, 0.5), (2.0, 1.0, 0.5)])
def test_in_place_the_numbers_are_the_same(isotropic, coupled, spacing):
    shape = (2, 2, 5, 6, 7)[:2 + len(spacing)]
    kind = tv._Kind(tv._axes(isotropic, coupled, spacing), spacing, 1e-4, 100)
    g, u, p = noise(shape, seed=0), noise(shape, seed=1), noise(shape[:2] + (len(spacing),) + shape[2:], seed=2)
    p = tv._project(tv._clear(p.clone(), spacing), kind.axes)
    steps, state = tv._steps(7, 0.01), (None, None, u, p)
    for tau in steps:
        state = tv._relax(g, *state[2:], tau, kind)
    in_place = tv._relax_in_place(g, u.clone(), p.clone(), steps, kind)
    for one, other in zip(state, in_place[1:], strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-12)


def test_the_steps_become_shorter_as_acceleration_wants_and_no_shorter_than_they_may():
    steps = tv._steps(50, 0.1)
    assert steps[0] == 1 and len(steps) == 50
    for before, after in itertools.pairwise(steps):
        assert after == pytest.approx(max(before / (1 + 2 * before)**0.5, 0.1))
    kind = tv._Kind((-3,), (1.0, 0.5), 1e-4, 100)
    norm = 4 * (1 + 4)
    assert all(tau * tv._sigma(tau, kind) * norm == pytest.approx(1) for tau in (1.0, 0.1))


# Each image as if it were alone ---------------------------------------------------------------------------------------

def test_images_of_a_batch_stop_as_if_alone_with_a_coarse_start():
    f = torch.cat([photograph(70, 96), photograph(70, 96, sigma=0.3), 20 * photograph(70, 96)])
    weights = torch.tensor([1.0, 0.1, 4.0])
    check_alone(f, weights, tol=1e-4)


def test_so_they_do_in_the_second_method(monkeypatch):
    """Which measures the spread of each image, far apart here."""
    monkeypatch.setattr(tv, "LOCAL_ITERATIONS", 0)
    f = torch.cat([photograph(12, 16), 100 * photograph(12, 16, sigma=0.3), photograph(12, 16).flip(-1)])
    check_alone(f, torch.tensor([0.05, 0.5, 2.0]), tol=1e-5)


def check_alone(f, weights, tol):
    together, certificate = denoise_tv(f, weights, tol=tol, return_certificate=True)
    assert len(set(certificate.iterations.tolist())) == len(f)
    for k in range(len(f)):
        alone, own = denoise_tv(f[k], float(weights[k]), tol=tol, return_certificate=True)
        assert torch.allclose(together[k], alone, rtol=0, atol=1e-9 * float(f[k].abs().max()))
        assert torch.allclose(certificate.dual[k], own.dual, rtol=0, atol=1e-7)
        assert int(own.iterations) == int(certificate.iterations[k])


# The coarse start -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("shape", [(64,), (65,), (64, 7), (66, 130), (65, 67), (70, 5, 129)])
@pytest.mark.parametrize("h", [1.0, 0.5])
def test_a_doubled_field_has_in_each_block_the_divergence_of_the_block(shape, h):
    spacing = tuple(h * (k + 1) for k in range(len(shape)))
    g = noise((2, 3, *shape), seed=0)
    coarse, wide = tv._halved(g, spacing)
    assert wide == tuple(2 * h if n >= 64 else h for n, h in zip(shape, spacing, strict=True))
    assert tuple(coarse.shape[2:]) == tuple(-(-n // 2) if n >= 64 else n for n in shape)
    blocks = [torch.arange(n) // (2 if n >= 64 else 1) for n in shape]
    spread = coarse
    for axis, block in enumerate(blocks):
        spread = spread.index_select(axis + 2, block)
    even = (..., *(slice(n - n % 2 if n >= 64 else n) for n in shape))
    assert torch.allclose(tv._halved(spread[even], spacing)[0], tv._halved(g[even], spacing)[0])  # means of blocks
    p = tv._clear(noise((2, 3, len(shape), *coarse.shape[2:]), seed=1), wide)
    fine, expected = tv._doubled(p, shape, coarse.shape[2:]), tv._divergence(p, wide)
    assert fine.shape == (2, 3, len(shape), *shape)
    for axis, block in enumerate(blocks):
        expected = expected.index_select(axis + 2, block)
    # where a size is odd, the last block is half of one, and the field leaves it short of what it should bring
    assert torch.allclose(tv._divergence(fine, spacing)[even], expected[even], rtol=0, atol=1e-12)
    assert float(fine.abs().max()) <= float(p.abs().max())


@pytest.mark.parametrize("h", [4.0, 0.25])
@pytest.mark.parametrize("weight", [0.25, 1.0, 30.0])
def test_whether_there_is_a_coarse_start_does_not_depend_on_the_unit_of_length(weight, h):
    plain, scaled = (denoise_tv(walk(200), weight * unit, spacing=(unit,), return_certificate=True)
                     for unit in (1.0, h))
    assert torch.equal(plain[1].iterations, scaled[1].iterations)
    assert torch.allclose(plain[0], scaled[0], rtol=0, atol=1e-9)


def test_while_iterations_are_recorded_there_is_no_start(monkeypatch):
    """A start would be certified, and the few iterations left to record would have no derivative."""
    f, weight, g = walk(128), torch.tensor(20.0), noise((1, 1, 128), seed=2)
    exact = taut_rows(f, weight[None])
    region = regions(exact.flatten())
    means = torch.bincount(region, g.flatten()) / torch.bincount(region)
    learned = f.clone().requires_grad_()
    u, certificate = denoise_tv(learned, weight, spacing=(1.0,), return_certificate=True)
    slope, = torch.autograd.grad(u, learned, g)
    assert float((slope.flatten() - means[region]).norm()) < 0.004 * float(means[region].norm())
    assert float((u.detach() - exact).norm()) <= float(certificate.bound)
    assert iterations(f, weight, spacing=(1.0,)) < int(certificate.iterations)
    monkeypatch.setattr(tv, "HALVED_FROM", 1000)
    assert iterations(f, weight, spacing=(1.0,)) == int(certificate.iterations)


# Where to start -------------------------------------------------------------------------------------------------------

@kinds
@dtypes
@pytest.mark.parametrize(("shape", "spacing"), [((3, 1, 70), (1.0,)), ((2, 3, 20, 28), (1.0, 0.7)),
                                                ((1, 2, 6, 8, 10), (1.0, 2.0, 1.0))])
def test_a_dual_field_saves_the_next_call_the_way(isotropic, coupled, dtype, shape, spacing):
    """From a field that is good enough for the image f + weight div p, whose gap is larger than that of the image that
    was returned with it, none is left; from that of the same call, two readings at most.
    """
    f, options = noise(shape, seed=0).to(dtype), {"isotropic": isotropic, "coupled": coupled, "spacing": spacing}
    call = lambda **more: denoise_tv(f, 0.3, **options, return_certificate=True, **more)
    (u, first), (_, better) = call(), call(tol=1e-6)
    assert first.iterations.all() and (call(start=first.dual)[1].iterations <= 20).all()
    again, certificate = call(start=better.dual)
    assert not certificate.iterations.any() and (certificate.gap <= 1e-4 * certificate.objective).all()
    distance = (u - again).double().flatten(1).norm(dim=1)
    assert (distance <= (first.bound + certificate.bound).reshape(-1)).all()


@pytest.mark.parametrize("start", ["random", "huge", "infeasible at the border"])
def test_from_any_field_a_call_ends_in_the_certified_image(start):
    f = photograph(24, 30)
    p = noise((1, 1, 2, 24, 30), seed=5)
    if start == "huge":
        p = 1e6 * p
    if start == "infeasible at the border":  # numbers that have no effect, and must not shorten the others
        p = denoise_tv(f, 0.2, tol=1e-6, return_certificate=True)[1].dual
        p[..., 0, -1, :] = p[..., 1, :, -1] = 1e3
    before = p.clone()
    u, certificate = denoise_tv(f, 0.2, start=p, tol=1e-5, return_certificate=True)
    assert torch.equal(p, before)
    assert float(certificate.gap) <= 1e-5 * float(certificate.objective)
    exact, nearly = denoise_tv(f, 0.2, tol=1e-8, return_certificate=True)
    assert float((u - exact).norm()) <= float(certificate.bound + nearly.bound)
    assert int(certificate.iterations) <= iterations(f, 0.2, tol=1e-5)
    if start == "infeasible at the border":
        assert iterations(f, 0.2, start=p) == 0


def test_a_start_is_for_each_image_its_own_and_may_be_for_a_similar_one():
    f = torch.cat([photograph(40, 56), photograph(40, 56).flip(-1), photograph(40, 56).mT.reshape(1, 1, 40, 56)])
    weights = torch.tensor([0.2, 0.0, 0.3])
    dual = denoise_tv(f, weights, return_certificate=True)[1].dual
    moved = 0.98 * f + 0.001 * noise(f.shape, seed=9)
    cold, warm = (denoise_tv(moved, weights, start=start, return_certificate=True)[1] for start in (None, dual))
    assert (2 * warm.iterations[[0, 2]] <= cold.iterations[[0, 2]]).all()
    assert not dual[1].any() and not warm.dual[1].any() and int(warm.iterations[1]) == 0


def test_a_start_is_detached_and_is_none_where_a_gradient_is_recorded():
    f = photograph(16, 20)
    start = denoise_tv(f, 0.1, return_certificate=True)[1].dual.requires_grad_()
    u, certificate = denoise_tv(f, 0.1, start=start, return_certificate=True)
    assert not u.requires_grad and not certificate.dual.requires_grad
    learned, weight = f.clone().requires_grad_(), torch.tensor(0.1, requires_grad=True)
    for arguments in ((learned, 0.1), (f, weight)):
        with pytest.raises(ValueError, match="start is given while f or weight requires grad.*denoise_tv_vjp"):
            denoise_tv(*arguments, start=start)
        with torch.no_grad():
            assert torch.equal(denoise_tv(*arguments, start=start), u)
    denoise_tv(f, 0.1, start=start.detach().float())


@pytest.mark.parametrize(("change", "error", "message"), [
    (lambda p: p[..., :-1], ValueError, r"start has shape \(1, 1, 2, 16, 19\), expected \(1, 1, 2, 16, 20\), a dual f"),
    (lambda p: p[:, :, :1], ValueError, r"start has shape \(1, 1, 1, 16, 20\)"),
    (lambda p: p[0], ValueError, r"start has shape \(1, 2, 16, 20\)"),
    (lambda p: p / 0, ValueError, "start contains NaN or infinity"),
    (lambda p: p.long(), TypeError, "start.*int64"),
    (lambda p: p.cpu().numpy(), TypeError, "start.*ndarray, expected a tensor"),
])
def test_a_bad_start_is_refused(change, error, message):
    f = photograph(16, 20)
    with pytest.raises(error, match=message):
        denoise_tv(f, 0.1, start=change(gradient(f)))


# The dual field and the gap -------------------------------------------------------------------------------------------

@kinds
@dtypes
@pytest.mark.parametrize(("shape", "spacing"), [((2, 3, 2, 70), (0.5,)), ((2, 3, 12, 9), (1.0, 2.0)),
                                                ((2, 2, 5, 4, 6), (2.0, 1.0, 1.5))])
@pytest.mark.parametrize("limit", [1000, 0])
def test_the_dual_field_proves_the_gap(isotropic, coupled, dtype, shape, spacing, limit, monkeypatch):
    """Nowhere longer than 1, and the gap is the objective less what the field says is below it."""
    monkeypatch.setattr(tv, "LOCAL_ITERATIONS", limit)
    f = (3 + noise(shape, seed=0)).to(dtype)
    n, kind = len(spacing), {"isotropic": isotropic, "coupled": coupled, "spacing": spacing}
    weights = torch.full(shape[:-n - 1], 0.25, dtype=dtype)
    u, certificate = denoise_tv(f, weights, **kind, return_certificate=True)
    p, u, f, each = certificate.dual, u.double(), f.double(), tuple(range(-n - 1, 0))
    assert p.dtype == dtype and p.shape == (*shape[:-n], n, *shape[-n:])
    p = p.double()
    axes = (-n - 1,) * isotropic + (-n - 2,) * coupled
    length = p.square().sum(axes).sqrt() if axes else p.abs()
    assert float(length.max()) <= 1 + torch.finfo(dtype).eps
    primal = (u - f).square().sum(each) / 2 + 0.25 * total_variation(u, **kind)
    dual = (f.square().sum(each) - (f + 0.25 * divergence(p, spacing=spacing)).square().sum(each)) / 2
    assert torch.allclose(certificate.objective, primal, rtol=1e-12)
    digits = 4 * torch.finfo(dtype).eps * f.square().sum(each)
    assert ((primal - dual - certificate.gap).abs() <= digits).all()
    assert (certificate.gap <= 1e-4 * primal).all() and torch.equal(certificate.bound, (2 * certificate.gap).sqrt())


@kinds
def test_what_is_judged_is_feasible(isotropic, coupled):
    """A field that is too long, by rounding or worse, would prove too much."""
    f, weight = noise((2, 3, 9, 8), seed=0).float(), torch.full((2, 1, 1, 1), 0.5)
    axes = tv._axes(isotropic, coupled, (1.0, 1.0))
    p = 3 * noise((2, 3, 2, 9, 8), seed=1).float()
    mean, ready = f.mean((2, 3), keepdim=True), torch.ones(2, dtype=torch.bool)
    g = (f - mean) / weight.float()
    problem = tv._Problem(f, weight.float(), mean, tv._rounding(f))
    kind = tv._Kind(axes, (1.0, 1.0), 1e-4, max_iterations=7)
    u, q, gap, value, done = tv._judge(tv._State(g, g, p, g, p), problem, ready, 7, kind)
    assert done.all() and q.dtype == torch.float64
    assert float(tv._norm(q, axes).max()) <= 1 + 1e-15
    n, each = 0.5 * total_variation(u.double(), isotropic=isotropic, coupled=coupled), (1, 2, 3)
    primal = (u.double() - f).square().sum(each) / 2 + n
    dual = (f.double().square().sum(each) - (f + 0.5 * divergence(q)).square().sum(each)) / 2
    assert torch.allclose(gap, primal - dual) and torch.allclose(value, primal) and (gap > 0).all()


@pytest.mark.parametrize("axes", [(-3,), (-4, -3), (-4,), ()])
def test_no_term_of_the_gap_is_negative_not_even_by_rounding(axes):
    """u and the longest field along its gradient: all that is left of the gap is rounding."""
    u = noise((40, 2, 5, 6), seed=0).float()
    du = gradient(u)
    p = torch.nn.functional.normalize(du, dim=axes[0]) if len(axes) == 1 else du / tv._norm(du, axes) if axes else (
        du.sign())
    p = torch.nan_to_num(p)
    gap, objective = tv._gap(u, p, u - divergence(p), None, axes)
    assert (gap >= 0).all() and (gap < 1e-5 * objective).all()
    longer, _ = tv._gap(u, (1 + 1e-3) * p, u - (1 + 1e-3) * divergence(p), None, axes)
    assert (longer >= 0).all()


def test_when_the_gap_is_read(monkeypatch):
    """The gap is read every 10 iterations, every 40 after 200, when the method changes, and at the last."""
    assert tv._readings(7) == [0, 7] and tv._readings(25) == [0, 10, 20, 25]
    many = tv._readings(1100)
    assert many[:21] == list(range(0, 201, 10)) and many[21:23] == [240, 280] and many[-1] == 1100
    assert tv.LOCAL_ITERATIONS in many
    monkeypatch.setattr(tv, "LOCAL_ITERATIONS", 333)
    assert set(tv._readings(400)) - set(range(0, 400, 10)) == {333, 400}


def test_an_image_that_is_right_but_for_its_rounding_needs_no_warning():
    """The answer differs from the image by less than its digits show, and the gap is that difference."""
    f = (1e3 + noise((1, 1, 9, 8), seed=0)).float()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        u, certificate = denoise_tv(f, 1e-6, tol=1e-7, return_certificate=True)
    assert torch.equal(u, f) and float(certificate.gap) > 1e-7 * float(certificate.objective)
    assert float(certificate.bound) <= torch.finfo(f.dtype).eps * float(f.norm())


def test_what_only_rounding_keeps_from_its_certificate_is_done():
    """In single precision, where the second method has solved in double what the answer in single cannot show."""
    f = (1e6 + noise((1, 1, 9, 8), seed=0)).float()
    weight, mean = torch.ones(1, 1, 1, 1), f.double().mean((2, 3), keepdim=True).float()
    g, tol = f.double() - mean, 1e-4
    u, certificate = denoise_tv(g, 1.0, tol=1e-9, return_certificate=True)
    kind, problem = tv._Kind((-4, -3), (1.0, 1.0), tol, max_iterations=10_000), tv._Problem(
        f, weight.float(), mean, torch.zeros(1))

    def done(u, dtype):
        state = tv._State(*(x.to(dtype) for x in (g, u, certificate.dual, u, certificate.dual)))
        *_, gap, value, done = tv._judge(state, problem, torch.tensor([True]), 1100, kind)
        assert float(gap) > tol * float(value)
        return bool(done)
    assert done(u, torch.float64)
    assert not done(u, torch.float32)  # the first method, which has the second before it
    change = 1e-6 * noise(u.shape, seed=1)
    gap, value = tv._gap(u + change, certificate.dual, g, None, kind.axes)
    nearly = u + change * (0.5 * tol * value / gap)  # is within tol itself, but may come nearer
    assert 0.2 * tol < float(tv._gap(nearly, certificate.dual, g, None, kind.axes)[0] / value) < tol
    assert not done(nearly, torch.float64)


def test_images_that_stop_together_stop_when_the_last_of_them_does():
    kind = tv._Kind((), (1.0,), 1e-4, 10, together=3)
    flags = torch.tensor([True, True, True, False, True, True])  # of two images, three of each
    assert kind.agreed(flags).tolist() == [True, False] * 3
    assert kind._replace(together=1).agreed(flags).tolist() == flags.tolist()


def test_three_that_stop_together_take_the_same_iterations(monkeypatch):
    """With a coarse start and in both methods."""
    seen, solve = [], tv._solve

    def noted(*arguments):
        seen.append(solve(*arguments))
        assert arguments[-1].together == 3
        return seen[-1]
    monkeypatch.setattr(tv, "_solve", noted)
    f = torch.cat([photograph(80, 70), photograph(80, 70, sigma=0.3)])
    denoise_tv_vjp(f, torch.tensor([1.0, 0.1]), noise(f.shape, seed=3), tol=1e-4)
    for _, _, numbers in seen:
        ended = numbers[:, -1].reshape(3, -1)
        assert (ended == ended[0]).all()
    assert len(seen) > 1 and len(set(seen[-1][2][:, -1].tolist())) == 2
