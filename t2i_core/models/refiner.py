"""The second stage: from a picture of half the size to one with its details, by flow matching again."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.conditioning import waves
from t2i_core.models.patchflow import UNet


@dataclass(frozen=True)
class RefinerConfig:
    """Everything a Refiner is built from."""

    image_size: int = 128
    patch: int = 4
    widths: tuple[int, ...] = (64, 128, 160)
    depth: int = 1
    cond_dim: int = 96

    @property
    def grid(self) -> int:
        return self.image_size // self.patch

    @property
    def small(self) -> int:
        """Side of the pictures it refines."""
        return self.image_size // 2


class Refiner(nn.Module):
    """(noisy large picture, time, small picture) -> clean large picture.

    It answers with what the enlarged small picture lacks, so that all it learns is detail.
    """

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__()
        self.config = config
        self.time = nn.Sequential(
            nn.Linear(64, config.cond_dim), nn.SiLU(), nn.Linear(config.cond_dim, config.cond_dim)
        )
        self.backbone = UNet(config, pictures=2)

    def forward(self, x: Tensor, t: Tensor, small: Tensor) -> Tensor:
        """x: [B, 3, H, W]; t: [B] in [0, 1]; small: [B, 3, H / 2, W / 2]. Returns [B, 3, H, W]."""
        base = enlarged(small).to(x.dtype)
        patches = F.pixel_unshuffle(torch.cat([x, base], dim=1), self.config.patch)  # the noisy picture's come first
        detail = self.backbone(patches, F.silu(self.time(waves(t).to(x.dtype))))
        return base + F.pixel_shuffle(detail, self.config.patch)


def enlarged(small: Tensor) -> Tensor:
    """Twice the size, smoothly: what a refiner has to beat."""
    return F.interpolate(small.float(), scale_factor=2, mode="bicubic", align_corners=False)


def shrunk(large: Tensor) -> Tensor:
    """Half the size: what a refiner is shown of a training picture."""
    return F.interpolate(large, scale_factor=0.5, mode="bicubic", align_corners=False, antialias=True)
