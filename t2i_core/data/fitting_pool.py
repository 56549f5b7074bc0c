"""Processes that decode downloaded pictures, in batches, beside the process that downloads them."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType

from t2i_core.data.fitting import Fitted, fit_all

FATAL = "the picture ends its decoder"


class FittingPool:
    """`fit_all` in `workers` processes, which end with this one, however it ends.

    size: the longest side a kept picture may have
    """

    def __init__(self, workers: int, size: int) -> None:
        self.workers, self._size = workers, size
        self._pool = self._new()
        self._mending = asyncio.Lock()

    async def fit(self, pictures: Sequence[bytes]) -> list[Fitted]:
        """What becomes of each. A picture whose decoding ends a process is told from its neighbours."""
        pool = self._pool
        try:
            return await self._run(pool, pictures)
        except BrokenProcessPool:
            async with self._mending:
                if self._pool is pool:
                    self._pool = self._new()
                return [await self._alone(picture) for picture in pictures]

    async def _alone(self, picture: bytes) -> Fitted:
        pool = self._new(1)
        try:
            return (await self._run(pool, [picture]))[0]
        except BrokenProcessPool:
            return FATAL
        finally:
            pool.shutdown(wait=False)

    async def _run(self, pool: ProcessPoolExecutor, pictures: Sequence[bytes]) -> list[Fitted]:
        return await asyncio.get_running_loop().run_in_executor(pool, fit_all, pictures, self._size)

    def _new(self, workers: int | None = None) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")  # a fork would take this process's threads' locks along
        return ProcessPoolExecutor(workers or self.workers, mp_context=context, initializer=_end_with_parent)

    def __enter__(self) -> "FittingPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=kind is None, cancel_futures=True)


def _end_with_parent() -> None:
    """A process of a pool waits for work even when nobody is left to give it any. Ctrl-C is for the parent to see."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
