"""Photographs of a dummy, from anywhere, with all that is to be known of them."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image

from t2i_core.data.parts import HEAD, LOWER, SHOES, SKIN, UPPER, Parts
from t2i_core.tryon.dummy import Array, Dummy, Stance, surfaces
from t2i_core.tryon.pose import Pose

Colour = tuple[int, int, int]
Colours = dict[int, Colour]

FINER = 2  # times the pixels while it is drawn
LIGHT = np.array([-0.4, 0.55, 0.73])
GROUND: Colour = (226, 224, 220)
USUAL: Colours = {
    HEAD: (196, 146, 116),
    SKIN: (214, 168, 140),
    UPPER: (46, 92, 160),
    LOWER: (60, 62, 70),
    SHOES: (40, 34, 32),
}


@dataclass(frozen=True)
class Camera:
    """distance, height in centimetres; pitch: degrees it looks down; roll: degrees it is held askew; cut: share of the
    body that is below the picture's edge; pixels: of the picture's height."""

    distance: float = 300.0
    height: float = 130.0
    pitch: float = 0.0
    roll: float = 0.0
    cut: float = 0.0
    pixels: int = 640


@dataclass(frozen=True)
class Shot:
    """A photo of a dummy, and what is known of it."""

    image: Image.Image
    pose: Pose
    parts: Parts


def photograph(dummy: Dummy, stance: Stance, camera: Camera, colours: Colours | None = None) -> Shot:
    """The dummy from a camera that is aimed at it."""
    tubes, joints = surfaces(dummy, stance)
    lens = _Lens.on(dummy, stance, camera, joints)
    quads = np.concatenate([_quads(rings) for _, rings in tubes])
    labels = np.concatenate([np.full(len(_quads(rings)), part) for part, rings in tubes])
    height = FINER * camera.pixels
    width = round(height * 2 / 3)
    drawn = np.empty((height, width, 3), np.uint8)
    drawn[:] = GROUND
    parts = np.zeros((height, width), np.uint8)
    wanted = {**USUAL, **(colours or {})}
    flat = np.round(lens.project(quads.reshape(-1, 3)).reshape(-1, 4, 2) * FINER).astype(np.int32)
    bright = _shade(quads)
    for place in np.argsort(lens.away(quads.mean(1)))[::-1]:
        colour = tuple(int(value * bright[place]) for value in wanted[int(labels[place])])
        cv2.fillConvexPoly(drawn, flat[place], colour)
        cv2.fillConvexPoly(parts, flat[place], int(labels[place]))
    size = width // FINER, camera.pixels
    picture = Image.fromarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
    seen = lens.project(joints)
    inside = ((seen >= 0) & (seen < size)).all(1)
    table = np.concatenate([seen, np.where(inside, 0.9, 0)[:, None]], axis=1).astype(np.float32)
    small = cv2.resize(parts, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    return Shot(picture, Pose(table, size), small)


@dataclass(frozen=True)
class _Lens:
    """A pinhole camera: turned, then moved so that the body stands in the middle of the picture."""

    turn: Array
    place: Array
    focal: float
    shift: Array

    @classmethod
    def on(cls, dummy: Dummy, stance: Stance, camera: Camera, joints: Array) -> "_Lens":
        pitch, roll = np.deg2rad(camera.pitch), np.deg2rad(camera.roll)
        down = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
        askew = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        lens = cls(askew @ down, np.array([0, camera.height, camera.distance]), 1.0, np.zeros(2))
        ends = np.array([[0, dummy.height + stance.hair + stance.heels, 0], [0, 0, 0]])
        tall = float(np.ptp(lens.project(ends)[:, 1]))
        lens = replace(lens, focal=0.84 * camera.pixels / tall / (1 - camera.cut))
        crown = 0.08 * camera.pixels, lens.project(ends)[0, 1]
        middle = float(lens.project(joints)[:, 0].mean())
        return replace(lens, shift=np.array([camera.pixels / 3 - middle, crown[0] - crown[1]]))

    def _seen(self, points: Array) -> Array:
        return np.asarray((points - self.place) @ self.turn.T)

    def away(self, points: Array) -> Array:
        return np.asarray(-self._seen(points)[:, 2])

    def project(self, points: Array) -> Array:
        """[N, 3] -> [N, 2], in pixels."""
        seen = self._seen(points)
        return np.asarray(self.focal * seen[:, :2] / -seen[:, 2:] * [1, -1] + self.shift)


def _shade(quads: Array) -> Array:
    normal = np.cross(quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0])
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-9)
    return np.asarray(0.62 + 0.38 * np.abs(normal @ LIGHT) / length)


def _quads(rings: Array) -> Array:
    """[R, S, 3] -> [N, 4, 3], the sides of a tube."""
    following = np.roll(rings, -1, axis=1)
    sides = np.stack([rings[:-1], following[:-1], following[1:], rings[1:]], axis=2)
    return np.asarray(sides.reshape(-1, 4, 3))
