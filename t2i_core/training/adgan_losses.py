"""What a drawn person loses to a photo: pixels, frozen features, their Gram matrices, and the layout of the parts."""

from dataclasses import dataclass

import torch
from torch import Tensor

from t2i_core.models.adgan import Drawn
from t2i_core.training.perceptual import PerceptualDistance


@dataclass(frozen=True)
class LossWeights:
    """What each loss counts; 0 turns it off, and nothing is computed for it.

    reconstruction: mean distance of the pixels; on the person it counts `body` times
    perceptual: distance of frozen Lite0 features; style: of their Gram matrices (arXiv 1603.08155), which tell of
      texture wherever it lies
    layout: cross-entropy of the part of each cell
    pose, appearance: the two critics
    pace: the critics' learning rate as a multiple of the generator's
    """

    reconstruction: float = 1.0
    body: float = 3.0
    perceptual: float = 0.3
    style: float = 0.0
    layout: float = 0.1
    pose: float = 0.0
    appearance: float = 0.0
    pace: float = 0.5

    @property
    def adversarial(self) -> bool:
        """Whether there are critics at all."""
        return self.pose > 0 or self.appearance > 0


class DrawnLoss:
    """The terms that need no critic."""

    def __init__(self, weights: LossWeights) -> None:
        self.weights = weights
        self.eye = PerceptualDistance() if weights.perceptual or weights.style else None

    def __call__(self, drawn: Drawn, wanted: Tensor, masks: Tensor) -> dict[str, Tensor]:
        """wanted: [B, 3, H, W]; masks: [B, P, H, W] of its parts."""
        weights, made = self.weights, drawn.pictures.float()
        count = 1 + (weights.body - 1) * (1 - masks[:, :1])  # [B, 1, H, W]
        terms = {"reconstruction": ((made - wanted).abs() * count).sum() / (3 * count.sum())}
        if weights.layout:
            terms["layout"] = layout_loss(drawn.layout.float(), masks)
        if self.eye is not None:
            self.eye.to(wanted.device)
            with torch.no_grad():
                theirs = self.eye.columns(wanted)
            ours = self.eye.columns(made)
            pairs = list(zip(ours, theirs, strict=True))
            terms["perceptual"] = torch.stack([(a - b).square().sum(1).mean() for a, b in pairs]).sum()
            if weights.style:
                terms["style"] = torch.stack([(gram(a) - gram(b)).square().sum((1, 2)).mean() for a, b in pairs]).sum()
        return terms

    def total(self, terms: dict[str, Tensor]) -> Tensor:
        """The weighted sum of terms by their names."""
        return torch.stack([getattr(self.weights, name) * value for name, value in terms.items()]).sum()


def layout_loss(odds: Tensor, masks: Tensor) -> Tensor:
    """Cross-entropy of places [B, P, H, W] by how much of each a part covers."""
    return -(masks * odds.log_softmax(1)).sum(1).mean()


def gram(columns: Tensor) -> Tensor:
    """How often channels [B, C, h, w] are high together, [B, C, C]."""
    flat = columns.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[-1]
