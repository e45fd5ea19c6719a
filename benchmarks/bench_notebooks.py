"""Seconds and memory of each notebook, run alone with one thread, from the start of its kernel to its last cell.

The page for instructors shows them. The memory is the peak of the kernel: what a hub needs for a student who runs all.

    python benchmarks/bench_notebooks.py
"""

import os
import sys
from datetime import date

from timing import RESULTS, processor, table, versions

sys.path.insert(0, str(RESULTS.parents[1] / "tools"))
import book  # noqa: E402
import notebooks  # noqa: E402


def main():
    rows = []
    for path in book.notebooks():
        run = notebooks.execute(path, 1)
        rows.append([f"`{book.chapter(path)}`", f"{run.seconds:.0f}", f"{run.megabytes:.0f}"])
        print(*rows[-1], flush=True)
    device = os.environ.get("DIFFIMG_DEVICE", "cpu").partition(":")[0]
    head = (f"# notebooks\n\n{date.today().isoformat()}, {processor()}, {os.cpu_count()} cores, each notebook alone "
            f"with one thread. {versions()}.\n")
    text = "\n".join([head, table("From the start of the kernel to the last cell", ["chapter", "seconds", "MB"], rows)])
    (RESULTS / f"notebooks_{device}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
