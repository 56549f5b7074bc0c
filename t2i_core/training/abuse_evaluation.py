"""How good and how fast the abuse check's learned judges are: what `t2i evaluate abuse` prints."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.match import TitleJudge
from t2i_core.abuse.overlay import OverlayDetector
from t2i_core.abuse.realism import RealismJudge
from t2i_core.abuse.text import text_signals
from t2i_core.settings import get_settings
from t2i_core.training.match_report import MOST, TitleReport, evaluate_titles
from t2i_core.training.overlay_data import PRODUCTS, photos
from t2i_core.training.overlay_report import OverlayReport, evaluate_overlay
from t2i_core.training.realism_report import RealismReport, evaluate_realism

TIMED = 8  # pictures
SIDE = 1000  # pixels of their longest side


@dataclass(frozen=True)
class Speed:
    """CPU seconds a picture of SIDE pixels, the middle of TIMED: all judges but reading, and reading alone."""

    without_reading: float
    reading: float

    def __str__(self) -> str:
        return (
            f"{f'CPU seconds at {SIDE} px, without and for reading':<44} {self.without_reading:.3f}, {self.reading:.3f}"
        )


@dataclass(frozen=True)
class AbuseReport:
    """All that is measured of the abuse check."""

    overlay: OverlayReport
    realism: RealismReport
    titles: TitleReport
    speed: Speed

    def __str__(self) -> str:
        return "\n".join(map(str, (self.overlay, self.realism, self.titles, self.speed)))


def evaluate_abuse(data: Sequence[Path], *, count: int | None = None, seed: int = 0) -> AbuseReport:
    """Measures the shipped judges on held-out products. count: pictures a file at most.

    Raises DataError for files that are missing, WeightsError for models that are.
    """
    counts = {file: min(most, count or most) for file, most in PRODUCTS.items()}
    return AbuseReport(
        overlay=evaluate_overlay(OverlayDetector.from_pretrained(), data, counts=counts),
        realism=evaluate_realism(RealismJudge.from_pretrained(), data, cache=get_settings().cache, count=count),
        titles=evaluate_titles(TitleJudge.from_pretrained(), data, count=count or MOST, seed=seed),
        speed=measure_speed(data),
    )


def measure_speed(data: Sequence[Path]) -> Speed:
    """How long the judges take, on held-out photos enlarged to SIDE."""
    found = photos(data, dict([next(iter(PRODUCTS.items()))]), held_out=True)[: TIMED + 1]
    checker = AbuseChecker.from_pretrained(read=False)
    quick, reading = [], []
    for photo in found:
        stored = io.BytesIO()
        _enlarged(photo.open()).save(stored, "JPEG", quality=92)
        content = stored.getvalue()
        quick.append(_seconds(partial(checker.look, content, "Navy Blue Shirt")))
        subject = checker.look(content).subject
        assert subject is not None
        reading.append(_seconds(partial(text_signals, subject)))
    return Speed(*(round(float(np.median(times[1:])), 4) for times in (quick, reading)))  # the first loads the models


def _seconds(call: Callable[[], object]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


def _enlarged(photo: Image.Image) -> Image.Image:
    scale = SIDE / max(photo.size)
    return photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.BICUBIC)
