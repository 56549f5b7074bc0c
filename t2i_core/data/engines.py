"""Where the stages of a preparation run: in processes of this machine, or on a Ray cluster.

Both take the same function and the same blocks, and give the same results in the same order.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from multiprocessing import get_context
from typing import Protocol, TypeVar

from t2i_core.errors import DataError, InputError

Block = TypeVar("Block")
Result = TypeVar("Result")

ENGINES = ("local", "ray")
AHEAD = 4  # blocks a worker has before it, so that none waits while a shard is written


class Engine(Protocol):
    """Maps a function over blocks, somewhere."""

    def map_blocks(self, function: Callable[[Block], Result], blocks: Iterable[Block]) -> Generator[Result, None, None]:
        """The function's results, in the blocks' order; blocks are drawn only as fast as results are taken.

        The function and what it takes and gives must be picklable: a function of a module, or a `partial` of one.
        """
        ...


@dataclass(frozen=True)
class LocalEngine:
    """Processes of this machine; with one worker, or one block, this process itself."""

    workers: int

    def map_blocks(self, function: Callable[[Block], Result], blocks: Iterable[Block]) -> Generator[Result, None, None]:
        source = iter(blocks)
        first = list(islice(source, 2))
        if self.workers == 1 or len(first) < 2:
            yield from map(function, chain(first, source))
            return
        with ProcessPoolExecutor(self.workers, mp_context=get_context("spawn")) as pool:
            try:
                yield from _in_order(pool, function, chain(first, source), AHEAD * self.workers)
            except BrokenProcessPool as problem:
                raise DataError(
                    "A worker process was ended from outside, most often for lack of memory. "
                    "Run it again with fewer --workers."
                ) from problem
            finally:
                pool.shutdown(cancel_futures=True)  # blocks that nobody will ask for


def _in_order(
    pool: ProcessPoolExecutor, function: Callable[[Block], Result], blocks: Iterator[Block], ahead: int
) -> Iterator[Result]:
    running: deque[Future[Result]] = deque(pool.submit(function, block) for block in islice(blocks, ahead))
    while running:
        result = running.popleft().result()
        running.extend(pool.submit(function, block) for block in islice(blocks, 1))
        yield result


@dataclass(frozen=True)
class RayEngine:
    """Ray Data on a cluster: the one at `address`, or on this machine where none is named ($RAY_ADDRESS)."""

    address: str | None = None
    window: int = 64  # blocks handed to the cluster at a time, so that a long stream never lies in memory whole

    def map_blocks(self, function: Callable[[Block], Result], blocks: Iterable[Block]) -> Generator[Result, None, None]:
        data = _ray_data(self.address)
        source = iter(blocks)
        while window := list(islice(source, self.window)):
            items = data.from_items([{"block": block} for block in window], override_num_blocks=len(window))
            for row in items.map(partial(_on_row, function)).iter_rows():
                yield row["result"]


def _on_row(function: Callable[[Block], Result], row: dict[str, Block]) -> dict[str, Result]:
    return {"result": function(row["block"])}


def _ray_data(address: str | None):  # type: ignore[no-untyped-def]  # noqa: ANN202 -- ray is not always there
    try:
        import ray
        import ray.data
    except ImportError as problem:
        raise InputError("--engine ray needs Ray. Install it with: pip install '.[ray]'") from problem
    if not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False)
        except ConnectionError as problem:
            raise InputError(f"The Ray cluster cannot be reached: {problem}. Check RAY_ADDRESS.") from problem
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    return ray.data


def find_engine(name: str, workers: int | None = None) -> Engine:
    """The engine of that name. Raises InputError for a name that is none, or no workers.

    workers: processes of the local engine; without it, one a processor
    """
    if workers is not None and workers < 1:
        raise InputError(f"At least one worker is needed; got {workers}.")
    if name == "local":
        return LocalEngine(workers or processors())
    if name == "ray":
        return RayEngine()
    raise InputError(f"There is no engine “{name[:40]}”. There are: {', '.join(ENGINES)}.")


def processors() -> int:
    """How many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(allowed(0)) if allowed else os.cpu_count() or 1
