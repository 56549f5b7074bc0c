"""Which part of a person every pixel shows: a small head on what a frozen EfficientNet-Lite0 sees, and on the pose."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.data.joints import JOINTS
from t2i_core.data.parts import PARTS
from t2i_core.models.body import CHANNELS, BodySeeing, Views, enlarged

FINER = 2  # answers a side for each place of stride 4


@dataclass(frozen=True)
class ParsingConfig:
    """hidden: channels at stride 8; edge: channels at stride 4, where outlines are drawn."""

    hidden: int = 64
    edge: int = 32
    dropout: float = 0.1


class ParsingNet(BodySeeing):
    """Pictures [B, 3, 320, 224] and heat maps of one person -> the parts of that person."""

    def __init__(self, config: ParsingConfig) -> None:
        super().__init__()
        self.config = config
        self.look_through(config.hidden, config.dropout)
        self.from_pose = nn.Conv2d(len(JOINTS), config.hidden, 3, padding=1)
        self.joined = nn.ModuleList(nn.Conv2d(config.hidden, config.hidden, 3, padding=1) for _ in range(2))
        self.to_edge = nn.Conv2d(config.hidden, config.edge, 1)
        self.from_finest = nn.Conv2d(CHANNELS[0] + 3 * FINER**2, config.edge, 1)
        self.at_edge = nn.Conv2d(config.edge, config.edge, 3, padding=1)
        self.head = nn.Conv2d(config.edge, len(PARTS) * FINER**2, 1)

    def forward(self, views: Views, heat: Tensor, small: Tensor) -> Tensor:
        """Log-odds [B, 9, H / 2, W / 2]. heat: [B, 18, H / 8, W / 8]; small: the pictures at half their size."""
        h = self.places(views)
        h = h + F.gelu(self.from_pose(heat))
        for layer in self.joined:
            h = h + F.gelu(layer(h))
        colours = F.pixel_unshuffle(small, FINER)  # [B, 12, H / 4, W / 4]
        finest = torch.cat([self.scales[0](views.finest), colours], dim=1)
        h = F.gelu(self.from_finest(finest) + enlarged(self.to_edge(h), finest))
        h = h + F.gelu(self.at_edge(h))
        return F.pixel_shuffle(self.head(h), FINER)
