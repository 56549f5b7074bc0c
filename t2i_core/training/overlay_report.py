"""How good the overlay detector is, on photos, fonts and layouts that it was not trained with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from t2i_core.abuse.overlay import OverlayDetector
from t2i_core.abuse.prefilter import CLEAN
from t2i_core.training.intervals import Interval, auroc, bootstrap, miscalibration, recall_at, threshold_at
from t2i_core.training.overlay_data import PRODUCTS, drawn, photos
from t2i_core.training.overlay_drawing import overlaid
from t2i_core.training.overlay_judging import JUDGING
from t2i_core.training.overlay_words import Fonts

ALARMS = 0.02  # of clean photos, at which recall is measured
NAME = "judging"  # of the way evaluation pictures are drawn: chance depends on it
SHIRTS = "Tshirts"


@dataclass(frozen=True)
class OverlayReport:
    """Measured on held-out product photos as they are, and on the same with overlays in held-out fonts and layouts.

    recall: at 2 % false alarms, reached at the score `threshold`
    alarms, found: shares of clean and of overlaid photos that score 0.5 or more, as the rule does by default
    shirts: the share of clean T-shirts among those, prints included, with their number
    read, passed: shares of clean photos that the check reads all the same, and of overlaid ones that it does not read
    ece: how far probabilities are from how often they come true; layouts: recall at 2 % of each layout
    """

    photos: int
    auroc: Interval
    recall: Interval
    threshold: float
    alarms: float
    found: float
    shirts: tuple[float, int]
    read: float
    passed: float
    ece: float
    layouts: Mapping[str, float]

    def __str__(self) -> str:
        shirts = f"{self.shirts[0]:.3f} ({self.shirts[1]} photos)"
        lines = [
            f"{'overlay: AUROC':<44} {self.auroc}   goal 0.99",
            f"{'overlay: recall at 2 % false alarms':<44} {self.recall}   goal 0.95, score {self.threshold:.3f}",
            f"{'overlay: false alarms, recall from 0.5 on':<44} {self.alarms:.3f}, {self.found:.3f}",
            f"{'overlay: false alarms on T-shirts':<44} {shirts}",
            f"{'overlay: clean photos read, overlaid not':<44} {self.read:.3f}, {self.passed:.3f}",
            f"{'overlay: calibration error (ECE)':<44} {self.ece:.3f}   goal 0.03",
            f"{'overlay: held-out photos':<44} {self.photos}, with and without overlay",
        ]
        return "\n".join([*lines, *(f"  {name:<42} {share:.3f}" for name, share in self.layouts.items())])


def evaluate_overlay(
    detector: OverlayDetector, data: Sequence[Path], *, counts: Mapping[str, int] | None = None
) -> OverlayReport:
    """Judges a detector. counts: held-out photos of each file at most. The same data and fonts give the same numbers.

    Raises DataError where a file is missing or holds no held-out photo.
    """
    found = photos(data, counts or PRODUCTS, held_out=True)
    drawing = partial(overlaid, fonts=Fonts.installed(held_out=True), layouts=JUDGING)
    clean = np.array([detector.judge(photo.open()).probability for photo in found])
    made = [drawn(photo, drawing, NAME) for photo in found]
    having = np.array([detector.judge(one.picture).probability for one in made])
    shirts = clean[[photo.category == SHIRTS for photo in found]]
    threshold = threshold_at(ALARMS, clean)
    return OverlayReport(
        photos=len(found),
        auroc=bootstrap(auroc, clean, having),
        recall=bootstrap(recall_at(ALARMS), clean, having),
        threshold=round(threshold, 4),
        alarms=round(float((clean >= 0.5).mean()), 4),
        found=round(float((having >= 0.5).mean()), 4),
        shirts=(round(float((shirts >= 0.5).mean()), 4) if len(shirts) else 0.0, len(shirts)),
        read=round(float((clean >= CLEAN).mean()), 4),
        passed=round(float((having < CLEAN).mean()), 4),
        ece=miscalibration(clean, having),
        layouts=_by_layout([one.layouts for one in made], having > threshold),
    )


def _by_layout(layouts: Sequence[tuple[str, ...]], found: NDArray[np.bool_]) -> dict[str, float]:
    """The share found among the pictures that a layout is on, alone or with others."""
    names = sorted({name for row in layouts for name in row})
    return {name: round(float(found[[name in row for row in layouts]].mean()), 4) for name in names}
