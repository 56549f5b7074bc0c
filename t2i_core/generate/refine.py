"""The later stages of drawing: pictures of twice the size, with the details that small ones lack.

A model keeps a refiner in a file of its own, or shares one with other models (see `weights.shares`): then its tensors
come from the lender's folder, under the name of the stage.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor

from t2i_core.generate.sampler import Progress, euler, seeded_noise
from t2i_core.models.refiner import Refiner, RefinerConfig
from t2i_core.weights import ModelFolder

KEY = "refiners"  # in a model's config.json: one a stage, each for pictures of twice the size
NUM_STEPS = 8
DISTURBANCE = 0.06  # noise added to the small picture: hides the small faults that training pictures do not have


def file_of(image_size: int) -> str:
    """Where a model's folder keeps the refiner for pictures of that size."""
    return f"refiner-{image_size}.safetensors"


def prefix_of(image_size: int) -> str:
    """What a shared refiner's tensors are called among those of a model."""
    return f"refiner-{image_size}."


def base_of(folder: ModelFolder) -> dict[str, Tensor]:
    """A model's tensors without those of its later stages."""
    later = tuple(prefix_of(stage.image_size) for stage in described(folder.config))
    return {name: tensor for name, tensor in folder.tensors.items() if not name.startswith(later)}


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


def load_refiners(folder: ModelFolder) -> tuple[Refiner, ...]:
    """The refiners of a model's folder, in their order. Raises ValueError, TypeError, KeyError or RuntimeError where
    they are damaged."""
    return tuple(build(stage, _tensors_of(stage.image_size, folder)) for stage in described(folder.config))


def _tensors_of(image_size: int, folder: ModelFolder) -> Mapping[str, Tensor]:
    own, prefix = folder.files.get(file_of(image_size)), prefix_of(image_size)
    if own is not None:
        return load(own)
    return {name.removeprefix(prefix): each for name, each in folder.tensors.items() if name.startswith(prefix)}


def build(config: RefinerConfig, tensors: Mapping[str, Tensor]) -> Refiner:
    """A refiner to draw with. Raises RuntimeError where the tensors are not those of one like that."""
    with torch.device("meta"):
        refiner = Refiner(config)
    refiner.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, assign=True)
    return refiner.eval().requires_grad_(False)


@torch.inference_mode()
def refine(refiner: Refiner, small: Tensor, on_step: Progress | None = None) -> Tensor:
    """Clean small pictures [B, 3, S, S] in [-1, 1] -> [B, 3, 2 S, 2 S].

    The noise it starts from is the same for all pictures, so that details do not flicker along a walk.
    """
    size, dtype = refiner.config.image_size, next(refiner.parameters()).dtype
    noise = seeded_noise(0, size).to(small.device).expand(len(small), -1, -1, -1)
    disturbed = small.clamp(-1, 1) + DISTURBANCE * seeded_noise(1, size // 2).to(small.device)

    def predict(x: Tensor, t: Tensor) -> Tensor:
        clean: Tensor = refiner(x.to(dtype), t[:1], disturbed.to(dtype))  # one time for all, whatever the batch
        return clean.float()

    return euler(predict, noise, num_steps=NUM_STEPS, on_step=on_step)
