"""Records from many lines of Amazon's metadata at once, by a parser in C."""

import msgspec
from msgspec import Raw

from t2i_core.data.amazon import NOTHING, Details, Picture, Related
from t2i_core.data.lines import MAX_LINE
from t2i_core.data.literal import UNREADABLE
from t2i_core.data.literal_block import json_lines

BEGINNING = b'{"'  # of a record, where the line is JSON


class Quick(msgspec.Struct, gc=False):
    """An `amazon.Record` whose lists stay text until they are asked for.

    The parser looks for each field first where it stands after the one before, so they stand here as they mostly come.
    """

    main_category: str | None = None
    category: Raw = NOTHING
    asin: str | None = None
    categories: Raw = NOTHING
    title: str | None = None
    also_buy: Raw = NOTHING
    price: float | str | None = None
    imUrl: str | None = None
    images: list[Picture] | None = None
    imageURL: Raw = NOTHING
    imageURLHighRes: list[str] | None = None
    store: str | None = None
    brand: str | None = None
    related: Related | None = None
    also_view: Raw = NOTHING
    main_cat: str | None = None
    details: Details | None = None
    parent_asin: str | None = None
    bought_together: Raw = NOTHING


NO_RECORD = Quick()  # without an id, so that its line is read alone

_decoder = msgspec.json.Decoder(Quick)


def records_of(text: bytes) -> list[Quick]:
    """A record for each line; NO_RECORD for one that is not of the form that nearly all have."""
    if len(text) > MAX_LINE:
        return [NO_RECORD] * (text.count(b"\n") + 1)
    if text.startswith(BEGINNING):
        if found := _together(text):
            return found
        lines = text.split(b"\n")
        if all(line.startswith(BEGINNING) for line in lines):
            return list(map(_record, lines))
    as_json = json_lines(text)
    if as_json is None:
        return [NO_RECORD] * (text.count(b"\n") + 1)
    return _together(as_json) or list(map(_record, as_json.split(b"\n")))


def _together(text: bytes) -> list[Quick] | None:
    """The records of a text that has one in each line; None where that is not certain.

    In JSON a line's end between } and { can only stand between two values. So where all are like that no value reaches
    past its line, and as many values as lines are one in each.
    """
    count, place = 1, text.find(b"\n")
    while place >= 0:
        if text[place - 1 : place + 3] != b'}\n{"':
            return None
        count += 1
        place = text.find(b"\n", place + 1)
    try:
        _must_be_text(text)
        records = _decoder.decode_lines(text)
    except UNREADABLE:
        return None
    return records if len(records) == count else None


def _record(line: bytes) -> Quick:
    try:
        _must_be_text(line)
        return _decoder.decode(line)
    except UNREADABLE:
        return NO_RECORD


def _must_be_text(data: bytes) -> None:
    """Raises UnicodeDecodeError for what is no UTF-8: the parser does not look at text that it passes over."""
    if not data.isascii():
        data.decode()
