"""Amazon's product metadata as it was published in 2014, 2018 and 2023: a line of any of them becomes one row."""

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

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
    title = record.title
    if title:
        if PAGE_CODE in title:
            raise Unusable("page code for a title")
        title = clean(title[:MAX_TITLE])
    return Row(identity, title or None, _brand(record), path, _price(record.price), _address(record), _related(record))


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
    several = bool(known) and isinstance(known[0], list)
    paths = [path for one in (known if several else [known]) if (path := _cleaned(tuple(one)))]
    if not paths:
        paths = [_cleaned(tuple(_main(name) for name in (record.main_category, record.main_cat) if name))]
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


def _brand(record: Record) -> str | None:
    text = record.brand or record.store or (record.details.brand if record.details else None)
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
        return _written_price(value) if value else None
    return value if value is not None and value >= 0 and math.isfinite(value) else None


@lru_cache(65_536)
def _written_price(text: str) -> float | None:
    """The lower end of a range."""
    found = PRICE.match(text)
    return float(found.group(1).replace(",", "")) if found else None


def _address(record: Record) -> str | None:
    if record.imUrl:
        return checked_address(record.imUrl)
    if record.images:
        main = record.images[0]
        if main.variant != "MAIN":
            main = next((one for one in record.images if one.variant == "MAIN"), main)
        return checked_address(main.hi_res) or checked_address(main.large)
    for addresses in (record.imageURLHighRes, record.imageURL):
        if addresses and (address := checked_address(addresses[0])):
            return address
    return None


def checked_address(address: str | None) -> str | None:
    """The address, if it is one that can be asked for a picture."""
    if not address or not address.startswith(ADDRESS) or NO_PICTURE in address or len(address) > MAX_ADDRESS:
        return None
    return address if address.isascii() and address.isprintable() and " " not in address else None


def _related(record: Record) -> bytes:
    if (one := record.related) is not None:
        return b"".join((one.bought_together, one.also_bought, one.also_viewed, one.buy_after_viewing))
    return b"".join((record.bought_together, record.also_buy, record.also_view))
