"""The pieces of what is worn below: a skirt in one, trousers as a block over the hips and two legs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import Figure, Points, leg_labels
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.pieces import Piece
from t2i_core.tryon.widths import LEVELS, SIDES, fitting, half_width, tube_along

Bits = NDArray[np.bool_]


def lower_pieces(garment: Garment, person: Figure, body: Bits) -> list[Piece]:
    figure, there = garment.figure, garment.alpha > 0.5
    ratio = _leg_ratio(figure, person)
    source, target = _hip_points(there, body, figure, person, ratio)
    split = legs_apart(there, figure)
    if split is None:
        lower = _skirt_points(there, figure, person, ratio)
        return [Piece(garment, garment.alpha, np.concatenate([source, lower[0]]), np.concatenate([target, lower[1]]))]
    rows = np.arange(there.shape[0], dtype=np.float32)[:, None]
    fade = np.float32(0.12 * figure.torso)
    block = garment.alpha * np.clip((split + fade - rows) / fade, 0, 1)
    inner = [one.at(1.12) for one in (figure, person)]
    pieces = [Piece(garment, block, np.stack([*source, inner[0]]), np.stack([*target, inner[1]]))]
    labels = leg_labels(figure, there.shape)
    radius = 0.26 * figure.torso
    for side, label, _ in SIDES:
        soft = cv2.GaussianBlur((labels == label).astype(np.float32), (0, 0), 0.8)
        mask = garment.alpha * soft * np.clip((rows - split + fade) / fade, 0, 1)
        tubes = tube_along(figure.legs[side], radius), tube_along(person.legs[side], ratio * radius)
        hips = source[-6:], target[-6:]
        joined = [np.concatenate([hip, tube]) for hip, tube in zip(hips, tubes, strict=True)]
        pieces.append(Piece(garment, mask, joined[0], joined[1], limb=True))
    return pieces


def _leg_ratio(figure: Figure, person: Figure) -> float:
    thighs = [np.mean([np.linalg.norm(leg[1] - leg[0]) for leg in one.legs]) for one in (figure, person)]
    by_leg = float(thighs[1] / max(thighs[0], 1.0))
    return float(np.clip(by_leg, 0.75 * person.torso / figure.torso, 1.35 * person.torso / figure.torso))


def _hip_points(there: Bits, body: Bits, figure: Figure, person: Figure, ratio: float) -> tuple[Points, Points]:
    """Middle and both edges at the waist, above the hips, and at them."""
    source, target = [], []
    for level in (0.6, 0.8, 1.0):
        source.append(figure.at(level))
        target.append(person.at(level))
        for sign in (-1.0, 1.0):
            width = half_width(there, figure, level, sign)
            width = 0.36 * figure.span if np.isnan(width) else width
            theirs = half_width(body, person, level, sign)
            source.append(figure.at(level) + sign * width * figure.across)
            target.append(person.at(level) + sign * fitting(ratio * width, theirs) * person.across)
    return np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)


def _skirt_points(there: Bits, figure: Figure, person: Figure, ratio: float) -> tuple[Points, Points]:
    source, target = [], []
    last = (0.4 * figure.span,) * 2
    for level in LEVELS[3:]:
        found = tuple(half_width(there, figure, level, sign) for sign in (-1.0, 1.0))
        last = tuple(old if np.isnan(new) else new for new, old in zip(found, last, strict=True))  # type: ignore[assignment]
        source.append(figure.at(level))
        target.append(person.at(level))
        for width, sign in zip(last, (-1.0, 1.0), strict=True):
            source.append(figure.at(level) + sign * width * figure.across)
            target.append(person.at(level) + sign * ratio * width * person.across)
    return np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)


def legs_apart(there: Bits, figure: Figure) -> float | None:
    """The row under which a garment's legs are apart; None for a skirt."""
    rows = []
    for level in np.arange(1.08, 2.9, 0.04):
        x, y = np.round(figure.at(float(level))).astype(int)
        if not 0 <= y < there.shape[0]:
            break
        line = there[y]
        gap = _gap(line, x, round(0.25 * figure.torso))
        if gap:
            rows.append(float(y))
    return rows[0] if len(rows) >= 3 else None


def _gap(line: Bits, column: int, reach: int) -> bool:
    """Whether a row has cloth, none, and cloth again around a column."""
    left, right = max(column - reach, 0), min(column + reach + 1, len(line))
    steps = np.diff(line[left:right].astype(int))
    ends = np.flatnonzero(steps == -1)
    return bool(len(ends) and (steps[ends[0] :] == 1).any())
