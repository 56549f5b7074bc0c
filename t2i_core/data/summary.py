"""What is in prepared data, counted: for the report, and for a look before training on it."""

import io
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from PIL import Image

from t2i_core.data.catalogues import Catalogue, read_catalogue
from t2i_core.data.failures import count_reasons
from t2i_core.data.shards import CATALOGUE, IMAGES, find_shards, rows_of
from t2i_core.errors import DataError, ImageError
from t2i_core.images import FileFacts, open_image, read_image

LOOKED_AT = 1_000  # pictures whose size is read
THUMBNAILS = 48
THUMBNAIL = 112  # pixels
MOST = 30  # categories that are listed
UP_TO = (0, 2, 4, 8, 12, 16, 24, 32, 64)  # words of a title
SIDES = (64, 128, 192, 256, 384, 512, 1024)  # pixels of a picture's shorter side


@dataclass(frozen=True)
class Thumbnail:
    """A small JPEG of one product, as base64, with the size of its picture."""

    title: str
    category: str
    width: int
    height: int
    jpeg: str


@dataclass(frozen=True)
class Summary:
    """Counts of a prepared folder.

    products, with_price, with_address, without_title: rows of the catalogue
    categories: leaves with their products, the commonest first; kinds: how many different ones there are
    title_words: how many titles have up to so many words
    pictures: rows of the image shards; sides: how many of `looked_at` pictures are that long on their shorter side
    rejects, failures: why lines of the source gave no product, and addresses no picture
    """

    source: str
    lines: int
    other: int
    products: int
    without_title: int
    with_price: int
    with_address: int
    kinds: int
    categories: list[tuple[str, int]]
    title_words: list[tuple[str, int]]
    rejects: Mapping[str, int]
    pictures: int
    looked_at: int
    sides: list[tuple[str, int]]
    failures: Mapping[str, int]
    thumbnails: list[Thumbnail] = field(repr=False)


@dataclass
class _Counts:
    products: int = 0
    without_title: int = 0
    with_price: int = 0
    with_address: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    words: Counter[int] = field(default_factory=Counter)

    def add(self, table: pa.Table) -> None:
        self.products += len(table)
        self.without_title += table["title"].null_count
        self.with_price += len(table) - table["price"].null_count
        self.with_address += len(table) - table["image_url"].null_count
        for name, count in _counted(table["category"].fill_null("")):
            self.categories[str(name)] += count
        for words, count in _counted(pc.add(pc.count_substring(table["title"].drop_null(), " "), 1)):
            self.words[int(words)] += count


def summarise(folder: Path, *, thumbnails: int = THUMBNAILS) -> Summary:
    """Counts a prepared folder: its catalogue whole, its pictures by their headers, evenly over the shards.

    Raises DataError for a folder without a finished catalogue and without image shards.
    """
    shards, images = _shards(folder, CATALOGUE), _shards(folder, IMAGES)
    if not images:
        find_shards(folder, CATALOGUE)  # says what is missing
    note = read_catalogue(folder) if shards else Catalogue(folder.name)
    counts = _Counts()
    for table in rows_of(shards or images, ["title", "category", "price", "image_url"], batch=65_536):
        counts.add(table)
    sizes, shown = _look(images, thumbnails)
    categories = counts.categories
    return Summary(
        source=note.source,
        lines=note.lines,
        other=note.other,
        products=counts.products,
        without_title=counts.without_title,
        with_price=counts.with_price,
        with_address=counts.with_address,
        kinds=len(categories.keys() - {""}),
        categories=[(name or "none", count) for name, count in categories.most_common(MOST)],
        title_words=_grouped(counts.words, UP_TO, "words"),
        rejects=note.rejects,
        pictures=sum(pq.read_metadata(path).num_rows for path in images),
        looked_at=len(sizes),
        sides=_grouped(Counter(map(min, sizes)), SIDES, "pixels"),
        failures=count_reasons(folder),
        thumbnails=shown,
    )


def _counted(column: pa.ChunkedArray) -> Iterator[tuple[str | int, int]]:
    counted = pc.value_counts(column)
    return zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True)


def _grouped(counts: Counter[int], bounds: Sequence[int], unit: str) -> list[tuple[str, int]]:
    """How many fall between the bounds: up to the first, above it up to the second, …, above the last."""
    groups = Counter(next((bound for bound in bounds if value <= bound), None) for value in counts.elements())
    named = [(f"up to {bound} {unit}", groups[bound]) for bound in bounds]
    return [one for one in (*named, (f"over {bounds[-1]} {unit}", groups[None])) if one[1]]


def _look(images: Sequence[Path], thumbnails: int) -> tuple[list[tuple[int, int]], list[Thumbnail]]:
    """The sizes of some pictures of every shard, and thumbnails of a few."""
    sizes: list[tuple[int, int]] = []
    shown: list[Thumbnail] = []
    for place, path in enumerate(images):
        enough = thumbnails * (place + 1) / len(images)
        for row in _first_rows(path, max(1, LOOKED_AT // len(images))):
            data = row["image"]["bytes"] if isinstance(row["image"], dict) else None
            try:
                size = read_image(data or b"", draft=_smallest).facts.size
                sizes.append(size)
                if len(shown) < enough:
                    shown.append(_thumbnail(row, data or b"", size))
            except ImageError:
                continue
    return sizes, shown


def _smallest(facts: FileFacts) -> tuple[int, int]:
    """Only a file's size is wanted, so it is decoded as coarsely as can be."""
    return (1, 1)


def _first_rows(path: Path, count: int) -> Iterator[dict[str, object]]:
    for table in rows_of([path], ["title", "category", "image"], batch=64):
        yield from table.to_pylist()[:count]
        count -= len(table)
        if count <= 0:
            return


def _thumbnail(row: dict[str, object], data: bytes, size: tuple[int, int]) -> Thumbnail:
    image = open_image(data)
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return Thumbnail(str(row["title"] or ""), str(row["category"] or ""), *size, b64encode(out.getvalue()).decode())


def _shards(folder: Path, stem: str) -> list[Path]:
    try:
        return find_shards(folder, stem)
    except DataError:
        return []
