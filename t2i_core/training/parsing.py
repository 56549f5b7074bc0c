"""Trains the parsing network: the part of a person that every pixel shows, from scenes whose parts are marked."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from t2i_core.data.parts import PARTS
from t2i_core.models.body import HEIGHT
from t2i_core.models.heat import drawn
from t2i_core.models.parsing import ParsingNet
from t2i_core.training.body_data import Bodies, gather
from t2i_core.training.body_recipe import BodyRecipe, new_network, run_body, start
from t2i_core.training.body_scenes import UNKNOWN
from t2i_core.training.loop import LoopConfig
from t2i_core.tryon.overlays import in_colours

THIN = 2  # overlaps are measured at every second row and column: a quarter of the time
OVERLAP = 0.5  # how much the overlap of whole parts counts beside single pixels
ASTRAY = 0.015 * HEIGHT  # pixels: how far joints are off, as a pose network's are
UNSEEN = 0.06  # of the joints are missing


class ParsingTask:
    """Scenes, the pose of the person in them, and which part every pixel shows."""

    def __init__(self, model: ParsingNet, bodies: Bodies, loop: LoopConfig) -> None:
        self.model: nn.Module = model
        self.bodies, self.config = bodies, loop

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        random = np.random.default_rng((self.config.seed, step))
        rows = torch.from_numpy(random.choice(len(self.bodies), self.config.batch)[rank::world])
        odds = model(*self.inputs(rows, random)).float()
        parts = self.bodies.parts[rows].long()
        pixels = F.cross_entropy(odds, parts, ignore_index=UNKNOWN)
        missed = 1 - overlap(odds[..., ::THIN, ::THIN], parts[..., ::THIN, ::THIN])
        return {"loss": pixels + OVERLAP * missed, "pixels": pixels, "missed": missed}

    def inputs(self, rows: Tensor, random: np.random.Generator) -> tuple[object, Tensor, Tensor]:
        """What the network takes, with joints as uncertain as those that a pose network finds."""
        joints = self.bodies.joints[rows, 0, :, :2].clone()  # [B, 18, 2]
        joints += torch.from_numpy(random.normal(0, ASTRAY, joints.shape).astype(np.float32))
        joints[torch.from_numpy(random.random(joints.shape[:2]) < UNSEEN)] = torch.nan
        return self.bodies.views[rows], drawn(joints), self.bodies.small[rows].float() / 127.5 - 1

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Scenes, the parts found, the parts marked."""
        rows = torch.linspace(0, len(self.bodies) - 1, 8).long()
        found = model(*self.inputs(rows, np.random.default_rng(0))).argmax(1).numpy()
        small = self.bodies.small[rows].permute(0, 2, 3, 1).numpy()
        columns = [
            np.concatenate([small[index], in_colours(found[index]), in_colours(self.bodies.parts[row].numpy())])
            for index, row in enumerate(rows)
        ]
        return Image.fromarray(np.concatenate(columns, axis=1))


def overlap(odds: Tensor, parts: Tensor) -> Tensor:
    """The mean over the parts of twice the overlap of what is found and marked, by the size of both (Dice)."""
    known = (parts != UNKNOWN)[:, None].float()
    found = odds.softmax(1) * known
    marked = F.one_hot(parts.clamp(max=len(PARTS) - 1), len(PARTS)).permute(0, 3, 1, 2).float() * known
    both, size = (found * marked).sum((0, 2, 3)), (found + marked).sum((0, 2, 3))
    return ((2 * both + 1) / (size + 1)).mean()


def train_parsing(
    recipe: BodyRecipe, data: Sequence[Path], out: Path, *, cache: Path, resume: bool = False, init: str | None = None
) -> None:
    """Trains in the folder `out`. init: a model to start from

    Raises DataError for missing data, WeightsError without the `train` extra.
    """
    network = new_network(recipe)
    assert isinstance(network, ParsingNet)
    bodies = gather(network, data, recipe.copies, cache, marked=True)
    start(network, recipe, bodies.views, init)
    run_body(recipe, ParsingTask(network, bodies, recipe.loop), out, resume=resume)
