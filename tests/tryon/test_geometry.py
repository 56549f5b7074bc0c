import numpy as np
import pytest
from PIL import Image

from t2i_core.tryon.figure import LEFT, LEFT_LIMB, RIGHT, RIGHT_LIMB, TORSO, figure_of, limb_labels
from t2i_core.tryon.framing import around, whole
from t2i_core.tryon.mannequin import draw
from t2i_core.tryon.tps import fit, grid
from tests.tryon import made_up
from tests.tryon.made_up import changed

CORNERS = np.array([[10, 10], [90, 12], [88, 95], [8, 90], [50, 50]], np.float32)


def test_a_spline_takes_its_points_where_they_belong() -> None:
    target = CORNERS + np.array([[3, 0], [0, 4], [-5, 2], [1, 1], [6, -6]], np.float32)
    assert np.abs(fit(CORNERS, target, stiffness=1e-9)(CORNERS) - target).max() < 0.05


def test_a_spline_of_a_shift_shifts_everything() -> None:
    spline = fit(CORNERS, CORNERS + 7)
    assert np.allclose(spline(np.array([[200.0, -40.0]])), [[207, -33]], atol=0.05)


def test_a_grid_agrees_with_the_spline_between_its_places() -> None:
    target = CORNERS + np.array([[3, 0], [0, 4], [-5, 2], [1, 1], [6, -6]], np.float32)
    spline = fit(CORNERS, target)
    found = grid(spline, 20, 30, 40, 33)
    assert found.shape == (33, 40, 2)
    assert np.abs(found[5, 11] - spline(np.array([31.0, 35.0]))).max() < 0.3


@pytest.mark.parametrize("size", [(300, 200), (120, 900)])
def test_a_window_of_a_whole_photo_shows_all_of_it(size: tuple[int, int]) -> None:
    corners = whole(size).to_window(np.array([[0, 0], [size[0] - 1, size[1] - 1]], np.float32))
    assert corners.min() >= -0.5
    assert (corners <= (223.5, 319.5)).all()


def test_points_come_back_from_a_window() -> None:
    window = around((40, 60, 140, 260))
    points = np.array([[50.0, 70.0], [33.0, 1.0]], np.float32)
    assert np.allclose(window.to_photo(window.to_window(points)), points, atol=1e-3)


def test_what_lies_beside_the_photo_has_the_colour_of_its_rim() -> None:
    cut = whole((400, 100)).cut(Image.new("RGB", (400, 100), (10, 200, 30)))
    assert cut.shape == (320, 224, 3)
    assert np.abs(cut.astype(int) - (10, 200, 30)).max() <= 1


def test_pixels_of_arms_and_torso_are_told_apart() -> None:
    _, pose, _ = draw(made_up.SMALL)
    figure = figure_of(pose)
    labels = limb_labels(figure, pose.size[::-1])
    for place, label in (
        (figure.at(0.5), TORSO),
        (figure.arms[RIGHT][2], RIGHT_LIMB),
        (figure.arms[LEFT][1], LEFT_LIMB),
    ):
        assert labels[round(float(place[1])), round(float(place[0]))] == label


def test_levels_of_a_body_and_back() -> None:
    figure = figure_of(draw(made_up.SMALL)[1])
    for level in (0.2, 0.9, 1.4, 2.5):
        assert figure.below(figure.at(level)) == pytest.approx(level, abs=0.03)


def test_hips_that_a_photo_cuts_off_are_guessed_below_the_shoulders() -> None:
    _, pose, _ = draw(made_up.SMALL)
    whole_figure = figure_of(pose)
    cut = figure_of(changed(pose, right_hip=0, left_hip=0))
    assert np.linalg.norm(cut.seat - whole_figure.seat) < 0.35 * whole_figure.torso


def test_legs_alone_make_a_figure_too() -> None:
    _, pose, _ = draw(made_up.SMALL)
    figure = figure_of(changed(pose, right_shoulder=0, left_shoulder=0))
    assert figure.top[1] < figure.seat[1]
    assert figure.shoulders[RIGHT, 0] < figure.shoulders[LEFT, 0]
