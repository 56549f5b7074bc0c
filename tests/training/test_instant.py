import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from t2i_core.cli import main
from t2i_core.errors import InputError, WeightsError
from t2i_core.generate.instant import FILE
from t2i_core.generate.pipeline import TextToImage
from t2i_core.generate.request import GenerateRequest
from t2i_core.settings import Settings, get_settings
from t2i_core.training.instant import export_instant, read_instant_recipe
from tests.tiny import tiny_model
from tests.training.made_up import write_catalogue

TINY = [
    'flow="tiny"',
    'data=["made_up.parquet"]',
    "distil.rank=2",
    "distil.pairs=6",
    "distil.steps=2",
    "distil.shown=2",
    "distil.alone=2",
    "distil.woken=1",
    'critic.eye="own"',
    "critic.widths=[32, 16, 16]",
    "critic.critic=[16, 16, 32]",
    "critic.hidden=8",
    "loop.batch=4",
    "loop.log_every=1",
    "loop.steps=3",
]
ASKED = GenerateRequest("red tshirt", num_steps=1, count=2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has distilled the model `tiny`."""
    folder = tmp_path_factory.mktemp("instant")
    tiny_model(folder / "weights" / "tiny")
    (folder / "data").mkdir()
    write_catalogue(folder / "data" / "made_up.parquet")
    changes = [word for change in TINY for word in ("--set", change)]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("home", "weights"):
            patch.setenv(f"T2I_{name.upper()}", str(folder / name))
        get_settings.cache_clear()
        places = ["--data", str(folder / "data"), "--out", str(folder / "run")]
        assert main(["train", "instant-products", *places, *changes]) == 0
    get_settings.cache_clear()
    return folder / "run"


@pytest.fixture
def models(run: Path, settings: Settings) -> Path:
    """Where the models of a test lie, `tiny` among them."""
    assert settings.weights is not None
    shutil.copytree(run.parent / "weights" / "tiny", settings.weights / "tiny")
    return settings.weights


def test_a_flow_is_distilled_and_then_draws_in_one_step(run: Path, models: Path) -> None:
    folder = models / "tiny"
    before = TextToImage.from_pretrained("tiny")
    assert main(["export", str(run), "--out", str(folder)]) == 0
    after = TextToImage.from_pretrained("tiny")
    assert (before.is_instant, after.is_instant) == (False, True)
    first, second = (np.asarray(pipe.generate(ASKED)[0].image, int) for pipe in (before, after))
    assert np.abs(first - second).max() > 3
    slow = GenerateRequest("red tshirt", num_steps=4)
    assert before.generate(slow)[0].png() == after.generate(slow)[0].png()
    terms = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert "discriminator" not in terms[0]
    assert {"discriminator", "generator", "pairs"} <= set(terms[-1])


def test_a_seeds_instant_picture_is_the_same_in_any_batch(run: Path, models: Path) -> None:
    export_instant(run, models / "tiny")
    pipe = TextToImage.from_pretrained("tiny")
    both, alone = pipe.generate(ASKED), pipe.generate(GenerateRequest("red tshirt", num_steps=1, seed=1))
    assert np.abs(np.asarray(both[1].image, int) - np.asarray(alone[0].image, int)).max() <= 3


def test_it_belongs_to_the_model_it_was_made_of(run: Path, models: Path) -> None:
    other = tiny_model(models / "other", seed=1)
    with pytest.raises(WeightsError, match="does not hold"):
        export_instant(run, other)


def test_a_damaged_file_is_a_sentence(run: Path, models: Path) -> None:
    folder = export_instant(run, models / "tiny")
    shutil.copy(folder / "tokenizer.model", folder / FILE)
    with pytest.raises(WeightsError, match=FILE):
        TextToImage.from_pretrained("tiny")


@pytest.mark.parametrize("change", ['game.loss="guess"', "distil.colour=1", "critic.colour=1", "colour=1"])
def test_a_recipe_that_makes_no_sense_is_refused(change: str) -> None:
    with pytest.raises(InputError):
        read_instant_recipe("instant-products", [change])
