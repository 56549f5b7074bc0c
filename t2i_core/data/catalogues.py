"""A finished catalogue: shards that took their places together, what was left out of them, and a note of it all."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from t2i_core.data.alone import alone
from t2i_core.data.shards import CATALOGUE, CATALOGUE_SCHEMA, IMAGES, IMAGES_SCHEMA, ShardWriter, find_shards
from t2i_core.errors import DataError, OutputError
from t2i_core.images import atomic_write

ROWS = 100_000  # a shard's
PICTURES = 1_000  # an image shard's
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
class Parsed:
    """What lines or rows of a source gave.

    rejects: their line numbers count from 1; other: how many products were not asked for
    pictures: rows of an image shard, where the source brings pictures itself
    """

    table: pa.Table
    rejects: list[Reject]
    lines: int
    other: int = 0
    pictures: pa.Table | None = None


@dataclass(frozen=True)
class Catalogue:
    """What a preparation made.

    source: what was read; lines: how many lines or rows it had; products: rows of the shards
    other: lines of products that were not asked for; rejects: how many lines gave nothing, by reason
    shards, images: names of the files
    """

    source: str
    lines: int = 0
    products: int = 0
    other: int = 0
    rejects: dict[str, int] = field(default_factory=dict)
    shards: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rows = [f"{self.products:,} products of {self.lines:,} lines in {len(self.shards)} files"]
        if self.other:
            rows.append(f"  {self.other:,} of other categories")
        rows += [f"  {count:,} rejected: {reason}" for reason, count in self.rejects.items()]
        return "\n".join(rows)


def read_catalogue(folder: Path) -> Catalogue:
    """The note of a finished catalogue. Raises DataError where there is none, or shards of it are missing."""
    try:
        stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        catalogue = Catalogue(**stored)
        missing = [name for name in (*catalogue.shards, *catalogue.images) if not (folder / Path(name).name).is_file()]
    except FileNotFoundError as problem:
        raise DataError(f"{folder} holds no finished catalogue. Make one with t2i prepare.") from problem
    except (OSError, ValueError, TypeError) as problem:
        raise DataError(f"{folder / MANIFEST} cannot be read: {problem}. Prepare the catalogue again.") from problem
    if missing:
        raise DataError(f"{folder} lacks {', '.join(missing[:3])}. Prepare the catalogue again.")
    return catalogue


class CatalogueWriter:
    """Takes what the source gives, in its order; see `catalogue_writer`."""

    def __init__(self, source: str, shards: ShardWriter, images: ShardWriter, rejects: TextIO) -> None:
        self.source, self.lines, self.products, self.other = source, 0, 0, 0
        self._shards, self._images, self._rejects = shards, images, rejects
        self._reasons: Counter[str] = Counter()

    def add(self, parsed: Parsed) -> None:
        """Adds what the next lines gave."""
        for reject in parsed.rejects:
            self._reasons[reject.reason] += 1
            self._rejects.write(json.dumps({**asdict(reject), "line": self.lines + reject.line}) + "\n")
        self._shards.write(parsed.table)
        if parsed.pictures is not None:
            self._images.write(parsed.pictures)
        self.products += len(parsed.table)
        self.lines += parsed.lines
        self.other += parsed.other

    def note(self) -> Catalogue:
        """What was made, once all is written."""
        shards, images = ([path.name for path in writer.paths] for writer in (self._shards, self._images))
        reasons = dict(self._reasons.most_common())
        return Catalogue(self.source, self.lines, self.products, self.other, reasons, shards, images)


@contextmanager
def catalogue_writer(folder: Path, source: str, *, rows: int = ROWS) -> Iterator[CatalogueWriter]:
    """Writes a catalogue beside the one that is there, which it replaces when the block is left without an error.

    Raises OutputError where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder, CATALOGUE), _empty(folder / BUILDING) as building:
            with (
                (building / REJECTS).open("w", encoding="utf-8") as rejects,
                ShardWriter(building, CATALOGUE, CATALOGUE_SCHEMA, rows=rows) as shards,
                ShardWriter(building, IMAGES, IMAGES_SCHEMA, rows=PICTURES, first=_free(folder)) as images,
            ):
                writer = CatalogueWriter(source, shards, images, rejects)
                yield writer
            _take_place(building, folder, writer.note())
    except OSError as problem:
        raise OutputError(
            f"{folder} cannot be written to: {problem.strerror or problem}. "
            "Choose a folder you may write to, with room left."
        ) from problem


@contextmanager
def _empty(folder: Path) -> Iterator[Path]:
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_place(building: Path, folder: Path, note: Catalogue) -> None:
    """Without its note a catalogue is not finished, so the old note goes first and the new one comes last."""
    ours = [*_shards(folder, CATALOGUE), *(folder / name for name in _own_images(folder))]
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in ours:
        path.unlink(missing_ok=True)
    for name in (*note.shards, *note.images, REJECTS):
        (building / name).replace(folder / name)
    _sync(folder)
    atomic_write(folder / MANIFEST, json.dumps(asdict(note), indent=1).encode())


def _free(folder: Path) -> int:
    """A number past the image shards that stay."""
    stay = [path for path in _shards(folder, IMAGES) if path.name not in _own_images(folder)]
    return max((int(path.stem.rpartition("-")[2]) + 1 for path in stay), default=0)


def _own_images(folder: Path) -> list[str]:
    """The image shards that an earlier preparation brought; a later download's are not among them."""
    try:
        return [Path(name).name for name in read_catalogue(folder).images]
    except DataError:
        return []


def _shards(folder: Path, stem: str) -> list[Path]:
    try:
        return find_shards(folder, stem)
    except DataError:
        return []


def _sync(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
