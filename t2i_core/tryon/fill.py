"""What comes to light where an old garment is taken away: the ground, skin, or the garment below."""

import cv2
import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import Figure, Point, Points

Colour = NDArray[np.float32]  # [H, W, 3] of 0..255
Mask = NDArray[np.float32]
Bits = NDArray[np.bool_]

WORKED = 320  # pixels of the longer side at which the ground is continued; finer than that it shows no more
FEWEST = 40  # pixels of skin to take its colour from

# Radii of bare limbs as shares of the span (arms) and of the torso (legs), at their joints.
ARM, LEG = (0.155, 0.11, 0.08), (0.17, 0.105, 0.065)
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
    wider = cv2.dilate(hidden.astype(np.uint8), np.ones((3, 3), np.uint8))
    mask = cv2.resize(wider, size, interpolation=cv2.INTER_NEAREST)
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


def bare_limbs(figure: Figure, cloth: Mask, *, arms: bool, legs: bool) -> Mask:
    """As `limb_share`, for the limbs asked for. cloth: the new garment's alpha."""
    found = np.zeros(cloth.shape, np.float32)
    if arms:
        for limb in figure.arms:
            found = np.maximum(found, limb_share(limb, ARM, figure.span, cloth))
    if legs:
        for limb in figure.legs:
            found = np.maximum(found, limb_share(limb, LEG, figure.torso, cloth))
    return found


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
    """The garment below continued upwards, mirrored at its upper edge, and where that could be done."""
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
    mirrored = np.round(2 * edge[cols] + 4 - rows).astype(int)
    ok = (mirrored < below.shape[0]) & (mirrored >= 0)
    rows, cols, mirrored = rows[ok], cols[ok], mirrored[ok]
    ok = below[mirrored, cols]
    out[rows[ok], cols[ok]] = photo[mirrored[ok], cols[ok]]
    done[rows[ok], cols[ok]] = True
    return out, done
