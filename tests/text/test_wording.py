import pytest
from hypothesis import given
from hypothesis import strategies as st

from t2i_core.text.attributes import AttributeSpace, Choice, Value
from t2i_core.text.parser import TitleParser
from t2i_core.text.wording import completed, left_standing, reworded, settled
from tests.tiny import BRANDS, SPACE

parser = TitleParser.for_space(SPACE, BRANDS)
WORDS = ["Nike", "Men", "women", "red", "navy", "blue", "and", "white", "shoes", "jeans", "tshirt", "formal", "👟"]
choices = st.fixed_dictionaries({}, optional={c.name: st.sampled_from(c.values) for c in SPACE.choices})


@pytest.mark.parametrize(
    ("prompt", "asked", "read"),
    [
        ("Nike Men Red Sports Shoes", {"colour": "Blue"}, "Nike Men Blue Sports Shoes"),
        ("Nike Men Red Sports Shoes", {"colour": "Red"}, "Nike Men Red Sports Shoes"),
        ("Nike Men Red Sports Shoes", {"colour": "Navy Blue", "gender": "Women"}, "Nike Women Navy Blue Sports Shoes"),
        ("Levis Men Navy Blue Jeans", {"category": "Handbags"}, "Levis Men Navy Blue Handbags"),
        ("Levis Men Navy Blue Jeans", {"season": "Winter"}, "Levis Men Navy Blue Jeans"),
        ("Red and white handbag", {"colour": "Green"}, "Green and handbag"),
        ("Red handbag", {"tone": "#2050d0"}, "handbag"),
        ("Red handbag", {"tone": "#d02020", "colour": "Red"}, "Red handbag"),
        ("red", {"tone": "#d02020"}, ""),
        ("👟 красные", {"colour": "Blue"}, "👟 красные"),
    ],
)
def test_what_is_chosen_replaces_the_words_that_contradict_it(prompt: str, asked: dict[str, Value], read: str) -> None:
    assert reworded(prompt, parser.parse(prompt), asked) == read


def test_a_prompt_that_nothing_contradicts_keeps_its_very_spaces() -> None:
    prompt = "  Nike   Men Red  Shoes "
    assert reworded(prompt, parser.parse(prompt), {"fill": 0.8}) == prompt


@pytest.mark.parametrize(
    ("prompt", "asked", "read"),
    [
        ("shoes formal", {"category": "Casual Shoes", "usage": "Sports"}, "Casual Shoes Sports"),
        ("Nike shoes shoes formal", {"category": "Sports Shoes", "usage": "Casual"}, "Nike Sports Shoes Casual"),
        ("  red   Shoes ", {"colour": "Red"}, "  red   Shoes "),
    ],
)
def test_a_word_put_there_does_not_change_what_another_means(prompt: str, asked: dict[str, Value], read: str) -> None:
    assert settled(prompt, parser.parse, asked) == read


@given(st.lists(st.sampled_from(WORDS)), choices)
def test_the_words_that_are_read_never_contradict_the_choice(words: list[str], asked: dict[str, Value]) -> None:
    prompt = " ".join(words)
    read = parser.parse(settled(prompt, parser.parse, asked)).attributes
    assert {name: read[name] for name in asked if name in read}.items() <= asked.items()


def test_a_tone_silences_the_colour_in_the_words_but_not_a_chosen_one() -> None:
    assert left_standing({"colour": "Red", "gender": "Men"}, {"tone": "#d02020"}) == {"gender": "Men"}


def test_what_nobody_chose_is_left_standing() -> None:
    assert left_standing({"colour": "Red", "gender": "Men"}, {"colour": "Blue", "fill": 0.8}) == {"gender": "Men"}


@pytest.mark.parametrize(
    ("prompt", "asked", "read"),
    [
        ("", {"category": "Jeans", "colour": "Red", "fill": 0.9}, "Red Jeans"),
        ("Nike", {"colour": "Red", "gender": "Men", "category": "Tshirts"}, "Nike Men Red Tshirts"),
        ("Red handbag", {"colour": "Blue", "gender": "Women"}, "Red handbag Women"),
        ("Red handbag", {"season": "Winter", "tone": "#2050d0"}, "Red handbag"),
    ],
)
def test_chosen_labels_that_the_prompt_does_not_name_are_added(prompt: str, asked: dict[str, Value], read: str) -> None:
    assert completed(prompt, parser.parse(prompt), asked) == read


FACES = TitleParser.for_space(
    AttributeSpace((Choice("hair", ("blue", "pink", "gray")), Choice("eyes", ("red", "blue", "aqua"))))
)


@pytest.mark.parametrize(
    ("prompt", "asked", "read"),
    [
        ("a girl with blue hair and red eyes", {"hair": "pink"}, "a girl with pink hair and red eyes"),
        ("silver-haired girl", {"hair": "blue"}, "blue hair girl"),
        ("", {"hair": "blue", "eyes": "aqua"}, "blue hair aqua eyes"),
        ("blue hair", {"eyes": "blue"}, "blue hair blue eyes"),
    ],
)
def test_hair_and_eyes_are_named_with_their_colour(prompt: str, asked: dict[str, Value], read: str) -> None:
    said = FACES.parse(prompt)
    assert completed(reworded(prompt, said, asked), said, asked) == read


def test_a_chosen_shoe_or_guitar_is_added_after_its_colour() -> None:
    asked: dict[str, Value] = {"model": "Gibson SG", "colour": "Red"}
    assert completed("", FACES.parse(""), asked) == "Red Gibson SG"
