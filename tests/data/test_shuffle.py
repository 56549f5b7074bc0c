from random import Random

from t2i_core.data.domain import Item
from t2i_core.data.shuffle import plain_title, shuffled_title

SHOE = Item("1", "Puma Deck Runner", {"category": "Sports Shoes", "colour": "Red", "gender": "Men"})


def test_half_of_the_wordings_are_the_title_itself() -> None:
    random = Random(0)
    same = sum(shuffled_title(SHOE, random) == SHOE.title for _ in range(2000))
    assert 900 < same < 1200


def test_a_wording_holds_no_word_the_product_does_not() -> None:
    random = Random(0)
    allowed = {"Puma", "Deck", "Runner", "Sports", "Shoes", "Red", "Men"}
    wordings = {shuffled_title(SHOE, random) for _ in range(200)}
    assert len(wordings) > 50
    assert all(wording and set(wording.split()) <= allowed for wording in wordings)


def test_a_title_of_one_word_never_becomes_empty() -> None:
    random = Random(0)
    assert all(shuffled_title(Item("1", "Watch"), random) for _ in range(300))


def test_the_plain_title_says_what_is_known_and_skips_the_rest() -> None:
    assert plain_title(SHOE.labels) == "Men Red Sports Shoes"
    assert plain_title({"colour": "Red"}) == "Red"
