import time

import numpy as np
import pytest

from t2i_core.errors import InputError
from t2i_core.settings import BESIDE_THE_CODE
from t2i_core.text.doc2vec import Doc2VecModel
from t2i_core.text.similar import Similar, TitleIndex, exact_key, loose_key, quantised

SHIPPED = BESIDE_THE_CODE / "titles"
TITLES = ["Nike Red Shoes", "Nike Red Shoe 11", "Puma Blue Cap", "RED Nike shoes!", "Nameless"]
VECTORS = np.array([[1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [0.5, 0.5, 0.1], [0, 0, 0]], np.float32)
index = TitleIndex.build(TITLES, VECTORS)


@pytest.fixture(scope="module")
def shipped() -> Doc2VecModel:
    return Doc2VecModel.from_folder(SHIPPED)


def test_titles_without_a_vector_or_known_in_another_spelling_are_left_out() -> None:
    assert index.titles == ("Nike Red Shoes", "Nike Red Shoe 11", "Puma Blue Cap")


def test_the_nearest_come_first_with_their_cosines() -> None:
    found = index.nearest(np.array([0, 2, 0], np.float32), 2)
    assert found[0] == Similar("Puma Blue Cap", 1.0)
    assert found[1].title == "Nike Red Shoe 11"
    assert found[1].score == pytest.approx(0.11, abs=0.01)


def test_of_near_duplicates_only_the_best_is_listed() -> None:
    found = index.nearest(np.array([1, 0, 0], np.float32), 10)
    assert [f.title for f in found] == ["Nike Red Shoes", "Puma Blue Cap"]


def test_a_byte_a_number_keeps_directions_to_a_degree() -> None:
    vectors = np.random.default_rng(0).normal(size=(100, 64)).astype(np.float32) * 3
    kept = quantised(vectors).astype(np.float32)
    cosines = (vectors * kept).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(kept, axis=1)
    assert cosines.min() > np.cos(np.radians(1))
    assert not quantised(np.zeros((2, 3), np.float32)).any()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nike Men's Red T-shirt", "Nike mens red tshirts"),
        ("Fossil Men Grey Dial Watch ME1098", "Fossil Men Grey Dial Watch ME1099"),
        ("Pack of 3 White Socks", "White Socks"),
    ],
)
def test_near_duplicates_are_those_a_customer_would_not_tell_apart(one: str, other: str) -> None:
    assert loose_key(one) == loose_key(other)
    assert exact_key(one) != exact_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Nike Red Shoes", "Nike Blue Shoes"), ("ME1098", "ME1099"), ("Men Shirt", "Men T-shirt")]
)
def test_titles_that_say_different_things_are_not_near_duplicates(one: str, other: str) -> None:
    assert loose_key(one) != loose_key(other)


@pytest.mark.parametrize("n", [0, -1, 1001, 10**9, True, 2.5])
def test_a_senseless_number_of_titles_is_refused_with_the_range(n: int) -> None:
    with pytest.raises(InputError, match="whole number from 1 to 1,000"):
        index.nearest(VECTORS[0], n)


def test_the_shipped_folder_is_small_enough_for_a_repository() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) <= 6e6


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("Nike Men Red Running Shoes", "red"),
        ("yamaha c40 classical guitar", "guitar"),
        ("blue denim jeans for women", "jeans"),
        ("black leather wallet", "wallet"),
        ("gibson sg", "gibson"),
        ("ladies wristwatch", "watch"),
        ("polka dot blouse long sleeve", "sleeve"),
        ("gold plated earrings", "gold"),
        ("navy polo t-shirt", "navy"),
    ],
)
def test_the_shipped_model_lists_titles_a_customer_would_accept(shipped: Doc2VecModel, query: str, wanted: str) -> None:
    found = [f.title.lower() for f in shipped.similar(query, 5)]
    assert sum(wanted in title for title in found) >= 4, found


def test_red_running_shoes_are_red_and_most_are_called_shoes(shipped: Doc2VecModel) -> None:
    found = [f.title.lower() for f in shipped.similar("Red Running Shoes", 5)]
    assert all("red" in title for title in found), found
    assert sum("shoe" in title for title in found) >= 3, found


def test_a_query_to_the_shipped_model_takes_under_half_a_second(shipped: Doc2VecModel) -> None:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        shipped.similar("Nike Men Red Running Shoes", 10)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.5


def test_the_shipped_model_knows_no_underwear(shipped: Doc2VecModel) -> None:
    words = {word for title in shipped.index.titles for word in title.lower().split()}
    assert words.isdisjoint({"bra", "bras", "briefs", "panty", "lingerie", "boxers", "nightdress", "pyjamas"})


@pytest.mark.parametrize("query", ["", "🎸", "xqzt blorf", "قميص"])
def test_the_shipped_model_refuses_what_names_no_product(shipped: Doc2VecModel, query: str) -> None:
    with pytest.raises(InputError):
        shipped.similar(query)
