"""A body's measures from one to four photos and a stated height, each as far as they can be known.

What is believed of a body before it is seen (`anthropometry`) is corrected by every outline: the wider an outline may
differ from the body in it, the less. What cannot be seen keeps the spread that it has among people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from t2i_core.data.parts import DRESS, LOWER, OUTER
from t2i_core.errors import InputError
from t2i_core.tryon.anthropometry import GIRTHS, MEASURES, Beliefs, people
from t2i_core.tryon.outline import ASIDE, Outline, View, turned
from t2i_core.tryon.person import Person
from t2i_core.tryon.problems import HeadOnly, TooSmall

Clothes = Literal["close", "usual", "loose"]

CLOTHES: tuple[Clothes, ...] = ("close", "usual", "loose")
SHORTEST, TALLEST = 120.0, 225.0  # cm
MOST = 4  # photos
SURE = 0.90  # how often a measure lies in its interval
QUANTILE = 1.645  # of a normal distribution, for that
LEAST = 260  # pixels from crown to floor; a pixel is then 7 mm

# Assumed: hair makes an outline longer than the body, and so do soles with the toes that a camera at the height of
# the chest sees before them (the near foot, from the side).
HAIR, ADDED_SPREAD = 1.6, 3.0  # cm
BELOW: Mapping[View, float] = {"front": 7.5, "side": 5.0}
# Assumed: centimetres of cloth on either side of the body in an outline, by clothes: mean and spread.
EASE: Mapping[Clothes, tuple[float, float]] = {"close": (0.6, 0.35), "usual": (1.3, 0.8), "loose": (3.2, 1.6)}
HANGS: Mapping[Clothes, float] = {
    "close": 0.0,
    "usual": 0.02,
    "loose": 0.09,
}  # spread of a width, for cloth hangs unevenly
# Assumed: an outline of the chest is wider than what callipers on the ribs say, as the survey took it.
CHEST_OUTLINE = (0.08, 0.05)  # logarithm: mean and spread
ARM = 0.17  # spread of a width whose edge an arm hides, as dummies have it
NEARER = (
    0.02  # logarithm by which a depth looks too large, its edge being nearer than the body's middle; of dummies too
)
TURNED, SQUARE = 0.08, 0.02  # spread of widths of somebody turned aside, and of somebody who is not
# Spread that all widths of a photo share: cameras look up or down, and nobody stands quite square; of dummies too.
ASKEW: Mapping[View, float] = {"front": 0.03, "side": 0.06}
LEG = 0.04  # spread of where trousers part from photo to photo
EDGE = 1.0  # cells of the parser by which each edge may be off
# Medians of 977 street photos of people from crown to sole, as the shipped networks see them: shares of height. The
# torso's logarithm spreads by 0.075 there; dummies need a little more.
TORSO, TORSO_SPREAD = 0.288, 0.09  # between the joints of shoulders and hips; the spread of its logarithm
SPAN, SPAN_SPREAD = 0.181, 0.10  # between the joints of the shoulders
WOMEN_SHOULDER = 0.2244  # of those in the survey: nearly all people in these photos are women
JOINTS = 0.03  # spread of the shoulders' joints from photo to photo
CROTCH = (-0.03, 0.04)  # assumed: how far below the crotch trousers part, in logarithms
ODD = 0.5  # logarithm by which a share differs so far from people's that it was not seen rightly
SOME_COAT = 0.12  # of the body, from which on what is worn over counts as loose


@dataclass(frozen=True)
class Interval:
    """Centimetres: the likeliest value, and between what it lies nine times of ten."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(frozen=True)
class Estimate:
    """measures: by name; beliefs: of their logarithms over the height, in the order of MEASURES; notes: what made it
    unsure, in sentences; unknown: what no photo tells."""

    height: float
    measures: Mapping[str, Interval]
    beliefs: Beliefs
    views: tuple[View, ...]
    notes: tuple[str, ...]
    unknown: tuple[str, ...]


UNKNOWN = (
    "How thick your clothes are, what you wear under them, and how you like them to fit.",
    "Whether a brand's sizes run large or small.",
    "Lengths of arms and neck, and how your body carries its weight where no outline shows it.",
)


def estimate(
    seen: Sequence[Person], height: float, *, clothes: Clothes = "usual", views: Sequence[View | None] = ()
) -> Estimate:
    """The measures of one person in one to four photos. views: how each was taken; None: as it looks.

    Raises InputError for a height or a number of photos that makes no sense, HeadOnly and TooSmall where a photo does
    not show enough.
    """
    if not SHORTEST <= height <= TALLEST:
        raise InputError(f"A height in centimetres between {SHORTEST:.0f} and {TALLEST:.0f} is needed; got {height:g}.")
    if not 1 <= len(seen) <= MOST:
        raise InputError(f"Sizes are estimated from one to {MOST} photos; got {len(seen)}.")
    asked = [*views, *[None] * len(seen)][: len(seen)]
    outlines = [Outline.of(person, view) for person, view in zip(seen, asked, strict=True)]
    for outline in outlines:
        _require(outline)
    found = _Found(height, clothes)
    for outline in outlines:
        found.look(outline)
    notes = found.notes
    if "side" not in found.views:
        notes.append("No photo is from the side: how deep the body is was taken from what is usual for its width.")
    if "front" not in found.views:
        notes.append("No photo is from the front: how wide the body is was taken from what is usual for its depth.")
    if len(outlines) == 1:
        notes.append("One photo only: a second one, from the side, narrows the girths.")
    beliefs = found.beliefs.of(MEASURES)
    return Estimate(
        height, _intervals(beliefs, height), beliefs, tuple(found.views), tuple(dict.fromkeys(notes)), UNKNOWN
    )


def _intervals(beliefs: Beliefs, height: float) -> dict[str, Interval]:
    spreads = np.sqrt(np.diag(beliefs.spread))
    bounds = (beliefs.mean, beliefs.mean - QUANTILE * spreads, beliefs.mean + QUANTILE * spreads)
    rows = np.exp(np.stack(bounds)).T * height
    return {
        name: Interval(*(round(float(value), 1) for value in row)) for name, row in zip(MEASURES, rows, strict=True)
    }


def _require(outline: Outline) -> None:
    """Raises where a photo does not show enough of a body to measure it."""
    joints = outline.person.pose.joints
    if outline.view == "front" and ((joints[[2, 5], 2] <= 0).all() or (joints[[8, 11], 2] <= 0).all()):
        raise HeadOnly(
            "For a size the photo must show you at least from the shoulders to the hips, better to the feet."
        )
    if outline.view == "side" and not outline.whole:
        raise HeadOnly("A photo from the side must show you whole, from head to feet: nothing else tells its scale.")
    tall = outline.length if outline.whole else outline.person.figure.torso / TORSO
    if tall < LEAST:
        raise TooSmall(
            f"You are about {tall:.0f} pixels tall in this photo, and {LEAST} are needed to measure. Step closer, or "
            "use a larger photo."
        )


class _Found:
    """What photos told so far. Some doubts are the same in all of them: how much cloth there is, how much longer hair
    and soles make the outline, how a body differs from what its joints say."""

    def __init__(self, height: float, clothes: Clothes) -> None:
        self.height, self.clothes = height, clothes
        self.notes, self.views = list[str](), list[View]()
        self.beliefs = people()
        for name, mean, deviation in (
            *(("cloth above", 0, 1), ("cloth below", 0, 1)),  # in the deviations of EASE, about its means
            ("scale", 0, ADDED_SPREAD / height),
            ("torso", 0, TORSO_SPREAD),
            ("muscles", *CHEST_OUTLINE),
            ("span", 0, SPAN_SPREAD),
            ("trousers", *CROTCH),
        ):
            self.beliefs = self.beliefs.unsure(name, mean, deviation)

    def look(self, outline: Outline) -> None:
        """Adds what one photo tells."""
        self.views.append(outline.view)
        scale, doubt = self._scale(outline)
        photo = f"photo {len(self.views)}"
        self.beliefs = self.beliefs.unsure(photo, 0, ASKEW[outline.view])
        whole = self.height + HAIR + BELOW[outline.view]
        worn, wrong = self._clothes(outline), self._turn(outline)
        cell = EDGE * max(2 / outline.person.parsed.window.scale, 1.0)
        for name in GIRTHS:
            width = outline.width(name, self.height / whole, BELOW[outline.view] / whole)
            if width is None:
                self.notes.append(f"The {name} could not be measured in a photo from the {outline.view}.")
                continue
            own = np.sqrt(wrong**2 + HANGS[worn] ** 2 + (cell / width.pixels) ** 2 + (ARM * width.arm) ** 2)
            nearer = np.exp(-NEARER) if outline.view == "side" else 1.0
            self._girth(name, outline.view, float(width.pixels * scale * nearer), float(own), worn, (doubt, photo))
            if width.arm:
                self.notes.append(f"An arm or a hand lies against the {name}: its edge is a guess. Hold them away.")
        if outline.view == "front":
            self._bones(outline, scale, doubt, worn)

    def _girth(self, name: str, view: View, measured: float, own: float, worn: Clothes, doubts: Sequence[str]) -> None:
        """measured: centimetres of an outline's breadth or depth."""
        cloth, spread = EASE[worn]
        body = max(measured - 2 * cloth, 1.0)
        what = f"{name} {'depth' if view == 'side' else 'breadth'}"
        weights = {
            what: 1.0,
            **dict.fromkeys(doubts, 1.0),
            "cloth below" if name == "hip" else "cloth above": 2 * spread / body,
        }
        if what == "chest breadth":
            weights["muscles"] = 1.0
        self._tell(what, weights, body, own)

    def _bones(self, outline: Outline, scale: float, doubt: str, worn: Clothes) -> None:
        """The shoulders by their joints; the crotch, where trousers part that are not loose."""
        figure = outline.person.figure
        if turned(outline.person) > ASIDE:
            span = float(np.linalg.norm(figure.shoulders[0] - figure.shoulders[1])) * scale
            weights = {"shoulder": 1.0, "span": 1.0, doubt: 1.0}
            self._tell("shoulder", weights, span / SPAN * WOMEN_SHOULDER, JOINTS)
        if worn != "loose" and outline.crotch is not None:
            crotch = outline.crotch * outline.length * scale - BELOW[outline.view]
            self._tell("inseam", {"inseam": 1.0, "trousers": 1.0, doubt: 1.0}, crotch, LEG)

    def _scale(self, outline: Outline) -> tuple[float, str]:
        """Centimetres a pixel, and which of the unknowns it may be wrong by."""
        if outline.whole:
            return (self.height + HAIR + BELOW[outline.view]) / outline.length, "scale"
        missing = "feet are" if not outline.floor else "top of the head is"
        self.notes.append(f"The {missing} not in a photo: its scale was taken from the torso, which is far less sure.")
        return self.height * TORSO / outline.person.figure.torso, "torso"

    def _clothes(self, outline: Outline) -> Clothes:
        counts = np.bincount(outline.person.parts.ravel(), minlength=9)
        if self.clothes == "loose":
            self.notes.append(
                "Loose clothes hide the body: the girths are little more than what is usual at your height."
            )
        elif counts[OUTER] > SOME_COAT * counts[1:].sum():
            self.notes.append("A jacket, coat or open shirt hides the body: take it off for a closer estimate.")
            return "loose"
        elif self.clothes == "usual" and counts[DRESS] > counts[LOWER] + SOME_COAT * counts[1:].sum():
            self.notes.append("A dress hides waist and hips: tight clothes give a closer estimate.")
            return "loose"
        return self.clothes

    def _turn(self, outline: Outline) -> float:
        if outline.view == "side" or turned(outline.person) > ASIDE:
            return SQUARE
        self.notes.append("You are turned aside in a photo: stand square to the camera, or quite sideways.")
        return TURNED

    def _tell(self, name: str, weights: Mapping[str, float], centimetres: float, own: float) -> None:
        value = float(np.log(centimetres / self.height))
        if abs(value - people().of([name]).mean[0]) > ODD:
            self.notes.append(f"What a photo seems to show of the {name} cannot be right, and was left out.")
            return
        self.beliefs = self.beliefs.told(weights, value, own)
