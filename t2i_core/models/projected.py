"""A discriminator on what a frozen EfficientNet-Lite0 sees at several depths (projected GAN, arXiv 2111.01007).

It learns to judge, not to see: a few thousand pictures are enough, and a step costs little, because real pictures pass
the encoder forwards only.
"""

from collections.abc import Callable, Sequence
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.lite import HEAD, Lite
from t2i_core.models.seeing import Standard
from t2i_core.models.tacgan import Critic, Discriminator, Head, Opinion, TacGanConfig, normed

TAPS = (2, 4, 10, 15)  # blocks of Lite0: maps of stride 4, 8, 16 and 32
CHANNELS = (24, 40, 112, 320, HEAD)  # of those maps, and of the last one's mean


class Projected(Critic):
    """Judges pictures through the frozen encoder: a score from each depth."""

    learns_to_see = False

    def __init__(self, config: TacGanConfig) -> None:
        super().__init__(config, scores=len(CHANNELS))
        self.encoder = Lite().requires_grad_(False).eval()
        self.scales = nn.ModuleList(Standard(channels) for channels in CHANNELS)
        self.narrow = nn.ModuleList(
            normed(nn.Conv2d(channels, config.hidden, 1), config.spectral) for channels in CHANNELS
        )
        self.around = nn.ModuleList(
            normed(nn.Conv2d(config.hidden, config.hidden, 3, padding=1), config.spectral) for _ in TAPS
        )
        self.heads = nn.ModuleList(Head(config.hidden, config) for _ in CHANNELS)
        self.name = nn.Linear(HEAD, config.classes)

    def train(self, mode: bool = True) -> Self:
        """The frozen encoder stays in evaluation mode."""
        super().train(mode)
        self.encoder.train(False)
        return self

    def see(self, pictures: Tensor) -> tuple[Tensor, ...]:
        maps, last = self.encoder(pictures.contiguous(memory_format=torch.channels_last), TAPS)
        return (*maps, last.mean((2, 3), keepdim=True))

    def standardise(self, seen: Sequence[Tensor]) -> None:
        """Measures the channels of what was seen in training pictures."""
        for scale, part in zip(self.scales, seen, strict=True):
            scale.measure(part)  # type: ignore[operator]

    def judge(self, seen: Sequence[Tensor], text: Tensor | None = None) -> Opinion:
        scaled = [softened(scale(part)) for scale, part in zip(self.scales, seen, strict=True)]
        scores = []
        for number, part in enumerate(scaled):
            x = F.leaky_relu(self.narrow[number](part), 0.2)  # [B, hidden, h, w]
            if number < len(self.around):
                x = x + F.leaky_relu(self.around[number](x), 0.2)
            scores.append(self.heads[number](x, text))
        return Opinion(torch.stack(scores, dim=1), self.name(scaled[-1].flatten(1)))


def softened(x: Tensor, most: float = 4.0) -> Tensor:
    """The same near zero, never beyond `most`: early generated pictures lie a hundred deviations from real ones, and
    slopes of that size (5,000 were measured) would throw the generator about."""
    return most * torch.tanh(x / most)


def new_critic(config: TacGanConfig, encoder: Callable[[], nn.Module] | None = None) -> Critic:
    """The untrained discriminator that a config describes; with the picture encoder, where it looks through one."""
    if config.eye == "own":
        return Discriminator(config)
    critic = Projected(config)
    if encoder is not None:
        critic.encoder.load_state_dict(encoder().state_dict())
    return critic
