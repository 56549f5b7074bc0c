import numpy as np
import pytest

from t2i_core.tryon.fill import ARM, limb_share, thickness
from t2i_core.tryon.light import shade


def test_a_bare_limb_is_as_wide_as_its_radii_say_at_every_height() -> None:
    leg = np.array([[60, 20], [60, 110], [60, 200]], np.float32)
    share = limb_share(leg, (0.17, 0.105, 0.065), 200.0, np.zeros((220, 120), np.float32))
    widths = (share > 0).sum(1)[24:196]
    wanted = 2 * 200 * np.interp(np.arange(24, 196), [20, 110, 200], [0.17, 0.105, 0.065])
    assert np.abs(widths - wanted).max() < 4


def test_the_light_of_old_cloth_fades_below_its_hem() -> None:
    photo = np.full((300, 200, 3), 150, np.uint8)
    old = np.zeros((300, 200), bool)
    old[60:200, 40:160] = True
    photo[185:200, 40:160] = 90  # a shaded hem
    light = shade(photo, old, 140.0)[:, 100]
    assert light.min() < 0.95
    assert np.abs(np.diff(light)).max() < 0.06


def bare_arm(times: float) -> tuple[np.ndarray, np.ndarray]:
    """A limb, and the skin that shows of its lower half."""
    arm = np.array([[100, 20], [100, 100], [100, 180]], np.float32)
    skin = limb_share(arm, ARM, 100.0 * times, np.zeros((220, 200), np.float32)) > 0
    skin[:100] = False
    return arm, skin


@pytest.mark.parametrize("times", [0.8, 1.0, 1.3])
def test_an_arm_is_as_thick_above_as_it_is_where_it_shows(times: float) -> None:
    arm, skin = bare_arm(times)
    assert abs(thickness([arm], ARM, 100.0, skin) - times) < 0.08


def test_an_arm_of_which_nothing_shows_is_as_thick_as_arms_are() -> None:
    arm, skin = bare_arm(1.0)
    assert thickness([arm], ARM, 100.0, np.zeros_like(skin)) == 1.0


def test_skin_behind_an_arm_does_not_make_it_thicker() -> None:
    arm, skin = bare_arm(1.0)
    assert thickness([arm], ARM, 100.0, np.ones_like(skin)) == 1.0
