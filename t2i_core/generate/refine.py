"""The second stage of drawing: pictures of twice the size, with the details that small ones lack."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor

from t2i_core.generate.sampler import Progress, euler, seeded_noise
from t2i_core.models.refiner import Refiner, RefinerConfig

FILE = "refiner.safetensors"  # in the model's folder, beside the network it refines
KEY = "refiner"  # in its config.json
NUM_STEPS = 8
DISTURBANCE = 0.06  # noise added to the small picture: hides the small faults that training pictures do not have

FREE = nullcontext()


def load_refiner(config: Mapping[str, object], files: Mapping[str, bytes]) -> Refiner | None:
    """The refiner of a model's folder, or None where it has none. Raises ValueError or RuntimeError where it is damaged
    or belongs to pictures of another size."""
    if KEY not in config:
        return None
    stored = config[KEY]
    if not isinstance(stored, dict):
        raise TypeError(f"{KEY} in config.json should be a dict")
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    with torch.device("meta"):
        refiner = Refiner(RefinerConfig(**fields))
    refiner.load_state_dict({name: tensor.float() for name, tensor in load(files[FILE]).items()}, assign=True)
    return refiner.eval().requires_grad_(False)


@torch.inference_mode()
def refine(
    refiner: Refiner, small: Tensor, on_step: Progress | None = None, turn: AbstractContextManager[object] = FREE
) -> Tensor:
    """Clean small pictures [B, 3, S, S] in [-1, 1] -> [B, 3, 2 S, 2 S]; every step waits for its `turn`.

    The noise it starts from is the same for all pictures, so that details do not flicker along a walk.
    """
    size, dtype = refiner.config.image_size, next(refiner.parameters()).dtype
    noise = seeded_noise(0, size).to(small.device).expand(len(small), -1, -1, -1)
    disturbed = small.clamp(-1, 1) + DISTURBANCE * seeded_noise(1, size // 2).to(small.device)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        with turn:
            clean: Tensor = refiner(x.to(dtype), t[:1], disturbed.to(dtype))  # one time for all, whatever the batch
        return clean.float()

    return euler(predict, noise, num_steps=NUM_STEPS, on_step=on_step)
