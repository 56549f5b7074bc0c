import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import nn

from t2i_core.cli import main
from t2i_core.commands.experiments import TITLES
from t2i_core.data.domain import Item
from t2i_core.data.domains import find_domain
from t2i_core.data.measure import measure
from t2i_core.data.training_set import Examples
from t2i_core.errors import InputError
from t2i_core.training import experiment, trials
from t2i_core.training.curves import HEIGHT, WIDTH
from t2i_core.training.dcgan import read_dcgan_recipe
from t2i_core.training.experiment import LEFT, STRIP, Report, Result, run_experiment, write_report
from t2i_core.training.trials import EXPERIMENTS, SHOES, Place, Trial, dcgan_variants
from tests.training.made_up import PixelEncoder


def examples(count: int = 24, seed: int = 0) -> Examples:
    images = np.random.default_rng(seed).integers(0, 255, (count, 3, 16, 16)).astype(np.uint8)
    seen = measure(Image.new("RGB", (16, 16), "red"))
    items = [Item(str(number), "a red shoe") for number in range(count)]
    return Examples(find_domain("shoes"), items, images, [seen] * count)


def trial(name: str, trained: list[str]) -> Trial:
    def train(run: Path) -> nn.Module:
        trained.append(name)
        run.mkdir(parents=True)
        lines = [
            {"step": step, "generator": 1.0, "discriminator": 0.5, "diversity": 0.2} for step in range(10, 200, 10)
        ]
        (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return nn.Identity()

    def draw(model: nn.Module, asked: Examples) -> list[Image.Image]:
        return [Image.fromarray(pixels.transpose(1, 2, 0)) for pixels in asked.images]

    return Trial(name, train, draw, held_out=examples, training=lambda: examples(seed=1))


def test_every_run_is_trained_judged_and_reported_once(tmp_path: Path) -> None:
    trained: list[str] = []
    both = [trial("one first", trained), trial("two second", trained)]
    report = run_experiment(both, tmp_path, title="Two <runs>", encoder=PixelEncoder())
    results = report.results
    assert [(one.name, one.steps, one.generator) for one in results] == [
        ("one first", 190, 1.0),
        ("two second", 190, 1.0),
    ]
    assert results[0].frechet == pytest.approx(0, abs=0.1)  # it drew the very pictures
    assert run_experiment(both, tmp_path, title="Again", encoder=PixelEncoder()) == report
    assert trained == ["one first", "two second"]
    assert (tmp_path / "curves.png").is_file()


def test_the_report_holds_every_run_and_nothing_that_runs_in_it(tmp_path: Path) -> None:
    result = Result("2 <b>bold</b>", 1234, 56.7, 0.2, 1.5, 0.4, 0.1, "Healthy.")
    (tmp_path / "2" / "sheets").mkdir(parents=True)
    Image.new("RGB", (300, 300), "red").save(tmp_path / "2" / "sheets" / "step-0000009.png")
    page = write_report(Report([result], 89.5), tmp_path, "A & B").read_text()
    assert "1,234" in page
    assert "2/sheets/step-0000009.png" in page
    assert "<b>bold" not in page
    assert "A &amp; B" in page
    assert "<td>real training pictures</td><td></td><td>89.5</td>" in page
    with Image.open(tmp_path / "overview.jpg") as overview:
        assert overview.size == (3 * WIDTH, HEIGHT + STRIP)
        assert overview.getpixel((LEFT + 100, HEIGHT + 40)) == pytest.approx((254, 0, 0), abs=3)


def test_real_pictures_are_judged_once_and_stand_below_the_runs(tmp_path: Path) -> None:
    report = run_experiment([trial("one", [])], tmp_path, title="One", encoder=PixelEncoder())
    assert report.real > report.results[0].frechet + 0.1  # other pictures of the same kind, against the very ones
    assert str(report).splitlines()[-1].split() == ["real", "training", "pictures", "FD", f"{report.real:.1f}"]
    (tmp_path / "real.json").write_text("12.5")
    assert run_experiment([trial("one", [])], tmp_path, title="One", encoder=PixelEncoder()).real == 12.5


def test_a_finished_run_s_health_is_read_off_its_metrics_again(tmp_path: Path) -> None:
    run_experiment([trial("one", [])], tmp_path, title="One", encoder=PixelEncoder())
    lines = [{"step": s, "generator": -1e-4, "discriminator": 1e-3, "diversity": 0.2} for s in range(10, 200, 10)]
    (tmp_path / "one" / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    report = run_experiment([trial("one", [])], tmp_path, title="One", encoder=PixelEncoder())
    assert "overpowers" in report.results[0].health


def test_the_four_experiments_on_shoes_turn_one_switch_on_after_the_other() -> None:
    found = list(dcgan_variants(read_dcgan_recipe("shoes-dcgan")).values())
    assert [(one.game.loss, one.game.smooth, one.game.waits) for one in found] == [
        ("minimax", False, False),
        ("bce", False, False),
        ("bce", True, False),
        ("bce", True, True),
    ]
    assert [one.network.spherical for one in found] == [False, True, True, True]
    assert [one.game.decay > 0 for one in found] == [False, False, True, True]


def test_runs_share_the_budget_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float | None] = []
    for name in ("train_dcgan", "train_tacgan"):
        monkeypatch.setattr(trials, name, lambda recipe, *_, **__: given.append(recipe.loop.cpu_minutes))
    for name in ("shoes-dcgan", "tacgan-guitars"):
        for one in EXPERIMENTS[name](Place([], tmp_path, minutes=8.0)):
            one.train(tmp_path)
    assert given == [2.0] * 4 + [4.0] * 2
    with pytest.raises(InputError, match="budget"):
        EXPERIMENTS["shoes-dcgan"](Place([], tmp_path, minutes=0.0))


def test_the_command_knows_every_experiment_and_prints_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(TITLES) == set(EXPERIMENTS)
    monkeypatch.setattr(experiment, "Lite2", PixelEncoder)
    trained: list[str] = []
    monkeypatch.setattr(trials, "EXPERIMENTS", {"shoes-dcgan": lambda place: [trial(name, trained) for name in SHOES]})
    command = ["experiment", "shoes-dcgan", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "4 discriminator waits" in printed
    assert printed.rstrip().endswith("report.html")
