"""How fast metadata files become catalogues, and in how much memory: on made-up files of all four forms."""

import ast
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from t2i_core.data.engines import LocalEngine, processors
from t2i_core.data.lines import Block, blocks_of
from t2i_core.data.made_up import FORMS, made_up_lines
from t2i_core.data.prepare import parse_block, prepare_amazon
from t2i_core.errors import InputError, T2IError

LITERAL = "2014-literal"
DIFFERENT = 20_000  # lines; a longer file repeats them
SLICES, SLICE = 30, 1_000
JUDGED = 3_000  # lines that ast.literal_eval reads for comparison
MAX_LINES = 20_000_000
MB = 1_000_000
KIB = 1_024 if sys.platform == "linux" else 1  # what ru_maxrss counts in


@dataclass(frozen=True)
class Run:
    """One pass over a file, in a process of its own. Memory in MB: of that process, and of its largest worker."""

    lines: int
    seconds: float
    cpu_seconds: float
    memory: float
    worker_memory: float

    @property
    def per_second(self) -> float:
        return self.lines / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of processor time a line, of all processes together."""
        return self.cpu_seconds / self.lines * 1e6


@dataclass(frozen=True)
class FormBench:
    """One form.

    parse: lines to columns; prepare: the whole command, shards written; quarter: of a quarter the file
    best: microseconds of processor time a line to parse, in the quickest of many slices, one process: what other
      work on the machine disturbs least
    """

    form: str
    line_bytes: float
    best: float
    parse: Run
    prepare: Run
    quarter: Run


@dataclass(frozen=True)
class PrepareBench:
    """What was measured. literal_eval: `ast.literal_eval` on the 2014 literals; literal_best: as `FormBench.best`."""

    lines: int
    workers: int
    literal_eval: Run
    literal_best: float
    forms: list[FormBench]

    def __str__(self) -> str:
        rows = [
            f"{self.lines:,} lines a form, {self.workers} workers; MB of the process + of its largest worker",
            f"  {'':14}{'bytes':>7}{'best':>8}{'parse':>20}{'prepare':>20}{'memory':>11}{'of a quarter':>15}",
            f"  {'form':14}{'a line':>7}{'µs CPU':>8}" + 2 * f"{'lines/s':>10}{'µs CPU':>10}" + f"{'of the lines':>26}",
            *map(_row, self.forms),
            f"  {'literal_eval':21}{self.literal_best:8.1f}{self.literal_eval.per_second:10,.0f}"
            f"{self.literal_eval.cost:10.1f}",
        ]
        literal = next((one for one in self.forms if one.form == LITERAL), None)
        return "\n".join(rows + ([self._times(literal)] if literal else []))

    def _times(self, literal: FormBench) -> str:
        faster, cheaper = literal.parse.per_second / self.literal_eval.per_second, self.literal_best / literal.best
        return f"  literals: parse is {faster:.1f} times as fast; at best {cheaper:.1f} times, in one process"


def bench_prepare(lines: int = 1_000_000, *, on_step: Callable[[int, int], None] | None = None) -> PrepareBench:
    """Measures all forms on files of `lines` lines, made up in the system's folder for temporary files.

    Raises InputError for a number of lines out of range, and the process's own message where one fails.
    """
    if not 1_000 <= lines <= MAX_LINES:
        raise InputError(f"lines must be a whole number from 1,000 to {MAX_LINES:,}; got {lines}.")
    forms: list[FormBench] = []
    for done, form in enumerate(FORMS):
        with tempfile.TemporaryDirectory() as folder:
            forms.append(_bench_form(form, lines, Path(folder)))
        if on_step:
            on_step(done + 1, len(FORMS))
    return PrepareBench(lines, processors(), measure_literal_eval(), _literal_best(), forms)


def measure_literal_eval(count: int = JUDGED) -> Run:
    """`ast.literal_eval` on made-up 2014 literals, in this process."""
    texts = [line.decode() for line in islice(made_up_lines(LITERAL), count)]
    start, before = time.perf_counter(), time.process_time()
    for text in texts:
        ast.literal_eval(text)
    return Run(count, time.perf_counter() - start, time.process_time() - before, 0.0, 0.0)


def _literal_best() -> float:
    return _quickest(LITERAL, lambda lines: [ast.literal_eval(line.decode()) for line in lines])


def _quickest(form: str, read: Callable[[list[bytes]], object]) -> float:
    """Microseconds of processor time a line, in the quickest slice of many."""
    lines = made_up_lines(form)
    costs = []
    for _ in range(SLICES):
        slice_ = list(islice(lines, SLICE))
        before = time.process_time()
        read(slice_)
        costs.append(time.process_time() - before)
    return min(costs) / SLICE * 1e6


def write_made_up(path: Path, form: str, lines: int) -> None:
    """A file of made-up lines; past DIFFERENT of them they repeat."""
    pool = list(islice(made_up_lines(form), min(lines, DIFFERENT)))
    with path.open("wb") as file:
        for start in range(0, lines, len(pool)):
            file.writelines(pool[: lines - start])


def _bench_form(form: str, lines: int, folder: Path) -> FormBench:
    path, quarter = folder / "all", folder / "quarter"
    write_made_up(path, form, lines)
    write_made_up(quarter, form, max(1, lines // 4))
    return FormBench(
        form=form,
        line_bytes=path.stat().st_size / lines,
        best=_quickest(form, lambda some: parse_block(Block(b"".join(some)))),
        parse=_run("parse", path),
        prepare=_run("prepare", path),
        quarter=_run("prepare", quarter),
    )


def _run(what: str, path: Path) -> Run:
    command = [sys.executable, "-m", "t2i_core.data.bench", what, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise T2IError(f"The measurement failed: {done.stderr.strip()[-500:]}")
    return Run(**json.loads(done.stdout))


def _measure(what: str, path: Path) -> Run:
    start = time.perf_counter()
    lines = _parse(path) if what == "parse" else prepare_amazon(path, path.parent / "out", _engine()).lines
    seconds, spent = time.perf_counter() - start, os.times()
    return Run(lines, seconds, sum(spent[:4]), _peak(resource.RUSAGE_SELF), _peak(resource.RUSAGE_CHILDREN))


def _parse(path: Path) -> int:
    return sum(parsed.lines for parsed in _engine().map_blocks(parse_block, blocks_of(path)))


def _engine() -> LocalEngine:
    return LocalEngine(processors())


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss * KIB / MB


def _row(one: FormBench) -> str:
    speeds = "".join(f"{run.per_second:10,.0f}{run.cost:10.1f}" for run in (one.parse, one.prepare))
    memory = f"{_memory(one.prepare):>11}{_memory(one.quarter):>15}"
    return f"  {one.form:14}{one.line_bytes:7.0f}{one.best:8.1f}{speeds}{memory}"


def _memory(run: Run) -> str:
    return f"{run.memory:.0f} + {run.worker_memory:.0f}"


if __name__ == "__main__":
    print(json.dumps(asdict(_measure(sys.argv[1], Path(sys.argv[2])))))
