"""Total variation: the gradient of an image and its transpose, the loss, and a denoiser that certifies its answer."""

import functools
import itertools
import math
import warnings
from typing import Literal, NamedTuple, overload

import torch
import torch.nn.functional as F
from torch import Tensor

from ._validate import check_denoise, check_gradient_field, check_non_negative, check_tv_images

# The accelerated primal-dual method passes news on by one pixel an iteration. What it has not finished in this many
# iterations has to travel far, and goes to a method that solves for the whole image at once.
LOCAL_ITERATIONS = 300
# Found by trying, for ADMM: over-relaxation, and rho in units of weight / spread of the image, which grows with the
# iterations as the steps of the accelerated method shrink.
RELAXATION = 1.8
STIFFNESS, GROWTH = 12.0, 1 / 6

Step = tuple[Tensor, Tensor, Tensor]  # the image u, what the method carries beside, the dual field p


def gradient(u: Tensor) -> Tensor:
    """D u: the differences to the next row and to the next column.

    Convention: u (..., C, H, W); the result (..., C, 2, H, W) holds the vertical differences u[i+1, j] - u[i, j], then
    the horizontal ones u[i, j+1] - u[i, j]. Those of the last row and of the last column are 0, as if the border were
    repeated. Units: intensity per pixel.
    Gradient: exact; the backward pass is D^T = -divergence.
    Raises: TypeError for integer images, ValueError without a channel axis.
    Source: eq-tv-gradient, chapter "tv/total_variation".

    >>> gradient(torch.tensor([[[1., 3.], [4., 4.]]]))
    tensor([[[[3., 1.],
              [0., 0.]],
    <BLANKLINE>
             [[2., 0.],
              [0., 0.]]]])
    """
    check_tv_images("u", u)
    return _gradient(u)


def divergence(p: Tensor) -> Tensor:
    """div p = -D^T p: the transpose of gradient, with the sign that physics gives it.

    <gradient(u), p> = -<u, divergence(p)> for every u and p.

    Convention: p (..., C, 2, H, W), vertical component first; the result is (..., C, H, W). What p holds in the last
    row of the vertical and in the last column of the horizontal component has no effect.
    Gradient: exact; the backward pass is -gradient.
    Raises: TypeError for integers, ValueError for a shape that gradient does not return.
    Source: eq-tv-adjoint, chapter "tv/total_variation".

    >>> divergence(gradient(torch.tensor([[[0., 1., 0.]]])))
    tensor([[[ 1., -2.,  1.]]])
    """
    check_gradient_field("p", p)
    return _divergence(p)


def total_variation(u: Tensor, *, isotropic: bool, coupled: bool = False) -> Tensor:
    """How much an image varies: the sum over pixels of the size of its gradient, one number for each image.

    Convention: u (..., C, H, W), result (...). The size at a pixel is |vertical| + |horizontal| for each channel
    (isotropic=False), the root of the sum of their squares (isotropic=True); coupled=True takes the root of the sum of
    squares over the channels as well. Not divided by anything: for a mean, divide by C H W. Half-precision images are
    summed in float32, and so is the result.
    Gradient: a subgradient; where nothing varies it is 0, never NaN.
    Raises: TypeError for integer images, ValueError without a channel axis.
    Source: eq-tv-anisotropic and eq-tv-isotropic, chapter "tv/total_variation"; Rudin, Osher and Fatemi (1992).

    >>> u = torch.tensor([[[0., 3.], [4., 4.]]])
    >>> total_variation(u, isotropic=False), total_variation(u, isotropic=True)
    (tensor(8.), tensor(6.))
    """
    check_tv_images("u", u)
    # a half has too few digits for squares and too small a range for sums
    wide = u.float() if u.dtype in (torch.float16, torch.bfloat16) else u
    return _norm(_gradient(wide), _axes(isotropic, coupled)).sum((-4, -3, -2, -1))


class TVLoss(torch.nn.Module):
    """The total variation loss as it circulates: weight * TV(u) / number of elements.

    Convention: u (..., C, H, W), usually (B, C, H, W); the result is one number, the sum over all images divided by the
    number of elements u.numel(). Beside a data term that is a mean, the weight stays when an image of the same noise
    has more pixels, and becomes weight * r when the same picture is enlarged r times (eq-tv-enlarged). Half-precision
    images are summed in float32, and so is the result.
    Gradient: a subgradient, 0 where nothing varies.
    Raises: TypeError for integer images, ValueError without a channel axis and for a weight that is negative.
    Source: eq-tv-module, chapter "tv/total_variation".

    >>> TVLoss(0.5)(torch.tensor([[[[0., 3.], [4., 4.]]]]))
    tensor(1.)
    """

    def __init__(self, weight: float = 1.0, *, isotropic: bool = False, coupled: bool = False):
        super().__init__()
        check_non_negative("weight", weight)
        self.weight, self.isotropic, self.coupled = weight, isotropic, coupled

    def forward(self, u: Tensor) -> Tensor:
        return self.weight * total_variation(u, isotropic=self.isotropic, coupled=self.coupled).sum() / u.numel()

    def extra_repr(self) -> str:
        return f"weight={self.weight}, isotropic={self.isotropic}, coupled={self.coupled}"


class Certificate(NamedTuple):
    """What denoise_tv knows of its answer, one number for each image, in float64 (iterations: integers)."""

    gap: Tensor
    objective: Tensor
    bound: Tensor
    iterations: Tensor


@overload
def denoise_tv(f: Tensor, weight: float | Tensor, *, isotropic: bool = True, coupled: bool = True, tol: float = 1e-4,
               max_iterations: int = 20000, return_certificate: Literal[False] = False) -> Tensor:
    """The image alone."""


@overload
def denoise_tv(f: Tensor, weight: float | Tensor, *, isotropic: bool = True, coupled: bool = True, tol: float = 1e-4,
               max_iterations: int = 20000, return_certificate: Literal[True]) -> tuple[Tensor, Certificate]:
    """The image and what is known of it."""


@overload
def denoise_tv(f: Tensor, weight: float | Tensor, *, isotropic: bool = True, coupled: bool = True, tol: float = 1e-4,
               max_iterations: int = 20000, return_certificate: bool) -> Tensor | tuple[Tensor, Certificate]:
    """Either, where the flag is a variable."""


def denoise_tv(f: Tensor, weight: float | Tensor, *, isotropic: bool = True, coupled: bool = True, tol: float = 1e-4,
               max_iterations: int = 20000, return_certificate: bool = False) -> Tensor | tuple[Tensor, Certificate]:
    """Total variation denoising: the minimiser of 1/2 |u - f|^2 + weight * TV(u), with a proof of how close it is.

    Accelerated primal-dual iterations; what they have not finished after 300 is finished by ADMM, whose linear step
    sees the whole image at once. Both carry a dual field p, which proves a lower bound of the objective; an image is
    done when objective - lower bound = gap <= tol * objective, or when the bound below is no more than the rounding of
    the image itself.

    Convention: f (..., C, H, W) in float32 or float64, any range: denoise_tv(a f, a weight) = a denoise_tv(f, weight).
    weight is a number, or a tensor with one or with one number for each image (f.shape[:-3]); 0 returns the image.
    isotropic and coupled as in total_variation, but both are on here: name them there when you compute the objective
    yourself. coupled=False treats channels one by one, as most libraries do. The Certificate holds, for each image, the
    gap (a sum of terms that cannot be negative, computed in float64 from the image that is returned), the objective,
    the bound sqrt(2 gap) on |u - u*| (Euclidean, over all channels and pixels) and the iterations. Images of a batch
    stop one by one, each as if it were alone. The gap is read every 10 iterations, after 200 every 40; on a GPU each
    reading waits, as does the look for NaN at the start.
    Gradient: in f and in weight, by recording the iterations that ran, when one of them requires grad. Each of the
    first 300 then keeps four images in memory, each later one eight. The derivative converges later than the image, and
    tol certifies the image alone: lower tol until the derivative stands still. Where regions merge or part the
    minimiser has a kink. Weight 0 passes the gradient to f alone.
    Raises: TypeError for integer images, ValueError for a missing channel axis, a negative or non-finite weight, tol or
    image; a RuntimeWarning when tol is not reached. Float32 rounding allows a tol of about 1e-6.
    Source: eq-rof-gap, eq-rof-bound, eq-rof-primal-dual and eq-rof-admm, chapter "tv/rof"; Chambolle and Pock (2011),
    Boyd et al. (2011).

    >>> denoise_tv(torch.tensor([[[0., 0., 1., 1.]]], dtype=torch.float64), 0.25).round(decimals=2)
    tensor([[[0.1200, 0.1200, 0.8800, 0.8800]]], dtype=torch.float64)
    """
    check_denoise(f, weight, tol, max_iterations)
    batch = f.shape[:-3]
    images = f.reshape(-1, *f.shape[-3:])
    weights = torch.as_tensor(weight, dtype=f.dtype, device=f.device)
    weights = (weights.reshape(()) if weights.numel() == 1 else weights).expand(batch).reshape(-1)
    record = torch.is_grad_enabled() and (f.requires_grad or weights.requires_grad)
    with torch.set_grad_enabled(record):
        u, gap, objective, iterations = _solve(images, weights, _axes(isotropic, coupled), tol, max_iterations)
    if bool((missed := ~_certified(gap, objective, _rounding(images), tol)).any()):
        warnings.warn(f"denoise_tv: {int(missed.sum())} of {len(gap)} image(s) did not reach tol={tol} in "
                      f"{max_iterations} iterations; the largest gap is {float((gap / objective).max()):.1e} of the "
                      "objective. Raise max_iterations or tol, or use float64", RuntimeWarning, stacklevel=2)
    certificate = Certificate(*(x.reshape(batch) for x in (gap, objective, (2 * gap).sqrt(), iterations)))
    return (u.reshape(f.shape), certificate) if return_certificate else u.reshape(f.shape)


class _State(NamedTuple):
    """g = f / weight, the image u, the dual field p, and what the method carries beside: u extrapolated, or z = D u."""

    g: Tensor
    u: Tensor
    beside: Tensor
    p: Tensor


def _solve(f: Tensor, weight: Tensor, axes: tuple[int, ...], tol: float,
           max_iterations: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images (B, C, H, W) and weights (B,): the solutions, and gap, objective and iterations of each image."""
    # weight 0 returns the image; the term keeps such a weight in the graph
    solutions = list(f + 0 * weight.reshape(-1, 1, 1, 1))
    numbers, todo = torch.zeros(len(f), 3, dtype=torch.float64, device=f.device), weight.nonzero().flatten()
    f, weight = f[todo], weight[todo].reshape(-1, 1, 1, 1)
    mean, rounding = f.mean((2, 3), keepdim=True), _rounding(f)
    # u(a f + c, a weight) = a u(f, weight) + c: all is solved for weight 1, and for mean 0, where floats are densest
    g = (f - mean) / weight
    state, k = _State(g, g.clone(), g.clone(), torch.zeros_like(_gradient(g))), 0
    while len(todo) and k < max_iterations:
        k, before = min(_next_reading(k), max_iterations), k
        state = _advance(state, before, k, axes)
        u = weight * state.u + mean
        gap, objective = _gap(u, state.p, f, weight, axes)
        if k < max_iterations and not _certified(gap, objective, rounding, tol).any():
            continue
        p = _project(state.p.double(), axes)  # which rounding to float32 may have left outside
        gap, objective = _gap(u.double(), p, f.double(), weight.double(), axes)
        done = _certified(gap, objective, rounding, tol) | torch.full_like(gap, k == max_iterations).bool()
        for i in done.nonzero().flatten().tolist():
            solutions[todo[i]], numbers[todo[i]] = u[i], torch.stack([gap[i], objective[i], torch.full_like(gap[i], k)])
        if done.any():
            todo, f, mean, weight, rounding, *left = (x[~done] for x in (todo, f, mean, weight, rounding, *state))
            state = _State(*left)
    gap, objective, iterations = numbers.unbind(-1)
    return torch.stack(solutions) if solutions else f, gap, objective, iterations.long()


def _next_reading(k: int) -> int:
    """Every 10 iterations, after 200 every 40, and when the method changes."""
    later = k + (10 if k < 200 else 40)
    return LOCAL_ITERATIONS if k < LOCAL_ITERATIONS < later else later


def _advance(state: _State, k: int, last: int, axes: tuple[int, ...]) -> _State:
    """From iteration k to iteration last, all with one method."""
    g, u, beside, p = state
    if k < LOCAL_ITERATIONS:
        step = _primal_dual if torch.is_grad_enabled() else _primal_dual_in_place
        for tau in _steps(last)[k:]:
            u, beside, p = step(g, u, beside, p, tau, axes)
        return _State(g, u, beside, p)
    stiffness = STIFFNESS + GROWTH * (k - LOCAL_ITERATIONS)
    rho = stiffness / g.detach().std((1, 2, 3), correction=0).clamp(min=1e-12).reshape(-1, 1, 1, 1, 1)
    beside = _gradient(u) if k == LOCAL_ITERATIONS else beside
    damping = 1 / (1 + rho[..., 0] * _mirrored_laplacian(g.shape[-2], g.shape[-1], g))
    for _ in range(k, last):
        u, beside, p = _admm(g, beside, p, rho, damping, axes)
    return _State(g, u, beside, p)


@functools.cache
def _steps(count: int) -> list[float]:
    """The steps tau of the first iterations: each is that before it divided by sqrt(1 + 2 tau)."""
    return list(itertools.accumulate(range(1, count), lambda tau, _: tau / math.sqrt(1 + 2 * tau), initial=1.0))


def _primal_dual(g: Tensor, u: Tensor, extrapolated: Tensor, p: Tensor, tau: float, axes: tuple[int, ...]) -> Step:
    """One iteration of Chambolle and Pock: ascent in p, descent in u, and a look ahead."""
    p = _project(p + _gradient(extrapolated) / (8 * tau), axes)
    new = (u + tau * (g + _divergence(p))) / (1 + tau)
    return new, new + (new - u) / math.sqrt(1 + 2 * tau), p


def _primal_dual_in_place(g: Tensor, u: Tensor, extrapolated: Tensor, p: Tensor, tau: float,
                          axes: tuple[int, ...]) -> Step:
    """The same numbers in about half the time: the fewer passes over memory, the faster."""
    sigma, c = 1 / (8 * tau), tau / (1 + tau)
    v, h = p[..., 0, :-1, :], p[..., 1, :, :-1]
    v.add_(extrapolated[..., 1:, :], alpha=sigma).sub_(extrapolated[..., :-1, :], alpha=sigma)
    h.add_(extrapolated[..., 1:], alpha=sigma).sub_(extrapolated[..., :-1], alpha=sigma)
    p.mul_(_inner(p, p, axes).clamp_(min=1).rsqrt_())
    new = torch.lerp(u, g, c)
    _add_divergence(new, v, h, c)
    torch.lerp(u, new, 1 + 1 / math.sqrt(1 + 2 * tau), out=extrapolated)
    return new, extrapolated, p


def _admm(g: Tensor, z: Tensor, p: Tensor, rho: Tensor, damping: Tensor, axes: tuple[int, ...]) -> Step:
    """One iteration of the alternating direction method of multipliers for u and z = D u, over-relaxed."""
    u = _filter_mirrored(g - _divergence(rho * z - p), damping)  # (1 + rho D^T D)^-1
    v = p + rho * (RELAXATION * _gradient(u) + (1 - RELAXATION) * z)
    p = _project(v, axes)
    return u, (v - p) / rho, p


def _mirrored_laplacian(h: int, w: int, like: Tensor) -> Tensor:
    """The eigenvalues of D^T D, which is a circular convolution of the image mirrored at its borders."""
    y = torch.arange(2 * h, dtype=like.dtype, device=like.device) * (math.pi / h)
    x = torch.arange(w + 1, dtype=like.dtype, device=like.device) * (math.pi / w)
    return 4 - 2 * y.cos()[:, None] - 2 * x.cos()


def _filter_mirrored(b: Tensor, transfer: Tensor) -> Tensor:
    h, w = b.shape[-2:]
    mirrored = torch.cat([b, b.flip(-1)], -1)
    mirrored = torch.cat([mirrored, mirrored.flip(-2)], -2)
    return torch.fft.irfft2(torch.fft.rfft2(mirrored) * transfer, s=(2 * h, 2 * w))[..., :h, :w]


def _gap(u: Tensor, p: Tensor, f: Tensor, weight: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """The duality gap, no term of which can be negative, and the objective, in float64, for each image."""
    u, p, f, weight = (x.detach() for x in (u, p, f, weight))  # nothing is differentiated here, so all is in place
    du = torch.zeros_like(p)
    torch.sub(u[..., 1:, :], u[..., :-1, :], out=du[..., 0, :-1, :])
    torch.sub(u[..., 1:], u[..., :-1], out=du[..., 1, :, :-1])
    variation = _inner(du, du, axes).sqrt_()
    slack = (variation - _inner(du, p, axes)).clamp_(min=0)
    misfit = u - f
    fit = misfit.square()
    _add_divergence(misfit, weight * p[..., 0, :-1, :], weight * p[..., 1, :, :-1], -1)

    def total(image: Tensor, field: Tensor) -> Tensor:
        # a sum that also converts is slow, so it gets the sums of the rows
        image, field = image.sum(-1).sum((1, 2), dtype=torch.float64), field.sum(-1).sum((1, 2, 3), dtype=torch.float64)
        return image / 2 + weight.flatten().double() * field
    return total(misfit.square_(), slack), total(fit, variation)


def _rounding(f: Tensor) -> Tensor:
    """How far an image may be from itself because its numbers are rounded."""
    return torch.finfo(f.dtype).eps * f.detach().double().square().sum((1, 2, 3)).sqrt()


def _certified(gap: Tensor, objective: Tensor, rounding: Tensor, tol: float) -> Tensor:
    """Whether the gap is small enough, or says that the image is right but for the rounding of its numbers."""
    return (gap <= tol * objective) | ((2 * gap).sqrt() <= rounding)


def _axes(isotropic: bool, coupled: bool) -> tuple[int, ...]:
    """The axes of (..., C, 2, H, W) over which the size of a gradient is a 2-norm."""
    return (-4,) * coupled + (-3,) * isotropic


def _inner(a: Tensor, b: Tensor, axes: tuple[int, ...]) -> Tensor:
    """<a, b> over these axes. Two slices are added up faster than an axis of two is reduced."""
    product = a * b
    for axis in axes:
        product = functools.reduce(torch.add, product.split(1, axis))
    return product


def _norm(g: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The explicit root, because vector_norm over a short axis takes many times as long. Its slope at 0 is infinite,
    and the chain rule would turn that into NaN; here it is 0.
    """
    square = _inner(g, g, axes)
    zero = square == 0
    return square.masked_fill(zero, 1).sqrt().masked_fill(zero, 0)


def _project(p: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Each vector of p that is longer than 1, shortened to 1."""
    return p * _inner(p, p, axes).clamp(min=1).rsqrt()


def _gradient(u: Tensor) -> Tensor:
    return torch.stack([F.pad(u.diff(dim=-2), (0, 0, 0, 1)), F.pad(u.diff(dim=-1), (0, 1))], -3)


def _add_divergence(image: Tensor, v: Tensor, h: Tensor, factor: float) -> None:
    """image += factor * div p in place, with v and h the parts of p that count: less its last row, its last column."""
    image[..., :-1, :].add_(v, alpha=factor)
    image[..., 1:, :].sub_(v, alpha=factor)
    image[..., :-1].add_(h, alpha=factor)
    image[..., 1:].sub_(h, alpha=factor)


def _divergence(p: Tensor) -> Tensor:
    v, h = p[..., 0, :-1, :], p[..., 1, :, :-1]
    return F.pad(v, (0, 0, 0, 1)) - F.pad(v, (0, 0, 1, 0)) + F.pad(h, (0, 1)) - F.pad(h, (1, 0))
