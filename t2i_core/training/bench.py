"""How fast a recipe trains on this machine: pictures a second against batch size and number of processes.

Every number of processes is measured in processes of its own, started as a training starts them; what they do lies in
`bench_worker`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any

from t2i_core.errors import InputError, T2IError
from t2i_core.settings import get_settings
from t2i_core.training.bench_task import TRAINABLE
from t2i_core.training.recipe import kind_of

MADE_UP = "made up"
PARTS = ("data", "forward", "backward", "optimizer")
BATCHES = (8, 16, 32, 64)
SECONDS = 4.0  # of steps that are timed, a point
MAX_BATCH, MAX_PROCESSES, MAX_SECONDS = 65_536, 256, 600.0
MOST_POINTS = 64
LOOK = 0.3  # seconds between two looks at the measuring processes
OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class Point:
    """One measurement. `batch` is that of all processes together, as in a recipe; times are seconds a step.

    data: cutting the batch, drawing noise, bringing both to the device
    backward: with the exchange of gradients between the processes
    optimizer: with clipping and the running average
    memory: MB of the fullest graphics card; None on a processor
    fits: False where the batch was too large for the memory; then there are no times
    """

    processes: int
    batch: int
    steps: int = 0
    data: float = 0.0
    forward: float = 0.0
    backward: float = 0.0
    optimizer: float = 0.0
    memory: float | None = None
    fits: bool = True

    @property
    def step(self) -> float:
        """Seconds a step."""
        return self.data + self.forward + self.backward + self.optimizer

    @property
    def speed(self) -> float:
        """Pictures a second."""
        return self.batch / self.step if self.step else 0.0

    def share(self, part: str) -> float:
        """The share of a step, 0..1, that `data`, `forward`, `backward` or `optimizer` takes."""
        return float(getattr(self, part)) / self.step if self.step else 0.0


@dataclass(frozen=True)
class TrainingBench:
    """What one machine measured. `data`: “made up”, or the names of the files that the pictures came from."""

    recipe: str
    machine: str
    cores: int
    device: str
    image_size: int
    data: str
    points: tuple[Point, ...]

    @property
    def best(self) -> Point:
        """The fastest point."""
        return max(self.points, key=lambda point: point.speed)

    def of(self, processes: int) -> list[Point]:
        """The points of a number of processes, by batch size."""
        return sorted((p for p in self.points if p.processes == processes), key=lambda point: point.batch)

    def __str__(self) -> str:
        from t2i_core.training.bench_words import table, verdict

        return f"{table(self)}\n{verdict(self)}"


def bench_from(text: str | bytes) -> TrainingBench:
    """A result that `--json` printed, on this machine or another. Raises InputError for anything else."""
    try:
        stored = json.loads(text)
        points = tuple(Point(**point) for point in stored.pop("points"))
        bench = TrainingBench(**stored, points=points)
        if not points or not all(_sound(point) for point in points) or not isinstance(bench.machine, str):
            raise ValueError("no measured points")
        return bench
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise InputError("This is not a result of t2i bench training --json.") from problem


def _sound(point: Point) -> bool:
    numbers = [getattr(point, each.name) for each in fields(point) if each.name != "memory"]
    return all(isinstance(n, (int, float)) and 0 <= n < 1e9 for n in numbers) and point.batch > 0 < point.processes


def bench_training(
    recipe: str,
    *,
    batches: Sequence[int] = BATCHES,
    processes: Sequence[int] = (),
    seconds: float = SECONDS,
    data: Sequence[Path] = (),
    overrides: Sequence[str] = (),
    on_step: OnStep | None = None,
) -> TrainingBench:
    """Measures every batch size with every number of processes; without these, what the machine offers.

    data: files, or folders, of real pictures; without them, made-up ones of the recipe's size, in memory from the start
    on_step: told how many points are done; what it raises ends the measuring processes
    Raises InputError for numbers that make no sense, and for a recipe that does not train through the common loop.
    """
    processes = tuple(sorted(set(processes or usual_processes())))
    batches = tuple(sorted(set(batches)))
    _check(batches, processes, seconds)
    if kind_of(recipe) not in TRAINABLE:
        raise InputError(f"{recipe} trains in one go on features kept beforehand; only picture recipes are measured.")
    asked = {
        "recipe": recipe,
        "overrides": list(overrides),
        "batches": batches,
        "seconds": seconds,
        "data": [str(path) for path in data],
        "cache": str(get_settings().cache),
    }
    total, lines = len(processes) * len(batches), list[dict[str, Any]]()

    def look() -> None:
        done = sum("batch" in line for line in lines)
        if on_step and done < total:
            on_step(done, total)

    for count in processes:
        lines += _measured(asked, count, look)
    if on_step:
        on_step(total, total)
    points = tuple(Point(**line) for line in lines if "batch" in line)
    facts = next(line for line in lines if "machine" in line)
    return TrainingBench(recipe, data=", ".join(path.name for path in data) or MADE_UP, points=points, **facts)


def usual_processes() -> tuple[int, ...]:
    """One, and twice as many up to all graphics cards; on a processor one and two."""
    from torch import cuda

    cards = cuda.device_count()
    counts = [1 << power for power in range(9) if 1 << power <= cards]
    return tuple(sorted({*counts, cards})) if cards else (1, 2)


def _check(batches: Sequence[int], processes: Sequence[int], seconds: float) -> None:
    from torch import cuda

    if not batches or min(batches) < max(processes) or max(batches) > MAX_BATCH:
        raise InputError(
            f"A batch holds at least one picture a process and at most {MAX_BATCH:,}; got "
            f"{', '.join(map(str, batches)) or 'none'} for {max(processes)} processes."
        )
    if min(processes) < 1 or max(processes) > MAX_PROCESSES:
        raise InputError(f"processes are whole numbers from 1 to {MAX_PROCESSES}; got {min(processes)}.")
    if len(batches) * len(processes) > MOST_POINTS:
        raise InputError(
            f"At most {MOST_POINTS} points are measured at once; these are {len(batches) * len(processes)}."
        )
    if not 0 < seconds <= MAX_SECONDS:
        raise InputError(f"seconds must be above 0 and at most {MAX_SECONDS:g}; got {seconds:g}.")
    if (cards := cuda.device_count()) and max(processes) > cards:
        raise InputError(f"Every process takes a graphics card of its own, and this machine has {cards}.")


def _measured(asked: dict[str, object], count: int, look: Callable[[], None]) -> Iterator[dict[str, Any]]:
    """What the first of `count` measuring processes says, as it says it. Ends them all, whatever happens."""
    with tempfile.TemporaryFile() as complaints:
        group = subprocess.Popen(
            _command(count, json.dumps(asked)),
            stdin=subprocess.PIPE,  # held open: its end tells every measuring process that nobody waits for it
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**os.environ, **_surroundings(count)},
            start_new_session=True,
        )
        assert group.stdout is not None
        assert group.stdin is not None
        said: SimpleQueue[bytes | None] = SimpleQueue()
        Thread(target=_listen, args=(group.stdout, said), daemon=True).start()
        try:
            yield from _lines(said, look)
            if group.wait():
                raise RuntimeError(f"the measuring processes ended with {group.returncode}:\n{_end_of(complaints)}")
        finally:
            group.stdin.close()
            with suppress(ProcessLookupError):
                os.killpg(group.pid, signal.SIGKILL)
            group.wait()


def _lines(said: "SimpleQueue[bytes | None]", look: Callable[[], None]) -> Iterator[dict[str, Any]]:
    while True:
        look()
        try:
            line = said.get(timeout=LOOK)
        except Empty:
            continue
        if line is None:
            return
        if not line.startswith(b"{"):  # a library that greets on standard output
            continue
        told: dict[str, Any] = json.loads(line)
        if "problem" in told:
            raise T2IError(told["problem"])
        yield told


def _listen(pipe: IO[bytes], said: "SimpleQueue[bytes | None]") -> None:
    for line in pipe:
        said.put(line)
    said.put(None)


def _command(count: int, asked: str) -> list[str]:
    worker = ["-m", "t2i_core.training.bench_worker", asked]
    if count == 1:
        return [sys.executable, *worker]
    return [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}", *worker]


def _surroundings(count: int) -> dict[str, str]:
    """The processor's cores are shared out, as a training would share them."""
    from torch import cuda

    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    if cuda.is_available():
        return {"PYTHONPATH": path}
    threads = max(1, (get_settings().threads or cores()) // count)
    return {"PYTHONPATH": path, "OMP_NUM_THREADS": str(threads), "ACCELERATE_USE_CPU": "true"}


def cores() -> int:
    """The processor's cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _end_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read()[-4000:].decode(errors="replace")


def as_json(bench: TrainingBench) -> str:
    """The result as one line, which `bench_from` reads."""
    return json.dumps(asdict(bench))
