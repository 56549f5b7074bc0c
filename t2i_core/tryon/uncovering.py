"""What the old garment leaves uncovered: which of it is skin, which the garment below, and which the ground."""

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.data.parts import HEAD, LOWER, SKIN
from t2i_core.tryon import fill
from t2i_core.tryon.figure import TORSO
from t2i_core.tryon.garment import Slot
from t2i_core.tryon.person import Person
from t2i_core.tryon.places import Places

Mask = NDArray[np.float32]
Bits = NDArray[np.bool_]

NECK = 0.33  # of the span: how wide a neck is
BETWEEN, CROTCH = 0.5, 1.4  # half spans from the middle, and level, within which hips and thighs leave no gap
TO_CHIN = 0.55  # of the way from between the shoulders to the nose


def uncovered(
    person: Person, places: Places, pixels: NDArray[np.uint8], wanted: Bits, shade: Mask, slot: Slot, cloth: Mask
) -> tuple[Mask, set[str]]:
    """`pixels`, the photo so far, [H, W, 3], without the old garment where that is wanted [H, W], and what of it was
    made up: "skin", "lower". shade, cloth [H, W]: the light on the old garment, and the new one's alpha."""
    base = pixels.astype(np.float32)
    guessed: set[str] = set()
    if not wanted.any():
        return base, guessed
    bare = person.parts == SKIN
    inside = fill.bare_limbs(person.figure, cloth, bare, arms=slot != "lower", legs=slot != "upper")
    inside *= (places.level < 1.0) | (slot != "upper") | (places.limb != TORSO)
    lower = np.zeros_like(wanted)
    if slot == "upper":
        hanging = wanted & (places.level > 0.6) & ~(inside > 0) & ~beside(cloth, places)
        base, lower = continued(person, places, base, wanted, hanging)
        if lower.mean() > 0.002:
            guessed.add("lower")
    skin = wanted & ((inside > 0) | chest(places, person, slot)) & ~lower
    tone = fill.skin(person.photo, bare_skin(person, places, slot), face(person, places), inside, _soft(shade))
    if tone is not None:
        base[skin] = tone[skin]
        if (skin & (cloth < 0.5)).sum() > 0.004 * person.body.sum():
            guessed.add("skin")
    rest = wanted & ~skin & ~lower
    ground = fill.ground(pixels, person.body, rest)
    base[rest] = ground[rest]
    return smoothed(base, wanted, skin | lower), guessed


def continued(person: Person, places: Places, base: Mask, wanted: Bits, hanging: Bits) -> tuple[Mask, Bits]:
    """What is worn below, or else the legs, continued upwards where the old garment hung [H, W], and where that is."""
    legs = (person.parts == SKIN) & (places.level > 1) & (places.limb == TORSO)
    worn = ((person.parts == LOWER) | legs) & ~wanted
    below, lower = fill.garment_below(person.photo, worn, hanging)
    out = np.where(lower[..., None], below, base).astype(np.float32)
    if not lower.any():
        return out, lower
    between = hanging & ~lower & (np.abs(places.side) < BETWEEN) & (places.level < CROTCH)
    out[between] = fill.nearest(out, lower, between)
    return out, lower | between


def beside(cloth: Mask, places: Places) -> Bits:
    """Beyond the sides of the new cloth, at the levels where it covers the middle of the body: no garment below shows
    there."""
    middle = (cloth > 0.5) & (np.abs(places.side) < 0.1)
    covered = places.level[middle]
    if not len(covered):
        return np.zeros(cloth.shape, bool)
    return np.asarray((places.level > covered.min()) & (places.level < covered.max()))


def smoothed(base: Mask, wanted: Bits, made: Bits) -> Mask:
    """Without a hard edge between what was made up and what was there."""
    edge = cv2.morphologyEx(made.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(bool) & wanted
    soft = cv2.GaussianBlur(base, (0, 0), 1.0)
    return np.where(edge[..., None], soft, base).astype(np.float32)


def chest(places: Places, person: Person, slot: Slot) -> Bits:
    """Neck, chest and belly between the garments: skin, where no cloth is."""
    if slot == "lower":
        return np.asarray((places.level < 1.0) & (np.abs(places.side) < 0.9) & (places.level > 0.5))
    away = np.abs(places.side)
    rounded = np.sqrt(np.clip((1 - away) / 0.4, 0, 1))  # towards the shoulders' ends
    slope = -person.figure.span / person.figure.torso * (0.26 - 0.17 * away) * rounded
    wide = np.where(places.level < 0.15, 0.98, 0.86)
    return np.asarray(((places.level > slope) & (away < wide) & (places.level < 0.95)) | _neck(person))


def _neck(person: Person) -> Bits:
    """From between the shoulders to the chin."""
    out = np.zeros(person.photo.shape[:2], np.uint8)
    if person.pose.seen[0]:
        start, end = person.figure.top, person.figure.top + TO_CHIN * (person.pose.points[0] - person.figure.top)
        ends = [tuple(int(value) for value in np.round(point)) for point in (start, end)]
        cv2.line(out, ends[0], ends[1], 1, max(1, round(NECK * person.figure.span)))
    return out > 0


def bare_skin(person: Person, places: Places, slot: Slot) -> Bits:
    """The skin that a photo shows, to take its colour from: without legs, that tights may cover, where arms and neck
    are wanted."""
    bare = (places.level < 1) | (places.limb != TORSO) | (slot == "lower")
    return np.asarray((person.parts == SKIN) & bare)


def face(person: Person, places: Places) -> Bits:
    """The lower half of the face, around the nose: for the colour of skin where nothing else is bare."""
    nose, neck = person.pose.points[0], person.pose.points[1]
    rows, columns = np.ogrid[: places.level.shape[0], : places.level.shape[1]]
    radius = 0.22 * float(np.linalg.norm(nose - neck))
    middle = nose + 0.12 * (neck - nose)
    near = (columns - middle[0]) ** 2 + (rows - middle[1]) ** 2 < radius**2
    return np.asarray(near & (person.parts == HEAD))


def _soft(shade: Mask) -> Mask:
    return np.clip(cv2.GaussianBlur(shade, (0, 0), 2.0), 0.85, 1.12)
