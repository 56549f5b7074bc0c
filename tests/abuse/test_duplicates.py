import io

import pytest
from PIL import Image

from t2i_core.abuse.duplicates import Print, Seen, find_duplicates, unlike
from tests.abuse.drawn import encoded, photo


def seen(name: str, title: str, image: Image.Image) -> Seen:
    return Seen(name, title, Print.of(image))


def saved_again(image: Image.Image) -> Image.Image:
    smaller = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    return Image.open(io.BytesIO(encoded(smaller, quality=50))).convert("RGB")


def test_a_picture_that_was_made_smaller_and_saved_again_is_the_same() -> None:
    image = photo()
    found = find_duplicates([seen("a", "Red shoe", image), seen("b", "Red shoe", saved_again(image))])
    assert {one.rule for one in found.values()} == {"duplicate.same_title"}
    assert min(one.score for one in found.values()) >= 0.9


def test_other_products_of_the_same_outline_are_not_the_same() -> None:
    assert find_duplicates([seen(str(seed), "Shirt", photo(seed=seed)) for seed in range(12)]) == {}


def test_the_same_shape_in_another_colour_is_another_picture() -> None:
    image = photo()
    red, green, blue = image.split()
    assert find_duplicates([seen("a", "x", image), seen("b", "x", Image.merge("RGB", (blue, red, green)))]) == {}


def test_unlike_titles_come_first() -> None:
    image = photo()
    catalogue = [
        seen("1.jpg", "Nike Men Red Running Shoes", image),
        seen("2.jpg", "Nike Men Red Running Shoes New", image),
        seen("3.jpg", "Leather Handbag", image),
    ]
    found = find_duplicates(catalogue)
    assert found[0].rule == "duplicate.other_title"
    assert found[0].detail.startswith("“Leather Handbag” (3.jpg), “Nike")


def test_one_picture_many_times_is_found_every_time_and_names_a_few() -> None:
    image = photo((64, 64))
    found = find_duplicates([seen(f"{n}.jpg", "", image) for n in range(300)])
    assert len(found) == 300
    assert max(one.detail.count(".jpg") for one in found.values()) <= 3


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Red Shoe", "red shoe!", False),
        ("Red Shoe", "Blue Bag", True),
        ("", "", False),
        ("", "Bag", True),
        ("Красные туфли", "красные ТУФЛИ", False),
    ],
)
def test_titles_are_unlike_where_most_words_differ(one: str, other: str, apart: bool) -> None:
    assert unlike(one, other) is apart


def test_no_pictures_have_no_duplicates() -> None:
    assert find_duplicates([]) == {}
