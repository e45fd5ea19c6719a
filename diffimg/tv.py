"""Total variation: the gradient of an image and its transpose, the loss, and a denoiser that certifies its answer."""

import functools
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeVar, overload

import torch
import torch.nn.functional as F
from torch import Tensor

from ._validate import (
    check_denoise,
    check_direction,
    check_gradient_field,
    check_spacing,
    check_start,
    check_tv_images,
    check_weight,
)

# The relaxed primal-dual method passes news on by one pixel an iteration. What it has not finished in this many
# iterations goes to a method that solves for the whole image at once, and pays 30 to 50 times as much for an iteration.
LOCAL_ITERATIONS = 1000
# Found by trying: how far each step is overdone, in the first method and in ADMM; and rho of ADMM in units of weight /
# spread of the image, which grows with the iterations.
RELAXATION, ADMM_RELAXATION = 1.9, 1.8
STIFFNESS, GROWTH = 12.0, 1 / 2
# An axis shorter than this is not halved for a coarse start: its news arrives in time.
HALVED_FROM, COARSE_TOL = 64, 1e-4

Spacing = Sequence[float]
Axes = tuple[int, ...]
Edge = tuple[float, Tensor, Tensor, Tensor]
Kept = TypeVar("Kept", "_Problem", "_State")


def gradient(u: Tensor, *, spacing: Spacing = (1.0, 1.0)) -> Tensor:
    """D u: the differences to the next pixel along each axis, divided by the distance.

    Convention: u (..., C, H, W); the result (..., C, 2, H, W) holds the vertical differences u[i+1, j] - u[i, j], then
    the horizontal ones u[i, j+1] - u[i, j]. Those of the last row and of the last column are 0, as if the border were
    repeated. spacing is the distance of neighbours along each spatial axis in array order (depth, height, width), never
    x first, and its length says how many axes there are: (1.0,) a row (..., C, W), three numbers a volume
    (..., C, D, H, W) with a field (..., C, 3, D, H, W). All axes before are a batch, so a volume that comes with two
    numbers is a batch of slices. Units: intensity per unit of spacing.
    Gradient: exact; the backward pass is D^T = -divergence.
    Raises: TypeError for integer images and for a spacing that is one bare number, ValueError without a channel axis.
    Source: eq-tv-gradient, chapter "tv/total_variation".

    >>> gradient(torch.tensor([[[1., 3.], [4., 4.]]]))
    tensor([[[[3., 1.],
              [0., 0.]],
    <BLANKLINE>
             [[2., 0.],
              [0., 0.]]]])
    """
    spacing = check_tv_images("u", u, spacing)
    return _gradient(u, spacing)


def divergence(p: Tensor, *, spacing: Spacing = (1.0, 1.0)) -> Tensor:
    """div p = -D^T p: the transpose of gradient, with the sign that physics gives it.

    <gradient(u), p> = -<u, divergence(p)> for every u and p.

    Convention: p (..., C, 2, H, W), vertical component first; the result is (..., C, H, W). What p holds in the last
    row of the vertical and in the last column of the horizontal component has no effect. spacing as in gradient, with
    as many components as it has numbers.
    Gradient: exact; the backward pass is -gradient.
    Raises: TypeError for integers, ValueError for a shape that gradient does not return with this spacing.
    Source: eq-tv-adjoint, chapter "tv/total_variation".

    >>> divergence(gradient(torch.tensor([[[0., 1., 0.]]])))
    tensor([[[ 1., -2.,  1.]]])
    """
    spacing = check_gradient_field("p", p, spacing)
    return _divergence(p, spacing)


def total_variation(u: Tensor, *, isotropic: bool, coupled: bool = False, spacing: Spacing = (1.0, 1.0)) -> Tensor:
    """How much an image varies: the sum over pixels of the size of its gradient, one number for each image.

    Convention: u (..., C, H, W), result (...). The size at a pixel is |vertical| + |horizontal| for each channel
    (isotropic=False), the root of the sum of their squares (isotropic=True); coupled=True takes the root of the sum of
    squares over the channels as well. Not divided by anything: for a mean, divide by C H W. spacing as in gradient: it
    divides the differences, and the sum is not multiplied by the volume of a pixel. Half-precision images are summed
    in float32, and so is the result.
    Gradient: a subgradient; where nothing varies it is 0, never NaN.
    Raises: TypeError for integer images and a bare number as spacing, ValueError without a channel axis.
    Source: eq-tv-anisotropic and eq-tv-isotropic, chapter "tv/total_variation"; Rudin, Osher and Fatemi (1992).

    >>> u = torch.tensor([[[0., 3.], [4., 4.]]])
    >>> total_variation(u, isotropic=False), total_variation(u, isotropic=True)
    (tensor(8.), tensor(6.))
    """
    spacing = check_tv_images("u", u, spacing)
    # a half has too few digits for squares and too small a range for sums
    wide = u.float() if u.dtype in (torch.float16, torch.bfloat16) else u
    size = _norm(_gradient(wide, spacing), _axes(isotropic, coupled, spacing))
    return size.sum(tuple(range(-len(spacing) - 2, 0)))


class TVLoss(torch.nn.Module):
    """The total variation loss as it circulates: weight * TV(u) / number of elements.

    Convention: u (..., C, H, W), usually (B, C, H, W); the result is one number, the sum over all images divided by the
    number of elements u.numel(), and 0 for no images. Beside a data term that is a mean, the weight stays when an image
    of the same noise has more pixels, and becomes weight * r when the same picture is enlarged r times
    (eq-tv-enlarged). weight is a number or a tensor with one; a Parameter is learned. spacing as in gradient.
    Half-precision images are summed in float32, and so is the result.
    Gradient: a subgradient, 0 where nothing varies; in weight, exact.
    Raises: TypeError for integer images, ValueError without a channel axis and for a weight that is negative.
    Source: eq-tv-module, chapter "tv/total_variation".

    >>> TVLoss(0.5)(torch.tensor([[[[0., 3.], [4., 4.]]]]))
    tensor(1.)
    """

    weight: float | Tensor

    def __init__(self, weight: float | Tensor = 1.0, *, isotropic: bool = False, coupled: bool = False,
                 spacing: Spacing = (1.0, 1.0)):
        super().__init__()
        check_weight(weight, None)
        if isinstance(weight, Tensor) and not isinstance(weight, torch.nn.Parameter):
            self.register_buffer("weight", weight)
        else:
            self.weight = weight
        self.isotropic, self.coupled, self.spacing = isotropic, coupled, check_spacing(spacing)

    def forward(self, u: Tensor) -> Tensor:
        total = total_variation(u, isotropic=self.isotropic, coupled=self.coupled, spacing=self.spacing).sum()
        weight = self.weight.reshape(()) if isinstance(self.weight, Tensor) else self.weight
        return weight * total / max(u.numel(), 1)

    def extra_repr(self) -> str:
        return f"weight={self.weight}, isotropic={self.isotropic}, coupled={self.coupled}, spacing={self.spacing}"


class Certificate(NamedTuple):
    """What denoise_tv knows of its answer: one number for each image, in float64 (iterations: integers), and the field.

    dual (..., C, 2, H, W) is the p that proves it, nowhere longer than 1; as `start` it saves the next call the way.
    """

    gap: Tensor
    objective: Tensor
    bound: Tensor
    iterations: Tensor
    dual: Tensor


@overload
def denoise_tv(f: Tensor, weight: float | Tensor, *, isotropic: bool = True, coupled: bool = True,
               spacing: Spacing = (1.0, 1.0), tol: float = 1e-4, max_iterations: int = 20000,
               start: Tensor | None = None, return_certificate: Literal[False] = False) -> Tensor:
    """The image alone."""


@overload
def denoise_tv(f: Tensor, weight: float | Tensor, *, isotropic: bool = True, coupled: bool = True,
               spacing: Spacing = (1.0, 1.0), tol: float = 1e-4, max_iterations: int = 20000,
               start: Tensor | None = None, return_certificate: Literal[True]) -> tuple[Tensor, Certificate]:
    """The image and what is known of it."""


@overload
def denoise_tv(f: Tensor, weight: float | Tensor, *, isotropic: bool = True, coupled: bool = True,
               spacing: Spacing = (1.0, 1.0), tol: float = 1e-4, max_iterations: int = 20000,
               start: Tensor | None = None, return_certificate: bool) -> Tensor | tuple[Tensor, Certificate]:
    """Either, where the flag is a variable."""


def denoise_tv(f: Tensor, weight: float | Tensor, *, isotropic: bool = True, coupled: bool = True,
               spacing: Spacing = (1.0, 1.0), tol: float = 1e-4, max_iterations: int = 20000,
               start: Tensor | None = None, return_certificate: bool = False) -> Tensor | tuple[Tensor, Certificate]:
    """Total variation denoising: the minimiser of 1/2 |u - f|^2 + weight * TV(u), with a proof of how close it is.

    Over-relaxed primal-dual iterations; what they have not finished after 1000 is finished by ADMM, whose linear step
    sees the whole image at once. Where the weight exceeds what neighbours differ by, the image at half its size is
    solved first, and its dual field is the start. All carry a dual field p, which proves a lower bound of the
    objective; an image is done when objective - lower bound = gap <= tol * objective, or when the bound below is no
    more than the rounding of the image itself.

    Convention: f (..., C, H, W) in float32 or float64, any range: denoise_tv(a f, a weight) = a denoise_tv(f, weight).
    weight is a number, or a tensor with one or with one number for each image (f.shape[:-3]); 0 returns the image, and
    so large a weight that the mean is the answer returns the mean. isotropic and coupled as in total_variation, but
    both are on here: name them there when you compute the objective yourself. coupled=False treats channels one by
    one, as most libraries do. spacing as in gradient: rows, images and volumes. start is a dual field
    (..., C, 2, H, W), for instance the dual of a Certificate for a similar image; it is detached.
    The Certificate holds, for each image, the gap (a sum of terms that cannot be negative, computed in float64 from the
    image that is returned), the objective, the bound sqrt(2 gap) on |u - u*| (Euclidean, over all channels and pixels),
    the iterations at full size and the dual field. Images of a batch stop one by one, each as if it were alone. The gap
    is read every 10 iterations, after 200 every 40; on a GPU each reading waits, as does the look for NaN. On
    a CPU that others use too, torch.set_num_threads(1) is faster: threads wait for each other at every operation.
    Gradient: in f and in weight, by recording the iterations that ran, when one of them requires grad; denoise_tv_vjp
    does without. Each of the first 1000 then keeps four images in memory, each later one eight, in float64. There is no
    start of any kind then: an image that is certified after few iterations has no derivative yet. The derivative
    converges later than the image, and tol certifies the image alone: lower tol until the derivative stands still.
    Where regions merge or part the minimiser has a kink. Weight 0 passes the gradient to f alone.
    Raises: TypeError for integer images and a bare number as spacing, ValueError for a missing channel axis, a negative
    or non-finite weight, tol or image, a start of another shape, and a start while a gradient is recorded; a
    RuntimeWarning when tol is not reached. ADMM computes in float64, so that float32 images are certified too; where
    rounding the answer to float32 keeps its gap above tol (long flat images, large weights), the warning says so.
    Source: eq-rof-gap, eq-rof-bound, eq-rof-relaxed and eq-rof-admm, chapter "tv/rof"; Chambolle and Pock (2011),
    Condat (2013), Boyd et al. (2011).

    >>> denoise_tv(torch.tensor([[[0., 0., 1., 1.]]], dtype=torch.float64), 0.25).round(decimals=2)
    tensor([[[0.1200, 0.1200, 0.8800, 0.8800]]], dtype=torch.float64)
    """
    spacing = check_denoise(f, weight, spacing, tol, max_iterations)
    batch, shape = f.shape[:-len(spacing) - 1], f.shape[-len(spacing) - 1:]
    images, weights = f.reshape(-1, *shape), _one_for_each(weight, f, batch)
    record = torch.is_grad_enabled() and (f.requires_grad or weights.requires_grad)
    field = (*batch, *_field_shape(shape, spacing))
    if start is not None:
        check_start(start, field, record)
        start = start.detach().reshape(-1, *field[len(batch):]).to(f)
    with torch.set_grad_enabled(record):
        u, p, numbers = _solve(images, weights, start,
                               _Kind(_axes(isotropic, coupled, spacing), spacing, tol, int(max_iterations)))
    _warn("denoise_tv", numbers, _rounding(images), tol, max_iterations)
    u, (gap, objective, iterations) = u.reshape(f.shape), numbers.reshape(*batch, 3).unbind(-1)
    certificate = Certificate(gap, objective, (2 * gap).sqrt(), iterations.long(), p.reshape(field))
    return (u, certificate) if return_certificate else u


@torch.no_grad()
def denoise_tv_vjp(f: Tensor, weight: float | Tensor, g: Tensor, *, isotropic: bool = True, coupled: bool = True,
                   spacing: Spacing = (1.0, 1.0), tol: float = 1e-6,
                   max_iterations: int = 20000) -> tuple[Tensor, Tensor]:
    """The backward pass of denoise_tv by two more denoisings: the gradients of <g, u> in f and in weight.

    The Jacobian J of the solution u(f) is symmetric, so J^T g is the slope of u along g, a central difference. And
    because u(a f, a weight) = a u(f, weight), the derivative in weight is (u - J f) / weight.

    Convention: g has the shape of f; what denoise_tv takes means the same here. The result is (grad_f, grad_weight) in
    the shapes of f and of weight (0-d for a number). All is computed in float64, f and f +- step * g side by side, and
    the three stop together, because what their errors have in common leaves the difference.
    Gradient: none is recorded, and the memory is that of three images and their fields, however many iterations.
    Exact for tol -> 0 where the solution has a derivative; where regions merge or part, some number between the sides.
    Weight 0 passes g to f alone.
    Raises: as denoise_tv, and ValueError for a g of another shape.
    Source: eq-rof-vjp, chapter "tv/rof", and eq-lambda-derivative, chapter "tv/choosing_lambda".

    >>> f, g = torch.tensor([[[0., 0., 3., 1.]]]), torch.tensor([[[0., 0., 1., 0.]]])
    >>> [x.round(decimals=3) for x in denoise_tv_vjp(f, 0.5, g)]
    [tensor([[[0., 0., 1., 0.]]]), tensor(-2.)]
    """
    spacing = check_denoise(f, weight, spacing, tol, max_iterations)
    check_direction(g, f)
    batch, shape = f.shape[:-len(spacing) - 1], f.shape[-len(spacing) - 1:]
    images, slope = (x.reshape(-1, *shape).double() for x in (f, g))
    weights, each = _one_for_each(weight, images.reshape(f.shape), batch), tuple(range(1, images.ndim))
    largest = slope.abs().amax(each, keepdim=True)
    step = 1e-6 * torch.where(weights > 0, weights, 1) / torch.where(largest > 0, largest, 1)
    kind = _Kind(_axes(isotropic, coupled, spacing), spacing, tol, int(max_iterations), together=3)
    u, _, numbers = _solve(torch.cat([images, images + step * slope, images - step * slope]), weights.repeat(
        3, *[1] * len(shape)), None, kind)
    _warn("denoise_tv_vjp", numbers, _rounding(images).repeat(3), tol, max_iterations)
    u, above, below = u.chunk(3)
    grad_f = torch.where(weights > 0, (above - below) / (2 * step), slope)
    mean = images.mean(kind.space, keepdim=True)  # J leaves it, so it drops out; without it fewer digits are lost
    change = (slope * (u - mean) - grad_f * (images - mean)).sum(each) / weights.flatten()
    change = change.masked_fill(weights.flatten() == 0, 0)
    like = weight if isinstance(weight, Tensor) else f.new_zeros(())
    grad_weight = change.sum().reshape(like.shape) if like.numel() == 1 else change.reshape(batch)
    return grad_f.reshape(f.shape).to(f.dtype), grad_weight.to(like)


def _one_for_each(weight: float | Tensor, f: Tensor, batch: Sequence[int]) -> Tensor:
    """A weight (B, 1, ...) for each of the images, in their dtype."""
    weights = torch.as_tensor(weight, dtype=f.dtype, device=f.device)
    weights = (weights.reshape(()) if weights.numel() == 1 else weights).expand(batch)
    return weights.reshape(-1, *[1] * (f.ndim - len(batch)))


def _warn(name: str, numbers: Tensor, rounding: Tensor, tol: float, max_iterations: int) -> None:
    """Says of the images that missed tol what would help: more iterations, or more digits."""
    gap, objective, iterations = numbers.unbind(-1)
    if not bool((missed := ~_certified(gap, objective, rounding, tol)).any()):
        return
    count = f"{name}: {int(missed.sum())} of {len(missed)} image(s) did not reach tol={tol}"
    worst = f"the largest gap is {float((gap / objective)[missed].max()):.1e} of the objective"
    if bool((iterations[missed] < max_iterations).any()):
        text = f"{count}: {worst}, which is the rounding of float32. More iterations do not help: raise tol, or use " \
               "f.double()"
    else:
        text = f"{count} in {max_iterations} iterations; {worst}. Raise max_iterations or tol, or use float64"
    warnings.warn(text, RuntimeWarning, stacklevel=3)


class _Kind(NamedTuple):
    """Which total variation: the axes of a field over which a length is a 2-norm, and spacing; and how well."""

    axes: Axes
    spacing: Spacing
    tol: float
    max_iterations: int
    together: int = 1  # so many images stop at the same iteration: k, and those that many batches behind

    @property
    def space(self) -> Axes:
        return tuple(range(-len(self.spacing), 0))

    def agreed(self, flags: Tensor) -> Tensor:
        """Which images are flagged with all those that stop together with them."""
        return flags.reshape(self.together, -1).all(0).repeat(self.together)


class _Problem(NamedTuple):
    """Images (B, C, *space) and, for each: weight and mean (B, 1, ...), and how far its numbers are rounded (B,)."""

    f: Tensor
    weight: Tensor
    mean: Tensor
    rounding: Tensor


class _State(NamedTuple):
    """g = (f - mean) / weight, the u and p to be judged, and the two fields that the method goes on from: in the
    primal-dual method u and p, relaxed; in ADMM z = D u and p.
    """

    g: Tensor
    u: Tensor
    p: Tensor
    primal: Tensor
    dual: Tensor


def _solve(f: Tensor, weight: Tensor, start: Tensor | None, kind: _Kind) -> tuple[Tensor, Tensor, Tensor]:
    """Images (B, C, *space), weights (B, 1, ...): the solutions, their dual fields, and (B, 3) numbers."""
    # weight 0 returns the image; the term keeps such a weight in the graph
    solutions, fields = f + 0 * weight, f.new_zeros(len(f), *_field_shape(f.shape[1:], kind.spacing))
    numbers = torch.zeros(len(f), 3, dtype=torch.float64, device=f.device)
    todo, before = weight.flatten().nonzero().flatten(), 0
    problem = _Problem(f[todo], weight[todo], _mean(f[todo], kind.space), _rounding(f[todo]))
    # u(a f + c, a weight) = a u(f, weight) + c: all is solved for weight 1, and for mean 0, where floats are densest
    g = (problem.f - problem.mean) / problem.weight
    state, flat = _first(g, None if start is None else start[todo], kind)
    for k in _readings(kind.max_iterations) if len(todo) else []:
        state, before = _advance(state, before, k, kind), k
        ready = flat if k == 0 and start is None else torch.ones_like(flat)
        if not ready.any():
            continue
        u, p, gap, objective, done = _judge(state, problem, ready, k, kind)
        if not done.any():
            continue
        solutions = solutions.index_copy(0, todo[done], u[done])
        fields[todo[done]] = p[done].to(f.dtype)
        numbers[todo[done]] = torch.stack([gap, objective, torch.full_like(gap, k)], -1)[done]
        todo, flat, problem, state = todo[~done], flat[~done], _kept(problem, ~done), _kept(state, ~done)
        if not len(todo):
            break
    return solutions, fields, numbers


def _mean(f: Tensor, space: Axes) -> Tensor:
    """Rounded well enough to be the answer."""
    mean = f.mean(space, keepdim=True)
    return mean + (f - mean).mean(space, keepdim=True)


def _kept(values: Kept, which: Tensor) -> Kept:
    return type(values)(*(x[which] for x in values))


def _readings(last: int) -> list[int]:
    """When the gap is read: every 10 iterations, after 200 every 40, and when the method changes."""
    return sorted({k for k in (*range(0, 200, 10), *range(200, last, 40), LOCAL_ITERATIONS, last) if k <= last})


def _judge(state: _State, problem: _Problem, ready: Tensor, k: int,
           kind: _Kind) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """The images and feasible fields at iteration k, gap and objective in float64, and which of the ready are done."""
    f, weight, mean, rounding = problem
    u, p, last = state.u, state.p, k == kind.max_iterations
    # first for weight 1, and in the digits at hand
    gap, objective = (x * weight.flatten().double()**2 for x in _gap(u, p, state.g, None, kind.axes, kind.spacing))
    ready = kind.agreed(ready & _certified(gap, objective, rounding, kind.tol))
    if not (last or ready.any()):
        return u, p, gap, objective, ready
    stuck = (gap <= kind.tol / 10 * objective) & (u.dtype != f.dtype)  # the rest of the gap below is rounding
    u, p = (weight * u + mean).to(f.dtype), _project(p.detach().double(), kind.axes)  # which may be outside by rounding
    gap, objective = _gap(u.double(), p, f.double(), weight.double(), kind.axes, kind.spacing)
    done = kind.agreed(ready & (_certified(gap, objective, rounding, kind.tol) | stuck))
    return u, p, gap, objective, done | last


# Where to start -------------------------------------------------------------------------------------------------------

def _first(g: Tensor, start: Tensor | None, kind: _Kind) -> tuple[_State, Tensor]:
    """The state before the first iteration, and which images are known to end in their mean."""
    p, flat = g.new_zeros(len(g), *_field_shape(g.shape[1:], kind.spacing)), g.new_zeros(len(g), dtype=torch.bool)
    record = torch.is_grad_enabled()
    with torch.no_grad():
        if start is not None:
            p = _project(_clear(start.clone(), kind.spacing), kind.axes)
        else:
            lengths = _norm(_gradient(g, kind.spacing), kind.axes)
            variation = _total(lengths)
            if not record and max(g.shape[2:]) >= HALVED_FROM:
                p, variation = _coarse_start(g, p, lengths.flatten(1).mean(1), variation, kind)
            p, flat = _mean_start(g.detach(), p, variation, kind)
    u = (g + _divergence(p, kind.spacing)).masked_fill(flat.reshape(-1, *[1] * (g.ndim - 1)), 0)
    return _State(g, u, p, u, p), flat


def _coarse_start(g: Tensor, p: Tensor, steep: Tensor, variation: Tensor, kind: _Kind) -> tuple[Tensor, Tensor]:
    """p from the image of half the size, where the weight exceeds what neighbours differ by (steep), and the variation
    of the u that belongs to it. Elsewhere p is built up within a few pixels, and stays.
    """
    near = len(kind.spacing) / sum(h**-2 for h in kind.spacing)  # the square of the distance of neighbours
    if len(far := kind.agreed(near * steep < 1).nonzero().flatten()):
        coarse, spacing = _halved(g[far], kind.spacing)
        _, field, _ = _solve(coarse, coarse.new_ones(len(far), *[1] * (g.ndim - 1)), None,
                             kind._replace(spacing=spacing, tol=max(kind.tol, COARSE_TOL)))
        p[far] = _clear(_doubled(field, g.shape[2:], coarse.shape[2:]), kind.spacing)
        u = g[far] + _divergence(p[far], kind.spacing)
        variation[far] = _total(_norm(_gradient(u, kind.spacing), kind.axes))
    return p, variation


def _mean_start(g: Tensor, p: Tensor, variation: Tensor, kind: _Kind) -> tuple[Tensor, Tensor]:
    """The images whose mean is the answer: the shortest field with div p = -g is nowhere longer than 1."""
    # were the mean the answer, <g, u> <= TV(u) for every u; this u, which is near the answer, says it in less time
    u = g + _divergence(p, kind.spacing)
    flat = kind.agreed(_total(g * u) <= (1 + 1e-6) * variation)
    if len(todo := flat.nonzero().flatten()):
        eigenvalues = _mirrored_laplacian(g.shape[2:], kind.spacing, g.double())
        inverse = eigenvalues.reciprocal().masked_fill(eigenvalues == 0, 0)  # g has mean 0
        field = torch.zeros_like(p[todo], dtype=torch.float64)
        for _ in range(2):  # the first loses a digit for each factor of 3 in the length, the second finds it again
            left = g[todo].double() + _divergence(field, kind.spacing)
            field += _gradient(_filter_mirrored(left, inverse, len(kind.spacing)), kind.spacing)
        fits = kind.agreed((_inner(field, field, kind.axes) <= 1).flatten(1).all(1))
        p[todo[fits]], flat[todo] = field[fits].to(p), fits
    return p, flat


def _halved(g: Tensor, spacing: Spacing) -> tuple[Tensor, Spacing]:
    """The means of blocks, two pixels along each long axis, and their distances."""
    blocks = [2 if n >= HALVED_FROM else 1 for n in g.shape[2:]]
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(blocks) - 1]
    means = pool(g, blocks, ceil_mode=True, count_include_pad=False)
    return means, tuple(b * h for b, h in zip(blocks, spacing, strict=True))


def _doubled(field: Tensor, shape: Sequence[int], coarse: Sequence[int]) -> Tensor:
    """The field on the fine pixels that has, within each block, the divergence of the block."""
    parts = list(field.unbind(-len(shape) - 1))
    for k, axis in enumerate(range(-len(shape), 0)):
        if shape[k] > coarse[k]:
            for j, part in enumerate(parts):
                # along its own axis the component goes in two equal steps from one side of a block to the other
                left = F.pad(part, _padding(axis, before=1)).narrow(axis, 0, coarse[k])
                both = torch.stack([(left + part) / 2 if j == k else part, part], axis % part.ndim + 1)
                parts[j] = both.flatten(axis - 1, axis).narrow(axis, 0, shape[k])
    return torch.stack(parts, -len(shape) - 1)


def _clear(p: Tensor, spacing: Spacing) -> Tensor:
    """p, in place, without the numbers that have no effect on the divergence but would on a length."""
    n = len(spacing)
    for k in range(n):
        p.select(-n - 1, k).select(k - n, -1).zero_()
    return p


# Iterations -----------------------------------------------------------------------------------------------------------

def _advance(state: _State, k: int, last: int, kind: _Kind) -> _State:
    """From iteration k to iteration last, all with one method."""
    if k == last:
        return state
    g, u, p, primal, dual = state
    if k < LOCAL_ITERATIONS:
        steps = _steps(last, math.sqrt(2 * kind.tol))[k:]
        if not torch.is_grad_enabled():
            return _relax_in_place(g, primal, dual, steps, kind)
        for tau in steps:
            u, p, primal, dual = _relax(g, primal, dual, tau, kind)
        return _State(g, u, p, primal, dual)
    if k == LOCAL_ITERATIONS:  # float32 runs out of digits before the gap of a long flat image has closed
        g, p = g.double(), p.double()
        primal, dual = _gradient(u.double(), kind.spacing), p
    rho = (STIFFNESS + GROWTH * (k - LOCAL_ITERATIONS)) / _spread(g)
    damping = 1 / (1 + rho[..., 0] * _mirrored_laplacian(g.shape[2:], kind.spacing, g))
    for _ in range(k, last):
        u, primal, dual = _admm(g, primal, dual, rho, damping, kind)
    return _State(g, u, dual, primal, dual)


@functools.cache
def _steps(count: int, smallest: float) -> list[float]:
    """The steps tau of the first iterations: each that before it divided by sqrt(1 + 2 tau), down to the smallest."""
    shorter = lambda tau, _: max(tau / math.sqrt(1 + 2 * tau), min(tau, smallest))
    return list(itertools.accumulate(range(1, count), shorter, initial=1.0))


def _relax(g: Tensor, u: Tensor, p: Tensor, tau: float, kind: _Kind) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One iteration of Condat: descent in u, ascent in p where u will be, and both steps overdone. What is judged is
    what they led to, and the field there is feasible.
    """
    sigma, c = _sigma(tau, kind), tau / (1 + tau)
    new = torch.lerp(u, g, c) + c * _divergence(p, kind.spacing)
    q = _project(p + sigma * _gradient(2 * new - u, kind.spacing), kind.axes)
    return new, q, torch.lerp(u, new, RELAXATION), torch.lerp(p, q, RELAXATION)


def _relax_in_place(g: Tensor, u: Tensor, p: Tensor, steps: list[float], kind: _Kind) -> _State:
    """The same numbers in less than half the time: few passes over memory, and all of them over images, never over a
    whole field, so that a thread meets the same rows in each and finds them in the cache of its core.
    """
    new, ahead, q = torch.empty_like(u), torch.empty_like(u), torch.zeros_like(p)
    falls, rises, ends = (list(_edges(kind.spacing, image, field)) for image, field in ((new, p), (ahead, p), (u, q)))
    parts = list(zip(_parts(p, kind), _parts(q, kind), strict=True))
    for tau in steps:
        sigma, c = _sigma(tau, kind), tau / (1 + tau)
        torch.lerp(u, g, c, out=new)
        _add_divergence(falls, c)
        torch.lerp(u, new, 2, out=ahead)
        u.lerp_(new, RELAXATION)
        for (h, behind, before, part), (*_, end) in zip(rises, ends, strict=True):
            torch.add(part, behind, alpha=sigma / h, out=end).sub_(before, alpha=sigma / h)
        shorter = _inner(q, q, kind.axes).clamp_(min=1).rsqrt_().expand_as(q)
        for (old, part), factor in zip(parts, _parts(shorter, kind), strict=True):
            old.lerp_(part.mul_(factor), RELAXATION)
    return _State(g, new, q, u, p)


def _parts(p: Tensor, kind: _Kind) -> tuple[Tensor, ...]:
    return p.unbind(-len(kind.spacing) - 1)


def _sigma(tau: float, kind: _Kind) -> float:
    """The largest step of p: tau * sigma * |D|^2 < 1."""
    return 1 / (4 * tau * sum(h**-2 for h in kind.spacing))


def _admm(g: Tensor, z: Tensor, p: Tensor, rho: Tensor, damping: Tensor, kind: _Kind) -> tuple[Tensor, Tensor, Tensor]:
    """One iteration of the alternating direction method of multipliers for u and z = D u, over-relaxed."""
    # (1 + rho D^T D)^-1
    u = _filter_mirrored(g - _divergence(rho * z - p, kind.spacing), damping, len(kind.spacing))
    v = p + rho * (ADMM_RELAXATION * _gradient(u, kind.spacing) + (1 - ADMM_RELAXATION) * z)
    p = _project(v, kind.axes)
    return u, (v - p) / rho, p


def _spread(g: Tensor) -> Tensor:
    """The standard deviation of each image, in the shape of a field."""
    return g.detach().flatten(1).std(1, correction=0).clamp(min=1e-12).reshape(-1, *[1] * g.ndim)


def _mirrored_laplacian(shape: Sequence[int], spacing: Spacing, like: Tensor) -> Tensor:
    """The eigenvalues of D^T D, which is a circular convolution of the image mirrored at its borders."""
    total = like.new_zeros(())
    for n, h, count in zip(shape, spacing, [2 * n for n in shape[:-1]] + [shape[-1] + 1], strict=True):
        angle = torch.arange(count, dtype=like.dtype, device=like.device) * (math.pi / n)
        total = total[..., None] + (2 - 2 * angle.cos()) / h**2
    return total


def _filter_mirrored(b: Tensor, transfer: Tensor, n: int = 2) -> Tensor:
    space, mirrored = tuple(range(-n, 0)), b
    for axis in space:
        mirrored = torch.cat([mirrored, mirrored.flip(axis)], axis)
    filtered = torch.fft.irfftn(torch.fft.rfftn(mirrored, dim=space) * transfer, s=mirrored.shape[-n:], dim=space)
    return filtered[(..., *(slice(size) for size in b.shape[-n:]))]


# The gap --------------------------------------------------------------------------------------------------------------

def _gap(u: Tensor, p: Tensor, f: Tensor, weight: Tensor | None, axes: Axes,
         spacing: Spacing = (1.0, 1.0)) -> tuple[Tensor, Tensor]:
    """The duality gap, no term of which can be negative, and the objective, in float64, for each image; weight None
    is 1.
    """
    u, p, f = (x.detach() for x in (u, p, f))  # nothing is differentiated here, so all is in place
    du = _clear(torch.empty_like(p), spacing)
    for h, behind, before, part in _edges(spacing, u, du):
        torch.sub(behind, before, out=part)
        if h != 1:
            part.div_(h)
    variation, misfit = _inner(du, du, axes).sqrt_(), u - f
    alignment = _inner(du, p, axes)
    slack = torch.sub(variation, alignment, out=alignment).clamp_(min=0)
    scale: Tensor | int = 1
    if weight is not None:
        p, scale = weight.detach().unsqueeze(-1) * p, weight.detach().flatten().double()
    objective = _total(misfit * misfit) / 2 + scale * _total(variation)
    _add_divergence(_edges(spacing, misfit, p), -1)
    return _total(misfit.square_()) / 2 + scale * _total(slack), objective


def _total(x: Tensor) -> Tensor:
    """The sum for each image in float64. A sum that also converts is slow, so it gets the sums of the rows."""
    return x.sum(-1).flatten(1).sum(1, dtype=torch.float64)


def _rounding(f: Tensor) -> Tensor:
    """How far an image may be from itself because its numbers are rounded."""
    return torch.finfo(f.dtype).eps * f.detach().double().flatten(1).square().sum(1).sqrt()


def _certified(gap: Tensor, objective: Tensor, rounding: Tensor, tol: float) -> Tensor:
    """Whether the gap is small enough, or says that the image is right but for the rounding of its numbers."""
    return (gap <= tol * objective) | ((2 * gap).sqrt() <= rounding)


# D, its transpose, and the sizes of vectors ---------------------------------------------------------------------------

def _axes(isotropic: bool, coupled: bool, spacing: Spacing) -> Axes:
    """The axes of a field (..., C, n, *space) over which the size of a gradient is a 2-norm."""
    n = len(spacing)
    return (-n - 2,) * coupled + (-n - 1,) * isotropic


def _inner(a: Tensor, b: Tensor, axes: Axes) -> Tensor:
    """<a, b> over these axes. Slices are added up faster than a short axis is reduced."""
    pairs = [(a, b)]
    for axis in axes:
        pairs = [both for x, y in pairs for both in zip(x.split(1, axis), y.split(1, axis), strict=True)]
    product = pairs[0][0] * pairs[0][1]
    for x, y in pairs[1:]:
        product.addcmul_(x, y)
    return product


def _norm(g: Tensor, axes: Axes) -> Tensor:
    """The explicit root, because vector_norm over a short axis takes many times as long. Its slope at 0 is infinite,
    and the chain rule would turn that into NaN; here it is 0.
    """
    square = _inner(g, g, axes)
    zero = square == 0
    return square.masked_fill(zero, 1).sqrt().masked_fill(zero, 0)


def _project(p: Tensor, axes: Axes) -> Tensor:
    """Each vector of p that is longer than 1, shortened to 1."""
    return p * _inner(p, p, axes).clamp(min=1).rsqrt()


def _field_shape(image: Sequence[int], spacing: Spacing) -> tuple[int, ...]:
    """(C, n, *space) for (C, *space)."""
    return (image[0], len(spacing), *image[1:])


def _padding(axis: int, *, before: int = 0, behind: int = 0) -> list[int]:
    """For F.pad, along one axis counted from the last."""
    return [0, 0] * (-axis - 1) + [before, behind]


def _gradient(u: Tensor, spacing: Spacing) -> Tensor:
    n = len(spacing)
    return torch.stack([F.pad(u.diff(dim=k - n), _padding(k - n, behind=1)) / h for k, h in enumerate(spacing)], -n - 1)


def _divergence(p: Tensor, spacing: Spacing) -> Tensor:
    n, total = len(spacing), torch.zeros((), dtype=p.dtype, device=p.device)
    for k, h in enumerate(spacing):
        axis = k - n
        part = p.select(-n - 1, k).narrow(axis, 0, p.shape[axis] - 1) / h
        total = total + F.pad(part, _padding(axis, behind=1)) - F.pad(part, _padding(axis, before=1))
    return total


def _edges(spacing: Spacing, u: Tensor, p: Tensor) -> Iterator[Edge]:
    """Views for computing in place, for each axis: the distance, u without its first slice, u without its last, and
    what p holds between them.
    """
    n = len(spacing)
    for k, h in enumerate(spacing):
        size = u.shape[k - n] - 1
        behind, before = u.narrow(k - n, 1, size), u.narrow(k - n, 0, size)
        yield h, behind, before, p.select(-n - 1, k).narrow(k - n, 0, size)


def _add_divergence(edges: Iterable[Edge], factor: float) -> None:
    """image += factor * div p in place, for the edges of image and p."""
    for h, behind, before, part in edges:
        before.add_(part, alpha=factor / h)
        behind.sub_(part, alpha=factor / h)
