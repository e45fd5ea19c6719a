"""Add up what the separate pytest runs counted, so that `make test` ends with one line."""

import sys
from pathlib import Path
from xml.etree import ElementTree

SUITES = ("lint", "unit", "structure", "notebooks", "rehearsal", "site")


def counts(path: Path) -> dict[str, int]:
    """Passed, failed and skipped tests of one report; a run that left no report counts as one failure."""
    if not path.exists():
        return {"passed": 0, "failed": 1, "skipped": 0}
    suite = ElementTree.parse(path).getroot().find("testsuite")
    number = {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")}
    failed = number["failures"] + number["errors"]
    return {"passed": number["tests"] - failed - number["skipped"], "failed": failed, "skipped": number["skipped"]}


def sentence(count: dict[str, int]) -> str:
    return ", ".join(f"{n} {word}" for word, n in count.items())


folder = Path(sys.argv[1])
results = {name: counts(folder / f"{name}.xml") for name in SUITES}
print()
for name, result in results.items():
    print(f"{name:>10}: {sentence(result)}" + ("" if (folder / f"{name}.xml").exists() else " (did not run)"))
total = {word: sum(result[word] for result in results.values()) for word in ("passed", "failed", "skipped")}
print(f"{'make test':>10}: {sentence(total)}")
