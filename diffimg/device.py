"""The first cell of every notebook: where to compute, in which precision, and how to print."""

import os

import torch


def setup() -> torch.device:
    """Prepare PyTorch and matplotlib for a notebook of the book, and return the device that it computes on.

    Convention: the device is the environment variable DIFFIMG_DEVICE ("cpu", "cuda", "cuda:1"), else CUDA where
    there is a GPU, else the CPU; new tensors are created there. The default dtype becomes float64, TF32 is turned
    off, and tensors print with four decimals: the printed results are then the same on a CPU and on a GPU.
    Gradient: none.
    Raises: RuntimeError when DIFFIMG_DEVICE asks for a GPU and there is none, and for MPS, which has no float64;
    ImportError without matplotlib. Nothing is changed then.
    Source: chapter "linear/images".

    >>> setup().type in ("cpu", "cuda")
    True
    """
    from . import plot

    device = torch.device(os.environ.get("DIFFIMG_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu"))
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(f"DIFFIMG_DEVICE is {str(device)!r}, but PyTorch sees no CUDA GPU: unset it to use the CPU")
    if device.type == "mps":
        raise RuntimeError(f"DIFFIMG_DEVICE is {str(device)!r}, which has no float64: use the CPU or a CUDA GPU")
    plot.use_style()  # before anything is changed, because matplotlib may be missing
    torch.set_default_device(device if device.type != "cpu" else None)
    torch.set_default_dtype(torch.float64)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.set_printoptions(precision=4, sci_mode=False, linewidth=76)
    return device
