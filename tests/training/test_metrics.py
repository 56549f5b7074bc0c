import math

import numpy as np
import pytest
from numpy.typing import NDArray

from t2i_core.training.metrics import (
    accuracy,
    colour_differences,
    frechet_distance,
    kernel_distance,
    nearest,
    overlap,
)


def cloud(count: int, dim: int = 8, seed: int = 0, scale: float = 1.0, shift: float = 0.0) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).normal(size=(count, dim)) * scale + shift).astype(np.float32)


def test_the_frechet_distance_of_a_set_to_itself_is_nothing() -> None:
    rows = cloud(50)
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-6)


def test_the_frechet_distance_is_the_squared_shift_of_the_mean_where_the_shape_is_equal() -> None:
    rows = cloud(400)
    assert frechet_distance(rows, rows + np.float32(3)) == pytest.approx(8 * 9, rel=1e-4)


def test_the_frechet_distance_of_scaled_gaussians_is_the_textbook_value() -> None:
    rows = cloud(500)
    expected = (
        np.trace(np.cov(rows, rowvar=False)) * (2 - 1) ** 2
    )  # sum of (sigma - 2 sigma)²; the means are scaled too
    expected += (rows.mean(0) ** 2).sum()
    assert frechet_distance(rows, 2 * rows) == pytest.approx(expected, rel=1e-4)


def test_the_frechet_distance_is_symmetric_and_survives_fewer_pictures_than_dimensions() -> None:
    first, second = cloud(6, dim=20), cloud(7, dim=20, seed=1, shift=1)
    there = frechet_distance(first, second)
    assert there > 1
    assert frechet_distance(second, first) == pytest.approx(there, rel=1e-6)


def test_a_frechet_distance_needs_two_pictures_a_set() -> None:
    with pytest.raises(ValueError, match="got 5 and 1"):
        frechet_distance(cloud(5), cloud(1))


def test_the_kernel_distance_is_near_nothing_for_two_samples_of_one_distribution_and_not_for_two() -> None:
    same = kernel_distance(cloud(600), cloud(600, seed=1), size=200)
    other = kernel_distance(cloud(600), cloud(600, seed=1, shift=0.7), size=200)
    assert abs(same.mean) < 0.05
    assert other.mean > 10 * abs(same.mean)
    assert other.std > 0


def test_the_kernel_distance_of_a_seed_is_always_the_same() -> None:
    first, second = cloud(80), cloud(90, seed=1)
    assert kernel_distance(first, second, size=40, seed=3) == kernel_distance(first, second, size=40, seed=3)
    assert kernel_distance(first, second, size=40, seed=3) != kernel_distance(first, second, size=40, seed=4)


def test_the_kernel_distance_between_two_points_is_the_formula_s() -> None:
    x, y = cloud(1, dim=3), cloud(1, dim=3, seed=1)

    def kernel(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
        return (float(a[0] @ b[0]) / 3 + 1) ** 3

    found = kernel_distance(x.repeat(9, axis=0), y.repeat(8, axis=0))
    assert found.mean == pytest.approx(kernel(x, x) + kernel(y, y) - 2 * kernel(x, y), rel=1e-5)
    assert found.std == pytest.approx(0, abs=1e-9)


def test_small_sets_are_halved_so_that_the_subsets_differ() -> None:
    assert kernel_distance(cloud(40), cloud(40, seed=1)).std > 0


def test_the_kernel_distance_does_not_depend_on_how_many_pictures_there_are() -> None:
    few, many = (kernel_distance(cloud(n), cloud(n, seed=1, shift=0.5), subsets=200, size=50) for n in (100, 800))
    assert few.mean == pytest.approx(many.mean, rel=0.3)


def test_equal_clouds_overlap_and_distant_ones_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("prdc", reason="prdc comes with the `train` extra")
    near, far = overlap(cloud(200), cloud(200, seed=1)), overlap(cloud(200), cloud(200, seed=1, shift=50))
    assert min(near.precision, near.recall, near.density, near.coverage) > 0.7
    assert max(far.precision, far.recall, far.density, far.coverage) == 0
    assert capsys.readouterr().out == ""  # the package prints; JSON must stay JSON


def test_a_collapsed_model_is_precise_but_recalls_nothing() -> None:
    pytest.importorskip("prdc", reason="prdc comes with the `train` extra")
    found = overlap(cloud(200), np.repeat(cloud(1), 200, axis=0) + cloud(200, seed=2, scale=1e-3))
    assert found.precision > 0.9
    assert found.recall < 0.1
    assert found.coverage < 0.3


def test_the_nearest_picture_is_found_across_blocks() -> None:
    among = cloud(700)
    queries = among[::-1].copy() + np.float32(1e-3)
    found = nearest(queries, among)
    assert (found.index == np.arange(700)[::-1]).all()
    assert found.distance == pytest.approx(np.full(700, 1e-3 * math.sqrt(8)), rel=0.01)


def test_a_copy_lies_at_no_distance() -> None:
    among = cloud(300)
    assert nearest(among[7:9], among).distance.tolist() == [0, 0]


def test_accuracy_counts_only_what_was_asked() -> None:
    assert accuracy(["Tie", None, "Watch", "Tie"], ["Tie", "Tie", "Tie", "Tie"]) == pytest.approx(2 / 3)


def test_there_is_no_accuracy_where_nothing_was_asked() -> None:
    with pytest.raises(ValueError, match="nothing was asked of any of the 1 pictures"):
        accuracy([None], ["Tie"])


def test_colour_differences_match_a_published_pair() -> None:
    # The first pair of Sharma, Wu and Dalal's CIEDE2000 test data.
    asked, found = np.array([[50.0, 2.6772, -79.7751]]), np.array([[50.0, 0.0, -82.7485]])
    assert colour_differences(asked, found) == pytest.approx([2.0425], abs=1e-4)
