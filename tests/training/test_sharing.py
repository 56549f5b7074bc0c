import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from t2i_core.training.checkpoint import averaged
from t2i_core.training.flow import FlowConfig, FlowTask
from tests.training.shared_run import BATCH, STEPS, made_up_arrays, shared_run

SHARED = ["-m", "tests.training.shared_run"]


def losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_two_processes_reach_the_loss_that_one_reaches_on_the_same_batches(tmp_path: Path, repository: Path) -> None:
    told = f"import sys; from t2i_core.jobs.launch import launch; sys.exit(launch(2, {SHARED!r} + sys.argv[1:]))"
    command = [sys.executable, "-c", told, str(tmp_path / "two")]
    environment = {**os.environ, "PYTHONPATH": str(repository), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    shared_run(tmp_path / "one")
    assert len(losses(tmp_path / "two")) == STEPS
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)
    assert losses(tmp_path / "one")[0] != pytest.approx(losses(tmp_path / "one")[-1], rel=1e-3)
    weights = [averaged(tmp_path / name)[1] for name in ("one", "two")]
    for name, tensor in weights[0].items():
        assert torch.allclose(tensor.float(), weights[1][name].float(), atol=2e-3), name


@pytest.mark.parametrize("world", [1, 2, 4])
def test_the_shares_of_a_batch_are_the_batch(world: int) -> None:
    class Told(torch.nn.Module):
        """Stands in for a network, and keeps what it was shown."""

        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(()))
            self.seen: list[torch.Tensor] = []

        def forward(self, noisy: torch.Tensor, t: torch.Tensor, condition: object) -> torch.Tensor:
            self.seen.append(torch.cat([noisy.flatten(1), t[:, None]], 1).detach())
            return noisy * self.scale

    def shown(world: int) -> torch.Tensor:
        model = Told()
        task = FlowTask(model, made_up_arrays(), FlowConfig(mirror=True), batch=BATCH, seed=3, prompts=None)  # type: ignore[arg-type]
        for rank in range(world):
            task.loss(model, 5, rank, world)
        shares = torch.zeros(BATCH, 3 * 16 * 16 + 1)
        for rank, share in enumerate(model.seen):
            shares[rank::world] = share
        return shares

    assert torch.equal(shown(world), shown(1))
