"""One record for every product, whatever file it came from, and the split that keeps test products out of training."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from t2i_core.data.domain import Item
from t2i_core.errors import DataError

HELD_OUT_PERCENT = 8
LEFT_OUT = frozenset({"Innerwear", "Loungewear and Nightwear"})  # not for shipped models
UNKNOWN = frozenset({"", "NA", "None"})
LABELS = ("category", "colour", "gender", "season", "usage")


@dataclass(frozen=True)
class Product:
    """A catalogue record. What the source does not say is None, never guessed."""

    id: str
    title: str
    brand: str | None = None
    category: str | None = None
    colour: str | None = None
    gender: str | None = None
    season: str | None = None
    usage: str | None = None
    price: str | None = None
    image: bytes | None = None


def item_of(product: Product) -> Item:
    """A catalogue record as a training item; its brand is a label too, though no model offers it as a choice."""
    labels = {name: value for name in ("brand", *LABELS) if (value := getattr(product, name)) is not None}
    return Item(product.id, product.title, labels, image=product.image)


def is_held_out(product_id: str) -> bool:
    """Whether a product is kept for evaluation: by a hash of its id, so that every run and machine agrees."""
    return int.from_bytes(hashlib.sha256(product_id.encode()).digest()[:4], "big") % 100 < HELD_OUT_PERCENT


def read_products(paths: Sequence[Path], *, images: bool = True) -> Iterator[Product]:
    """Products of fashion parquet files (shared/data's columns), without underwear and nightwear, in file order.

    Raises DataError for a file that is missing or lacks the columns.
    """
    for path in paths:
        yield from _read_file(path, images)


def _read_file(path: Path, images: bool) -> Iterator[Product]:
    columns = ["id", "title", "gender", "subCategory", "articleType", "baseColour", "season", "usage"]
    try:
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(1024, columns=columns + ["image"] * images):
            for row in batch.to_pylist():
                if row["subCategory"] not in LEFT_OUT:
                    yield _product(row)
    except (OSError, KeyError, ValueError) as problem:
        raise DataError(f"{path} is not a product file with the columns {', '.join(columns)}: {problem}") from problem


def _product(row: dict[str, object]) -> Product:
    def known(column: str) -> str | None:
        text = str(row[column] or "").strip()
        return None if text in UNKNOWN else text

    image = row.get("image")
    return Product(
        id=str(row["id"]),
        title=str(row["title"] or "").strip(),
        category=known("articleType"),
        colour=known("baseColour"),
        gender=known("gender"),
        season=known("season"),
        usage=known("usage"),
        image=image["bytes"] if isinstance(image, dict) else None,
    )
