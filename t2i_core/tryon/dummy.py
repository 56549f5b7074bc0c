"""A tailor's dummy in the round, of any measures and standing anyhow: its surfaces and its joints.

What sizes are guessed from is tried on it, because no photo comes with its subject's measures. Lengths in centimetres;
x to the right of the picture, y up from the floor, z towards the camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from t2i_core.data.parts import HEAD, LOWER, SHOES, SKIN, UPPER
from t2i_core.tryon.anthropometry import ACROMION, BUTTOCK, CHEST, NAVEL, TROCHANTER

Array = NDArray[np.float64]

SECTORS = 28  # of a ring


@dataclass(frozen=True)
class Section:
    """A horizontal section of a trunk: breadth, depth and girth."""

    breadth: float
    depth: float
    girth: float

    def roundness(self) -> float:
        """The exponent of the superellipse with this girth; 2 is an ellipse. The girth it is then given is `perimeter`,
        which differs where no superellipse of the breadth and depth is as long as was asked for."""
        low, high = 1.6, 8.0
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if self._length(middle) < self.girth else (low, middle)
        return (low + high) / 2

    def perimeter(self) -> float:
        return self._length(self.roundness())

    def _length(self, exponent: float) -> float:
        ring = outline(self.breadth / 2, self.depth / 2, exponent, 240)
        return float(np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1).sum())


@dataclass(frozen=True)
class Dummy:
    """height: barefoot, to the crown; shoulder: between the acromia; inseam: of the crotch above the floor."""

    height: float
    shoulder: float
    chest: Section
    waist: Section
    hip: Section
    inseam: float

    def measures(self) -> dict[str, float]:
        """What a tape would say."""
        girths = {name: getattr(self, name).perimeter() for name in ("chest", "waist", "hip")}
        return {"shoulder": self.shoulder, **girths, "inseam": self.inseam}


@dataclass(frozen=True)
class Stance:
    """How it stands and what it wears. yaw: degrees it is turned, 90: its left side is seen; arms: degrees away from
    the body; legs: degrees between them; ease_upper, ease_lower: centimetres of cloth beside the body; hair, heels:
    centimetres that they add to its height; hang: how far below the crotch its trousers part."""

    yaw: float = 0.0
    arms: float = 22.0
    legs: float = 12.0
    ease_upper: float = 0.6
    ease_lower: float = 0.6
    hair: float = 1.5
    heels: float = 2.0
    hang: float = 2.0


def outline(half: float, deep: float, exponent: float, sectors: int = SECTORS) -> Array:
    """A superellipse, [sectors, 2]."""
    turn = np.linspace(0, 2 * np.pi, sectors, endpoint=False)
    cos, sin = np.cos(turn), np.sin(turn)
    power = 2 / exponent
    return np.stack([half * np.sign(cos) * np.abs(cos) ** power, deep * np.sign(sin) * np.abs(sin) ** power], axis=1)


def _tube(points: Sequence[Sequence[float] | Array], radii: Sequence[float]) -> Array:
    """Rings across a chain of points, with its ends closed: [R, S, 3]."""
    chain, rings = np.array(points, np.float64), []
    steps = np.diff(chain, axis=0)
    lines = [*steps[:1], *(steps[:-1] + steps[1:]), *steps[-1:]]
    for index, (middle, line, radius) in enumerate(zip(chain, lines, radii, strict=True)):
        line = line / max(float(np.linalg.norm(line)), 1e-9)
        aside = np.cross(line, [0, 0, 1.0] if abs(line[2]) < 0.9 else [0, 1.0, 0])
        aside /= np.linalg.norm(aside)
        ring = outline(radius, radius, 2.0)
        full = middle + ring[:, :1] * aside + ring[:, 1:] * np.cross(line, aside)
        if index == 0:
            rings += [
                np.broadcast_to(middle - 0.6 * radius * line, full.shape),
                middle + 0.8 * (full - middle) - 0.4 * radius * line,
            ]
        rings.append(full)
    end = rings[-1].mean(0)
    rings += [
        end + 0.8 * (rings[-1] - end) + 0.4 * radius * line,
        np.broadcast_to(end + 0.6 * radius * line, rings[-1].shape),
    ]
    return np.stack(rings)


def _stack(levels: Sequence[tuple[float, float, float, float]]) -> Array:
    """Horizontal rings: of each its height, half breadth, half depth, and exponent."""
    rings = []
    for height, half, deep, exponent in levels:
        ring = outline(half, deep, exponent)
        rings.append(np.stack([ring[:, 0], np.full(len(ring), height), ring[:, 1]], axis=1))
    return np.stack([rings[0] * [0, 1, 0], *rings, rings[-1] * [0, 1, 0]])


def surfaces(dummy: Dummy, stance: Stance) -> tuple[list[tuple[int, Array]], Array]:
    """The surfaces with the part each shows, and the 18 joints, in the world."""
    trunk, sleeves = _trunk(dummy, stance), _arms(dummy, stance)
    limbs, joints = _limbs(dummy, stance)
    tubes = [*trunk, *sleeves, *limbs, *_head(dummy, stance)]
    yaw = np.deg2rad(stance.yaw)
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    lift = np.array([0, stance.heels, 0])
    feet = [(part, rings @ turn.T) for part, rings in _feet(joints, stance)]
    return [*((part, (rings + lift) @ turn.T) for part, rings in tubes), *feet], (joints + lift) @ turn.T


def _trunk(dummy: Dummy, stance: Stance) -> list[tuple[int, Array]]:
    tall, ease, below = dummy.height, stance.ease_upper, stance.ease_lower
    sections = {name: getattr(dummy, name) for name in ("chest", "waist", "hip")}
    chest, waist, hip = (
        (part.breadth / 2, part.depth / 2, part.roundness())
        for part in (sections["chest"], sections["waist"], sections["hip"])
    )
    span = dummy.shoulder / 2

    def level(share: float, section: tuple[float, float, float], more: float) -> tuple[float, float, float, float]:
        return share * tall, section[0] + more, section[1] + more, section[2]

    between = tuple((one + other) / 2 for one, other in zip(waist, hip, strict=True))
    upper = [
        (0.845 * tall, 0.038 * tall, 0.036 * tall, 2.0),
        (ACROMION[0] * tall, 0.8 * span, 0.045 * tall, 2.2),
        (0.79 * tall, span, 0.8 * chest[1], 2.2),
        level(0.76, (max(chest[0], 0.93 * span), chest[1], chest[2]), ease / 2),
        *(level(share, chest, ease) for share in (CHEST[0] + 0.012, CHEST[0], CHEST[0] - 0.02)),
        *(level(share, waist, ease) for share in (NAVEL[0] + 0.02, NAVEL[0], NAVEL[0] - 0.02)),
        level(0.555, between, ease),
        level(0.54, between, ease),
    ]
    lower = [
        level(0.57, between, below),
        *(level(share, hip, below) for share in (BUTTOCK[0] + 0.02, BUTTOCK[0], BUTTOCK[0] - 0.012)),
        (dummy.inseam - stance.hang, 0.96 * hip[0] + below, 0.9 * hip[1] + below, 2.2),
    ]
    return [(UPPER, _stack(upper)), (LOWER, _stack(lower))]


def _arm(dummy: Dummy, stance: Stance, sign: int) -> list[Array]:
    """Shoulder, elbow, wrist and the end of the hand."""
    tall, out = dummy.height, np.deg2rad(stance.arms)
    line = np.array([sign * np.sin(out), -np.cos(out), 0.03])
    start = np.array([sign * 0.44 * dummy.shoulder, 0.795 * tall, 0])
    return [start, start + 0.18 * tall * line, start + 0.325 * tall * line, start + 0.40 * tall * line]


def _arms(dummy: Dummy, stance: Stance) -> list[tuple[int, Array]]:
    tall, found = dummy.height, []
    for sign in (-1, 1):
        shoulder, elbow, wrist, end = _arm(dummy, stance, sign)
        found.append(
            (SKIN, _tube([shoulder, elbow, wrist, end], [0.029 * tall, 0.024 * tall, 0.017 * tall, 0.018 * tall]))
        )
        sleeve = [shoulder, shoulder + 0.65 * (elbow - shoulder)]
        found.append(
            (UPPER, _tube(sleeve, [0.032 * tall + stance.ease_upper / 3, 0.031 * tall + stance.ease_upper / 3]))
        )
    return found


def _limbs(dummy: Dummy, stance: Stance) -> tuple[list[tuple[int, Array]], Array]:
    tall, out, ease = dummy.height, np.deg2rad(stance.legs / 2), stance.ease_lower
    joints, found = np.zeros((18, 3)), []
    for sign, arm, leg in ((-1, 2, 8), (1, 5, 11)):
        joints[arm : arm + 3] = _arm(dummy, stance, sign)[:3]
        hip = np.array([sign * dummy.hip.breadth / 4, TROCHANTER[0] * tall, 0])
        line = np.array([sign * np.sin(out), -np.cos(out), 0])
        knee, ankle = hip + 0.235 * tall * line, hip + 0.475 * tall * line
        joints[leg : leg + 3] = hip, knee, ankle
        thick = 0.245 * dummy.hip.breadth + 0.5 * ease
        top = hip + max(TROCHANTER[0] * tall - dummy.inseam + stance.hang, 0) * line
        found.append((LOWER, _tube([top, knee, ankle], [thick, 0.034 * tall + ease, 0.028 * tall + ease])))
    joints[1] = (joints[2] + joints[5]) / 2
    face = {
        0: (0, 0.925, 0.058),
        14: (-0.018, 0.94, 0.05),
        15: (0.018, 0.94, 0.05),
        16: (-0.043, 0.93, 0),
        17: (0.043, 0.93, 0),
    }
    for joint, place in face.items():
        joints[joint] = np.array(place) * tall
    return found, joints


def _head(dummy: Dummy, stance: Stance) -> list[tuple[int, Array]]:
    tall = dummy.height
    low, high = 0.865 * tall, tall + stance.hair
    middle, half = (low + high) / 2, (high - low) / 2
    levels = []
    for turn in np.linspace(0.94, -0.94, 11):
        across = float(np.sqrt(1 - turn**2))
        levels.append((middle + turn * half / 0.94, 0.045 * tall * across, 0.057 * tall * across, 2.0))
    neck = _tube([[0, 0.89 * tall, 0], [0, 0.83 * tall, 0]], [0.034 * tall, 0.037 * tall])
    return [(SKIN, neck), (HEAD, _stack(levels))]


def _feet(joints: Array, stance: Stance) -> list[tuple[int, Array]]:
    """From the floor up to the ankles."""
    found = []
    for ankle in (joints[10], joints[13]):
        tall = float(ankle[1]) + stance.heels
        radius = 0.48 * tall
        heel, toe = ankle * [1, 0, 1] + [0, radius, -0.2 * tall], ankle * [1, 0, 1] + [0, 0.6 * radius, 2.2 * tall]
        found.append((SHOES, _tube([heel, toe], [radius, 0.6 * radius])))
    return found
