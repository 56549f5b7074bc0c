"""The phrases a title may hold and what each means: a model's own values, their synonyms, plurals, and brands."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from t2i_core.text.attributes import AttributeSpace, Choice
from t2i_core.text.synonyms import COLOUR_MODIFIERS, CUES, STOP_WORDS, WORDS
from t2i_core.text.things import BARE_COLOURS, BETWEEN, PART_COLOURS, PARTS

BRAND = "brand"
THINGS = frozenset({"category", "kind", "model", "species"})  # their values are names of things, which have plurals
MAX_PHRASE = 8  # words; "Perfume and Body Mist" has four, a long brand six

# A word is a run of anything but spaces, punctuation and symbols; an emoji is a word of its own. Written as what
# separates words, because `\w` cuts the words of scripts with combining vowels, such as Devanagari.
_BREAKS = r"\s\x00-\x26\x28-\x2f\x3a-\x40\x5b-\x5f\x7b-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb-\xbf×÷‐-‗“-‧‰-⁰、-〿،؛؟۔।"
_PICTURES = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_WORD = re.compile(rf"[^{_BREAKS}{_PICTURES}]+|[{_PICTURES}\u200d]+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Word:
    """One word of a text: its normal form, and where it stands."""

    normal: str
    start: int
    end: int


@dataclass(frozen=True)
class Meaning:
    """What a phrase says: the attribute's name and the value as the model spells it."""

    attribute: str
    value: str


def words_of(text: str) -> list[Word]:
    """The words of a text, folded: case, accents and apostrophes do not matter; a hyphen parts words."""
    found = (Word(_fold(match[0]), *match.span()) for match in _WORD.finditer(text))
    return [word for word in found if word.normal]


def phrase_of(text: str) -> Phrase:
    """The folded words of a text."""
    return tuple(word.normal for word in words_of(text))


def _fold(word: str) -> str:
    plain = word.translate(_APOSTROPHES)
    if plain.isascii():
        return plain.lower()
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in decomposed if unicodedata.combining(c) != 230).casefold()  # 230: accents above


@dataclass(frozen=True)
class Lexicon:
    """Phrases and their meanings.

    cues: how a one-word category is refined: its word -> pairs of a word elsewhere in the title and the value meant
    """

    phrases: Mapping[Phrase, Meaning]
    cues: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    stop_words: frozenset[str] = STOP_WORDS

    @property
    def longest(self) -> int:
        return max(map(len, self.phrases), default=0)

    @classmethod
    def for_space(cls, space: AttributeSpace, brands: Sequence[str] = ()) -> "Lexicon":
        """Everything a model can be asked for by name. Where two meanings claim a phrase, the earlier source wins.

        Sources, in order: the model's own values, synonyms, parts of values such as “Ties and Cufflinks”, brands.
        """
        phrases: dict[Phrase, Meaning] = {}
        for source in (_own_values, _synonyms, _parts, _colours_of_parts):
            for choice in space.choices:
                for words, value in source(choice):
                    _claim(phrases, words, Meaning(choice.name, value))
        for brand in brands:
            _claim_brand(phrases, brand)
        return cls(phrases, _cues(space))


def _own_values(choice: Choice) -> Iterator[tuple[str, str]]:
    return ((value, value) for value in choice.values if choice.name not in PARTS)


def _synonyms(choice: Choice) -> Iterator[tuple[str, str]]:
    for wanted, words in WORDS.get(choice.name, {}).items():
        value = _first_known(wanted, choice)
        if value is None:
            continue
        for phrase in [*wanted.split(" | ")[:1], *words.split(", ")]:
            yield phrase, value
    if choice.name == "colour":
        yield from _shades(choice)


def _shades(choice: Choice) -> Iterator[tuple[str, str]]:
    for modifier in COLOUR_MODIFIERS.split(", "):
        for value in choice.values:
            yield f"{modifier} {value}", value


def _parts(choice: Choice) -> Iterator[tuple[str, str]]:
    if choice.name != "category":
        return
    for value in choice.values:
        for part in value.split(" and "):
            yield part, value


def _colours_of_parts(choice: Choice) -> Iterator[tuple[str, str]]:
    """For hair and eyes: every word for a colour together with every word for the part."""
    if choice.name not in PARTS:
        return
    nouns = PARTS[choice.name].split(", ")
    described = [f"{word} {noun}" for word in BETWEEN.split(", ") for noun in nouns]
    for value in choice.values:
        for colour in (value, *_listed(PART_COLOURS[choice.name], value)):
            yield from ((f"{colour} {part}", value) for part in (*nouns, *described))
        yield from ((word, value) for word in _listed(BARE_COLOURS.get(choice.name, {}), value))
    for shade, value in _shades(choice):
        yield from ((f"{shade} {noun}", value) for noun in nouns)


def _listed(table: Mapping[str, str], value: str) -> list[str]:
    words = table.get(value.lower())
    return words.split(", ") if words else []


def _first_known(wanted: str, choice: Choice) -> str | None:
    by_name = {value.lower(): value for value in choice.values}
    return next((by_name[w.lower()] for w in wanted.split(" | ") if w.lower() in by_name), None)


def _claim(phrases: dict[Phrase, Meaning], words: str, meaning: Meaning) -> None:
    phrase = phrase_of(words)
    if not phrase:
        return
    inflected = _inflections(phrase[-1]) if meaning.attribute in THINGS else [phrase[-1]]
    for last in inflected:
        whole = (*phrase[:-1], last)
        phrases.setdefault(whole, meaning)
        if len(whole) == 2 and len(whole[0]) > 1:
            phrases.setdefault(("".join(whole),), meaning)


def _claim_brand(phrases: dict[Phrase, Meaning], brand: str) -> None:
    phrase = phrase_of(brand)
    if 0 < len(phrase) <= MAX_PHRASE:
        phrases.setdefault(phrase, Meaning(BRAND, brand))


def _inflections(word: str) -> list[str]:
    """The word with its likely singular and plural forms."""
    singular = singular_of(word)
    return list(dict.fromkeys([word, singular, _plural(singular)]))


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word[:-1] + "ves" if word.endswith("rf") else word + "s"


def singular_of(word: str) -> str:
    """A rough English singular: `watches` -> `watch`, `scarves` -> `scarf`, `dress` stays."""
    if word.endswith("rves"):
        return word[:-3] + "f"
    if word.endswith("ies") and len(word) > 4 and word not in ("hoodies", "booties", "ties"):
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _cues(space: AttributeSpace) -> dict[str, list[tuple[str, str]]]:
    categories = {value for choice in space.choices if choice.name == "category" for value in choice.values}
    table: dict[str, list[tuple[str, str]]] = {}
    for head, cues, value in CUES:
        if value in categories:
            table.setdefault(head, []).extend((cue, value) for cue in cues.split())
    return table
