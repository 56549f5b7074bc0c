"""Watermarks as a person knows them: something faint, again and again at the same distance."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import binary_dilation, gaussian_filter

from t2i_core.abuse.verdict import Signal, Subject

Plane = NDArray[np.float32]

SIDE = 384
FAINT = (3.0, 70.0)  # steps that a mark differs from its ground; more is print, less is noise
NEAREST, FARTHEST = 0.08, 0.6  # of the side, between one mark and the next
GROUND = 0.2  # of the picture at least, to judge by
MARKED = (0.01, 0.9)  # of the ground
WIDE = 16  # pixels; shadows and uneven light are wider than that
BOTH = 0.42  # of all that is marked takes part in a repetition, seen from either copy: two shadows do not
AWAY = 8  # pixels from the product, where its shadow and JPEG's ringing end
QUARTER = 0.07  # of all that is marked lies in each quarter of the picture: two marks alone are no pattern
ALIKE = 0.7  # how well the ground must fit itself one step on: 1 is exactly


def watermark_signal(subject: Subject) -> Signal:
    """0.5 where the plain ground fits its own copy one step away by ALIKE. What lies over a busy photo is not seen."""
    grey = subject.reduced.convert("L")
    grey.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    marks, ground = _marks(np.asarray(grey, dtype=np.float32))
    share = float((marks[ground] != 0).mean()) if ground.mean() >= GROUND else 0.0
    if not MARKED[0] <= share <= MARKED[1] or _least_quarter(marks) < QUARTER:
        return Signal("listing.watermark", 0.0)
    return Signal("listing.watermark", float(np.clip(_repeats(marks, ground) / (2 * ALIKE), 0, 1)))


def _marks(grey: Plane) -> tuple[Plane, NDArray[np.bool_]]:
    """What is faint on the ground, shadows left out, and where the ground is: away from the product."""
    rim = np.concatenate([grey[:3].ravel(), grey[-3:].ravel(), grey[:, :3].ravel(), grey[:, -3:].ravel()])
    product = binary_dilation(np.abs(grey - np.median(rim)) > FAINT[1], iterations=AWAY)
    ground = ~product
    seen = ground.astype(np.float32)
    smooth = gaussian_filter(grey * seen, WIDE) / np.maximum(gaussian_filter(seen, WIDE), 1e-3)
    fine = np.where(ground, grey - smooth, 0)
    return np.where(np.abs(fine) > FAINT[0], fine, 0).astype(np.float32), ground


def _least_quarter(marks: Plane) -> float:
    """The smallest share that a quarter of the picture has of what is marked."""
    middle, centre = marks.shape[0] // 2, marks.shape[1] // 2
    halves = marks[:middle], marks[middle:]
    quarters = [float((part**2).sum()) for half in halves for part in (half[:, :centre], half[:, centre:])]
    return min(quarters) / max(sum(quarters), 1e-9)


def _repeats(marks: Plane, ground: NDArray[np.bool_]) -> float:
    """The best correlation of the ground with itself, moved by a share of the side that watermarks are apart."""
    shape = [next_fast_len(2 * side) for side in marks.shape]
    spectrum, cover = rfft2(marks, shape), rfft2(ground.astype(np.float32), shape)
    power = rfft2(marks**2, shape)
    joint = irfft2(np.abs(spectrum) ** 2, shape)
    there, here = irfft2(power * np.conj(cover), shape), irfft2(np.conj(power) * cover, shape)
    enough = BOTH * float((marks**2).sum())
    fit = joint / np.sqrt(np.maximum(there * here, 1e-3))
    down = np.minimum(np.arange(shape[0]), shape[0] - np.arange(shape[0]))[:, None] / max(marks.shape)
    across = np.minimum(np.arange(shape[1]), shape[1] - np.arange(shape[1]))[None, :] / max(marks.shape)
    away = np.hypot(down, across)
    fair = (away >= NEAREST) & (away <= FARTHEST) & (np.minimum(there, here) >= enough)
    return float(fit[fair].max()) if fair.any() else 0.0
