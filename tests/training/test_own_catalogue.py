import json
from pathlib import Path

import pytest

from t2i_core.cli import main
from t2i_core.images import open_image
from t2i_core.settings import Settings
from t2i_core.training.recipe import read_recipe
from tests.data.made_up_shards import write_images

SMALL = ["loop.steps=4", "loop.batch=8", "vocab_size=60"]
SMALL += ["network.image_size=32", "network.widths=[32]", "network.cond_dim=32", "network.text_dim=48"]


def trained(data: Path, run: Path) -> Path:
    overrides = [word for setting in SMALL for word in ("--set", setting)]
    assert main(["train", "catalogue", "--data", str(data), "--out", str(run), *overrides]) == 0
    return run


def test_shards_of_a_catalogue_become_a_model_that_draws(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained(write_images(tmp_path), tmp_path / "run")
    assert list((run / "sheets").glob("*.png"))
    model = settings.weights_folder / "my-shop"
    assert main(["export", str(run), "--out", str(model)]) == 0
    capsys.readouterr()
    asked = ["--prompt", "Acme red drum sticks", "--attribute", "brand=Acme", "--steps", "2"]
    assert main(["generate", str(model), *asked, "--out", str(tmp_path / "drawn")]) == 0
    (line,) = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert open_image(Path(line["path"])).size == (32, 32)
    config = json.loads((model / "config.json").read_text())
    assert config["domain"] == "catalogue"
    assert [part["name"] for part in config["attributes"]][:3] == ["category", "brand", "colour"]


def test_the_recipe_reads_the_shards_that_are_there_when_it_starts() -> None:
    recipe = read_recipe("catalogue")
    assert recipe.data == ("images-*.parquet",)
    assert recipe.domain.name == "catalogue"


def test_a_folder_without_pictures_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "catalogue", "--data", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert "images-*.parquet" in capsys.readouterr().err
