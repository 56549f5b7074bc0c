"""From the pieces of a text to its vector: doc2vec's inference as a convex problem with one answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

STEPS = 25  # titles are then within 2.4 degrees of the exact answer, with 50 steps within 0.8


@dataclass(frozen=True)
class Pieces:
    """The pieces of one text: ids, and how much each counts, adding up to 1. Both are empty for no known piece."""

    ids: Sequence[int]
    weights: Sequence[float]


class VectorSolver:
    """Finds the vector d that minimises, for the pieces w of a text with weights a_w and noise of probability p(v),

    sum_w a_w -log sigmoid(d.o_w) - negative * sum_v p(v) log sigmoid(-d.o_v) + prior / 2 |d|^2,

    which is the expectation of the loss that gensim trains with. Accelerated gradient steps (Nesterov) approach the
    answer in coordinates in which the noise term is about equally steep in all directions.
    """

    def __init__(self, outputs: NDArray[np.float32], counts: NDArray[np.int32], negative: int, prior: float) -> None:
        """outputs: [V, D], a row a piece; counts: [V], how often training saw the piece."""
        noise = counts.astype(np.float64) ** 0.75
        self._noise = (negative * noise / max(noise.sum(), 1e-9)).astype(np.float32)  # [V]
        self._scale = _steepness(outputs, self._noise, prior)  # [D, D]
        self._outputs = outputs @ self._scale  # [V, D]
        self._prior = prior * self._scale @ self._scale  # [D, D]

    def solve(self, texts: Sequence[Pieces], steps: int = STEPS) -> NDArray[np.float32]:
        """A vector a text, [N, D]; zeros for a text without pieces."""
        wanted = np.zeros((len(texts), len(self._noise)), np.float32)  # [N, V]
        for row, text in zip(wanted, texts, strict=True):
            np.add.at(row, np.asarray(text.ids, int), np.asarray(text.weights, np.float32))
        weights = (wanted + self._noise) * wanted.any(axis=1, keepdims=True)
        here = ahead = np.zeros((len(texts), self._outputs.shape[1]), np.float32)
        for step in range(steps):
            slope = (weights * expit(ahead @ self._outputs.T) - wanted) @ self._outputs + ahead @ self._prior
            before, here = here, ahead - slope / 2
            ahead = here + step / (step + 3) * (here - before)
        return np.asarray(here @ self._scale, np.float32)


def _steepness(outputs: NDArray[np.float32], noise: NDArray[np.float32], prior: float) -> NDArray[np.float32]:
    """The inverse root of a bound on the loss's curvature. [D, D]."""
    typical_piece = np.median((outputs[noise > 0] ** 2).sum(axis=1)) if noise.any() else 1.0
    bound = 0.25 * (outputs.T * noise) @ outputs + (0.25 * typical_piece + prior) * np.eye(outputs.shape[1])
    values, axes = np.linalg.eigh(bound)
    return np.asarray((axes * values**-0.5) @ axes.T, np.float32)
