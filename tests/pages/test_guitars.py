from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.pipeline import TextToImage
from tests.pages.conftest import COLOUR, SPACES, Open, chips, draw, endless, fields, finish, made, press

STUDY = "guitars_draft_study"
MODELS = SPACES["guitars"][0].values  # type: ignore[union-attr]


@pytest.fixture
def page(open_page: Open, domains: Path) -> AppTest:
    return open_page("guitars")


def study(app: AppTest, name: str) -> AppTest:
    return finish(press(app, name), STUDY)


def drawn(app: AppTest) -> list[dict[str, object]]:
    return [dict(card.request.attributes) for card in app.session_state[f"{STUDY}_made"].made.cards]


def test_players_names_are_read(page: AppTest) -> None:
    draw(page, "red strat", "guitars")
    assert chips(page) == ["Guitar: **Fender Stratocaster**", "Colour: **Red**"]


def test_a_shape_study_shows_every_model_in_the_colour_asked_for(page: AppTest) -> None:
    draw(page, "red strat", "guitars")
    study(page, "Shape study: every model in Red")
    assert drawn(page) == [{"colour": "Red", "model": model} for model in MODELS]
    assert [caption.value for caption in page.caption][-3:] == list(MODELS)


def test_a_colour_study_shows_the_model_in_every_colour_without_the_exact_one(page: AppTest) -> None:
    draw(page, "red strat", "guitars")
    page.selectbox(key="guitars_draft_value_model").set_value("Gibson SG")
    page.toggle(key="guitars_draft_use_tone").set_value(True)
    page.toggle(key="guitars_draft_use_aspect").set_value(True).run()
    page.slider(key="guitars_draft_value_aspect").set_value(1.0).run()
    study(page, "Colour study: Gibson SG in every colour")
    assert drawn(page) == [{"model": "Gibson SG", "aspect": 1.0, "colour": colour} for colour in COLOUR.values]


def test_a_study_needs_no_words_and_keeps_one_seed(page: AppTest) -> None:
    page.number_input(key="guitars_draft_seed").set_value(7).run()
    study(page, "Shape study: every model in Black")
    cards = page.session_state[f"{STUDY}_made"].made.cards
    assert {card.request.seed for card in cards} == {7}
    assert open_gallery().count() == len(MODELS)


def test_a_picture_of_a_study_opens_with_its_settings(page: AppTest) -> None:
    study(page, "Shape study")
    page.button(key=f"open_cell_{STUDY}_2").click().run()
    finish(page, "guitars")
    assert fields(page)["guitars_draft_value_model"] == MODELS[2]
    assert [request.attributes["model"] for request in made(page, "guitars")] == [MODELS[2]]
    assert open_gallery().count() == len(MODELS)  # the very picture that was clicked


def test_a_study_can_be_downloaded_as_a_labelled_sheet(page: AppTest) -> None:
    study(page, "Colour study")
    assert "Download the labelled sheet" in [button.label for button in page.download_button]


def test_a_running_study_can_be_cancelled(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TextToImage, "generate_many", endless)
    press(page, "Shape study")
    finish(press(page, "Cancel"), STUDY)
    assert "Stopped after step" in page.info[0].value


def test_the_settings_of_a_guitar_tell_its_name_and_the_model_that_drew_it(page: AppTest) -> None:
    draw(page, "red strat", "guitars")
    page.selectbox(key="guitars_draft_value_model").set_value("Gibson SG").run()
    finish(press(page, "Draw"), "guitars")
    told = next(block.value for block in page.markdown if block.value.startswith("- Words"))
    assert "- Guitar: **Gibson SG**" in told
    assert "- Model: **guitars**" in told
