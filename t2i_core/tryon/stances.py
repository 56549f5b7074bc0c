"""Poses to be drawn in where no photo has the right one: a mannequin's joints, moved."""

from collections.abc import Mapping, Sequence

import numpy as np

from t2i_core.data.joints import L_ANKLE, L_ELBOW, L_KNEE, L_WRIST, R_ANKLE, R_ELBOW, R_KNEE, R_WRIST
from t2i_core.tryon.figure import figure_of
from t2i_core.tryon.framing import around
from t2i_core.tryon.mannequin import JOINTS, Spot, draw
from t2i_core.tryon.parsing import Parsed
from t2i_core.tryon.person import Person

HEIGHT = 576  # of a drawn mannequin


def _moved(changes: Mapping[int, Spot]) -> Sequence[Spot]:
    return [changes.get(index, spot) for index, spot in enumerate(JOINTS)]


STANCES: Mapping[str, Sequence[Spot]] = {
    "standing": JOINTS,
    "hands on hips": _moved(
        {R_ELBOW: (0.46, 0.98), R_WRIST: (0.78, 1.24), L_ELBOW: (1.54, 0.98), L_WRIST: (1.22, 1.24)}
    ),
    "arms apart": _moved({R_ELBOW: (0.52, 0.94), R_WRIST: (0.30, 1.20), L_ELBOW: (1.48, 0.94), L_WRIST: (1.70, 1.20)}),
    "one arm raised": _moved({L_ELBOW: (1.58, 0.60), L_WRIST: (1.62, 0.26)}),
    "a step": _moved(
        {
            **{R_KNEE: (0.78, 1.94), R_ANKLE: (0.66, 2.48), L_KNEE: (1.22, 1.92), L_ANKLE: (1.34, 2.44)},
            **{R_ELBOW: (0.62, 1.00), R_WRIST: (0.50, 1.30), L_ELBOW: (1.36, 1.00), L_WRIST: (1.44, 1.32)},
        }
    ),
}


def stance(name: str) -> Person:
    """The mannequin in one of STANCES."""
    picture, pose, parts = draw(HEIGHT, STANCES[name])
    return Person(np.asarray(picture), pose, Parsed.of_parts(parts, around(pose.box())), figure_of(pose))
