"""Real titles for learning words: fashion catalogues, Amazon tops, and guitars named after their folder."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from t2i_core.data.catalogue import Product, is_held_out, read_products
from t2i_core.errors import DataError

FILES = ("products_192.parquet", "products_80.parquet", "amazon_tops.parquet", "guitars.parquet")
_LEFT_OUT_TYPES = frozenset({"UNDERWEAR", "SLEEPWEAR"})
_UNDERWEAR = re.compile(  # filed under other types
    r"\b(lingerie|bras?|bralettes?|pant(y|ies)|underwear|underpants|undershirts?|briefs|corsets?|babydoll|chemises?"
    r"|night(wear|gowns?|dress|ie|shirts?)|sleep(wear|shirts?)|p[ay]jamas?|pjs?|shapewear)\b",
    re.IGNORECASE,
)
_UNDERWEAR_AMONG_TOPS = re.compile(r"\b(sexy|thongs?|boxers?|robes?)\b", re.IGNORECASE)  # elsewhere scents and sandals


def read_titled(paths: Sequence[Path], *, held_out: bool = False) -> list[Product]:
    """Products with a title, of the training or the held-out side, without underwear and nightwear, without pictures.

    paths: parquet files, told apart by their columns, or folders with the files named in `FILES`
    Raises DataError for what is missing or has other columns.
    """
    files = [path / name for path in paths if path.is_dir() for name in FILES if (path / name).is_file()]
    files += [path for path in paths if not path.is_dir()]
    products = [p for file in dict.fromkeys(files) for p in _read(file) if is_held_out(p.id) == held_out]
    products = [p for p in products if p.title and not _UNDERWEAR.search(p.title)]
    if not products:
        raise DataError(f"No titles were found. Give --data the folder that holds {', '.join(FILES)}.")
    return products


def guitar_title(folder: str) -> str:
    """`gibson_les_paul` -> “Gibson Les Paul Electric Guitar”."""
    words = [word if word.isupper() else word.capitalize() for word in folder.split("_")]
    return " ".join([*words, "Electric Guitar"])


def _read(path: Path) -> Iterator[Product]:
    try:
        columns = set(pq.ParquetFile(path).schema_arrow.names)
    except (OSError, ValueError) as problem:
        raise DataError(f"{path} is not a parquet file that can be read: {problem}") from problem
    if "articleType" in columns:
        yield from read_products([path], images=False)
    elif {"id", "folder"} <= columns:
        yield from map(_guitar, _rows(path, ["id", "folder"]))
    elif {"id", "title", "brand", "product_type"} <= columns:
        yield from (_amazon(row) for row in _rows(path, ["id", "title", "brand", "product_type"]) if _is_shown(row))
    else:
        raise DataError(
            f"{path} has no titles in a form this version knows; its columns: {', '.join(sorted(columns))}."
        )


def _rows(path: Path, columns: list[str]) -> list[dict[str, object]]:
    return [dict(row) for row in pq.read_table(path, columns=columns).to_pylist()]


def _guitar(row: dict[str, object]) -> Product:
    title = guitar_title(str(row["folder"]))
    return Product(id=str(row["id"]), title=title, brand=title.split()[0], category="Electric Guitar")


def _amazon(row: dict[str, object]) -> Product:
    brand = str(row["brand"] or "").strip()
    return Product(id=str(row["id"]), title=" ".join(str(row["title"] or "").split()), brand=brand or None)


def _is_shown(row: dict[str, object]) -> bool:
    return row["product_type"] not in _LEFT_OUT_TYPES and not _UNDERWEAR_AMONG_TOPS.search(str(row["title"]))
