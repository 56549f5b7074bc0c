"""Thin-plate splines: the smoothest map of the plane that takes given points to given points (Bookstein 1989)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]  # [N, 2]
STEP = 8  # pixels between the places where the spline is computed; between them the map is linear


@dataclass(frozen=True)
class Spline:
    """`centres` are the points it was fitted at; all in units of `size`, for the numbers' sake."""

    centres: NDArray[np.float64]
    weights: NDArray[np.float64]  # [N + 3, 2]
    size: float

    def __call__(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Where points [..., 2] go."""
        x = np.asarray(points, np.float64) / self.size
        flat = x.reshape(-1, 2)
        rows = np.concatenate([_bend(_squares(flat, self.centres)), np.ones((len(flat), 1)), flat], axis=1)
        return np.asarray((rows @ self.weights * self.size).reshape(x.shape), np.float32)


def fit(source: Points, target: Points, stiffness: float = 1e-3) -> Spline:
    """The spline from source to target. stiffness: how much it may miss points for bending less."""
    size = max(float(np.ptp(source, axis=0).max()), 1.0)
    x, y = np.asarray(source, np.float64) / size, np.asarray(target, np.float64) / size
    count = len(x)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _bend(_squares(x, x)) + stiffness * np.eye(count)
    system[:count, count] = system[count, :count] = 1
    system[:count, count + 1 :], system[count + 1 :, :count] = x, x.T
    weights = np.linalg.lstsq(system, np.concatenate([y, np.zeros((3, 2))]), rcond=None)[0]
    return Spline(x, weights, size)


def grid(spline: Spline, left: int, top: int, width: int, height: int) -> NDArray[np.float32]:
    """Where the pixels of a box go, [height, width, 2]."""
    columns = np.arange(left, left + width + STEP, STEP, dtype=np.float32)
    rows = np.arange(top, top + height + STEP, STEP, dtype=np.float32)
    coarse = spline(np.stack(np.meshgrid(columns, rows), axis=-1))
    matrix = np.array([[1 / STEP, 0, 0], [0, 1 / STEP, 0]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(coarse, matrix, (width, height), flags=flags), np.float32)


def _squares(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(((one[:, None] - other[None]) ** 2).sum(-1))


def _bend(squares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(squares * np.log(np.maximum(squares, 1e-12)))
