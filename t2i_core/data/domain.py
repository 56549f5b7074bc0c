"""A domain: one kind of picture the studio draws, how its files are read, and what is known of each picture."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
from PIL import Image

from t2i_core.data.measure import Measured, measure
from t2i_core.errors import DataError

WORDINGS = 8


@dataclass(frozen=True)
class Item:
    """One picture and what is known of it.

    title: what a person would type to get it; it may be empty
    labels: by choice, e.g. {"category": "Watches"}; what the source does not say is missing, never guessed
    texts: other honest wordings that came with it
    """

    id: str
    title: str
    labels: dict[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    image: bytes | None = None


Read = Callable[[Path], Iterator[Item]]
Frame = Callable[[Image.Image, int, str], Image.Image]  # (picture, size, id) -> square picture
Wording = Callable[[Item, Random], str]
Describe = Callable[[Item, Measured], Item]
Measure = Callable[[Image.Image], Measured]
Suits = Callable[[Image.Image], bool]


def as_it_is(item: Item, measured: Measured) -> Item:
    """For sources that say everything themselves."""
    return item


def any_picture(image: Image.Image) -> bool:
    """For sources whose every picture is a good example."""
    return True


def plain_query(labels: Mapping[str, str]) -> str:
    """The labels in their order, those that describe before what they describe."""
    return " ".join(reversed(list(labels.values())))


@dataclass(frozen=True)
class Domain:
    """How pictures of one kind become training examples.

    files: the parquet files of its pictures, or patterns for the names of shards
    choices: labels that are offered to a user, in the order the network takes them
    measures: which of tone, lightness, aspect and fill, read off the pictures, are offered
    defaults: what a request gets of these where it says nothing, besides what `measure.RANGES` gives all domains
    judged: labels by which a classifier of real pictures judges generated ones
    wording: another way a person might ask for the same picture
    query: labels as the short text a person would type
    measure: what is read off a framed picture
    describe: completes an item by what was measured on its picture
    suits: whether a framed picture shows what the domain is of; the others are passed over
    mirrored: whether a mirrored picture is as good an example
    on_white: whether pictures stand on pure white, as shops ask for
    sheet: the choices whose commonest values make a run's sheet, rows then columns; without them titles do
    """

    name: str
    files: tuple[str, ...]
    choices: tuple[str, ...]
    measures: tuple[str, ...]
    judged: tuple[str, ...]
    read: Read
    frame: Frame
    wording: Wording
    measure: Measure = measure
    describe: Describe = as_it_is
    suits: Suits = any_picture
    query: Callable[[Mapping[str, str]], str] = plain_query
    defaults: Mapping[str, float] = field(default_factory=dict)
    mirrored: bool = False
    on_white: bool = False
    sheet: tuple[str, str] | None = None

    def wordings(self, items: Sequence[Item], seed: int = 0) -> list[list[str]]:
        """`WORDINGS` texts an item, the first its title."""
        random = Random(seed)
        return [[item.title, *(self.wording(item, random) for _ in range(WORDINGS - 1))] for item in items]

    def items(self, paths: Sequence[Path]) -> Iterator[Item]:
        """The items of files, in their order. Raises DataError for a file that is missing or is another domain's."""
        for path in paths:
            yield from self.read(path)


def find_files(names: Sequence[str], data: Sequence[Path]) -> list[Path]:
    """The parquet files to read: those that `data` names, and the ones called `names` in the folders that it names.

    names: of files, or patterns such as `images-*.parquet`

    Raises DataError naming what is missing.
    """
    files = list(dict.fromkeys(file for path in data for name in names for file in _named(path, name)))
    if missing := [str(path) for path in files if not path.is_file()]:
        raise DataError(f"There is no {', no '.join(missing)}. Give --data the folder that holds {', '.join(names)}.")
    return files


def _named(path: Path, name: str) -> list[Path]:
    """The files of a folder that a name or a pattern means, in their order; any other path is the file itself."""
    if not path.is_dir():
        return [path]
    return (sorted(path.glob(name)) if "*" in name else []) or [path / name]


def rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """The rows of a parquet file with an image column, whose bytes stand for the picture.

    Raises DataError for a file that is missing, is no parquet, or lacks the columns.
    """
    wanted = [*columns, "image"]
    try:
        file = pq.ParquetFile(path)
        if missing := [name for name in wanted if name not in file.schema_arrow.names]:
            raise DataError(f"{path} is not a data file with the columns {', '.join(wanted)}: no {', '.join(missing)}.")
        for batch in file.iter_batches(1024, columns=wanted):
            for row in batch.to_pylist():
                yield {**row, "image": row["image"]["bytes"] if isinstance(row["image"], dict) else None}
    except (OSError, ValueError) as problem:
        raise DataError(f"{path} cannot be read as a parquet file: {problem}") from problem


def without_image(item: Item) -> Item:
    """The item as it is kept beside prepared pictures."""
    return replace(item, image=None)
