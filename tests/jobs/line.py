"""`python -m tests.jobs.line RUN`: fits a line, in as many processes as it was launched in."""

import sys
from pathlib import Path

from t2i_core.jobs.launch import leave
from t2i_core.training.loop import LoopConfig, train
from tests.training.test_loop import Line

PACE = LoopConfig(steps=30, batch=8, lr=0.05, warmup=5, bf16=False, log_every=5, ema=0.9)

if __name__ == "__main__":
    train(Line(), PACE, Path(sys.argv[1]))
    leave(0)
