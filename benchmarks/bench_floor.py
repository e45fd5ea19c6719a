"""How far each operation is from what memory allows: its time against the time to move the numbers that it must move.

The floor is the least traffic of the formula, each array read or written once, at the speed of a plain copy on the same
machine. An operation of several kernels moves more than that.
"""

import torch
from bench_crop import forward_and_backward, photographs
from bench_tv import noisy
from timing import Middle, report, rounds_of, table

from diffimg.crop import crop
from diffimg.resample import resize
from diffimg.tv import denoise_tv

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
LARGE = DEVICE == "cuda"
NUMBER = 4  # bytes of a float32
TV_TRAFFIC = 7  # an iteration reads f, u and the two components of p, and writes all but f
torch.set_num_threads(2)


def bandwidth() -> float:
    """Bytes per second that a copy reads and writes."""
    x = torch.ones(2**28 if LARGE else 2**25, device=DEVICE)
    y = torch.empty_like(x)
    seconds = min(rounds_of({"copy": lambda: y.copy_(x)}, rounds=20, warm_up=3)["copy"])
    return 2 * NUMBER * x.numel() / seconds


def denoising():
    """The numbers that an iteration moves, times the iterations that were needed."""
    for size, count in ((4096, 1), (1024, 16), (256, 64)) if LARGE else ((1024, 1), (256, 16)):
        f = noisy(size, count)
        iterations = int(denoise_tv(f, 0.1, return_certificate=True)[1].iterations.max())
        yield (f"`denoise_tv`, {count}×1×{size}×{size}, tol=1e-4, {iterations} iterations",
               lambda f=f: denoise_tv(f, 0.1), iterations * TV_TRAFFIC * f.numel())


def cropping():
    """Forward the box is read and the crop written; backward the image's gradient is cleared and added to as well."""
    for count, n, m in ((64, 1024, 512), (16, 224, 112)) if LARGE else ((16, 224, 112),):
        pictures = photographs(count, n)
        boxes = torch.tensor([-0.5, -0.3, 0.7, 0.8], device=DEVICE).repeat(count, 1).requires_grad_()
        box, out = int(0.6 * 0.55 * pictures.numel()), count * 3 * m**2
        # forward; backward: clear, read both, write, gradient of the crop
        moved = box + out + pictures.numel() + 3 * box + out
        yield (f"`crop`, {count}×3×{n}×{n} to {m}×{m}, forward and backward",
               forward_and_backward(lambda p=pictures, b=boxes, m=m: crop(p, b, (m, m)), pictures, boxes), moved)


def resizing():
    for count, n, m in ((16, 2048, 512), (16, 512, 224)) if LARGE else ((1, 2048, 512), (1, 512, 224)):
        x = photographs(count, n).detach()
        yield (f"`resize`, {count}×3×{n}×{n} to {m}×{m}, antialiased",
               lambda x=x, m=m: resize(x, (m, m), antialias=True), x.numel() + count * 3 * m**2)


def floors():
    speed, rows = bandwidth(), []
    for what, run, numbers in (*denoising(), *cropping(), *resizing()):
        seconds = Middle.of(rounds_of({what: run}, rounds=5 if "denoise" in what else 15, warm_up=3)[what])
        floor = NUMBER * numbers / speed
        rows.append([what, seconds.text(1000), f"{1000 * floor:.2f}", f"{seconds.median / floor:.1f}"])
    return table(f"Time against the floor, float32; a copy moves {speed / 1e9:.0f} GB/s",
                 ["what", "milliseconds", "floor, milliseconds", "ratio"], rows)


if __name__ == "__main__":
    report("floor", [floors()])
