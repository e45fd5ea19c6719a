"""The goals of the book in one table: each operation beside what people use instead, and the book as a whole."""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import bench_conv
import bench_crop
import bench_resample
import bench_tv
from timing import Middle, against, ratio, report, rounds_of, table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
SECONDS = 1000.0  # to milliseconds


def verdict(met: bool | None) -> str:
    return {True: "met", False: "**missed**", None: ""}[met]


def row(what: str, other: str, seconds: Middle, times: Middle, goal: str, met: bool | None) -> list[str]:
    return [what, other, seconds.text(SECONDS), times.text(), goal, verdict(met)]


def total_variation():
    what, contestants = "`denoise_tv`, 512×512, to a relative error of 2e-4", bench_tv.contest(512)[0]
    times = against("diffimg", contestants, rounds=9, warm_up=1)
    seconds, faster = times["diffimg"][0], times["scikit-image"][1]
    yield row(what, "scikit-image `denoise_tv_chambolle`, to the same error", seconds, faster,
              "at least 18 times as fast", faster.median >= 18)
    f = bench_tv.noisy(512)
    ours = bench_tv.effort(f, bench_tv.WEIGHT, bench_tv.ERROR)[0]
    others = [bench_tv.iterations_to(method, f, bench_tv.ERROR) for method in (bench_tv.fista, bench_tv.deepinv_scheme)]
    fewer = min(others) / ours
    yield [what, "FISTA and deepinv's scheme", f"{ours} iterations", f"{fewer:.1f}",
           "at most 70 iterations, at least 2.5 times fewer", verdict(ours <= 70 and fewer >= 2.5)]
    times = against("diffimg", bench_tv.volume_contest(128)[0], rounds=3, warm_up=1)
    seconds, faster = times["diffimg"][0], times["scikit-image"][1]
    yield row("`denoise_tv`, a volume, 128³, to a relative error of 1e-3", "scikit-image, to the same error", seconds,
              faster, "at least 10 times as fast", faster.median >= 10)


def crop():
    contestants, what = bench_crop.contestants(), "`crop`, 16×3×224×224 to 112×112, forward and backward"
    seconds = rounds_of(contestants, rounds=45, warm_up=3)
    ours, bare = Middle.of(seconds["diffimg crop"]), ratio(seconds, "diffimg crop", "affine_grid + grid_sample")
    yield row(what, "bare `affine_grid` and `grid_sample`", ours, bare, "at most 1.1 times as long", bare.median <= 1.1)
    if "kornia crop_and_resize" in contestants:
        other = ratio(seconds, "kornia crop_and_resize", "diffimg crop")
        yield row(what, "kornia `crop_and_resize`", ours, other, "at least 1.15 times as fast", other.median >= 1.15)
    seconds, longer = against("F.interpolate", bench_crop.small_box_contestants())["crop"]
    yield row("`crop`, antialiased, a box of 256 in 4096², to 64²", "`F.interpolate(antialias=True)` of the slice",
              seconds, longer, "at most 10 times as long", longer.median <= 10)


def conv():
    """Level: a stored number costs the same at 512 pixels as at 256, where the caches are larger; calls count below."""
    built = against("256", bench_conv.builders())
    per_number = Middle(*(value / 4 for value in built["512"][1]))
    yield row("`conv_matrix`, 3×3 kernel, 256×256", "each stored number at 512×512", built["256"][0], per_number,
              "level within a factor of 2, at most 40 ms", per_number.median <= 2 and built["256"][0].median <= 0.04)
    for n in bench_conv.SIZES:
        seconds, longer = against("F.conv2d", bench_conv.multipliers(n))["C, CSR"]
        yield row(f"its product with an image, {n}×{n}", "`F.conv2d`", seconds, longer, "at most 3 times as long",
                  longer.median <= 3)


def resize():
    times = against("F.interpolate", bench_resample.contestants(3, 512, 224), rounds=45)
    what = "`resize`, 3×512×512 to 224×224, antialiased"
    yield row(what, "`F.interpolate(antialias=True)`", *times["resize"], "at most 2.5 times as long",
              times["resize"][1].median <= 2.5)
    yield row(f"{what}, entries found before", "the same", *times["before"], "reported", None)
    yield row("Pillow, plane by plane", "the same", *times["Pillow"], "reported", None)
    seconds, longer = against("F.interpolate", bench_resample.volume_contestants(), rounds=7)["resize"]
    yield row("`resize`, a volume, 128³ to 96³", "`F.interpolate`, trilinear", seconds, longer,
              "at most 4 times as long", longer.median <= 4)


def run_notebook(path: Path) -> float:
    from notebooks import execute
    return execute(path, threads=1)[1]


def whole_book():
    """As `make test` runs it: two notebooks at a time, one thread each."""
    import book
    paths, start = book.notebooks(), time.perf_counter()
    with ProcessPoolExecutor(max_workers=2) as pool:
        seconds = dict(zip(paths, pool.map(run_notebook, paths), strict=True))
    total, slowest = time.perf_counter() - start, max(seconds, key=seconds.get)
    return [["all chapters, two at a time", f"{total:.0f} s", "about 300 s", verdict(total <= 300)],
            [f"the slowest, `{slowest.stem}`", f"{seconds[slowest]:.0f} s", "at most 40 s",
             verdict(seconds[slowest] <= 40)]]


if __name__ == "__main__":
    rows = [*total_variation(), *crop(), *conv(), *resize()]
    os.environ.setdefault("DIFFIMG_DEVICE", "cpu" if bench_tv.DEVICE == "cpu" else "cuda")
    report("goals", [
        table("The operations, float32", ["what", "against", "milliseconds", "ratio", "goal", ""], rows),
        table("The book, executed", ["what", "time", "goal", ""], whole_book())])
