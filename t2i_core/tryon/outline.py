"""What the outline of somebody in a photo tells of their measures: its length, its widths at chest, waist and hips."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, binary_opening, label

from t2i_core.data.joints import L_ANKLE, L_HIP, L_SHOULDER, NOSE, R_ANKLE, R_HIP, R_SHOULDER
from t2i_core.data.measure import border_colour, largest_part
from t2i_core.data.parts import BAG, LOWER
from t2i_core.tryon.anthropometry import BUTTOCK, CHEST, NAVEL
from t2i_core.tryon.person import Person

Bits = NDArray[np.bool_]
View = Literal["front", "side"]

PLAIN = 7.0  # median difference of a plain ground's border from its colour, of 255
APART = 16  # of 255: how much a body differs from a plain ground
SIDE = 0.42  # shoulders by torso, under which somebody is seen from the side
ASIDE = 0.52  # the same, under which they are turned
LEVELS = {"chest": CHEST[0] - 0.01, "waist": NAVEL[0], "hip": BUTTOCK[0]}  # of stature, above the floor
UPPER_ARM = 0.15  # of the shoulders' span: half the thickness of an arm in its sleeve
AROUND = 0.012  # of stature: how far above and below widths are looked at too
# Where those levels lie between the shoulders' joints (0) and the hips' (1).
BY_JOINTS = {"chest": 0.30, "waist": 0.73, "hip": 1.05}


@dataclass(frozen=True)
class Width:
    """pixels; arm: whether an arm or a hand lies against the trunk there, so that its edge is a guess."""

    pixels: float
    arm: bool


@dataclass(frozen=True)
class Outline:
    """The outline of a person in a photo. whole: whether it goes from crown to sole; length: in pixels, from the crown
    to the floor where it is whole; torso, span: of the pose, in pixels."""

    person: Person
    mask: Bits
    view: View

    @classmethod
    def of(cls, person: Person, view: View | None = None) -> "Outline":
        """view: as the photo was taken; by the shoulders where nobody says."""
        return cls(person, outline_of(person), view or ("side" if turned(person) < SIDE else "front"))

    @cached_property
    def down(self) -> NDArray[np.float64]:
        """The direction from head to feet, of length 1: a camera held askew leans it."""
        points, seen = self.person.pose.points, self.person.pose.seen
        if self.view == "side":
            return np.array([0.0, 1.0])
        ends = (R_ANKLE, L_ANKLE) if seen[[R_ANKLE, L_ANKLE]].all() else (R_HIP, L_HIP)
        line = points[list(ends)].mean(0) - points[[R_SHOULDER, L_SHOULDER]].mean(0)
        line = line / max(float(np.linalg.norm(line)), 1e-6)
        return np.array([0.0, 1.0]) if abs(line[0]) > 0.35 else line.astype(np.float64)

    @cached_property
    def _extent(self) -> tuple[float, float]:
        """Along `down`, where the body begins and ends."""
        rows, columns = np.nonzero(self.mask)
        along = columns * self.down[0] + rows * self.down[1]
        return float(np.percentile(along, 0.05)), float(np.percentile(along, 99.95))

    @cached_property
    def crown(self) -> bool:
        """Whether the whole head is in the photo."""
        return not self.mask[0].any() and bool(self.view == "side" or self.person.pose.seen[NOSE])

    @cached_property
    def floor(self) -> bool:
        """Whether the feet are."""
        ankles = self.person.pose.seen[[R_ANKLE, L_ANKLE]]
        return not self.mask[-1].any() and bool(self.view == "side" or ankles.any())

    @property
    def whole(self) -> bool:
        return self.crown and self.floor

    @property
    def length(self) -> float:
        return self._extent[1] - self._extent[0]

    def width(self, name: str, height: float, below: float) -> Width | None:
        """The trunk's width at the chest, the waist or the hips; None where it is not in the photo.

        height, below: of the body barefoot, and of what is below its soles, as shares of `length`.
        """
        if self.whole:
            middle = self._extent[1] - (LEVELS[name] * height + below) * self.length
            step = AROUND * self.length
        elif self.view == "front":
            figure = self.person.figure
            middle = float((figure.top + BY_JOINTS[name] * (figure.seat - figure.top)) @ self.down)
            step = 0.04 * figure.torso
        else:
            return None
        found = [self._run(middle + share * step) for share in (-1, -0.5, 0, 0.5, 1)]
        there = [one for one in found if one is not None]
        if len(there) < 3:
            return None
        return Width(float(np.median([one.pixels for one in there])), sum(one.arm for one in there) > len(there) / 2)

    @cached_property
    def crotch(self) -> float | None:
        """Its height above the floor, as a share of `length`: where the legs of trousers part. None under skirts."""
        if not self.whole or self.view == "side":
            return None
        start, end = (self._extent[1] - share * self.length for share in (0.52, 0.36))
        for along in np.arange(start, end, 1.0):
            if all(self._parted(along + step * self.length) for step in (0, 0.015, 0.03)):
                return float((self._extent[1] - along) / self.length)
        return None

    def _parted(self, along: float) -> bool:
        """Whether there is a leg in trousers on both sides of the middle, and none at it."""
        across = np.array([self.down[1], -self.down[0]])
        reach = np.arange(-0.09, 0.09, 0.004) * self.length
        places = np.round(self._middle(along) + reach[:, None] * across).astype(int)
        if (places < 0).any() or (places >= self.mask.shape[::-1]).any():
            return False
        leg = self.mask[places[:, 1], places[:, 0]]
        trousers = self.person.parts[places[:, 1], places[:, 0]] == LOWER
        gaps = np.flatnonzero(~leg & (np.abs(reach) < 0.05 * self.length))
        return bool(len(gaps) and trousers[: gaps[0]].any() and trousers[gaps[-1] :].any())

    def _arms(self, along: float) -> tuple[float, float]:
        """How far from the body's middle the middles of the arms are at a place along `down`, to either side."""
        across, ends = np.array([self.down[1], -self.down[0]]), []
        for arm, sign in zip(self.person.figure.arms, (-1.0, 1.0), strict=True):
            places = arm @ self.down
            aside = float(np.interp(along, places, (arm - self._middle(along)) @ across))
            beside = places[0] < along < places[2] and sign * aside > 0
            ends.append(aside if beside else sign * np.inf)
        return ends[0], ends[1]

    def _run(self, along: float) -> Width | None:
        """The run of the body across `down` at a place along it."""
        across = np.array([self.down[1], -self.down[0]])
        start = self._middle(along)
        reach = np.arange(-0.5 * max(self.mask.shape), 0.5 * max(self.mask.shape), 0.5)
        places = np.round(start + reach[:, None] * across).astype(int)
        inside = ((places >= 0) & (places < self.mask.shape[::-1])).all(1)
        hit = np.zeros(len(reach), bool)
        hit[inside] = self.mask[places[inside, 1], places[inside, 0]]
        near = np.flatnonzero(hit & (np.abs(reach) < 0.1 * self.length))
        if not len(near):
            return None
        if (reach[near] < 0).any() and (reach[near] > 0).any():
            hit[near[0] : near[-1] + 1] = True  # between the legs
        begin = int(near[np.abs(reach[near]).argmin()])
        first, last = _run_around(hit, begin)
        if self.view == "side":
            return Width((last - first + 1) * 0.5, arm=False)
        low, high = first, last
        right, left = self._arms(along)
        inner = UPPER_ARM * self.person.figure.span
        if reach[first] < right - inner / 3:  # the run goes on over the arm
            low = max(first, min(begin, int(np.searchsorted(reach, right + inner))))
        if reach[last] > left + inner / 3:
            high = min(last, max(begin, int(np.searchsorted(reach, left - inner))))
        edge = first == 0 or last == len(hit) - 1 or not inside[first - 1] or not inside[last + 1]
        return Width((high - low + 1) * 0.5, arm=edge or low > first or high < last)

    def _middle(self, along: float) -> NDArray[np.float64]:
        """The point of the body's middle line at a place along it."""
        figure = self.person.figure
        if self.view == "front":
            point = figure.top.astype(np.float64)
        else:
            rows, columns = np.nonzero(self.mask)
            near = np.abs(columns * self.down[0] + rows * self.down[1] - along) < 3
            point = np.array([np.median(columns[near]) if near.any() else columns.mean(), along])
        return np.asarray(point + (along - point @ self.down) * self.down)


def turned(person: Person) -> float:
    """How wide the shoulders are by the torso: about two thirds from the front, little from the side."""
    figure = person.figure
    return float(np.linalg.norm(figure.shoulders[0] - figure.shoulders[1]) / figure.torso)


def outline_of(person: Person) -> Bits:
    """Where the body is [H, W]: by its difference from a plain ground where there is one, else as the parser says."""
    parsed = person.body & (person.parts != BAG)
    photo = person.photo
    rim = np.concatenate([photo[0], photo[:, 0], photo[:, -1]]).astype(np.float32)
    if np.median(np.abs(rim - border_colour(photo)).max(1)) > PLAIN:
        return largest_part(parsed)
    apart = np.abs(photo.astype(np.float32) - _ground(photo)).max(2) > APART
    pieces, count = label(binary_opening(binary_fill_holes(apart), iterations=1))
    if not count:
        return largest_part(parsed)
    shares = np.bincount(pieces[parsed], minlength=count + 1)[1:]
    large = np.asarray(pieces == shares.argmax() + 1)
    return large if 0.7 < large.sum() / max(parsed.sum(), 1) < 2.5 else largest_part(parsed)


def _ground(photo: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The colour of a plain ground at every row, from both its edges."""
    edge = max(2, photo.shape[1] // 40)
    rows = np.concatenate([photo[:, :edge], photo[:, -edge:]], axis=1).astype(np.float32)
    return np.asarray(np.median(rows, axis=1)[:, None], np.float32)


def _run_around(line: Bits, place: int) -> tuple[int, int]:
    """The first and the last place of the run of a row around a place that belongs to it."""
    gaps = np.flatnonzero(~line)
    before, after = gaps[gaps < place], gaps[gaps > place]
    return int(before[-1]) + 1 if len(before) else 0, int(after[0]) - 1 if len(after) else len(line) - 1
