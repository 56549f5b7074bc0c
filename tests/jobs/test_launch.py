import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file
from torch import nn

from t2i_core.jobs.launch import accelerate_words, threads_for
from t2i_core.training.loop import train
from tests.jobs.line import PACE
from tests.training.test_loop import Line

PROGRAM = "import sys; from t2i_core.jobs.launch import launch; sys.exit(launch(int(sys.argv[1]), sys.argv[2:]))"


def launched(repository: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", PROGRAM, *words], cwd=repository, capture_output=True, text=True)


def loss_of(run: Path) -> float:
    """Of the trained line, on a batch that is the same for every run."""
    line = nn.Linear(1, 1)
    line.load_state_dict(load_file(run / "checkpoint" / "model.safetensors"))
    return float(Line().loss(line, step=1000, rank=0, world=1)["loss"].detach())


def test_two_processes_reach_the_loss_that_one_does_with_the_same_global_batch(
    tmp_path: Path, repository: Path
) -> None:
    two = launched(repository, "2", "-m", "tests.jobs.line", str(tmp_path / "two"))
    assert two.returncode == 0, two.stderr
    train(Line(), PACE, tmp_path / "one")
    assert loss_of(tmp_path / "two") == pytest.approx(loss_of(tmp_path / "one"), rel=1e-4)
    lines = (tmp_path / "two" / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 6  # one of the two wrote them


def test_the_exit_code_is_the_trainings_own(tmp_path: Path, repository: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("raise SystemExit(2)")
    done = launched(repository, "1", str(script))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_one_process_is_started_plainly_and_several_are_joined() -> None:
    one = accelerate_words(1, ["-m", "x"], on_cpu=True, threads=2)
    assert "--cpu" in one
    assert "--multi_gpu" not in one
    several = accelerate_words(4, ["-m", "x", "y"], on_cpu=True, threads=2)
    assert several[:2] == ["--num_processes", "4"]
    assert "--multi_gpu" in several
    assert several[-3:] == ["-m", "x", "y"]


def test_threads_are_shared_out_unless_the_environment_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads_for(2) == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert threads_for(1000) == 1
