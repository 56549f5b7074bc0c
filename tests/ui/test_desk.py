from pathlib import Path

import pytest

from t2i_core.ui.desk import ANIME, DESKS, PRODUCTS, Desk, desk_of
from t2i_core.ui.studio import never_read

every_desk = pytest.mark.parametrize("desk", DESKS.values(), ids=lambda desk: desk.name)


@every_desk
def test_a_desk_has_a_page_and_examples(repository: Path, desk: Desk) -> None:
    assert (repository / desk.page).is_file()
    assert len(set(desk.examples)) == len(desk.examples) >= 3


def test_a_model_without_a_page_of_its_own_is_drawn_with_on_the_products_page() -> None:
    assert desk_of("anime") is ANIME
    assert [desk_of(name) for name in ("products", "my-model", "owner/anime", "")] == [PRODUCTS] * 4


def test_no_two_parts_of_any_desks_are_kept_in_one_place() -> None:
    keys = [
        key
        for desk in DESKS.values()
        for key in (desk.key("prompt"), desk.value_key("x"), desk.use_key("x"), desk.share_key("x"), desk.move_key("x"))
    ]
    assert len(set(keys)) == len(keys)


def test_words_a_model_never_read_are_told_in_a_sentence() -> None:
    assert never_read(("zebra",)) == "The model has never read: zebra. It may do nothing."
    assert never_read(("zebra", "quantum")) == "The model has never read: zebra, quantum. They may do nothing."


def test_a_flood_of_unread_words_is_cut() -> None:
    told = never_read(tuple("x" * 300 + str(i) for i in range(500)))
    assert len(told) < 600
    assert ", …. They may do nothing." in told
