"""Joints as heat maps, and heat maps as joints."""

import torch
from torch import Tensor

from t2i_core.models.body import PLACES

STRIDE = 8
SIGMA = 1.0  # of a joint's spot, in cells


def drawn(joints: Tensor, sigma: float = SIGMA) -> Tensor:
    """Spots of height 1 at joints [..., 2] of x, y in pixels -> [..., 40, 28]; none for NaN or far outside."""
    rows, columns = (torch.arange(size, dtype=torch.float32) for size in PLACES)
    x, y = ((joints[..., axis, None, None].float() + 0.5) / STRIDE - 0.5 for axis in (0, 1))
    apart = (columns - x) ** 2 + (rows[:, None] - y) ** 2
    return torch.exp(-apart / (2 * sigma**2)).nan_to_num(0.0)


def found(maps: Tensor) -> tuple[Tensor, Tensor]:
    """The highest spot of every map [..., h, w]: x, y in pixels [..., 2], and its height [...].

    The place between cells is that of the centre of what is high around the highest cell.
    """
    height, width = maps.shape[-2:]
    flat = maps.flatten(-2)
    best, index = flat.max(-1)
    row, column = index // width, index % width
    shifts = torch.arange(-2, 3)
    near_rows, near_columns = row[..., None] + shifts, column[..., None] + shifts
    inside = _within(near_rows, height)[..., :, None] & _within(near_columns, width)[..., None, :]  # [..., 5, 5]
    cells = near_rows.clamp(0, height - 1)[..., :, None] * width + near_columns.clamp(0, width - 1)[..., None, :]
    weights = inside * flat.gather(-1, cells.flatten(-2)).clamp(min=0).unflatten(-1, (5, 5)) ** 2
    total = weights.sum((-1, -2)).clamp(min=1e-6)
    y = (weights.sum(-1) * near_rows).sum(-1) / total
    x = (weights.sum(-2) * near_columns).sum(-1) / total
    return torch.stack([x, y], dim=-1) * STRIDE + (STRIDE - 1) / 2, best


def _within(places: Tensor, size: int) -> Tensor:
    return (places >= 0) & (places < size)
