"""The body a garment hangs on: shoulders, torso, arms and legs, made of a pose; what the photo cuts off is guessed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.data.joints import (
    L_ANKLE,
    L_ELBOW,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    R_ANKLE,
    R_ELBOW,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
)
from t2i_core.tryon.pose import Pose

Point = NDArray[np.float32]  # [2]
Points = NDArray[np.float32]  # [N, 2]
Labels = NDArray[np.uint8]

RIGHT, LEFT = 0, 1  # the person's own sides
SHOULDERS, ELBOWS, WRISTS = (R_SHOULDER, L_SHOULDER), (R_ELBOW, L_ELBOW), (R_WRIST, L_WRIST)
HIPS, KNEES, ANKLES = (R_HIP, L_HIP), (R_KNEE, L_KNEE), (R_ANKLE, L_ANKLE)
TORSO, RIGHT_LIMB, LEFT_LIMB = 0, 1, 2  # what a pixel belongs to

# Shares of a body, measured as means over the training people that stand upright.
TORSO_BY_SPAN, HIP_BY_SPAN = 1.5, 0.6
ARM_BY_SPAN, THIGH_BY_TORSO, SHIN_BY_TORSO = 0.8, 0.85, 0.85
HAND = 0.9  # of the way from elbow to wrist: where sleeves end, and hands begin
NARROWEST = 0.35  # of the torso's length: shoulders of somebody seen from the side


@dataclass(frozen=True)
class Figure:
    """Points of a body in pixels: pairs are right, then left. seen: of each joint, whether the photo shows it."""

    shoulders: Points
    hips: Points
    arms: tuple[Points, Points]  # shoulder, elbow, wrist
    legs: tuple[Points, Points]  # hip, knee, ankle
    seen: NDArray[np.bool_]

    @cached_property
    def top(self) -> Point:
        """Between the shoulders."""
        return np.asarray(self.shoulders.mean(0))

    @cached_property
    def seat(self) -> Point:
        """Between the hips."""
        return np.asarray(self.hips.mean(0))

    @cached_property
    def torso(self) -> float:
        """From shoulders to hips."""
        return max(float(np.linalg.norm(self.seat - self.top)), 1.0)

    @cached_property
    def down(self) -> Point:
        """From shoulders to hips, of length 1."""
        return np.asarray((self.seat - self.top) / self.torso, np.float32)

    @cached_property
    def span(self) -> float:
        """From shoulder to shoulder, as wide as it would be from the front if it is seen from far aside."""
        return max(float(np.linalg.norm(self.shoulders[0] - self.shoulders[1])), NARROWEST * self.torso)

    @cached_property
    def across(self) -> Point:
        """From the right shoulder to the left, of length 1, square to `down` where the shoulders hardly differ."""
        line = self.shoulders[LEFT] - self.shoulders[RIGHT]
        square = np.array([self.down[1], -self.down[0]], np.float32)
        length = float(np.linalg.norm(line))
        if length < 0.5 * self.span:
            return square if float(square @ line) >= 0 else -square
        return np.asarray(line / length, np.float32)

    def at(self, level: float) -> Point:
        """The middle of the body at a level: 0 shoulders, 1 hips, 2 knees, 3 ankles; less than 0 is above."""
        stations = (self.top, self.seat, *((self.legs[0][i] + self.legs[1][i]) / 2 for i in (1, 2)))
        index = int(np.clip(np.floor(level), 0, 2))
        start, end = stations[index], stations[index + 1]
        return np.asarray(start + (level - index) * (end - start), np.float32)

    def below(self, point: Point) -> float:
        """The level of a point: the inverse of `at`, as far as it goes."""
        along = float((point - self.top) @ self.down) / self.torso
        if along <= 1:
            return along
        middle = [(self.legs[0][i] + self.legs[1][i]) / 2 for i in (1, 2)]
        knee = max(float((middle[0] - self.seat) @ self.down), 1.0)
        shin = max(float((middle[1] - middle[0]) @ self.down), 1.0)
        rest = (along - 1) * self.torso
        return 1 + rest / knee if rest <= knee else 2 + (rest - knee) / shin


def figure_of(pose: Pose) -> Figure:
    """The body of a pose. Raises ValueError where neither shoulders nor hips are seen."""
    points, seen = pose.points.astype(np.float32), pose.seen
    shoulders, hips = points[list(SHOULDERS)].copy(), points[list(HIPS)].copy()
    upper, lower = bool(seen[list(SHOULDERS)].all()), bool(seen[list(HIPS)].all())
    if not upper and not lower:
        raise ValueError("a body needs its shoulders or its hips")
    if not upper:
        shoulders = _shoulders_above(hips, points, seen)
    elif not lower:
        hips = _hips_below(shoulders, points, seen)
    down = hips.mean(0) - shoulders.mean(0)
    torso = max(float(np.linalg.norm(down)), 1.0)
    span = max(float(np.linalg.norm(shoulders[0] - shoulders[1])), NARROWEST * torso)
    down /= torso
    reach = [ARM_BY_SPAN * span] * 2
    arms = [_limb(s, points, seen, (ELBOWS[i], WRISTS[i]), down, reach) for i, s in enumerate(shoulders)]
    lengths = [THIGH_BY_TORSO * torso, SHIN_BY_TORSO * torso]
    legs = [_limb(h, points, seen, (KNEES[i], ANKLES[i]), down, lengths) for i, h in enumerate(hips)]
    return Figure(shoulders, hips, (arms[0], arms[1]), (legs[0], legs[1]), seen)


def _hips_below(shoulders: Points, points: Points, seen: NDArray[np.bool_]) -> Points:
    middle, half = shoulders.mean(0), (shoulders[LEFT] - shoulders[RIGHT]) / 2
    down = np.array([-half[1], half[0]], np.float32) * np.sign(half[0] or 1.0)
    down = down / max(float(np.linalg.norm(down)), 1e-3) * 2 * float(np.linalg.norm(half)) * TORSO_BY_SPAN
    return np.stack([middle + down - HIP_BY_SPAN * half, middle + down + HIP_BY_SPAN * half]).astype(np.float32)


def _shoulders_above(hips: Points, points: Points, seen: NDArray[np.bool_]) -> Points:
    middle, half = hips.mean(0), (hips[LEFT] - hips[RIGHT]) / 2
    knees = points[list(KNEES)].mean(0) if seen[list(KNEES)].any() else None
    width = max(2 * float(np.linalg.norm(half)), 1.0)
    up = np.array([0.0, -1.0], np.float32)
    torso = TORSO_BY_SPAN / HIP_BY_SPAN * width
    if knees is not None:
        leg = middle - knees
        torso = float(np.linalg.norm(leg)) / THIGH_BY_TORSO
        up = leg / max(float(np.linalg.norm(leg)), 1e-3)
    half = half / max(float(np.linalg.norm(half)), 1e-3) * torso / TORSO_BY_SPAN / 2
    return np.stack([middle + torso * up - half, middle + torso * up + half]).astype(np.float32)


def _limb(
    start: Point, points: Points, seen: NDArray[np.bool_], joints: tuple[int, int], down: Point, lengths: list[float]
) -> Points:
    """A limb's three points; what is not seen hangs down."""
    chain, direction = [start], down
    for joint, length in zip(joints, lengths, strict=True):
        if seen[joint]:
            step = points[joint] - chain[-1]
            direction = step / max(float(np.linalg.norm(step)), 1e-3)
            chain.append(points[joint])
        else:
            chain.append(chain[-1] + length * direction)
    return np.stack(chain).astype(np.float32)


def torso_quad(figure: Figure) -> Points:
    """The corners of the torso between the joints, as wide at the hips as cloth hangs."""
    half = max(float(np.linalg.norm(figure.hips[0] - figure.hips[1])) / 2, 0.36 * figure.span)
    right, left = figure.seat - half * figure.across, figure.seat + half * figure.across
    beyond, flare = 1.6 * figure.torso * figure.down, 0.3 * figure.span * figure.across
    hem = left + beyond + flare, right + beyond - flare
    return np.stack([figure.shoulders[RIGHT], figure.shoulders[LEFT], left, *hem, right])


def limb_labels(figure: Figure, shape: tuple[int, int]) -> Labels:
    """Of every pixel of an upper body, whether torso, right or left arm is nearest, [H, W].

    An arm before the torso takes what lies close to it.
    """
    step = max(1, round(figure.span / 20))
    rows, columns = (np.arange(0, size, step, dtype=np.float32) for size in shape)
    places = np.stack(np.broadcast_arrays(columns[None], rows[:, None]), axis=-1)
    to_torso = _outside(places, torso_quad(figure))
    labels, nearest = np.zeros(places.shape[:2], np.uint8), np.maximum(to_torso, 0.12 * figure.span)
    for side, label in ((RIGHT, RIGHT_LIMB), (LEFT, LEFT_LIMB)):
        shoulder, elbow, wrist = figure.arms[side]
        start = shoulder + 0.3 * (elbow - shoulder)
        away = np.minimum(along(places, start, elbow), along(places, elbow, wrist + 0.4 * (wrist - elbow)))
        labels[away < nearest] = label
        nearest = np.minimum(nearest, away)
    return cv2.resize(labels, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def leg_labels(figure: Figure, shape: tuple[int, int]) -> Labels:
    """Of every pixel, which leg is nearest: RIGHT_LIMB or LEFT_LIMB."""
    step = max(1, round(figure.torso / 30))
    rows, columns = (np.arange(0, size, step, dtype=np.float32) for size in shape)
    places = np.stack(np.broadcast_arrays(columns[None], rows[:, None]), axis=-1)
    right, left = (
        np.minimum(along(places, leg[0], leg[1]), along(places, leg[1], leg[2] + 0.3 * (leg[2] - leg[1])))
        for leg in figure.legs
    )
    labels = np.where(right < left, RIGHT_LIMB, LEFT_LIMB).astype(np.uint8)
    return cv2.resize(labels, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def hands(figure: Figure, skin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The hands, with the wrists: the skin [H, W] about the ends of the arms."""

    def near(places: Points) -> NDArray[np.bool_]:
        found = np.zeros(len(places), bool)
        for _, elbow, wrist in figure.arms:
            step = wrist - elbow
            beyond = (places - elbow) @ step > HAND * float(step @ step)
            found |= beyond & (along(places, wrist, wrist + 0.6 * step) < 0.28 * figure.span)
        return found

    return chosen(skin, near)


def chosen(mask: NDArray[np.bool_], test: Callable[[Points], NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Those pixels of a mask [H, W] whose places (x, y), [N, 2], pass a test, [N]."""
    rows, columns = np.nonzero(mask)
    passed = test(np.stack([columns, rows], axis=-1).astype(np.float32))
    out = np.zeros_like(mask)
    out[rows[passed], columns[passed]] = True
    return np.asarray(out)


def along(places: NDArray[np.float32], start: Point, end: Point) -> NDArray[np.float32]:
    """The distances of places [..., 2] from a line between two points."""
    line = end - start
    share = np.clip(((places - start) @ line) / max(float(line @ line), 1e-6), 0, 1)
    return np.asarray(np.linalg.norm(places - start - share[..., None] * line, axis=-1), np.float32)


def _outside(places: NDArray[np.float32], polygon: Points) -> NDArray[np.float32]:
    """The distances of places [h, w, 2] from a polygon; 0 within."""
    edges = [along(places, polygon[i - 1], polygon[i]) for i in range(len(polygon))]
    inside = np.zeros(places.shape[:2], np.uint8)
    origin, step = places[0, 0], max(float(places[-1, -1, 0] - places[0, 0, 0]), 1.0) / max(places.shape[1] - 1, 1)
    cv2.fillPoly(inside, [np.round((polygon - origin) / step).astype(np.int32)], 1)
    return np.where(inside > 0, np.float32(0), np.min(edges, axis=0)).astype(np.float32)
