"""How wide cloth and bodies are at the levels of a body, and points along their limbs."""

import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import LEFT, LEFT_LIMB, RIGHT, RIGHT_LIMB, Figure, Point, Points

Bits = NDArray[np.bool_]

LEVELS = (0.3, 0.6, 1.0, 1.4, 1.8, 2.2, 2.6, 3.0)  # of the body, where a garment's edges are measured
TIGHTER, WIDER = 0.88, 1.15  # how far a torso may pull its cloth in or out, beside the size of the shoulders
SIDES = ((RIGHT, RIGHT_LIMB, -1.0), (LEFT, LEFT_LIMB, 1.0))


def scaled(figure: Figure, factor: float) -> Figure:
    """A figure in a picture that was resized."""
    right, left = (np.asarray(arm * factor, np.float32) for arm in figure.arms)
    right_leg, left_leg = (np.asarray(leg * factor, np.float32) for leg in figure.legs)
    return Figure(
        np.asarray(figure.shoulders * factor, np.float32),
        np.asarray(figure.hips * factor, np.float32),
        (right, left),
        (right_leg, left_leg),
        figure.seen,
    )


def size_ratio(garment: Figure, person: Figure) -> float:
    """How much wider the person is, by the shoulders, held to what the length of the torso allows."""
    by_torso = person.torso / garment.torso
    return float(np.clip(person.span / garment.span, 0.75 * by_torso, 1.3 * by_torso))


def half_width(mask: Bits, figure: Figure, level: float, sign: float) -> float:
    """How far a mask reaches from the middle of the body at a level, to one side; NaN where it is not there."""
    reach = np.arange(0, 1.6 * figure.span, max(0.5, figure.span / 120), dtype=np.float32)
    return reach_along(mask, figure.at(level), sign * figure.across, reach, gap=0.12 * figure.span)


def reach_along(mask: Bits, start: Point, direction: Point, reach: NDArray[np.float32], gap: float) -> float:
    """The length of the mask along a ray that meets it within `gap`."""
    places = np.round(start + reach[:, None] * direction).astype(int)
    inside = ((places >= 0) & (places < mask.shape[::-1])).all(1)
    hit = np.zeros(len(reach), bool)
    hit[inside] = mask[places[inside, 1], places[inside, 0]]
    if not hit[reach <= gap].any():
        return np.nan
    begin = int(np.flatnonzero(hit)[0])
    misses = np.flatnonzero(~hit[begin:])
    return float(reach[begin + misses[0] - 1] if len(misses) else reach[-1])


def fitting(expected: float, measured: float) -> float:
    """The width of the cloth on a body: that of the body, within what the cloth allows."""
    return expected if np.isnan(measured) else float(np.clip(1.03 * measured, TIGHTER * expected, WIDER * expected))


def unit(vector: NDArray[np.floating]) -> Point:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)


def tube_along(limb: Points, radius: float) -> Points:
    """Points along a limb: its middle line and both sides of it."""
    first, second = limb[1] - limb[0], limb[2] - limb[1]
    stations = (
        *((limb[0] + share * first, unit(first)) for share in (0.35, 0.7)),
        (limb[1], unit(unit(first) + unit(second) + 1e-3 * unit(first))),
        *((limb[1] + share * second, unit(second)) for share in (0.35, 0.7, 1.0, 1.3)),
    )
    points = []
    for middle, direction in stations:
        square = np.array([-direction[1], direction[0]], np.float32)
        points += [middle, middle + radius * square, middle - radius * square]
    return np.stack(points).astype(np.float32)
