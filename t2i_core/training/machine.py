"""What a run computes on: one processor or GPU, or one of several processes that share it."""

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DynamoBackend

from t2i_core.models.precision import bf16_is_fast

COMPILER = DynamoBackend.INDUCTOR


def accelerator(bf16: bool | None, *, compiled: bool = False) -> Accelerator:
    """bf16: None where the machine is fast at it; compiled: the network is translated by torch.compile first."""
    fast = bf16_is_fast("cuda" if torch.cuda.is_available() else "cpu") if bf16 is None else bf16
    AcceleratorState._reset_state()  # a process may train twice, the second time in another precision
    return Accelerator(mixed_precision="bf16" if fast else "no", dynamo_backend=COMPILER if compiled else None)
