"""A finished catalogue: shards that took their places together, what was left out of them, and a note of it all."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa

from t2i_core.data.shards import CATALOGUE, CATALOGUE_SCHEMA, ShardWriter, find_shards
from t2i_core.errors import DataError, OutputError
from t2i_core.images import atomic_write

ROWS = 100_000  # a shard's
MANIFEST = "catalogue.json"
REJECTS = "rejects.jsonl"
BUILDING = ".catalogue.part"


@dataclass(frozen=True)
class Reject:
    """A line or row of the source that gave no product."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Catalogue:
    """What a preparation made.

    source: what was read; lines: how many lines or rows it had; products: rows of the shards
    other: lines of products that were not asked for; rejects: how many lines gave nothing, by reason
    """

    source: str
    lines: int = 0
    products: int = 0
    other: int = 0
    rejects: dict[str, int] = field(default_factory=dict)
    shards: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rows = [f"{self.products:,} products of {self.lines:,} lines in {len(self.shards)} shards"]
        if self.other:
            rows.append(f"  {self.other:,} of other categories")
        rows += [f"  {count:,} rejected: {reason}" for reason, count in self.rejects.items()]
        return "\n".join(rows)


def read_catalogue(folder: Path) -> Catalogue:
    """The note of a finished catalogue. Raises DataError where there is none, or shards of it are missing."""
    try:
        stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        catalogue = Catalogue(**stored)
        missing = [name for name in catalogue.shards if not (folder / Path(name).name).is_file()]
    except FileNotFoundError as problem:
        raise DataError(f"{folder} holds no finished catalogue. Make one with t2i prepare.") from problem
    except (OSError, ValueError, TypeError) as problem:
        raise DataError(f"{folder / MANIFEST} cannot be read: {problem}. Prepare the catalogue again.") from problem
    if missing:
        raise DataError(f"{folder} lacks {', '.join(missing[:3])}. Prepare the catalogue again.")
    return catalogue


class CatalogueWriter:
    """Takes tables and rejects while the source is read; see `catalogue_writer`."""

    def __init__(self, building: Path, source: str, shards: ShardWriter) -> None:
        self.source, self.lines, self.products, self.other = source, 0, 0, 0
        self.shards = shards
        self._reasons: Counter[str] = Counter()
        self._rejects = (building / REJECTS).open("w", encoding="utf-8")

    def add(self, table: pa.Table, rejects: Sequence[Reject], *, lines: int, other: int = 0) -> None:
        """What some lines gave; the line numbers of rejects count from the last that was added before."""
        for reject in rejects:
            self._reasons[reject.reason] += 1
            json.dump({**asdict(reject), "line": self.lines + reject.line}, self._rejects)
            self._rejects.write("\n")
        self.shards.write(table)
        self.products += len(table)
        self.lines += lines
        self.other += other

    def close(self) -> None:
        """Closes the file of rejects."""
        self._rejects.close()

    def note(self) -> Catalogue:
        """What was made."""
        names = [path.name for path in self.shards.paths]
        return Catalogue(self.source, self.lines, self.products, self.other, dict(self._reasons.most_common()), names)


@contextmanager
def catalogue_writer(folder: Path, source: str, *, rows: int = ROWS) -> Iterator[CatalogueWriter]:
    """Writes a catalogue beside the one that is there, which it replaces when the block is left without an error.

    Raises OutputError where the folder cannot be written to.
    """
    building = folder / BUILDING
    try:
        shutil.rmtree(building, ignore_errors=True)  # of a process that was killed
        building.mkdir(parents=True)
        with ShardWriter(building, CATALOGUE, CATALOGUE_SCHEMA, rows=rows) as shards:
            writer = CatalogueWriter(building, source, shards)
            try:
                yield writer
            finally:
                writer.close()
        _take_place(building, folder, writer.note())
    except OSError as problem:
        raise OutputError(
            f"{folder} cannot be written to: {problem.strerror or problem}. "
            "Choose a folder you may write to, with room left."
        ) from problem
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _take_place(building: Path, folder: Path, note: Catalogue) -> None:
    """Without its note a catalogue is not finished, so the note goes first and comes last."""
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in _old_shards(folder):
        path.unlink()
    for name in (*note.shards, REJECTS):
        (building / name).replace(folder / name)
    _sync(folder)
    atomic_write(folder / MANIFEST, json.dumps(asdict(note), indent=1).encode())


def _old_shards(folder: Path) -> list[Path]:
    try:
        return find_shards(folder, CATALOGUE)
    except DataError:
        return []


def _sync(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
