"""Amazon's product metadata as it was published in 2014, 2018 and 2023: a line of any of them becomes one row."""

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

import msgspec
from msgspec import Raw

from t2i_core.data import literal
from t2i_core.data.words import clean

MAX_TITLE = 2_000
MAX_ID = 64
MAX_ADDRESS = 2_000
MAX_CATEGORY = 120  # longer ones are page code that got between the categories of 2018

PAGE_CODE = "getTime"  # titles of 2018 that are a script of the page
NO_PICTURE = "/no-img"  # the stand-in that 2014 names where there was none
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ADDRESS = ("http://", "https://")
PRICE = re.compile(r"\s*(?:from\s+)?\$?\s*(\d[\d,]{0,12}(?:\.\d{1,4})?)(?![\d.])", re.IGNORECASE)
AUTHOR = re.compile(r"Visit Amazon's (.+) Page")
ALT = re.compile(r"""\balt=["']([^"'<>]{1,100})["']""")

NOTHING = Raw()

Matches = Callable[[str], bool]


class Unusable(ValueError):
    """A line that gives no row. The message is the reason, the same for all lines of its kind."""


class Related(msgspec.Struct, gc=False):
    """2014"""

    bought_together: Raw = NOTHING
    also_bought: Raw = NOTHING
    also_viewed: Raw = NOTHING
    buy_after_viewing: Raw = NOTHING


class Picture(msgspec.Struct, gc=False):
    """2023"""

    variant: str | None = None
    hi_res: str | None = None
    large: str | None = None


class Details(msgspec.Struct, gc=False):
    """2023"""

    brand: str | None = msgspec.field(default=None, name="Brand")


class Record(msgspec.Struct, gc=False):
    """The fields of all years that are used; the others are passed over unread, and lists of ids are kept as JSON."""

    asin: str | None = None
    parent_asin: str | None = None  # 2023
    title: str | None = None
    brand: str | None = None
    store: str | None = None  # 2023
    details: Details | None = None
    categories: list[list[str] | str] | None = None  # several paths in 2014, one in 2023
    category: list[str] | None = None  # 2018
    main_category: str | None = None  # 2023
    main_cat: str | None = None  # 2018
    price: float | str | None = None
    imUrl: str | None = None  # 2014
    imageURLHighRes: list[str] | None = None  # 2018
    imageURL: list[str] | None = None
    images: list[Picture] | None = None  # 2023
    related: Related | None = None
    bought_together: Raw = NOTHING  # 2023
    also_buy: Raw = NOTHING
    also_view: Raw = NOTHING


class Branded(Protocol):
    """A record, for its brand."""

    brand: str | None
    store: str | None
    details: Details | None


class Linked(Protocol):
    """A record, for the products it names."""

    related: Related | None
    bought_together: Raw
    also_buy: Raw
    also_view: Raw


class Row(msgspec.Struct, gc=False):
    """One product. `related` is JSON still, lists of ids one after another: a table reads all of them at once."""

    id: str
    title: str | None
    brand: str | None
    categories: tuple[str, ...]
    price: float | None
    image_url: str | None
    related: bytes


_decode = msgspec.json.Decoder(Record).decode
_decode_any = msgspec.json.Decoder().decode
_FIELDS = tuple((field.encode_name, field.name, field.type) for field in msgspec.structs.fields(Record))


def read_row(line: bytes, wanted: Matches | None = None) -> Row | None:
    """The row of a line; None where no category of it is wanted. Raises Unusable, saying why, for no product."""
    return row_of(read_record(line), wanted)


def read_record(line: bytes) -> Record:
    """What a line says, in whichever form it is written. Raises Unusable for a line that is no record."""
    try:
        found: object = _from_json(line) if line.startswith(b'{"') else None
        if found is None:
            found = literal.read(line.removeprefix(BYTE_ORDER_MARK), _record)
    except ValueError as problem:
        raise Unusable(str(problem)) from problem
    return found if isinstance(found, Record) else _mended(found)


def _from_json(line: bytes) -> Record | None:
    """Strict JSON, or what Python's own writer makes beyond it: NaN, halves of surrogate pairs."""
    try:
        return _record(line)
    except literal.UNREADABLE:
        pass
    try:
        return _mended(json.loads(line))
    except (ValueError, RecursionError):
        return None


def row_of(record: Record, wanted: Matches | None = None) -> Row | None:
    """A record as a row; None where no category of it is wanted. Raises Unusable for one without an id."""
    path = _path(record, wanted)
    if path is None:
        return None
    identity = record.parent_asin or record.asin
    if not identity or not identity.isalnum() or len(identity) > MAX_ID:
        raise Unusable("no asin")
    if record.title and PAGE_CODE in record.title:
        raise Unusable("page code for a title")
    address = address_of(record.imUrl, record.images, record.imageURLHighRes, record.imageURL)
    title, brand, price = title_of(record.title), brand_of(record), _price(record.price)
    return Row(identity, title, brand, path, price, address, related_of(record))


def wanted_categories(words: Sequence[str]) -> Matches | None:
    """Whether a category holds one of the words or phrases, whole and in any case; None where there are none."""
    phrases = [r"\W+".join(map(re.escape, word.split())) for word in words if word.strip()]
    if not phrases:
        return None
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
    return lru_cache(65_536)(lambda category: pattern.search(category) is not None)


def _record(text: bytes) -> Record:
    try:
        return _decode(text)
    except msgspec.ValidationError:
        return _mended(_decode_any(text))


def _mended(value: object) -> Record:
    """A record of whatever fields have the form they should have."""
    if not isinstance(value, dict):
        raise Unusable("not a record")
    record = Record()
    for key, name, kind in _FIELDS:
        if (found := value.get(key)) is not None:
            try:
                setattr(record, name, _converted(found, kind))
            except (msgspec.ValidationError, OverflowError):
                continue
    return record


def _converted(value: object, kind: type) -> object:
    return Raw(msgspec.json.encode(value)) if kind is Raw else msgspec.convert(value, kind)


def _path(record: Record, wanted: Matches | None) -> tuple[str, ...] | None:
    """The first path that is wanted, or simply the first; None where none is wanted."""
    known: Sequence[list[str] | str] = record.categories or record.category or ()
    if wanted is None and known and (path := _cleaned(tuple(known if isinstance(known[0], str) else known[0]))):
        return path
    return _searched(record, known, wanted)


def _searched(record: Record, known: Sequence[list[str] | str], wanted: Matches | None) -> tuple[str, ...] | None:
    paths = cleaned_paths(known)
    if not paths:
        paths = [_cleaned(tuple(_main(name) for name in (record.main_category, record.main_cat) if name))]
    return first_wanted(paths, wanted)


def cleaned_paths(known: Sequence[list[str] | str]) -> list[tuple[str, ...]]:
    """The paths that a field holds, several or one, without those of which nothing is left."""
    several = bool(known) and isinstance(known[0], list)
    return [path for one in (known if several else [known]) if (path := _cleaned(tuple(one)))]


def first_wanted(paths: Sequence[tuple[str, ...]], wanted: Matches | None) -> tuple[str, ...] | None:
    """The first path with a category that is wanted, or simply the first; None where none is wanted."""
    if wanted is None:
        return paths[0]
    return next((path for path in paths if any(map(wanted, path))), None)


@lru_cache(65_536)  # a shop has few paths and very many products
def _cleaned(path: tuple[object, ...]) -> tuple[str, ...]:
    parts = (part for part in path if isinstance(part, str) and len(part) <= MAX_CATEGORY and "<" not in part)
    return tuple(filter(None, map(clean, parts)))


def _main(text: str) -> str:
    """2018 sometimes gives the shop's banner in place of its name."""
    alt = ALT.search(text) if "<" in text else None
    return alt.group(1) if alt else text


def title_of(text: str | None) -> str | None:
    """The words of a title; None where there are none."""
    return (clean(text[:MAX_TITLE]) or None) if text else None


def brand_of(record: Branded) -> str | None:
    """The brand, from whichever field has it."""
    return brand_name(record.brand or record.store or (record.details.brand if record.details else None))


def brand_name(text: str | None) -> str | None:
    """A brand without what the shop writes around it; None where nothing is left."""
    if not text:
        return None
    name = _known_brand(text) if len(text) <= MAX_CATEGORY else clean(text[:MAX_TITLE])
    return name or None


@lru_cache(65_536)
def _known_brand(text: str) -> str:
    name = clean(text)
    if text.startswith("by\n"):
        name = name.removeprefix("by ")
    author = AUTHOR.fullmatch(name)
    return author.group(1) if author else name


def _price(value: float | str | None) -> float | None:
    if isinstance(value, str):
        return written_price(value)
    return value if value is not None and value >= 0 and math.isfinite(value) else None


@lru_cache(65_536)
def written_price(text: str) -> float | None:
    """The price that a text begins with: the lower end of a range."""
    found = PRICE.match(text)
    return float(found.group(1).replace(",", "")) if found else None


def address_of(
    one: str | None, pictures: Sequence[Picture] | None, large: Sequence[str] | None, small: Sequence[str] | None
) -> str | None:
    """The main picture's address at its largest. one: 2014's; pictures: 2023's; large, small: 2018's"""
    if one:
        return checked_address(one)
    if pictures:
        main = pictures[0]
        if main.variant != "MAIN":
            main = next((picture for picture in pictures if picture.variant == "MAIN"), main)
        return checked_address(main.hi_res) or checked_address(main.large)
    for addresses in (large, small):
        if addresses and (address := checked_address(addresses[0])):
            return address
    return None


def checked_address(address: str | None) -> str | None:
    """The address, if it is one that can be asked for a picture."""
    if not address or not address.startswith(ADDRESS) or NO_PICTURE in address or len(address) > MAX_ADDRESS:
        return None
    return address if address.isascii() and address.isprintable() and " " not in address else None


def related_of(record: Linked) -> bytes:
    """The lists of ids, one after another."""
    if (one := record.related) is not None:
        return b"".join((one.bought_together, one.also_bought, one.also_viewed, one.buy_after_viewing))
    return b"".join((record.bought_together, record.also_buy, record.also_view))
