"""Tables in CSV files, as spreadsheets of any country write them: any usual delimiter, any usual encoding."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from t2i_core.errors import InputError

DELIMITERS = ",;\t|"
MAX_CELL = 100_000  # characters

TITLES = (
    "title",
    "name",
    "product",
    "product_title",
    "product_name",
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


@dataclass(frozen=True)
class Sheet:
    """A CSV file whose first line was read.

    names: the columns as written; columns: where a column stands, by its name in small letters with _ for spaces
    """

    path: Path
    encoding: str
    delimiter: str
    names: tuple[str, ...]

    @property
    def columns(self) -> Mapping[str, int]:
        return {plain_name(name): place for place, name in reversed(list(enumerate(self.names)))}

    def rows(self) -> Iterator[list[str]]:
        """The rows after the first that are not empty. Raises InputError where the file cannot be read on."""
        with _open(self.path, self.encoding) as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            try:
                for row in islice(reader, 1, None):
                    if any(cell.strip() for cell in row):
                        yield row
            except (csv.Error, UnicodeError) as problem:
                raise InputError(
                    f"{self.path.name} cannot be read past line {reader.line_num}: {problem}. "
                    "Save it as CSV (UTF-8) again."
                ) from problem


def open_sheet(path: Path) -> Sheet:
    """Reads a file's first line. Raises InputError for a file that is not there or holds no text."""
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
    return Sheet(path, encoding, delimiter, tuple(names))


def plain_name(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def first_of(columns: Mapping[str, int], names: Sequence[str]) -> int | None:
    """Where the first of these columns that there is stands."""
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
