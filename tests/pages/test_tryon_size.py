"""The tab Size, and the mask that can be brushed."""

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from t2i_core.images import png_bytes
from t2i_core.settings import Settings
from t2i_core.tryon import dress
from t2i_core.tryon.dress import Dresser
from t2i_core.tryon.wardrobe import WARDROBE
from t2i_core.ui import tryon_mask, tryon_shelf
from tests.pages.conftest import Open, captions, messages
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Known, Reader


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Known:
    known = made_up.person()
    made = Dresser(Finder([known]), Reader([known]))  # type: ignore[arg-type]
    monkeypatch.setattr(dress.Dresser, "from_pretrained", classmethod(lambda cls: made))
    return known


@pytest.fixture
def app(open_page: Open, known: Known) -> AppTest:
    """The page with the mannequin as the person."""
    app = open_page("tryon")
    app.segmented_control(key="tryon_source").set_value("A mannequin").run()
    return app


def test_without_a_height_there_is_no_size(app: AppTest) -> None:
    assert not app.exception
    assert not app.metric
    assert any("Enter your height" in info.value for info in app.info)


def test_a_height_gives_measures_with_intervals_and_a_size(app: AppTest) -> None:
    app.number_input(key="tryon_height").set_value(172.0).run()
    assert not app.exception
    assert app.metric[0].label == "Size by the example chart"
    table = app.dataframe[0].value
    assert list(table["Measure"]) == ["Shoulder", "Chest", "Waist", "Hip", "Inseam"]
    assert (table["From"] < table["To"]).all()
    assert "from the side" in captions(app)


def test_a_chart_that_is_none_is_refused_in_words(app: AppTest) -> None:
    app.number_input(key="tryon_height").set_value(172.0).run()
    app.file_uploader(key="tryon_chart").set_value(("mine.csv", b"a,b\n1,2\n", "text/csv")).run()
    assert not app.exception
    assert "no size chart" in messages(app)


def test_a_further_photo_of_nobody_is_refused_in_words(app: AppTest) -> None:
    app.number_input(key="tryon_height").set_value(172.0).run()
    grass = png_bytes(Image.new("RGB", (300, 301), "green"), {})
    app.file_uploader(key="tryon_more").set_value([("grass.png", grass, "image/png")]).run()
    assert not app.exception
    assert "Nobody was found" in messages(app)


def test_a_brushed_mask_bounds_what_is_edited(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(tryon_shelf, "WARDROBE", WARDROBE[:1])
    whole = [{"mode": "erase", "size": 1.0, "points": [[0.5, 0.2], [0.5, 0.9]]}]
    next(button for button in app.button if button.label == "Striped T-shirt").click().run()
    before = captions(app)
    monkeypatch.setattr(tryon_mask, "_brush", lambda person, mask: whole)
    app.run()
    assert not app.exception
    assert " 0 % of the photo was edited" in f" {captions(app)}"
    assert " 0 % of the photo was edited" not in f" {before}"


def test_the_mask_grows_by_a_slider(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tryon_shelf, "WARDROBE", WARDROBE[:1])
    next(button for button in app.button if button.label == "Striped T-shirt").click().run()
    before = captions(app)
    app.slider(key="tryon_mask_grow").set_value(-40).run()
    assert not app.exception
    assert captions(app) != before


def test_a_mask_file_of_another_shape_is_refused_in_words(app: AppTest) -> None:
    next(button for button in app.button if button.label == "Striped T-shirt").click().run()
    square = png_bytes(Image.fromarray(np.full((90, 90), 255, np.uint8)), {})
    app.file_uploader(key="tryon_mask_file").set_value(("mask.png", square, "image/png")).run()
    assert not app.exception
    assert "the photo's shape" in messages(app)
