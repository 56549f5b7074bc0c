"""A run's metrics by way of its log, from machines whose files the studio cannot see."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from t2i_core.training.health import METRICS

MARK = re.compile(r"metrics (\{.*\})\s*$")
EVERY = 5.0  # seconds


@contextmanager
def echoed(run: Path, say: Callable[[str], None] = print, every: float = EVERY) -> Iterator[None]:
    """While the block runs, says each new line of the run's metrics.jsonl, marked so that `metrics_in` finds it."""
    file, stop = run / METRICS, threading.Event()
    seen = len(_lines(file))

    def tell(already: int) -> None:
        while True:
            last_round = stop.wait(every)
            lines = _lines(file)
            for line in lines[min(already, len(lines)) :]:  # fewer than before where the run was rolled back
                say(f"metrics {line}")
            already = len(lines)
            if last_round:
                return

    teller = threading.Thread(target=tell, args=(seen,), name="metrics", daemon=True)
    teller.start()
    try:
        yield
    finally:
        stop.set()
        teller.join()


def metrics_in(log: Iterable[str]) -> Sequence[Mapping[str, float]]:
    """The metrics that a job said in its log, by rising step: of a step that was taken anew, what was said last."""
    found: dict[float, Mapping[str, float]] = {}
    for line in log:
        if mark := MARK.search(line):
            try:
                metrics = json.loads(mark[1])
                found[float(metrics["step"])] = metrics
            except (ValueError, KeyError, TypeError):  # another process wrote into the same line
                continue
    return [found[step] for step in sorted(found)]


def _lines(file: Path) -> list[str]:
    """The whole lines of a file that is being written."""
    try:
        return file.read_text().rpartition("\n")[0].splitlines()
    except OSError:
        return []
