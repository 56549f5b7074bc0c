from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.generate.gallery import open_gallery
from tests.pages.conftest import Open, captions, chips, draw, finish, made, messages, press
from tests.tiny import tiny_codes

MIX = "shoes_draft_mix"


@pytest.fixture
def page(open_page: Open, domains: Path) -> AppTest:
    return open_page("shoes")


def mix(app: AppTest, first: int, second: int, share: float) -> AppTest:
    app.number_input(key=f"{MIX}_first").set_value(first)
    app.number_input(key=f"{MIX}_second").set_value(second)
    app.slider(key=f"{MIX}_share").set_value(share)
    return finish(press(app, "Mix"), MIX)


def test_kind_and_colour_are_read_and_an_exact_colour_can_be_set(page: AppTest) -> None:
    draw(page, "red sneakers", "shoes")
    assert chips(page) == ["Kind: **Shoe**", "Colour: **Red**"]
    page.toggle(key="shoes_draft_use_tone").set_value(True).run()
    page.color_picker(key="shoes_draft_value_tone").set_value("#d02030")
    finish(press(page, "Draw"), "shoes")
    assert made(page, "shoes")[0].attributes == {"tone": "#d02030"}


def test_two_styles_are_shown_with_the_one_between(page: AppTest) -> None:
    draw(page, "red boot", "shoes")
    mix(page, 3, 9, 0.6)
    asked = made(page, MIX)
    assert [(request.seed, request.variation_seed, request.variation) for request in asked] == [
        (3, 9, 0.0),
        (3, 9, 0.6),
        (3, 9, 1.0),
    ]
    assert {request.prompt for request in asked} == {"red boot"}
    assert all(told in captions(page) for told in ("Seed 3", "60% of the way", "Seed 9"))
    assert len(page.image) == 8 + 3
    assert open_gallery().count() == 8 + 3


def test_a_mixed_style_can_be_gone_on_with(page: AppTest) -> None:
    draw(page, "red boot", "shoes")
    mix(page, 3, 9, 0.6)
    page.button(key=f"{MIX}_1_again").click().run()
    finish(page, "shoes")
    (request,) = made(page, "shoes")
    assert (request.seed, request.variation_seed, request.variation) == (3, 9, 0.6)


def test_nothing_to_draw_cannot_be_mixed(page: AppTest) -> None:
    mix(page, 0, 1, 0.5)
    assert "Say what to draw" in messages(page)
    assert not page.exception


def test_sliders_that_a_model_found_by_itself_redraw_its_pictures(open_page: Open, domains: Path) -> None:
    tiny_codes(domains / "shoes-infogan")
    page = open_page("shoes")
    assert page.slider(key="shoes_draft_codes_slider_0").label.startswith("Slider 1: from darker to lighter")
    before = [image.value[0] for image in page.image][-8:]
    page.slider(key="shoes_draft_codes_slider_0").set_value(0.8).run()
    after = [image.value[0] for image in page.image][-8:]
    assert not set(before) & set(after)
    assert not messages(page)


def test_without_such_a_model_nothing_is_said_of_it(page: AppTest) -> None:
    assert "by itself" not in " ".join(heading.value for heading in page.subheader)
