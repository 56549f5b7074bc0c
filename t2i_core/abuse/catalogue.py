"""Catalogues: CSV files, as spreadsheets of any country write them, with a title and a path or an address a row."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from t2i_core.abuse.fetch import UrlItem
from t2i_core.abuse.files import NoPicture
from t2i_core.abuse.sources import Absent, FileItem, Item, ZipItem, zip_items, zip_members
from t2i_core.data.sheets import PICTURES, TITLES, Sheet, first_of, open_sheet
from t2i_core.errors import InputError
from t2i_core.images import atomic_write

MAX_NAME = 2_000
ADDRESS = ("http://", "https://")

Find = Callable[[str, str], Item]  # (what the row names, its title) -> where that is


@dataclass(frozen=True)
class _Form:
    sheet: Sheet
    title: int | None
    picture: int


def catalogue_items(path: Path, *, fetch: bool = False, find: Find | None = None) -> Iterator[Item]:
    """One item a row, read as it is asked for. Paths are taken from the catalogue's folder.

    fetch: whether addresses may be asked; find: where to look for what a row names, in place of the disk.
    Raises InputError for a file that is no catalogue; a row that names nothing is an item without a picture.
    """
    form = _form(path)
    beside = find or (lambda named, title: FileItem(path.parent / named, title, named))
    for number, row in enumerate(form.sheet.rows(), start=2):
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
    return sum(1 for _ in _form(path).sheet.rows())


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


def _form(path: Path) -> _Form:
    sheet = open_sheet(path)
    picture = first_of(sheet.columns, PICTURES)
    if picture is None:
        seen = ", ".join(name.strip()[:30] for name in sheet.names[:12]) or "nothing"
        raise InputError(
            f"{path.name} needs a first line with a column that names the picture ({', '.join(PICTURES[:3])} or url), "
            f"and one for the title. Its first line says: {seen}."
        )
    return _Form(sheet, first_of(sheet.columns, TITLES), picture)
