"""The matrix of a convolution: what it costs to build and to use; and three ways to a transposed convolution."""

import torch
import torch.nn.functional as F
from timing import medians, report, table

from diffimg import images
from diffimg.conv import conv_matrix, conv_transpose_gather, conv_transpose_scatter, insert_zeros

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SIZES = (64, 128, 256, 512)
torch.set_num_threads(2)


def kernel(c_out: int, c_in: int, k: int) -> torch.Tensor:
    return images.noise((c_out, c_in, k, k), seed=0).float().to(DEVICE)


def photograph(size: int, channels: int = 1) -> torch.Tensor:
    return images.load("camera", size=(size, size)).float().to(DEVICE).repeat(1, channels, 1, 1)


def builders():
    weight = kernel(1, 1, 3)
    return {str(n): (lambda n=n: conv_matrix(weight, n, padding=1)) for n in SIZES}


def building():
    """Time and memory of conv_matrix, for each of its numbers."""
    weight, times = kernel(1, 1, 3), medians(builders(), rounds=7)
    rows = []
    for n in SIZES:
        C = conv_matrix(weight, n, padding=1)
        stored = len(C.values())
        memory = sum(x.numel() * x.element_size() for x in (C.crow_indices(), C.col_indices(), C.values()))
        rows.append([f"{n}×{n}", f"{stored:,}", f"{1000 * times[str(n)]:.0f}", f"{1e9 * times[str(n)] / stored:.0f}",
                     f"{memory / 2**20:.1f}", f"{memory / stored:.1f}", f"{4 * n**4 / 2**30:,.2f}"])
    return table("conv_matrix of a 3×3 kernel, padding 1, float32",
                 ["image", "stored numbers", "milliseconds", "nanoseconds for each", "MiB", "bytes for each",
                  "dense, GiB"], rows)


def multipliers(n: int):
    """The same product by F.conv2d and by the matrix in three layouts, and its transpose."""
    weight, x = kernel(1, 1, 3), photograph(n)
    C = conv_matrix(weight, n, padding=1)
    coo, csc, turned = C.to_sparse_coo().coalesce(), C.mT, C.mT.to_sparse_csr()
    return {"F.conv2d": lambda: F.conv2d(x, weight, padding=1), "C, CSR": lambda: C @ x.flatten(),
            "C, COO": lambda: coo @ x.flatten(), "C.mT, CSC": lambda: csc @ x.flatten(),
            "C.mT.to_sparse_csr()": lambda: turned @ x.flatten(),
            "F.conv_transpose2d": lambda: F.conv_transpose2d(x, weight, padding=1)}


def products():
    rows = []
    for n in SIZES:
        times = medians(multipliers(n))
        base = times.pop("F.conv2d")
        rows.append([f"{n}×{n}", *(f"{t / base:.1f}" for t in times.values())])
    return table("Products, as multiples of the time of F.conv2d", ["image", *times], rows)


def wasted(n: int, k: int, s: int) -> float:
    """Share of the multiplications of the gather view that meet an inserted zero or the padding, counted."""
    there = F.pad(insert_zeros(torch.ones(1, 1, n, n), s), [k - 1] * 4)
    used = F.conv2d(there, torch.ones(1, 1, k, k)).sum()
    return 1 - float(used) / (k**2 * ((n - 1) * s + k)**2)


def three_ways():
    """Transposed convolution by stamping, by inserted zeros, and PyTorch's own, forward and backward."""
    rows = []
    for channels, n, k, s in ((1, 256, 3, 1), (16, 128, 4, 2), (64, 64, 4, 2), (64, 32, 5, 3), (16, 32, 16, 8)):
        weight, x = kernel(channels, channels, k).requires_grad_(), photograph(n, channels).requires_grad_()

        def trained(view, x=x, weight=weight, s=s):
            def run():
                x.grad = weight.grad = None
                view(x, weight, None, s).sum().backward()
            return run

        times = medians({view.__name__: trained(view) for view in
                         (F.conv_transpose2d, conv_transpose_scatter, conv_transpose_gather)}, rounds=9)
        base = times["conv_transpose2d"]
        rows.append([f"{channels}×{n}×{n}", str(k), str(s), f"{times['conv_transpose_scatter'] / base:.1f}",
                     f"{times['conv_transpose_gather'] / base:.1f}", f"{100 * wasted(n, k, s):.0f} %"])
    return table("Transposed convolution, forward and backward, as multiples of the time of F.conv_transpose2d",
                 ["image", "kernel", "stride", "stamping", "inserted zeros", "multiplications by zero"], rows)


if __name__ == "__main__":
    report("conv", [building(), products(), three_ways()])
