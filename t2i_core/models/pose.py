"""Where a person's 18 joints are: heat maps from a small head on what a frozen EfficientNet-Lite0 sees.

Heat maps as targets: Tompson et al., arXiv 1406.2984.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.data.joints import JOINTS
from t2i_core.models.body import BodySeeing, Views


@dataclass(frozen=True)
class PoseConfig:
    """hidden: channels of the head."""

    hidden: int = 64
    dropout: float = 0.1


@dataclass(frozen=True)
class Heat:
    """maps [B, 18, H / 8, W / 8]: about 1 where a joint is, 0 elsewhere; clear [B, 18, H / 8, W / 8]: log-odds that a
    joint which is here is in sight, not guessed."""

    maps: Tensor
    clear: Tensor


class PoseNet(BodySeeing):
    """Pictures [B, 3, 320, 224] -> heat maps."""

    def __init__(self, config: PoseConfig) -> None:
        super().__init__()
        self.config = config
        self.look_through(config.hidden, config.dropout)
        self.joined = nn.ModuleList(nn.Conv2d(config.hidden, config.hidden, 3, padding=1) for _ in range(2))
        self.head = nn.Conv2d(config.hidden, 2 * len(JOINTS), 1)

    def forward(self, views: Views) -> Heat:
        """The learned head over what was seen."""
        h = self.places(views)
        for layer in self.joined:
            h = h + F.gelu(layer(h))
        maps, clear = self.head(h).chunk(2, dim=1)
        return Heat(maps, clear)
