from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from t2i_core.abuse.realism import RealismJudge, as_shown
from t2i_core.cli import main
from t2i_core.errors import InputError, WeightsError
from t2i_core.models.layers import count_parameters
from t2i_core.models.projected import Projected
from t2i_core.training import realism
from t2i_core.training.loop import LoopConfig
from t2i_core.training.realism import (
    RealismRecipe,
    baked_copy,
    calibrate,
    load_run,
    look,
    read_realism_recipe,
    train_realism,
)
from t2i_core.training.realism_data import as_found, noises, screens
from t2i_core.training.realism_report import report
from tests.training.test_game import game, run

LOOP = LoopConfig(steps=40, batch=16, lr=2e-3, muon=0.0, warmup=0, bf16=False, ema=0.5)
RECIPE = RealismRecipe("realism", LOOP)
REPORT = report(
    {"shoes.parquet": np.linspace(0, 0.95, 20)}, {"noise": np.linspace(0.8, 1, 10), "screenshots": np.full(4, 0.96)}
)


def a_run(folder: Path, eye: str = "lite0") -> Path:
    """A run of a TAC-GAN, two steps long, with what its trainer tells of it."""
    import json
    from dataclasses import asdict

    played = run(game(eye=eye), folder, steps=2)
    told = {"model": "tacgan", "name": "tacgan-tiny", "network": asdict(played.critic.config)}
    (folder / "run.json").write_text(json.dumps(told))
    return folder


def photos(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (40, 40), (250, 20 + number, 20)) for number in range(count)]


def others(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (40, 40), (20, 20 + number, 250)) for number in range(count)]


@pytest.fixture(autouse=True)
def bare_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.training.matched import a_lite

    monkeypatch.setattr(realism, "encoder_of_wheel", a_lite)


@pytest.mark.parametrize("eye", ["own", "lite0"])
def test_a_run_s_discriminator_is_finished_calibrated_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eye: str
) -> None:
    monkeypatch.setattr(realism, "gather", lambda *_: (photos(40), others(40)))
    monkeypatch.setattr(realism, "evaluate_realism", lambda *_, **__: REPORT)
    folder = tmp_path / "realism"
    folder.mkdir()
    (folder / "README.md").write_text("# Old\n\n## Notes\n![By hand](game.jpg)\n")
    (folder / "game.jpg").write_bytes(b"a game")
    train_realism(RECIPE, [], folder, run=a_run(tmp_path / "run", eye), cache=tmp_path)
    judge = RealismJudge.from_pretrained(str(folder))
    assert max(judge.unreal(photos(5))) < 0.2
    assert min(judge.unreal(others(5))) > 0.8
    card = (folder / "README.md").read_text()
    assert "tacgan-tiny" in card
    assert "# Old" not in card
    assert card.endswith("## Notes\n![By hand](game.jpg)\n")
    assert (folder / "game.jpg").read_bytes() == b"a game"
    assert not [name for name in judge.network.state_dict() if "parametrizations" in name]


def test_the_eye_of_a_discriminator_does_not_go_on_learning(tmp_path: Path) -> None:
    critic, _, _ = load_run(a_run(tmp_path / "run", "own"))
    learned = {
        name for name, parameter in critic.named_parameters() if any(parameter is p for p in realism._unseeing(critic))
    }
    assert {name.partition(".")[0] for name in learned} == {"head", "name"}


def test_calibrated_probabilities_say_which_side_a_picture_is_on(tmp_path: Path) -> None:
    critic, _, _ = load_run(a_run(tmp_path / "run"))
    calibrate(critic, look(critic, (photos(30), others(30))))
    judge = RealismJudge(baked_copy(critic))
    assert np.mean(judge.unreal(photos(8))) < 0.3 < 0.7 < np.mean(judge.unreal(others(8)))


def test_a_baked_copy_says_the_same(tmp_path: Path) -> None:
    critic, _, _ = load_run(a_run(tmp_path / "run"))
    x = as_shown(photos(3), 32)
    with torch.no_grad():
        assert torch.allclose(critic(x).scores, baked_copy(critic)(x).scores, atol=1e-4)
    assert isinstance(critic, Projected)
    assert count_parameters(critic) - count_parameters(critic.encoder) < 1e6


def test_a_folder_that_is_no_run_of_a_tacgan_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no run of a TAC-GAN"):
        load_run(tmp_path)
    (tmp_path / "run.json").write_text('{"model": "patchflow"}')
    with pytest.raises(WeightsError, match="no run of a TAC-GAN"):
        load_run(tmp_path)


def test_the_report_counts_alarms_by_shop_and_what_is_found_by_kind() -> None:
    assert REPORT.photos == 20
    assert REPORT.by_shop == {"shoes": pytest.approx(float((np.linspace(0, 0.95, 20) >= REPORT.threshold).mean()))}
    assert REPORT.found["screenshots"] == 1.0
    assert REPORT.kinds["screenshots"].value == 1.0
    sure = report({"a": np.zeros(9)}, {"b": np.ones(9)})
    assert sure.ece == 0  # it said what came true
    assert report({"a": np.ones(9)}, {"b": np.zeros(9)}).ece == 1
    missed = report({"a": np.zeros(9)}, {"b": np.ones(9), "screenshots": np.zeros(9)})
    assert missed.ece > missed.ece_known == 0
    assert "never seen in training" in str(REPORT).partition("AUROC, share found of screenshots")[2]


def test_noise_and_screens_are_drawn_alike_by_one_seed_and_anew_by_another() -> None:
    for draw in (noises, screens):
        one, same, other = draw(3, 0), draw(3, 0), draw(3, 1)
        assert [np.asarray(a).tobytes() for a in one] == [np.asarray(a).tobytes() for a in same]
        assert [np.asarray(a).tobytes() for a in one] != [np.asarray(a).tobytes() for a in other]


def test_pictures_are_met_in_other_sizes_and_as_jpegs() -> None:
    from random import Random

    sizes = {as_found(photos(1)[0].resize((60, 40)), Random(seed)).size for seed in range(5)}
    assert len(sizes) > 1
    assert all(width >= height for width, height in sizes)


def test_the_command_wants_a_run_to_start_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "realism", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "--init RUN" in capsys.readouterr().err
    assert read_realism_recipe("realism").loss == "bce"
    with pytest.raises(InputError, match="realism judge"):
        read_realism_recipe("overlay")
