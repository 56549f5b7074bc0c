"""Measured shares and areas with the 95 % interval that a bootstrap gives them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from t2i_core.training.matching_report import calibration_error

ROUNDS = 1000

Scores = NDArray[np.float64]
Measure = Callable[[Scores, Scores], float]  # of negatives and positives


@dataclass(frozen=True)
class Interval:
    """A measured value, and where 95 % of resampled measurements fall."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def bootstrap(measure: Measure, negative: Scores, positive: Scores, *, rounds: int = ROUNDS, seed: int = 0) -> Interval:
    """A measure of two samples, resampled each by itself."""
    random = np.random.default_rng(seed)
    drawn = ([random.choice(side, len(side)) for side in (negative, positive)] for _ in range(rounds))
    found = [measure(*sides) for sides in drawn]
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(round(measure(negative, positive), 4), round(float(low), 4), round(float(high), 4))


def auroc(negative: Scores, positive: Scores) -> float:
    """How often a positive scores above a negative; a tie counts half."""
    ordered = np.sort(negative)
    below, up_to = np.searchsorted(ordered, positive, "left"), np.searchsorted(ordered, positive, "right")
    return float((below + up_to).mean() / 2 / len(ordered))


def miscalibration(negative: Scores, positive: Scores) -> float:
    """How far probabilities are from how often they come true (ECE), over as many negatives as positives."""
    count = min(len(negative), len(positive))
    chances = np.concatenate([negative[:count], positive[:count]]).astype(np.float32)
    return round(calibration_error(chances, np.repeat([False, True], count)), 4)


def recall_at(share: float) -> Measure:
    """A measure: the positives found at the threshold that at most `share` of the negatives pass."""

    def measure(negative: Scores, positive: Scores) -> float:
        return float((positive > threshold_at(share, negative)).mean())

    return measure


def threshold_at(share: float, negative: Scores) -> float:
    """The lowest score that at most `share` of the negatives exceed."""
    allowed = int(share * len(negative))
    return float(np.sort(negative)[len(negative) - 1 - allowed])
