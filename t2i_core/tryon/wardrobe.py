"""Garments drawn by code, laid flat on white: a shelf to try on from before a shop brings its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.tryon.garment import Slot

Colour = tuple[int, int, int]
Spot = tuple[float, float]
Plane = NDArray[np.float32]
Pattern = Callable[[Plane, Plane, Plane], Plane]  # (pixels, x, y), x and y in hundredths of the side -> pixels

SIDE = 480  # pixels
ROUND = 0.006  # of the side: how far corners are rounded


@dataclass(frozen=True)
class Drawn:
    """A garment of the wardrobe. outline: its right half from the neck or waist down, in hundredths of the side, the
    person's right on the picture's left; middle: the point between the halves at the top."""

    name: str
    slot: Slot
    colour: Colour
    outline: Sequence[Spot]
    middle: Spot
    pattern: Pattern | None = None

    def draw(self) -> Image.Image:
        """On white, lit from above."""
        mirrored = [(100 - x, y) for x, y in self.outline[::-1]]
        points = np.array([*self.outline, *mirrored, self.middle], np.float32) * SIDE / 100
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
        soft = np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), ROUND * SIDE), np.float32)
        alpha = np.clip((soft - 0.5) * 4 + 0.5, 0, 1)[..., None]
        rows, columns = (plane.astype(np.float32) for plane in np.mgrid[:SIDE, :SIDE] * 100 / SIDE)
        pixels = np.broadcast_to(np.array(self.colour, np.float32), (SIDE, SIDE, 3)).copy()
        if self.pattern:
            pixels = self.pattern(pixels, columns, rows)
        lit = np.asarray(pixels * _cloth(soft, columns, rows)[..., None])
        return Image.fromarray(np.clip(lit * alpha + 255 * (1 - alpha), 0, 255).astype(np.uint8))


def _cloth(mask: Plane, x: Plane, y: Plane) -> Plane:
    """Light and shadow: darker towards the edges, with soft folds hanging down."""
    near = cv2.GaussianBlur(mask, (0, 0), 0.03 * SIDE)
    folds = (
        0.022 * np.sin(0.55 * x + 0.05 * y) + 0.016 * np.sin(0.23 * x - 0.11 * y + 2) + 0.01 * np.sin(0.9 * x + 0.2 * y)
    )
    return np.asarray(0.80 + 0.22 * near + folds, np.float32)


def _stripes(colour: Colour, every: float) -> Pattern:
    def drawn(pixels: Plane, x: Plane, y: Plane) -> Plane:
        return np.where(((y % every) < every / 2.4)[..., None], np.array(colour, np.float32), pixels)

    return drawn


def _disc(colour: Colour, centre: Spot, radius: float) -> Pattern:
    def drawn(pixels: Plane, x: Plane, y: Plane) -> Plane:
        away = np.hypot(x - centre[0], y - centre[1])
        ring = (away < radius) & ~((away > 0.62 * radius) & (away < 0.76 * radius))
        return np.where(ring[..., None], np.array(colour, np.float32), pixels)

    return drawn


def _seams(colour: Colour) -> Pattern:
    """Waistband, fly and pockets of jeans."""

    def drawn(pixels: Plane, x: Plane, y: Plane) -> Plane:
        side = np.abs(x - 50)
        band = np.abs(y - 11.5) < 0.35
        fly = (side < 0.35) & (y > 11.5) & (y < 24)
        pocket = np.abs(side - 14 + 0.06 * (y - 12) ** 2) < 0.35
        pocket &= (y > 12) & (y < 21)
        return np.where((band | fly | pocket)[..., None], np.array(colour, np.float32), pixels)

    return drawn


_TEE = [(42, 12), (29, 15.5), (10, 41), (22, 47.5), (29.5, 37), (28.5, 88)]
_LONG = [(42, 12), (29, 15.5), (24, 24), (5, 76), (14.5, 80), (29.5, 42), (28.5, 88)]
_TANK = [(40, 10), (33.5, 10), (33, 27), (29, 35), (27.5, 88)]
_DRESS = [(42, 5), (35, 6.5), (26, 19), (33, 23), (36, 20), (37, 40), (27, 94)]
_TROUSERS = [(36, 7), (33, 22), (31, 96), (43, 96), (49, 33)]
_SHORTS = [(34, 18), (27, 70), (47, 72), (49.5, 48)]
_SKIRT = [(36, 14), (24, 84)]

WARDROBE: Sequence[Drawn] = (
    Drawn("Striped T-shirt", "upper", (240, 240, 238), _TEE, (50, 17.5), _stripes((36, 58, 110), 6)),
    Drawn("Red T-shirt", "upper", (196, 40, 44), _TEE, (50, 17.5), _disc((245, 226, 190), (50, 44), 8)),
    Drawn("Green pullover", "upper", (52, 116, 88), _LONG, (50, 15.5)),
    Drawn("Yellow tank top", "upper", (236, 184, 60), _TANK, (50, 24)),
    Drawn("Jeans", "lower", (58, 86, 132), _TROUSERS, (50, 7.5), _seams((206, 160, 90))),
    Drawn("Khaki shorts", "lower", (168, 148, 108), _SHORTS, (50, 18.5)),
    Drawn("Plum skirt", "lower", (120, 48, 92), _SKIRT, (50, 14.5)),
    Drawn("Summer dress", "dress", (60, 128, 176), _DRESS, (50, 12), _stripes((238, 240, 242), 9)),
)
