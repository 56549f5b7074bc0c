"""The later stages of drawing: pictures of twice the size, with the details that small ones lack."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor

from t2i_core.generate.sampler import Progress, euler, seeded_noise
from t2i_core.models.refiner import Refiner, RefinerConfig

KEY = "refiners"  # in a model's config.json: one a stage, each for pictures of twice the size
NUM_STEPS = 8
DISTURBANCE = 0.06  # noise added to the small picture: hides the small faults that training pictures do not have

FREE = nullcontext()


def file_of(image_size: int) -> str:
    """Where a model's folder keeps the refiner for pictures of that size."""
    return f"refiner-{image_size}.safetensors"


def described(config: Mapping[str, object]) -> tuple[RefinerConfig, ...]:
    """The refiners that a model's config.json tells of, the smallest first. Raises TypeError where it is damaged."""
    stored = config.get(KEY, [])
    if not isinstance(stored, list):
        raise TypeError(f"{KEY} in config.json should be a list")
    return tuple(map(stage_of, stored))


def stage_of(stored: Mapping[str, Any]) -> RefinerConfig:
    """A refiner's settings as they are stored."""
    fields: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in stored.items()}
    return RefinerConfig(**fields)


def check_chain(image_size: int, stages: Sequence[RefinerConfig]) -> None:
    """Raises ValueError where a stage does not take pictures of the size that the one before it makes."""
    for stage in stages:
        if stage.small != image_size:
            raise ValueError(f"a refiner takes pictures of {stage.small} pixels, not {image_size}")
        image_size = stage.image_size


def load_refiners(config: Mapping[str, object], files: Mapping[str, bytes]) -> tuple[Refiner, ...]:
    """The refiners of a model's folder, in their order. Raises ValueError, TypeError, KeyError or RuntimeError where
    they are damaged."""
    return tuple(_load(stage, files[file_of(stage.image_size)]) for stage in described(config))


def _load(config: RefinerConfig, data: bytes) -> Refiner:
    with torch.device("meta"):
        refiner = Refiner(config)
    refiner.load_state_dict({name: tensor.float() for name, tensor in load(data).items()}, assign=True)
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
