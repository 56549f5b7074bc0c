"""What every page that draws does alike."""

from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from t2i_core.generate.directions import FILE, Direction, Directions
from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import Settings
from t2i_core.ui.desk import DESKS, PRODUCTS, SHOES, Desk
from t2i_core.ui.draft import PENDING
from t2i_core.weights import read_folder, write_folder
from tests.pages.conftest import Open, captions, draw, endless, fields, finish, follow, made, messages, press
from tests.tiny import tiny_model

OTHERS = [desk for desk in DESKS.values() if desk is not PRODUCTS]
every_desk = pytest.mark.parametrize("desk", OTHERS, ids=lambda desk: desk.name)


@pytest.fixture
def shoes(open_page: Open, domains: Path) -> AppTest:
    return open_page("shoes")


@every_desk
def test_an_example_is_drawn_with_the_desks_own_model(open_page: Open, domains: Path, desk: Desk) -> None:
    page = finish(press(open_page(desk.name), desk.examples[0]), desk.name)
    assert page.title[0].value == desk.title
    assert not page.error
    assert {request.model for request in made(page, desk.name)} == {desk.name}
    assert len(page.image) == 8


@every_desk
def test_a_model_that_is_not_there_is_named_with_what_to_do(open_page: Open, settings: Settings, desk: Desk) -> None:
    page = open_page(desk.name)
    assert f"There is no model “{desk.name}”" in messages(page)
    assert str(settings.weights_folder) in messages(page)
    assert not page.exception


@every_desk
def test_words_the_model_never_read_are_told(open_page: Open, domains: Path, desk: Desk) -> None:
    page = draw(open_page(desk.name), "a small quantum zebra", desk.name)
    assert "The model has never read: quantum, zebra. They may do nothing." in captions(page)
    assert len(page.image) == 8
    draw(page, "a small quantum", desk.name)
    assert "never read: quantum. It may do nothing." in captions(page)


@every_desk
@pytest.mark.parametrize(
    ("prompt", "said"), [("  ", "Say what to draw"), ("x" * 10_000, "10,000 characters; the limit is 2,000")]
)
def test_bad_words_are_refused_with_what_to_do(
    open_page: Open, domains: Path, desk: Desk, prompt: str, said: str
) -> None:
    page = draw(open_page(desk.name), prompt, desk.name)
    assert said in messages(page)
    assert not page.exception


@pytest.mark.parametrize("prompt", ["👟👟", "أحمر", "<b>![x](http://e.com)", "\x00\ufffe"])
def test_any_other_words_are_drawn(shoes: AppTest, prompt: str) -> None:
    draw(shoes, prompt, "shoes")
    assert not shoes.error
    assert len(shoes.image) == 8
    assert "![x](" not in "".join(caption.value for caption in shoes.caption)


def test_every_desk_keeps_its_own_words_and_pictures(shoes: AppTest) -> None:
    draw(shoes, "red boot", "shoes")
    shoes.switch_page("pages/birds.py").run()
    assert fields(shoes)["birds_draft_prompt"] == ""
    assert len(shoes.image) == 0
    draw(shoes, "a yellow bird", "birds")
    shoes.switch_page("pages/shoes.py").run()
    assert fields(shoes)["shoes_draft_prompt"] == "red boot"
    assert {request.prompt for request in made(shoes, "shoes")} == {"red boot"}
    assert len(shoes.image) == 8


@pytest.mark.parametrize("asked", ["again", "like"])
def test_a_picture_in_the_gallery_goes_back_to_the_desk_of_its_model(
    open_page: Open, domains: Path, products: Path, asked: str
) -> None:
    for desk in OTHERS:
        press(draw(open_page(desk.name), "a girl", desk.name), "Draw")
    assert open_gallery().count() == 8 * len(OTHERS)
    for desk in OTHERS:
        gallery = open_page("gallery")
        gallery.text_input(key="gallery_words").set_value(desk.name).run()
        follow(gallery.button(key=f"gallery_3_{asked}").click().run(), desk.name)
        assert len(gallery.image) == (1 if asked == "again" else 8)


def test_a_picture_of_a_users_own_model_is_at_home_on_the_products_page(
    open_page: Open, domains: Path, products: Path, settings: Settings
) -> None:
    tiny_model(settings.weights_folder / "my-model")
    page = open_page("shoes")
    page.session_state[PENDING] = GenerateRequest("red shoes", model="my-model")
    page.switch_page("pages/products.py").run()
    finish(page, "products")
    assert not page.error
    assert [request.model for request in made(page)] == ["my-model"]


def test_the_products_page_offers_no_model_that_has_a_page_of_its_own(
    open_page: Open, domains: Path, products: Path, settings: Settings
) -> None:
    page = open_page("products")
    assert "products_draft_model" not in fields(page)
    (products.parent / "anime").rename(settings.weights_folder / "mine")
    assert page.run().selectbox(key="products_draft_model").options == ["mine", "products"]


def test_pictures_like_one_stay_near_its_seed(shoes: AppTest) -> None:
    draw(shoes, "red boot", "shoes")
    shoes.button(key="shoes_5_like").click().run()
    finish(shoes, "shoes")
    around = made(shoes, "shoes")
    assert {(request.seed, request.variation) for request in around} == {(5, 0.35)}
    assert len({request.variation_seed for request in around}) == 8
    assert fields(shoes)["shoes_draft_variation"] == 0.35


def test_a_running_drawing_can_be_cancelled(shoes: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TextToImage, "generate_many", endless)
    shoes.text_input(key=SHOES.key("prompt")).set_value("red boot")
    press(shoes, "Draw")
    finish(press(shoes, "Cancel"), "shoes")
    assert "Stopped after step" in shoes.info[0].value
    assert open_gallery().count() == 0


def test_a_models_latent_directions_have_sliders_of_their_own(open_page: Open, domains: Path) -> None:
    with_directions(domains / "shoes")
    page = open_page("shoes")
    slider = page.slider(key="shoes_draft_move_heel height")
    assert slider.label == "Heel height"
    assert "From low to high" in slider.help
    draw(page, "red boot", "shoes")
    assert made(page, "shoes")[0].moves == {}
    page.slider(key="shoes_draft_move_heel height").set_value(1.5)
    finish(press(page, "Draw"), "shoes")
    assert made(page, "shoes")[0].moves == {"heel height": 1.5}
    page.session_state[PENDING] = GenerateRequest("red boot", model="shoes")
    finish(page.run(), "shoes")
    assert fields(page)["shoes_draft_move_heel height"] == 0.0


def with_directions(folder: Path) -> None:
    """Gives a tiny model one direction of its noise."""
    stored = read_folder(folder)
    vector = torch.zeros(3, 2, 2)
    vector[0, 0, 0] = 1
    directions = Directions((Direction("heel height", "noise", "low", "high"),), (vector,))
    config = {**stored.config, "directions": directions.to_json()}
    write_folder(folder, config, stored.tensors, {**stored.files, FILE: directions.to_bytes()})
