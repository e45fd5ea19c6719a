"""Total variation denoising against scikit-image to the same error, how it grows, and what large weights cost."""

import math
import warnings

import torch
from skimage.restoration import denoise_tv_chambolle
from timing import medians, report, table

from diffimg import images, tv
from diffimg.tv import denoise_tv, gradient, total_variation

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
ERROR, SIGMA, WEIGHT = 2e-4, 0.1, 0.1
torch.set_num_threads(2)


def noisy(size: int, count: int = 1) -> torch.Tensor:
    clean = images.load("camera", size=(size, size), gray=True).float()
    return (clean + SIGMA * torch.cat([images.noise(clean.shape, seed=k).float() for k in range(count)])).to(DEVICE)


def objective(u: torch.Tensor, f: torch.Tensor, weight: float = WEIGHT) -> float:
    u, f = u.double(), f.double()
    return float(0.5 * (u - f).square().sum() + weight * total_variation(u, isotropic=True).sum())


def lower_bound(f: torch.Tensor) -> float:
    """What no image can beat, from a certificate ten times finer than the error that is asked for."""
    _, certificate = denoise_tv(f.double(), WEIGHT, tol=ERROR / 10, return_certificate=True)
    return float(certificate.objective - certificate.gap)


def chambolle(f: torch.Tensor, iterations: int):
    return denoise_tv_chambolle(f[0, 0].cpu().numpy(), WEIGHT, eps=0, max_num_iter=iterations)


def chambolle_iterations(f: torch.Tensor, best: float) -> int:
    """The first of 400, 460, 529, ... at which scikit-image is as close."""
    k = 400
    while objective(torch.as_tensor(chambolle(f, k))[None, None].to(f.device), f) > (1 + ERROR) * best:
        k = math.ceil(1.15 * k)
    return k


def contest(size: int):
    """Both to the same error, what ours has then, and the iterations of both."""
    f = noisy(size)
    best = lower_bound(f)
    u, certificate = denoise_tv(f, WEIGHT, tol=ERROR, return_certificate=True)
    error, k, other = objective(u, f) / best - 1, int(certificate.iterations), chambolle_iterations(f, best)
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


def large_weights():
    """Iterations to tol=1e-4, with the second method and without."""
    rows, f, limit = [], noisy(256), tv.LOCAL_ITERATIONS
    for weight in (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0):
        ours = denoise_tv(f, weight, return_certificate=True)[1]
        tv.LOCAL_ITERATIONS = 5000
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            plain = denoise_tv(f, weight, max_iterations=5000, return_certificate=True)[1]
        tv.LOCAL_ITERATIONS = limit
        reached = float(plain.gap) <= 1e-4 * float(plain.objective)
        rows.append([f"{weight:g}", str(int(ours.iterations)),
                     str(int(plain.iterations)) if reached else "more than 5000"])
    return table("Iterations to tol=1e-4, 256×256, float32",
                 ["weight", "denoise_tv", "accelerated primal-dual alone"], rows)


def passes():
    f = noisy(512)
    g = gradient(f)
    p, u, beside = torch.zeros_like(g), f.clone(), f.clone()
    image, transfer, axes = f.clone(), torch.ones(1, 1, 1024, 513, device=DEVICE), (-4, -3)
    rho = torch.ones(1, 1, 1, 1, 1, device=DEVICE)
    with torch.no_grad():
        times = medians({
            "root of the sum of squares": lambda: (g * g).sum(-3).sqrt(),
            "torch.linalg.vector_norm": lambda: torch.linalg.vector_norm(g, dim=-3),
            "primal-dual iteration, in place": lambda: tv._primal_dual_in_place(image, u, beside, p, 0.1, axes),
            "primal-dual iteration, recorded": lambda: tv._primal_dual(image, u, beside, p, 0.1, axes),
            "ADMM iteration": lambda: tv._admm(image, p, p, rho, transfer, axes),
            "reading the gap": lambda: tv._gap(u, p, image, rho[0], axes)})
    base = times["primal-dual iteration, in place"]
    return table("Parts, 512×512, float32", ["", "milliseconds", "ratio"],
                 [[name, f"{1000 * t:.2f}", f"{t / base:.2f}"] for name, t in times.items()])


if __name__ == "__main__":
    report("tv", [against_scikit_image(), batches(), large_weights(), passes()])
