"""Puts garments on the person of a photo. Every pixel outside the edit mask stays exactly as it was."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from t2i_core.data.parts import BAG, DRESS, HEAD, LOWER, OUTER, SHOES, SKIN, UPPER
from t2i_core.tryon import light
from t2i_core.tryon.brush import mask_of
from t2i_core.tryon.cutting import cut_garment
from t2i_core.tryon.figure import TORSO, hands
from t2i_core.tryon.garment import Garment, Slot
from t2i_core.tryon.matte import sharpened
from t2i_core.tryon.notes import notes_on
from t2i_core.tryon.parsing import Parser
from t2i_core.tryon.person import Person, Point, fitted, require, see
from t2i_core.tryon.places import Places
from t2i_core.tryon.pose import PoseFinder, pose_finder
from t2i_core.tryon.taking_off import WAIST, hangs_low, taken_off, with_rim
from t2i_core.tryon.uncovering import uncovered
from t2i_core.tryon.warp import warp

Mask = NDArray[np.float32]
Bits = NDArray[np.bool_]

LONGEST = 1.3  # how much a top may be drawn longer to meet the garment below it
BELOW = 0.05  # of a torso: how far it then reaches over that
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
    old = taken_off(person, places, garment.slot)
    hem = _hem(person, places, garment)
    layer = warp(garment, person.figure, person.body, hem=hem)
    front = np.where(added, 0, _front(person, places, garment)).astype(np.float32)
    shade = light.shade(person.photo, old, person.figure.torso)
    kept = np.maximum(front, _bare_before(person, places, garment) * (1 - layer.sleeves))
    alpha = layer.alpha * (1 - kept)
    bared = (with_rim(old, person, garment.slot, alpha) | added) & (alpha < 0.999) & (front < 0.5)
    base, guessed = uncovered(person, places, pixels, bared, shade, garment.slot, layer.alpha)
    colour = np.clip(layer.colour * light.exposure(person.photo) * shade[..., None], 0, 255)
    share = alpha[..., None]
    mixed = np.round(base * (1 - share) + colour * share).astype(np.uint8)
    edited = bared | (alpha > 1 / 512)
    if garment.slot == "upper" and hangs_low(person, places):
        guessed.add("long")
    said = notes_on(person, garment, hem, guessed, front, layer.alpha)
    return np.where(edited[..., None], mixed, pixels), edited, said


def _hem(person: Person, places: Places, garment: Garment) -> float:
    """How much longer a top is drawn, so that it meets the trousers or skirt below it."""
    if garment.slot != "upper":
        return 1.0
    if hangs_low(person, places):
        return 1.0
    lower = (person.parts == LOWER) & (np.abs(places.side) < 0.5)
    rows, columns = np.nonzero(garment.alpha > 0.5)
    ends = garment.figure.below(np.array([np.median(columns), np.percentile(rows, 99)], np.float32))
    if lower.sum() < 30 or ends < 0.62:  # a short top is meant to be short
        return 1.0
    wanted = float(np.percentile(places.level[lower], 3)) + BELOW
    return float(np.clip((wanted - 0.3) / (ends - 0.3), 1.0, LONGEST))


def _front(person: Person, places: Places, garment: Garment) -> Mask:
    """What stays before the garment, 0..1: hair and face, hands, bags, and what is worn over it."""
    parsed, guide = person.parsed, person.photo
    before = parsed.chance(HEAD, BAG) if garment.slot == "upper" else parsed.chance(HEAD, BAG, SHOES)
    if garment.slot == "lower":
        before = before + parsed.chance(UPPER, OUTER)
        before = before + np.where(places.level < WAIST, parsed.chance(DRESS), 0)
        before = before + np.where(places.limb != TORSO, parsed.chance(SKIN), 0) * (places.level < 1.4)
    near = cv2.dilate(hands(person.figure, person.parts == SKIN).astype(np.uint8), np.ones((5, 5), np.uint8))
    return sharpened(np.clip(before + near * parsed.chance(SKIN), 0, 1), guide, person.parsed)


def _bare_before(person: Person, places: Places, garment: Garment) -> Mask:
    """Bare arms before the torso: they cover its cloth, but sleeves cover them."""
    if garment.slot == "lower":
        return np.zeros(places.level.shape, np.float32)
    return np.where(places.limb != TORSO, person.parsed.chance(SKIN), 0).astype(np.float32)
