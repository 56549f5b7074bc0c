"""Differentiable augmentation (arXiv 2006.10738): what both players of a game see of pictures, real or generated.

A discriminator that has seen a few thousand pictures a hundred times knows them by heart; moved, recoloured and cut
ones it does not, and the generator still learns from what it says, because gradients pass through.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from t2i_core.errors import InputError
from t2i_core.training.stock import normal

SHIFT = 0.125  # of a side, by which a picture is moved at most
CUT = 0.5  # of a side: the square that is cut out
GRAIN = 0.1  # standard deviation of the most noise a picture gets; a refiner adds .06 to what it is handed


def augment(pictures: Tensor, policies: Sequence[str], random: torch.Generator) -> Tensor:
    """Pictures [B, C, H, W] in [-1, 1], each changed by the policies in a way of its own.

    Raises InputError for a policy that nobody knows.
    """
    for name in policies:
        if name not in POLICIES:
            raise InputError(f"Pictures can be augmented by {', '.join(POLICIES)}, not by “{name[:40]}”.")
        pictures = POLICIES[name](pictures, random)
    return pictures


def _colour(x: Tensor, random: torch.Generator) -> Tensor:
    """Brightness, saturation and contrast."""
    brighter, richer, harder = _draw(x, 3, random).unbind()
    x = x + (brighter - 0.5)
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * (2 * richer)
    middle = x.mean((1, 2, 3), keepdim=True)
    return middle + (x - middle) * (harder + 0.5)


def _light(x: Tensor, random: torch.Generator) -> Tensor:
    """Less of the same, for shop photos: colours are what their texts speak of, and their ground is white."""
    brighter, _, harder = _draw(x, 3, random).unbind()
    x = x + 0.2 * (brighter - 0.5)
    return 1 + (x - 1) * (0.9 + 0.2 * harder)


def _move(x: Tensor, random: torch.Generator) -> Tensor:
    """Moved sideways and up or down; what comes in is as the rim was."""
    batch, _, height, width = x.shape
    down, right = ((_draw(x, 2, random) * 2 - 1) * SHIFT).flatten(1)  # shares of a side, [B] each
    rows = _places(height, down)
    columns = _places(width, right)
    index = torch.arange(batch, device=x.device)[:, None, None]
    return x.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _cut(x: Tensor, random: torch.Generator) -> Tensor:
    """A square anywhere made grey."""
    _, _, height, width = x.shape
    down, right = _draw(x, 2, random).flatten(1)
    rows = _inside(height, down)
    columns = _inside(width, right)
    hole = rows[:, None, :, None] & columns[:, None, None, :]
    return x * ~hole


def _grain(x: Tensor, random: torch.Generator) -> Tensor:
    """Noise, a little or more: what is told by a faint pattern alone does not come through."""
    return x + GRAIN * _draw(x, 1, random)[0] * normal(x.shape, random, x.device)


def _draw(x: Tensor, count: int, random: torch.Generator) -> Tensor:
    """`count` shares a picture, [count, B, 1, 1, 1]. Drawn on the processor, so that a seed means the same anywhere."""
    return torch.rand(count, len(x), 1, 1, 1, generator=random).to(x.device, x.dtype)


def _places(side: int, moved: Tensor) -> Tensor:
    """Which old place each new one shows. [B] -> [B, side]"""
    shift = (moved * side).round().long()
    return (torch.arange(side, device=moved.device)[None] - shift[:, None]).clamp(0, side - 1)


def _inside(side: int, middle: Tensor) -> Tensor:
    """Where the cut is. [B] -> [B, side] bool"""
    distance = (torch.arange(side, device=middle.device)[None] - (middle * side)[:, None]).abs()
    return distance < CUT * side / 2


POLICIES: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "colour": _colour,
    "light": _light,
    "move": _move,
    "cut": _cut,
    "grain": _grain,
}
