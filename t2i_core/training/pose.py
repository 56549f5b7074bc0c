"""Trains the pose network: heat maps of joints, from scenes of people."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from t2i_core.models.heat import drawn
from t2i_core.models.pose import PoseNet
from t2i_core.training.body_data import Bodies, gather
from t2i_core.training.body_recipe import BodyRecipe, new_network, run_body, start
from t2i_core.training.loop import LoopConfig

SPOT = 12.0  # how much more a cell under a spot counts than one of the many empty ones
CLEAR = 0.2  # how much being in sight counts beside the place
IN_SIGHT = 0.5  # BlazePose's visibility from which on a joint counts as seen


class PoseTask:
    """Scenes and where the joints are in them."""

    def __init__(self, model: PoseNet, bodies: Bodies, loop: LoopConfig) -> None:
        self.model: nn.Module = model
        self.bodies, self.config = bodies, loop

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        random = np.random.default_rng((self.config.seed, step))
        rows = torch.from_numpy(random.choice(len(self.bodies), self.config.batch)[rank::world])
        heat = model(self.bodies.views[rows])
        joints = self.bodies.joints[rows]
        spots = drawn(joints[..., :2])  # [B, 2, 18, h, w]
        target = spots.amax(1)
        apart = (heat.maps.float() - target) ** 2 * (1 + SPOT * target)
        seen = (joints[..., 2] > IN_SIGHT).float()[..., None, None]
        clear = (spots * seen).amax(1) / target.clamp(min=1e-6)
        weight = target * (target > 0.3)
        guess = F.binary_cross_entropy_with_logits(heat.clear.float(), clear.clamp(max=1), weight, reduction="sum")
        places, sight = 100 * apart.mean(), guess / weight.sum().clamp(min=1)
        return {"loss": places + CLEAR * sight, "places": places, "sight": sight}

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """Scenes with the heat of all joints laid over them."""
        rows = torch.linspace(0, len(self.bodies) - 1, 8).long()
        heat = model(self.bodies.views[rows]).maps.amax(1, keepdim=True).clamp(0, 1)
        small = self.bodies.small[rows].float() / 255
        small[:, :1] = torch.maximum(small[:, :1], F.interpolate(heat, size=small.shape[-2:], mode="bilinear"))
        return Image.fromarray((torch.cat(list(small), dim=2) * 255).byte().permute(1, 2, 0).numpy())


def train_pose(
    recipe: BodyRecipe, data: Sequence[Path], out: Path, *, cache: Path, resume: bool = False, init: str | None = None
) -> None:
    """Trains in the folder `out`. init: a model to start from

    Raises DataError for missing data, WeightsError without the `train` extra.
    """
    network = new_network(recipe)
    assert isinstance(network, PoseNet)
    bodies = gather(network, data, recipe.copies, cache, marked=False)
    start(network, recipe, bodies.views, init)
    run_body(recipe, PoseTask(network, bodies, recipe.loop), out, resume=resume)
