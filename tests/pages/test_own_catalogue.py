from pathlib import Path

import pytest

from t2i_core.settings import Settings
from t2i_core.text.attributes import AttributeSpace, Choice, Number, Tone
from tests.pages.conftest import Open, draw, fields, finish, made, messages, press
from tests.tiny import tiny_model

SPACE = AttributeSpace(
    (
        Choice("category", ("Drum Sticks", "Tuners")),
        Choice("brand", ("Acme",)),
        Choice("colour", ("Red", "Blue")),
        Tone("tone", (50.0, 4.0, 3.0), (25.0, 15.0, 15.0)),
        Number("lightness", 0.0, 100.0, mean=50.0, scale=20.0),
        Number("aspect", -3.0, 3.0, mean=0.0, scale=0.8),
    )
)


@pytest.fixture
def shop(settings: Settings) -> Path:
    """A model of somebody's own catalogue, as `t2i export` leaves it, and no other."""
    return tiny_model(settings.weights_folder / "my-shop", space=SPACE)


def test_the_products_page_draws_with_a_model_of_ones_own(open_page: Open, shop: Path) -> None:
    page = open_page("products")
    draw(page, "Acme red drum sticks")
    assert not page.error
    assert {request.model for request in made(page)} == {"my-shop"}


def test_the_variations_page_offers_its_attributes(open_page: Open, shop: Path) -> None:
    page = open_page("variations")
    assert not page.error, messages(page)
    names = fields(page)
    page.multiselect(key=f"axis_rows_{names['axis_rows']}").set_value(["Tuners"])
    finish(press(page.run(), "Draw"), "variations")
    assert not page.error
    assert page.image
