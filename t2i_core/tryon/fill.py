"""What comes to light where an old garment is taken away: the ground, skin, or the garment below."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from t2i_core.tryon.figure import Figure, Point, Points

Colour = NDArray[np.float32]  # [H, W, 3] of 0..255
Mask = NDArray[np.float32]
Bits = NDArray[np.bool_]

WORKED = 320  # pixels of the longer side at which the ground is continued; finer than that it shows no more
UNSURE = 1  # of those pixels: how far a body's edge may be off
FEWEST = 40  # pixels of skin to take its colour from

# Radii of bare limbs as shares of the span (arms) and of the torso (legs), at their joints. Bare arms of training
# people measured 0.122 in the middle of the upper arm, 0.118 at the elbow, and 0.074 at 0.9 of the forearm.
ARM, LEG = (0.14, 0.118, 0.07), (0.17, 0.105, 0.065)
THICKEST, THICKER = 1.8, 1.45  # times a radius: how far from the middle an edge is looked for, and what is believed
FEWEST_STATIONS = 3  # along a pair of limbs, to tell how thick they are
STATIONS = 24  # along each half of a limb, where it is asked whether cloth covers it


def ground(photo: NDArray[np.uint8], body: Bits, wanted: Bits) -> Colour:
    """The ground behind the body where it is wanted, continued from around it (Telea, cv2.inpaint)."""
    rows, columns = np.flatnonzero(wanted.any(1)), np.flatnonzero(wanted.any(0))
    out = photo.astype(np.float32)
    if not len(rows):
        return out
    room = max(8, round(0.12 * max(rows[-1] - rows[0], columns[-1] - columns[0])))
    box = np.s_[max(0, rows[0] - room) : rows[-1] + room + 1, max(0, columns[0] - room) : columns[-1] + room + 1]
    part, hidden = photo[box], (body | wanted)[box]
    factor = min(1.0, WORKED / max(hidden.shape))
    size = max(2, round(hidden.shape[1] * factor)), max(2, round(hidden.shape[0] * factor))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(hidden.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    mask = cv2.dilate(mask, np.ones((2 * UNSURE + 1,) * 2, np.uint8))
    if mask.all():
        return out
    filled = cv2.inpaint(small, mask, 4, cv2.INPAINT_TELEA)
    large = cv2.resize(filled, (hidden.shape[1], hidden.shape[0]), interpolation=cv2.INTER_CUBIC)
    out[box] = np.where(wanted[box][..., None], large, part)
    return out


def limb_share(limb: Points, radii: tuple[float, float, float], scale: float, cloth: Mask) -> Mask:
    """How far inside a bare limb every pixel lies: 1 on its middle line, 0 at its edge and outside. A limb is not bare
    where cloth [H, W] lies on its middle line."""
    step = max(1, round(scale / 24))
    shape = cloth.shape
    rows, columns = (np.arange(0, size, step, dtype=np.float32) for size in shape)
    places = np.stack(np.broadcast_arrays(columns[None], rows[:, None]), axis=-1)
    best = np.full(places.shape[:2], -1, np.float32)  # below 0 outside, so that the edge lies between the stations
    for index in (0, 1):
        start, line = limb[index], limb[index + 1] - limb[index]
        share = np.clip(((places - start) @ line) / max(float(line @ line), 1e-6), 0, 1)
        away = np.linalg.norm(places - start - share[..., None] * line, axis=-1)
        radius = scale * (radii[index] + share * (radii[index + 1] - radii[index]))
        bare = _bare(cloth, start, line)[np.round(share * (STATIONS - 1)).astype(int)]
        best = np.maximum(best, np.where(bare, 1 - away / radius, -1)).astype(np.float32)
    matrix = np.array([[1 / step, 0, 0], [0, 1 / step, 0]], np.float64)
    flags, border = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
    found = cv2.warpAffine(best, matrix, (shape[1], shape[0]), flags=flags, borderMode=border)
    return np.asarray(np.clip(found, 0, 1), np.float32)


def _bare(cloth: Mask, start: Point, line: Point) -> NDArray[np.bool_]:
    """[STATIONS]: whether the middle line of a limb is free of cloth there or next to it, where the skin goes under."""
    places = start + np.linspace(0, 1, STATIONS, dtype=np.float32)[:, None] * line
    x, y = (np.clip(np.round(places[:, axis]).astype(int), 0, cloth.shape[1 - axis] - 1) for axis in (0, 1))
    free = np.pad(cloth[y, x] < 0.5, 1)
    return np.asarray(free[:-2] | free[1:-1] | free[2:])


def bare_limbs(figure: Figure, cloth: Mask, bare: Bits, *, arms: bool, legs: bool) -> Mask:
    """As `limb_share`, for the limbs asked for. cloth: the new garment's alpha; bare [H, W]: the skin that the photo
    shows, which tells how thick they are."""
    found = np.zeros(cloth.shape, np.float32)
    pairs = ((arms, figure.arms, ARM, figure.span), (legs, figure.legs, LEG, figure.torso))
    for asked, pair, radii, scale in pairs:
        size = scale * thickness(pair, radii, scale, bare) if asked else scale
        for limb in pair if asked else ():
            found = np.maximum(found, limb_share(limb, radii, size, cloth))
    return found


def thickness(pair: Sequence[Points], radii: tuple[float, float, float], scale: float, bare: Bits) -> float:
    """How thick a pair of limbs is where its skin shows, beside what the radii say; 1 where too little does."""
    found = []
    for limb in pair:
        for index in (0, 1):
            line = limb[index + 1] - limb[index]
            square = np.array([-line[1], line[0]], np.float32) / max(float(np.linalg.norm(line)), 1e-3)
            for share in np.linspace(0.1, 0.9, 9):
                radius = scale * (radii[index] + share * (radii[index + 1] - radii[index]))
                across = np.arange(-THICKEST * radius, THICKEST * radius, 0.5, dtype=np.float32)
                found += _run(bare, limb[index] + share * line + across[:, None] * square, 4 * radius)
    return float(np.clip(np.median(found), 1 / THICKER, THICKER)) if len(found) >= FEWEST_STATIONS else 1.0


def _run(bare: Bits, places: NDArray[np.float32], expected: float) -> list[float]:
    """The length of the skin about the middle of a line of places half a pixel apart, by the expected count; none where
    it does not end on both sides, as before other skin."""
    x, y = (np.clip(np.round(places[:, axis]).astype(int), 0, bare.shape[1 - axis] - 1) for axis in (0, 1))
    free, middle = np.flatnonzero(~bare[y, x]), len(places) // 2
    before, after = free[free < middle], free[free > middle]
    if not len(before) or not len(after) or not bare[y, x][middle]:
        return []
    return [float(after[0] - before[-1] - 1) / expected]


def skin(photo: NDArray[np.uint8], bare: Bits, face: Bits, inside: Mask, shade: Mask) -> Colour | None:
    """Skin in the colour of what is bare, else of the face; rounded where `inside` tells of a limb, and lit as `shade`
    says. None where the photo shows none to go by."""
    known = bare if bare.sum() >= FEWEST else face
    if known.sum() < FEWEST:
        return None
    pixels = photo[known].astype(np.float32)
    light = pixels.mean(1)
    middle = pixels[(light >= np.percentile(light, 35)) & (light <= np.percentile(light, 85))]
    tone = np.median(middle if len(middle) else pixels, axis=0)
    round_ = np.where(inside > 0, 0.80 + 0.24 * np.sqrt(np.clip(inside, 0, 1)), 1.0)
    return np.asarray(np.clip(tone * (round_ * shade)[..., None], 0, 255).astype(np.float32))


def garment_below(photo: NDArray[np.uint8], below: Bits, wanted: Bits) -> tuple[Colour, Bits]:
    """The garment below continued upwards, mirrored at its upper edge and to and fro, and where that could be done."""
    out, done = photo.astype(np.float32), np.zeros_like(wanted)
    columns = np.flatnonzero(below.any(0) & wanted.any(0))
    if not len(columns):
        return out, done
    edge = below.argmax(0).astype(np.float32)
    every = np.flatnonzero(below.any(0))
    edge = np.interp(np.arange(below.shape[1]), every, edge[every])
    size = max(3, below.shape[1] // 40) | 1
    edge = cv2.blur(edge[None].astype(np.float32), (size, 1))[0]
    rows, cols = np.nonzero(wanted)
    here = (cols >= columns[0]) & (cols <= columns[-1]) & (rows < edge[cols] + 2)
    rows, cols = rows[here], cols[here]
    deep = _depth(below)[cols]
    seen = deep > 2
    rows, cols, deep = rows[seen], cols[seen], deep[seen]
    above = np.maximum(np.round(edge[cols] + 2 - rows).astype(int), 0) % (2 * deep - 2)
    source = below.argmax(0)[cols] + 1 + np.minimum(above, 2 * deep - 3 - above).clip(0, deep - 2)
    out[rows, cols] = photo[source, cols]
    done[rows, cols] = True
    return out, done


def nearest(colour: Colour, known: Bits, wanted: Bits) -> Colour:
    """[N, 3]: the colours of the known pixels that lie nearest to those wanted."""
    rows, columns = distance_transform_edt(~known, return_distances=False, return_indices=True)[:, wanted]
    return np.asarray(colour[rows, columns], np.float32)


def _depth(below: Bits) -> NDArray[np.int64]:
    """[W]: how many rows of each column's uppermost run are there."""
    ends = below[:-1] & ~below[1:]
    last = np.where(ends.any(0), ends.argmax(0), below.shape[0] - 1)
    return np.where(below.any(0), last - below.argmax(0) + 1, 0)
