import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from t2i_core.data.domains import DOMAINS
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import Settings
from t2i_core.training import refine_report
from t2i_core.training.checkpoint import kind_of_run
from t2i_core.training.picture_card import _what
from t2i_core.training.pictures import export
from t2i_core.training.recipe import kind_of
from t2i_core.training.refine_report import evaluate_refiner
from t2i_core.training.refining import (
    RefineRecipe,
    blurred,
    export_refiner,
    read_refine_recipe,
    share,
    train_refiner,
)
from t2i_core.weights import locate, read_config, read_folder, write_folder
from tests.tiny import tiny_model
from tests.training.made_up import write_catalogue

SMALL = (
    "loop.steps=12", "loop.batch=8", "loop.warmup=3", "network.image_size=64", "network.widths=[16, 32]",
    "network.cond_dim=16",
)  # fmt: skip


@pytest.fixture(scope="module")
def recipe() -> RefineRecipe:
    shipped = read_refine_recipe("double-128", SMALL)
    return replace(shipped, domains={"products": ("products.parquet",)})


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
    assert kind_of_run(run) == "refiner"
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1]) if (run / "metrics.jsonl").exists() else {}
    assert not last or last["loss"] > 0
    assert list((run / "sheets").glob("*.png"))


def test_an_attached_refiner_doubles_the_pictures(run: Path, model: Path) -> None:
    request = GenerateRequest("red watch", seed=3, num_steps=3)
    (small,) = TextToImage.from_pretrained(model).generate(request)
    (model / "README.md").write_text("# my card\n")
    pipe = TextToImage.from_pretrained(export_refiner(run, model))
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
    export_refiner(second, export_refiner(run, model))
    pipe = TextToImage.from_pretrained(export_refiner(run, model))  # trained anew: the one after it stays
    told: list[tuple[int, int]] = []
    (large,) = pipe.generate(GenerateRequest("red watch", num_steps=3), lambda *step: told.append(step))
    assert large.image.size == (128, 128)
    assert told == [(step, 19) for step in range(1, 20)]
    assert pipe.unrefined().image_size == 32


def test_a_card_tells_of_the_refiners(run: Path, second: Path, model: Path) -> None:
    assert "doubled" not in _what(TextToImage.from_pretrained(model))
    words = _what(TextToImage.from_pretrained(export_refiner(second, export_refiner(run, model))))
    assert "32 pixels a side" in words
    assert "M numbers to 64, then by a refiner of" in words


def test_a_refiner_is_not_attached_where_the_size_before_it_is_missing(second: Path, model: Path) -> None:
    with pytest.raises(WeightsError, match="takes pictures of 64 pixels, not 32"):
        export_refiner(second, model)


def test_a_refined_picture_does_not_depend_on_its_batch(run: Path, model: Path) -> None:
    pipe = TextToImage.from_pretrained(export_refiner(run, model))
    alone = pipe.generate(GenerateRequest("red watch", seed=5, num_steps=3))[0]
    among = pipe.generate(GenerateRequest("red watch", seed=3, count=4, num_steps=3))[2]
    assert np.abs(np.asarray(alone.image, int) - np.asarray(among.image, int)).max() <= 3


def test_the_steps_of_both_stages_are_told(run: Path, model: Path) -> None:
    told: list[tuple[int, int]] = []
    pipe = TextToImage.from_pretrained(export_refiner(run, model))
    pipe.generate(GenerateRequest("red watch", num_steps=3), lambda done, total: told.append((done, total)))
    assert told == [(step, 11) for step in range(1, 12)]


def test_a_refiner_is_only_attached_to_pictures_it_was_trained_on(run: Path, tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "birds")
    (folder / "config.json").write_text(json.dumps({**read_config(folder), "domain": "birds"}))
    with pytest.raises(WeightsError, match="does not draw"):
        export_refiner(run, folder)


def test_a_refiner_file_that_does_not_fit_is_refused(run: Path, model: Path) -> None:
    export_refiner(run, model)
    config = read_config(model)
    config["refiners"][0]["widths"] = [16, 48]  # type: ignore[index]
    (model / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="do not belong together"):
        TextToImage.from_pretrained(model)


def test_a_run_without_a_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="t2i train"):
        export_refiner(tmp_path, tmp_path)


def test_other_runs_and_recipes_are_told_from_refiners(tmp_path: Path) -> None:
    assert kind_of_run(tmp_path) != "refiner"
    assert kind_of("double-128") == "refiner"
    assert kind_of("birds") == "patchflow"
    with pytest.raises(InputError, match="does not know"):
        read_refine_recipe("double-128", ["network.heads=4"])


def finished_run(folder: Path, model: Path) -> Path:
    """What a training of the first stage of `model` leaves."""
    (folder / "checkpoint").mkdir(parents=True)
    (folder / "checkpoint" / "ema.safetensors").write_bytes((model / "model.safetensors").read_bytes())
    (folder / "checkpoint" / "progress.json").write_text('{"step": 9, "spent": 1.0}')
    (folder / "run.json").write_text((model / "config.json").read_text())
    (folder / "tokenizer.model").write_bytes((model / "tokenizer.model").read_bytes())
    return folder


def test_exporting_new_weights_keeps_the_second_stage(run: Path, model: Path, tmp_path: Path) -> None:
    again = finished_run(tmp_path / "again", model)
    export_refiner(run, model)
    assert TextToImage.from_pretrained(export(again, model)).image_size == 64
    assert read_config(model)["trained"] == {"step": 9, "spent": 1.0}


@pytest.fixture
def lender(run: Path, settings: Settings) -> str:
    """The refiner in a folder of its own, for models to share."""
    export_refiner(run, settings.weights_folder / "white")
    return "white"


def test_models_share_a_refiner_that_is_kept_once(lender: str, run: Path, model: Path, settings: Settings) -> None:
    request = GenerateRequest("red watch", seed=3, num_steps=3)
    own = tiny_model(settings.weights_folder / "own")
    (expected,) = TextToImage.from_pretrained(export_refiner(run, own)).generate(request)
    (shared,) = TextToImage.from_pretrained(share(lender, model)).generate(request)
    assert shared.image.tobytes() == expected.image.tobytes()
    assert not list(model.glob("refiner-*"))
    (found,) = TextToImage.from_pretrained(share(lender, own)).generate(request)  # in place of its own
    assert found.image.tobytes() == expected.image.tobytes()
    assert not list(own.glob("refiner-*"))


def test_a_refiner_trained_anew_is_shared_again(lender: str, run: Path, model: Path, settings: Settings) -> None:
    share(lender, model)
    folder = settings.weights_folder / lender
    tensors = {name: tensor + 0.01 for name, tensor in read_folder(folder).tensors.items()}
    write_folder(folder, read_config(folder), tensors, {})
    with pytest.raises(WeightsError, match="white"):
        TextToImage.from_pretrained(model)
    assert TextToImage.from_pretrained(share(lender, model)).image_size == 64


def test_new_weights_keep_sharing_the_refiner(lender: str, model: Path, tmp_path: Path) -> None:
    share(lender, model)
    assert TextToImage.from_pretrained(export(finished_run(tmp_path / "again", model), model)).image_size == 64


def test_only_a_refiner_can_be_shared(model: Path, settings: Settings) -> None:
    tiny_model(settings.weights_folder / "pictures")
    with pytest.raises(WeightsError, match="is no refiner"):
        share("pictures", model)


def test_a_run_starts_from_the_refiner_of_a_model(recipe: RefineRecipe, lender: str, run: Path, model: Path) -> None:
    start = share(lender, model)
    still = replace(recipe, loop=replace(recipe.loop, steps=1, lr=0.0))
    out = run.parent / "still"
    train_refiner(still, [run.parent], out, cache=run.parent / "cache", init=str(start))
    kept = read_folder(export_refiner(out, run.parent / "kept")).tensors
    assert all(tensor.equal(kept[name]) for name, tensor in read_folder(locate(lender)).tensors.items())


def test_pictures_without_a_refiner_give_none_to_start_from(recipe: RefineRecipe, run: Path, model: Path) -> None:
    with pytest.raises(WeightsError, match="has no refiner to 64 pixels"):
        train_refiner(recipe, [run.parent], run.parent / "new", cache=run.parent / "cache", init=str(model))


def test_a_blur_takes_detail_and_leaves_the_mean() -> None:
    noise = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    soft = blurred(noise, 1.0)
    assert float(soft.std()) < 0.4 * float(noise.std())
    assert torch.allclose(soft[..., 8:24, 8:24].mean(), noise[..., 8:24, 8:24].mean(), atol=0.05)
    assert blurred(noise, 0.0) is noise
    assert torch.allclose(blurred(torch.ones(1, 3, 8, 8), 0.8), torch.ones(1, 3, 8, 8))


def test_what_a_refiner_gains_is_measured_on_photos_and_on_drawn_pictures(
    lender: str, run: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    share(lender, tiny_model(settings.weights_folder / "drawing"))
    recipe = replace(read_refine_recipe("double-128", SMALL), domains={"products": ("products.parquet",)})
    monkeypatch.setattr(refine_report, "read_refine_recipe", lambda name: recipe)
    report = evaluate_refiner(lender, [run.parent], cache=run.parent / "cache", out=tmp_path, encoder=Means())
    assert [gain.pictures for gain in report.gains] == ["products, held-out photos", "products, drawn by drawing"]
    photos, made = report.gains
    assert photos.enlarged < made.enlarged  # halved photos are nearer to photos than what random weights draw
    assert [Path(sheet).name for sheet in report.sheets] == [f"photos-{lender}.jpg", f"drawn-{lender}.jpg"]
    assert all(Path(sheet).is_file() for sheet in report.sheets)
    assert "drawn by drawing" in str(report)


class Means:
    """Features that need no network: what a picture looks like in a few pixels."""

    key = "means"

    def __call__(self, images: np.ndarray) -> np.ndarray:
        blocks = images.reshape(len(images), 3, 4, images.shape[2] // 4, -1)
        return np.asarray(blocks.mean((3, 4)).reshape(len(images), -1) / 255)


def test_a_models_own_refiner_is_judged_by_what_the_model_draws(
    lender: str, run: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain, own = (tiny_model(settings.weights_folder / name) for name in ("plain", "own"))
    export_refiner(run, own)
    products = replace(DOMAINS["products"], files=("products.parquet",))
    monkeypatch.setattr(refine_report, "find_domain", lambda name: products)
    report = evaluate_refiner("own", [run.parent], cache=run.parent / "cache", out=tmp_path, encoder=Means())
    assert [gain.pictures for gain in report.gains] == ["products, held-out photos", "products, drawn by own"]
    with pytest.raises(WeightsError, match="plain has no refiner"):
        evaluate_refiner(plain.name, [run.parent], cache=run.parent / "cache", out=tmp_path, encoder=Means())
