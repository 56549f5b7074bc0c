"""What networks that look at people share: four maps of the frozen EfficientNet-Lite0, merged from coarse to fine."""

from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.lite import Lite
from t2i_core.models.seeing import Standard

HEIGHT, WIDTH = 320, 224  # of the pictures they look at: a standing person with room beside
TAPS = (2, 4, 10, 15)  # blocks of Lite0
CHANNELS = (24, 40, 112, 320)
STRIDES = (4, 8, 16, 32)
PLACES = (HEIGHT // 8, WIDTH // 8)  # rows and columns of a heat map


@dataclass(frozen=True)
class Views:
    """What the frozen encoder sees in pictures [B, 3, H, W]: maps of stride 4, 8, 16 and 32."""

    finest: Tensor
    fine: Tensor
    coarse: Tensor
    coarsest: Tensor

    def __len__(self) -> int:
        return len(self.fine)

    def __getitem__(self, rows: Tensor | slice) -> "Views":
        """Rows as float32."""
        return Views(*(part[rows].float() for part in self.maps()))

    def maps(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.finest, self.fine, self.coarse, self.coarsest


class BodySeeing(nn.Module):
    """The frozen encoder, and one map of stride 8 made of its three coarser ones."""

    def look_through(self, hidden: int, dropout: float) -> None:
        """Builds these parts; hidden: channels of the map."""
        self.encoder = Lite().requires_grad_(False).eval()
        self.scales = nn.ModuleList(Standard(channels) for channels in CHANNELS)
        self.steps_in = nn.ModuleList(nn.Conv2d(channels, hidden, 1) for channels in CHANNELS[1:])
        self.around = nn.ModuleList(nn.Conv2d(hidden, hidden, 3, padding=1) for _ in range(2))
        self.dropout = nn.Dropout2d(dropout)

    def train(self, mode: bool = True) -> Self:
        """The frozen encoder stays in evaluation mode."""
        super().train(mode)
        self.encoder.train(False)
        return self

    @torch.no_grad()
    def see(self, images: Tensor) -> Views:
        """Pictures [B, 3, H, W] in [-1, 1] as the frozen encoder sees them. Its last convolution is not needed."""
        return Views(*self.encoder.taps(images.contiguous(memory_format=torch.channels_last), TAPS))

    def standardise(self, views: Views) -> None:
        """Measures the channels of what was seen in training pictures."""
        for scale, part in zip(self.scales, views.maps(), strict=True):
            scale.measure(part)  # type: ignore[operator]

    def places(self, views: Views) -> Tensor:
        """[B, hidden, H / 8, W / 8]."""
        return self.finer(self.coarse_places(views), views)

    def coarse_places(self, views: Views) -> Tensor:
        """[B, hidden, H / 16, W / 16], of the two coarsest maps."""
        coarse, coarsest = (self.scales[at](views.maps()[at]) for at in (2, 3))
        h = self.steps_in[2](self.dropout(coarsest))  # [B, hidden, H / 32, W / 32]
        h = F.gelu(self.steps_in[1](self.dropout(coarse)) + enlarged(h, coarse))  # stride 16
        for layer in self.around:
            h = h + F.gelu(layer(h))
        return h

    def finer(self, h: Tensor, views: Views) -> Tensor:
        """Coarse places joined with the finer map, [B, hidden, H / 8, W / 8]."""
        fine = self.scales[1](views.fine)
        return F.gelu(self.steps_in[0](fine) + enlarged(h, fine))


def enlarged(x: Tensor, like: Tensor) -> Tensor:
    """A map brought to another's height and width."""
    return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)
