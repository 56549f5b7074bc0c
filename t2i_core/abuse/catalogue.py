"""Catalogues: CSV files, as spreadsheets of any country write them, with a title and a path or an address a row."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from t2i_core.abuse.fetch import UrlItem
from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.sources import Absent, FileItem, Item, ZipItem, zip_items, zip_members
from t2i_core.errors import InputError
from t2i_core.images import atomic_write

TITLES = (
    "title",
    "name",
    "product",
    "product_title",
    "item_name",
    "titel",
    "titulo",
    "título",
    "название",
    "标题",
    "제목",
)
PICTURES = (
    "path",
    "image",
    "file",
    "filename",
    "picture",
    "photo",
    "image_path",
    "image_link",
    "image_url",
    "url",
    "link",
)
DELIMITERS = ",;\t|"
MAX_CELL = 100_000  # characters
MAX_NAME = 2_000
ADDRESS = ("http://", "https://")

Find = Callable[[str, str], Item]  # (what the row names, its title) -> where that is


@dataclass(frozen=True)
class _Form:
    encoding: str
    delimiter: str
    title: int | None
    picture: int


def catalogue_items(path: Path, *, fetch: bool = False, find: Find | None = None) -> Iterator[Item]:
    """One item a row, read as it is asked for. Paths are taken from the catalogue's folder.

    fetch: whether addresses may be asked; find: where to look for what a row names, in place of the disk.
    Raises InputError for a file that is no catalogue; a row that names nothing is an item without a picture.
    """
    form = _form(path)
    beside = find or (lambda named, title: FileItem(path.parent / named, title, named))
    for number, row in enumerate(_rows(path, form), start=2):
        yield _item(row, form, number, fetch, beside)


def archive_items(archive: Path, folder: Path) -> tuple[Iterable[Item], int]:
    """The pictures in a ZIP archive and how many they are: the rows of the catalogue in it, where there is one.

    folder: where the catalogue is put meanwhile. Raises InputError for an archive or a catalogue that is none.
    """
    members = zip_members(archive)
    sheet = next((one for one in members if one.filename.lower().endswith(".csv")), None)
    if sheet is None:
        items = zip_items(archive)
        return items, len(items)
    try:
        data = ZipItem(archive, sheet).read()
    except NoPicture as nothing:
        raise InputError(f"{sheet.filename[:80]} in {archive.name} cannot be read: {nothing}.") from nothing
    path = folder / f"{archive.stem}.csv"
    atomic_write(path, data if isinstance(data, bytes) else b"")
    inside = {one.filename: one for one in members}
    base = sheet.filename.rpartition("/")[0]

    def find(named: str, title: str) -> Item:
        member = inside.get(f"{base}/{named}" if base else named) or inside.get(named)
        return ZipItem(archive, member, title) if member else Absent(named, title, "the archive holds no such file")

    return catalogue_items(path, find=find), count_rows(path)


def count_rows(path: Path) -> int:
    """How many items a catalogue has. Raises InputError as `catalogue_items`."""
    return sum(1 for _ in _rows(path, _form(path)))


def _item(row: list[str], form: _Form, number: int, fetch: bool, find: Find) -> Item:
    def cell(column: int | None) -> str:
        return row[column].strip() if column is not None and column < len(row) else ""

    named, title = cell(form.picture)[:MAX_NAME], cell(form.title)[:MAX_NAME]
    if not named:
        return Absent(f"row {number}", title, "the row names no picture")
    if not named.lower().startswith(ADDRESS):
        return find(named, title)
    if not fetch:
        return Absent(named, title, "addresses are not fetched unless that is switched on")
    return UrlItem(named, title)


def _rows(path: Path, form: _Form) -> Iterator[list[str]]:
    with _open(path, form.encoding) as file:
        reader = csv.reader(file, delimiter=form.delimiter)
        try:
            for row in islice(reader, 1, None):
                if any(cell.strip() for cell in row):
                    yield row
        except (csv.Error, UnicodeError) as problem:
            raise InputError(
                f"{path.name} cannot be read past line {reader.line_num}: {problem}. Save it as CSV (UTF-8) again."
            ) from problem


def _form(path: Path) -> _Form:
    encoding = _encoding(path)
    csv.field_size_limit(MAX_CELL)
    try:
        with _open(path, encoding) as file:
            head = file.readline(MAX_CELL)
    except UnicodeError as problem:
        raise InputError(f"{path.name} is no text file. Save the catalogue as CSV (UTF-8).") from problem
    delimiter = max(DELIMITERS, key=head.count)
    try:
        names = next(csv.reader([head], delimiter=delimiter), [])
    except csv.Error as problem:
        raise InputError(f"The first line of {path.name} cannot be read: {problem}.") from problem
    columns = {name.strip().casefold().replace(" ", "_"): place for place, name in reversed(list(enumerate(names)))}
    picture = _first(columns, PICTURES)
    if picture is None:
        seen = ", ".join(name.strip()[:30] for name in names[:12]) or "nothing"
        raise InputError(
            f"{path.name} needs a first line with a column that names the picture ({', '.join(PICTURES[:3])} or url), "
            f"and one for the title. Its first line says: {seen}."
        )
    return _Form(encoding, delimiter, _first(columns, TITLES), picture)


def _first(columns: Mapping[str, int], names: tuple[str, ...]) -> int | None:
    return next((columns[name] for name in names if name in columns), None)


def _encoding(path: Path) -> str:
    """By its first bytes; text that is not UTF-8 is taken for what spreadsheets of western Europe write."""
    try:
        with path.open("rb") as file:
            start = file.read(65_536)
    except OSError as problem:
        raise InputError(f"{path} cannot be opened: {problem.strerror}. Check the path.") from problem
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        start[: start.rfind(b"\n") + 1 or None].decode("utf-8-sig")
    except UnicodeError:
        return "cp1252"
    return "utf-8-sig"


def _open(path: Path, encoding: str) -> TextIO:
    try:
        return path.open(encoding=encoding, newline="", errors="replace" if encoding != "utf-16" else "strict")
    except OSError as problem:
        raise InputError(f"{path} cannot be opened: {problem.strerror}. Check the path.") from problem
