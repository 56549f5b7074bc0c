"""What two networks of a game lose to each other, as pure functions of their scores.

Scores are what a discriminator says of pictures, in any shape, before any sigmoid: the higher, the more real.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from t2i_core.errors import InputError

LOSSES = ("bce", "minimax", "lsgan")  # bce is what the shoe paper calls the modified loss
SMOOTHED = 0.9  # what one-sided label smoothing asks of real pictures (arXiv 1606.03498)


class Scores(NamedTuple):
    """What a discriminator says of the three kinds of pairs that a matching-aware one is shown (arXiv 1605.05396)."""

    right: Tensor  # real pictures with their own texts
    wrong: Tensor  # real pictures with others' texts
    made: Tensor  # generated pictures with the texts they were asked for


def check_loss(kind: str) -> str:
    """The name of a loss. Raises InputError where there is none of that name."""
    if kind not in LOSSES:
        raise InputError(f"The losses of a game are {', '.join(LOSSES)}; there is no “{kind[:40]}”.")
    return kind


def towards(kind: str, scores: Tensor, target: float) -> Tensor:
    """How far scores are from a target of 0 (not real) to 1 (real): binary cross-entropy, or half the squared distance
    (LSGAN, arXiv 1611.04076)."""
    if kind == "lsgan":
        return (scores - target).square().mean() / 2
    return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, target))


def discriminator_loss(kind: str, real: Tensor, made: Tensor, real_target: float = 1.0) -> Tensor:
    """What a discriminator loses that is shown real and generated pictures."""
    return towards(kind, real, real_target) + towards(kind, made, 0.0)


def matching_loss(kind: str, scores: Scores, real_target: float = 1.0) -> Tensor:
    """The same of one that is shown texts too: a right picture under a wrong text is as bad as a generated one."""
    wrong = (towards(kind, scores.wrong, 0.0) + towards(kind, scores.made, 0.0)) / 2
    return towards(kind, scores.right, real_target) + wrong


def generator_loss(kind: str, made: Tensor) -> Tensor:
    """What a generator loses: it wants to pass for real.

    `minimax` lowers log(1 - D), the game as it was first written down, whose gradient vanishes where D is sure; `bce`
    raises log D instead (arXiv 1406.2661).
    """
    if kind == "minimax":
        return F.logsigmoid(-made).mean()  # log(1 - sigmoid(x)) = logsigmoid(-x)
    return towards(kind, made, 1.0)


def gradient_penalty(scores: Tensor, shown: Sequence[Tensor]) -> Tensor:
    """R1 (arXiv 1801.04406): the squared slope of the scores at what was shown, summed a picture, averaged over them.

    shown: tensors [B, ...] that need gradients, which the scores were computed from
    """
    slopes = torch.autograd.grad(scores.sum(), list(shown), create_graph=True)
    total = torch.stack([slope.square().flatten(1).sum(1) for slope in slopes]).sum(0)  # [B]
    return total.mean()


def diversity(pictures: Tensor) -> Tensor:
    """How far pictures [B, C, H, W] are from one another: the mean over all pairs of the root mean squared distance."""
    distances = torch.pdist(pictures.float().flatten(1))  # of B (B - 1) / 2 pairs
    return distances.mean() / math.sqrt(pictures[0].numel())


def others(labels: Tensor) -> Tensor:
    """For every row of labels [B, K] another row that differs from it, or itself where all are alike. [B] int64."""
    count = len(labels)
    found = torch.arange(count)
    open_rows = torch.ones(count, dtype=torch.bool)
    for shift in range(1, count):
        candidate = (torch.arange(count) + shift) % count
        differs = open_rows & (labels != labels[candidate]).any(1)
        found[differs] = candidate[differs]
        open_rows &= ~differs
        if not open_rows.any():
            break
    return found
