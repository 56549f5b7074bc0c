"""The ground a product stands on: is it white, and how much of the picture does the product take?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from t2i_core.abuse.verdict import Signal, Subject
from t2i_core.data.measure import object_box, object_mask

PURE = 254  # JPEG moves 255 by a step here and there
NEARLY = 235  # a person still says white
HUE = 14  # steps between the channels from which on white has a tint
FINE = 500  # pixels a side; the share a product takes is known to a hundredth
RIM = 0.015  # of the shorter side


def background_signals(subject: Subject) -> Sequence[Signal]:
    """White, nearly white or neither, and how much of the side the product takes; as far as the profile asks."""
    signals: list[Signal] = []
    coloured, greyish = _rim(subject.pixels)
    if subject.profile.white:
        signals.append(Signal("listing.background", coloured, detail=_share(coloured)))
        signals.append(Signal("listing.near_white", greyish if coloured < 0.5 else 0.0, detail=_share(greyish)))
    if subject.profile.fill:
        signals.append(_fill(subject, plain=coloured < 0.2))
    return signals


def _share(share: float) -> str:
    return f"{share:.0%} of the rim is not" if share else ""


def _rim(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    """The share of the outermost pixels that are not even nearly white, and of the white ones that are not pure."""
    depth = max(1, round(RIM * min(pixels.shape[:2])))
    parts = (pixels[:depth], pixels[-depth:], pixels[depth:-depth, :depth], pixels[depth:-depth, -depth:])
    rim = np.concatenate([part.reshape(-1, 3) for part in parts]).astype(np.int16)
    low, high = rim.min(axis=1), rim.max(axis=1)
    white = (low >= NEARLY) & (high - low <= HUE)
    if not white.any():
        return 1.0, 0.0
    return float(1 - white.mean()), float((low[white] < PURE).mean())


def _fill(subject: Subject, *, plain: bool) -> Signal:
    """0.5 where the product takes exactly the share the profile asks for. On a busy ground nobody can tell."""
    step = max(1, max(subject.pixels.shape[:2]) // FINE)
    mask = object_mask(np.ascontiguousarray(subject.pixels[::step, ::step])) if plain else np.zeros((1, 1), np.bool_)
    if not mask.any():
        return Signal("listing.fill", 0.0)
    left, top, right, bottom = object_box(mask)
    fill = max((right - left) / mask.shape[1], (bottom - top) / mask.shape[0])
    score = float(np.clip(0.5 + (subject.profile.fill - fill) / (2 * subject.profile.fill), 0, 1))
    wanted = f"{fill:.0%} of the side, and {subject.profile.fill:.0%} are asked for"
    return Signal(
        "listing.fill",
        round(score - 1e-6, 4),
        subject.box(left * step, top * step, right * step, bottom * step),
        wanted,
    )
