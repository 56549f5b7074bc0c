"""Warps a garment from the body it hangs on to another's: torso, sleeves and legs each by a thin-plate spline."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import Figure
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.pieces import Layer, stacked
from t2i_core.tryon.warp_lower import lower_pieces
from t2i_core.tryon.warp_upper import upper_pieces
from t2i_core.tryon.widths import scaled

Bits = NDArray[np.bool_]


def warp(garment: Garment, person: Figure, body: Bits, *, hem: float = 1.0) -> Layer:
    """The garment as the person of `body` [H, W] would wear it. hem: how much longer it is drawn below the chest."""
    garment = _no_larger_than_needed(garment, person)
    if garment.slot == "lower":
        pieces = lower_pieces(garment, person, body)
    else:
        pieces = upper_pieces(garment, person, body, hem)
    return stacked(pieces, body.shape)


def _no_larger_than_needed(garment: Garment, person: Figure) -> Garment:
    """Shrunk where the photo shows it much smaller, for a warp that skips pixels would tear fine patterns."""
    factor = person.torso / garment.figure.torso
    if factor > 0.75:
        return garment
    size = tuple(max(8, round(side * factor)) for side in garment.alpha.shape[::-1])
    pixels = cv2.resize(garment.pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    alpha = cv2.resize(garment.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return replace(garment, pixels=pixels, alpha=alpha, figure=scaled(garment.figure, factor))
