import numpy as np
import pytest

from t2i_core.training.intervals import auroc, bootstrap, recall_at, threshold_at


def test_the_area_is_how_often_a_positive_scores_higher() -> None:
    assert auroc(np.array([0.0, 1.0]), np.array([2.0, 3.0])) == 1
    assert auroc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 0
    assert auroc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
    assert auroc(np.array([0.0, 2.0]), np.array([1.0])) == 0.5


def test_no_more_negatives_pass_the_threshold_than_are_allowed() -> None:
    negative = np.arange(100.0)
    for share in (0.0, 0.02, 0.1):
        assert (negative > threshold_at(share, negative)).mean() == pytest.approx(share)
    assert recall_at(0.02)(negative, np.array([97.0, 97.5, 98.0, 200.0])) == 0.75


def test_an_interval_holds_its_value_and_narrows_with_more_examples() -> None:
    random = np.random.default_rng(0)
    few, many = (bootstrap(auroc, random.normal(0, 1, n), random.normal(1, 1, n), rounds=200) for n in (30, 3000))
    for found in (few, many):
        assert found.low <= found.value <= found.high
    assert many.high - many.low < (few.high - few.low) / 4
    assert str(many).startswith(f"{many.value:.3f} (")
