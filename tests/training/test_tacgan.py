import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from t2i_core.cli import main
from t2i_core.errors import InputError
from t2i_core.settings import Settings
from t2i_core.training.checkpoint import NAME
from t2i_core.training.tacgan import WORDINGS, gather, read_tacgan_recipe, train_tacgan
from tests.tiny import tiny_titles
from tests.training.made_up import write_catalogue

TINY = [
    'data=["made_up.parquet"]',
    "network.image_size=32",
    "network.widths=[32, 16, 16]",
    "network.critic=[16, 16, 32]",
    'network.eye="own"',
    "network.hidden=8",
    "network.cond_dim=16",
    "network.latent=8",
    "loop.batch=8",
    "loop.log_every=1",
    "loop.bf16=false",
]


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    assert settings.weights is not None
    tiny_titles(settings.weights / "titles")
    folder = tmp_path / "data"
    folder.mkdir()
    write_catalogue(folder / "made_up.parquet")
    return folder


def test_pictures_come_with_vectors_of_their_texts_and_numbers_of_their_labels(data: Path, tmp_path: Path) -> None:
    material = gather(read_tacgan_recipe("tacgan-products-bce", TINY), [data], tmp_path / "cache")
    assert set(material.classes) == {"Tshirts", "Watches"}
    assert material.shown.images.shape == (120, 3, 32, 32)
    assert material.shown.texts.shape == (120, WORDINGS, 8)
    assert np.abs(material.shown.texts).sum() > 0
    assert set(material.shown.labels[:, 0].tolist()) == {1, 2}
    assert material.prompts.shape[1] == 8


def test_the_command_trains_and_leaves_what_the_realism_judge_starts_from(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    changes = [word for change in [*TINY, "loop.steps=2"] for word in ("--set", change)]
    command = ["train", "tacgan-products-lsgan", "--data", str(data), "--out", str(run), *changes]
    assert main(command) == 0
    assert json.loads((run / "run.json").read_text())["model"] == "tacgan"
    assert {"opponent.safetensors", "ema.safetensors"} <= {path.name for path in (run / NAME).iterdir()}
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 2
    assert main(command) == 2  # a run lies there already


PLAYED = """
import sys
from pathlib import Path
from t2i_core.training.tacgan import read_tacgan_recipe, train_tacgan
changes = [*sys.argv[4:], "loop.steps=100000", "loop.checkpoint_minutes=0.001"]
recipe = read_tacgan_recipe("tacgan-products-bce", changes)
train_tacgan(recipe, [Path(sys.argv[1])], Path(sys.argv[2]), cache=Path(sys.argv[3]), resume=True)
"""


def test_a_killed_game_goes_on_from_its_checkpoint(data: Path, tmp_path: Path, repository: Path) -> None:
    run, cache = tmp_path / "run", tmp_path / "cache"
    command = [sys.executable, "-c", PLAYED, str(data), str(run), str(cache), *TINY]
    process = subprocess.Popen(command, cwd=repository, env={**os.environ})
    kept = _wait(run)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = json.loads((run / NAME / "progress.json").read_text())["step"]
    recipe = read_tacgan_recipe("tacgan-products-bce", [*TINY, f"loop.steps={kept + 2}"])
    train_tacgan(recipe, [data], run, cache=cache, resume=True)
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(1, kept + 3))


def _wait(run: Path, seconds: float = 200) -> int:
    """Waits for a checkpoint. Returns its step."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.1)
        try:
            return int(json.loads((run / NAME / "progress.json").read_text())["step"])
        except (OSError, ValueError):  # not there yet, or being replaced
            continue
    raise AssertionError(f"no checkpoint within {seconds} s")


@pytest.mark.parametrize("loss", ["bce", "lsgan"])
@pytest.mark.parametrize("domain", ["guitars", "products"])
def test_the_two_losses_differ_in_the_loss_alone(domain: str, loss: str) -> None:
    recipe = read_tacgan_recipe(f"tacgan-{domain}-{loss}")
    assert (recipe.domain.name, recipe.game.loss) == (domain, loss)
    other = read_tacgan_recipe(f"tacgan-{domain}-bce", ["game.loss=lsgan"])
    if loss == "lsgan":
        assert (recipe.network, recipe.game, recipe.loop) == (other.network, other.game, other.loop)


def test_a_recipe_that_does_not_fit_says_why(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="TAC-GAN"):
        read_tacgan_recipe("guitars")
    with pytest.raises(InputError, match="wasserstein"):
        read_tacgan_recipe("tacgan-guitars-bce", ["game.loss=wasserstein"])
    recipe = read_tacgan_recipe("tacgan-products-bce", [*TINY, "network.patch=4"])
    with pytest.raises(InputError, match="make 64 pixels"):
        train_tacgan(recipe, [data], tmp_path / "run", cache=tmp_path / "cache")
