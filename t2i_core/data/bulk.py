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
UNCLEAN = r"[^ -~]|[<&]|  |^ | $"  # whatever `words.clean` would change is among these
ADDRESS = r"^https?://[!-~]*$"
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
    kept: list[Quick] = []
    paths: list[Path] = []
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
            kept.append(record)
            paths.append(path)
    return Found(_table(kept, paths), places, odd, other)


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


def _table(records: Sequence[Quick], paths: Sequence[Path]) -> pa.Table:
    columns = {
        "id": pa.array([record.parent_asin or record.asin for record in records], pa.string()),
        "title": _titles([record.title for record in records]),
        "brand": pa.array(list(map(amazon.brand_of, records)), pa.string()),
        "category": pa.array([path[-1] for path in paths], pa.string()),
        "categories": string_lists(paths),
        "price": _prices([record.price for record in records]),
        "image_url": _addresses(records),
        "related": related_ids(list(map(amazon.related_of, records))),
    }
    return pa.Table.from_arrays([columns[name] for name in CATALOGUE_SCHEMA.names], schema=CATALOGUE_SCHEMA)


def _titles(texts: list[str | None]) -> pa.Array:
    titles = pa.array(texts, pa.string())
    unclean = pc.or_(
        pc.match_substring_regex(titles, UNCLEAN),
        pc.or_(pc.equal(titles, ""), pc.greater(pc.utf8_length(titles), MAX_TITLE)),
    )
    places = pc.indices_nonzero(unclean).to_pylist()
    for place in places:
        texts[place] = amazon.title_of(texts[place])
    return pa.array(texts, pa.string()) if places else titles


def _prices(values: Sequence[float | str | None]) -> pa.Array:
    prices = pa.array([amazon.written_price(one) if isinstance(one, str) else one for one in values], pa.float64())
    return pc.if_else(pc.and_(pc.greater_equal(prices, 0), pc.is_finite(prices)), prices, None)


def _addresses(records: Sequence[Quick]) -> pa.Array:
    """Each record's likeliest address; where that is none, what the rules of `amazon` find."""
    texts = list(map(_likeliest, records))
    addresses = pa.array(texts, pa.string())
    fine = pc.and_(
        pc.match_substring_regex(addresses, ADDRESS),
        pc.and_(
            pc.invert(pc.match_substring(addresses, amazon.NO_PICTURE)),
            pc.less_equal(pc.binary_length(addresses), amazon.MAX_ADDRESS),
        ),
    )
    places = pc.indices_nonzero(pc.invert(pc.fill_null(fine, False))).to_pylist()
    for place in places:
        texts[place] = _searched(records[place])
    return pa.array(texts, pa.string()) if places else addresses


def _likeliest(record: Quick) -> str | None:
    if record.imUrl:
        return record.imUrl
    if record.images:
        main = record.images[0]
        return (main.hi_res or main.large) if main.variant == "MAIN" else None
    texts = _texts(record.imageURLHighRes)
    return texts[0] if texts else None


def _searched(record: Quick) -> str | None:
    return amazon.address_of(record.imUrl, record.images, _texts(record.imageURLHighRes), _texts(record.imageURL))


def _texts(raw: Raw) -> list[str] | None:
    """A list of texts; None for anything else."""
    try:
        return _read_texts(raw) if raw is not NOTHING else None
    except UNREADABLE:
        return None
