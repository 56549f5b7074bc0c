import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from t2i_core.data.domains import DOMAINS
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.training.picture_card import _what
from t2i_core.training.pictures import export
from t2i_core.training.recipe import kind_of
from t2i_core.training.refining import RefineRecipe, attach, is_run, read_refine_recipe, train_refiner
from t2i_core.weights import read_config
from tests.tiny import tiny_model
from tests.training.made_up import write_catalogue

SMALL = (
    "loop.steps=12", "loop.batch=8", "loop.warmup=3", "network.image_size=64", "network.widths=[16, 32]",
    "network.cond_dim=16",
)  # fmt: skip


@pytest.fixture(scope="module")
def recipe() -> RefineRecipe:
    shipped = read_refine_recipe("guitars-128", SMALL)
    return replace(shipped, domain=DOMAINS["products"], data=("products.parquet",))


@pytest.fixture(scope="module")
def run(recipe: RefineRecipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refining")
    write_catalogue(folder / "products.parquet", training=40)
    train_refiner(recipe, [folder], folder / "run", cache=folder / "cache")
    return folder / "run"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """An untrained model of 32-pixel products, as the refiner was trained to double."""
    return tiny_model(tmp_path / "tiny")


def test_a_few_steps_leave_a_checkpoint_metrics_and_a_sheet(run: Path) -> None:
    assert is_run(run)
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1]) if (run / "metrics.jsonl").exists() else {}
    assert not last or last["loss"] > 0
    assert list((run / "sheets").glob("*.png"))


def test_an_attached_refiner_doubles_the_pictures(run: Path, model: Path) -> None:
    request = GenerateRequest("red watch", seed=3, num_steps=3)
    (small,) = TextToImage.from_pretrained(model).generate(request)
    (model / "README.md").write_text("# my card\n")
    pipe = TextToImage.from_pretrained(attach(run, model))
    (large,) = pipe.generate(request)
    assert (small.image.size, large.image.size) == ((32, 32), (64, 64))
    assert pipe.image_size == 64
    assert (model / "README.md").read_text() == "# my card\n"
    shrunk, before = np.asarray(large.image.resize((32, 32)), float), np.asarray(small.image, float)
    assert np.corrcoef(shrunk.ravel(), before.ravel())[0, 1] > 0.8  # the same picture
    assert np.corrcoef(shrunk.ravel(), before[:, ::-1].ravel())[0, 1] < 0.5


@pytest.fixture(scope="module")
def second(recipe: RefineRecipe, run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run for the pictures that the first refiner makes."""
    folder = tmp_path_factory.mktemp("second")
    larger = replace(recipe, network=replace(recipe.network, image_size=128), loop=replace(recipe.loop, steps=2))
    train_refiner(larger, [run.parent], folder, cache=run.parent / "cache")
    return folder


def test_refiners_follow_each_other(run: Path, second: Path, model: Path) -> None:
    attach(second, attach(run, model))
    pipe = TextToImage.from_pretrained(attach(run, model))  # trained anew: the one after it stays
    told: list[tuple[int, int]] = []
    (large,) = pipe.generate(GenerateRequest("red watch", num_steps=3), lambda *step: told.append(step))
    assert large.image.size == (128, 128)
    assert told == [(step, 19) for step in range(1, 20)]
    assert pipe.unrefined().image_size == 32


def test_a_card_tells_of_the_refiners(run: Path, second: Path, model: Path) -> None:
    assert "doubled" not in _what(TextToImage.from_pretrained(model))
    words = _what(TextToImage.from_pretrained(attach(second, attach(run, model))))
    assert "32 pixels a side" in words
    assert "M numbers to 64, then by a refiner of" in words


def test_a_refiner_is_not_attached_where_the_size_before_it_is_missing(second: Path, model: Path) -> None:
    with pytest.raises(WeightsError, match="takes pictures of 64 pixels, not 32"):
        attach(second, model)


def test_a_refined_picture_does_not_depend_on_its_batch(run: Path, model: Path) -> None:
    pipe = TextToImage.from_pretrained(attach(run, model))
    alone = pipe.generate(GenerateRequest("red watch", seed=5, num_steps=3))[0]
    among = pipe.generate(GenerateRequest("red watch", seed=3, count=4, num_steps=3))[2]
    assert np.abs(np.asarray(alone.image, int) - np.asarray(among.image, int)).max() <= 3


def test_the_steps_of_both_stages_are_told(run: Path, model: Path) -> None:
    told: list[tuple[int, int]] = []
    pipe = TextToImage.from_pretrained(attach(run, model))
    pipe.generate(GenerateRequest("red watch", num_steps=3), lambda done, total: told.append((done, total)))
    assert told == [(step, 11) for step in range(1, 12)]


def test_a_refiner_is_only_attached_to_pictures_it_was_trained_on(run: Path, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "birds")
    (folder / "config.json").write_text(json.dumps({**read_config(folder), "domain": "birds"}))
    with pytest.raises(WeightsError, match="does not draw"):
        attach(run, folder)


def test_a_refiner_file_that_does_not_fit_is_refused(run: Path, model: Path) -> None:
    attach(run, model)
    config = read_config(model)
    config["refiners"][0]["widths"] = [16, 48]  # type: ignore[index]
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="do not belong together"):
        TextToImage.from_pretrained(model)


def test_a_run_without_a_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="t2i train"):
        attach(tmp_path, tmp_path)


def test_other_runs_and_recipes_are_told_from_refiners(tmp_path: Path) -> None:
    assert not is_run(tmp_path)
    assert kind_of("birds-128") == "refiner"
    assert kind_of("birds") == "patchflow"
    with pytest.raises(InputError, match="does not know"):
        read_refine_recipe("birds-128", ["network.heads=4"])


def test_exporting_new_weights_keeps_the_second_stage(run: Path, model: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"  # what a training of the first stage leaves
    (again / "checkpoint").mkdir(parents=True)
    (again / "checkpoint" / "ema.safetensors").write_bytes((model / "model.safetensors").read_bytes())
    (again / "checkpoint" / "progress.json").write_text('{"step": 9, "spent": 1.0}')
    (again / "run.json").write_text((model / "config.json").read_text())
    (again / "tokenizer.model").write_bytes((model / "tokenizer.model").read_bytes())
    attach(run, model)
    assert TextToImage.from_pretrained(export(again, model)).image_size == 64
    assert read_config(model)["trained"] == {"step": 9, "spent": 1.0}
