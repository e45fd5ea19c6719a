"""Side-by-side timing: the contestants take turns, so that a busy machine slows all of them alike."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import torch

RESULTS = Path(__file__).parent / "results"


class Middle(NamedTuple):
    """The median of a measurement over the rounds, and its spread: the distance between the quartiles."""

    median: float
    spread: float

    @classmethod
    def of(cls, values: list[float]) -> "Middle":
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, high - low)

    def text(self, unit: float = 1.0) -> str:
        half = self.spread * unit / 2
        return f"{self.median * unit:.3g} ± {half:{'.0f' if half >= 10 else '.1g'}}"


def rounds_of(contestants: dict[str, Callable[[], object]], rounds: int, warm_up: int) -> dict[str, list[float]]:
    """Seconds of one call of each, after warm-up, in interleaved rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(warm_up + rounds):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if turn >= warm_up:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def medians(contestants: dict[str, Callable[[], object]], *, rounds: int = 15, warm_up: int = 3) -> dict[str, float]:
    """Median seconds of one call of each."""
    return {name: statistics.median(values) for name, values in rounds_of(contestants, rounds, warm_up).items()}


def ratio(seconds: dict[str, list[float]], name: str, base: str) -> Middle:
    """How many times as long as `base` it took in the same round."""
    return Middle.of([one / other for one, other in zip(seconds[name], seconds[base], strict=True)])


def against(base: str, contestants: dict[str, Callable[[], object]], *, rounds: int = 15,
            warm_up: int = 3) -> dict[str, tuple[Middle, Middle]]:
    """For each, its seconds, and their ratio to those of `base`."""
    seconds = rounds_of(contestants, rounds, warm_up)
    return {name: (Middle.of(values), ratio(seconds, name, base)) for name, values in seconds.items()}


def table(title: str, header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table under a heading."""
    lines = [f"## {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows), ""])


def versions() -> str:
    found = []
    for name in ("torch", "numpy", "scipy", "scikit-image", "Pillow", "opencv-python-headless", "kornia"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} is not installed")
    return ", ".join([f"Python {platform.python_version()}", *found])


def processor() -> str:
    """What the system calls it, where it says so."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), platform.processor() or platform.machine())


def report(name: str, tables: list[str]) -> None:
    """Print the tables, and store them with the machine, the versions and the date."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else \
        f"{processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"
    head = (f"# {name}\n\n{date.today().isoformat()}, {device}. {versions()}. Medians of interleaved runs; "
            "± is half the distance between the quartiles. Ratios count; seconds on a CPU are for orientation.\n")
    text = "\n".join([head, *tables])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}_{'cuda' if torch.cuda.is_available() else 'cpu'}.md").write_text(text)
    print(text)
