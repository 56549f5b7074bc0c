import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from t2i_core.errors import InputError
from t2i_core.models.dcgan import DcganConfig
from t2i_core.training import dcgan
from t2i_core.training.dcgan import (
    DcganGame,
    DcganGameConfig,
    DcganRecipe,
    ahead,
    new_game,
    read_dcgan_recipe,
    sheet_latents,
)
from t2i_core.training.loop import LoopConfig, train

NETWORK = DcganConfig(image_size=32, latent=8, widths=(32, 16, 16))
LOOP = LoopConfig(
    steps=6,
    batch=16,
    lr=1e-3,
    betas=(0.5, 0.99),
    muon=0.0,
    weight_decay=0.0,
    warmup=0,
    decay=0.0,
    bf16=False,
    log_every=2,
)


def squares(count: int = 64) -> np.ndarray:
    random = np.random.default_rng(0)
    images = np.full((count, 3, 32, 32), 255, np.uint8)
    for image in images:
        image[:, 8:24, 8:24] = random.integers(0, 100, (3, 1, 1))
    return images


def game(network: DcganConfig = NETWORK, **switches: object) -> DcganGame:
    play = DcganGameConfig(**switches)  # type: ignore[arg-type]
    recipe = DcganRecipe("shoes", read_dcgan_recipe("shoes-dcgan").domain, network, play, LOOP)
    return new_game(recipe, squares())


def numbers(played: DcganGame) -> torch.Tensor:
    both = [*played.model.parameters(), *played.opponent.model.parameters()]
    return torch.cat([parameter.detach().flatten() for parameter in both])


def lines(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("loss", ["minimax", "bce", "lsgan"])
def test_every_loss_plays_and_tells_what_health_reads(tmp_path: Path, loss: str) -> None:
    played = game(loss=loss, smooth=True, decay=1e-3, augment=("move",))
    train(played, LOOP, tmp_path, opponent=played.opponent)
    assert {"generator", "discriminator", "diversity", "waits"} <= set(lines(tmp_path)[-1])


def test_a_discriminator_is_ahead_that_loses_less_than_seven_tenths() -> None:
    assert ahead(0.69, 1.0)
    assert not ahead(0.71, 1.0)


@pytest.mark.parametrize("waits", [True, False])
def test_a_discriminator_that_is_ahead_waits_where_it_is_told_to(waits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dcgan, "ahead", lambda *_: True)
    played = game(waits=waits)
    played.opponent.set_lr(0.1)
    before = [parameter.clone() for parameter in played.opponent.model.parameters()]
    assert float(played.loss(played.model, 0, 0, 1)["waits"]) == float(waits)
    after = played.opponent.model.parameters()
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True)) == waits


def test_codes_are_read_back_off_the_pictures(tmp_path: Path) -> None:
    network = replace(NETWORK, categories=2, continuous=1)
    played = game(network, loss="lsgan", info=2.0)
    loop = LoopConfig(**{**vars(LOOP), "steps": 60, "lr": 3e-3, "log_every": 10})
    train(played, loop, tmp_path, opponent=played.opponent)
    told = [line["codes"] for line in lines(tmp_path)]
    assert told[-1] < 0.5 * told[0]


def test_a_resumed_game_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    def play(run: Path, steps: int, resume: bool = False) -> DcganGame:
        played = game()
        train(played, LoopConfig(**{**vars(LOOP), "steps": steps}), run, resume=resume, opponent=played.opponent)
        return played

    play(tmp_path / "parts", 2)
    resumed, straight = play(tmp_path / "parts", 5, resume=True), play(tmp_path / "straight", 5)
    assert torch.allclose(numbers(resumed), numbers(straight), atol=1e-6)


def test_a_sheet_walks_along_the_codes_with_everything_else_kept() -> None:
    noise, codes = sheet_latents(replace(NETWORK, categories=3, continuous=1))
    assert torch.equal(noise[0], noise[15])
    assert codes[0, :3].tolist() == [1, 0, 0]
    assert codes[16, :3].tolist() == [0, 1, 0]
    assert codes[:16, 3].tolist() == pytest.approx(torch.linspace(-1, 1, 16).tolist(), abs=1e-5)


def test_a_recipe_of_another_model_is_refused() -> None:
    with pytest.raises(InputError, match="DCGAN"):
        read_dcgan_recipe("guitars")
    assert read_dcgan_recipe("shoes-infogan").network.codes == 6
