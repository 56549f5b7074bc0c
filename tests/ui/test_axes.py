import pytest

from t2i_core.text.attributes import Number
from t2i_core.ui.attributes import step_of
from t2i_core.ui.axes import evenly


@pytest.mark.parametrize(("low", "high", "step"), [(0, 100, 1.0), (-3, 3, 0.1), (0.5, 1, 0.01), (0, 1000, 10.0)])
def test_a_sliders_step_is_round_and_fits_its_range(low: float, high: float, step: float) -> None:
    assert step_of(Number("n", low, high, mean=0, scale=1)) == pytest.approx(step)


def test_values_are_spread_evenly_and_round() -> None:
    assert evenly(0, 100, 5, 1.0) == [0, 25, 50, 75, 100]
    assert evenly(-3, 3, 4, 0.1) == [-3, -1, 1, 3]
    assert evenly(0.5, 1, 4, 0.01) == [0.5, 0.67, 0.83, 1]


def test_values_too_near_each_other_are_not_repeated() -> None:
    assert evenly(0.5, 0.52, 12, 0.01) == [0.5, 0.51, 0.52]
    assert evenly(7, 7, 5, 1.0) == [7]
