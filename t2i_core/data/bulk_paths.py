"""The categories of many products: each path is read and cleaned once, however many products have it."""

from collections.abc import Callable, Sequence
from enum import Enum
from functools import lru_cache

import msgspec

from t2i_core.data import amazon
from t2i_core.data.literal import UNREADABLE

PATHS = 65_536  # a shop has few paths of categories and very many products
EMPTY = frozenset({b"", b"null", b"[]"})
BETWEEN = b"\0"  # stands nowhere in JSON


class Odd(Enum):
    LINE = "is read alone"


Path = tuple[str, ...]
Choose = Callable[[bytes], Path | Odd | None]

_read_paths = msgspec.json.Decoder(list[list[str] | str]).decode
_read_texts = msgspec.json.Decoder(list[str]).decode


@lru_cache(16)
def path_chooser(categories: tuple[str, ...]) -> Choose:
    """Gives the path of a product that is kept: the first that is wanted; None where none is.

    It takes the product's `categories` and `category`, BETWEEN them.
    categories: as `amazon.wanted_categories` takes them
    """
    wanted = amazon.wanted_categories(categories)

    @lru_cache(PATHS)
    def choose(fields: bytes) -> Path | Odd | None:
        several, _, one = fields.partition(BETWEEN)
        try:
            known = _known(several, one)
        except UNREADABLE:
            return Odd.LINE
        paths = amazon.cleaned_paths(known)
        return amazon.first_wanted(paths, wanted) if paths else Odd.LINE

    return choose


def _known(several: bytes, one: bytes) -> Sequence[list[str] | str]:
    if several not in EMPTY:
        return _read_paths(several)
    return _read_texts(one) if one not in EMPTY else ()
