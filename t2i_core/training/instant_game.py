"""The game that takes the blur off an instant generator, with the flow's own pictures to hold on to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from t2i_core.generate.sampler import seeded_noise, to_images, to_tensor
from t2i_core.images import contact_sheet
from t2i_core.training.game import SHEET_COLUMNS, Game
from t2i_core.training.perceptual import PerceptualDistance


@dataclass(frozen=True)
class DistilConfig:
    """How the flow is distilled.

    rank: of the correction (see `Instant`)
    pairs: pictures of the flow that are learned by heart, drawn in `steps`, and how many of them a step is shown
    white: how bright a pixel of its pictures must be to become pure white
    alone: steps before the game begins; in the last `woken` of them the discriminator learns already, or its first
        opinions would throw the generator about
    pixels, features: weights of what a pair's picture is missed by: absolute distance, which keeps plain grounds plain,
        and `PerceptualDistance`
    """

    rank: int = 32
    pairs: int = 2000
    steps: int = 8
    shown: int = 16
    white: int = 256
    alone: int = 150
    woken: int = 30
    pixels: float = 4.0
    features: float = 1.0


@dataclass(frozen=True)
class Pairs:
    """Pictures of a flow, uint8 [N, 3, S, S], what was asked for [N, D], and the seeds of their noise."""

    images: Tensor
    said: Tensor
    seeds: Sequence[int]


class InstantGame(Game):
    """The game of a TAC-GAN from noise and requests, with the flow's own pictures to hold on to."""

    def __init__(self, *arguments: Any, pairs: Pairs, distil: DistilConfig, white: int, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **named)
        self.pairs, self.distil, self.white = pairs, distil, white
        self.distance = PerceptualDistance()

    def loss(self, model: nn.Module, step: int, rank: int, world: int) -> dict[str, Tensor]:
        missed = self._missed(model, step, rank, world)
        if step < self.distil.alone - self.distil.woken:
            return {"loss": missed, "pairs": missed.detach()}
        terms = super().loss(model, step, rank, world)
        if step < self.distil.alone:
            return {**terms, "loss": missed, "pairs": missed.detach()}
        return {**terms, "loss": terms["loss"] + missed, "pairs": missed.detach()}

    def latents(self, count: int, random: torch.Generator) -> Tensor:
        size = self._size
        return torch.randn(count, 3, size, size, generator=random)

    def seeded(self, seeds: Sequence[int]) -> Tensor:
        return torch.stack([seeded_noise(seed, self._size) for seed in seeds])

    @torch.no_grad()
    def sheet(self, model: nn.Module) -> Image.Image:
        """The prompts in a grid, from the same eight seeds in every row as the flow's own sheet."""
        device = next(model.parameters()).device
        pictures: list[Image.Image] = []
        for said, seeds in zip(self.prompts.split(32), torch.arange(len(self.prompts)).split(32), strict=True):
            made = model(self.seeded((seeds % 8).tolist()).to(device), said.to(device)).float()
            pictures += to_images(made, self.white)
        return contact_sheet(pictures, SHEET_COLUMNS)

    @property
    def _size(self) -> int:
        return int(self.model.config.image_size)  # type: ignore[union-attr,arg-type]

    def _missed(self, model: nn.Module, step: int, rank: int, world: int) -> Tensor:
        """How far from the flow's pictures those of their noise are."""
        device = next(model.parameters()).device
        chosen = np.random.default_rng((self.seed, step, 1)).integers(0, len(self.pairs.seeds), self.distil.shown)
        rows = chosen[rank::world].tolist()
        wanted = to_tensor(self.pairs.images[rows].numpy()).to(device)
        noise = self.seeded([self.pairs.seeds[row] for row in rows]).to(device)
        made = model(noise, self.pairs.said[rows].to(device)).float()
        unlike: Tensor = self.distance.to(device)(made, wanted)
        missed: Tensor = self.distil.pixels * (made - wanted).abs().mean() + self.distil.features * unlike
        return missed
