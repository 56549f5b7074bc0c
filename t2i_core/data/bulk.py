"""Many lines of Amazon's metadata at once: a parser in C, then whole columns, with little done in Python for each line.

The rules are those of `amazon`: where a field is not what it nearly always is its own rule is asked, and a line that is
not is left to be read alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, partial

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Raw

from t2i_core.data import amazon
from t2i_core.data.amazon import MAX_TITLE, NOTHING, Details, Matches, Picture, Related
from t2i_core.data.literal import UNREADABLE
from t2i_core.data.literal_block import json_lines
from t2i_core.data.shards import CATALOGUE_SCHEMA
from t2i_core.data.tables import related_ids, string_lists

TOGETHER = 256  # lines that become JSON at once, while they lie in the processor's cache
PATHS = 65_536  # a shop has few paths of categories and very many products
UNCLEAN = r"[^ -~]|[<&]|  |^ | $|^$"  # whatever `words.clean` would change is among these
EMPTY = frozenset({b"", b"null", b"[]"})

Path = tuple[str, ...]


class Quick(msgspec.Struct, gc=False):
    """An `amazon.Record` whose lists stay text until they are asked for."""

    asin: str | None = None
    parent_asin: str | None = None
    title: str | None = None
    brand: str | None = None
    store: str | None = None
    details: Details | None = None
    categories: Raw = NOTHING
    category: Raw = NOTHING
    main_category: str | None = None
    main_cat: str | None = None
    price: float | str | None = None
    imUrl: str | None = None
    imageURLHighRes: Raw = NOTHING
    imageURL: Raw = NOTHING
    images: list[Picture] | None = None
    related: Related | None = None
    bought_together: Raw = NOTHING
    also_buy: Raw = NOTHING
    also_view: Raw = NOTHING


class Odd(Enum):
    LINE = "is read alone"


_Row = tuple[str, str | None, str | None, Path, float | str | None, str | None, bytes]
Read = Callable[[bytes], Sequence[list[str] | str]]
Choose = Callable[[Quick], Path | Odd | None]


@dataclass(frozen=True)
class Found:
    """What some lines gave. places: the number of each row's line, from 0; odd: of each line to be read alone."""

    table: pa.Table
    places: list[int]
    odd: list[int]
    other: int


_read = msgspec.json.Decoder(Quick).decode
_read_paths = msgspec.json.Decoder(list[list[str] | str]).decode
_read_texts = msgspec.json.Decoder(list[str]).decode


def read_lines(lines: Sequence[bytes], choose: Choose) -> Found:
    """The products of lines, given without their newlines; `choose` is `path_chooser`'s."""
    rows: list[_Row] = []
    places: list[int] = []
    odd: list[int] = []
    other = 0
    for place, record in enumerate(_records(lines)):
        path = choose(record) if record is not None else Odd.LINE
        if path is None:
            other += 1
        elif record is None or isinstance(path, Odd) or not _is_product(record):
            odd.append(place)
        else:
            places.append(place)
            rows.append(_row(record, path))
    return Found(_table(rows), places, odd, other)


def _row(record: Quick, path: Path) -> _Row:
    """What becomes columns. It is drawn from a record while that lies in the processor's cache."""
    identity, brand = record.parent_asin or record.asin or "", amazon.brand_of(record)
    return identity, record.title, brand, path, record.price, _address(record), amazon.related_of(record)


def _records(lines: Sequence[bytes]) -> Iterator[Quick | None]:
    """A record a line; None for one that is no record of the form that nearly all have."""
    for start in range(0, len(lines), TOGETHER):
        some = lines[start : start + TOGETHER]
        if not all(line.startswith(b'{"') for line in some):
            text = json_lines(b"\n".join(some))
            some = text.split(b"\n") if text is not None else [b""] * len(some)
        yield from map(_record, some)


def _record(line: bytes) -> Quick | None:
    try:
        if not line.isascii():
            line.decode()  # the parser looks at no text that it passes over
        return _read(line)
    except UNREADABLE:
        return None


def _is_product(record: Quick) -> bool:
    identity, title = record.parent_asin or record.asin, record.title
    return (
        identity is not None
        and identity.isalnum()
        and len(identity) <= amazon.MAX_ID
        and (title is None or amazon.PAGE_CODE not in title)
    )


@lru_cache(16)
def path_chooser(categories: tuple[str, ...]) -> Choose:
    """Gives the path of a record that is kept: the first that is wanted; None where none is.

    categories: as `amazon.wanted_categories` takes them
    """
    wanted = amazon.wanted_categories(categories)
    several = lru_cache(PATHS)(partial(_chosen, _read_paths, wanted))
    one = lru_cache(PATHS)(partial(_chosen, _read_texts, wanted))

    def choose(record: Quick) -> Path | Odd | None:
        if (text := bytes(record.categories)) not in EMPTY:
            return several(text)
        if (text := bytes(record.category)) not in EMPTY:
            return one(text)
        return Odd.LINE

    return choose


def _chosen(
    read: Callable[[bytes], Sequence[list[str] | str]], wanted: Matches | None, text: bytes
) -> Path | Odd | None:
    try:
        known = read(text)
    except UNREADABLE:
        return Odd.LINE
    paths = amazon.cleaned_paths(known)
    if not paths:
        return Odd.LINE
    return amazon.first_wanted(paths, wanted)


def _table(rows: Sequence[_Row]) -> pa.Table:
    if not rows:
        return CATALOGUE_SCHEMA.empty_table()
    ids, titles, brands, paths, prices, addresses, related = zip(*rows, strict=True)
    columns = {
        "id": pa.array(ids, pa.string()),
        "title": _titles(titles),
        "brand": pa.array(brands, pa.string()),
        "category": pa.array([path[-1] for path in paths], pa.string()),
        "categories": string_lists(paths),
        "price": _prices(prices),
        "image_url": pa.array(addresses, pa.string()),
        "related": related_ids(related),
    }
    return pa.Table.from_arrays([columns[name] for name in CATALOGUE_SCHEMA.names], schema=CATALOGUE_SCHEMA)


def _titles(texts: Sequence[str | None]) -> pa.Array:
    titles = pa.array(texts, pa.string())
    unclean = pc.or_(pc.match_substring_regex(titles, UNCLEAN), pc.greater(pc.binary_length(titles), MAX_TITLE))
    places = pc.indices_nonzero(unclean).to_pylist()
    if not places:
        return titles
    cleaned = list(texts)
    for place in places:
        cleaned[place] = amazon.title_of(texts[place])
    return pa.array(cleaned, pa.string())


def _prices(values: Sequence[float | str | None]) -> pa.Array:
    prices = pa.array([amazon.written_price(one) if isinstance(one, str) else one for one in values], pa.float64())
    return pc.if_else(pc.and_(pc.greater_equal(prices, 0), pc.is_finite(prices)), prices, None)


def _address(record: Quick) -> str | None:
    """As `amazon.address_of`, but that only the lists that are needed are read."""
    if record.imUrl or record.images:
        return amazon.address_of(record.imUrl, record.images, None, None)
    return amazon.address_of(None, None, _texts(record.imageURLHighRes), None) or amazon.address_of(
        None, None, None, _texts(record.imageURL)
    )


def _texts(raw: Raw) -> list[str] | None:
    """A list of texts; None for anything else."""
    try:
        return _read_texts(raw) if raw is not NOTHING else None
    except UNREADABLE:
        return None
