from pathlib import Path

import pytest
from PIL import Image

from t2i_core.training.evaluate import evaluate_pictures
from t2i_core.training.notes import NOTES
from t2i_core.training.picture_card import write_card
from tests.tiny import tiny_model
from tests.training.made_up import PixelEncoder, write_catalogue

pytest.importorskip("prdc", reason="prdc comes with the `train` extra")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's folder beside the data and the cache of one evaluation, with its card written."""
    folder = tmp_path_factory.mktemp("card")
    tiny_model(folder / "tiny")
    data, cache = [write_catalogue(folder / "products.parquet")], folder / "cache"
    found = evaluate_pictures(folder / "tiny", data, cache=cache, out=folder / "out", encoder=PixelEncoder())
    (folder / "tiny" / "README.md").write_text(f"# Old\nold numbers\n\n{NOTES}\nA note written by hand.\n")
    write_card(folder / "tiny", found, data, cache)
    return folder / "tiny"


def test_a_card_says_what_was_measured_and_shows_a_sheet(model: Path) -> None:
    text = (model / "README.md").read_text()
    assert "12 held-out pictures" in text  # all that the made-up data hold out
    assert "Fréchet distance" in text
    assert "Fashion Product Images" in text
    with Image.open(model / "sheet.jpg") as sheet:
        assert sheet.width > 6 * 64


def test_a_card_keeps_its_notes_and_drops_the_old_numbers(model: Path) -> None:
    text = (model / "README.md").read_text()
    assert "old numbers" not in text
    assert text.endswith(f"{NOTES}\nA note written by hand.\n")


def test_a_card_names_no_folder_of_this_machine(model: Path) -> None:
    assert str(model.parent) not in (model / "README.md").read_text()
