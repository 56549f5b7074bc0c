"""Is something laid over a photo, and where? A small head on what a frozen EfficientNet-Lite0 sees at four depths."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.lite import HEAD
from t2i_core.models.seeing import Seeing, Seen

TAPS = (2, 4, 10, 15)  # blocks of Lite0: maps of stride 4, 8, 16 and 32
FINE, COARSE = 2 * 24 + 2 * 40 + 112, 320
STRIDE = 16  # pixels a side of a cell
TOP = 4  # cells: the most suspicious ones decide with the whole


@dataclass(frozen=True)
class OverlayConfig:
    """image_size: pixels a side that the encoder looks at; hidden: channels of the head."""

    image_size: int = 192
    hidden: int = 96
    dropout: float = 0.2

    @property
    def cells(self) -> int:
        """How many cells a side has."""
        return self.image_size // STRIDE


@dataclass(frozen=True)
class Judged:
    """Log-odds that something is laid over: the whole picture [B], every cell [B, cells, cells]."""

    whole: Tensor
    cells: Tensor


class OverlayNet(Seeing):
    """Pictures -> whether and where something is laid over them."""

    def __init__(self, config: OverlayConfig) -> None:
        super().__init__()
        self.config = config
        self.look_through(FINE, COARSE, hidden=config.hidden, dropout=config.dropout)
        self.around = nn.Conv2d(config.hidden, config.hidden, 3, padding=1)
        self.cell_head = nn.Conv2d(config.hidden, 1, 1)
        self.from_pooled = nn.Linear(HEAD, config.hidden)
        self.whole_head = nn.Linear(3 * config.hidden + 2, 1)
        self.calibration = nn.Buffer(torch.tensor([1.0, 0.0]))  # scale and shift of the whole's log-odds

    @torch.no_grad()
    def see(self, images: Tensor) -> Seen:
        """Pictures [B, 3, S, S] in [-1, 1] as the frozen encoder sees them: fine [B, 240, S/16, S/16], coarse
        [B, 320, S/32, S/32], pooled [B, 1280]."""
        (first, early, middle, late), last = self.encoder(images.contiguous(memory_format=torch.channels_last), TAPS)
        pooled = [pool(maps, size) for maps, size in ((first, 4), (early, 2)) for pool in (F.avg_pool2d, F.max_pool2d)]
        return Seen(torch.cat([*pooled, middle], dim=1), late, last.mean((2, 3)))

    def forward(self, seen: Seen) -> Judged:
        """The learned head over what was seen."""
        h = self.places(seen)  # [B, hidden, cells, cells]
        h = h + F.gelu(self.around(h))
        cells = self.cell_head(h)[:, 0]
        pooled = F.gelu(self.from_pooled(self.pooled(seen)))
        flat = cells.flatten(1)
        worst = torch.stack([flat.topk(min(TOP, flat.shape[1])).values.mean(1), flat.sigmoid().mean(1)], dim=1)
        whole = torch.cat([h.mean((2, 3)), h.amax((2, 3)), pooled, worst], dim=1)
        return Judged(self.whole_head(self.dropout(whole))[:, 0], cells)

    def calibrated(self, judged: Judged) -> Tensor:
        """Log-odds [B] that come true as often as they say, where half of the pictures have an overlay."""
        return self.calibration[0] * judged.whole + self.calibration[1]
