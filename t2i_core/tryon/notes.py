"""What to know of a result, in words: which of it is a guess, and why."""

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from t2i_core.data.joints import L_ANKLE, L_ELBOW, L_WRIST, R_ANKLE, R_ELBOW, R_WRIST
from t2i_core.data.parts import DRESS, OUTER
from t2i_core.tryon.garment import Garment
from t2i_core.tryon.person import Person
from t2i_core.tryon.widths import size_ratio

UNSURE = 0.35  # mean visibility of a limb's joints under which it counts as hidden
COARSE = 1.8  # how much a garment's picture is enlarged when its print gets soft
MIRRORED = 0.03  # of a garment: how much of it may be mirrored without a word
ASIDE = 0.55  # width of the shoulders by the torso of somebody turned aside
ARMS = {"right": (R_ELBOW, R_WRIST), "left": (L_ELBOW, L_WRIST)}


def notes_on(
    person: Person,
    garment: Garment,
    hem: float,
    guessed: Set[str],
    front: NDArray[np.float32],
    alpha: NDArray[np.float32],
) -> list[str]:
    """Sentences, the weightiest first; none for a result with nothing to say of it."""
    checks = (
        _limbs(person, garment),
        _aside(person),
        _cut_off(person, garment),
        _made_up(guessed, garment),
        _dress(person, garment),
        _length(hem),
        _hidden(front, alpha),
        _mirrored(garment),
        _coarse(person, garment),
    )
    return [sentence for found in checks for sentence in found]


def _limbs(person: Person, garment: Garment) -> list[str]:
    visibility, points, (width, height) = person.pose.joints[:, 2], person.pose.points, person.pose.size
    if garment.slot == "lower":
        return []
    found = []
    for side, joints in ARMS.items():
        if visibility[list(joints)].mean() >= UNSURE:
            continue
        outside = [not (0 <= points[joint][0] < width and 0 <= points[joint][1] < height) for joint in joints]
        why = "is cut off by the photo" if any(outside) else "is hidden or behind the body"
        found.append(f"Your {side} arm {why}: the sleeve there is a guess.")
    return found


def _aside(person: Person) -> list[str]:
    apart = np.linalg.norm(person.figure.shoulders[0] - person.figure.shoulders[1])
    if apart > ASIDE * person.figure.torso:
        return []
    return ["You are turned aside: the garment's own picture shows its front, so the fit at the sides is a guess."]


def _cut_off(person: Person, garment: Garment) -> list[str]:
    if garment.slot == "upper" or person.pose.joints[[R_ANKLE, L_ANKLE], 2].max() > 0:
        return []
    return ["The photo ends above the feet: how long the garment is there is a guess."]


def _made_up(guessed: Set[str], garment: Garment) -> list[str]:
    found = []
    if "skin" in guessed:
        what = "legs" if garment.slot == "lower" else "arms or neck"
        found.append(f"The old garment covered more than the new one: the skin that shows of your {what} is made up.")
    if "long" in guessed:
        found.append("What you wear hangs lower than the new garment: its lower part was kept.")
    if "lower" in guessed:
        found.append("The old garment was longer: what shows below the new one is made up from what you wear there.")
    return found


def _dress(person: Person, garment: Garment) -> list[str]:
    counts = np.bincount(person.parts.ravel(), minlength=9)
    worn = counts[DRESS] > 0.15 * counts[1:].sum()
    if worn and garment.slot == "upper":
        return ["You wear a dress: its skirt was kept under the new top."]
    if worn and garment.slot == "lower":
        return ["You wear a dress: its upper half was kept above the new garment."]
    if garment.slot == "lower" and counts[OUTER] > 0.3 * counts[1:].sum():
        return ["A long jacket or coat covers part of the garment."]
    return []


def _length(hem: float) -> list[str]:
    if hem < 1.08:
        return []
    return [f"The garment is drawn {100 * (hem - 1):.0f} % longer than it is, so that it meets what you wear below."]


def _hidden(front: NDArray[np.float32], alpha: NDArray[np.float32]) -> list[str]:
    covered = float((front * alpha).sum() / max(float(alpha.sum()), 1.0))
    return [f"Hair, hands or a bag cover {100 * covered:.0f} % of the garment."] if covered > 0.12 else []


def _mirrored(garment: Garment) -> list[str]:
    if garment.mirrored < MIRRORED:
        return []
    return ["An arm, hair or a bag covers the garment in its own picture: what it hides was taken from the other side."]


def _coarse(person: Person, garment: Garment) -> list[str]:
    ratio = size_ratio(garment.figure, person.figure)
    if ratio < COARSE:
        return []
    return [f"The garment's picture is enlarged {ratio:.1f} times: its print gets soft. Use a larger one."]
