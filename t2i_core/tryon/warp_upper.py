"""The pieces of tops and dresses: the torso and two sleeves, which meet at the armholes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import TORSO, Figure, Points, limb_labels
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.pieces import Piece
from t2i_core.tryon.widths import LEVELS, SIDES, fitting, half_width, reach_along, size_ratio, tube_along, unit

Bits = NDArray[np.bool_]

SEAM = 0.07  # of the span: how far pieces lie under each other
LEAST_PIECE = 0.01  # of the garment, for a sleeve


def upper_pieces(garment: Garment, person: Figure, body: Bits, hem: float) -> list[Piece]:
    figure, there = garment.figure, garment.alpha > 0.5
    ratio = size_ratio(figure, person)
    labels = limb_labels(figure, there.shape)
    theirs = body & (limb_labels(person, body.shape) == TORSO)
    torso = there & (labels == TORSO)
    source, target = _torso_points(torso, theirs, figure, person, ratio, hem)
    seams = {}
    for side, _, sign in SIDES:
        seams[side] = _armhole(there, torso, body, figure, person, side, sign, ratio)
    under = round(SEAM * figure.span)
    near = cv2.dilate((labels == TORSO).astype(np.uint8), np.ones((2 * under + 1,) * 2, np.uint8))
    joined = [source, *(seam[0] for seam in seams.values())], [target, *(seam[1] for seam in seams.values())]
    sleeves: list[Piece] = []
    for side, label, _ in SIDES:
        mask = garment.alpha * cv2.GaussianBlur((labels == label).astype(np.float32), (0, 0), 0.6)
        if mask.sum() > LEAST_PIECE * garment.alpha.sum():
            tube = (
                tube_along(figure.arms[side], figure.span * 0.2),
                tube_along(person.arms[side], ratio * figure.span * 0.2),
            )
            points = [np.concatenate([one, seam]) for one, seam in zip(tube, seams[side], strict=True)]
            sleeves.append(Piece(garment, mask, points[0], points[1], limb=True))
            begins = [1 + side]  # the outside of its first station: cloth that goes on into a sleeve turns along
            for all_, one in zip(joined, tube, strict=True):
                all_.append(one[begins])
    body_piece = Piece(garment, garment.alpha * near, np.concatenate(joined[0]), np.concatenate(joined[1]))
    return [body_piece, *sleeves]


def _torso_points(
    torso: Bits, theirs: Bits, figure: Figure, person: Figure, ratio: float, hem: float
) -> tuple[Points, Points]:
    """Neck, shoulders, and both edges and the middle at several levels."""
    source: list[NDArray[np.floating]] = []
    target: list[NDArray[np.floating]] = []
    for side in (-0.35, 0, 0.35):
        for up in (0.05, 0.3):
            for points, body, scale in ((source, figure, 1.0), (target, person, ratio)):
                points.append(body.top + scale * figure.span * (side / 2 * body.across - up * body.down))
    source += list(figure.shoulders)
    target += list(person.shoulders)
    last: tuple[float, ...] = (np.nan, np.nan)
    for level in LEVELS:
        widths = tuple(half_width(torso, figure, level, sign) for sign in (-1.0, 1.0))
        widths = tuple(old if np.isnan(new) else new for new, old in zip(widths, last, strict=True))
        if np.isnan(widths).any():
            continue
        lower = level if level <= 0.3 else 0.3 + (level - 0.3) * hem
        source.append(figure.at(level))
        target.append(person.at(lower))
        for width, sign in zip(widths, (-1.0, 1.0), strict=True):
            source.append(figure.at(level) + sign * width * figure.across)
            wide = fitting(ratio * width, half_width(theirs, person, lower, sign) if lower <= 1.05 else np.nan)
            target.append(person.at(lower) + sign * wide * person.across)
        last = widths
    return np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)


def _armhole(
    there: Bits, torso: Bits, body: Bits, figure: Figure, person: Figure, side: int, sign: float, ratio: float
) -> tuple[Points, Points]:
    """The shoulder's tip and the armpit: points that torso and sleeve share."""
    source, target = [], []
    reach = np.arange(0, 0.5 * figure.span, 0.5, dtype=np.float32)
    out = [unit(0.75 * sign * one.across - 0.65 * one.down) for one in (figure, person)]
    tip = reach_along(there, figure.shoulders[side], out[0], reach, gap=0.1 * figure.span)
    if not np.isnan(tip):
        further = np.arange(0, 0.5 * person.span, 0.5, dtype=np.float32)
        mine = reach_along(body, person.shoulders[side], out[1], further, gap=0.1 * person.span)
        source.append(figure.shoulders[side] + tip * out[0])
        target.append(person.shoulders[side] + fitting(ratio * tip, mine) * out[1])
    width = half_width(torso, figure, 0.3, sign)
    if not np.isnan(width):
        source.append(figure.at(0.3) + sign * width * figure.across)
        target.append(person.at(0.3) + sign * ratio * width * person.across)
    if not source:
        source, target = [figure.shoulders[side]], [person.shoulders[side]]
    return np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)
