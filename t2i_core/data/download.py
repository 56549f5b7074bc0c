"""Downloads the pictures of a prepared catalogue into image shards. It may be stopped at any moment, by kill -9 too:
run again it goes on, loses nothing and keeps nothing twice."""

import asyncio
import random
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from t2i_core.addresses import is_any, is_public
from t2i_core.data.alone import alone
from t2i_core.data.download_options import DownloadOptions, DownloadReport, Progress
from t2i_core.data.engines import Engine
from t2i_core.data.failures import FailureLog, forget_failures
from t2i_core.data.fetching import Fetcher
from t2i_core.data.fitting import Fitted
from t2i_core.data.fitting_pool import FittingPool
from t2i_core.data.http_connection import Failed
from t2i_core.data.http_pool import Place
from t2i_core.data.image_writer import ImageWriter, clear_parts, known_ids
from t2i_core.data.seen import Seen, hashes_of
from t2i_core.data.shards import CATALOGUE_SCHEMA, find_shards, rows_of
from t2i_core.data.turns import Turns

AHEAD = 25  # rows read for each connection, so that one slow host does not keep the others waiting
BATCH = 32  # pictures handed to a decoder at a time
BATCH_BYTES = 2_000_000
TICK = 0.05  # seconds after which a batch goes out although it is not full
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds between tries

COUNTS = ("rows", "images", "failures", "before", "repeated")


@dataclass
class _Job:
    row: dict[str, object]
    url: str
    place: Place
    tries: int = 0


def download_part(
    folder: Path, options: DownloadOptions, part: int = 0, parts: int = 1, on_step: Progress | None = None
) -> DownloadReport:
    """Downloads one of `parts` shares of a folder's catalogue, which ids fall into by their hash.

    Raises DataError where the folder holds no catalogue. Stopped with Ctrl-C it writes what it has.
    """
    return asyncio.run(_Download(folder, options, part, parts, on_step).run())


class _Download:
    def __init__(self, folder: Path, options: DownloadOptions, part: int, parts: int, on_step: Progress | None) -> None:
        self.folder, self.options, self.part, self.parts = folder, options, part, parts
        self.catalogue = find_shards(folder)
        self.on_step = on_step or (lambda done, total: None)
        self.rows = self.images = self.before = self.repeated = 0
        self.total = sum(pq.read_metadata(path).num_rows for path in self.catalogue)
        self.open = 0  # jobs of which it is not known yet what becomes
        self.read_all = False
        self.batch: list[tuple[_Job, bytes]] = []
        self.batch_bytes = 0

    async def run(self) -> DownloadReport:
        start, options = time.monotonic(), self.options
        known = known_ids(self.folder)
        self.shards = ImageWriter(self.folder, self.part, self.parts)
        self.room = asyncio.Semaphore(2 * options.workers + 2)
        self.turns: Turns[_Job] = Turns(options.per_host)
        with (
            FailureLog(self.folder, self.part) as self.failures,
            FittingPool(options.workers, options.size) as self.pool,
        ):
            try:
                await self._all(known)
            except ExceptionGroup as problems:  # several may stumble over one full disk
                raise problems.exceptions[0] from problems
            finally:
                self.shards.flush()
        seconds = time.monotonic() - start
        return DownloadReport(self.rows, self.images, self.failures.count, self.before, self.repeated, seconds)

    async def _all(self, known: Seen) -> None:
        async with asyncio.TaskGroup() as self.tasks:
            fetcher = self._fetcher()
            ticking = self.tasks.create_task(self._tick())
            work = [self.tasks.create_task(self._read(known))]
            work += [self.tasks.create_task(self._work(fetcher)) for _ in range(self.options.concurrency)]
            await asyncio.wait(work)
            ticking.cancel()
            fetcher.close()

    def _fetcher(self) -> Fetcher:
        o = self.options
        return Fetcher(
            per_host=o.per_host,
            max_bytes=o.max_bytes,
            seconds=o.seconds,
            allowed=is_any if o.allow_private else is_public,
        )

    async def _read(self, known: Seen) -> None:
        """Hands out the rows that nothing is known of, only so far ahead as memory should hold."""
        now = Seen()
        for table in rows_of(self.catalogue, CATALOGUE_SCHEMA.names):
            rows = table.to_pylist()
            hashes = hashes_of([str(row["id"]) for row in rows])
            for row, mine, old, fresh in zip(
                rows, hashes % self.parts == self.part, known.holds(hashes), now.add(hashes), strict=True
            ):
                if not mine:
                    continue
                self.rows += 1
                if old:
                    self.before += 1
                elif not fresh:
                    self.repeated += 1
                else:
                    self._begin(row)
            while self.open > AHEAD * self.options.concurrency:
                await asyncio.sleep(TICK)
            await asyncio.sleep(0)
        self.read_all = True
        self._settle(0)

    def _begin(self, row: dict[str, object]) -> None:
        url = str(row["image_url"] or "").strip()
        self.open += 1
        try:
            if not url:
                raise Failed("no address")
            place = Place.of(url)
        except Failed as problem:
            self._fail(row, url, problem.reason, 0)
            return
        self.turns.add(place.host, _Job(row, url, place))

    async def _work(self, fetcher: Fetcher) -> None:
        """Downloads as long as there is anything to download."""
        while job := await self.turns.take():
            async with self.room:  # while decoders are behind, nothing more is asked for
                pass
            job.tries += 1
            try:
                data = await fetcher.get(job.place)
            except Failed as problem:
                self._missed(job, problem)
            else:
                self._got(job, data)
            finally:
                self.turns.done(job.place.host)

    def _missed(self, job: _Job, problem: Failed) -> None:
        if problem.wait:
            self.turns.pause(job.place.host, min(problem.wait, LONGEST_WAIT))
        if not problem.again or job.tries >= self.options.tries:
            self._fail(job.row, job.url, problem.reason, job.tries)
            return
        backoff = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (job.tries - 1))
        self.turns.add_later(job.place.host, job, min(problem.wait, LONGEST_WAIT) + backoff * random.uniform(0.5, 1.5))

    def _got(self, job: _Job, data: bytes) -> None:
        self.batch.append((job, data))
        self.batch_bytes += len(data)
        if len(self.batch) >= BATCH or self.batch_bytes >= BATCH_BYTES:
            self._decode()

    def _decode(self) -> None:
        batch, self.batch, self.batch_bytes = self.batch, [], 0
        self.tasks.create_task(self._fit(batch))

    async def _fit(self, batch: list[tuple[_Job, bytes]]) -> None:
        async with self.room:
            fitted = await self.pool.fit([data for _, data in batch])
            for (job, data), found in zip(batch, fitted, strict=True):
                self._keep(job, data, found)
            await self.shards.rest()

    def _keep(self, job: _Job, data: bytes, found: Fitted) -> None:
        if isinstance(found, str):
            self._fail(job.row, job.url, found, job.tries)
            return
        self.shards.add({**job.row, "image": {"bytes": data if found is None else found, "path": None}})
        self.images += 1
        self._settle(1)

    def _fail(self, row: dict[str, object], url: str, reason: str, tries: int) -> None:
        self.failures.add(str(row["id"]), url or None, reason, tries)
        self._settle(1)

    def _settle(self, jobs: int) -> None:
        self.open -= jobs
        if self.read_all and not self.open:
            self.turns.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            if self.batch:
                self._decode()
            self.failures.flush()
            self.on_step(self.rows - self.open, self.total)


def download_images(
    folder: Path,
    options: DownloadOptions,
    *,
    retry: bool = False,
    engine: Engine | None = None,
    parts: int = 1,
    on_step: Progress | None = None,
) -> DownloadReport:
    """Downloads what a folder's image shards do not hold yet.

    retry: asks once more for what failed before
    engine: runs `parts` shares of the work beside each other, which all see the folder; without it this process does
    Raises OutputError where another process downloads into the folder.
    """
    find_shards(folder)
    with alone(folder, "images"):
        clear_parts(folder)
        if retry:
            forget_failures(folder)
        if engine is None:
            return download_part(folder, options, on_step=on_step)
        start = time.monotonic()
        stage = partial(_stage, folder.absolute(), options.shared_by(parts), parts)
        done = list(engine.map_blocks(stage, range(parts)))
        counts = {name: sum(getattr(one, name) for one in done) for name in COUNTS}
        return DownloadReport(**counts, seconds=time.monotonic() - start)


def _stage(folder: Path, options: DownloadOptions, parts: int, part: int) -> DownloadReport:
    return download_part(folder, options, part, parts)
