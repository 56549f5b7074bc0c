"""Measures how fast pictures are downloaded, from a server on this machine, and whether any is lost or kept twice."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from t2i_core.data.download import download_images
from t2i_core.data.download_options import DownloadOptions, Progress
from t2i_core.data.failures import read_failures
from t2i_core.data.picture_server import DIFFERENT, KINDS, kind_of, path_of, picture
from t2i_core.data.shards import CATALOGUE, CATALOGUE_SCHEMA, IMAGES, ShardWriter, find_shards, rows_of
from t2i_core.errors import InputError

FEWEST = 100


@dataclass(frozen=True)
class DownloadBench:
    """What a download came to.

    processor_ms: of an address, of the processes that download and decode; the server's own is not counted
    bytes_each: of a picture as the server sends it; good: percentage of addresses that answer at once and well
    lost, repeated, wrong: ids of which nothing is known, that are there twice, or with another one's picture or reason
    """

    rows: int
    images: int
    failures: int
    seconds: float
    rows_per_second: float
    images_per_second: float
    processor_ms: float
    bytes_each: int
    size: int
    good: int
    lost: int
    repeated: int
    wrong: int

    def __str__(self) -> str:
        return (
            f"{self.rows} addresses in {self.seconds:.1f} s: {self.images_per_second:.0f} pictures/s kept, "
            f"{self.rows_per_second:.0f} addresses/s settled, "
            f"{self.processor_ms:.2f} ms of processor time each\n"
            f"pictures of {self.bytes_each / 1000:.1f} KB, kept at most {self.size} pixels large; "
            f"{100 - self.good} % of the answers slow, busy, cut off, moved, oversized, or no pictures\n"
            f"{self.failures} in the failures table; lost {self.lost}, kept twice {self.repeated}, wrong {self.wrong}"
        )


def bench_download(count: int, *, size: int = 256, on_step: Progress | None = None) -> DownloadBench:
    """Downloads `count` made-up pictures into a folder that is deleted again. Raises InputError for too few."""
    if count < FEWEST:
        raise InputError(f"--count must be at least {FEWEST} for a download; got {count}.")
    with tempfile.TemporaryDirectory() as name, picture_server() as ports:
        folder = Path(name)
        write_addresses(folder, count, ports)
        options = DownloadOptions(size=size, max_bytes=1_000_000, allow_private=True)
        before = _processor_seconds()
        report = download_images(folder, options, on_step=on_step)
        spent = _processor_seconds() - before
        lost, repeated, wrong = check_download(folder, count, unchanged=size >= 256)
    return DownloadBench(
        rows=report.rows,
        images=report.images,
        failures=report.failures,
        seconds=round(report.seconds, 2),
        rows_per_second=round(report.rows / report.seconds, 1),
        images_per_second=round(report.images_per_second, 1),
        processor_ms=round(1000 * spent / report.rows, 3),
        bytes_each=sum(len(picture(n)) for n in range(DIFFERENT)) // DIFFERENT,
        size=size,
        good=KINDS[0].percent,
        lost=lost,
        repeated=repeated,
        wrong=wrong,
    )


def _processor_seconds() -> float:
    """Of this process and the ones that it started and that have ended."""
    return sum(os.times()[:4])


@contextmanager
def picture_server() -> Iterator[Sequence[int]]:
    """A server in its own process, as the ports it listens on."""
    command = [sys.executable, "-m", "t2i_core.data.picture_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


def write_addresses(folder: Path, count: int, ports: Sequence[int], rows: int = 100_000) -> None:
    """A catalogue whose pictures a `picture_server` has, spread over its hosts."""
    with ShardWriter(folder, CATALOGUE, CATALOGUE_SCHEMA, rows=rows) as writer:
        for start in range(0, count, 10_000):
            numbers = range(start, min(count, start + 10_000))
            products = [
                {
                    "id": f"P{n}",
                    "title": f"Product {n}",
                    "categories": ["Things"],
                    "image_url": f"http://127.0.0.1:{ports[n % len(ports)]}{path_of(n)}",
                }
                for n in numbers
            ]
            writer.write(pa.Table.from_pylist(products, CATALOGUE_SCHEMA))


def check_download(folder: Path, count: int, *, unchanged: bool = True) -> tuple[int, int, int]:
    """How many of the pictures are lost, kept twice, or wrong.

    unchanged: whether the pictures were small enough to be kept as they came, and can be compared
    """
    kept: Counter[str] = Counter()
    wrong = 0
    for table in rows_of(find_shards(folder, IMAGES), ["id", "image"]):
        for row in table.to_pylist():
            number = int(row["id"][1:])
            same = not unchanged or row["image"]["bytes"] == picture(number % DIFFERENT)
            wrong += kind_of(number).reason is not None or not same
            kept[row["id"]] += 1
    for failure in read_failures(folder):
        product = str(failure["id"])
        wrong += kind_of(int(product[1:])).reason != failure["reason"]
        kept[product] += 1
    return count - len(kept), sum(times - 1 for times in kept.values()), wrong
