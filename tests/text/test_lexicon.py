import pytest

from t2i_core.text.attributes import AttributeSpace, Choice
from t2i_core.text.lexicon import Lexicon, Meaning, phrase_of, singular_of, words_of
from t2i_core.text.synonyms import WORDS
from t2i_core.text.things import BARE_COLOURS, PART_COLOURS, PARTS

DOMAINS = {
    "products": ("category", "colour", "gender", "season", "usage"),
    "shoes": ("kind", "colour"),
    "guitars": ("model", "colour"),
    "birds": ("species",),
}


def everything(domain: str) -> AttributeSpace:
    """Every value that the tables know for a domain."""
    return AttributeSpace(
        tuple(
            Choice(name, tuple(dict.fromkeys(value for wanted in WORDS[name] for value in wanted.split(" | "))))
            for name in DOMAINS[domain]
        )
    )


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Levi’s Men's T-Shirt", ("levis", "mens", "t", "shirt")),
        ("U.S. Polo Assn.", ("u", "s", "polo", "assn")),
        ("Q&Q 2.5%", ("q", "q", "2", "5")),
        ("ÉTÉ naïve STRASSE Straße", ("ete", "naive", "strasse", "strasse")),
        ("red👟👟shoe", ("red", "👟👟", "shoe")),
        ("«قميص» أحمر،", ("قميص", "احمر")),  # the hamza above a letter is an accent
        ("赤い靴。", ("赤い靴",)),
        ("''' - !", ()),
    ],
)
def test_words_are_folded_and_parted_as_a_reader_would(text: str, phrase: tuple[str, ...]) -> None:
    assert phrase_of(text) == phrase


def test_words_know_where_they_stand() -> None:
    text = " Red  shoes"
    assert [text[word.start : word.end] for word in words_of(text)] == ["Red", "shoes"]


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("shoes", "shoe"),
        ("watches", "watch"),
        ("dresses", "dress"),
        ("dress", "dress"),
        ("scarves", "scarf"),
        ("bodies", "body"),
        ("hoodies", "hoodie"),
        ("ties", "tie"),
        ("boxes", "box"),
        ("gas", "gas"),
    ],
)
def test_plurals_lead_to_their_singular(plural: str, singular: str) -> None:
    assert singular_of(plural) == singular


TABLES = {**WORDS, **PART_COLOURS, "bare hair": BARE_COLOURS["hair"]}


@pytest.mark.parametrize("name", TABLES)
def test_no_synonym_is_listed_for_two_values(name: str) -> None:
    owners: dict[str, set[str]] = {}
    for wanted, words in TABLES[name].items():
        for word in words.split(", "):
            owners.setdefault(word, set()).add(wanted)
    assert {word: values for word, values in owners.items() if len(values) > 1} == {}


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_value_always_means_itself_whatever_the_synonyms_say(domain: str) -> None:
    lexicon = Lexicon.for_space(everything(domain))
    wrong = {
        value: lexicon.phrases[phrase_of(value)]
        for choice in everything(domain).choices
        for value in choice.values
        if lexicon.phrases[phrase_of(value)] != Meaning(choice.name, value)
    }
    assert wrong == {}


@pytest.mark.parametrize("part", PARTS)
def test_a_colour_of_hair_or_eyes_means_nothing_without_its_noun(part: str) -> None:
    colours = PART_COLOURS[part]
    phrases = Lexicon.for_space(AttributeSpace((Choice(part, tuple(colours)),))).phrases
    for colour in colours:
        for noun in PARTS[part].split(", "):
            assert phrases[colour, noun] == Meaning(part, colour)
        assert (colour,) not in phrases or colour == "blonde"


def test_a_model_value_outranks_a_brand_of_that_name() -> None:
    lexicon = Lexicon.for_space(AttributeSpace((Choice("colour", ("Red",)),)), ["Red", "Redskins"])
    assert lexicon.phrases[("red",)] == Meaning("colour", "Red")
    assert lexicon.phrases[("redskins",)] == Meaning("brand", "Redskins")


def test_brands_without_letters_or_of_many_words_are_ignored() -> None:
    lexicon = Lexicon.for_space(AttributeSpace(()), ["", "!!", "a b c d e f g h i", "Ok"])
    assert set(lexicon.phrases) == {("ok",)}


def test_no_attribute_and_no_brand_make_an_empty_lexicon() -> None:
    assert Lexicon.for_space(AttributeSpace(())).longest == 0
