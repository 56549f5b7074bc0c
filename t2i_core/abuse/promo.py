"""What a line of text says that does not belong into a product picture: advertising, prices, contacts.

Pure functions on strings, forgiving towards what reading does to them: 0 for O, 1 for l, lost accents and spaces,
and Cyrillic spelled with the Latin letters that look like it (“CKИAKA” for СКИДКА).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from t2i_core.abuse import promo_words
from t2i_core.abuse.promo_patterns import (
    DISCOUNTS,
    HANDLES,
    LIKELY,
    MAYBE,
    PERCENT,
    PHONES,
    PRICES,
    SURE,
    URLS,
    Pattern,
)

LONGEST = 400  # characters of a line that are looked at
SHORT = 6  # letters of a phrase above which it may stand within a run of letters: “FREESHIPPING”
ROOM = 3  # characters beside a weak word that still leave it alone
ONE_IN = 7  # letters of a Russian word that may be read wrongly

Found = Iterator[tuple[float, str]]


@dataclass(frozen=True)
class Hit:
    """rule: of the text group, e.g. text.price; score: how sure, 0..1; said: the words that were found."""

    rule: str
    score: float
    said: str


def find_hits(text: str) -> list[Hit]:
    """All that a line says against the rules, the surest first. Never raises."""
    line = plain(text[:LONGEST])
    found = [Hit(rule, score, said.strip()[:60]) for rule, find in _FINDERS.items() for score, said in find(line)]
    return sorted(found, key=lambda hit: -hit.score)


def plain(text: str) -> str:
    """The text in small letters, without accents, wide letters made narrow; signs and other scripts stay."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c for c in parts if not unicodedata.combining(c) or ord(c) > 0x3000)
    return " ".join(unicodedata.normalize("NFC", kept).split())


# Advertising words.


def _promo(line: str) -> Found:
    alike = _latin_alike(line)
    for phrase, pattern in _latin(promo_words.STRONG):
        if pattern.search(alike):
            yield SURE, phrase.rstrip("*")
    for phrase, pattern in _latin(promo_words.WEAK):
        if pattern.search(alike):
            yield 0.5 if len(line) <= len(phrase) + ROOM else MAYBE, phrase
    unbroken = line.replace(" ", "")  # readers see spaces between such letters where there are none
    for phrase in _listed(promo_words.CHINESE) + _listed(promo_words.KOREAN):
        if phrase.replace(" ", "") in unbroken:
            yield SURE, phrase
    yield from _russian(line)


@cache
def _latin(table: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((phrase, _pattern(phrase)) for phrase in _listed(table))


def _pattern(phrase: str) -> re.Pattern[str]:
    """Within a run of letters only where it is long; its spaces may be missing."""
    words = r"[\s.,!'-]*".join(re.escape(_latin_alike(word)) for word in phrase.rstrip("*").split())
    if " " in phrase and len(phrase.replace(" ", "")) > SHORT:
        return re.compile(words)
    return re.compile(rf"(?<![^\W_]){words}" + ("" if phrase.endswith("*") else r"(?![^\W_])"))


@cache
def _listed(table: str) -> tuple[str, ...]:
    return tuple(phrase for part in table.split("|") if (phrase := plain(part)))


_ALIKE = str.maketrans("01|!¡i5$8", "olllllssb")


def _latin_alike(text: str) -> str:
    """Letters and digits that reading mixes up made the same: 0 and o, 1, i and l, 5 and s, 8 and b."""
    return text.translate(_ALIKE)


# What the reader makes of Cyrillic, by letter; both sides are spelled so before they are compared.
_CYRILLIC = str.maketrans({pair[0]: pair[1:] for pair in promo_words.LOOK_ALIKES.split()})


def _russian(line: str) -> Found:
    words = [word.translate(_CYRILLIC) for word in re.findall(r"(?:[^\W_]|[!|])+", line)]
    spelled = "".join(words)
    for phrase in _listed(promo_words.RUSSIAN):
        wanted = phrase.replace(" ", "").translate(_CYRILLIC)
        if phrase in line:
            yield SURE, phrase
        elif any(_near(word, wanted) for word in words) or (" " in phrase and wanted in spelled):
            yield LIKELY, phrase


def _near(word: str, wanted: str) -> bool:
    """The same but for one letter in seven; a short word must be the same."""
    allowed = len(wanted) // ONE_IN
    return len(wanted) > 4 and abs(len(word) - len(wanted)) <= allowed and edits(word, wanted, allowed) <= allowed


def edits(one: str, other: str, most: int) -> int:
    """Letters to change, add or leave out to get from one word to the other; `most` + 1 where it is more than that."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


# Prices, discounts, contacts.


def _searching(patterns: Sequence[Pattern]) -> Callable[[str], Found]:
    compiled = [(score, re.compile(pattern)) for score, pattern in patterns]

    def find(line: str) -> Found:
        return ((score, match[0]) for score, pattern in compiled if (match := pattern.search(line)))

    return find


def _discount(line: str) -> Found:
    """A share alone is likely one, unless it is of a material: “60% cotton”."""
    yield from _searching(DISCOUNTS)(line)
    share = re.search(PERCENT, line)
    if share and not any(word in line for word in _listed(promo_words.MATERIALS)):
        yield 0.6, share[0]


def _phone(line: str) -> Found:
    return _searching(PHONES)(_as_digits(line))


_NUMBER_LIKE = re.compile(r"(?<![a-z])[\doilsb|+().-]*\d[\doilsb|().-]*(?![a-z])")
_DIGITS = str.maketrans("oil|sb", "011158")


def _as_digits(line: str) -> str:
    """Letters read in the middle of numbers made the digits they look like."""
    return _NUMBER_LIKE.sub(lambda match: match[0].translate(_DIGITS), line)


_FINDERS: Mapping[str, Callable[[str], Found]] = {
    "text.promo": _promo,
    "text.price": _searching(PRICES),
    "text.discount": _discount,
    "text.url": _searching(URLS),
    "text.phone": _phone,
    "text.handle": _searching(HANDLES),
}
