"""Blurred, enlarged or over-compressed pictures: what a person sees when the picture is shown large."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from t2i_core.abuse.verdict import Signal, Subject

Grey = NDArray[np.float32]

GLANCE = 256  # pixels; a picture that is blurred at this size is blurred at any
CROP = 768  # pixels of the middle that are looked at as they are
REACH = 9  # pixels; an edge's two sides lie within it
CONTRAST = 24  # steps between them, from which on it is an edge
BLURRED = 0.3  # the steepest edges change by this share a pixel: a step blurred by 1.5 pixels
ENLARGED = 0.2  # the same at full size: a sharp picture enlarged six times
LEAST = 320  # pixels a side, from which on it matters that a picture holds no detail at full size
BLOCK = 8  # JPEG's
BLOCKY = 0.55  # how much larger the steps between its blocks are than those within: quality 20 and below


def sharpness_signals(subject: Subject) -> Sequence[Signal]:
    """Blur at a glance, missing detail at full size, and JPEG's blocks."""
    small = subject.reduced.convert("L")
    small.thumbnail((GLANCE, GLANCE), Image.Resampling.BOX)
    middle = _middle(subject.image)
    blur = _softness(_steepness(_grey(small)), BLURRED)
    return [
        Signal("listing.blur", blur),
        Signal("listing.upscaled", 0.0 if blur >= 0.5 else _enlarged(middle, subject.image.size)),
        Signal("listing.jpeg", _blocks(middle)),
    ]


def _middle(image: Image.Image) -> Grey:
    """The middle as it is, its corner on the grid of JPEG's blocks."""
    left, top = ((side - min(side, CROP)) // 2 // BLOCK * BLOCK for side in image.size)
    box = (left, top, min(image.width, left + CROP), min(image.height, top + CROP))
    return _grey(image.crop(box).convert("L"))


def _grey(image: Image.Image) -> Grey:
    return np.asarray(image, dtype=np.float32)


def _softness(steepness: float | None, limit: float) -> float:
    """0.5 at the limit, 1 for edges that hardly rise; 0 for a picture without edges, which is not judged."""
    return 0.0 if steepness is None else float(np.clip(1 - steepness / (2 * limit), 0, 1))


def _steepness(grey: Grey) -> float | None:
    """How much of an edge's height its steepest pixel takes, along the sharpest edges. None without any edge."""
    found = [_along(grey), _along(np.ascontiguousarray(grey.T))]
    steep = np.concatenate(found)
    return float(np.percentile(steep, 95)) if len(steep) >= 50 else None


def _along(grey: Grey) -> Grey:
    """For every step that is the steepest of its surroundings: its share of the height there."""
    step = np.abs(np.diff(grey, axis=1))
    height = (maximum_filter1d(grey, REACH, axis=1) - minimum_filter1d(grey, REACH, axis=1))[:, 1:]
    crest = (height >= CONTRAST) & (step >= maximum_filter1d(step, REACH, axis=1))
    return np.asarray(step[crest] / height[crest], np.float32)


def _enlarged(middle: Grey, size: tuple[int, int]) -> float:
    if max(size) < LEAST:
        return 0.0
    return max(_softness(_steepness(middle), ENLARGED), _squares(middle))


def _squares(grey: Grey) -> float:
    """1 where all change falls on every second, third, … column: pixels that were repeated."""
    steps = np.abs(np.diff(grey, axis=1)).mean(axis=0)
    if steps.sum() < 1:
        return 0.0
    shares = [max(float(steps[phase::k].sum()) for phase in range(k)) / float(steps.sum()) for k in range(2, 9)]
    return float(np.clip((max(shares) - 0.6) / 0.4, 0, 1))


def _blocks(grey: Grey) -> float:
    """0.5 where the steps between JPEG's blocks are BLOCKY times larger than those within."""
    across, down = _excess(grey), _excess(np.ascontiguousarray(grey.T))
    return float(np.clip(min(across, down) / (2 * BLOCKY), 0, 1))


def _excess(grey: Grey) -> float:
    steps = np.minimum(np.abs(np.diff(grey, axis=1)), 32).mean(axis=0)  # an edge of the product is no block's
    if len(steps) < 4 * BLOCK:
        return 0.0
    between = float(steps[BLOCK - 1 :: BLOCK].mean())
    within = float(np.delete(steps, np.s_[BLOCK - 1 :: BLOCK]).mean())
    return (between - within) / (within + 0.25)
