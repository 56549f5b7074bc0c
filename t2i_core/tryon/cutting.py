"""Cuts a garment out of its own picture: one laid flat on a plain ground by its outline, a worn one by the parser."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_closing, binary_erosion, binary_fill_holes, distance_transform_edt, label

from t2i_core.data.measure import border_colour, border_of, largest_part
from t2i_core.data.parts import BAG, DRESS, HEAD, LOWER, OUTER, SKIN, UPPER
from t2i_core.tryon.evening import evened
from t2i_core.tryon.figure import TORSO, Figure, figure_of, limb_labels
from t2i_core.tryon.flat import lower_figure, upper_figure
from t2i_core.tryon.garment import Garment, Pixels, Slot
from t2i_core.tryon.parsing import Parsed, Parser
from t2i_core.tryon.pose import PoseFinder, Sighted
from t2i_core.tryon.problems import GarmentNotFound, TooSmall

PARTS_OF: dict[Slot, tuple[int, ...]] = {"upper": (UPPER, OUTER), "lower": (LOWER,), "dress": (DRESS, UPPER, LOWER)}
EVEN = 0.015  # of the span: how far the parser's grid frays the outline of something worn
SMALLEST = 48  # pixels of a garment picture's shorter side
LARGEST = 1024  # pixels of its longer side that are used
LEAST = 0.015  # of its picture that a garment must cover
PLAIN = 18.0  # median difference of a plain ground's border from its colour, at most
BUSY = 0.35  # share of that border that is far apart from it, at most
GAP = 0.08  # of the span: how far from where arm and body part a gap between them may be
STRIP = 0.06  # of the span: what is narrower is no cloth but the edge of an arm
UNLIKE, MIXED = 40.0, 0.1  # of 255: how far cloth is from the ground's colour that is told apart by it, but for a share
APART = 12  # of 255: how much a garment differs from its ground
BLOCK, RINGING = 8, 0.15  # pixels around an edge in which a JPEG rings, and how much of its contrast that may be
SPECK = 5  # pixels across: what rings is finer
RIM = 2  # pixels within its outline that are mixed with the ground
FRONT = 0.6  # of places before the chest or the thighs where a garment must be
SKIRT = 0.05  # share of a dress that hangs below the hips, at least
BARE = 0.05  # share of head and skin in a picture of something worn


def cut_garment(picture: Image.Image, slot: Slot, finder: PoseFinder, parser: Parser) -> Garment:
    """The garment of that slot in an RGB picture.

    Raises GarmentNotFound where there is none, TooSmall for a picture with too few pixels.
    """
    if min(picture.size) < SMALLEST:
        raise TooSmall(f"The garment's picture is {picture.width} x {picture.height} pixels; use one of 200 or more.")
    picture = picture.copy()
    picture.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    worn = _worn(picture, slot, finder, parser)
    return worn if worn is not None else _flat(picture, slot)


def cut_worn(picture: Image.Image, slot: Slot, one: Sighted, parsed: Parsed) -> Garment | None:
    """What somebody in a picture wears in that slot; None where they wear too little of it."""
    parts = parsed.parts()
    try:
        figure = figure_of(one.pose)
    except ValueError:
        return None
    wanted = _parts_of(parts, slot, figure)
    mine = largest_part(binary_closing(np.isin(parts, wanted), iterations=2))
    if mine.mean() < LEAST:
        return None
    there = (np.isin(parts, wanted) & mine).astype(np.float32)
    alpha = cv2.GaussianBlur(there, (0, 0), max(0.6, EVEN * figure.span))
    alpha = np.clip((alpha - 0.35) / 0.45, 0, 1)  # a little inwards: the outline's own pixels are mixed with the ground
    garment = Garment(np.asarray(picture), alpha.astype(np.float32), figure, slot, worn=True)
    completed = garment if slot == "lower" else _completed(garment, parts)
    return completed if _covers(completed) else None


def _covers(garment: Garment) -> bool:
    """Whether a top is there before the chest, trousers or a skirt before the thighs: less is a scrap that coat, hair,
    bag or parser left."""
    figure, (height, width) = garment.figure, garment.alpha.shape
    if garment.slot == "lower":
        places = [leg[0] + share * (leg[1] - leg[0]) for leg in figure.legs for share in (0.15, 0.3)]
    else:
        grid = [(level, side) for level in (0.3, 0.45, 0.6) for side in (-0.25, 0, 0.25)]
        places = [figure.at(level) + side * figure.span * figure.across for level, side in grid]
    there = [
        0 <= x < width and 0 <= y < height and garment.alpha[y, x] > 0.5
        for x, y in (np.round(place).astype(int) for place in places)
    ]
    return bool(sum(there) >= FRONT * len(there))


def _parts_of(parts: NDArray[np.uint8], slot: Slot, figure: Figure) -> tuple[int, ...]:
    """For a dress, upper and lower too where the parser saw one there: they are then the dress's two halves. For a top,
    what the parser took for a dress that has no skirt."""
    counts = np.bincount(parts.ravel(), minlength=9)
    if slot == "dress":
        return (DRESS, UPPER) if counts[DRESS] > counts[LOWER] else (DRESS, UPPER, LOWER)
    if slot == "upper" and (counts[DRESS] > counts[UPPER] + counts[OUTER] or _skirtless(parts == DRESS, figure)):
        return UPPER, OUTER, DRESS  # a top that the parser took for a dress
    if slot == "lower" and counts[LOWER] == 0:
        return LOWER, DRESS
    return PARTS_OF[slot]


def _skirtless(dress: NDArray[np.bool_], figure: Figure) -> bool:
    """Whether hardly anything of it hangs below the hips."""
    rows, columns = np.nonzero(dress)
    below = (np.stack([columns, rows], axis=-1) - figure.seat) @ figure.down > 0
    return bool(below.sum() < SKIRT * len(rows))


def _worn(picture: Image.Image, slot: Slot, finder: PoseFinder, parser: Parser) -> Garment | None:
    sighted = finder.find(picture)
    if not sighted:
        return None
    parsed = parser.parse(picture, sighted[0])
    counts = np.bincount(parsed.parts().ravel(), minlength=9)
    if counts[HEAD] + counts[SKIN] < BARE * counts[1:].sum():
        return None
    garment = cut_worn(picture, slot, sighted[0], parsed)
    if garment is None:  # cut out by the outline, the wearer would come along
        raise GarmentNotFound(
            f"Somebody is in this picture, but their {_called(slot)} could not be told from the rest. Show it worn by "
            "one person, whole and from the front, or laid flat on a plain ground."
        )
    garment = _without_ground(garment)
    return garment if slot == "lower" else evened(garment, parsed.parts())


def _without_ground(garment: Garment) -> Garment:
    """Without the plain ground that the parser, coarser than the picture, took for cloth beside an outline or between
    arm and body. Where much of the cloth is nearly as light as its ground, it is left as the parser saw it."""
    ground, plain = _ground(garment.pixels)
    apart = np.abs(garment.pixels.astype(np.float32) - ground).max(2)
    inside = garment.alpha > 0.5
    if not plain or np.percentile(apart[inside], 100 * MIXED) < UNLIKE:
        return garment
    torso = limb_labels(garment.figure, inside.shape) == TORSO
    reach = np.ones((2 * round(GAP * garment.figure.span) + 1,) * 2, np.uint8)
    body, arm = (cv2.dilate(side.astype(np.uint8), reach) > 0 for side in (torso, ~torso))
    patches, _ = label(apart <= APART)
    reached = patches[(garment.alpha < 0.9) | (body & arm)]
    beside = np.isin(patches, np.unique(reached[reached > 0]))
    strips = np.ones((round(STRIP * garment.figure.span) | 1,) * 2, np.uint8)
    whole = largest_part(cv2.morphologyEx((inside & ~beside).astype(np.uint8), cv2.MORPH_OPEN, strips) > 0)
    kept = (cv2.dilate(whole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~beside
    soft = cv2.GaussianBlur(kept.astype(np.float32), (0, 0), 0.6)
    return replace(garment, alpha=np.minimum(garment.alpha, np.clip((soft - 0.4) / 0.4, 0, 1)).astype(np.float32))


def _completed(garment: Garment, parts: NDArray[np.uint8]) -> Garment:
    """Without the holes that hair, hands and bags cover: filled from the cloth around them."""
    there = garment.alpha > 0.5
    size = max(3, round(0.22 * garment.figure.span)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    closed = cv2.morphologyEx(there.astype(np.uint8), cv2.MORPH_CLOSE, kernel).astype(bool)
    torso = limb_labels(garment.figure, there.shape) == 0
    before = np.isin(parts, (HEAD, BAG)) | ((parts == SKIN) & torso & binary_fill_holes(there))
    holes = (closed | binary_fill_holes(there)) & ~there & before & torso
    if not holes.any():
        return garment
    unknown = cv2.dilate((~there & ~_far(there)).astype(np.uint8), np.ones((3, 3), np.uint8))
    pixels = cv2.inpaint(np.ascontiguousarray(garment.pixels), unknown, 3, cv2.INPAINT_TELEA)
    alpha = np.maximum(garment.alpha, cv2.GaussianBlur(holes.astype(np.float32), (0, 0), 0.7))
    wider = cv2.dilate(holes.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    mixed = np.where(wider[..., None], pixels, garment.pixels)
    return replace(garment, pixels=mixed.astype(np.uint8), alpha=alpha.astype(np.float32))


def _far(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where inpainting would waste time: outside the garment's box."""
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    far = np.ones_like(there)
    far[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = False
    return far


def _flat(picture: Image.Image, slot: Slot) -> Garment:
    pixels = np.asarray(picture)
    ground, plain = _ground(pixels)
    if not plain:
        raise GarmentNotFound(
            f"No {_called(slot)} was found in this picture. Show it worn by one person, or laid flat on a plain ground."
        )
    apart = np.abs(pixels.astype(np.float32) - ground).max(2)
    mask = binary_fill_holes(largest_part(binary_closing(_unlike_ground(apart), iterations=1)))
    if mask.mean() < LEAST:
        raise GarmentNotFound(f"This picture shows no {_called(slot)}: nothing in it stands out from its ground.")
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.6, min(mask.shape) / 400))
    alpha = np.clip((soft - 0.4) / 0.4, 0, 1).astype(np.float32)
    figure = lower_figure(mask) if slot == "lower" else upper_figure(mask)
    return Garment(_unmixed(pixels, mask), alpha, figure, slot, worn=False)


def _unlike_ground(apart: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where a picture is no ground, by how far it is apart from its colour. Specks beside strong contrasts are what
    compression drove the ground to; they would fray the outline. What is light there in whole patches is cloth."""
    size = 2 * BLOCK + 1
    strong = apart > np.maximum(APART, RINGING * cv2.dilate(apart, np.ones((size, size), np.uint8)))
    weak = ((apart > APART) & ~strong).astype(np.uint8)
    patches = cv2.morphologyEx(weak, cv2.MORPH_OPEN, np.ones((SPECK, SPECK), np.uint8)) > 0
    return np.asarray(strong | patches)


def _unmixed(pixels: Pixels, mask: NDArray[np.bool_]) -> Pixels:
    """Without the ground in the colours of the rim: a dark garment would take a light edge along."""
    inside = binary_erosion(mask, iterations=RIM)
    if not inside.any():
        return pixels
    rows, columns = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return np.where(inside[..., None], pixels, pixels[rows, columns])


def _ground(pixels: Pixels) -> tuple[NDArray[np.float64], bool]:
    """The colour of a picture's border, and whether it is plain enough for a ground."""
    ground = border_colour(pixels)
    apart = np.abs(border_of(pixels).astype(np.float32) - ground).max(1)
    return ground, bool(np.median(apart) <= PLAIN and (apart > 3 * APART).mean() <= BUSY)


def _called(slot: Slot) -> str:
    return {"upper": "top", "lower": "trousers or skirt", "dress": "dress"}[slot]
