"""The two critics of ADGAN: one asks whether a picture shows the pose, the other whether it is the same person."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.adgan import POSE, AdganConfig
from t2i_core.models.tacgan import normed


class PatchCritic(nn.Module):
    """Grids [B, C, h, w] -> how real each of their regions is [B, 1, h / 2, w / 2] (arXiv 1611.07004)."""

    def __init__(self, channels: int, widths: tuple[int, int] = (64, 96)) -> None:
        super().__init__()
        self.stem = normed(nn.Conv2d(channels, widths[0], 1), True)
        self.shrink = normed(nn.Conv2d(widths[0], widths[1], 4, stride=2, padding=1), True)
        self.around = normed(nn.Conv2d(widths[1], widths[1], 3, padding=1), True)
        self.score = normed(nn.Conv2d(widths[1], 1, 1), True)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.stem(x), 0.2)
        x = F.leaky_relu(self.shrink(x), 0.2)
        scores: Tensor = self.score(F.leaky_relu(self.around(x), 0.2))
        return scores


class AdganCritics(nn.Module):
    """Pictures with the pose they should show and the picture they come from -> the scores of both critics."""

    def __init__(self, config: AdganConfig) -> None:
        super().__init__()
        self.patch = config.patch
        cell = 3 * config.patch**2
        self.pose = PatchCritic(cell + POSE)
        self.appearance = PatchCritic(2 * cell)

    def forward(self, pictures: Tensor, heat: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """pictures, source: [B, 3, H, W]; heat: [B, 18, h, w]."""
        cells, theirs = (F.pixel_unshuffle(one, self.patch) for one in (pictures, source))
        return self.pose(torch.cat([cells, heat], dim=1)), self.appearance(torch.cat([cells, theirs], dim=1))
