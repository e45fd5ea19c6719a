"""Side-by-side timing: the contestants take turns, so that a busy machine slows all of them alike."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import torch

RESULTS = Path(__file__).parent / "results"


def medians(contestants: dict[str, Callable[[], object]], *, rounds: int = 15, warm_up: int = 3) -> dict[str, float]:
    """Median seconds of one call of each, after warm-up, in interleaved rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(warm_up + rounds):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if turn >= warm_up:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def table(title: str, header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table under a heading."""
    lines = [f"## {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows), ""])


def report(name: str, tables: list[str]) -> None:
    """Print the tables, and store them with the machine and the date. Ratios count; seconds are for orientation."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else \
        f"{platform.machine()} CPU, {os.cpu_count()} cores, {torch.get_num_threads()} threads"
    head = f"# {name}\n\n{date.today().isoformat()}, {device}, PyTorch {torch.__version__}. Medians of interleaved runs.\n"
    text = "\n".join([head, *tables])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}_{'cuda' if torch.cuda.is_available() else 'cpu'}.md").write_text(text)
    print(text)
