"""Puts garments on the person of a photo. Every pixel outside the edit mask stays exactly as it was."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.parts import BAG, DRESS, HEAD, LOWER, OUTER, SHOES, SKIN, UPPER
from t2i_core.tryon import fill, light
from t2i_core.tryon.brush import mask_of
from t2i_core.tryon.figure import LEFT, RIGHT, TORSO, along
from t2i_core.tryon.garment import Garment, Slot, cut_garment
from t2i_core.tryon.matte import sharpened
from t2i_core.tryon.notes import notes_on
from t2i_core.tryon.parsing import Parser
from t2i_core.tryon.person import Person, Point, fitted, require, see
from t2i_core.tryon.pieces import Layer
from t2i_core.tryon.places import Places
from t2i_core.tryon.pose import PoseFinder, pose_finder
from t2i_core.tryon.warp import warp

Mask = NDArray[np.float32]
Bits = NDArray[np.bool_]

WAIST = 0.78  # level of the body that parts a dress's top from its skirt
LOW, MUCH = 1.3, 0.1  # level below the hips, and the share of a top below it, from which on it hangs low
LONGEST = 1.3  # how much a top may be drawn longer to meet the garment below it
BELOW = 0.05  # of a torso: how far it then reaches over that
HALO = 0.015  # of a torso: how far around the old garment its colour is mixed with what lies beside it
ORDER: tuple[Slot, ...] = ("lower", "dress", "upper")  # what is put on first


@dataclass(frozen=True)
class Dressed:
    """The photo with the garments on; mask [H, W]: the pixels that may differ from it; notes: what to know, in words;
    seconds: what each stage took."""

    image: Image.Image
    mask: Bits
    notes: tuple[str, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)


class Dresser:
    """Sees people, cuts garments, and puts one on the other."""

    def __init__(self, finder: PoseFinder, parser: Parser) -> None:
        self.finder, self.parser = finder, parser

    @classmethod
    def from_pretrained(cls) -> "Dresser":
        """With the pose backend that T2I_POSE names and the shipped parser. Raises WeightsError where they are
        missing."""
        return cls(pose_finder(), Parser.from_pretrained())

    def see(self, photo: Image.Image, at: Point | None = None) -> Person:
        """The person of a photo, of at most 2048 pixels a side. Raises a TryOnError where there is nobody to dress."""
        return see(fitted(photo), self.finder, self.parser, at)

    def cut(self, picture: Image.Image, slot: Slot) -> Garment:
        """The garment of a slot in its picture. Raises a TryOnError where there is none."""
        return cut_garment(picture.convert("RGB"), slot, self.finder, self.parser)

    def dress(
        self,
        photo: Image.Image,
        garments: Mapping[Slot, Image.Image],
        *,
        at: Point | None = None,
        mask: Image.Image | None = None,
    ) -> tuple[Dressed, Person]:
        """The person with the garments on, by slot. mask: white where the photo may be edited.

        Raises a TryOnError for a photo or a garment that won't do, InputError for a mask of another shape.
        """
        clock = Clock()
        person = self.see(photo, at)
        clock.lap("see")
        may = None if mask is None else mask_of(mask, person.photo.shape)
        for slot in garments:
            require(person, slot)
        cut = {slot: self.cut(garments[slot], slot) for slot in ORDER if slot in garments}
        clock.lap("cut")
        done = put_on(person, list(cut.values()), may)
        clock.lap("dress")
        return Dressed(done.image, done.mask, done.notes, clock.laps), person


class Clock:
    """Seconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self._last = round(now - self._last, 3), now


def put_on(person: Person, garments: list[Garment], may: Bits | None = None) -> Dressed:
    """Several garments one over the other. may: what may be edited, [H, W]; what it holds beyond what would be edited
    anyhow is taken for something to be removed, whatever the parser took it for."""
    done = _all_on(person, garments, np.zeros(person.photo.shape[:2], bool))
    if may is None:
        return done
    added = may & ~done.mask
    if added.any():
        done = _all_on(person, garments, added)
    mask = done.mask & may
    out = np.where(mask[..., None], np.asarray(done.image), person.photo)
    return Dressed(Image.fromarray(out), mask, done.notes)


def _all_on(person: Person, garments: list[Garment], added: Bits) -> Dressed:
    pixels, mask, notes = person.photo, np.zeros(person.photo.shape[:2], bool), []
    for garment in garments:
        pixels, edited, said = _put_on(person, pixels, garment, added)
        mask |= edited
        notes += [note for note in said if note not in notes]
    out = np.where(mask[..., None], pixels, person.photo)
    return Dressed(Image.fromarray(out), mask, tuple(notes))


def _put_on(
    person: Person, pixels: NDArray[np.uint8], garment: Garment, added: Bits
) -> tuple[NDArray[np.uint8], Bits, list[str]]:
    """One garment over `pixels`, the photo with what was put on before."""
    places = Places.of(person)
    old = _old(person, places, garment)
    hem = _hem(person, places, garment)
    layer = warp(garment, person.figure, person.body, hem=hem)
    front = np.where(added, 0, _front(person, places, garment)).astype(np.float32)
    shade = light.shade(person.photo, old, person.figure.torso)
    kept = np.maximum(front, _bare_before(person, places, garment) * (1 - layer.sleeves))
    alpha = layer.alpha * (1 - kept)
    uncovered = (_grown(old, person, garment) | added) & (alpha < 0.999) & (front < 0.5)
    base, guessed = _uncovered(person, places, pixels, uncovered, shade, garment, layer)
    colour = np.clip(layer.colour * light.exposure(person.photo) * shade[..., None], 0, 255)
    share = alpha[..., None]
    mixed = np.round(base * (1 - share) + colour * share).astype(np.uint8)
    edited = uncovered | (alpha > 1 / 512)
    if garment.slot == "upper" and _hangs_low(np.isin(person.parts, (UPPER, OUTER)), places):
        guessed.add("long")
    said = notes_on(person, garment, hem, guessed, front, layer.alpha)
    return np.where(edited[..., None], mixed, pixels), edited, said


def _old(person: Person, places: Places, garment: Garment) -> Bits:
    """What the new garment takes the place of."""
    parts = person.parts
    dress = parts == DRESS
    if garment.slot == "dress":
        return np.isin(parts, (UPPER, OUTER, LOWER, DRESS))
    if garment.slot == "lower":
        return np.asarray((parts == LOWER) | (dress & (places.level > WAIST) & (places.limb == TORSO)))
    worn = np.isin(parts, (UPPER, OUTER))
    above = (places.level <= WAIST) | (places.limb != TORSO)
    return np.asarray((worn & above if _hangs_low(worn, places) else worn) | (dress & above))


def _hangs_low(worn: Bits, places: Places) -> bool:
    """Whether what is worn above hangs so low, as coats do, and skirts that the parser takes for tops, that nothing is
    known of the body behind it: its lower part is then kept below the new garment, as a dress's skirt is."""
    return bool((worn & (places.level > LOW)).sum() > MUCH * worn.sum())


def _grown(old: Bits, person: Person, garment: Garment) -> Bits:
    """With the rim whose pixels the old garment is mixed into, but never into what must stay."""
    size = 2 * max(1, round(HALO * person.figure.torso)) + 1
    grown = cv2.dilate(old.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))).astype(bool)
    staying = (HEAD, BAG, SHOES, LOWER) if garment.slot == "upper" else (HEAD, BAG, SHOES, UPPER, OUTER)
    kept = np.isin(person.parts, staying if garment.slot != "dress" else (HEAD, BAG, SHOES))
    return old | (grown & ~kept)


def _hem(person: Person, places: Places, garment: Garment) -> float:
    """How much longer a top is drawn, so that it meets the trousers or skirt below it."""
    if garment.slot != "upper":
        return 1.0
    if _hangs_low(np.isin(person.parts, (UPPER, OUTER)), places):
        return 1.0
    lower = (person.parts == LOWER) & (np.abs(places.side) < 0.5)
    rows, columns = np.nonzero(garment.alpha > 0.5)
    ends = garment.figure.below(np.array([np.median(columns), np.percentile(rows, 99)], np.float32))
    if lower.sum() < 30 or ends < 0.62:  # a short top is meant to be short
        return 1.0
    wanted = float(np.percentile(places.level[lower], 3)) + BELOW
    return float(np.clip((wanted - 0.3) / (ends - 0.3), 1.0, LONGEST))


def _hands(person: Person) -> Bits:
    """The hands, with the wrists: skin about the ends of the arms."""
    skin = person.parts == SKIN
    rows, columns = np.nonzero(skin)
    places = np.stack([columns, rows], axis=-1).astype(np.float32)
    near = np.zeros(len(places), bool)
    for side in (RIGHT, LEFT):
        _, elbow, wrist = person.figure.arms[side]
        step = wrist - elbow
        near |= along(places, wrist - 0.12 * step, wrist + 0.6 * step) < 0.28 * person.figure.span
    out = np.zeros_like(skin)
    out[rows[near], columns[near]] = True
    return np.asarray(out)


def _front(person: Person, places: Places, garment: Garment) -> Mask:
    """What stays before the garment, 0..1: hair and face, hands, bags, and what is worn over it."""
    parsed, guide = person.parsed, person.photo
    before = parsed.chance(HEAD, BAG) if garment.slot == "upper" else parsed.chance(HEAD, BAG, SHOES)
    if garment.slot == "lower":
        before = before + parsed.chance(UPPER, OUTER)
        before = before + np.where(places.level < WAIST, parsed.chance(DRESS), 0)
        before = before + np.where(places.limb != TORSO, parsed.chance(SKIN), 0) * (places.level < 1.4)
    skin = cv2.dilate(_hands(person).astype(np.uint8), np.ones((5, 5), np.uint8)) * parsed.chance(SKIN)
    return sharpened(np.clip(before + skin, 0, 1), guide, person.parsed)


def _bare_before(person: Person, places: Places, garment: Garment) -> Mask:
    """Bare arms before the torso: they cover its cloth, but sleeves cover them."""
    if garment.slot == "lower":
        return np.zeros(places.level.shape, np.float32)
    return np.where(places.limb != TORSO, person.parsed.chance(SKIN), 0).astype(np.float32)


def _uncovered(
    person: Person, places: Places, pixels: NDArray[np.uint8], wanted: Bits, shade: Mask, garment: Garment, layer: Layer
) -> tuple[Mask, set[str]]:
    """The photo where the old garment was taken away: [H, W, 3], and what of it was made up."""
    base = pixels.astype(np.float32)
    guessed: set[str] = set()
    if not wanted.any():
        return base, guessed
    inside = fill.bare_limbs(person.figure, layer.alpha, arms=garment.slot != "lower", legs=garment.slot != "upper")
    inside *= (places.level < 1.0) | (garment.slot != "upper") | (places.limb != TORSO)
    skin = wanted & ((inside > 0) | _chest(places, person, garment))
    lower = np.zeros_like(wanted)
    if garment.slot == "upper":
        hanging = wanted & (places.level > 0.6) & ~(inside > 0) & ~_beside(layer.alpha, places)
        below, lower = fill.garment_below(person.photo, person.parts == LOWER, hanging)
        base[lower] = below[lower]
        if lower.mean() > 0.002:
            guessed.add("lower")
    skin &= ~lower
    bare = (person.parts == SKIN) & (
        (places.level < 1) | (places.limb != TORSO) | (garment.slot == "lower")
    )  # no tights
    tone = fill.skin(person.photo, bare, _face(person, places), inside, _soft(shade))
    if tone is not None:
        base[skin] = tone[skin]
        if (skin & (layer.alpha < 0.5)).sum() > 0.004 * person.body.sum():
            guessed.add("skin")
    rest = wanted & ~skin & ~lower
    ground = fill.ground(pixels, person.body, rest)
    base[rest] = ground[rest]
    return _smoothed(base, wanted, skin | lower), guessed


def _beside(cloth: Mask, places: Places) -> Bits:
    """Beyond the sides of the new cloth, at the levels where it covers the middle of the body: no garment below shows
    there."""
    middle = (cloth > 0.5) & (np.abs(places.side) < 0.1)
    covered = places.level[middle]
    if not len(covered):
        return np.zeros(cloth.shape, bool)
    return np.asarray((places.level > covered.min()) & (places.level < covered.max()))


def _smoothed(base: Mask, wanted: Bits, made: Bits) -> Mask:
    """Without a hard edge between what was made up and what was there."""
    edge = cv2.morphologyEx(made.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).astype(bool) & wanted
    soft = cv2.GaussianBlur(base, (0, 0), 1.0)
    return np.where(edge[..., None], soft, base).astype(np.float32)


def _soft(shade: Mask) -> Mask:
    return np.clip(cv2.GaussianBlur(shade, (0, 0), 2.0), 0.85, 1.12)


def _chest(places: Places, person: Person, garment: Garment) -> Bits:
    """Neck, chest and belly between the garments: skin, where no cloth is."""
    if garment.slot == "lower":
        return np.asarray((places.level < 1.0) & (np.abs(places.side) < 0.9) & (places.level > 0.5))
    away = np.abs(places.side)
    rounded = np.sqrt(np.clip((1 - away) / 0.4, 0, 1))  # towards the shoulders' ends
    slope = -person.figure.span / person.figure.torso * (0.26 - 0.17 * away) * rounded
    wide = np.where(places.level < 0.15, 0.98, 0.86)
    return np.asarray((places.level > slope) & (away < wide) & (places.level < 0.95))


def _face(person: Person, places: Places) -> Bits:
    """The lower half of the face, around the nose: for the colour of skin where nothing else is bare."""
    nose, neck = person.pose.points[0], person.pose.points[1]
    rows, columns = np.ogrid[: places.level.shape[0], : places.level.shape[1]]
    radius = 0.22 * float(np.linalg.norm(nose - neck))
    middle = nose + 0.12 * (neck - nose)
    near = (columns - middle[0]) ** 2 + (rows - middle[1]) ** 2 < radius**2
    return np.asarray(near & (person.parts == HEAD))
