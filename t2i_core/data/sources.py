"""Catalogues that bring their own pictures or name them: CSV files, folders of pictures, tables of a data set."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import pyarrow as pa

from t2i_core.data.amazon import Row
from t2i_core.data.catalogues import Catalogue, Parsed, Reject, catalogue_writer, read_catalogue
from t2i_core.data.columns import find_columns, row_of_cells
from t2i_core.data.engines import Engine
from t2i_core.data.fitting import fit
from t2i_core.data.shards import CATALOGUE_SCHEMA, IMAGES_SCHEMA, PICTURE
from t2i_core.data.sheets import open_sheet
from t2i_core.data.tables import table_of
from t2i_core.errors import InputError

SIZE = 256  # pixels of the longest side of a kept picture
TOGETHER = 64  # products a worker takes at a time; each may bring a picture
MAX_FILE = 50_000_000  # bytes of a picture's file
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})
ADDRESS = ("http://", "https://")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Entry:
    """One product of a source: what is said of it, and its picture's bytes or file.

    where: the picture's name, for the record; problem: why there is no product after all
    """

    cells: Mapping[str, object]
    identity: str
    picture: bytes | Path | None = None
    where: str | None = None
    problem: str | None = None


class Refused(Exception):
    """A product whose picture is no good. The message is the reason."""


def prepare_csv(
    path: Path, out: Path, engine: Engine, *, size: int = SIZE, on_rows: Progress | None = None
) -> Catalogue:
    """A CSV file as a catalogue; pictures it names by a path beside it become image shards.

    Raises InputError for a file that is no table, or has neither a column of titles nor one of pictures.
    """
    return prepare_entries(path.name, _sheet_entries(path), out, engine, size=size, on_rows=on_rows)


def prepare_folder(
    folder: Path, out: Path, engine: Engine, *, size: int = SIZE, on_rows: Progress | None = None
) -> Catalogue:
    """Pictures in folders: the folders are the path of categories, the file's name is the title.

    Raises InputError where there is no picture.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder. Name one with pictures in it.")
    if next(_pictures_in(folder, out), None) is None:
        raise InputError(f"{folder} holds no picture. Pictures end in {', '.join(sorted(SUFFIXES))}.")
    return prepare_entries(folder.name, _folder_entries(folder, out), out, engine, size=size, on_rows=on_rows)


def prepare_entries(
    source: str,
    entries: Iterable[Entry],
    out: Path,
    engine: Engine,
    *,
    size: int = SIZE,
    on_rows: Progress | None = None,
) -> Catalogue:
    """Writes products of any source as a catalogue, and the pictures they bring as image shards."""
    read = partial(read_entries, size=size)
    with catalogue_writer(out, source) as writer, closing(engine.map_blocks(read, _blocks(entries))) as results:
        for parsed in results:
            writer.add(parsed)
            if on_rows:
                on_rows(writer.lines, writer.products)
    return read_catalogue(out)


def read_entries(entries: Sequence[Entry], size: int) -> Parsed:
    """What some products of a source give. Pure but for the files of pictures that they name."""
    rows: list[Row] = []
    pictures: list[dict[str, object] | None] = []
    rejects = []
    for number, entry in enumerate(entries, start=1):
        row = row_of_cells(entry.cells, entry.identity)
        try:
            picture = _picture(entry, size)
            if picture is None and not row.title and not row.image_url:
                raise Refused("neither a title nor a picture")
        except Refused as reason:
            rejects.append(Reject(number, str(reason), (entry.where or row.title or entry.identity)[:400]))
            continue
        rows.append(row)
        pictures.append(None if picture is None else {"bytes": picture, "path": entry.where})
    table = table_of(rows) if rows else CATALOGUE_SCHEMA.empty_table()
    return Parsed(table, rejects, len(entries), pictures=_with_pictures(table, pictures))


def _with_pictures(table: pa.Table, pictures: Sequence[object]) -> pa.Table:
    column = pa.array(pictures, PICTURE.type)
    both = pa.Table.from_arrays([*table.columns, column], names=IMAGES_SCHEMA.names)
    return both.filter(column.is_valid()).cast(IMAGES_SCHEMA)


def _picture(entry: Entry, size: int) -> bytes | None:
    if entry.problem:
        raise Refused(entry.problem)
    data = _read(entry.picture) if isinstance(entry.picture, Path) else entry.picture
    if data is None:
        return None
    fitted = fit(data, size)
    if isinstance(fitted, str):
        raise Refused(fitted)
    return data if fitted is None else fitted


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise Refused("the file is too large")
        return path.read_bytes()
    except OSError as problem:
        raise Refused("there is no such file") from problem


def _sheet_entries(path: Path) -> Iterator[Entry]:
    sheet = open_sheet(path)
    found = {what: sheet.names.index(name) for what, name in find_columns(sheet.names).items()}
    if "title" not in found and "picture" not in found:
        seen = ", ".join(name.strip()[:30] for name in sheet.names[:12]) or "nothing"
        raise InputError(f"{path.name} needs a first line with a column title or image. Its first line says: {seen}.")
    for number, row in enumerate(sheet.rows(), start=2):
        cells = {what: row[place] for what, place in found.items() if place < len(row)}
        yield _beside(path.parent, cells, f"{path.stem}-{number}")


def _beside(folder: Path, cells: Mapping[str, str], identity: str) -> Entry:
    """A row of a table that lies in `folder`, which the picture's path may not leave."""
    named = cells.get("picture", "").strip()
    if not named or named.lower().startswith(ADDRESS):
        return Entry(cells, identity)
    try:
        path = (folder / named).resolve()
        inside = path.is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return Entry(cells, identity, where=named, problem="the picture's path makes no sense")
    if not inside:
        return Entry(cells, identity, where=named, problem="the picture lies outside the table's folder")
    return Entry(cells, identity, path, named)


def _folder_entries(folder: Path, out: Path) -> Iterator[Entry]:
    for path in _pictures_in(folder, out):
        place = path.relative_to(folder)
        title = path.stem.replace("_", " ").replace("-", " ")
        yield Entry({"title": title, "category": place.parts[:-1]}, place.as_posix(), path, place.as_posix())


def _pictures_in(folder: Path, out: Path) -> Iterator[Path]:
    """Files with a picture's suffix, in the order of their names; links are not followed, nor is the result read."""
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and (Path(base) / name) != out)
        for path in (Path(base) / name for name in sorted(names)):
            if path.suffix.lower() in SUFFIXES and not path.is_symlink() and not path.name.startswith("."):
                yield path


def _blocks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    source = iter(entries)
    while block := list(islice(source, TOGETHER)):
        yield block
