"""Brands, read off catalogue titles that begin with them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from t2i_core.text.lexicon import Phrase, phrase_of

MAX_WORDS = 4
_GENDER = re.compile(
    r"(?<!mr\.)(?<!mr\. )\b(?:men|mens|women|womens|woman|unisex|boys?|girls?|kids?)(?:['’]?s)?\b", re.IGNORECASE
)
_NOT_A_LAST_WORD = frozenset(
    {"solid", "check", "checks", "stripe", "stripes", "striped", "printed", "plain", "casual", "formal"}
    | {"outlet", "infant", "infants", "black", "white", "blue"}
)


def find_brands(titles: Iterable[str], min_count: int = 4) -> list[str]:
    """Brands, commonest first: what stands before the gender in titles such as “Nike Men Red Shoes”.

    Dropped are rare extensions of a brand (“Puma Ferrari” beside “Puma”), and ordinary words: a single word that begins
    fewer than half of the titles it is found in.
    """
    titles = list(titles)
    spellings: dict[Phrase, Counter[str]] = defaultdict(Counter)
    for title in titles:
        brand = _before_gender(title)
        if brand:
            spellings[phrase_of(brand)][brand] += 1
    counts = {phrase: sum(forms.values()) for phrase, forms in spellings.items()}
    ordinary = _seldom_first(titles)
    kept = [p for p, n in counts.items() if n >= min_count and not _extends(p, counts) and p not in ordinary]
    kept.sort(key=lambda p: (-counts[p], p))
    return [min(spellings[p], key=lambda form, p=p: (-spellings[p][form], form)) for p in kept]  # type: ignore[misc]


def _before_gender(title: str) -> str:
    match = _GENDER.search(title)
    words = title[: match.start()].split() if match else []
    while words and words[-1].lower() in _NOT_A_LAST_WORD:
        words.pop()
    brand = " ".join(words).strip(" -,&")
    return brand if 0 < len(phrase_of(brand)) <= MAX_WORDS else ""


def _extends(phrase: Phrase, counts: Mapping[Phrase, int]) -> bool:
    shorter = [phrase[:end] for end in range(1, len(phrase))]
    return any(counts.get(prefix, 0) > 10 * counts[phrase] for prefix in shorter)


def _seldom_first(titles: list[str]) -> set[Phrase]:
    """Single words that begin fewer than half of the titles they stand in."""
    first: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for title in titles:
        phrase = phrase_of(title)
        first.update(phrase[:1])
        anywhere.update(set(phrase))
    return {(word,) for word in anywhere if first[word] < 0.5 * anywhere[word]}
