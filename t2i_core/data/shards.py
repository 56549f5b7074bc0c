"""What prepared data looks like on disk: parquet shards of products, with or without their pictures.

A catalogue is a folder of `catalogue-00000.parquet`, …; its pictures are `images-00000.parquet`, … with the same
columns and `image`, as Hugging Face `datasets` reads pictures. A shard is there whole or not at all.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from t2i_core.errors import DataError
from t2i_core.images import whole_file

CATALOGUE = "catalogue"
IMAGES = "images"
PART = ".part"  # ends the hidden name of a file that is being written
REPEATED = ("brand", "category", "categories.list.element")  # columns whose few values are stored once a shard

FIELDS = (
    pa.field("id", pa.string(), nullable=False),
    pa.field("title", pa.string()),
    pa.field("brand", pa.string()),
    pa.field("category", pa.string()),  # the leaf of the path
    pa.field("categories", pa.list_(pa.string())),  # the path, from the widest to the leaf
    pa.field("price", pa.float64()),
    pa.field("image_url", pa.string()),
    pa.field("related", pa.list_(pa.string())),  # ids of other products
)
PICTURE = pa.field("image", pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())]))

CATALOGUE_SCHEMA = pa.schema(FIELDS)


def _features(schema: pa.Schema) -> dict[str, object]:
    """The columns as `datasets` calls them, so that it shows pictures and not bytes."""

    def feature(field: pa.Field) -> dict[str, object]:
        if field.name == PICTURE.name:
            return {"_type": "Image"}
        if pa.types.is_list(field.type):
            return {"feature": {"dtype": str(field.type.value_type), "_type": "Value"}, "_type": "Sequence"}
        return {"dtype": str(field.type).replace("double", "float64"), "_type": "Value"}

    return {field.name: feature(field) for field in schema}


def _with_pictures() -> pa.Schema:
    schema = pa.schema([*FIELDS, PICTURE])
    return schema.with_metadata({"huggingface": json.dumps({"info": {"features": _features(schema)}})})


IMAGES_SCHEMA = _with_pictures()


def shard_path(folder: Path, stem: str, number: int) -> Path:
    return folder / f"{stem}-{number:05d}.parquet"


def find_shards(folder: Path, stem: str = CATALOGUE) -> list[Path]:
    """The whole shards of a folder, in their order. Raises DataError where there is none."""
    paths = sorted(path for path in folder.glob(f"{stem}-*.parquet") if path.stem.removeprefix(f"{stem}-").isdecimal())
    if not paths:
        raise DataError(f"{folder} holds no {stem}-*.parquet. Make them with t2i prepare.")
    return paths


def write_shard(
    path: Path, table: pa.Table, metadata: Mapping[str, str] | None = None, *, rows_a_group: int | None = None
) -> None:
    """Writes a table as one zstd parquet file, whole or not at all, making its folder where needed.

    metadata: kept in the file's schema beside what stands there; rows_a_group: what a reader takes at a time
    Raises OutputError where it cannot be written.
    """
    if metadata:
        known = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        table = table.replace_schema_metadata({**known, **metadata})
    part = path.parent / f".{path.stem}.{uuid.uuid4().hex}{PART}"
    repeated = [name for name in REPEATED if name.partition(".")[0] in table.column_names]
    with whole_file(path, part) as file:
        pq.write_table(table, file, rows_a_group, compression="zstd", compression_level=1, use_dictionary=repeated)


def remove_parts(folder: Path) -> None:
    """Clears away what a process that was killed left half written."""
    for path in folder.glob(f".*{PART}"):
        with suppress(OSError):
            path.unlink()


class ShardWriter:
    """Gathers tables and writes a shard whenever `rows` rows are there; leaving the block writes the rest.

    Where the block is left by an error the rest is not written. `paths` are the shards written so far.
    """

    def __init__(self, folder: Path, stem: str, schema: pa.Schema, *, rows: int, first: int = 0) -> None:
        self.paths: list[Path] = []
        self._folder, self._stem, self._schema, self._rows, self._first = folder, stem, schema, rows, first
        self._waiting: list[pa.Table] = []
        self._count = 0

    def write(self, table: pa.Table) -> None:
        """Adds rows; the table must have the writer's columns."""
        for piece in _pieces(table, self._rows, self._rows - self._count):
            self._waiting.append(piece)
            self._count += len(piece)
            if self._count == self._rows:
                self._flush()

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._count:
            self._flush()

    def _flush(self) -> None:
        path = shard_path(self._folder, self._stem, self._first + len(self.paths))
        write_shard(path, pa.concat_tables(self._waiting).cast(self._schema))
        self.paths.append(path)
        self._waiting, self._count = [], 0


def _pieces(table: pa.Table, rows: int, room: int) -> Iterator[pa.Table]:
    """The table cut where shards end: a first piece of at most `room` rows, then of at most `rows`."""
    start = 0
    while start < len(table):
        size = room if start == 0 else rows
        yield table.slice(start, size)
        start += size


def rows_of(paths: Sequence[Path], columns: Sequence[str] | None = None, *, batch: int = 1024) -> Iterator[pa.Table]:
    """The shards' rows in batches, of these columns. Raises DataError for a file that is no such shard."""
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                for rows in file.iter_batches(batch, columns=columns):
                    yield pa.Table.from_batches([rows])
        except (OSError, KeyError, ValueError) as problem:
            raise DataError(f"{path} cannot be read as a prepared file: {problem}. Prepare it again.") from problem
