import json
from pathlib import Path

import pytest
from PIL import Image

from t2i_core.errors import WeightsError
from t2i_core.ui.model_card import pictures_of, read_card
from tests.tiny import tiny_model


def test_a_card_tells_size_numbers_and_origin_without_loading_the_model(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "shoes")
    card = read_card(folder)
    assert card.kind == "patchflow, draws pictures"
    assert card.size == f"{sum(file.stat().st_size for file in folder.iterdir()) / 1e6:.1f} MB"
    assert card.parameters == "0.2 million"
    assert card.origin == f"folder {folder}"
    assert card.facts["sampling"] == {"num_steps": 4, "guidance": 2.0}


def test_a_card_keeps_links_to_the_web_and_drops_pictures_beside_it(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "shoes")
    Image.new("RGB", (4, 4)).save(folder / "sheet.png")
    (folder / "README.md").write_text("---\na: b\n---\n![s](sheet.png)\nSee [data](https://e.com). --- end\n---\n")
    card = read_card(folder)
    assert card.text == "See [data](https://e.com). --- end\n---"
    assert card.pictures == [folder / "sheet.png"]


def test_a_card_from_a_stranger_shows_no_picture_from_elsewhere(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "shoes")
    written = "Wow! ![a](https://e.com/tracker.png) ![b][ref] ![ref] see\n\n[ref]: https://e.com/x.png"
    (folder / "README.md").write_text(written)
    card = read_card(folder, "acme/shoes")
    assert card.name == "acme/shoes"
    assert card.text == "Wow!    see\n\n[ref]: https://e.com/x.png"


def test_a_folder_without_a_card_or_weights_still_has_a_card(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"format": 1, "model": "patchflow"}))
    card = read_card(tmp_path)
    assert card.text == ""
    assert "missing or damaged" in card.parameters


def test_a_damaged_config_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[")
    with pytest.raises(WeightsError, match=r"config\.json is damaged"):
        read_card(tmp_path)


def test_the_sheet_a_model_is_judged_by_comes_first(tmp_path: Path) -> None:
    for name in ("sheet.jpg", "instant.jpg", "walk.png", "README.md"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_of(tmp_path)] == ["sheet.jpg", "instant.jpg", "walk.png"]
