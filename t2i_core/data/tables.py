"""Rows to columns: what one block of lines adds to a catalogue."""

import json
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from t2i_core.data.amazon import Row
from t2i_core.data.shards import CATALOGUE_SCHEMA

MAX_RELATED = 300

NONE = b"null"
AROUND_IDS = b'[]", \n'

_json = json.JSONDecoder()


def table_of(rows: Sequence[Row]) -> pa.Table:
    """The rows in the columns of a catalogue shard."""
    paths = [row.categories for row in rows]
    columns = {
        "id": pa.array([row.id for row in rows], pa.string()),
        "title": pa.array([row.title for row in rows], pa.string()),
        "brand": pa.array([row.brand for row in rows], pa.string()),
        "category": pa.array([path[-1] if path else None for path in paths], pa.string()),
        "categories": string_lists(paths),
        "price": pa.array([row.price for row in rows], pa.float64()),
        "image_url": pa.array([row.image_url for row in rows], pa.string()),
        "related": related_ids([row.related for row in rows]),
    }
    return pa.Table.from_arrays([columns[name] for name in CATALOGUE_SCHEMA.names], schema=CATALOGUE_SCHEMA)


def related_ids(texts: Sequence[bytes]) -> pa.Array:
    """Lists of ids from JSON lists one after another, e.g. `["A","B"]["C"]`."""
    return related_lines(b"".join([part for text in texts for part in (text, b"\n")]))


def related_lines(lines: bytes) -> pa.Array:
    """As `related_ids`, of a text in each line: all at once where all are plain ids."""
    if (found := _plain_ids(lines)) is None and NONE in lines:
        lines = lines.replace(NONE + b"\n", b"\n")
        found = _plain_ids(lines)
    if found is None:
        found = string_lists([_one_by_one(text) for text in lines.split(b"\n")[:-1]])
    return found


def _plain_ids(lines: bytes) -> pa.Array | None:
    letters = lines.translate(None, AROUND_IDS)
    marks = np.frombuffer(lines, np.uint8)
    quotes, ends = np.flatnonzero(marks == ord('"')), np.flatnonzero(marks == ord("\n"))
    if len(quotes) % 2:
        return None
    lengths = quotes[1::2] - quotes[0::2] - 1
    counts = np.diff(np.searchsorted(quotes, ends), prepend=0) // 2
    plain = len(letters) == lengths.sum() and (letters.isalnum() or not letters)
    if not plain or counts.max(initial=0) > MAX_RELATED:
        return None
    ids = pa.StringArray.from_buffers(len(lengths), pa.py_buffer(_offsets(lengths)), pa.py_buffer(letters))
    return pa.ListArray.from_arrays(pa.array(_offsets(counts)), ids)


def _one_by_one(text: bytes) -> list[str]:
    """The ids of JSON lists one after another, however deep; whatever else stands there adds nothing."""
    found: list[str] = []
    said, place = text.decode("utf-8", "replace"), 0
    try:
        while place < len(said):
            value, place = _json.raw_decode(said, place)
            found += _texts(value)
    except (ValueError, RecursionError):
        pass
    return [one for one in found if one.isascii() and one.isprintable()][:MAX_RELATED]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))


def string_lists(lists: Sequence[Sequence[str]]) -> pa.Array:
    """Lists of texts as a column."""
    strings = pa.array(list(chain.from_iterable(lists)), pa.string())
    return pa.ListArray.from_arrays(pa.array(_offsets([len(one) for one in lists])), strings)


def _offsets(lengths: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int32]:
    """Where each begins, and where the last one ends."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
