"""The parts that a parser tells apart, and how the 58 labels of Clothing Co-Parsing become them."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from t2i_core.data.joints import NECK, NOSE, Joints

# `outer` and `bag` are one of the eight parts people are judged by; they are told apart because a jacket is changed
# with the garment under it, and a bag stays before it.
PARTS = ("background", "head", "skin", "upper", "lower", "dress", "outer", "shoes", "bag")
BACKGROUND, HEAD, SKIN, UPPER, LOWER, DRESS, OUTER, SHOES, BAG = range(9)
TOPS, BOTTOMS = (UPPER, OUTER), (LOWER, DRESS)  # what is hard to tell apart, and often need not be
KINDS = ((HEAD,), (SKIN,), TOPS, BOTTOMS, (SHOES,), (BAG,))
EIGHT = (0, 1, 2, 3, 4, 5, 6, 7, 6)  # of the nine, which of the eight
EIGHT_NAMES = ("background", "face+hair", "skin", "upper", "lower", "dress", "outer/bag/other", "shoes")

Parts = NDArray[np.uint8]
Labels = TypeVar("Labels", bound=np.generic)

_MEMBERS = {
    HEAD: (15, 17, 19, 20, 47),
    SKIN: (9, 29, 34, 41, 44, 45, 53, 57),  # jewellery on it, and what legs wear under skirts
    UPPER: (5, 6, 8, 22, 23, 26, 38, 48, 49, 51, 54, 55),
    LOWER: (25, 27, 30, 31, 40, 42),
    DRESS: (14, 35, 50),
    OUTER: (4, 10, 11, 13, 24, 46),
    SHOES: (7, 12, 16, 21, 28, 32, 36, 39, 43, 58),
    BAG: (1, 2, 3, 18, 33, 37, 52, 56),  # and belts, scarves, gloves, ties
}
_PART_OF = np.zeros(256, np.uint8)
for _part, _labels in _MEMBERS.items():
    _PART_OF[list(_labels)] = _part


def from_ccp(labels: Parts, joints: Joints) -> Parts:
    """Labels of Clothing Co-Parsing [H, W] -> parts [H, W]. Skin around and above the nose is the face."""
    parts = _PART_OF[labels]
    nose, neck = joints[NOSE, :2], joints[NECK, :2]
    rows, columns = np.ogrid[: labels.shape[0], : labels.shape[1]]
    long = max(float(np.linalg.norm(nose - neck)), 1.0)
    near = (columns - nose[0]) ** 2 + (rows - nose[1]) ** 2 < (0.75 * long) ** 2
    below = (columns - nose[0]) * (neck - nose)[0] + (rows - nose[1]) * (neck - nose)[1] > 0.5 * long**2
    parts[(parts == SKIN) & near & ~below] = HEAD
    return parts


def to_eight(parts: NDArray[Labels]) -> Parts:
    """The nine parts as the eight."""
    return np.asarray(np.array(EIGHT, np.uint8)[parts], np.uint8)
