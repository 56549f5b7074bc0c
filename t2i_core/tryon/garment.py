"""A garment, cut out of its picture."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from t2i_core.tryon.figure import Figure

Slot = Literal["upper", "lower", "dress"]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.float32]

SLOTS: tuple[Slot, ...] = ("upper", "lower", "dress")


@dataclass(frozen=True)
class Garment:
    """pixels [H, W, 3]; alpha [H, W], 0..1; figure: the body it hangs on in its picture; worn: by somebody there;
    mirrored: the share of it that was hidden there, and taken from its other side."""

    pixels: Pixels
    alpha: Mask
    figure: Figure
    slot: Slot
    worn: bool
    mirrored: float = 0.0
