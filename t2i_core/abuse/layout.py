"""How a picture is put together: borders, collages, badges and small pictures beside the product."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, find_objects, label

from t2i_core.abuse.verdict import Signal, Subject
from t2i_core.abuse.watermark import watermark_signal
from t2i_core.data.measure import object_mask

Pixels = NDArray[np.int16]

ALIKE = 24  # steps between colours that a person calls the same
DEEPEST = 0.12  # of the side; a border's inner edge lies within it
THICKEST = 0.08
EVEN = 0.93  # of a line has its colour: JPEG and rounded corners take the rest
WHITE = 230
EVERY = 4  # rows are enough to see how far a seam runs
SPAN = 0.85  # of the picture's height or width: a seam between two pictures runs all along
INNER = 0.15  # seams nearer to the edge belong to a border
FILLED = 0.5  # of both sides of a seam is no white ground: the straight side of a box on white is no seam
CORNER = (0.22, 0.18)  # how far from the middle a badge's centre lies, across and down, as a share of the sides
BADGE = (0.006, 0.15)  # of the picture's area
SMALLER = 2.5  # times, than the product


def layout_signals(subject: Subject) -> Sequence[Signal]:
    """Border, collage, inset, watermark; on a picture too small to have any, zeros."""
    if min(subject.pixels.shape[:2]) < 32:
        return [Signal(rule, 0.0) for rule in ("listing.border", "listing.collage", "listing.inset")]
    pixels = subject.pixels.astype(np.int16)
    return [_border(subject, pixels), _collage(pixels), *_insets(subject), watermark_signal(subject)]


@dataclass(frozen=True)
class _Band:
    """A line of one colour along one side, from `start` to `end` pixels inwards."""

    start: int
    end: int
    colour: NDArray[np.int16]


def _border(subject: Subject, pixels: Pixels) -> Signal:
    """1 for a line around all four sides, 0.7 for bars on two opposite ones."""
    bands = [_band(np.rot90(pixels, turn)) for turn in range(4)]  # top, right, bottom, left
    if all(_same(bands[0], band) for band in bands):
        inner = [band.end if band else 0 for band in bands]
        height, width = pixels.shape[:2]
        box = subject.box(inner[3], inner[0], width - inner[1], height - inner[2])
        return Signal("listing.border", 1.0, box, "a line of one colour on all four sides")
    if _same(bands[0], bands[2]) or _same(bands[1], bands[3]):
        return Signal("listing.border", 0.7, detail="bars on two opposite sides")
    return Signal("listing.border", 0.1 * sum(band is not None for band in bands))


def _same(one: _Band | None, other: _Band | None) -> bool:
    return one is not None and other is not None and int(np.abs(one.colour - other.colour).max()) <= 2 * ALIKE


def _band(pixels: Pixels) -> _Band | None:
    """The line along the top: rows of one colour that is not white, after none but white ones, and an abrupt end."""
    height, width = pixels.shape[:2]
    rows = pixels[: max(4, round(DEEPEST * height) + 2), width // 20 : width - width // 20]
    colours = np.median(rows, axis=1).astype(np.int16)
    start = 0
    while start < len(rows) and colours[start].min() >= WHITE and _share(rows[start], colours[start]) >= EVEN:
        start += 1
    if start >= len(rows) - 2:
        return None
    colour = colours[min(start + (start > 0), len(rows) - 1)]  # past the row that is half white
    even = [_share(row, colour) for row in rows]
    start += even[start] < EVEN
    end = start
    while end < len(rows) and even[end] >= EVEN:
        end += 1
    over = end < len(rows) - 1 and min(even[end : end + 2]) < 0.5
    if colour.min() >= WHITE or not over or not 1 <= end - start <= max(2, round(THICKEST * height)):
        return None
    return _Band(start, end, colour)


def _share(row: Pixels, colour: Pixels) -> float:
    return float((_apart(row, colour) <= ALIKE).mean())


def _apart(pixels: Pixels, others: Pixels) -> Pixels:
    """How far colours are apart, in the channel that differs most. Three planes are far quicker than `max(axis=-1)`."""
    red, green, blue = (np.abs(pixels[..., channel] - others[..., channel]) for channel in range(3))
    return np.asarray(np.maximum(np.maximum(red, green), blue), np.int16)


def _collage(pixels: Pixels) -> Signal:
    """By how many seams run through the whole picture; a single level one may be a horizon or a table's edge."""
    upright, level = _seams(pixels), _seams(np.swapaxes(pixels, 0, 1))
    if upright and level:
        score = 1.0
    elif upright:
        score = 0.8
    else:
        score = (0.0, 0.5, 0.7)[min(level, 2)]
    return Signal("listing.collage", score, detail="straight seams from edge to edge" if score > 0.5 else "")


def _seams(pixels: Pixels) -> int:
    """How many columns the picture changes at along nearly all its height, with something on both sides."""
    pixels, width = pixels[::EVERY], pixels.shape[1]
    along = (_apart(pixels[:, 2:], pixels[:, :-2]) > ALIKE).mean(axis=0)
    places = [x + 1 for x in np.flatnonzero(along >= SPAN).tolist() if INNER * width < x < (1 - INNER) * width]
    inked = (_apart(pixels, np.full(3, 255, np.int16)) > 255 - WHITE).mean(axis=0)
    seams = [x for x in places if inked[: x - 1].mean() >= FILLED and inked[x + 1 :].mean() >= FILLED]
    return sum(x - before > 3 for before, x in zip([-9, *seams], seams, strict=False))


def _insets(subject: Subject) -> list[Signal]:
    """Solid rectangles and discs that stand apart from the product, near a corner, on a plain ground."""
    step = max(1, max(subject.pixels.shape[:2]) // 400)
    mask = binary_fill_holes(object_mask(np.ascontiguousarray(subject.pixels[::step, ::step]), ALIKE))
    if mask[[0, -1]].mean() > 0.4:
        return [Signal("listing.inset", 0.0)]
    parts, count = label(mask)
    areas = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    found = []
    for place, area in zip(find_objects(parts), areas, strict=True):
        rows, columns = place
        solid = area / ((rows.stop - rows.start) * (columns.stop - columns.start))
        if area * SMALLER <= areas.max() and _in_corner(rows, columns, mask.shape, area):
            box = subject.box(columns.start * step, rows.start * step, columns.stop * step, rows.stop * step)
            found.append(Signal("listing.inset", _solid(solid, rows, columns), box))
    return found or [Signal("listing.inset", 0.0)]


def _in_corner(rows: slice, columns: slice, shape: tuple[int, ...], area: int) -> bool:
    across = abs((columns.start + columns.stop) / 2 / shape[1] - 0.5)
    down = abs((rows.start + rows.stop) / 2 / shape[0] - 0.5)
    return across > CORNER[0] and down > CORNER[1] and BADGE[0] <= area / (shape[0] * shape[1]) <= BADGE[1]


def _solid(share: float, rows: slice, columns: slice) -> float:
    """1 for a full rectangle or a disc, by the share of its box it takes; a strap or an earring takes less."""
    high, wide = rows.stop - rows.start, columns.stop - columns.start
    disc = 1 - abs(share - np.pi / 4) / 0.08 if 0.9 <= high / wide <= 1.1 else 0.0
    return float(np.clip(max((share - 0.8) / 0.2, disc), 0, 1))
