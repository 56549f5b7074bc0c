import json
import math
from pathlib import Path

import numpy as np
import pytest

from t2i_core.errors import InputError
from t2i_core.training.health import State, diagnose, read_metrics

Curve = list[dict[str, float]]


def curve(lines: int = 90, **columns: object) -> Curve:
    """Metrics whose columns are functions of the share of the run that is done, with the noise of a real one."""
    random = np.random.default_rng(0)
    return [
        {"step": 20 * (i + 1), "lr": 1e-3, "grad_norm": 0.2}
        | {name: float(f(i / lines) * (1 + 0.02 * random.standard_normal())) for name, f in columns.items()}  # type: ignore[operator]
        for i in range(lines)
    ]


def test_a_loss_that_falls_is_healthy() -> None:
    health = diagnose(curve(loss=lambda x: 0.15 + 0.1 * math.exp(-3 * x)))
    assert health.state is State.HEALTHY
    assert health.step == 1800
    assert not health.state.sick


@pytest.mark.parametrize("lines", [0, 1, 11])
def test_a_young_run_is_not_judged(lines: int) -> None:
    assert diagnose(curve(lines, loss=lambda x: 1.0)).state is State.STARTING


def test_a_loss_that_is_no_number_has_diverged_even_in_a_young_run() -> None:
    lines = curve(5, loss=lambda x: 0.2)
    for line in lines[-2:]:
        line["loss"] = math.nan
    health = diagnose(lines)
    assert health.state is State.DIVERGED
    assert "loss at step 100 is no number" in health.words


def test_one_bad_batch_is_no_divergence() -> None:
    lines = curve(loss=lambda x: 0.2 - 0.1 * x)
    lines[-3]["grad_norm"] = math.inf
    assert diagnose(lines).state is State.HEALTHY


def test_a_loss_that_explodes_has_diverged() -> None:
    health = diagnose(curve(loss=lambda x: 0.2 if x < 0.95 else 0.9))
    assert health.state is State.DIVERGED
    assert health.state.sick
    assert "4." in health.words


def test_a_loss_that_no_longer_falls_stands_still_unless_the_rate_is_falling() -> None:
    lines = curve(loss=lambda x: 0.15)
    assert diagnose(lines).state is State.PLATEAU
    for i, line in enumerate(lines):
        line["lr"] = 1e-3 * (1 - i / 100)
    assert diagnose(lines).state is State.HEALTHY


def test_a_discriminator_that_wins_ever_more_overpowers() -> None:
    lines = curve(generator=lambda x: 1 + 2 * x, discriminator=lambda x: 0.7 - 0.5 * x, loss=lambda x: 1.7)
    health = diagnose(lines)
    assert health.state is State.OVERPOWERED
    assert "does not recover" in health.words


@pytest.mark.parametrize(("loss", "state"), [(-0.001, State.OVERPOWERED), (-0.3, State.HEALTHY)])
def test_a_minimax_loss_near_zero_has_no_slope_to_learn_from(loss: float, state: State) -> None:
    health = diagnose(curve(generator=lambda x: loss, discriminator=lambda x: 0.1, loss=lambda x: loss))
    assert health.state is state
    assert ("modified loss" in health.words) == state.sick


@pytest.mark.parametrize(
    ("generator", "discriminator"),
    [
        (lambda x: 1 + 2 * x, lambda x: 0.7),  # climbs, but the other does not fall
        (lambda x: 1.0, lambda x: 0.7 - 0.5 * x),
        (lambda x: 1 + 0.1 * math.sin(9 * x), lambda x: 0.7 + 0.05 * math.cos(9 * x)),
    ],
)
def test_adversarial_losses_that_keep_their_balance_are_healthy(generator: object, discriminator: object) -> None:
    assert diagnose(curve(generator=generator, discriminator=discriminator)).state is State.HEALTHY


def test_pictures_that_become_alike_are_a_collapse_whatever_the_losses_say() -> None:
    lines = curve(
        generator=lambda x: 1 + 2 * x,
        discriminator=lambda x: 0.7 - 0.5 * x,
        diversity=lambda x: 1.0 if x < 0.7 else 0.3,
    )
    health = diagnose(lines)
    assert health.state is State.COLLAPSED
    assert "29% as diverse" in health.words


def test_a_fixed_batch_that_stays_diverse_has_not_collapsed() -> None:
    assert diagnose(curve(diversity=lambda x: 0.5 + 0.4 * x)).state is State.HEALTHY


def test_metrics_are_read_without_the_line_a_process_was_killed_in(tmp_path: Path) -> None:
    lines = [json.dumps({"step": 20, "loss": math.nan}), "[1]", '{"step": 40, "lo']
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines))
    (read,) = read_metrics(tmp_path)
    assert read["step"] == 20
    assert math.isnan(read["loss"])


def test_a_folder_without_metrics_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no metrics\.jsonl"):
        read_metrics(tmp_path)
