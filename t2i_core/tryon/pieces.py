"""Pieces of a garment, each warped by a spline of its own and laid over the others on the photo's grid.

Pieces, because an arm before the chest covers cloth that one map of the whole plane could not lay over itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import Points
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.tps import fit, grid

Mask = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """A warped garment on the photo's own grid. colour [H, W, 3] of 0..255; alpha and sleeves [H, W]: all of it, and
    the part of it that lies on arms."""

    colour: Mask
    alpha: Mask
    sleeves: Mask


@dataclass(frozen=True)
class Piece:
    """mask: of the garment's picture; the control points there, and on the photo; limb: drawn over what is no limb."""

    garment: Garment
    mask: Mask
    source: Points
    target: Points
    limb: bool = False


def stacked(pieces: Sequence[Piece], shape: tuple[int, ...]) -> Layer:
    height, width = shape
    colour = np.zeros((height, width, 3), np.float32)
    alpha, sleeves = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for piece in pieces:
        drawn = _drawn(piece, width, height)
        if drawn is None:
            continue
        (left, top), found = drawn
        box = np.s_[top : top + found.shape[0], left : left + found.shape[1]]
        share = np.clip(found[..., 3], 0, 1)
        rest = 1 - share
        colour[box] = found[..., :3] + colour[box] * rest[..., None]
        alpha[box] = share + alpha[box] * rest
        sleeves[box] = share + sleeves[box] * rest if piece.limb else sleeves[box] * rest
    return Layer(np.clip(colour / np.maximum(alpha, 1e-3)[..., None], 0, 255), alpha, sleeves)


def _drawn(piece: Piece, width: int, height: int) -> tuple[tuple[int, int], Mask] | None:
    """The piece on the photo, colours multiplied by alpha, [h, w, 4], and where its corner lies."""
    rows, columns = np.nonzero(piece.mask > 0.02)
    if not len(rows):
        return None
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), 1500)).astype(int)
    outline = np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float32)
    placed = fit(piece.source, piece.target)(outline)
    low, high = np.percentile(placed, (0, 100), axis=0)
    left, top = (max(0, int(low[i]) - 12) for i in (0, 1))
    right, bottom = min(width, int(high[0]) + 13), min(height, int(high[1]) + 13)
    if right <= left or bottom <= top:
        return None
    back = grid(fit(piece.target, piece.source), left, top, right - left, bottom - top)
    mask = piece.mask.astype(np.float32)
    cloth = np.dstack([piece.garment.pixels.astype(np.float32) * mask[..., None], mask])
    found = cv2.remap(cloth, back[..., 0], back[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return (left, top), np.clip(found, 0, 255).astype(np.float32)
