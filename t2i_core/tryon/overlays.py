"""What was seen of a person, drawn over the photo: the skeleton, the parts, the mask of what was edited."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.joints import BONES
from t2i_core.data.parts import BACKGROUND
from t2i_core.tryon.pose import Pose

Pixels = NDArray[np.uint8]
COLOURS = (
    *((30, 30, 30), (220, 40, 40), (250, 190, 150), (60, 170, 75), (40, 90, 220)),
    *((190, 60, 200), (60, 200, 220), (120, 90, 30), (240, 210, 40)),
)
EDITED = (255, 0, 140)
RIGHT, LEFT, MIDDLE = (255, 140, 0), (0, 150, 255), (255, 255, 255)  # the person's own right and left


def in_colours(parts: NDArray[np.integer]) -> Pixels:
    """Parts [H, W] as a picture [H, W, 3]; grey where nobody marked any."""
    table = np.full((256, 3), 128, np.uint8)
    table[: len(COLOURS)] = COLOURS
    return np.asarray(table[parts])


def with_parts(photo: Image.Image, parts: NDArray[np.uint8], strength: float = 0.55) -> Image.Image:
    """The photo with its parts in colours."""
    pixels = np.asarray(photo.convert("RGB"))
    mixed = (1 - strength) * pixels + strength * in_colours(parts)
    return Image.fromarray(np.where((parts != BACKGROUND)[..., None], mixed, pixels).astype(np.uint8))


def with_skeleton(photo: Image.Image, pose: Pose) -> Image.Image:
    """The photo with the joints that are in it and the bones between them; right orange, left blue."""
    pixels = np.ascontiguousarray(photo.convert("RGB"), dtype=np.uint8).copy()
    left, top, right, bottom = pose.box()
    thick = max(1, round(max(right - left, bottom - top) / 150))
    for start, end in BONES:
        if pose.seen[start] and pose.seen[end]:
            cv2.line(pixels, _place(pose, start), _place(pose, end), _side(end), thick, cv2.LINE_AA)
    for joint in np.flatnonzero(pose.seen):
        cv2.circle(pixels, _place(pose, int(joint)), 2 * thick, _side(int(joint)), -1, cv2.LINE_AA)
    return Image.fromarray(pixels)


def with_mask(photo: Image.Image, mask: NDArray[np.bool_]) -> Image.Image:
    """The photo with the outline of what was edited."""
    pixels = np.ascontiguousarray(photo.convert("RGB"), dtype=np.uint8).copy()
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(pixels, outlines, -1, EDITED, max(1, round(max(mask.shape) / 400)))
    return Image.fromarray(pixels)


def _place(pose: Pose, joint: int) -> tuple[int, int]:
    x, y = pose.points[joint]
    return round(float(x)), round(float(y))


def _side(joint: int) -> tuple[int, int, int]:
    if joint in (0, 1):
        return MIDDLE
    return RIGHT if joint in (2, 3, 4, 8, 9, 10, 14, 16) else LEFT
