"""How people's measures go together, as shares of their height: what a size is guessed by where a photo does not tell.

Means, spreads and correlations of the logarithms of eleven measures over stature, computed from the individual records
of ANSUR II (Gordon et al., 2012 Anthropometric Survey of U.S. Army Personnel: Methods and Summary Statistics, NATICK/
TR-15/007, 2014; approved for public release), 4,082 men and 1,986 women pooled. What it says of depths, as means and
standard deviations: depth by breadth of the chest 0.89 ± 0.08, of the waist 0.72 ± 0.06, of the hips 0.69 ± 0.05; girth
by breadth 3.61 ± 0.21, 2.88 ± 0.10, 2.93 ± 0.08; crotch height by stature 0.481 ± 0.015.

Soldiers are fitter than shoppers: spreads are taken WIDER than the survey's, and a chart of children's sizes is none of
its business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# biacromial breadth; breadth, depth, circumference of the chest, the waist (at the navel), the hips; crotch height
NAMES = (
    "shoulder",
    *("chest breadth", "chest depth", "chest"),
    *("waist breadth", "waist depth", "waist"),
    *("hip breadth", "hip depth", "hip"),
    "inseam",
)
MEASURES = ("shoulder", "chest", "waist", "hip", "inseam")  # what sizes are told by
GIRTHS = ("chest", "waist", "hip")

MEANS = (-1.459, -1.803, -1.923, -0.521, -1.691, -2.020, -0.635, -1.595, -1.964, -0.521, -0.732)
SPREADS = (0.049, 0.063, 0.107, 0.085, 0.104, 0.144, 0.116, 0.081, 0.105, 0.080, 0.030)
_BELOW: Sequence[Sequence[float]] = (  # the correlations below the diagonal
    (),
    (0.39,),
    (0.13, 0.58),
    (0.45, 0.73, 0.84),
    (0.26, 0.65, 0.76, 0.83),
    (0.29, 0.57, 0.75, 0.82, 0.86),
    (0.28, 0.64, 0.80, 0.86, 0.96, 0.95),
    (-0.08, 0.48, 0.66, 0.47, 0.65, 0.51, 0.62),
    (0.21, 0.55, 0.76, 0.74, 0.78, 0.82, 0.84, 0.67),
    (0.03, 0.54, 0.76, 0.61, 0.73, 0.66, 0.74, 0.94, 0.84),
    (-0.09, -0.29, -0.19, -0.23, -0.28, -0.17, -0.23, -0.26, -0.19, -0.24),
)
WIDER = 1.3  # than the survey's, for people who are no soldiers

# Heights above the floor as shares of stature, of the same survey: mean and spread.
ACROMION, TROCHANTER = (0.820, 0.009), (0.515, 0.015)
CHEST, NAVEL, BUTTOCK = (0.730, 0.014), (0.602, 0.013), (0.508, 0.016)


@dataclass(frozen=True)
class Beliefs:
    """What is believed of the logarithms of shares, and of whatever else is not known: a normal distribution over
    `names`. mean: [N]; spread: its covariance, [N, N]."""

    names: tuple[str, ...]
    mean: Vector
    spread: Vector

    def unsure(self, name: str, mean: float, deviation: float) -> "Beliefs":
        """With one more unknown, which has nothing to do with the others."""
        size = len(self.names)
        spread = np.zeros((size + 1, size + 1))
        spread[:size, :size], spread[size, size] = self.spread, deviation**2
        return Beliefs((*self.names, name), np.append(self.mean, mean), spread)

    def told(self, weights: Mapping[str, float], value: float, deviation: float) -> "Beliefs":
        """After a weighted sum of unknowns was seen to be `value`, give or take `deviation` (as a Kalman filter is
        told of a measurement)."""
        row = np.array([weights.get(name, 0.0) for name in self.names])
        towards = self.spread @ row
        gain = towards / (row @ towards + deviation**2)
        return Beliefs(self.names, self.mean + gain * (value - row @ self.mean), self.spread - np.outer(gain, towards))

    def of(self, names: Sequence[str]) -> "Beliefs":
        """Of some of them alone."""
        places = [self.names.index(name) for name in names]
        return Beliefs(tuple(names), self.mean[places], self.spread[np.ix_(places, places)])


def people(wider: float = WIDER) -> Beliefs:
    """What is believed of somebody whom nobody has seen."""
    size = len(NAMES)
    together = np.eye(size)
    for row, values in enumerate(_BELOW):
        together[row, : len(values)] = together[: len(values), row] = values
    spreads = wider * np.array(SPREADS)
    return Beliefs(NAMES, np.array(MEANS), together * np.outer(spreads, spreads))
