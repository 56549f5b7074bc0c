"""The image shards of a download: what is in them already, and new ones."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from t2i_core.data.failures import read_failures
from t2i_core.data.seen import Hashes, Seen, hashes_of
from t2i_core.data.shards import IMAGES, IMAGES_SCHEMA, PART, find_shards, rows_of, shard_path, write_shard
from t2i_core.errors import DataError

SHARD_BYTES = 100_000_000
ROWS_A_GROUP = 500  # what a reader takes at a time
AT_ONCE = 65_536


class ImageWriter:
    """Gathers rows with their pictures and writes them as shards of about 100 MB, numbered after those that are there.

    Parts that work in one folder at the same time never choose the same number.
    """

    def __init__(self, folder: Path, part: int = 0, parts: int = 1) -> None:
        self._folder, self._step = folder, parts
        last = max((int(path.stem.rpartition("-")[2]) for path in _shards(folder)), default=-1)
        self._next = (last // parts + 1) * parts + part
        self._rows: list[dict[str, object]] = []
        self._bytes = 0
        self._writing = asyncio.Lock()

    def add(self, row: dict[str, object]) -> None:
        self._rows.append(row)
        self._bytes += len(row["image"]["bytes"])  # type: ignore[index]

    async def rest(self) -> None:
        """Writes a shard where one is full, beside the downloads; whoever comes with another one meanwhile waits."""
        while self._bytes >= SHARD_BYTES:
            async with self._writing:
                if self._bytes >= SHARD_BYTES:
                    rows, path = self._taken()
                    await asyncio.shield(asyncio.to_thread(_write, path, rows))

    def flush(self) -> None:
        """Writes what is there."""
        if self._rows:
            rows, path = self._taken()
            _write(path, rows)

    def _taken(self) -> tuple[list[dict[str, object]], Path]:
        rows, path = self._rows, shard_path(self._folder, IMAGES, self._next)
        self._rows, self._bytes, self._next = [], 0, self._next + self._step
        return rows, path


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    write_shard(path, pa.Table.from_pylist(rows, IMAGES_SCHEMA), rows_a_group=ROWS_A_GROUP)


def clear_parts(folder: Path) -> None:
    """Clears away the shards that a process that was killed left half written."""
    for path in folder.glob(f".{IMAGES}-*{PART}"):
        path.unlink(missing_ok=True)


def _shards(folder: Path) -> list[Path]:
    with suppress(DataError):
        return find_shards(folder, IMAGES)
    return []


def known_ids(folder: Path) -> Seen:
    """The ids of which an earlier run knew what became."""
    seen = Seen()
    for hashes in _known_hashes(folder):
        seen.add(hashes)
    return seen


def _known_hashes(folder: Path) -> Iterator[Hashes]:
    for table in rows_of(_shards(folder), ["id"], batch=AT_ONCE):
        yield hashes_of(table["id"].to_pylist())
    lines: list[str] = []
    for failure in read_failures(folder):
        lines.append(str(failure["id"]))
        if len(lines) == AT_ONCE:
            yield hashes_of(lines)
            lines = []
    if lines:
        yield hashes_of(lines)
