"""Many records as columns of a catalogue. Python looks only at the values that a rule for whole columns leaves over."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Raw
from numpy.typing import NDArray

from t2i_core.data import amazon
from t2i_core.data.amazon import MAX_ADDRESS, MAX_ID, MAX_TITLE, NO_PICTURE, NOTHING, PAGE_CODE
from t2i_core.data.bulk_paths import BETWEEN, Choose, Odd
from t2i_core.data.bulk_records import Quick
from t2i_core.data.literal import UNREADABLE
from t2i_core.data.shards import CATALOGUE_SCHEMA
from t2i_core.data.tables import related_lines, string_lists

UNCLEAN = r"[^ -~À-ſ–—‘’“”…™]|[<&]|  |^ | $|^$"  # whatever `words.clean` would change is among these
ADDRESS = "^https?://[!-~]*$"

Mask = NDArray[np.bool_]

_links_of_2014 = attrgetter("bought_together", "also_bought", "also_viewed", "buy_after_viewing")
_read_texts = msgspec.json.Decoder(list[str]).decode


@dataclass(frozen=True)
class Columns:
    """table: rows of the records of which `kept` is true; odd: whose lines are to be read alone
    other: how many are of no wanted category"""

    table: pa.Table
    kept: Mask
    odd: Mask
    other: int


class Gathered:
    """What becomes columns, drawn from each record while that lies in the processor's cache."""

    def __init__(self) -> None:
        self._records: list[Quick] = []
        self._ids: list[str | None] = []
        self._titles: list[str | None] = []
        self._brands: list[str | None] = []
        self._prices: list[float | str | None] = []
        self._addresses: list[str | None] = []
        self._paths: list[bytes] = []
        self._related: list[bytes] = []

    @property
    def lines(self) -> int:
        return len(self._records)

    def add(self, records: Sequence[Quick]) -> None:
        self._records += records
        self._ids += [one.parent_asin or one.asin for one in records]
        self._titles += [one.title for one in records]
        self._brands += [one.brand or one.store or (one.details.brand if one.details else None) for one in records]
        self._prices += [one.price for one in records]
        self._addresses += map(_first_address, records)
        self._paths.append(
            b"".join([part for one in records for part in (one.categories, BETWEEN, one.category, b"\n")])
        )
        self._related.append(b"".join([part for one in records for part in _links(one)]))

    def columns(self, choose: Choose) -> Columns:
        """All columns. choose: `bulk_paths.path_chooser`'s"""
        ids, titles = pa.array(self._ids, pa.string()), pa.array(self._titles, pa.string())
        paths, which = _choices(b"".join(self._paths), choose)
        other = np.array([path is None for path in paths])[which]
        odd = ~other & (np.array([path is Odd.LINE for path in paths])[which] | ~_are_products(ids, titles))
        kept = ~(other | odd)
        known = [path if isinstance(path, tuple) else ("",) for path in paths]
        columns = {
            "id": ids,
            "title": _titles(titles),
            "brand": _brands(self._brands),
            "category": pa.array([path[-1] for path in known], pa.string()).take(which),
            "categories": string_lists(known).take(which),
            "price": _prices(self._prices),
            "image_url": self._checked_addresses(),
            "related": related_lines(b"".join(self._related)),
        }
        arrays = [columns[name] for name in CATALOGUE_SCHEMA.names]
        if not kept.all():
            arrays = [array.filter(pa.array(kept)) for array in arrays]
        return Columns(pa.Table.from_arrays(arrays, schema=CATALOGUE_SCHEMA), kept, odd, int(other.sum()))

    def _checked_addresses(self) -> pa.Array:
        addresses = pa.array(self._addresses, pa.string())
        fine = pc.and_(
            pc.match_substring_regex(addresses, ADDRESS), pc.less_equal(pc.binary_length(addresses), MAX_ADDRESS)
        )
        fine = pc.and_not(fine, pc.match_substring(addresses, NO_PICTURE))
        left = ~_true(fine)
        return _with(addresses, left, [_address(self._records[place]) for place in np.flatnonzero(left).tolist()])


def _first_address(record: Quick) -> str | None:
    """The address that `amazon.address_of` looks at first; None for one that is sought by its rule."""
    if record.imUrl:
        return record.imUrl
    if record.images:
        main = record.images[0]
        return main.hi_res or main.large if main.variant == "MAIN" else None
    return record.imageURLHighRes[0] if record.imageURLHighRes else None


def _address(record: Quick) -> str | None:
    small = None if record.imUrl or record.images else _texts(record.imageURL)
    return amazon.address_of(record.imUrl, record.images, record.imageURLHighRes, small)


def _texts(raw: Raw) -> list[str] | None:
    """A list of texts; None for anything else."""
    try:
        return _read_texts(raw) if raw is not NOTHING else None
    except UNREADABLE:
        return None


def _links(record: Quick) -> tuple[Raw | bytes, ...]:
    """As `amazon.related_of`, with a newline."""
    if record.related is not None:
        return (*_links_of_2014(record.related), b"\n")
    return record.bought_together, record.also_buy, record.also_view, b"\n"


def _choices(lines: bytes, choose: Choose) -> tuple[list[tuple[str, ...] | Odd | None], NDArray[np.int32]]:
    """What is chosen for each different line, and which of them each line is."""
    ends = np.flatnonzero(np.frombuffer(lines, np.uint8) == ord("\n"))
    offsets = np.concatenate(([0], ends + 1)).astype(np.int32)
    texts = pa.BinaryArray.from_buffers(pa.binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(lines)])
    coded = texts.dictionary_encode()
    return [choose(text[:-1]) for text in coded.dictionary.to_pylist()], coded.indices.to_numpy()


def _are_products(ids: pa.Array, titles: pa.Array) -> Mask:
    """Whether there is an id of ASCII and no page code for a title."""
    identified = pc.and_(pc.ascii_is_alnum(ids), pc.less_equal(pc.binary_length(ids), MAX_ID))
    return _true(identified) & ~_true(pc.match_substring(titles, PAGE_CODE))


def _titles(titles: pa.Array) -> pa.Array:
    unclean = pc.or_(pc.match_substring_regex(titles, UNCLEAN), pc.greater(pc.binary_length(titles), MAX_TITLE))
    left = _true(unclean)
    return _with(titles, left, list(map(amazon.title_of, titles.filter(pa.array(left)).to_pylist())))


def _brands(texts: Sequence[str | None]) -> pa.Array:
    coded = pa.array(texts, pa.string()).dictionary_encode()
    names = [amazon.brand_name(text) for text in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)


def _prices(values: Sequence[float | str | None]) -> pa.Array:
    prices = pa.array([amazon.written_price(one) if isinstance(one, str) else one for one in values], pa.float64())
    return pc.if_else(pc.and_(pc.greater_equal(prices, 0), pc.is_finite(prices)), prices, None)


def _true(mask: pa.Array) -> Mask:
    """The mask, with false for null."""
    return np.asarray(pc.fill_null(mask, False), bool)


def _with(column: pa.Array, places: Mask, values: Sequence[str | None]) -> pa.Array:
    """The column with other values where `places` is true."""
    return pc.replace_with_mask(column, places, pa.array(values, pa.string())) if values else column
