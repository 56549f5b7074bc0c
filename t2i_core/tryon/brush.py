"""What may be edited, as the visitor changes it: brushed, grown or shrunk, or out of a PNG file."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.errors import InputError

Bits = NDArray[np.bool_]

MOST_STROKES, MOST_POINTS = 400, 4000
SHIFT = 4  # binary places of a pixel that strokes are drawn to
SAME_SHAPE = 0.02  # how far the sides of a mask's file may be from those of the photo, as a share


@dataclass(frozen=True)
class Stroke:
    """A line that was drawn, adding to the mask or erasing it. points: x and y as shares of the photo's sides; size: of
    the brush, as a share of its width."""

    add: bool
    size: float
    points: Sequence[tuple[float, float]]


def read_strokes(given: object) -> list[Stroke]:
    """What a browser says was drawn; whatever in it makes no sense is left out."""
    if not isinstance(given, list):
        return []
    return [stroke for one in given[:MOST_STROKES] if (stroke := _stroke(one)) is not None]


def _stroke(given: object) -> Stroke | None:
    if not isinstance(given, dict) or not isinstance(given.get("points"), list):
        return None
    size = _number(given.get("size"))
    points = [
        (x, y)
        for point in given["points"][:MOST_POINTS]
        if isinstance(point, list) and len(point) == 2
        if (x := _number(point[0])) is not None and (y := _number(point[1])) is not None
    ]
    if size is None or not 0 < size <= 1 or not points:
        return None
    return Stroke(given.get("mode") != "erase", size, points)


def _number(value: object) -> float | None:
    """A finite number near the picture."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1 <= value <= 2:
        return None
    return float(value)


def brushed(mask: Bits, strokes: Sequence[Stroke]) -> Bits:
    """The mask [H, W] after strokes were drawn into it, one after the other."""
    height, width = mask.shape
    out = mask.astype(np.uint8)
    for stroke in strokes:
        places = np.array(stroke.points) * (width, height) * (1 << SHIFT)
        line = np.round(places).astype(np.int32)
        thick, value = max(1, round(stroke.size * width)), int(stroke.add)
        if len(line) > 1:
            cv2.polylines(out, [line], False, value, thick, cv2.LINE_8, SHIFT)
        for end in (line[0], line[-1]):
            cv2.circle(out, (int(end[0]), int(end[1])), (thick << SHIFT) // 2, value, -1, cv2.LINE_8, SHIFT)
    return out.astype(bool)


def grown(mask: Bits, pixels: int) -> Bits:
    """The mask larger by so many pixels all around; smaller for a negative number."""
    if not pixels:
        return mask
    side = 2 * abs(pixels) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    change = cv2.dilate if pixels > 0 else cv2.erode
    return np.asarray(change(mask.astype(np.uint8), kernel) > 0)


def mask_of(picture: Image.Image, shape: tuple[int, ...]) -> Bits:
    """The mask [H, W] that a picture shows: white where the photo may be edited.

    Raises InputError for a picture of another shape than the photo's (height, width).
    """
    height, width = shape[:2]
    if abs(picture.width * height - picture.height * width) > SAME_SHAPE * width * picture.height:
        raise InputError(
            f"The mask is {picture.width} x {picture.height} pixels, and the photo {width} x {height}: it must have "
            "the photo's shape. White is what may be edited."
        )
    fitting = picture.convert("L").resize((width, height), Image.Resampling.NEAREST)
    return np.asarray(np.asarray(fitting) > 127)
