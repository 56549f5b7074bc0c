from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from t2i_core.images import png_bytes
from t2i_core.models.adgan import AdganConfig, AdganGenerator
from t2i_core.settings import Settings
from t2i_core.tryon import dress
from t2i_core.tryon.dress import Dresser
from t2i_core.ui import tryon_shelf
from t2i_core.weights import write_folder
from tests.pages.conftest import Open, captions, messages
from tests.tryon import made_up
from tests.tryon.made_up import Finder, Known, Reader

TINY = AdganConfig(height=64, width=40, code=8, textures=(8, 8), widths=(16, 16), blocks=1, fused=16)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Known:
    """Networks that know the one person there is; an empty shelf."""
    known = made_up.person()
    made = Dresser(Finder([known]), Reader([known]))  # type: ignore[arg-type]
    monkeypatch.setattr(dress.Dresser, "from_pretrained", classmethod(lambda cls: made))
    monkeypatch.setattr(tryon_shelf, "SHELF", tmp_path)
    monkeypatch.setattr(tryon_shelf, "WARDROBE", ())
    return known


@pytest.fixture
def trained(settings: Settings) -> None:
    """A network for it, untrained."""
    torch.manual_seed(0)
    tensors = {name: tensor.half() for name, tensor in AdganGenerator(TINY).state_dict().items()}
    config = {"model": "adgan", "name": "transfer", "network": asdict(TINY)}
    write_folder(settings.weights_folder / "transfer", config, tensors, {})


def mannequin(open_page: Open) -> AppTest:
    app = open_page("tryon")
    return app.segmented_control(key="tryon_source").set_value("A mannequin").run()


def test_without_a_network_the_page_says_how_to_train_one(open_page: Open, known: Known) -> None:
    app = mannequin(open_page)
    assert not app.exception
    assert any("t2i train people-adgan" in info.value for info in app.info)


def test_the_mannequin_is_drawn_in_another_pose(open_page: Open, known: Known, trained: None) -> None:
    app = mannequin(open_page)
    app.selectbox(key="tryon_pose").set_value("hands on hips").run()
    assert not app.exception
    assert "40 x 64 pixels" in captions(app)
    assert app.get("download_button")


def test_parts_of_a_second_photo_are_mixed_in_by_sliders_and_nothing_is_written(
    open_page: Open, known: Known, trained: None, settings: Settings
) -> None:
    app = mannequin(open_page)
    app.file_uploader(key="tryon_other").set_value(("other.png", png_bytes(known.photo, {}), "image/png")).run()
    app.slider(key="tryon_share_upper").set_value(60).run()
    app.selectbox(key="tryon_pose").set_value("that of the other photo").run()
    assert not app.exception
    assert not [slider for slider in app.slider if slider.key == "tryon_share_dress"]
    assert not [path for path in settings.home.rglob("*") if path.is_file()]


def test_a_second_photo_of_nobody_is_refused_in_words(open_page: Open, known: Known, trained: None) -> None:
    from PIL import Image

    app = mannequin(open_page)
    nobody = png_bytes(Image.new("RGB", (50, 80), "green"), {})
    app.file_uploader(key="tryon_other").set_value(("other.png", nobody, "image/png")).run()
    assert not app.exception
    assert "Nobody was found" in messages(app)
