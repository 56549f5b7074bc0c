"""A worn garment laid flat: as it would hang on a figure that stands upright, arms away from the body."""

import numpy as np

from t2i_core.tryon.figure import HIP_BY_SPAN, THIGH_BY_TORSO, TORSO_BY_SPAN, Figure
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.warp import warp

ARM_TILT = 0.45  # how far the arms go out for each step down
LEG_TILT = 0.08


def upright(torso: float) -> tuple[Figure, tuple[int, int]]:
    """An upright figure with a torso of that length in pixels, and the (width, height) of a picture that holds it."""
    span = torso / TORSO_BY_SPAN
    width, height = round(5.2 * span), round(1.5 * torso + 2.2 * torso)
    top = np.array([width / 2, 0.6 * torso], np.float32)
    sides = np.array([[-0.5, 0], [0.5, 0]], np.float32) * span
    seat = np.array([width / 2, 1.6 * torso], np.float32)
    shoulders, hips = (top + sides).astype(np.float32), (seat + HIP_BY_SPAN * sides).astype(np.float32)
    arms, legs = [], []
    for side, sign in ((0, -1), (1, 1)):
        down = np.array([sign * ARM_TILT, 1.0]) / np.hypot(ARM_TILT, 1.0)
        arms.append(np.stack([shoulders[side] + share * 0.85 * span * down for share in (0, 1, 2)]).astype(np.float32))
        down = np.array([sign * LEG_TILT, 1.0])
        legs.append(
            np.stack([hips[side] + share * THIGH_BY_TORSO * torso * down for share in (0, 1, 2)]).astype(np.float32)
        )
    return Figure(shoulders, hips, (arms[0], arms[1]), (legs[0], legs[1]), np.ones(18, bool)), (width, height)


def flattened(garment: Garment) -> Garment:
    """The garment in a picture of its own, at its own scale."""
    figure, (width, height) = upright(garment.figure.torso)
    layer = warp(garment, figure, np.zeros((height, width), bool))
    return Garment(layer.colour.round().astype(np.uint8), layer.alpha, figure, garment.slot, worn=False)
