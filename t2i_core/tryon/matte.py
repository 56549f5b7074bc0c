"""Soft masks brought to the edges of the photo: the parser's grid is coarser than the photo's pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.parsing import Parsed

Mask = NDArray[np.float32]
EPSILON = 4e-4  # variance of brightness (0..1) under which an area counts as even


def guided(mask: Mask, guide: NDArray[np.uint8], radius: int) -> Mask:
    """The mask as a local linear function of the guide's brightness (guided filter, He et al. 2013)."""
    size = (2 * radius + 1, 2 * radius + 1)
    light = cv2.cvtColor(guide, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    mean_light, mean_mask = cv2.blur(light, size), cv2.blur(mask, size)
    slope = (cv2.blur(light * mask, size) - mean_light * mean_mask) / (
        cv2.blur(light * light, size) - mean_light**2 + EPSILON
    )
    offset = mean_mask - slope * mean_light
    return np.asarray(np.clip(cv2.blur(slope, size) * light + cv2.blur(offset, size), 0, 1), np.float32)


def sharpened(chance: Mask, guide: NDArray[np.uint8], parsed: Parsed) -> Mask:
    """A chance as a mask with an edge about two pixels wide, where the photo has one near."""
    cell = 2 / parsed.window.scale  # pixels of the photo a cell of the parser covers
    mask = np.clip((chance - 0.5) * 2.2 + 0.5, 0, 1).astype(np.float32)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if cell < 1.2 or not len(rows):
        return np.asarray(mask)
    radius = max(2, round(1.5 * cell))
    box = np.s_[
        max(0, rows[0] - 2 * radius) : rows[-1] + 2 * radius + 1,
        max(0, columns[0] - 2 * radius) : columns[-1] + 2 * radius + 1,
    ]
    out = mask.copy()
    out[box] = np.clip((guided(mask[box], guide[box], radius) - 0.5) * 1.8 + 0.5, 0, 1)
    return np.asarray(out)
