"""What is taken off a person before a new garment goes on."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, maximum, minimum

from t2i_core.data.parts import BAG, DRESS, HEAD, LOWER, OUTER, SHOES, SKIN, UPPER
from t2i_core.tryon.figure import TORSO, Point, Points, along, chosen
from t2i_core.tryon.garment import Slot
from t2i_core.tryon.person import Person
from t2i_core.tryon.places import Places

Bits = NDArray[np.bool_]

WAIST = 0.78  # level of the body that parts a dress's top from its skirt
LOW, MUCH = 1.3, 0.1  # level below the hips, and the share of a top below it, from which on it hangs low
STRAY = 0.9  # level below which no top begins
SCRAP = 0.1  # of legs and what is worn on them: what is less is none of it
TAILS = 1.25  # level that a skirt's hem lies below
HALO, WIDE_HALO = 0.015, 0.025  # of a torso: how far around the old garment its colour is mixed with others
APART = 0.06  # of a torso: how far from the new cloth the old garment comes to light
SLEEVE = 0.2  # of the span: how far from the middle of an arm a sleeve reaches
STATIONS = 8  # along each half of an arm, where it is asked whether a sleeve covers it


def taken_off(person: Person, places: Places, slot: Slot) -> Bits:
    """[H, W]: what a new garment of the slot takes the place of."""
    parts = person.parts
    dress = parts == DRESS
    if slot == "dress":
        return np.isin(parts, (UPPER, OUTER, LOWER, DRESS))
    if slot == "lower":
        return np.asarray((parts == LOWER) | (dress & (places.level > WAIST) & (places.limb == TORSO)))
    worn = np.isin(parts, (UPPER, OUTER))
    on_arms = sleeves(person, worn | dress)
    above = (places.level <= WAIST) | on_arms
    if hangs_low(person, places):
        return np.asarray((worn | dress) & above)
    top = (worn & ~_strays(worn, places)) | (worn & on_arms) | _remnants(person, places)
    return np.asarray(top | (dress if _skirtless(dress, places) else dress & above))


def _strays(worn: Bits, places: Places) -> Bits:
    """Patches that lie wholly below: parts of a skirt, a bag or a coat over the arm that the parser took for a top."""
    labels, count = label(worn)
    if not count:
        return worn
    highest = minimum(places.level, labels, np.arange(1, count + 1))
    return np.asarray(np.isin(labels, 1 + np.flatnonzero(highest > STRAY)))


def _remnants(person: Person, places: Places) -> Bits:
    """Scraps of a top's tails that the parser took for something worn below."""
    lower = np.asarray(person.parts == LOWER)
    labels, count = label(lower)
    if not count:
        return lower
    index = np.arange(1, count + 1)
    legs = lower | ((person.parts == SKIN) & (places.level > 1) & (places.limb == TORSO))
    scraps = np.bincount(labels.ravel(), minlength=count + 1)[1:] < SCRAP * legs.sum()
    return np.asarray(np.isin(labels, index[scraps & (maximum(places.level, labels, index) < TAILS)]))


def _skirtless(dress: Bits, places: Places) -> bool:
    """Whether what the parser took for a dress ends where a shirt's tails do."""
    return bool(dress.any()) and float(np.percentile(places.level[dress], 99)) < TAILS


def sleeves(person: Person, cloth: Bits) -> Bits:
    """Which cloth [H, W] lies about those stretches of the arms that it covers: a skirt beside a bare hand is none."""
    covered: list[tuple[Point, Point]] = []
    for arm in person.figure.arms:
        for start, end in pairwise(arm):
            stations = start + np.linspace(0, 1, STATIONS + 1, dtype=np.float32)[:, None] * (end - start)
            hit = _at(cloth, stations)
            covered += [(stations[index], stations[index + 1]) for index in np.flatnonzero(hit[:-1] & hit[1:])]

    def near(spots: Points) -> Bits:
        found = np.zeros(len(spots), bool)
        for start, end in covered:
            found |= along(spots, start, end) < SLEEVE * person.figure.span
        return found

    return chosen(cloth, near)


def _at(mask: Bits, spots: NDArray[np.float32]) -> Bits:
    x, y = np.round(spots).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
    return np.asarray(inside & mask[y.clip(0, mask.shape[0] - 1), x.clip(0, mask.shape[1] - 1)])


def hangs_low(person: Person, places: Places) -> bool:
    """Whether what is worn above hangs so low, as coats do, and skirts that the parser takes for tops, that nothing is
    known of the body behind it: its lower part is then kept below the new garment, as a dress's skirt is."""
    worn = np.isin(person.parts, (UPPER, OUTER))
    return bool((worn & (places.level > LOW)).sum() > MUCH * worn.sum())


def with_rim(old: Bits, person: Person, slot: Slot, cloth: NDArray[np.float32]) -> Bits:
    """With the rim whose pixels the old garment is mixed into, but never into what must stay; wider about what comes
    to light beside the new cloth [H, W], its alpha, where a rim that is left would be seen."""
    torso = person.figure.torso
    exposed = old & ~_grown(cloth > 0.5, APART * torso)
    grown = _grown(old, HALO * torso) | _grown(exposed, WIDE_HALO * torso)
    staying = (HEAD, BAG, SHOES, LOWER) if slot == "upper" else (HEAD, BAG, SHOES, UPPER, OUTER)
    kept = np.isin(person.parts, staying if slot != "dress" else (HEAD, BAG, SHOES))
    return old | (grown & ~kept)


def _grown(mask: Bits, reach: float) -> Bits:
    size = 2 * max(1, round(reach)) + 1
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0
