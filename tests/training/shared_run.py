"""A tiny run that any number of processes can share: `python -m tests.training.shared_run RUN`, or under
`accelerate launch`."""

import sys
from pathlib import Path

import numpy as np
import torch

from t2i_core.jobs.launch import leave
from t2i_core.models.conditioning import Condition
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig
from t2i_core.training.flow import Arrays, FlowConfig, FlowTask
from t2i_core.training.loop import LoopConfig, train

STEPS, BATCH = 6, 8


def made_up_arrays(count: int = 24) -> Arrays:
    random = np.random.default_rng(0)
    return Arrays(
        images=random.integers(0, 256, (count, 3, 16, 16), dtype=np.uint8),
        texts=random.integers(1, 30, (count, 4, 5)),
        choices=random.integers(0, 4, (count, 2)),
        numbers=random.normal(size=(count, 2)).astype(np.float32),
        given=np.ones((count, 2), np.float32),
        columns=[(slice(0, 1), False), (slice(1, 2), True)],
    )


def shared_run(run: Path) -> None:
    torch.manual_seed(0)
    config = PatchFlowConfig(
        choices=(3, 3), numbers=2, vocab_size=30, image_size=16, widths=(32,), depth=1, cond_dim=16, text_dim=48
    )
    arrays = made_up_arrays()
    prompts = Condition(
        *(torch.from_numpy(a[:4]) for a in (arrays.texts[:, 0], arrays.choices, arrays.numbers, arrays.given))
    )
    task = FlowTask(PatchFlow(config), arrays, FlowConfig(mirror=True), batch=BATCH, seed=0, prompts=prompts)
    train(task, LoopConfig(steps=STEPS, batch=BATCH, warmup=2, bf16=False, log_every=1), run)


if __name__ == "__main__":
    shared_run(Path(sys.argv[1]))
    leave(0)
