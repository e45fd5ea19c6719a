"""Any linear image operation as a matrix, and its backward pass as the transpose of that matrix."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ._types import Device
from ._validate import check_dtype, check_float, check_in_shape, check_real, full_precision

LinearMap = Callable[[Tensor], Tensor]
DENSE_LIMIT = 2**30  # bytes; a 64x64 image to a 64x64 image takes 134 MB in float64


def as_matrix(f: LinearMap, in_shape: Sequence[int], *, dtype: torch.dtype = torch.float64,
              device: Device = None) -> Tensor:
    """The dense matrix of a linear function of one tensor, read off column by column.

    Column k is f(e_k), the answer to an input that is 1 at element k and 0 elsewhere; then
    f(x).flatten() = A @ x.flatten(). It is read off an input of 2^30 or -2^30 and divided, so that an f that saturates
    shows itself; powers of two change no digit.

    Convention: f maps a tensor of shape in_shape to a tensor; both are flattened row by row (C order), so pixel
    (row, column) of an (H, W) image is element row * W + column. The result is (m, n), with n the number of
    elements of the input and m of the output. f is called n + 1 times. In float16 the inputs are 2^7.
    Gradient: exact, in whatever f depends on beside its argument (a kernel, a box).
    Raises: TypeError for a dtype or a result of f that is not real and floating point. ValueError when the matrix would
    take more than 1 GiB (with what to use instead), and when f is not linear: the matrix, read off large inputs, must
    predict f of a random input of size 1 to 100 sqrt(n) roundings.
    Source: eq-images-matrix, chapter "linear/matrices".

    >>> as_matrix(lambda x: x.flip(-1), (3,))
    tensor([[0., 0., 1.],
            [0., 1., 0.],
            [1., 0., 0.]], dtype=torch.float64)
    """
    in_shape = check_in_shape(in_shape)
    n = math.prod(in_shape)
    check_dtype(dtype)
    x, f = _random(in_shape, 0, dtype, device), _outside_autocast(f)
    y = f(x).flatten()
    check_real("f(x)", y)
    if (size := y.numel() * n * y.element_size()) > DENSE_LIMIT:
        raise ValueError(f"the matrix of f would be {y.numel()} x {n} and take {size / 2**30:.1f} GiB: use a smaller "
                         "in_shape, or diffimg.linear.adjoint, which needs no matrix")
    matrix = torch.stack([_column(f, k, in_shape, dtype, device) for k in range(n)], dim=1)
    largest = float(matrix.detach().norm(dim=1).max() + y.detach().abs().max())
    tolerance = 100 * n**0.5 * torch.finfo(dtype).eps * largest
    if not torch.allclose(_outside_autocast(matrix.matmul)(x.flatten()), y, rtol=0, atol=tolerance):
        raise ValueError("f is not linear: f(x) differs from what its columns f(e_k) predict for a random x; leave out "
                         "offsets, clipping and rounding, or take torch.func.jacrev")
    return matrix


def adjoint(f: LinearMap, in_shape: Sequence[int]) -> LinearMap:
    """The function y -> A^T y for the linear function f(x) = A x, without forming A.

    This is what automatic differentiation computes: the backward pass of f, applied to y.

    Convention: in_shape is the shape of f's argument and of the adjoint's result; y has the shape, dtype and device
    of f's result. It is computed in y's dtype; autocast changes nothing.
    Gradient: exact in y, and in whatever f depends on beside its argument; where none of these requires grad, nothing
    is recorded.
    Raises: TypeError when y or f's result is complex or y holds integers. ValueError when y has not the shape of f's
    result, and when f cuts the autograd graph (NumPy, .item(), .detach(), integer indices of its own). That f is linear
    is not checked; of another f this is the Jacobian at 0.
    Source: eq-matrices-chain, chapter "linear/matrices".

    >>> total = lambda x: x.sum(-1, keepdim=True)
    >>> adjoint(total, (3,))(torch.tensor([2.]))
    tensor([2., 2., 2.])
    """
    in_shape = check_in_shape(in_shape)

    def f_adjoint(y: Tensor) -> Tensor:
        check_float("y", y)
        with full_precision(y):
            return pulled_back(y)

    def pulled_back(y: Tensor) -> Tensor:
        with torch.enable_grad():
            x = torch.zeros(in_shape, dtype=y.dtype, device=y.device, requires_grad=True)
            out = f(x)
        check_real("f(x)", out)
        if not out.requires_grad:
            raise ValueError("f cuts the autograd graph: its result does not depend on its argument for PyTorch; "
                             "compute with torch operations only")
        if out.shape != y.shape:
            raise ValueError(f"y has shape {tuple(y.shape)}, expected that of f's result, {tuple(out.shape)}")
        record = torch.is_grad_enabled() and (y.requires_grad or _depends_on_more(out, x))
        return torch.autograd.grad(out, x, y, create_graph=record, materialize_grads=True)[0]

    return f_adjoint


def dot_test(f: LinearMap, f_adjoint: LinearMap, in_shape: Sequence[int], *, seed: int = 0,
             dtype: torch.dtype = torch.float64, device: Device = None) -> float:
    """How far f_adjoint is from the transpose of f, on one random pair: rounding (about 1e-16) if it is right.

    |<A x, y> - <x, A^T y>| / (|A x| |y| + |x| |A^T y|)

    Convention: f maps in_shape to any shape, f_adjoint back; x and y are normal and drawn on the CPU from the seed.
    The result is a Python number between 0 and 1, 0 when both sides vanish; autocast is off inside.
    Gradient: none, it is a test.
    Raises: TypeError for a dtype or a result that is not real and floating point, ValueError when f_adjoint does not
    return in_shape.
    Source: eq-images-adjoint and eq-matrices-dot, chapter "linear/matrices"; Claerbout, "Earth
    Soundings Analysis" (1992).

    >>> dot_test(lambda x: x.flip(-1), lambda y: y.flip(-1), (5,)) < 1e-15
    True
    """
    in_shape = check_in_shape(in_shape)
    check_dtype(dtype)
    x = _random(in_shape, seed, dtype, device)
    forward = _outside_autocast(f)(x).detach()
    check_real("f(x)", forward)
    y = _random(forward.shape, seed + 1, dtype, device)
    backward = _outside_autocast(f_adjoint)(y).detach()
    check_real("f_adjoint(y)", backward)
    if backward.shape != x.shape:
        raise ValueError(f"f_adjoint returned shape {tuple(backward.shape)}, expected in_shape {in_shape}")
    difference = (forward * y).sum() - (x * backward).sum()
    scale = forward.norm() * y.norm() + x.norm() * backward.norm()
    return 0.0 if scale == 0 else float(difference.abs() / scale)


def operator_norm(f: LinearMap, in_shape: Sequence[int], *, tol: float = 1e-6, max_iterations: int = 2000,
                  dtype: torch.dtype = torch.float64, device: Device = None) -> float:
    """The largest singular value of a linear function: how much it can lengthen its input.

    Golub-Kahan bidiagonalisation from a seeded random start: the largest singular value of the small bidiagonal
    matrix grows towards the norm, and the residual of its singular vectors bounds the distance to a singular value.

    Convention: f maps a tensor of in_shape to a tensor; the norm is the Euclidean one on both sides. Stops when the
    residual is below tol times the value. Memory: four vectors.
    Gradient: none.
    Raises: TypeError for a dtype or a result of f that is not real and floating point, ValueError when the tolerance is
    not reached in max_iterations, and when f cuts the autograd graph.
    Source: eq-matrices-step and eq-matrices-norm, chapter "linear/matrices"; Golub and Kahan, SIAM J. Numer. Anal.
    2(2), 205-224 (1965).

    >>> round(operator_norm(lambda x: 3 * x.flip(-1), (5,)), 6)
    3.0
    """
    f_adjoint, f = adjoint(f, in_shape), _outside_autocast(f)
    check_dtype(dtype)
    v = _random(in_shape, 0, dtype, device)
    v, beta = v / v.norm(), 0.0
    u: Tensor | float = 0.0
    alphas: list[float] = []
    betas: list[float] = []
    for _ in range(max_iterations):
        u = f(v).detach() - beta * u
        alpha = float(u.norm())
        alphas.append(alpha)
        u = u / alpha if alpha > 0 else u
        v = f_adjoint(u).detach() - alpha * v
        beta = float(v.norm())
        if len(alphas) % 8 == 0 or beta <= tol * alphas[0]:  # the singular values cost more than the step
            left, values, _ = torch.linalg.svd(_bidiagonal(alphas, betas))
            if beta * abs(float(left[-1, 0])) <= tol * float(values[0]):
                return float(values[0])
        v = v / beta
        betas.append(beta)
    raise ValueError(f"operator_norm did not reach tol={tol} in {max_iterations} iterations: allow more")


def _bidiagonal(alphas: list[float], betas: list[float]) -> Tensor:
    matrix = torch.diag(torch.tensor(alphas, dtype=torch.float64, device="cpu"))
    return matrix + torch.diag(torch.tensor(betas, dtype=torch.float64, device="cpu"), 1) if betas else matrix


def _depends_on_more(out: Tensor, x: Tensor) -> bool:
    """Whether the graph of out ends in a tensor other than x (a kernel, a box) too."""
    nodes, seen = [out.grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if getattr(node, "variable", x) is not x:
            return True
        nodes += [n for n, _ in node.next_functions]
    return False


def _outside_autocast(f: LinearMap) -> LinearMap:
    def in_full(x: Tensor) -> Tensor:
        with full_precision(x):
            return f(x)

    return in_full


def _column(f: LinearMap, k: int, shape: Sequence[int], dtype: torch.dtype, device: Device) -> Tensor:
    """f(e_k), from an input so large that it meets every clamp, of either sign in turn."""
    exponent = min(30, int(math.log2(torch.finfo(dtype).max)) // 2)
    size = (-1)**k * 2.0**exponent
    x = torch.zeros(shape, dtype=dtype, device=device)
    x.view(-1)[k] = size
    return f(x).flatten() / size + 0.0  # for -0, which a negative size makes of 0


def _random(shape: Sequence[int], seed: int, dtype: torch.dtype, device: Device) -> Tensor:
    generator = torch.Generator("cpu").manual_seed(seed)
    return torch.randn(tuple(shape), generator=generator, dtype=torch.float64, device="cpu").to(
        dtype=dtype, device=device or torch.get_default_device())
