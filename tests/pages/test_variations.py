from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.pipeline import TextToImage
from t2i_core.settings import Settings
from tests.pages.conftest import Open, endless, fields, finish, follow, messages, press

SLOT = "variations"


@pytest.fixture
def page(open_page: Open, products: Path) -> AppTest:
    return open_page("variations")


def choose(app: AppTest, side: str, *values: str) -> None:
    name = fields(app)[f"axis_{side}"]
    app.multiselect(key=f"axis_{side}_{name}").set_value(list(values))


def draw(app: AppTest) -> AppTest:
    return finish(press(app.run(), "Draw"), SLOT)


def small(app: AppTest) -> AppTest:
    """Two categories in two colours."""
    choose(app, "rows", "Sports Shoes", "Watches")
    choose(app, "columns", "Red", "Blue")
    return draw(app)


def test_every_pair_of_values_is_drawn_from_the_same_noise(page: AppTest) -> None:
    page.number_input(key="vary_seed").set_value(5)
    small(page)
    asked = [card.request for card in page.session_state["variations_made"].made.cards]
    assert [tuple(request.attributes.values()) for request in asked] == [
        ("Sports Shoes", "Red"),
        ("Sports Shoes", "Blue"),
        ("Watches", "Red"),
        ("Watches", "Blue"),
    ]
    assert {request.seed for request in asked} == {5}
    assert len(page.image) == 4


def test_rows_and_columns_are_labelled(page: AppTest) -> None:
    small(page)
    labels = [caption.value for caption in page.caption]
    assert labels[labels.index("Red") :][:4] == ["Red", "Blue", "Sports Shoes", "Watches"]


def test_the_button_says_how_many_pictures_it_will_draw(page: AppTest) -> None:
    choose(page, "rows", "Sports Shoes", "Watches", "Jeans")
    choose(page, "columns", "Red", "Blue")
    page.run()
    assert page.button(key="vary_draw").label == "Draw 6 pictures"


def test_a_click_on_a_cell_brings_its_settings_to_the_products_page(page: AppTest) -> None:
    page.text_input(key="vary_prompt").set_value("Nike for men")
    page.number_input(key="vary_seed").set_value(5)
    small(page)
    follow(page.button(key="open_cell_variations_2").click().run(), "products")
    shown = fields(page)
    assert shown["products_draft_prompt"] == "Nike for men"
    assert shown["products_draft_seed"] == 5
    assert (shown["products_draft_value_category"], shown["products_draft_value_colour"]) == ("Watches", "Red")
    assert len(page.image) == 1
    assert open_gallery().count() == 4  # the very picture that was clicked, not a fifth


def test_numbers_and_exact_colours_can_be_varied(page: AppTest) -> None:
    page.selectbox(key="axis_rows").set_value("aspect")
    page.selectbox(key="axis_columns").set_value("tone").run()
    page.slider(key="axis_rows_aspect").set_value((-1.0, 1.0))
    page.slider(key="axis_rows_aspect_count").set_value(3)
    choose(page, "columns", "#c62828", "#123456")
    draw(page)
    asked = [dict(card.request.attributes) for card in page.session_state["variations_made"].made.cards]
    assert asked == [{"aspect": a, "tone": t} for a in (-1.0, 0.0, 1.0) for t in ("#c62828", "#123456")]


def test_what_is_typed_as_a_colour_is_checked(page: AppTest) -> None:
    page.selectbox(key="axis_columns").set_value("tone").run()
    page.session_state["axis_columns_tone"] = ["scarlet"]
    draw(page)
    assert "must be a colour like #d02030" in messages(page)


def test_the_same_attribute_on_both_sides_is_refused(page: AppTest) -> None:
    page.selectbox(key="axis_rows").set_value("colour").run()
    draw(page)
    assert "Choose two attributes" in messages(page)


def test_a_side_without_values_is_refused(page: AppTest) -> None:
    choose(page, "rows")
    draw(page)
    assert "at least one value of category" in messages(page)


def test_a_title_of_ten_thousand_characters_is_refused(page: AppTest) -> None:
    page.text_input(key="vary_prompt").set_value("x" * 10_000)
    draw(page)
    assert "limit is 2,000" in messages(page)


def test_a_refused_grid_leaves_the_last_one_standing(page: AppTest) -> None:
    small(page)
    choose(page, "rows")
    draw(page)
    assert messages(page)
    assert len(page.image) == 4


def test_a_running_grid_can_be_cancelled(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TextToImage, "generate_many", endless)
    press(page, "Draw")
    assert page.progress[0].text.endswith(" of 10000")
    finish(press(page, "Cancel"), SLOT)
    assert "Stopped after step" in page.info[0].value
    assert open_gallery().count() == 0


def test_the_sheet_and_all_pictures_can_be_downloaded(page: AppTest) -> None:
    small(page)
    assert [button.label for button in page.download_button] == ["Download the labelled sheet", "Download all 4 (ZIP)"]


def test_a_grid_is_shown_where_the_gallery_cannot_be_written(page: AppTest, settings: Settings) -> None:
    settings.home.rmdir()
    settings.home.write_text("a file where the folder should be")
    small(page)
    assert len(page.image) == 4
    assert "not in the gallery" in page.warning[0].value


def test_choices_survive_a_visit_to_another_page(page: AppTest) -> None:
    small(page)
    page.switch_page("pages/models.py").run()
    page.switch_page("pages/variations.py").run()
    assert page.multiselect(key="axis_columns_colour").value == ["Red", "Blue"]
    assert len(page.image) == 4


def test_a_missing_model_is_named(open_page: Open) -> None:
    assert "no model “products”" in messages(open_page("variations"))


def test_any_model_can_be_explored_and_its_cells_open_on_its_own_page(
    open_page: Open, domains: Path, products: Path
) -> None:
    page = small(open_page("variations"))
    page.selectbox(key="vary_model").set_value("guitars").run()
    assert (fields(page)["axis_rows"], fields(page)["axis_columns"]) == ("model", "colour")
    choose(page, "rows", "Gibson SG", "Gibson Les Paul")
    choose(page, "columns", "Red", "White")
    draw(page)
    assert {card.request.model for card in page.session_state["variations_made"].made.cards} == {"guitars"}
    follow(page.button(key="open_cell_variations_1").click().run(), "guitars")
    assert fields(page)["guitars_draft_value_colour"] == "White"


def test_values_that_another_model_lacks_are_replaced(open_page: Open, domains: Path, products: Path) -> None:
    page = open_page("variations")
    page.selectbox(key="axis_rows").set_value("colour").run()
    choose(page, "rows", "Green")
    page.run()
    page.selectbox(key="vary_model").set_value("shoes").run()
    assert page.multiselect(key="axis_rows_colour").value == ["Red", "Blue", "Black", "White"]


def test_a_model_of_one_attribute_has_no_grid(open_page: Open, domains: Path, products: Path) -> None:
    page = open_page("variations")
    page.selectbox(key="vary_model").set_value("birds").run()
    assert "a grid takes two" in page.info[0].value
    assert not page.exception
    assert not any(button.label.startswith("Draw") for button in page.button)
