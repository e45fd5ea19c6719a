"""Total variation denoising against scikit-image, a C library and two other methods to the same error; how it grows,
what large weights, volumes and gradients cost, and what a busy machine does to it.
"""

import contextlib
import itertools
import math
import subprocess
import sys
import warnings
from collections.abc import Iterator
from unittest.mock import patch

import torch
from skimage.restoration import denoise_tv_chambolle
from timing import medians, ratio, report, rounds_of, table
from torch import Tensor

from diffimg import images, tv
from diffimg.tv import denoise_tv, denoise_tv_vjp, gradient, total_variation

try:
    import itk
except ImportError:
    itk = None

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
ERROR, SIGMA, WEIGHT = 2e-4, 0.1, 0.1
AXES, SPACING, EVERY = (-4, -3), (1.0, 1.0), 10
torch.set_num_threads(2)


def noisy(size: int, count: int = 1) -> Tensor:
    clean = images.load("camera", size=(size, size), gray=True).float()
    return (clean + SIGMA * torch.cat([images.noise(clean.shape, seed=k).float() for k in range(count)])).to(DEVICE)


def objective(u: Tensor, f: Tensor, isotropic: bool = True) -> float:
    u, f, spacing = u.double(), f.double(), (1.0,) * (f.ndim - 2)
    return float(0.5 * (u - f).square().sum()
                 + WEIGHT * total_variation(u, isotropic=isotropic, spacing=spacing).sum())


def lower_bound(f: Tensor, error: float = ERROR, isotropic: bool = True) -> float:
    """What no image can beat, from a certificate ten times finer than the error that is asked for."""
    _, certificate = denoise_tv(f.double(), WEIGHT, tol=error / 10, isotropic=isotropic,
                                spacing=(1.0,) * (f.ndim - 2), return_certificate=True)
    return float(certificate.objective - certificate.gap)


def chambolle(f: Tensor, iterations: int):
    return denoise_tv_chambolle(f[0, 0].cpu().numpy(), WEIGHT, eps=0, max_num_iter=iterations)


def iterations_of(other, f: Tensor, goal: float, first: int, isotropic: bool = True) -> int:
    """The first of `first`, 15 % more, ... iterations at which another library is as close."""
    k = first
    while objective(torch.as_tensor(other(f, k))[None, None].to(f.device), f, isotropic) > goal:
        k = math.ceil(1.15 * k)
    return k


def contest(size: int):
    """Both to the same error, what ours has then, and the iterations of both."""
    f = noisy(size)
    best = lower_bound(f)
    u, certificate = denoise_tv(f, WEIGHT, tol=ERROR, return_certificate=True)
    other = iterations_of(chambolle, f, (1 + ERROR) * best, 700)
    error, k = objective(u, f) / best - 1, int(certificate.iterations)
    assert error <= ERROR
    return ({"diffimg": lambda: denoise_tv(f, WEIGHT, tol=ERROR), "scikit-image": lambda: chambolle(f, other)},
            error, k, other)


def against_scikit_image():
    rows = []
    for size in (256, 512, 1024):
        contestants, error, k, other = contest(size)
        times = medians(contestants, rounds=3, warm_up=1)
        per_pixel = 1e9 * times["diffimg"] / k / size**2
        rows.append([f"{size}×{size}", str(k), f"{error:.1e}", f"{1000 * times['diffimg']:.0f}", f"{per_pixel:.1f}",
                     str(other), f"{1000 * times['scikit-image']:.0f}",
                     f"{times['scikit-image'] / times['diffimg']:.1f}"])
    return table(f"To a relative objective error of {ERROR}, float32, sigma = weight = 0.1",
                 ["image", "iterations", "error", "milliseconds", "ns per pixel and iteration",
                  "scikit-image: iterations", "milliseconds", "times as long as ours"], rows)


def batches():
    rows = []
    for size in (128, 256):
        one, many = noisy(size), noisy(size, 16)
        times = medians({"1": lambda: denoise_tv(one, WEIGHT), "16": lambda: denoise_tv(many, WEIGHT)}, rounds=7)
        rows.append([f"{size}×{size}", f"{1000 * times['1']:.0f}", f"{1000 * times['16'] / 16:.0f}",
                     f"{times['16'] / 16 / times['1']:.2f}"])
    return table("Milliseconds for each image, alone and in a batch of 16, tol=1e-4",
                 ["image", "alone", "in a batch", "ratio"], rows)


# Two other methods on the same gradient and projection, for weight 1

def fista(g: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Beck and Teboulle (2009) on the dual, with step 1/8: the FGP_TV of CIL."""
    u, p, q, t, field = torch.empty_like(g), torch.zeros_like(gradient(g)), torch.zeros_like(gradient(g)), 1.0, -3
    while True:
        for _ in range(EVERY):
            u.copy_(g)
            tv._add_divergence(tv._edges(SPACING, u, q), 1)
            for _, behind, before, part in tv._edges(SPACING, u, q):
                part.add_(behind, alpha=1 / 8).sub_(before, alpha=1 / 8)
            shorter, later = tv._inner(q, q, AXES).clamp_(min=1).rsqrt_(), (1 + math.sqrt(1 + 4 * t * t)) / 2
            for old, part in zip(p.split(1, field), q.split(1, field), strict=True):
                old.lerp_(part.mul_(shorter), 1 + (t - 1) / later)
            p, q, t = q, p, later
        u.copy_(g)
        tv._add_divergence(tv._edges(SPACING, u, p), 1)
        yield u, p


def deepinv_scheme(g: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Condat's relaxed primal-dual method with the constants of deepinv's TVDenoiser: one tau, sigma = 1 / (8 tau)."""
    kind, u, p = tv._Kind(AXES, SPACING, 0, 0), g.clone(), torch.zeros_like(gradient(g))
    while True:
        with patch.object(tv, "RELAXATION", 1.99):
            state = tv._relax_in_place(g, u, p, [0.01] * EVERY, kind)
        yield state.u, state.p


def iterations_to(method, f: Tensor, tol: float) -> int:
    """Until the gap, read as often as denoise_tv does, is tol of the objective."""
    g = f / WEIGHT
    for k, (u, p) in enumerate(method(g), 1):
        gap, value = tv._gap(u, p, g, None, AXES, SPACING)
        if gap <= tol * value:
            return k * EVERY
    raise AssertionError("unreachable")


def against_other_methods():
    rows = []
    for size, tol in itertools.product((128, 256, 512, 1024), (2e-4, 1e-4)):
        f = noisy(size)
        with torch.no_grad():
            seconds = rounds_of({
                "ours": lambda: denoise_tv(f, WEIGHT, tol=tol), "FISTA": lambda: iterations_to(fista, f, tol),
                "deepinv": lambda: iterations_to(deepinv_scheme, f, tol)}, 5, 1)
            ours = int(denoise_tv(f, WEIGHT, tol=tol, return_certificate=True)[1].iterations)
            fewer = [iterations_to(method, f, tol) for method in (fista, deepinv_scheme)]
        rows.append([f"{size}×{size}", f"{tol:.0e}", str(ours)])
        for name, count in zip(("FISTA", "deepinv"), fewer, strict=True):
            rows[-1] += [f"{count} ({count / ours:.1f})", ratio(seconds, name, "ours").text()]
    return table("Two other methods in the same code, to a certified gap of tol; in brackets the ratio to ours",
                 ["image", "tol", "denoise_tv: iterations", "FISTA: iterations", "times as long as ours",
                  "deepinv's constants: iterations", "times as long as ours"], rows)


# A library in C++

def prox_tv(f: Tensor, iterations: int):
    """proxTV in ITK's wheel, which knows the anisotropic problem alone."""
    solver = itk.ProxTVImageFilter.New(itk.image_from_array(f[0, 0].cpu().numpy()))
    solver.SetWeights([WEIGHT, WEIGHT])
    solver.SetNorms([1, 1])
    solver.SetMaximumNumberOfIterations(iterations)
    solver.Update()
    return itk.array_from_image(solver.GetOutput())


def against_a_library_in_c():
    rows = []
    for size in (256, 512) if itk else ():
        f = noisy(size)
        k = iterations_of(prox_tv, f, (1 + ERROR) * lower_bound(f, isotropic=False), 20, isotropic=False)
        seconds = rounds_of({"ours": lambda: denoise_tv(f, WEIGHT, isotropic=False, tol=ERROR),
                             "proxTV": lambda: prox_tv(f, k)}, 5, 1)
        rows.append([f"{size}×{size}", str(k), ratio(seconds, "proxTV", "ours").text()])
    return table("proxTV (C++, `pip install itk-totalvariation`), anisotropic, to the same error",
                 ["image", "its iterations", "times as long as ours"], rows or [["not installed here", "", ""]])


# Larger weights, volumes

def effort(f: Tensor, weight: float, tol: float = 1e-4) -> tuple[int, float, float]:
    """Iterations at full size; and of all levels, in units of one at full size: relaxed ones and ADMM."""
    units, advance = [0.0, 0.0], tv._advance

    def counted(state, k, last, kind):
        units[k >= tv.LOCAL_ITERATIONS] += (last - k) * state.g.numel() / f.numel()
        return advance(state, k, last, kind)

    with patch.object(tv, "_advance", counted):
        certificate = denoise_tv(f, weight, tol=tol, return_certificate=True)[1]
    return int(certificate.iterations), *units


def large_weights():
    rows, f = [], noisy(256)
    for weight in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0):
        iterations, relaxed, admm = effort(f, weight)
        seconds = medians({"": lambda: denoise_tv(f, weight)}, rounds=3, warm_up=1)[""]
        rows.append([f"{weight:g}", str(iterations), f"{relaxed:.0f}", f"{admm:.0f}", f"{1000 * seconds:.0f}"])
    return table("Large weights: iterations to tol=1e-4, 256×256, float32",
                 ["weight", "at full size", "all levels, in units of a full-size iteration", "of ADMM, likewise",
                  "milliseconds"], rows)


def noisy_volume(size: int) -> Tensor:
    """Photographs one behind the other, each moved on by a pixel."""
    photo = images.load("camera", size=(2 * size, 2 * size), gray=True).float()[0, 0]
    clean = torch.stack([photo[k:k + size, k:k + size] for k in range(size)])[None, None]
    return (clean + SIGMA * images.noise(clean.shape, seed=0).float()).to(DEVICE)


def volume_contest(size: int, error: float = 1e-3):
    f, spacing = noisy_volume(size), (1.0, 1.0, 1.0)
    other = iterations_of(chambolle, f, (1 + error) * lower_bound(f, error), 180)
    ours = denoise_tv(f, WEIGHT, tol=error, spacing=spacing, return_certificate=True)[1]
    return ({"diffimg": lambda: denoise_tv(f, WEIGHT, tol=error, spacing=spacing),
             "scikit-image": lambda: chambolle(f, other)}, int(ours.iterations), other)


def volumes():
    rows = []
    for size in (64, 128):
        contestants, ours, other = volume_contest(size)
        seconds = rounds_of(contestants, 3, 1)
        times = {name: 1000 * sorted(values)[1] for name, values in seconds.items()}
        rows.append([f"{size}³", str(ours), f"{times['diffimg']:.0f}", str(other), f"{times['scikit-image']:.0f}",
                     ratio(seconds, "scikit-image", "diffimg").text()])
    return table("Volumes to a relative objective error of 1e-3, float32, sigma = weight = 0.1",
                 ["volume", "iterations", "milliseconds", "scikit-image: iterations", "milliseconds",
                  "times as long as ours"], rows)


# The backward pass, each with the tol it has where none is named

def recorded(f: Tensor, weight: float, g: Tensor, **options) -> tuple[Tensor, Tensor]:
    f, weight = f.clone().requires_grad_(), torch.tensor(weight, dtype=f.dtype, device=f.device, requires_grad=True)
    return torch.autograd.grad((g * denoise_tv(f, weight, **options)).sum(), (f, weight))


PASSES = {"recorded": recorded, "denoise_tv_vjp": denoise_tv_vjp}


def direction(f: Tensor) -> Tensor:
    return images.noise(f.shape, seed=9).to(f)


def off(name: str, weight: float) -> str:
    """The relative errors of both gradients at 96×96, against denoise_tv_vjp with tol=1e-9."""
    f = noisy(96).double()
    true, found = denoise_tv_vjp(f, weight, direction(f), tol=1e-9), PASSES[name](f, weight, direction(f))
    return ", ".join(f"{float((a - b).norm() / b.norm()):.0e}" for a, b in zip(found, true, strict=True))


def backward_passes():
    rows = []
    for weight, name in itertools.product((0.1, 1.0), PASSES):
        errors = off(name, weight)
        for size in (256, 512):
            f = noisy(size)
            seconds = rounds_of({name: lambda: PASSES[name](f, weight, direction(f))}, 1, 0)[name][0]  # noqa: B023
            rows.append([f"{weight:g}", f"{size}×{size}", name, f"{1000 * seconds:.0f}", errors])
    return table("The backward pass, one call: recorded with tol=1e-4, and by more denoisings with tol=1e-6 in float64",
                 ["weight", "image", "", "milliseconds", "errors in f and in weight at 96×96"], rows)


# Beside others

@contextlib.contextmanager
def busy():
    """One process beside this one that computes with one thread."""
    code = "import torch\ntorch.set_num_threads(1)\nx = torch.rand(512, 512)\nwhile True: x @ x"
    other = subprocess.Popen([sys.executable, "-c", code])
    try:
        yield
    finally:
        other.kill()
        other.wait()


def beside_others():
    rows, contestants = [], contest(512)[0]
    for threads, (name, place) in itertools.product((1, 2), {"alone": contextlib.nullcontext, "busy": busy}.items()):
        torch.set_num_threads(threads)
        with place():
            seconds = rounds_of(contestants, 5, 2)
        times = [1000 * sorted(seconds[who])[2] for who in ("diffimg", "scikit-image")]
        rows.append([name, str(threads), *(f"{t:.0f}" for t in times),
                     ratio(seconds, "scikit-image", "diffimg").text()])
    torch.set_num_threads(2)
    return table("Beside another process that computes, 512×512, error 2e-4",
                 ["machine", "threads of torch", "milliseconds", "scikit-image, milliseconds",
                  "times as long as ours"], rows)


def passes():
    """As the solver runs them: ten relaxed iterations between two readings, and ADMM in float64."""
    f = noisy(512)
    g = gradient(f)
    p, u, kind = torch.zeros_like(g), f.clone(), tv._Kind(AXES, SPACING, 1e-4, 0)
    transfer, rho, wide, field = (x.double() for x in (
        torch.ones(1, 1, 1024, 513, device=DEVICE), torch.ones(1, 1, 1, 1, 1, device=DEVICE), f, p))
    with torch.no_grad():
        times = medians({
            "root of the sum of squares": lambda: (g * g).sum(-3).sqrt(),
            "torch.linalg.vector_norm": lambda: torch.linalg.vector_norm(g, dim=-3),
            "ten relaxed iterations, in place": lambda: tv._relax_in_place(f, u, p, [0.1] * 10, kind),
            "a relaxed iteration, recorded": lambda: tv._relax(f, u, p, 0.1, kind),
            "an iteration of ADMM, in float64": lambda: tv._admm(wide, field, field, rho, transfer, kind),
            "reading the gap": lambda: tv._gap(u, p, f, None, AXES)})
    base = times["ten relaxed iterations, in place"] / 10
    return table("Parts, 512×512, in units of a relaxed iteration in place", ["", "milliseconds", "ratio"],
                 [[name, f"{1000 * t:.2f}", f"{t / base:.2f}"] for name, t in times.items()])


if __name__ == "__main__":
    warnings.simplefilter("error", RuntimeWarning)
    report("tv", [run() for run in (against_scikit_image, against_other_methods, against_a_library_in_c, batches,
                                    large_weights, volumes, backward_passes, beside_others, passes)])
