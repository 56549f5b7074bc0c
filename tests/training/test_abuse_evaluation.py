from pathlib import Path

import numpy as np
import pytest

from t2i_core.abuse.check import AbuseChecker
from t2i_core.abuse.verdict import Signal, Subject
from t2i_core.cli import main
from t2i_core.training import abuse_evaluation
from t2i_core.training.abuse_evaluation import AbuseReport, Speed, measure_speed
from t2i_core.training.intervals import Interval
from t2i_core.training.match_report import TitleReport
from t2i_core.training.overlay_data import Photo
from t2i_core.training.overlay_report import OverlayReport
from t2i_core.training.realism_report import RealismReport
from tests.abuse.drawn import encoded, photo

SURE = Interval(1.0, 0.9, 1.0)
REPORT = AbuseReport(
    OverlayReport(10, SURE, SURE, 0.5, 0.0, 1.0, (0.0, 3), 0.2, 0.01, 0.01, {"ribbon": 1.0}),
    RealismReport(10, 0.9, 0.0, 0.01, 0.01, {"shoes": 0.0}, {"noise": SURE}, {"noise": 1.0}),
    TitleReport(SURE, SURE, 0.01, 0.02, 0.0, 10),
    Speed(0.05, 0.3),
)


def test_the_command_prints_all_that_was_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[object, ...]] = []

    def measured(data: object, *, count: int | None, seed: int) -> AbuseReport:
        asked.append((data, count, seed))
        return REPORT

    monkeypatch.setattr(abuse_evaluation, "evaluate_abuse", measured)
    assert main(["evaluate", "abuse", "--data", str(tmp_path), "--count", "7", "--json"]) == 0
    assert '"auroc": {"value": 1.0, "low": 0.9, "high": 1.0}' in capsys.readouterr().out
    assert asked == [([tmp_path], 7, 0)]
    assert main(["evaluate", "abuse", "--data", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    wanted = ("overlay: AUROC", "realism: false alarms", "title: AUROC of a wrong colour", "CPU seconds")
    assert all(words in printed for words in wanted)


def test_without_the_shipped_models_the_command_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "abuse", "--data", str(tmp_path)]) == 2
    assert "overlay" in capsys.readouterr().err


def test_speed_is_taken_on_large_pictures_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[tuple[int, int]] = []

    def reads(subject: Subject) -> list[Signal]:
        sizes.append(subject.image.size)
        return []

    shots = [Photo(str(number), encoded(photo((60, 80), seed=number))) for number in range(4)]
    monkeypatch.setattr(abuse_evaluation, "photos", lambda *_, **__: shots)
    monkeypatch.setattr(abuse_evaluation, "text_signals", reads)
    monkeypatch.setattr(AbuseChecker, "from_pretrained", lambda **_: AbuseChecker())
    found = measure_speed([])
    assert sizes == [(750, 1000)] * 4
    assert found.without_reading > found.reading >= 0
    assert np.isfinite(found.without_reading)
