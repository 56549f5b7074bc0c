"""Puts a garment in the light of a photo: how bright the scene is, and the folds that the old cloth shows."""

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float32]
Mask = NDArray[np.float32]
Bits = NDArray[np.bool_]

DARKEST, BRIGHTEST = 0.72, 1.22  # how far folds may change a colour
STRENGTH = 0.75  # of the old cloth's folds on the new one
PLAIN = 9.0  # median chroma deviation (CIELAB) from which on the old cloth counts as patterned: its print is no shade
WHITE = 240.0  # what the brightest things of a well-lit photo reach
DIMMEST = 0.72
ROOM = 0.08  # of the torso: how far beyond the old cloth its light fades


def shade(photo: NDArray[np.uint8], old: Bits, size: float) -> Mask:
    """The light and shadow on the old cloth, about 1, [H, W]; 1 where there is none. size: of the torso, in pixels."""
    out = np.ones(old.shape, np.float32)
    rows, columns = np.flatnonzero(old.any(1)), np.flatnonzero(old.any(0))
    if not len(rows):
        return out
    room = round(ROOM * size)
    box = np.s_[
        max(0, rows[0] - room) : rows[-1] + room + 1,
        max(0, columns[0] - room) : columns[-1] + room + 1,
    ]
    part, there = photo[box], old[box].astype(np.float32)
    factor = min(1.0, 160 / size)
    shape = max(2, round(there.shape[1] * factor)), max(2, round(there.shape[0] * factor))
    small = cv2.resize(part, shape, interpolation=cv2.INTER_AREA)
    mask = np.asarray(cv2.resize(there, shape, interpolation=cv2.INTER_AREA), np.float32)
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32)
    fine, coarse = (_spread(lab[..., 0] + 12, mask, share * size * factor) for share in (0.018, 0.22))
    ratio = np.clip(fine / np.maximum(coarse, 1), 0.5, 1.6)
    strength = STRENGTH * _plainness(lab, mask)
    found = np.clip(ratio**strength, DARKEST, BRIGHTEST).astype(np.float32)
    found = (1 + (found - 1) * _spread(mask, np.ones_like(mask), 0.02 * size * factor)).astype(np.float32)
    out[box] = cv2.resize(found.astype(np.float32), (there.shape[1], there.shape[0]), interpolation=cv2.INTER_CUBIC)
    return out


def _plainness(lab: NDArray[np.float32], mask: Mask) -> float:
    """1 for cloth of one colour, towards 0 for a patterned one."""
    inside = mask > 0.9
    if inside.sum() < 20:
        return 0.0
    chroma = lab[..., 1:][inside]
    apart = float(np.abs(chroma - np.median(chroma, axis=0)).mean())
    light = lab[..., 0][inside]
    jumps = float(np.abs(np.diff(lab[..., 0], axis=1))[inside[:, 1:] & inside[:, :-1]].mean()) if inside.any() else 0.0
    spread = float(np.percentile(light, 90) - np.percentile(light, 10))
    return float(np.clip(1.4 - apart / PLAIN - max(jumps - 6, 0) / 12 - max(spread - 90, 0) / 120, 0, 1))


def _spread(values: NDArray[np.float32], mask: Mask, sigma: float) -> NDArray[np.float32]:
    """Blurred within the mask only."""
    sigma = max(sigma, 0.5)
    weight = cv2.GaussianBlur(mask, (0, 0), sigma)
    return np.asarray(cv2.GaussianBlur(values * mask, (0, 0), sigma) / np.maximum(weight, 1e-3), np.float32)


def exposure(photo: NDArray[np.uint8]) -> NDArray[np.float32]:
    """[3]: what white is in this photo, as a share of white in a studio picture."""
    small = photo[:: max(1, photo.shape[0] // 200), :: max(1, photo.shape[1] // 200)].reshape(-1, 3).astype(np.float32)
    light = small.mean(1)
    brightest = small[light >= np.percentile(light, 98.5)].mean(0)
    level = float(np.clip(brightest.mean() / WHITE, DIMMEST, 1.0))
    tint = np.clip(brightest / max(float(brightest.mean()), 1.0), 0.95, 1.05)
    return np.asarray(level * tint, np.float32)
