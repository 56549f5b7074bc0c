from pathlib import Path

import pytest
from PIL import Image
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

from t2i_core.images import png_bytes
from t2i_core.settings import Settings
from t2i_core.tryon import dress
from t2i_core.tryon.dress import Dresser
from t2i_core.ui import tryon_shelf
from tests.pages.conftest import Open, captions, messages
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Known, Reader


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Known:
    known = made_up.person()
    made = Dresser(Finder([known]), Reader([known]))  # type: ignore[arg-type]
    monkeypatch.setattr(dress.Dresser, "from_pretrained", classmethod(lambda cls: made))
    (tmp_path / "shelf").mkdir()
    made_up.shirt().save(tmp_path / "shelf" / "upper-red-shirt.png")
    made_up.trousers().save(tmp_path / "shelf" / "lower-green-trousers.png")
    monkeypatch.setattr(tryon_shelf, "SHELF", tmp_path / "shelf")
    monkeypatch.setattr(tryon_shelf, "WARDROBE", ())
    return known


def agreed(open_page: Open, photo: Image.Image) -> AppTest:
    app = open_page("tryon")
    app.checkbox(key="tryon_consent").check().run()
    app.file_uploader(key="tryon_upload").set_value(("me.png", png_bytes(photo, {}), "image/png")).run()
    return app


def take(app: AppTest, name: str) -> AppTest:
    return next(button for button in app.button if button.label == name).click().run()


def test_nothing_can_be_uploaded_before_consent(open_page: Open, known: Known) -> None:
    app = open_page("tryon")
    assert not app.exception
    assert not app.get("file_uploader")
    assert "never on disk" in app.checkbox(key="tryon_consent").label


def test_a_garment_of_the_shelf_is_put_on_and_the_photo_never_reaches_the_disk(
    open_page: Open, known: Known, settings: Settings
) -> None:
    app = take(agreed(open_page, known.photo), "Red shirt")
    assert not app.exception
    assert "every other pixel is exactly as it was" in captions(app)
    assert app.get("download_button")
    assert not [path for path in settings.home.rglob("*") if path.is_file()]


def test_uploads_are_not_spooled_to_a_file(open_page: Open, known: Known) -> None:
    open_page("tryon")
    assert MultiPartParser.spool_max_size > 20 * 1024 * 1024


def test_a_top_and_trousers_are_worn_together_and_taken_off(open_page: Open, known: Known) -> None:
    app = take(agreed(open_page, known.photo), "Red shirt")
    app.segmented_control(key="tryon_slot").set_value("lower").run()
    take(app, "Green trousers")
    assert set(app.session_state["tryon_garments"]) == {"upper", "lower"}
    take(app, "Take off")
    assert set(app.session_state["tryon_garments"]) == {"upper"}


def test_a_photo_of_nobody_is_refused_in_words(open_page: Open, known: Known) -> None:
    app = agreed(open_page, Image.new("RGB", (300, 300), "green"))
    assert not app.exception
    assert "Nobody was found" in messages(app)


def test_of_two_people_one_is_chosen(open_page: Open, known: Known) -> None:
    other = known.poses[0].joints.copy()
    other[:, 0] += 70
    known.poses.append(type(known.poses[0])(other, known.poses[0].size))
    app = agreed(open_page, known.photo)
    assert "2 people" in app.warning[0].value
    take(app, "Person 1")
    assert not app.exception
    assert not app.warning


def test_a_mannequin_can_be_dressed_without_a_photo(open_page: Open, known: Known) -> None:
    app = open_page("tryon")
    app.segmented_control(key="tryon_source").set_value("A mannequin").run()
    take(app, "Red shirt")
    assert not app.exception
    assert app.get("download_button")


def test_the_whole_shelf_goes_on(open_page: Open, known: Known) -> None:
    app = take(agreed(open_page, known.photo), "Put all 1 on")
    assert not app.exception
    assert "Red shirt" in captions(app)


def test_without_the_networks_the_page_says_so(open_page: Open) -> None:
    app = agreed(open_page, made_up.person().photo)
    assert not app.exception
    assert "pose" in messages(app)
