"""What networks share that look at pictures through the frozen EfficientNet-Lite0 and learn only what to make of it."""

from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.lite import HEAD, Lite


@dataclass(frozen=True)
class Seen:
    """What the frozen encoder sees in pictures. For 128 pixels: fine [B, 152, 8, 8], coarse [B, 320, 4, 4],
    pooled [B, 1280]."""

    fine: Tensor
    coarse: Tensor
    pooled: Tensor

    def __len__(self) -> int:
        return len(self.pooled)

    def __getitem__(self, rows: Tensor | slice) -> "Seen":
        """Rows as float32."""
        return Seen(*(part[rows].float() for part in self.parts()))

    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.fine, self.coarse, self.pooled


class Standard(nn.Module):
    """Channels [B, C, ...] brought to mean 0 and deviation 1, as measured once on training pictures."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mean, self.deviation = nn.Buffer(torch.zeros(channels)), nn.Buffer(torch.ones(channels))

    def measure(self, x: Tensor) -> None:
        """Takes mean and deviation from examples [N, C, ...]."""
        flat = x.float().transpose(0, 1).flatten(1)  # [C, N ...]
        self.mean.copy_(flat.mean(1))
        self.deviation.copy_(flat.std(1).clamp(min=1e-3))

    def forward(self, x: Tensor) -> Tensor:
        shape = (-1, *[1] * (x.dim() - 2))
        return (x - self.mean.view(shape)) / self.deviation.view(shape)


class Seeing(nn.Module):
    """The frozen encoder, the scales of what it sees, and one map of places from the fine and the coarse."""

    def look_through(self, fine: int, coarse: int, *, hidden: int, dropout: float) -> None:
        """Builds these parts. A network calls it where they stand among its others: what a seed draws depends on it.

        fine, coarse: channels of what is seen; hidden: channels of the map of places
        """
        self.encoder = Lite().requires_grad_(False).eval()
        self.fine_scale, self.coarse_scale, self.pooled_scale = Standard(fine), Standard(coarse), Standard(HEAD)
        self.from_fine, self.from_coarse = nn.Conv2d(fine, hidden, 1), nn.Conv2d(coarse, hidden, 1)
        self.dropout = nn.Dropout(dropout)

    def train(self, mode: bool = True) -> Self:
        """The frozen encoder stays in evaluation mode."""
        super().train(mode)
        self.encoder.train(False)
        return self

    def standardise(self, seen: Seen) -> None:
        """Measures the channels of what was seen in training pictures."""
        for scale, part in zip((self.fine_scale, self.coarse_scale, self.pooled_scale), seen.parts(), strict=True):
            scale.measure(part)

    def places(self, seen: Seen) -> Tensor:
        """The fine map with the coarse one laid under it, [B, hidden, h, w] of the fine one's size."""
        near = self.from_fine(self.dropout(self.fine_scale(seen.fine)))
        far = self.from_coarse(self.dropout(self.coarse_scale(seen.coarse)))
        return F.gelu(near + F.interpolate(far, size=near.shape[-2:], mode="bilinear"))

    def pooled(self, seen: Seen) -> Tensor:
        """The mean over places, scaled, [B, 1280]."""
        scaled: Tensor = self.dropout(self.pooled_scale(seen.pooled))
        return scaled
