"""What a training benchmark trains: a recipe's own task, on real pictures or on made-up ones of the same size."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from t2i_core.models.conditioning import Condition
from t2i_core.models.patchflow import PatchFlow, PatchFlowConfig
from t2i_core.models.refiner import Refiner
from t2i_core.training import refining
from t2i_core.training.flow import Arrays, FlowTask, arrays_of
from t2i_core.training.loop import LoopConfig, Task
from t2i_core.training.pictures import network_config, prepare
from t2i_core.training.recipe import Recipe, built, kind_of, read_recipe
from t2i_core.training.refining import RefineTask, read_refine_recipe

PATCHFLOW = "patchflow"
TRAINABLE = (PATCHFLOW, refining.KIND)
MADE_UP = 2048  # pictures: more than a processor's cache holds
WORDINGS, VALUES, MEASURES = 8, 40, 6  # of made-up pictures: about those of the products
Tasks = Callable[[int], Task]  # a batch size's task; all share one network


def tasks_of(
    recipe: str, overrides: Sequence[str], data: Sequence[Path], cache: Path
) -> tuple[Tasks, torch.nn.Module, LoopConfig, int]:
    """A task for every batch size, the network they share, the recipe's pace, and the pictures' side in pixels."""
    if kind_of(recipe) == refining.KIND:
        return _refiner(recipe, overrides, data, cache)
    return _pictures(read_recipe(recipe, overrides), data, cache)


def _refiner(
    recipe: str, overrides: Sequence[str], data: Sequence[Path], cache: Path
) -> tuple[Tasks, torch.nn.Module, LoopConfig, int]:
    read = read_refine_recipe(recipe, overrides)
    side = read.network.image_size
    network = Refiner(read.network)
    images = refining.pictures_of(read, data, cache) if data else _noise(side)
    return (
        lambda batch: RefineTask(network, images, read.flow, replace(read.loop, batch=batch)),
        network,
        read.loop,
        side,
    )


def _pictures(recipe: Recipe, data: Sequence[Path], cache: Path) -> tuple[Tasks, torch.nn.Module, LoopConfig, int]:
    if data:
        prepared = prepare(recipe, data, cache)
        config, arrays = network_config(recipe, prepared), arrays_of(prepared.examples, prepared.space, prepared.read)
    else:
        config = _made_up_config(recipe)
        arrays = _made_up(config)
    network = built(PatchFlow, config)

    def task(batch: int) -> Task:
        loss = replace(recipe.flow, perceptual=0.0)  # its frozen network is not what is trained
        return FlowTask(network, arrays, loss, batch=batch, seed=0, prompts=_nothing(arrays))

    return task, network, recipe.loop, config.image_size


def _made_up_config(recipe: Recipe) -> PatchFlowConfig:
    """The recipe's network for labels and words that nobody counted."""
    given = {name: value for name, value in recipe.network.items() if name not in ("text_vectors",)}
    return PatchFlowConfig(
        choices=(VALUES,) * len(recipe.domain.choices),
        numbers=MEASURES if recipe.domain.measures else 0,
        vocab_size=recipe.vocab_size,
        **given,  # type: ignore[arg-type]
    )


def _made_up(config: PatchFlowConfig) -> Arrays:
    random = np.random.default_rng(0)
    pieces = (MADE_UP, WORDINGS, config.max_pieces)
    choices = [random.integers(0, values + 1, MADE_UP) for values in config.choices]
    return Arrays(
        images=_noise(config.image_size),
        texts=random.integers(1, config.vocab_size, pieces),
        choices=np.stack(choices, 1) if choices else np.zeros((MADE_UP, 0), np.int64),
        numbers=random.standard_normal((MADE_UP, config.numbers), np.float32),
        given=np.ones((MADE_UP, config.numbers), np.float32),
        columns=[(slice(0, config.numbers), False)] if config.numbers else [],
    )


def _noise(side: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (MADE_UP, 3, side, side), np.uint8)


def _nothing(arrays: Arrays) -> Condition:
    """A sheet's prompts, of which none is drawn here."""
    first = (arrays.texts[:1, 0], arrays.choices[:1], arrays.numbers[:1], arrays.given[:1])
    return Condition(*(torch.from_numpy(part) for part in first))
