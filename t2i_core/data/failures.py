"""The failures table of a download: a JSON line a picture that could not be had, and why."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from t2i_core.errors import OutputError

STEM = "failures"
LONGEST_LINE = 1_000_000  # bytes


def failures_path(folder: Path, part: int = 0) -> Path:
    return folder / f"{STEM}-{part:05d}.jsonl"


def read_failures(folder: Path) -> Iterator[dict[str, object]]:
    """What is known of every picture that could not be had: id, url, reason, tries."""
    for path in sorted(folder.glob(f"{STEM}-*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):  # else a process was ended while it wrote
                    yield json.loads(line)


def count_reasons(folder: Path) -> dict[str, int]:
    """How many pictures failed for each reason, the commonest first."""
    return dict(Counter(str(row["reason"]) for row in read_failures(folder)).most_common())


def forget_failures(folder: Path) -> None:
    """Lets the next download ask for all of them again."""
    for path in folder.glob(f"{STEM}-*.jsonl"):
        path.unlink()


class FailureLog:
    """Adds lines to a part's failures. A line that an ended process left half written is taken off first.

    Raises OutputError where the file cannot be written.
    """

    def __init__(self, folder: Path, part: int = 0) -> None:
        path = failures_path(folder, part)
        try:
            _cut_half_a_line(path)
            self._file = path.open("a", encoding="utf-8")
        except OSError as problem:
            raise OutputError(f"{path} cannot be written: {problem.strerror or problem}.") from problem
        self.count = 0

    def add(self, product: str, url: str | None, reason: str, tries: int) -> None:
        line = {"id": product, "url": url, "reason": reason, "tries": tries}
        self._file.write(json.dumps(line) + "\n")
        self.count += 1

    def flush(self) -> None:
        self._file.flush()

    def __enter__(self) -> "FailureLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _cut_half_a_line(path: Path) -> None:
    if not path.is_file():
        return
    with path.open("r+b") as file:
        start = max(0, file.seek(0, os.SEEK_END) - LONGEST_LINE)
        file.seek(start)
        file.truncate(start + file.read().rfind(b"\n") + 1)
