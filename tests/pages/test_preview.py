from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from t2i_core.generate.gallery import open_gallery
from t2i_core.generate.picture import Picture
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from tests.pages.conftest import Open, draw, made, messages
from tests.tiny import tiny_instant

SWITCH = "products_draft_preview"


@pytest.fixture
def page(open_page: Open, products: Path) -> AppTest:
    tiny_instant(products)
    return open_page("products")


def previews(app: AppTest) -> list[str]:
    """The pictures above those that were drawn."""
    return [url for image in app.image for url in image.value][: -len(made(app))]


def test_pictures_follow_choices_at_once_and_are_not_kept(page: AppTest) -> None:
    draw(page, "Nike Men Red Running Shoes", "products")
    red = previews(page)
    assert len(red) == 4
    page.selectbox(key="products_draft_value_colour").set_value("Blue").run()
    assert len(previews(page)) == 4
    assert not set(red) & set(previews(page))
    assert open_gallery().count() == len(made(page))
    assert not messages(page)


def test_it_can_be_turned_off(page: AppTest) -> None:
    draw(page, "Nike Men Red Running Shoes", "products")
    page.toggle(key=SWITCH).set_value(False).run()
    assert not previews(page)


def test_a_model_without_an_instant_generator_offers_no_preview(open_page: Open, products: Path) -> None:
    page = open_page("products")
    draw(page, "Nike Men Red Running Shoes", "products")
    assert SWITCH not in [toggle.key for toggle in page.toggle]
    assert not previews(page)


def test_it_is_drawn_once_a_request(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(page, "Nike Men Red Running Shoes", "products")
    before, generate = previews(page), TextToImage.generate
    drawn: list[GenerateRequest] = []

    def watched(pipe: TextToImage, request: GenerateRequest) -> list[Picture]:
        drawn.append(request)
        return generate(pipe, request)

    monkeypatch.setattr(TextToImage, "generate", watched)
    page.run()
    assert previews(page) == before
    assert not drawn
    page.selectbox(key="products_draft_value_colour").set_value("Blue").run()
    assert len(drawn) == 1
