"""What is known of millions of pictures, on disk: an Arrow file whose rows are read where they lie when they are asked
for, so that memory holds none of them but those in use."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar, overload

import pyarrow as pa

T = TypeVar("T")
Row = dict[str, object]

TOGETHER = 8_192  # rows that are written at a time
NEIGHBOURS = 1_024  # rows that are read at a time by whoever goes from one to the next


class Records(Sequence[T]):
    """The rows of a file as a sequence of what `make` makes of each."""

    def __init__(self, path: Path, make: Callable[[Row], T]) -> None:
        with pa.ipc.open_file(pa.memory_map(str(path))) as file:
            self._table = file.read_all()  # maps, and copies nothing
        self._make = make
        self._held: tuple[int, list[T]] = (-1, [])  # rows read last, and where they begin

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, row: int) -> T: ...
    @overload
    def __getitem__(self, row: slice) -> list[T]: ...
    def __getitem__(self, row: int | slice) -> T | list[T]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        place = row + len(self) if row < 0 else row
        if not 0 <= place < len(self):
            raise IndexError(f"There are {len(self)} rows, and no row {row}.")
        start, held = self._held
        if not start <= place < start + len(held):
            start, held = place, self._read(place, NEIGHBOURS if place == start + len(held) else 1)
            self._held = start, held
        return held[place - start]

    def __iter__(self) -> Iterator[T]:
        for start in range(0, len(self), NEIGHBOURS):
            yield from self._read(start, NEIGHBOURS)

    def _read(self, start: int, count: int) -> list[T]:
        return list(map(self._make, self._table.slice(start, count).to_pylist()))


class RecordWriter:
    """Writes rows as they come; leaving the block completes the file."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema, self._rows = schema, list[Row]()
        self._file = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._file, schema)

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) == TOGETHER:
            self._flush()

    def __enter__(self) -> "RecordWriter":
        return self

    def __exit__(self, *error: object) -> None:
        self._flush()
        self._writer.close()
        self._file.close()

    def _flush(self) -> None:
        self._writer.write_batch(pa.RecordBatch.from_pylist(self._rows, self._schema))
        self._rows = []
