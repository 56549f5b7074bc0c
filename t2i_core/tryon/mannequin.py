"""A mannequin drawn by code: somebody to dress where nobody's photo is at hand, with pose and parts known exactly."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.parts import HEAD, LOWER, SHOES, SKIN, UPPER, Parts
from t2i_core.tryon.figure import figure_of
from t2i_core.tryon.framing import around
from t2i_core.tryon.parsing import Parsed
from t2i_core.tryon.person import Person
from t2i_core.tryon.pose import Pose

Colour = tuple[int, int, int]
Spot = tuple[float, float]

BODY: Colour = (222, 205, 188)
SHIRT: Colour = (150, 158, 166)
TROUSERS: Colour = (72, 80, 96)
SHOE: Colour = (58, 52, 50)
LIGHT = np.array([-0.45, -0.5, 0.74], np.float32)  # from above, left, before
JOINTS: Sequence[Spot] = (  # of a picture 2 wide and 3 high, in the order of OpenPose
    *((1.00, 0.36), (1.00, 0.64)),
    *((0.78, 0.66), (0.66, 1.02), (0.60, 1.36)),
    *((1.22, 0.66), (1.34, 1.02), (1.40, 1.36)),
    *((0.87, 1.38), (0.86, 1.94), (0.85, 2.52)),
    *((1.13, 1.38), (1.14, 1.94), (1.15, 2.52)),
    *((0.96, 0.32), (1.04, 0.32), (0.90, 0.35), (1.10, 0.35)),
)


class _Canvas:
    """Shaded tubes and balls, the later before the earlier."""

    def __init__(self, height: int) -> None:
        self.unit = height / 3
        rows, columns = np.mgrid[: round(3 * self.unit), : round(2 * self.unit)].astype(np.float32)
        self.x, self.y = columns / self.unit, rows / self.unit
        fall = 236 - 26 * self.y / 3 + 8 * np.exp(-((self.x - 1) ** 2))
        floor = 14 * np.clip((self.y - 2.62) / 0.06, 0, 1)
        self.pixels = np.repeat((fall - floor)[..., None], 3, axis=2) * np.array([1.0, 0.995, 0.98], np.float32)
        self.parts = np.zeros(self.x.shape, np.uint8)

    def tube(
        self, points: Sequence[Spot], radii: Sequence[float], colour: Colour, part: int, flat: float = 1.0
    ) -> None:
        """A chain of points, as thick as the radii say at each; flat: of how round the shading looks."""
        best = np.full(self.x.shape, np.inf, np.float32)
        side = np.zeros_like(best)
        for (x1, y1), (x2, y2), first, second in zip(points, points[1:], radii, radii[1:], strict=False):
            dx, dy = x2 - x1, y2 - y1
            share = np.clip(((self.x - x1) * dx + (self.y - y1) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
            radius = first + share * (second - first)
            ax, ay = self.x - x1 - share * dx, self.y - y1 - share * dy
            away = np.hypot(ax, ay) / radius
            side = np.where(away < best, ax / radius, side)
            best = np.minimum(best, away)
        self._lay(best, side, colour, part, flat)

    def ball(self, centre: Spot, radii: Spot, colour: Colour, part: int) -> None:
        ax, ay = (self.x - centre[0]) / radii[0], (self.y - centre[1]) / radii[1]
        self._lay(np.hypot(ax, ay), ax, colour, part, 1.0)

    def outline(self, points: Sequence[Spot], colour: Colour, part: int) -> None:
        """A filled outline, rounded by how far across the picture's middle each pixel lies."""
        mask = np.zeros(self.x.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(np.array(points) * self.unit * 8).astype(np.int32)], 255, cv2.LINE_AA, shift=3)
        inside = (mask / 255).astype(np.float32)
        spread = cv2.GaussianBlur(inside, (0, 0), 0.05 * self.unit)
        lit = np.clip(0.62 + 0.42 * spread - 0.12 * (self.x - 1) / 0.4, 0.4, 1.05)
        self._mix(inside, lit.astype(np.float32), colour, part)

    def _lay(
        self, away: NDArray[np.float32], side: NDArray[np.float32], colour: Colour, part: int, flat: float
    ) -> None:
        edge = 0.012 * 128 / self.unit
        alpha = np.clip((1 - away) / max(edge, 1e-3) + 0.5, 0, 1)
        front = np.sqrt(np.clip(1 - away**2, 0, 1))
        bright = 0.62 + 0.4 * np.clip(flat * side * LIGHT[0] + front * LIGHT[2], -0.4, 1)
        self._mix(alpha.astype(np.float32), bright.astype(np.float32), colour, part)

    def _mix(self, alpha: NDArray[np.float32], bright: NDArray[np.float32], colour: Colour, part: int) -> None:
        wanted = np.array(colour, np.float32) * bright[..., None] * 1.12
        self.pixels = self.pixels * (1 - alpha[..., None]) + wanted * alpha[..., None]
        self.parts[alpha > 0.5] = part


def draw(height: int = 1152, joints: Sequence[Spot] = JOINTS) -> tuple[Image.Image, Pose, Parts]:
    """The mannequin in a T-shirt and trousers: picture, pose, and the part of every pixel [H, W]. joints: to draw it in
    another pose, in thirds of the height."""
    canvas = _Canvas(height)
    for hip, knee, ankle in ((8, 9, 10), (11, 12, 13)):
        leg = [joints[hip], joints[knee], joints[ankle]]
        toe = joints[ankle][0] + 0.03 * np.sign(joints[ankle][0] - 1), joints[ankle][1] + 0.12
        canvas.tube([joints[ankle], toe], [0.06, 0.075], SHOE, SHOES)
        canvas.tube(leg, [0.165, 0.105, 0.08], TROUSERS, LOWER)
    canvas.tube([(1.0, 0.34), (1.0, 0.68)], [0.085, 0.1], BODY, SKIN)
    canvas.ball((1.0, 0.33), (0.125, 0.17), BODY, HEAD)
    seat = [(0.70, 1.45), (0.745, 1.12), (1.255, 1.12), (1.30, 1.45), (1.0, 1.52)]
    canvas.outline(seat, TROUSERS, LOWER)
    for shoulder, elbow, wrist in ((2, 3, 4), (5, 6, 7)):
        arm = [joints[shoulder], joints[elbow], joints[wrist]]
        palm, low = _between(arm[1], arm[2], 0.9), _between(arm[1], arm[2], 0.7)
        hand = (2 * palm[0] - low[0], 2 * palm[1] - low[1])
        canvas.tube([*arm, hand], [0.085, 0.068, 0.05, 0.05], BODY, SKIN)
        canvas.tube([arm[0], _between(arm[0], arm[1], 0.62)], [0.1, 0.105], SHIRT, UPPER)
    canvas.outline(_shirt(), SHIRT, UPPER)
    picture = Image.fromarray(np.clip(canvas.pixels, 0, 255).astype(np.uint8))
    table = np.array([(x * canvas.unit, y * canvas.unit, 0.95) for x, y in joints], np.float32)
    return picture, Pose(table, picture.size), canvas.parts


def _between(one: Spot, other: Spot, share: float) -> Spot:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def _shirt() -> list[Spot]:
    right = [(0.90, 0.575), (0.78, 0.565), (0.695, 0.64), (0.715, 0.86), (0.745, 1.08), (0.715, 1.30), (0.71, 1.36)]
    neck = [(1.06, 0.62), (1.0, 0.635), (0.94, 0.62)]
    left = [(2 - x, y) for x, y in right]
    return [*right, *left[::-1], *neck]


def mannequin(height: int = 1152) -> Person:
    """The mannequin as somebody to dress."""
    picture, pose, parts = draw(height)
    parsed = Parsed.of_parts(parts, around(pose.box()))
    return Person(np.asarray(picture), pose, parsed, figure_of(pose))
