"""A garment laid flat or on an invisible mannequin: what figure would wear it, read off its outline."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from t2i_core.tryon.figure import ARM_BY_SPAN, HIP_BY_SPAN, TORSO_BY_SPAN, Figure, Points

Mask = NDArray[np.bool_]

# Measured on worn tops of the shop, whose poses are known: 0.86 to 0.98, and 0.18 to 0.30.
JOINT_IN = 0.95  # how far out the shoulder's joint lies on the way to the edge of a garment's chest
JOINT_BELOW = 0.21  # of the span: how far it lies below the cloth on the shoulder
NARROWEST = 0.6  # the shoulders of a garment, by its chest
LEG_BY_HIP = 2.4  # from hip to ankle, by the width over the hips
HIP_JOINTS = 0.27  # of that width, from the middle


@dataclass(frozen=True)
class _Rows:
    """Of every row the run of the mask around the middle: its edges; NaN where there is none."""

    left: NDArray[np.float32]
    right: NDArray[np.float32]
    top: int
    bottom: int
    middle: float

    @property
    def height(self) -> int:
        return self.bottom - self.top


def upper_figure(mask: Mask) -> Figure:
    """The figure of a top or a dress, from its filled outline [H, W]."""
    rows = _rows(mask, 0.4, 0.95)
    half = _half_width(rows, 0.45, 0.95, 30)
    armpit = _armpit(rows, half)
    shoulder_y = _shoulder_height(mask, rows, half, armpit)
    joint_half = JOINT_IN * max(min(half, _widest_above(rows, armpit)), NARROWEST * half)
    span = 2 * joint_half
    y = shoulder_y + JOINT_BELOW * span
    shoulders = np.array([[rows.middle - joint_half, y], [rows.middle + joint_half, y]], np.float32)
    seat = y + TORSO_BY_SPAN * span
    hips = np.array([[-1, 0], [1, 0]], np.float32) * HIP_BY_SPAN * joint_half + (rows.middle, seat)
    beside = _beside(mask, rows.middle, half, armpit + 0.3 * half)
    arms = [_sleeve(mask, shoulders[side], sign, rows.middle, beside, span) for side, sign in ((0, -1), (1, 1))]
    return _figure(shoulders, hips.astype(np.float32), (arms[0], arms[1]), None, span)


def lower_figure(mask: Mask) -> Figure:
    """The figure of trousers, shorts or a skirt."""
    rows = _rows(mask, 0.0, 0.4)
    width = 2 * _half_width(rows, 0.1, 0.35, 70)
    crotch = _crotch(mask, rows)
    seat = (crotch - 0.15 * width) if crotch is not None else rows.top + min(0.6 * width, 0.6 * rows.height)
    torso = 0.8 * LEG_BY_HIP * width / 1.7
    apart = HIP_JOINTS * width
    hips = np.array([[rows.middle - apart, seat], [rows.middle + apart, seat]], np.float32)
    shoulders = np.array([[-0.5, 0], [0.5, 0]], np.float32) * torso / TORSO_BY_SPAN + (rows.middle, seat - torso)
    legs = [_leg(mask, hips[side], sign, rows, crotch, width) for side, sign in ((0, -1), (1, 1))]
    arms = [_hanging(s.astype(np.float32), torso / TORSO_BY_SPAN) for s in shoulders]
    return Figure(
        shoulders.astype(np.float32), hips.astype(np.float32), (arms[0], arms[1]), (legs[0], legs[1]), np.ones(18, bool)
    )


def _figure(
    shoulders: Points, hips: Points, arms: tuple[Points, Points], legs: tuple[Points, Points] | None, span: float
) -> Figure:
    torso = TORSO_BY_SPAN * span
    steps = np.array([[0, 0], [0, 0.85 * torso], [0, 1.7 * torso]], np.float32)
    return Figure(shoulders, hips, arms, legs or (hips[0] + steps, hips[1] + steps), np.ones(18, bool))


def _rows(mask: Mask, start: float, end: float) -> _Rows:
    """start, end: the share of the height in which the garment's middle is measured."""
    there = np.flatnonzero(mask.any(1))
    top, bottom = int(there[0]), int(there[-1]) + 1
    band = mask[top + int(start * (bottom - top)) : max(top + int(end * (bottom - top)), top + 1)]
    columns = np.arange(mask.shape[1])
    middles = [(columns[row].min() + columns[row].max()) / 2 for row in band if row.any()]
    edges = np.array(middles or [mask.shape[1] / 2])
    middle = float(np.median(edges))
    left, right = np.full(len(mask), np.nan, np.float32), np.full(len(mask), np.nan, np.float32)
    for y in range(top, bottom):
        run = _run(mask[y], round(middle))
        if run:
            left[y], right[y] = run
    return _Rows(left, right, top, bottom, middle)


def _run(row: NDArray[np.bool_], column: int) -> tuple[float, float] | None:
    column = min(max(column, 0), len(row) - 1)
    if not row[column]:
        return None
    gaps = np.flatnonzero(~row)
    before, after = gaps[gaps < column], gaps[gaps > column]
    return (float(before[-1]) + 0.5 if len(before) else 0.0), (float(after[0]) - 0.5 if len(after) else len(row) - 1.0)


def _half_width(rows: _Rows, start: float, end: float, percentile: float) -> float:
    first = rows.top + int(start * rows.height)
    widths = (rows.right - rows.left)[first : max(rows.top + int(end * rows.height), first + 1)]
    widths = widths[np.isfinite(widths)]
    return max(float(np.percentile(widths, percentile)) / 2, 2.0) if len(widths) else max(rows.height / 4, 2.0)


def _armpit(rows: _Rows, half: float) -> float:
    """The lowest row from which on, upwards, the run is wider than the chest: where sleeves begin; without sleeves, a
    third down."""
    wide = (rows.right - rows.left) > 2 * 1.18 * half
    upper = np.flatnonzero(wide[: rows.top + int(0.6 * rows.height)])
    if len(upper) < 0.04 * rows.height:
        return rows.top + min(0.33 * rows.height, 0.9 * half)
    return float(upper[-1])


def _widest_above(rows: _Rows, armpit: float) -> float:
    """Half the width of the shoulders of a sleeveless garment; far more than the chest where there are sleeves."""
    widths = (rows.right - rows.left)[rows.top : max(int(armpit), rows.top + 1)]
    widths = widths[np.isfinite(widths)]
    return float(widths.max()) / 2 if len(widths) else np.inf


def _shoulder_height(mask: Mask, rows: _Rows, half: float, armpit: float) -> float:
    """The height of the upper edge at the shoulders' ends."""
    heights = []
    for sign in (-1, 1):
        columns = np.round(rows.middle + sign * half * np.array([0.5, 0.65, 0.8])).astype(int)
        tops = [np.flatnonzero(mask[:, column]) for column in np.clip(columns, 0, mask.shape[1] - 1)]
        heights.append(min((float(top[0]) for top in tops if len(top)), default=armpit - 0.5 * half))
    return min(float(np.mean(heights)), armpit - 0.3 * half)


def _beside(mask: Mask, middle: float, half: float, low: float) -> Mask:
    """What lies beside the chest and begins above a row: sleeves, and not the flare of a skirt."""
    outside = mask & (np.abs(np.arange(mask.shape[1]) - middle) > 1.05 * half)
    parts, _ = label(outside)
    above = np.unique(parts[: max(int(low), 0)])
    return np.asarray(outside & np.isin(parts, above[above > 0]))


def _sleeve(mask: Mask, shoulder: Points, sign: int, middle: float, beside: Mask, span: float) -> Points:
    """Shoulder, elbow and wrist along a sleeve; without one, hanging a little outwards."""
    rows, columns = np.nonzero(mask)
    outside = (sign * (columns - middle) > 0) & beside[rows, columns]
    away = np.hypot(columns - shoulder[0], rows - shoulder[1])
    above = rows < shoulder[1] + 2.2 * span
    chosen = outside & above
    if chosen.sum() < 0.01 * mask.sum():
        return _hanging(shoulder, span, sign)
    far = away[chosen]
    ends = chosen.copy()
    ends[chosen] = far > 0.85 * far.max()
    end = np.array([columns[ends].mean(), rows[ends].mean()], np.float32)
    length = float(far.max())
    direction = (end - shoulder) / max(float(np.linalg.norm(end - shoulder)), 1.0)
    reach = 2 * ARM_BY_SPAN * span
    if length > 0.75 * reach:  # a long sleeve ends at the wrist
        reach = length
    return np.stack([shoulder, shoulder + reach / 2 * direction, shoulder + reach * direction]).astype(np.float32)


def _hanging(shoulder: Points, span: float, sign: int = 0) -> Points:
    direction = np.array([0.25 * sign, 1.0], np.float32) / np.hypot(0.25 * sign, 1.0)
    return np.stack([shoulder + share * ARM_BY_SPAN * span * direction for share in (0, 1, 2)]).astype(np.float32)


def _crotch(mask: Mask, rows: _Rows) -> float | None:
    """The row under which two legs are apart; None for a skirt."""
    column = int(np.clip(round(rows.middle), 0, mask.shape[1] - 1))
    near = np.asarray(mask[:, max(column - 2, 0) : column + 3].all(1))
    apart = [
        y
        for y in range(rows.top + int(0.2 * rows.height), rows.bottom)
        if not near[y] and mask[y, :column].any() and mask[y, column:].any()
    ]
    return float(apart[0]) if len(apart) > 0.08 * rows.height else None


def _leg(mask: Mask, hip: Points, sign: int, rows: _Rows, crotch: float | None, width: float) -> Points:
    length = LEG_BY_HIP * width
    down = np.array([0.0, 1.0], np.float32)
    if crotch is not None:
        side = mask.copy()
        column = int(np.clip(round(rows.middle), 0, mask.shape[1] - 1))
        side[:, column:] = side[:, column:] if sign > 0 else False
        side[:, :column] = side[:, :column] if sign < 0 else False
        low = np.flatnonzero(side.any(1))
        last = side[max(int(low[-1]) - 3, 0) : int(low[-1]) + 1].any(0)
        foot = np.array([np.flatnonzero(last).mean(), low[-1]], np.float32)
        reach = float(np.linalg.norm(foot - hip))
        down = (foot - hip) / max(reach, 1.0)
        if reach > 0.75 * length:  # long trousers end at the ankle
            length = reach
    return np.stack([hip, hip + length / 2 * down, hip + length * down]).astype(np.float32)
