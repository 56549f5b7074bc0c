import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from t2i_core.errors import WeightsError
from t2i_core.jobs import away
from t2i_core.jobs.away import Errand, main, run_errand
from t2i_core.jobs.spec import JobSpec
from tests.fake_hub import TOKEN, FakeHub, fake_hub
from tests.weights.made_up import visit

SPEC = JobSpec("products", "runs/mine", (), timeout_minutes=60)
ERRAND = Errand(SPEC, "mine", ("acme/catalogue",), "acme/models")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with fake_hub() as server:
        server.repositories["datasets/acme/catalogue"] = {"products.parquet": b"PAR1"}
        visit(server, tmp_path / "cache", monkeypatch, TOKEN)
        yield server


class Training:
    """Stands in for the training's process: writes a checkpoint, or goes on from the one it finds, and a best state."""

    def __init__(self, code: int = 0, checkpoint: bool = True) -> None:
        self.code, self.checkpoint = code, checkpoint
        self.words: list[str] = []
        self.seconds = 0.0

    def __call__(self, words: Sequence[str], seconds: float) -> int:
        self.words, self.seconds = list(words), seconds
        run = Path(self.words[self.words.index("--out") + 1])
        progress = run / "checkpoint" / "progress.json"
        step = json.loads(progress.read_text())["step"] if progress.is_file() else 0
        if self.checkpoint:
            progress.parent.mkdir(parents=True, exist_ok=True)
            progress.write_text(json.dumps({"step": step + 10}))
            (run / "best").mkdir(exist_ok=True)
            (run / "best" / "progress.json").write_text('{"exam": 1.5}')
            (run / "optimizer.pkl").write_bytes(b"never uploaded")
        return self.code


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Training:
    stand_in = Training()
    monkeypatch.setattr(away, "_train", stand_in)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: None)  # the export, which needs a real checkpoint
    return stand_in


def test_an_errand_survives_being_written_down() -> None:
    errand = replace(ERRAND, recipe="name = 'mine'\n", spec=replace(SPEC, overrides=("a=1",), data=("x",)))
    assert Errand.from_json(errand.to_json()) == errand


def test_training_gets_the_fetched_data_and_leaves_time_to_publish(
    hub: FakeHub, training: Training, tmp_path: Path
) -> None:
    assert run_errand(ERRAND, tmp_path) == 0
    data = Path(training.words[training.words.index("--data") + 1])
    assert (data / "products.parquet").read_bytes() == b"PAR1"
    assert training.seconds == 50 * 60


def test_a_recipe_that_came_along_is_the_one_that_is_trained(hub: FakeHub, training: Training, tmp_path: Path) -> None:
    run_errand(replace(ERRAND, recipe="name = 'mine'\n"), tmp_path)
    assert Path(training.words[training.words.index("train") + 1]).read_text() == "name = 'mine'\n"


def test_a_run_is_kept_without_pickles_and_a_later_job_goes_on_from_it(
    hub: FakeHub, training: Training, tmp_path: Path
) -> None:
    again = replace(ERRAND, spec=replace(SPEC, resume=True))
    for number, steps in ((1, 10), (2, 20), (3, 30)):  # the first finds no run, and begins anew
        folder = tmp_path / str(number)
        folder.mkdir()
        assert run_errand(again, folder) == 0
        kept = hub.repositories["acme/models"]
        assert json.loads(kept["mine/run/checkpoint/progress.json"]) == {"step": steps}
        assert not any(name.endswith(".pkl") for name in kept)


def test_a_failed_training_keeps_its_run_and_its_exit_code(hub: FakeHub, training: Training, tmp_path: Path) -> None:
    training.code = 3
    assert run_errand(ERRAND, tmp_path) == 3
    assert "mine/run/checkpoint/progress.json" in hub.repositories["acme/models"]


def test_a_training_that_left_nothing_publishes_nothing(hub: FakeHub, training: Training, tmp_path: Path) -> None:
    training.code, training.checkpoint = 2, False
    assert run_errand(ERRAND, tmp_path) == 2
    assert "acme/models" not in hub.repositories


def test_a_missing_data_set_is_said_and_nothing_is_trained(
    hub: FakeHub, training: Training, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = replace(ERRAND, data=("acme/nothing",))
    with pytest.raises(WeightsError, match="acme/nothing"):
        run_errand(missing, tmp_path)
    assert main([missing.to_json()]) == 2
    assert "acme/nothing" in capsys.readouterr().out
    assert training.words == []


def test_training_is_ended_with_all_its_processes_when_time_is_up(tmp_path: Path) -> None:
    beats = tmp_path / "beats"
    child = f"import time\nwhile True: open({str(beats)!r}, 'a').write('x'); time.sleep(0.02)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    assert away._train([sys.executable, "-c", parent], 3.0) == 124
    size = beats.stat().st_size
    time.sleep(0.3)
    assert beats.stat().st_size == size > 0


def test_trainings_exit_code_is_passed_on() -> None:
    assert away._train([sys.executable, "-c", "raise SystemExit(7)"], 60) == 7


def test_checkpoints_are_kept_while_it_trains_and_a_job_goes_on_from_the_last_after_its_machine_was_lost(
    hub: FakeHub, training: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, ends = "mine/run/checkpoint/progress.json", time.monotonic() + 120

    def lost(words: Sequence[str], seconds: float) -> int:
        for step in (10, 20):
            training(words, seconds)
            while json.loads(hub.repositories.get("acme/models", {}).get(kept, b'{"step": 0}'))["step"] < step:
                assert time.monotonic() < ends
                time.sleep(0.05)
        raise KeyboardInterrupt  # nothing after this happens

    monkeypatch.setattr(away, "_train", lost)
    often = replace(ERRAND, spec=replace(SPEC, keep_minutes=0.002))
    (tmp_path / "first").mkdir()
    with pytest.raises(KeyboardInterrupt):
        run_errand(often, tmp_path / "first")
    assert json.loads(hub.repositories["acme/models"][kept]) == {"step": 20}
    assert hub.repositories["acme/models"]["mine/run/best/progress.json"] == b'{"exam": 1.5}'
    assert not any(name.endswith(".pkl") for name in hub.repositories["acme/models"])
    monkeypatch.setattr(away, "_train", training)
    (tmp_path / "second").mkdir()
    run_errand(replace(ERRAND, spec=replace(SPEC, resume=True)), tmp_path / "second")
    assert json.loads(hub.repositories["acme/models"][kept]) == {"step": 30}


def test_a_hub_that_refuses_a_checkpoint_costs_that_checkpoint_alone(
    training: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: list[Path] = []

    def refuse(errand: Errand, run: Path) -> None:
        tries.append(run)
        if len(tries) == 1:
            raise WeightsError("the Hub is full")

    monkeypatch.setattr(away, "_upload", refuse)
    run, ends = tmp_path / "mine", time.monotonic() + 60
    with away._kept_meanwhile(replace(ERRAND, spec=replace(SPEC, keep_minutes=0.002)), run, tmp_path):
        training(["train", "x", "--out", str(run)], 1.0)
        while len(tries) < 2:
            assert time.monotonic() < ends
            time.sleep(0.02)
    said = capsys.readouterr().out
    assert "could not be kept this time: the Hub is full" in said
    assert "kept up to step 10" in said
