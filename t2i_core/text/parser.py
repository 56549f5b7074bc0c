"""Reads a model's choices (category, colour, hair, species, …) and the brand out of a text typed in any order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from t2i_core.text.attributes import AttributeSpace
from t2i_core.text.lexicon import BRAND, Lexicon, Meaning, Word, singular_of, words_of
from t2i_core.text.synonyms import STOP_WORDS

_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix"})
_OTHER_THING = frozenset({"with", "for", "plus"})  # what follows is not the product: “dress with belt”
_HEADS = ("category", "kind")  # what the thing itself is: the last one named counts
_ONE_GENDER = frozenset({"Men", "Women", "Boys", "Girls"})


@dataclass(frozen=True)
class Span:
    """Where in the text something was said: `text[start:end]` means `value` of `attribute` (or of "brand")."""

    start: int
    end: int
    attribute: str
    value: str


@dataclass(frozen=True)
class ParsedTitle:
    """What a title says, each value spelled as the model does.

    attributes: at most one value of each of the model's choices
    unknown: words that belong to no known thing, as they were typed, each once; a text encoder may still know them
    model_numbers: words with digits in them, such as ME1098
    spans: every recognised phrase, also those that did not decide (the white of “red and white”)
    """

    attributes: dict[str, str]
    brand: str | None = None
    unknown: tuple[str, ...] = ()
    model_numbers: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class _Match:
    first: int  # index of its first word
    last: int  # one past its last
    meaning: Meaning


class TitleParser:
    """Finds the phrases of a lexicon in free text. Never raises, whatever the text."""

    def __init__(self, lexicon: Lexicon, *, brand_is_chosen: bool = False) -> None:
        """brand_is_chosen: whether the brand is one of the choices, and not only known by name"""
        self.lexicon, self._brand_is_chosen = lexicon, brand_is_chosen
        self._longest = lexicon.longest

    @classmethod
    def for_space(cls, space: AttributeSpace, brands: Sequence[str] = ()) -> "TitleParser":
        """A parser whose values are exactly a model's choices."""
        chosen = any(choice.name == BRAND for choice in space.choices)
        return cls(Lexicon.for_space(space, brands), brand_is_chosen=chosen)

    def parse(self, text: str) -> ParsedTitle:
        """What the title says. The longest phrase wins, the leftmost of equals."""
        words = words_of(text)
        matches = self._matches(words)
        attributes = self._decide(words, matches)
        brand = next((m.meaning.value for m in matches if m.meaning.attribute == BRAND), None)
        if self._brand_is_chosen:
            brand = None
        rest = self._left_over(words, matches)
        numbers = [w for w in rest if _is_model_number(w)]
        return ParsedTitle(
            attributes=attributes,
            brand=brand,
            unknown=_each_once(text, [w for w in rest if w not in numbers]),
            model_numbers=_each_once(text, numbers),
            spans=tuple(_span(words, match) for match in matches),
        )

    def _matches(self, words: list[Word]) -> list[_Match]:
        found = []
        for first in range(len(words)):
            for last in range(first + 1, min(first + self._longest, len(words)) + 1):
                meaning = self.lexicon.phrases.get(tuple(w.normal for w in words[first:last]))
                if meaning is not None and not self._doubtful(words, first, last, meaning):
                    found.append(_Match(first, last, meaning))
        return _without_overlaps(found)

    def _doubtful(self, words: list[Word], first: int, last: int, meaning: Meaning) -> bool:
        """Brands such as W or AND are believed only where a brand is expected: in front."""
        word = words[first].normal
        ordinary = last - first == 1 and (len(word) == 1 or word in self.lexicon.stop_words)
        return meaning.attribute == BRAND and ordinary and first > 0

    def _decide(self, words: list[Word], matches: list[_Match]) -> dict[str, str]:
        said: dict[str, list[_Match]] = {}
        for match in matches:
            if match.meaning.attribute != BRAND or self._brand_is_chosen:
                said.setdefault(match.meaning.attribute, []).append(match)
        decided = {name: found[0].meaning.value for name, found in said.items()}
        for head in _HEADS:
            if head in said:
                decided[head] = self._thing(words, said[head], matches)
        if "gender" in said:
            decided["gender"] = self._gender([match.meaning.value for match in said["gender"]])
        return decided

    def _thing(self, words: list[Word], found: list[_Match], matches: list[_Match]) -> str:
        """The last one named, as English puts the thing after what describes it, but before a “with …”."""
        cut = next((i for i, w in enumerate(words) if i > found[0].first and w.normal in _OTHER_THING), len(words))
        chosen = [match for match in found if match.first < cut][-1]
        if chosen.last - chosen.first > 1:
            return chosen.meaning.value
        head = singular_of(words[chosen.first].normal)
        spoken = _spoken(words, matches)
        refined = (value for cue, value in self.lexicon.cues.get(head, ()) if cue in spoken)
        return next(refined, chosen.meaning.value)

    def _gender(self, said: list[str]) -> str:
        """One of those said: “kids” and “unisex” yield to “girls”; “men and women” is unisex."""
        single = [value for value in said if value in _ONE_GENDER] or said
        unisex = self.lexicon.phrases.get(("unisex",))
        both = {"Men", "Women"} <= set(single) or {"Boys", "Girls"} <= set(single)
        return unisex.value if both and unisex else single[0]

    def _left_over(self, words: list[Word], matches: list[_Match]) -> list[Word]:
        taken = {i for match in matches for i in range(match.first, match.last)}
        return [w for i, w in enumerate(words) if i not in taken and w.normal not in self.lexicon.stop_words]


def strangers(text: str, parsed: ParsedTitle, known: Collection[str]) -> tuple[str, ...]:
    """The words of a text that were neither recognised in it nor are among the known ones, as they were typed, each
    once. Little words such as “the” do not count. known: words in the normal form of `words_of`"""
    understood = {place for span in parsed.spans for place in range(span.start, span.end)}
    rest = [w for w in words_of(text) if w.start not in understood and w.normal not in known]
    return _each_once(text, [word for word in rest if word.normal not in STOP_WORDS])


def _without_overlaps(found: list[_Match]) -> list[_Match]:
    taken: set[int] = set()
    kept = []
    for match in sorted(found, key=lambda m: (m.first - m.last, m.first)):
        places = range(match.first, match.last)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(match)
    return sorted(kept, key=lambda m: m.first)


def _spoken(words: list[Word], matches: list[_Match]) -> set[str]:
    """The words that may be cues: a brand counts as one word, so that the polo of “U.S. Polo Assn.” is no cue."""
    spoken = {word.normal for word in words}
    for match in matches:
        if match.meaning.attribute == BRAND:
            name = [word.normal for word in words[match.first : match.last]]
            spoken = (spoken - set(name)) | {" ".join(name)}
    return spoken


def _is_model_number(word: Word) -> bool:
    return word.normal in _ROMAN or any(c.isdigit() for c in word.normal)


def _each_once(text: str, words: list[Word]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for word in words:
        seen.setdefault(word.normal, text[word.start : word.end])
    return tuple(seen.values())


def _span(words: list[Word], match: _Match) -> Span:
    return Span(words[match.first].start, words[match.last - 1].end, match.meaning.attribute, match.meaning.value)
