"""Image shards as a stream of rows that several processes share: each row goes to exactly one of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from t2i_core.data.shards import IMAGES, find_shards
from t2i_core.errors import DataError, InputError

Row = dict[str, object]


@dataclass(frozen=True)
class _Group:
    """Rows that are read together: a row group of a file, and where its first row stands among all rows."""

    path: Path
    number: int
    start: int
    rows: int


class ImageRows:
    """The rows of image shards, in their order.

    columns: those that are read; all where none is named
    Raises DataError where a folder holds no image shards, or a file is none.
    """

    def __init__(self, data: Path | Sequence[Path], columns: Sequence[str] | None = None) -> None:
        paths = find_shards(data, IMAGES) if isinstance(data, Path) else list(data)
        self._columns = None if columns is None else list(columns)
        self._groups: list[_Group] = []
        self._count = 0
        for path in paths:
            self._add(path)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return self.share(0, 1)

    def share(self, rank: int, world: int) -> Iterator[Row]:
        """The rows of one of `world` processes: a run of neighbours, so that each reads its own part of the files
        alone. Shares differ by one row at most. Raises InputError for a rank that is none."""
        if not 0 <= rank < world:
            raise InputError(f"A rank lies between 0 and {world - 1}; got {rank}.")
        first, last = rank * len(self) // world, (rank + 1) * len(self) // world
        for group in self._groups:
            start, end = max(first, group.start), min(last, group.start + group.rows)
            if start < end:
                yield from self._read(group, start - group.start, end - start)

    def _add(self, path: Path) -> None:
        try:
            facts = pq.read_metadata(path)
        except (OSError, ValueError) as problem:
            raise DataError(f"{path} cannot be read as a prepared file: {problem}. Prepare it again.") from problem
        for number in range(facts.num_row_groups):
            rows = facts.row_group(number).num_rows
            self._groups.append(_Group(path, number, self._count, rows))
            self._count += rows

    def _read(self, group: _Group, start: int, count: int) -> Iterator[Row]:
        try:
            with pq.ParquetFile(group.path) as file:
                table = file.read_row_group(group.number, columns=self._columns)
        except (OSError, KeyError, ValueError) as problem:
            raise DataError(f"{group.path} cannot be read: {problem}. Prepare it again.") from problem
        for batch in table.slice(start, count).to_batches(max_chunksize=64):
            yield from batch.to_pylist()
