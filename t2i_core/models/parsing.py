"""Which part of a person every pixel shows: a small head on what a frozen EfficientNet-Lite0 sees, and on the pose."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.data.joints import JOINTS
from t2i_core.data.parts import PARTS
from t2i_core.models.body import CHANNELS, BodySeeing, Views, enlarged
from t2i_core.models.layers import TokenAttention

HEAD = 32  # channels of a head of attention
FINER = 2  # answers a side for each place of stride 4


@dataclass(frozen=True)
class ParsingConfig:
    """hidden: channels at strides 16 and 8; edge: channels at stride 4, where outlines are drawn; overviews: how often
    every place looks at all others."""

    hidden: int = 64
    edge: int = 32
    dropout: float = 0.1
    overviews: int = 0


class Overview(nn.Module):
    """Every place of a map [B, C, H, W] looks at all others: whether somebody wears a dress or a top and a skirt shows
    at the waist, but holds from the shoulders to the knees."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(2))
        self.attention = TokenAttention(channels, HEAD if channels % HEAD == 0 else channels)
        self.mlp = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.norms
        tokens = x.flatten(2).transpose(1, 2)  # [B, H W, C]
        tokens = tokens + self.dropout(self.attention(first(tokens)))
        tokens = tokens + self.dropout(self.mlp(second(tokens)))
        return tokens.transpose(1, 2).reshape(x.shape)


class ParsingNet(BodySeeing):
    """Pictures [B, 3, 320, 224] and heat maps of one person -> the parts of that person."""

    def __init__(self, config: ParsingConfig) -> None:
        super().__init__()
        self.config = config
        self.look_through(config.hidden, config.dropout)
        self.from_pose = nn.Conv2d(len(JOINTS), config.hidden, 3, padding=1)
        if config.overviews:
            self.stance = nn.Conv2d(len(JOINTS), config.hidden, 1)
        self.overviews = nn.ModuleList(Overview(config.hidden, config.dropout) for _ in range(config.overviews))
        self.joined = nn.ModuleList(nn.Conv2d(config.hidden, config.hidden, 3, padding=1) for _ in range(2))
        self.to_edge = nn.Conv2d(config.hidden, config.edge, 1)
        self.from_finest = nn.Conv2d(CHANNELS[0] + 3 * FINER**2, config.edge, 1)
        self.at_edge = nn.Conv2d(config.edge, config.edge, 3, padding=1)
        self.head = nn.Conv2d(config.edge, len(PARTS) * FINER**2, 1)

    def forward(self, views: Views, heat: Tensor, small: Tensor) -> Tensor:
        """Log-odds [B, 9, H / 2, W / 2]. heat: [B, 18, H / 8, W / 8]; small: the pictures at half their size."""
        h = self.coarse_places(views)
        if self.config.overviews:
            h = h + self.stance(F.max_pool2d(heat, 2))
        for overview in self.overviews:
            h = overview(h)
        h = self.finer(h, views)
        h = h + F.gelu(self.from_pose(heat))
        for layer in self.joined:
            h = h + F.gelu(layer(h))
        colours = F.pixel_unshuffle(small, FINER)  # [B, 12, H / 4, W / 4]
        finest = torch.cat([self.scales[0](views.finest), colours], dim=1)
        h = F.gelu(self.from_finest(finest) + enlarged(self.to_edge(h), finest))
        h = h + F.gelu(self.at_edge(h))
        return F.pixel_shuffle(self.head(h), FINER)
