"""Warps a garment from the body it hangs on to another's: torso, sleeves and legs each by a thin-plate spline.

Pieces, because an arm before the chest covers cloth that one map of the whole plane could not lay over itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import (
    LEFT,
    LEFT_LIMB,
    RIGHT,
    RIGHT_LIMB,
    TORSO,
    Figure,
    Point,
    Points,
    leg_labels,
    limb_labels,
)
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.tps import fit, grid

Mask = NDArray[np.float32]
Bits = NDArray[np.bool_]

LEVELS = (0.3, 0.6, 1.0, 1.4, 1.8, 2.2, 2.6, 3.0)  # of the body, where a garment's edges are measured
TIGHTER, WIDER = 0.88, 1.15  # how far a torso may pull its cloth in or out, beside the size of the shoulders
SEAM = 0.07  # of the span: how far pieces lie under each other
LEAST_PIECE = 0.01  # of the garment, for a sleeve
SIDES = ((RIGHT, RIGHT_LIMB, -1.0), (LEFT, LEFT_LIMB, 1.0))


@dataclass(frozen=True)
class Layer:
    """A warped garment on the photo's own grid. colour [H, W, 3] of 0..255; alpha and sleeves [H, W]: all of it, and
    the part of it that lies on arms."""

    colour: Mask
    alpha: Mask
    sleeves: Mask


def warp(garment: Garment, person: Figure, body: Bits, *, hem: float = 1.0) -> Layer:
    """The garment as the person of `body` [H, W] would wear it. hem: how much longer it is drawn below the chest."""
    garment = _no_larger_than_needed(garment, person)
    if garment.slot == "lower":
        pieces = _lower_pieces(garment, person, body)
    else:
        pieces = _upper_pieces(garment, person, body, hem)
    return _stacked(pieces, body.shape)


@dataclass(frozen=True)
class _Piece:
    """mask: of the garment's picture; the control points there, and on the photo; limb: drawn over what is no limb."""

    garment: Garment
    mask: Mask
    source: Points
    target: Points
    limb: bool = False


def _no_larger_than_needed(garment: Garment, person: Figure) -> Garment:
    """Shrunk where the photo shows it much smaller, for a warp that skips pixels would tear fine patterns."""
    factor = person.torso / garment.figure.torso
    if factor > 0.75:
        return garment
    size = tuple(max(8, round(side * factor)) for side in garment.alpha.shape[::-1])
    pixels = cv2.resize(garment.pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    alpha = cv2.resize(garment.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return replace(garment, pixels=pixels, alpha=alpha, figure=scaled(garment.figure, factor))


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
    return _reach(mask, figure.at(level), sign * figure.across, reach, gap=0.12 * figure.span)


def _reach(mask: Bits, start: Point, direction: Point, reach: NDArray[np.float32], gap: float) -> float:
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


def _upper_pieces(garment: Garment, person: Figure, body: Bits, hem: float) -> list[_Piece]:
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
    shared = np.concatenate([seam[0] for seam in seams.values()]), np.concatenate([seam[1] for seam in seams.values()])
    pieces = [
        _Piece(garment, garment.alpha * near, np.concatenate([source, shared[0]]), np.concatenate([target, shared[1]]))
    ]
    for side, label, _ in SIDES:
        mask = garment.alpha * cv2.GaussianBlur((labels == label).astype(np.float32), (0, 0), 0.6)
        if mask.sum() > LEAST_PIECE * garment.alpha.sum():
            tube = _tube(figure.arms[side], figure.span * 0.2), _tube(person.arms[side], ratio * figure.span * 0.2)
            points = [np.concatenate([one, seam]) for one, seam in zip(tube, seams[side], strict=True)]
            pieces.append(_Piece(garment, mask, points[0], points[1], limb=True))
    return pieces


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
            wide = _fitting(ratio * width, half_width(theirs, person, lower, sign) if lower <= 1.05 else np.nan)
            target.append(person.at(lower) + sign * wide * person.across)
        last = widths
    return np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)


def _fitting(expected: float, measured: float) -> float:
    """The width of the cloth on a body: that of the body, within what the cloth allows."""
    return expected if np.isnan(measured) else float(np.clip(1.03 * measured, TIGHTER * expected, WIDER * expected))


def _armhole(
    there: Bits, torso: Bits, body: Bits, figure: Figure, person: Figure, side: int, sign: float, ratio: float
) -> tuple[Points, Points]:
    """The shoulder's tip and the armpit: points that torso and sleeve share."""
    source, target = [], []
    reach = np.arange(0, 0.5 * figure.span, 0.5, dtype=np.float32)
    out = [_unit(0.75 * sign * one.across - 0.65 * one.down) for one in (figure, person)]
    tip = _reach(there, figure.shoulders[side], out[0], reach, gap=0.1 * figure.span)
    if not np.isnan(tip):
        further = np.arange(0, 0.5 * person.span, 0.5, dtype=np.float32)
        mine = _reach(body, person.shoulders[side], out[1], further, gap=0.1 * person.span)
        source.append(figure.shoulders[side] + tip * out[0])
        target.append(person.shoulders[side] + _fitting(ratio * tip, mine) * out[1])
    width = half_width(torso, figure, 0.3, sign)
    if not np.isnan(width):
        source.append(figure.at(0.3) + sign * width * figure.across)
        target.append(person.at(0.3) + sign * ratio * width * person.across)
    if not source:
        source, target = [figure.shoulders[side]], [person.shoulders[side]]
    return np.stack(source).astype(np.float32), np.stack(target).astype(np.float32)


def _unit(vector: NDArray[np.floating]) -> Point:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)


def _tube(limb: Points, radius: float) -> Points:
    """Points along a limb: its middle line and both sides of it."""
    first, second = limb[1] - limb[0], limb[2] - limb[1]
    stations = (
        *((limb[0] + share * first, _unit(first)) for share in (0.35, 0.7)),
        (limb[1], _unit(_unit(first) + _unit(second) + 1e-3 * _unit(first))),
        *((limb[1] + share * second, _unit(second)) for share in (0.35, 0.7, 1.0, 1.3)),
    )
    points = []
    for middle, direction in stations:
        square = np.array([-direction[1], direction[0]], np.float32)
        points += [middle, middle + radius * square, middle - radius * square]
    return np.stack(points).astype(np.float32)


def _lower_pieces(garment: Garment, person: Figure, body: Bits) -> list[_Piece]:
    figure, there = garment.figure, garment.alpha > 0.5
    ratio = _leg_ratio(figure, person)
    source, target = _hip_points(there, body, figure, person, ratio)
    split = legs_apart(there, figure)
    if split is None:
        lower = _skirt_points(there, figure, person, ratio)
        return [_Piece(garment, garment.alpha, np.concatenate([source, lower[0]]), np.concatenate([target, lower[1]]))]
    rows = np.arange(there.shape[0], dtype=np.float32)[:, None]
    fade = np.float32(0.12 * figure.torso)
    block = garment.alpha * np.clip((split + fade - rows) / fade, 0, 1)
    inner = [one.at(1.12) for one in (figure, person)]
    pieces = [_Piece(garment, block, np.stack([*source, inner[0]]), np.stack([*target, inner[1]]))]
    labels = leg_labels(figure, there.shape)
    radius = 0.26 * figure.torso
    for side, label, _ in SIDES:
        soft = cv2.GaussianBlur((labels == label).astype(np.float32), (0, 0), 0.8)
        mask = garment.alpha * soft * np.clip((rows - split + fade) / fade, 0, 1)
        tubes = _tube(figure.legs[side], radius), _tube(person.legs[side], ratio * radius)
        hips = source[-6:], target[-6:]
        joined = [np.concatenate([hip, tube]) for hip, tube in zip(hips, tubes, strict=True)]
        pieces.append(_Piece(garment, mask, joined[0], joined[1], limb=True))
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
            target.append(person.at(level) + sign * _fitting(ratio * width, theirs) * person.across)
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


def _stacked(pieces: Sequence[_Piece], shape: tuple[int, ...]) -> Layer:
    height, width = shape
    colour = np.zeros((height, width, 3), np.float32)
    alpha, sleeves = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for piece in pieces:
        drawn = _drawn(piece, width, height)
        if drawn is None:
            continue
        (left, top), found = drawn
        box = np.s_[top : top + found.shape[0], left : left + found.shape[1]]
        share = np.clip(found[..., 3], 0, 1)
        rest = 1 - share
        colour[box] = found[..., :3] + colour[box] * rest[..., None]
        alpha[box] = share + alpha[box] * rest
        sleeves[box] = share + sleeves[box] * rest if piece.limb else sleeves[box] * rest
    return Layer(np.clip(colour / np.maximum(alpha, 1e-3)[..., None], 0, 255), alpha, sleeves)


def _drawn(piece: _Piece, width: int, height: int) -> tuple[tuple[int, int], Mask] | None:
    """The piece on the photo, colours multiplied by alpha, [h, w, 4], and where its corner lies."""
    rows, columns = np.nonzero(piece.mask > 0.02)
    if not len(rows):
        return None
    chosen = np.linspace(0, len(rows) - 1, min(len(rows), 1500)).astype(int)
    outline = np.stack([columns[chosen], rows[chosen]], axis=1).astype(np.float32)
    placed = fit(piece.source, piece.target)(outline)
    low, high = np.percentile(placed, (0, 100), axis=0)
    left, top = (max(0, int(low[i]) - 12) for i in (0, 1))
    right, bottom = min(width, int(high[0]) + 13), min(height, int(high[1]) + 13)
    if right <= left or bottom <= top:
        return None
    back = grid(fit(piece.target, piece.source), left, top, right - left, bottom - top)
    mask = piece.mask.astype(np.float32)
    cloth = np.dstack([piece.garment.pixels.astype(np.float32) * mask[..., None], mask])
    found = cv2.remap(cloth, back[..., 0], back[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return (left, top), np.clip(found, 0, 255).astype(np.float32)
