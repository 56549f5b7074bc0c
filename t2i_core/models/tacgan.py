"""TAC-GAN (arXiv 1703.06412): a generator that reads a text vector, and a discriminator that tells real from generated,
right texts from wrong ones, and names the class.

All convolutions work on a grid of pixel patches (pixel-unshuffle) of at most 32x32, and the text reaches the scores as
a projection (arXiv 1802.05637), so that the discriminator can judge a picture without any text too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

from t2i_core.models.layers import ConditionedBlock

M = TypeVar("M", bound=nn.Module)
START = 4  # places a side where the generator begins and the discriminator ends
EYES = ("own", "lite0")


@dataclass(frozen=True)
class TacGanConfig:
    """Everything both players are built from.

    classes: what the auxiliary classifier tells apart; text_dim: length of a text vector
    widths: channels of the generator's levels, each of twice the places a side of the one before
    critic: channels of the discriminator's levels, the other way round
    eye: "own": the discriminator learns to see; "lite0": it learns to judge what a frozen EfficientNet-Lite0 sees
    hidden: channels of the discriminator's heads; spectral: whether its layers have spectral norm (arXiv 1802.05957)
    """

    classes: int
    text_dim: int = 64
    image_size: int = 64
    patch: int = 2
    latent: int = 64
    cond_dim: int = 128
    widths: tuple[int, ...] = (128, 96, 64, 32)
    critic: tuple[int, ...] = (32, 64, 96, 128)
    eye: str = "own"
    hidden: int = 64
    spectral: bool = True

    def __post_init__(self) -> None:
        for name, levels in (("widths", len(self.widths)), ("critic", len(self.critic))):
            reached = self.patch * START * 2 ** (levels - 1)
            if reached != self.image_size:
                raise ValueError(
                    f"{levels} {name} with patches of {self.patch} make {reached} pixels, not {self.image_size}"
                )
        if self.eye not in EYES:
            raise ValueError(f"eye must be one of {EYES}, got {self.eye!r}")


@dataclass(frozen=True)
class Opinion:
    """What a discriminator says. scores: [B, S], the higher the more real (and the better the text fits), from S places
    of the network; classes: [B, classes] log-odds."""

    scores: Tensor
    classes: Tensor


class Generator(nn.Module):
    """(latent [B, latent], text [B, text_dim]) -> pictures [B, 3, S, S] in [-1, 1]."""

    def __init__(self, config: TacGanConfig) -> None:
        super().__init__()
        self.config, widths = config, config.widths
        self.read = nn.Linear(config.text_dim, config.cond_dim)
        self.mix = nn.Sequential(nn.Linear(config.latent + config.cond_dim, config.cond_dim), nn.SiLU())
        self.start = nn.Linear(config.cond_dim, widths[0] * START**2)
        pairs = zip((widths[0], *widths), widths, strict=False)
        self.levels = nn.ModuleList(ConditionedBlock(before, width, config.cond_dim) for before, width in pairs)
        self.head = nn.Sequential(
            nn.GroupNorm(widths[-1] // 16, widths[-1]),
            nn.SiLU(),
            nn.Conv2d(widths[-1], 3 * config.patch**2, 3, padding=1),
        )

    def forward(self, latent: Tensor, text: Tensor) -> Tensor:
        cond = self.mix(torch.cat([latent, F.leaky_relu(self.read(text), 0.2)], dim=1))
        x = self.start(cond).reshape(len(cond), -1, START, START)
        for number, level in enumerate(self.levels):
            x = level(F.interpolate(x, scale_factor=2.0) if number else x, cond)  # twice the places
        return F.pixel_shuffle(self.head(x), self.config.patch).tanh()


class Critic(nn.Module):
    """A discriminator: how it sees pictures and how it judges what it saw, apart, so that pictures that two texts are
    tried on are looked at once. `learns_to_see`: whether seeing is learned too."""

    learns_to_see: bool

    def __init__(self, config: TacGanConfig, scores: int) -> None:
        super().__init__()
        self.config = config
        self.calibration = nn.Buffer(torch.zeros(scores + 1))  # of the scores and 1, in the log-odds of `realness`

    def see(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """What is seen in pictures [B, 3, S, S]; each part [B, ...]."""
        raise NotImplementedError

    def judge(self, seen: Sequence[Tensor], text: Tensor | None = None) -> Opinion:
        """What is thought of it: with a text [B, text_dim], whether picture and text belong together and are real;
        without, whether the picture is."""
        raise NotImplementedError

    def forward(self, pictures: Tensor, text: Tensor | None = None) -> Opinion:
        return self.judge(self.see(pictures), text)

    def realness(self, scores: Tensor) -> Tensor:
        """Calibrated log-odds [B] that pictures are what was shown as real, from their scores without a text."""
        return scores @ self.calibration[:-1] + self.calibration[-1]


class Discriminator(Critic):
    """The discriminator that learns to see by itself: the generator's mirror image."""

    learns_to_see = True

    def __init__(self, config: TacGanConfig) -> None:
        super().__init__(config, scores=1)
        widths = config.critic
        self.stem = normed(nn.Conv2d(3 * config.patch**2, widths[0], 3, padding=1), config.spectral)
        self.shrink, self.around = nn.ModuleList(), nn.ModuleList()
        for before, width in pairwise(widths):
            self.shrink.append(normed(nn.Conv2d(before, width, 3, stride=2, padding=1), config.spectral))
            self.around.append(normed(nn.Conv2d(width, width, 3, padding=1), config.spectral))
        self.flat = normed(nn.Linear(widths[-1] * START**2, 4 * config.hidden), config.spectral)
        self.head = Head(4 * config.hidden, config)
        self.name = nn.Linear(4 * config.hidden, config.classes)

    def see(self, pictures: Tensor) -> tuple[Tensor, ...]:
        x = F.leaky_relu(self.stem(F.pixel_unshuffle(pictures, self.config.patch)), 0.2)  # [B, critic[0], grid, grid]
        for shrink, around in zip(self.shrink, self.around, strict=True):
            x = F.leaky_relu(shrink(x), 0.2)  # half the places
            x = x + F.leaky_relu(around(x), 0.2)
        return (F.leaky_relu(self.flat(x.flatten(1)), 0.2),)

    def judge(self, seen: Sequence[Tensor], text: Tensor | None = None) -> Opinion:
        (whole,) = seen
        return Opinion(self.head(whole[..., None, None], text)[:, None], self.name(whole))


class Head(nn.Module):
    """One score from a map [B, channels, h, w] of already learned features, and from how the text lies to it."""

    def __init__(self, channels: int, config: TacGanConfig) -> None:
        super().__init__()
        self.score = normed(nn.Conv2d(channels, 1, 1), config.spectral)
        self.project = normed(nn.Linear(config.text_dim, channels), config.spectral)

    def forward(self, x: Tensor, text: Tensor | None) -> Tensor:
        plain: Tensor = self.score(x).mean((1, 2, 3))
        if text is None:
            return plain
        return plain + (self.project(text) * x.mean((2, 3))).sum(1)


def normed(layer: M, spectral: bool) -> M:
    """The layer under spectral norm, where that is wanted."""
    if spectral:
        spectral_norm(layer)  # in place
    return layer


def baked(critic: nn.Module) -> nn.Module:
    """The network with what spectral norm makes of its weights written into them, for good: as it is shipped."""
    for module in critic.modules():
        if is_parametrized(module, "weight"):
            remove_parametrizations(module, "weight")
    return critic
