"""How different two pictures look to the early layers of a frozen network (cf. LPIPS, arXiv 1801.03924)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from t2i_core.models.lite import MEAN, STD
from t2i_core.training.features import FrozenLite, Lite

TAPS = (0, 2, 4, 10)  # EfficientNet-Lite0 blocks: at 64 px their maps are 32, 16, 8 and 4 px wide


class PerceptualDistance(nn.Module):
    """Mean squared distance of unit-length feature columns of a frozen network, summed over four depths.

    lite: "lite0" to learn by; "lite2" to judge by what nothing was learned from
    """

    def __init__(self, lite: Lite = "lite0") -> None:
        super().__init__()
        net = FrozenLite(lite).net
        self.stem: nn.Module = nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6())  # type: ignore[arg-type]
        self.blocks = nn.ModuleList(list(net._blocks)[: TAPS[-1] + 1])  # type: ignore[arg-type]
        self.requires_grad_(False).eval()

    def forward(self, guess: Tensor, clean: Tensor) -> Tensor:
        """guess, clean: [B, 3, H, W] in [-1, 1]. Gradients reach `guess` alone."""
        with torch.no_grad():
            wanted = self.columns(clean)
        found = self.columns(guess)
        terms = [(a - b).square().sum(1).mean() for a, b in zip(found, wanted, strict=True)]
        return torch.stack(terms).sum()

    def columns(self, x: Tensor) -> list[Tensor]:
        """Unit-length feature columns at each tap, [B, C, h, w]."""
        x = self.stem(((127.5 * x + 127.5 - MEAN) / STD).contiguous(memory_format=torch.channels_last))
        kept = []
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in TAPS:
                kept.append(F.normalize(x.float(), dim=1))
        return kept
