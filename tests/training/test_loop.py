import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from accelerate.utils import DynamoBackend
from PIL import Image
from torch import Tensor, nn

from t2i_core.errors import InputError
from t2i_core.training.checkpoint import NAME, averaged, best_exam
from t2i_core.training.loop import EXAMS, Budget, LoopConfig, learning_rate, train, update_average

PACE = LoopConfig(steps=30, batch=8, lr=0.05, warmup=5, bf16=False, log_every=5, ema=0.9)


class Line:
    """A task small enough to train in a second: fit y = 2 x + 1 from noisy points that depend on the step alone."""

    def __init__(self, pause: float = 0.0) -> None:
        torch.manual_seed(0)
        self.model: nn.Module = nn.Linear(1, 1)
        self.pause = pause

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        time.sleep(self.pause)
        x = torch.randn(8, 1, generator=torch.Generator().manual_seed(step))[rank::world]
        return {"loss": (model(x) - (2 * x + 1)).square().mean()}

    def sheet(self, model: nn.Module) -> Image.Image:
        return Image.new("RGB", (8, 8))


def weights(model: nn.Module) -> list[float]:
    return [float(value) for parameter in model.parameters() for value in parameter.flatten()]


def test_it_learns_and_leaves_metrics_a_sheet_and_a_checkpoint(tmp_path: Path) -> None:
    train(Line(), LoopConfig(steps=200, batch=8, lr=0.1, warmup=5, bf16=False, ema=0.9), tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == 200
    assert lines[-1]["loss"] < 0.01 < lines[0]["loss"]
    assert {"lr", "grad_norm", "images_per_second", "spent"} <= set(lines[0])
    assert (tmp_path / "run" / "sheets" / "step-0000200.png").is_file()
    assert (tmp_path / "run" / NAME / "progress.json").is_file()


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path: Path) -> None:
    flat = LoopConfig(**{**vars(PACE), "decay": 0.0, "steps": 12})
    train(Line(), flat, tmp_path / "parts")
    resumed = train(Line(), LoopConfig(**{**vars(flat), "steps": 30}), tmp_path / "parts", resume=True)
    straight = train(Line(), LoopConfig(**{**vars(flat), "steps": 30}), tmp_path / "straight")
    assert weights(resumed) == pytest.approx(weights(straight), abs=1e-6)


def test_a_folder_that_holds_a_run_is_not_overwritten_unasked(tmp_path: Path) -> None:
    train(Line(), PACE, tmp_path)
    with pytest.raises(InputError, match="--resume"):
        train(Line(), PACE, tmp_path)


def test_a_compiled_network_learns_the_same_in_one_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("t2i_core.training.machine.COMPILER", DynamoBackend.AOT_EAGER)  # the other takes minutes here
    torch._dynamo.utils.counters.clear()
    compiled = train(Line(), LoopConfig(**{**vars(PACE), "compile": True}), tmp_path / "compiled")
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1
    assert weights(compiled) == pytest.approx(weights(train(Line(), PACE, tmp_path / "plain")), abs=1e-5)


KILLED = """
import sys
from pathlib import Path
from tests.training.test_loop import Line
from t2i_core.training.loop import LoopConfig, train
train(Line(pause=0.02), LoopConfig(steps=100_000, batch=8, bf16=False, log_every=1, checkpoint_minutes=0.0005),
      Path(sys.argv[1]), resume=True)
"""


def test_a_killed_run_goes_on_from_its_checkpoint_and_tells_each_step_once(tmp_path: Path, repository: Path) -> None:
    run, kept = tmp_path / "run", 0
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(run)], cwd=repository, env={**os.environ})
        _wait_for_steps(run, kept + 5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = int(json.loads((run / NAME / "progress.json").read_text())["step"])
    with (run / "metrics.jsonl").open("a") as metrics:
        metrics.write('{"step": 99')  # as a kill in the middle of a line leaves it
    (run / EXAMS).write_text('{"step": 1, "loss": 2}\n{"step": 9999, "loss": 1}\n')
    train(Line(), LoopConfig(steps=kept + 10, batch=8, bf16=False, log_every=1), run, resume=True)
    steps = [json.loads(line)["step"] for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(1, kept + 11))
    assert json.loads((run / EXAMS).read_text())["step"] == 1  # the other one is of steps taken anew


def _wait_for_steps(run: Path, steps: int, seconds: float = 120) -> int:
    """Waits until a checkpoint of at least that step lies there. Returns its step."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.05)
        try:
            step = int(json.loads((run / NAME / "progress.json").read_text())["step"])
        except (OSError, ValueError):  # not there yet, or being replaced
            continue
        if step >= steps:
            return step
    raise AssertionError(f"no checkpoint of step {steps} within {seconds} s")


def test_a_loss_that_is_not_a_number_does_not_spoil_the_weights(tmp_path: Path) -> None:
    class Broken(Line):
        def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
            terms = super().loss(model, step, rank, world)
            return {"loss": terms["loss"] * float("nan")} if step == 3 else terms

    assert all(abs(value) < 100 for value in weights(train(Broken(), PACE, tmp_path)))


@pytest.mark.parametrize("given", [{}, {"steps": 5, "minutes": 1.0}, {"minutes": 0.0}, {"steps": -3}])
def test_a_run_needs_exactly_one_budget_above_zero(given: dict[str, float]) -> None:
    with pytest.raises(InputError, match="budget"):
        Budget(LoopConfig(**given), 0.0)  # type: ignore[arg-type]


def test_a_budget_of_minutes_counts_what_was_spent_before() -> None:
    budget = Budget(LoopConfig(minutes=10), spent=300.0)
    assert budget.used(step=0) == pytest.approx(0.5, abs=0.01)


def test_the_rate_warms_up_stays_and_falls_to_its_floor() -> None:
    pace = LoopConfig(steps=1000, lr=1.0, warmup=100, decay=0.2, floor=0.03)
    rates = [learning_rate(pace, step, step / 1000) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[100:799] == [1.0] * 699
    assert rates[900] == pytest.approx(0.5)
    assert rates[1000] == 0.03
    assert max(rates) == 1.0


def test_a_running_average_follows_fast_when_young_and_slowly_later() -> None:
    young, old, model = nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1)
    for average in (young, old):
        average.load_state_dict({"weight": torch.zeros(1, 1), "bias": torch.zeros(1)})
    model.load_state_dict({"weight": torch.ones(1, 1), "bias": torch.ones(1)})
    update_average(young, model, 0.999, step=1)
    update_average(old, model, 0.999, step=100_000)
    assert weights(young) == pytest.approx([9 / 11] * 2)
    assert weights(old) == pytest.approx([0.001] * 2, rel=1e-3)


class Mined(Line):
    """A line whose loss is no number from a step on, as long as it is armed."""

    def __init__(self, mined: int) -> None:
        super().__init__()
        self.mined, self.armed = mined, True

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        terms = super().loss(model, step, rank, world)
        return {"loss": terms["loss"] * float("nan")} if step >= self.mined and self.armed else terms


WATCHED = {**vars(PACE), "steps": 60, "log_every": 2, "checkpoint_minutes": 0.0, "decay": 0.0}


def test_a_sick_run_stops_at_its_last_healthy_checkpoint_where_the_recipe_says_so(tmp_path: Path) -> None:
    model = train(Mined(20), LoopConfig(**WATCHED | {"on_trouble": "stop"}), tmp_path)
    progress = json.loads((tmp_path / NAME / "progress.json").read_text())
    assert progress["step"] < 24
    assert all(math.isfinite(value) for value in weights(model))
    (event,) = [json.loads(line) for line in (tmp_path / "health.jsonl").read_text().splitlines()]
    assert event["state"] == "diverged"
    assert event["done"] == "stop"


def test_a_sick_run_is_rolled_back_to_half_the_rate_a_few_times_and_then_given_up(tmp_path: Path) -> None:
    train(Mined(20), LoopConfig(**WATCHED | {"on_trouble": "roll back"}), tmp_path)
    events = (tmp_path / "health.jsonl").read_text().splitlines()
    assert len(events) == 4  # three times back, then the end
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == sorted({line["step"] for line in lines})
    assert lines[-1]["lr"] == pytest.approx(PACE.lr / 8)


def test_a_run_that_recovers_after_going_back_ends_as_planned(tmp_path: Path) -> None:
    class Once(Mined):
        def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
            terms = super().loss(model, step, rank, world)
            if step == 23:
                self.armed = False  # what was wrong is over when the step is taken again
            return terms

    train(Once(20), LoopConfig(**WATCHED | {"on_trouble": "roll back"}), tmp_path)
    progress = json.loads((tmp_path / NAME / "progress.json").read_text())
    assert (progress["step"], progress["setbacks"]) == (60, 1)


def test_an_unknown_way_out_of_trouble_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="roll back"):
        train(Line(), LoopConfig(**{**vars(PACE), "on_trouble": "pray"}), tmp_path)


def test_the_best_state_of_an_exam_is_kept_and_is_what_ships(tmp_path: Path) -> None:
    marks = iter([3.0, 1.0, 2.0])
    told = []

    def exam(model: nn.Module) -> float:
        told.append(weights(model))
        return next(marks)

    (tmp_path / "run.json").write_text('{"model": "line"}')
    for steps in (10, 20, 30):  # each ends with a checkpoint
        train(Line(), LoopConfig(**{**vars(PACE), "steps": steps}), tmp_path, resume=steps > 10, exam=exam)
    assert [json.loads(line) for line in (tmp_path / "exams.jsonl").read_text().splitlines()] == [
        {"step": 10, "loss": 3.0},
        {"step": 20, "loss": 1.0},
        {"step": 30, "loss": 2.0},
    ]
    assert best_exam(tmp_path) == 1.0
    found, tensors = averaged(tmp_path)
    assert json.loads((found / "progress.json").read_text())["step"] == 20
    shipped = [float(value) for tensor in tensors.values() for value in tensor.flatten()]
    assert sorted(shipped) == pytest.approx(sorted(told[1]), abs=1e-2)
    assert sorted(shipped) != pytest.approx(sorted(told[2]), abs=1e-4)


def test_a_best_state_that_was_half_written_counts_for_nothing(tmp_path: Path) -> None:
    train(Line(), PACE, tmp_path)
    (tmp_path / "best").mkdir()
    (tmp_path / "best" / "progress.json").write_text('{"step": 4')
    assert averaged(tmp_path)[0].name == NAME
